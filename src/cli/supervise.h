/* Watch a sandbox until it has ended: signals, the timeout, the status lines. */
#ifndef RIND_CLI_SUPERVISE_H
#define RIND_CLI_SUPERVISE_H

#include "cli/signals.h"
#include "cli/status.h"

#include <rind.h>
#include <stdbool.h>
#include <stdint.h>

struct supervision {
	struct rind_sandbox *sandbox;
	struct signals *signals;
	struct status_queue *status;
	/* pidfd of the process with which the sandbox ends, -1: none; see parent.h */
	int parent_fd;

	int terminal; /* the command may read it while rind is in the foreground; -1: none */
	bool sandbox_stopped; /* all processes in the sandbox are stopped */
	bool asked_to_end;    /* a signal has asked it to end since then */

	bool new_session; /* the command is not in the process group of rind */
	bool verbose;
	int64_t timeout_ms; /* 0: none */
	int64_t end_by; /* with a timeout: when to stop waiting for messages; supervise() sets it */
};

/*
 * Wait until the sandbox has ended.  Returns the exit status (the command's own; 128+N for a
 * signal; 124 after the timeout; 128+SIGKILL if rind's parent ended); or -errno if it cannot be
 * watched: then it has been killed.
 */
int supervise(struct supervision *supervision, struct rind_error *err) _must_check_;

/*
 * Write the lines that still wait, as the last thing that rind does.  It stops at a signal that
 * means "end", at the end of rind's parent and at the time limit; the rest is lost.
 */
void supervise_last_words(const struct supervision *supervision);

#endif
