/*
 * --json-status-fd: what a program that runs rind wants to know, a JSON object a line.
 *
 *   {"child-pid": 4711, "cgroup-namespace": 4026531835, …}   the command has been executed
 *   {"replaced-count": 1, "replaced": ["/w/f"], "unknown": []}  see rind_sandbox_replaced()
 *   {"exit-code": 0}                                         rind is about to exit with this
 *
 * Lines are queued and written when the descriptor takes them: a reader that is slow, or waits for
 * something else, must not keep the supervisor from passing signals on.
 */
#ifndef RIND_CLI_STATUS_H
#define RIND_CLI_STATUS_H

#include "base/error.h"
#include "cli/output.h"

#include <stdbool.h>

struct status_queue {
	struct output
		output; /* fd: the caller's; -1: nobody wants to know, or writing has failed */
};

/* fd -1: everything below does nothing.  -EBADF: not a descriptor that can be written to. */
int status_open(struct status_queue *ret, int fd, struct rind_error *err) _must_check_;

void status_started(struct status_queue *queue, const struct rind_sandbox *sandbox);
/* Which paths were replaced: all of count, of which the first ones are known by name. */
void status_replaced(struct status_queue *queue, const struct rind_plan *plan,
	const struct rind_replaced *replaced, size_t count);
/* Writable roots that are not as they were. */
void status_altered(struct status_queue *queue, const struct rind_plan *plan,
	const struct rind_altered *altered, size_t count);
void status_exited(struct status_queue *queue, int exit_status);

void status_release(struct status_queue *queue);

/* Write what the descriptor takes without blocking.  A failure is reported, once, and ends it. */
void status_flush(struct status_queue *queue);

/* Nothing more is written, because of this; what was waiting is reported to be lost. */
void status_give_up(struct status_queue *queue, const char *reason);

#endif
