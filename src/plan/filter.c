/*
 * The compiled filters as data; see filter.h.  The table is read by the supervisor, the programs by
 * the kernel when the command attaches one.  Does not link libseccomp.
 */
#include "plan/filter.h"

#include "filter_programs.h"

/* The kernel copies the instructions; struct sock_fprog merely forgot to say const. */
#define PROGRAM(name)                                                                       \
	{                                                                                   \
		.len = sizeof(name) / sizeof(name[0]), .filter = (struct sock_filter *)name \
	}

static const struct sock_fprog programs[PLAN_FILTER_COUNT] = {
	[PLAN_FILTER_HOST] = PROGRAM(filter_host),
	[PLAN_FILTER_ISOLATED] = PROGRAM(filter_isolated),
	[PLAN_FILTER_ISOLATED_UNIX] = PROGRAM(filter_isolated_unix),
	[PLAN_FILTER_OFF] = PROGRAM(filter_off),
	[PLAN_FILTER_MOUNTS] = PROGRAM(filter_mounts),
	[PLAN_FILTER_SIGNALS] = PROGRAM(filter_signals),
	[PLAN_FILTER_NESTED] = PROGRAM(filter_nested),
};

const struct sock_fprog *filter_program(enum plan_filter filter)
{
	return filter == PLAN_FILTER_NONE ? NULL : &programs[filter];
}
