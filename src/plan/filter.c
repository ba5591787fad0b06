/*
 * The compiled filters as data; see filter.h.  The supervisor reads the table; the kernel reads a
 * program when the command attaches it.  Does not link libseccomp.
 */
#include "plan/filter.h"

#include "filter_programs.h"

/* struct sock_fprog lacks a const: the kernel only copies the instructions. */
static const struct sock_fprog programs[PLAN_FILTER_COUNT] = {
#define X(NAME, name)                                                               \
	[PLAN_FILTER_##NAME] = {sizeof(filter_##name) / sizeof(struct sock_filter), \
		(struct sock_filter *)filter_##name},
	PLAN_FILTERS(X)
#undef X
};

const struct sock_fprog *filter_program(enum plan_filter filter)
{
	return filter == PLAN_FILTER_NONE ? NULL : &programs[filter];
}
