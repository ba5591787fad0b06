/*
 * Child side: the resource limits of the command, taken on by the command itself just before it can
 * do anything of its own.  Init has none of them: it has to go on when the command has used up what
 * it may.
 *
 * Soft and hard limit are the same, and the command has no capability, so nothing raises them again.
 */
#include "child/steps.h"

#include <sys/resource.h>

/* Set it, and look: a limit that is not there is missed by nobody until it is too late. */
static int set_limit(struct child *child, const struct frozen_limit *limit, uint64_t soft)
{
	const struct sys_limit wanted = {.soft = soft, .hard = limit->value};
	struct sys_limit found;

	int error = sys_set_limit(limit->resource, &wanted);
	if (!error)
		error = sys_get_limit(limit->resource, &found);
	if (!error && (found.soft != wanted.soft || found.hard != wanted.hard))
		error = -ENOTRECOVERABLE;
	return (int)child_noted(child, CALL_PRLIMIT, error);
}

/*
 * RLIMIT_NPROC does not bind the kernel's own root, under whatever name a user namespace knows it:
 * the only way to find out is to try.  Where it binds, nothing may be created with a limit of 0.
 */
static int try_pids(struct child *child, const struct frozen_limit *limit)
{
	int error = set_limit(child, limit, 0);
	if (error < 0)
		return error;
	long pid = sys_result(syscall(SYS_clone, SIGCHLD, NULL, NULL, NULL, NULL));
	if (!pid) {
		/* A copy of the command that is not to be; it ends with the sandbox. */
		child->command_error = -ENOTRECOVERABLE;
		_exit(RIND_EXIT_FAILURE);
	}
	if (pid > 0)
		pid = -EPERM;
	if (pid != -EAGAIN)
		return (int)child_noted(child, CALL_CLONE, pid);
	return set_limit(child, limit, limit->value);
}

int limits_apply(struct child *child)
{
	const struct frozen *frozen = child->frozen;
	int error = 0;

	for (size_t i = 0; !error && i < frozen->limit_count; i++) {
		const struct frozen_limit *limit = &frozen->limits[i];
		if (limit->resource == RLIMIT_NPROC && frozen->try_pids)
			error = try_pids(child, limit);
		else
			error = set_limit(child, limit, limit->value);
	}
	return error;
}
