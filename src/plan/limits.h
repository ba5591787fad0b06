/*
 * Limits of what a sandbox may use, and what enforces each: a resource limit of a process, which
 * its children inherit, or a cgroup, which counts all processes together.
 */
#ifndef RIND_PLAN_LIMITS_H
#define RIND_PLAN_LIMITS_H

#include "base/error.h"

#include <rind.h>
#include <stdbool.h>
#include <stdint.h>

enum { LIMIT_COUNT = RIND_LIMIT_DISK + 1 };

/* Controllers of cgroups, version 2. */
enum limit_controller {
	LIMIT_CONTROLLER_NONE = 0,
	LIMIT_CONTROLLER_PIDS = 1 << 0,
	LIMIT_CONTROLLER_MEMORY = 1 << 1,
	LIMIT_CONTROLLER_CPU = 1 << 2,
};

struct limit_kind {
	const char *option;               /* for messages */
	uint64_t least, most;             /* the values that are accepted */
	int resource;                     /* RLIMIT_*; -1: no resource limit enforces it */
	const char *resource_name;        /* "RLIMIT_…" */
	enum limit_controller controller; /* LIMIT_CONTROLLER_NONE: no cgroup enforces it */
};

extern const struct limit_kind limit_kinds[LIMIT_COUNT];

/* The names of the controllers, by bit; ends with NULL. */
extern const char *const limit_controller_names[];

/*
 * Write the message why --limit-pids cannot be enforced for root, and what to do; returns -EPERM.
 * advice: from advice_start_in_cgroup().
 */
int limits_refuse_pids(const char *advice, struct rind_error *err) _must_check_;

/*
 * Does a resource limit enforce it, beside what a cgroup with these controllers does?  Not of
 * memory: RLIMIT_AS counts address space, of which node, java and go reserve many times what they
 * use, so that it ends them where a cgroup, which counts memory, would not.
 */
static inline bool limit_needs_resource(const struct limit_kind *kind, unsigned int controllers)
{
	return kind->resource >= 0 && !(kind->controller & controllers & LIMIT_CONTROLLER_MEMORY);
}

struct limits {
	uint64_t values[LIMIT_COUNT]; /* by enum rind_limit; 0: none */
};

bool limits_are_given(const struct limits *limits);

/* The controllers that can enforce the given limits. */
unsigned int limits_controllers(const struct limits *limits);

/* The size of each tmpfs of the sandbox's own, in bytes; 0: the kernel's default. */
uint64_t limits_tmpfs_size(const struct limits *limits);

/* The limits of a cgroup: processes, bytes, percent of one processor. */
struct cgroup_limits {
	uint64_t pids, memory, cpu; /* UINT64_MAX: no limit */
};

/*
 * The limit for the kernel.  People do not count init, which is one more process in the same
 * namespace and the same cgroup.
 */
static inline uint64_t limit_pids_with_init(uint64_t pids)
{
	return pids + 1;
}

#endif
