/*
 * The compiled filters as data; see filter.h.  The supervisor reads the table; the kernel reads a
 * program when the command attaches it.  Does not link libseccomp.
 */
#include "plan/filter.h"

#include "filter_programs.h"

/* struct sock_fprog lacks a const: the kernel only copies the instructions. */
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
