/*
 * Publishing: after the command, take over to a repository of the host what it has committed to the
 * copy that the sandbox had.  Supervisor, on the host, with the caller's rights.
 *
 * The copy is a scratch (ops/scratch.c): the host's git directory, read-only, with a tmpfs on top.
 * Nothing is written to the host's until the command has ended, and then only what was checked.
 * See docs/ARCHITECTURE.md for the steps, and publish.c for what each of them is against.
 */
#ifndef RIND_SUPERVISOR_GIT_PUBLISH_H
#define RIND_SUPERVISOR_GIT_PUBLISH_H

#include "plan/plan.h"
#include "sandbox/protocol.h"

struct publication;

/*
 * Before the sandbox starts: find git, and note how the repositories of the plan are.  *ret is NULL
 * where there are none.  -errno, with a message.
 */
int publication_begin(const struct rind_plan *plan, struct publication **ret,
	struct rind_error *err) _must_check_;

/*
 * Take over a layer that init has sent, before the command begins.  1: the last one of its scratch,
 * for which init waits; 0: there is one more; -errno, with a message.
 */
int publication_take(struct publication *publication, const struct message *message, int fd,
	struct rind_error *err) _must_check_;

/* See rind_sandbox_publish(). */
int publication_publish(
	struct publication *publication, int interrupt_fd, struct rind_error *err) _must_check_;

/* NULL is fine. */
void publication_free(struct publication *publication);

#endif
