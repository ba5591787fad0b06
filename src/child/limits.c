/*
 * Child side, in the command, just before exec: its resource limits.  init has none of them: it
 * has to work on when the command has used up what it may.
 *
 * Soft and hard limit are the same, and the command has no capability, so it cannot raise them
 * again.
 */
#include "child/steps.h"

#include <sys/resource.h>

/* Set a limit, and verify it: a missing limit would be noticed only when it is needed. */
static int set_limit(struct child *child, const struct frozen_limit *limit, uint64_t soft)
{
	const struct sys_limit wanted = {.soft = soft, .hard = limit->value};
	struct sys_limit found;

	int error = sys_set_limit(limit->resource, &wanted);
	if (!error)
		error = sys_get_limit(limit->resource, &found);
	if (!error && (found.soft != wanted.soft || found.hard != wanted.hard))
		error = -ENOTRECOVERABLE;
	return child_noted(child, CALL_PRLIMIT, error);
}

/*
 * RLIMIT_NPROC does not bind the kernel's root user, who may have another id in this user
 * namespace.  To find out, set the limit to 0 and try to create a process.
 */
static int try_pids(struct child *child, const struct frozen_limit *limit)
{
	int error = set_limit(child, limit, 0);
	if (error < 0)
		return error;
	long pid = sys_result(syscall(SYS_clone, SIGCHLD, NULL, NULL, NULL, NULL));
	if (!pid) {
		/* The limit does not bind.  This copy of the command ends with the sandbox. */
		child->command_error = -ENOTRECOVERABLE;
		_exit(RIND_EXIT_FAILURE);
	}
	if (pid > 0)
		pid = -EPERM;
	if (pid != -EAGAIN)
		return child_noted(child, CALL_CLONE, pid);
	return set_limit(child, limit, limit->value);
}

int limits_apply(struct child *child)
{
	const struct frozen *frozen = child->frozen;
	int error = 0;

	for (size_t i = 0; !error && i < frozen->limits.count; i++) {
		const struct frozen_limit *limit = &frozen->limits.values[i];
		if (limit->resource == RLIMIT_NPROC && frozen->limits.try_pids)
			error = try_pids(child, limit);
		else
			error = set_limit(child, limit, limit->value);
	}
	return error;
}
