/* Watching over a sandbox until it has ended: signals, the timeout, the status lines. */
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
	int parent_fd; /* of the process with which the sandbox ends, -1: none; see parent.h */

	int terminal;      /* the command may read it while rind is in the foreground; -1: none */
	bool held;         /* all in the sandbox has been stopped */
	bool asked_to_end; /* by a signal, since then */

	bool new_session; /* the command is not in the process group of rind */
	bool verbose;
	int64_t timeout_ms; /* 0: none */
	int64_t end_by; /* with a timeout: when to stop waiting for messages; supervise() sets it */
};

/*
 * Wait until the sandbox has ended; returns the status to exit with (the command's own; 128+N for a
 * signal; 124 when the time was up; 128+SIGKILL when rind's parent ended), or -errno when it cannot
 * be watched over: it has been killed then.
 */
int supervise(struct supervision *supervision, struct rind_error *err) _must_check_;

/*
 * Write what is still waiting.  As it is the last thing that rind does, a signal that says "end",
 * the end of its parent or the time limit ends it, and what was not read is lost.
 */
void supervise_last_words(const struct supervision *supervision);

#endif
