/* The table of limits; see limits.h.  Supervisor only. */
#include "plan/limits.h"

#include <errno.h>
#include <limits.h>
#include <stddef.h>
#include <sys/resource.h>

const struct limit_kind limit_kinds[LIMIT_COUNT] = {
	/*
	 * One more, for init, is PID_MAX_LIMIT of <linux/threads.h>: pids.max accepts no larger
	 * number.
	 */
	[RIND_LIMIT_PIDS] = {"--limit-pids", 1, (1 << 22) - 1, RLIMIT_NPROC, "RLIMIT_NPROC",
		LIMIT_CONTROLLER_PIDS},
	/* With less than the minimum every program would end in the middle of its exec. */
	[RIND_LIMIT_MEMORY] = {"--limit-memory", 1 << 20, INT64_MAX, RLIMIT_AS, "RLIMIT_AS",
		LIMIT_CONTROLLER_MEMORY},
	[RIND_LIMIT_CPU_TIME] = {"--limit-cpu", 1, 1000000000, RLIMIT_CPU, "RLIMIT_CPU",
		LIMIT_CONTROLLER_NONE},
	[RIND_LIMIT_CPU_SHARE] = {"--limit-cpu", 1, 1000000, -1, NULL, LIMIT_CONTROLLER_CPU},
	[RIND_LIMIT_FILES] = {"--limit-files", 1, INT_MAX, RLIMIT_NOFILE, "RLIMIT_NOFILE",
		LIMIT_CONTROLLER_NONE},
	/* What is written to a tmpfs is memory as well: limits_tmpfs_size(). */
	[RIND_LIMIT_DISK] = {"--limit-disk", 1 << 20, INT64_MAX, -1, NULL, LIMIT_CONTROLLER_NONE},
};

const char *const limit_controller_names[] = {"pids", "memory", "cpu", NULL};

int limits_refuse_pids(const char *advice, struct rind_error *err)
{
	return rind_error_set(err, -EPERM,
		"--limit-pids: the kernel does not hold root to RLIMIT_NPROC, and there is no "
		"control group (version 2) here to make one in with the pids controller; run rind "
		"as another user%s%s",
		*advice ? ", or from a shell in a control group: " : "", advice);
}

bool limits_are_given(const struct limits *limits)
{
	for (size_t i = 0; i < LIMIT_COUNT; i++)
		if (limits->values[i])
			return true;
	return false;
}

unsigned int limits_controllers(const struct limits *limits)
{
	unsigned int controllers = 0;

	for (size_t i = 0; i < LIMIT_COUNT; i++)
		if (limits->values[i])
			controllers |= limit_kinds[i].controller;
	return controllers;
}

uint64_t limits_tmpfs_size(const struct limits *limits)
{
	uint64_t memory = limits->values[RIND_LIMIT_MEMORY], disk = limits->values[RIND_LIMIT_DISK];

	return !disk || (memory && memory < disk) ? memory : disk;
}
