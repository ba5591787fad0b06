/*
 * Signals sent to rind that are meant for the command.
 *
 * Block them before there is a command to forward them to, so that none is lost or kills rind
 * half-way through a start; then read them from a signalfd.  A signal that was ignored when rind
 * started (nohup: SIGHUP; a shell's background job: SIGINT, SIGQUIT) stays ignored, by rind and by
 * the command.
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
	/* The signal mask with which rind was started; the command gets it. */
	sigset_t original;
	/*
	 * The two sets that fd can watch: all forwarded signals, and those of them that mean "end".
	 */
	sigset_t forwarded, ending;
};

/* Block the signals; fd watches those that mean "end". */
int signals_hold(struct signals *ret, struct rind_error *err) _must_check_;

/* Let fd watch a set: signals->forwarded, or again signals->ending. */
int signals_watch(
	const struct signals *signals, const sigset_t *set, struct rind_error *err) _must_check_;

/* The next signal.  False: none is waiting. */
bool signals_next(const struct signals *signals, struct signalfd_siginfo *ret);

/* Did the terminal driver send it (^C, ^Z, a resized window), rather than a process? */
bool signals_from_terminal(const struct signalfd_siginfo *info);

/*
 * Stop as a program that does not handle the signal: SIGTSTP; or SIGTTIN, which stops a process
 * that reads the terminal in the background.  Return when continued.  False: rind did not stop,
 * since its process group is orphaned.
 */
bool signals_stop_by(int number);

/* End by the signal, as a program that does not handle it. */
_Noreturn void signals_die_of(int number);

/*
 * Leaves the signals blocked: rind is about to exit, and a signal must not change its exit status
 * now.
 */
void signals_release(struct signals *signals);

#endif
