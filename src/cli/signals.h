/*
 * The signals that people send to rind and mean for the command.
 *
 * They are blocked before there is anything to forward them to, so that none is lost or kills rind
 * half-way, and read from a signalfd.  A signal that was ignored when rind started (nohup: SIGHUP;
 * a shell's background job: SIGINT, SIGQUIT) stays ignored, by rind and by the command.
 */
#ifndef RIND_CLI_SIGNALS_H
#define RIND_CLI_SIGNALS_H

#include "base/error.h"

#include <signal.h>
#include <stdbool.h>
#include <sys/signalfd.h>

struct signals {
	/* Readable while a watched signal is waiting; non-blocking. */
	int fd;
	/* The mask that rind was started with: the command's. */
	sigset_t original;
	/* What fd can be made to watch: all that is forwarded, and those of them that say "end". */
	sigset_t forwarded, ending;
};

/* Block the signals; fd watches those that say "end". */
int signals_hold(struct signals *ret, struct rind_error *err) _must_check_;

/* Have fd watch every signal that is forwarded, or again only those that say "end". */
int signals_watch_forwarded(struct signals *signals, struct rind_error *err) _must_check_;
int signals_watch_ending(struct signals *signals, struct rind_error *err) _must_check_;

/* The next signal.  False: none is waiting. */
bool signals_next(const struct signals *signals, struct signalfd_siginfo *ret);

/* Did the terminal driver send it (^C, ^Z, a resized window), rather than a process? */
bool signals_from_terminal(const struct signalfd_siginfo *info);

/*
 * Stop as one that reads the terminal in the background (SIGTTIN).  Returns as signals_stop_self().
 */
bool signals_stop_as_reader(void);

/*
 * Stop as SIGTSTP stops a program that does nothing about it; return when continued.  False: did
 * not stop, because the process group is orphaned.
 */
bool signals_stop_self(void);

/* End as the signal ends a program that does nothing about it. */
_Noreturn void signals_die_of(int number);

/* Leaves the signals blocked: rind is about to exit, with a status that one now must not change. */
void signals_release(struct signals *signals);

#endif
