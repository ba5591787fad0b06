/*
 * The control group (version 2) of a sandbox with limits.  Supervisor and janitor.
 *
 *   rind-XXXXXXXXXXXXXXXX/           has the limits, and no process
 *     sandbox/                       has init, which is cloned into it, and all its descendants
 *
 * Two groups: a process that may mount can mount a cgroup2 whose root is its own group.  The
 * limits are in the group above, which does not show in there.
 *
 *   supervisor   makes both, and removes them when init has ended
 *   janitor      removes them as soon as they are empty, if the supervisor could not (janitor.h)
 *
 * If both processes are killed at once, the groups stay, empty, until they are removed by hand.
 */
#ifndef RIND_SUPERVISOR_GROUP_H
#define RIND_SUPERVISOR_GROUP_H

#include "plan/plan.h"

#include <stdbool.h>
#include <sys/types.h>

enum { GROUP_NAME_SIZE = 48 };

struct group {
	/* the directory in which they are made; -1: no control group */
	int parent;
	int inner;                   /* for the clone; -1 afterwards */
	char outer[GROUP_NAME_SIZE]; /* their names, relative to parent */
	char sandbox[GROUP_NAME_SIZE];
	char events[GROUP_NAME_SIZE]; /* the file that tells when no process is left */
};

void group_init(struct group *group);

/* Open the directory, and choose the names that group_remove() has to know.  0 or -errno. */
int group_find(struct group *group, const char *directory) _must_check_;

/* Make both groups, with these limits.  0 or -errno. */
int group_make(struct group *group, const struct cgroup_limits *limits) _must_check_;

/* Report why init could not be cloned into the group; 0 if the error has another cause. */
int group_describe_clone(
	const struct group *group, const struct rind_plan *plan, int error, struct rind_error *err);

/*
 * Remove the groups as soon as they are empty; give up after so many attempts (0: never).
 * Returns whether they are gone; also true if they were never made.
 */
bool group_remove(const struct group *group, unsigned int attempts);

/* Init has ended: remove the groups.  False: they are not empty yet; the janitor goes on trying. */
bool group_finish(struct group *group);

#endif
