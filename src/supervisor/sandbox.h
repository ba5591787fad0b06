/*
 * The supervisor's interface for the rind program, beyond rind.h: for plans that wait before
 * their first step, and for sandboxes in which background processes may outlive the supervisor.
 */
#ifndef RIND_SUPERVISOR_SANDBOX_H
#define RIND_SUPERVISOR_SANDBOX_H

#include "base/error.h"
#include "plan/plan.h"

/*
 * Called after the clone, before the first step, for a plan that waits (plan->wait); an error
 * ends the sandbox.
 */
struct sandbox_hook {
	int (*created)(void *data, pid_t pid, int pidfd, struct rind_error *err);
	void *data;
};

/*
 * As rind_spawn(), for a program with one thread: there the kernel's parent death signal, which
 * is sent when the thread that has cloned ends, ends the sandbox with the program.
 */
int sandbox_spawn(const struct rind_plan *plan, char *const argv[],
	const struct rind_spawn_options *options, const struct sandbox_hook *hook,
	struct rind_sandbox **ret, struct rind_error *err) _must_check_;

/* The socket to init, which has to stay open like rind_sandbox_fd(). */
int sandbox_socket(const struct rind_sandbox *sandbox);

/*
 * Wait for the command's end.  If background processes may outlive the supervisor, those that the
 * command has left go on; rind_sandbox_free() then does not end the sandbox.
 */
int sandbox_wait_command(
	struct rind_sandbox *sandbox, struct rind_status *ret, struct rind_error *err) _must_check_;

/*
 * Signal every process of the sandbox but init; returns when that is done.  Only for a sandbox
 * with a pid namespace of its own.
 */
int sandbox_signal_all(struct rind_sandbox *sandbox, int signal);

/*
 * rind_sandbox_fd() has become readable: has the sandbox ended?  Without pidfds it may also be a
 * late answer to sandbox_signal_all().
 */
bool sandbox_has_ended(const struct rind_sandbox *sandbox);

#endif
