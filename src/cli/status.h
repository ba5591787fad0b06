/*
 * --json-status-fd: tell the program that runs rind what happens, one JSON object a line.
 *
 *   {"child-pid": 4711, "cgroup-namespace": 4026531835, …}   the command has been executed
 *   {"replaced-count": 1, "replaced": ["/w/f"], "unknown": []}   see rind_sandbox_replaced()
 *   {"exit-code": 0}                                         rind is about to exit with this
 *
 * Lines are queued and written when the descriptor accepts them: a reader that is slow, or waits
 * for something else, must not stop the supervisor from forwarding signals.
 */
#ifndef RIND_CLI_STATUS_H
#define RIND_CLI_STATUS_H

#include "base/error.h"
#include "cli/output.h"

#include <stdbool.h>

struct status_queue {
	struct output output; /* fd: the caller's; -1: none, or writing has failed */
};

/* fd -1: everything below does nothing.  -EBADF: not a descriptor that can be written to. */
int status_open(struct status_queue *ret, int fd, struct rind_error *err) _must_check_;

void status_started(struct status_queue *queue, const struct rind_sandbox *sandbox);
/* Report replaced paths: count in all, of which the first ones are named. */
void status_replaced(struct status_queue *queue, const struct rind_plan *plan,
	const struct rind_replaced *replaced, size_t count);
/* Report writable roots whose mode, owner or group has changed. */
void status_altered(struct status_queue *queue, const struct rind_plan *plan,
	const struct rind_altered *altered, size_t count);
void status_exited(struct status_queue *queue, int exit_status);

void status_release(struct status_queue *queue);

/*
 * Write what the descriptor accepts without blocking.  A failure is reported once, and then no more
 * is written.
 */
void status_flush(struct status_queue *queue);

/* Stop writing for this reason; report that the waiting lines are lost. */
void status_give_up(struct status_queue *queue, const char *reason);

#endif
