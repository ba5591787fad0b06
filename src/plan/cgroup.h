/*
 * Find out for the lowering where a cgroup (version 2) for a sandbox can be made.
 *
 * The kernel's rules: a cgroup gets its controllers from the cgroup around it, and one that passes
 * controllers down may contain no processes of its own, except the root.  So the new cgroup is made
 * in the caller's own cgroup if that is the root, and otherwise in the one around it. rind does not
 * change which controllers a cgroup passes down: that is the administrator's decision.
 */
#ifndef RIND_PLAN_CGROUP_H
#define RIND_PLAN_CGROUP_H

#include "base/arena.h"
#include "base/error.h"
#include "base/mountinfo.h"
#include "plan/limits.h"

#include <limits.h>
#include <stdbool.h>
#include <stdint.h>

struct cgroup_place {
	const char *directory;    /* where the new cgroup can be made; NULL: nowhere */
	unsigned int controllers; /* that it would have, of the requested ones */
	/* of the caller's own cgroup; a cgroup beside it would escape them */
	struct cgroup_limits own;
	/* All mounts of cgroup2: a command with limits must not be able to write there. */
	const char **mounts;
	size_t mount_count;
};

/*
 * Look for a place with one or more of the controllers.  Finding none is no error. 0 or -ENOMEM.
 * Reads /proc and the cgroups, and changes nothing.
 */
int cgroup_find_place(
	struct arena *arena, unsigned int controllers, struct cgroup_place *ret) _must_check_;

/* --- pure, for the above and for tests: data may be anything ---------------------------------- */

/* The caller's own cgroup, from the text of /proc/self/cgroup.  False: it has none of version 2. */
bool cgroup_parse_own(const char *text, char ret[static PATH_MAX]);

/* Take a line of /proc/self/mountinfo apart, in place.  Is it a mount of cgroup2? */
bool cgroup_parse_mount(char *line, struct mountinfo *ret);

/*
 * The path of the cgroup own, if the cgroup root is mounted at point.  False: own is not in root,
 * or the path is too long.
 */
bool cgroup_locate(const char *own, const char *root, const char *point, char ret[static PATH_MAX]);

/* The controllers that a text names. */
unsigned int cgroup_parse_controllers(const char *text);

/* The number that text begins with; UINT64_MAX for "max" and any other text. */
uint64_t cgroup_parse_number(const char *text);

/* The text of cpu.max, "QUOTA PERIOD", in percent of one processor, at least 1. */
uint64_t cgroup_parse_share(const char *text);

#endif
