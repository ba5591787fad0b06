/*
 * What the rind program, besides rind.h, asks of the executor: for a plan that says when it begins,
 * and whose command may leave processes behind that outlive the supervisor.
 */
#ifndef RIND_SUPERVISOR_SANDBOX_H
#define RIND_SUPERVISOR_SANDBOX_H

#include "base/error.h"
#include "plan/plan.h"

/* Called between the clone and the first step of a plan that waits; an error ends the sandbox. */
struct sandbox_hook {
	int (*created)(void *data, pid_t pid, int pidfd, struct rind_error *err);
	void *data;
};

/*
 * As rind_spawn(), for a program of one thread: the kernel, too, ends the sandbox with the program.
 * It does so at the end of the thread that has cloned, which in other programs says nothing.
 */
int sandbox_spawn(const struct rind_plan *plan, char *const argv[],
	const struct rind_spawn_options *options, const struct sandbox_hook *hook,
	struct rind_sandbox **ret, struct rind_error *err) _must_check_;

/* A descriptor of the sandbox's besides rind_sandbox_fd(): the socket to init. */
int sandbox_socket(const struct rind_sandbox *sandbox);

/*
 * Wait for the command's end.  What it has left behind in the sandbox goes on, unless it is to end
 * with the supervisor: rind_sandbox_free() ends and reaps only what does not.
 */
int sandbox_wait_command(
	struct rind_sandbox *sandbox, struct rind_status *ret, struct rind_error *err) _must_check_;

/*
 * Signal every process of a sandbox with a pid namespace of its own, but init; returns when that is
 * done.
 */
int sandbox_signal_all(struct rind_sandbox *sandbox, int signal);

/*
 * Now that rind_sandbox_fd() can be read: is it the end?  Without pidfds it may be an answer that
 * comes too late.
 */
bool sandbox_has_ended(const struct rind_sandbox *sandbox);

#endif
