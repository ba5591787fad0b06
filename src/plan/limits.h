/*
 * Limits of what a sandbox may use, and what enforces each: a resource limit of the process, which
 * its children inherit, or a control group, which counts all of them together.
 */
#ifndef RIND_PLAN_LIMITS_H
#define RIND_PLAN_LIMITS_H

#include "base/error.h"

#include <rind.h>
#include <stdbool.h>
#include <stdint.h>

enum { LIMIT_COUNT = RIND_LIMIT_FILES + 1 };

/* Controllers of control groups, version 2. */
enum limit_controller {
	LIMIT_CONTROLLER_NONE = 0,
	LIMIT_CONTROLLER_PIDS = 1 << 0,
	LIMIT_CONTROLLER_MEMORY = 1 << 1,
	LIMIT_CONTROLLER_CPU = 1 << 2,
};

struct limit_kind {
	const char *option;               /* for messages */
	uint64_t least, most;             /* what can be asked for */
	int resource;                     /* RLIMIT_*; -1: there is none that does it */
	const char *resource_name;        /* "RLIMIT_…" */
	enum limit_controller controller; /* LIMIT_CONTROLLER_NONE: there is none that does it */
};

extern const struct limit_kind limit_kinds[LIMIT_COUNT];

/* The names of the controllers, by bit; ends with NULL. */
extern const char *const limit_controller_names[];

/*
 * Say why --limit-pids does not hold for root, and what to do; returns -EPERM.  advice: of
 * advice_start_in_group().
 */
int limits_refuse_pids(const char *advice, struct rind_error *err) _must_check_;

struct limits {
	uint64_t values[LIMIT_COUNT]; /* by enum rind_limit; 0: none */
};

bool limits_are_given(const struct limits *limits);

/* The controllers that would enforce what is limited. */
unsigned int limits_controllers(const struct limits *limits);

/* What a control group is held to: tasks, bytes, percent of one processor. */
struct group_limits {
	uint64_t pids, memory, cpu; /* UINT64_MAX: nothing */
};

/*
 * The number of processes that the kernel is told: as people count, without init, which is one more
 * in the same namespace and the same control group.
 */
static inline uint64_t limit_pids_with_init(uint64_t pids)
{
	return pids + 1;
}

#endif
