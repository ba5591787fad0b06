/*
 * The control group (version 2) of a sandbox with limits, in the supervisor.
 *
 *   rind-XXXXXXXXXXXXXXXX/           holds the limits, and no process
 *     sandbox/                       holds init, which is born into it, and all that it starts
 *
 * Two of them, because a process that may mount can have its own group as the root of a new
 * cgroup2: its limits are not in there.
 *
 *   supervisor   makes them, and removes them when init has ended
 *   janitor      removes them as soon as they are empty, when the supervisor could not (janitor.h)
 *
 * Where both are killed at once the groups stay, empty, until somebody removes them.
 */
#ifndef RIND_SUPERVISOR_GROUP_H
#define RIND_SUPERVISOR_GROUP_H

#include "plan/plan.h"

#include <stdbool.h>
#include <sys/types.h>

enum { GROUP_NAME_SIZE = 48 };

struct group {
	int parent;                  /* where it is made; -1: there is none */
	int inner;                   /* for the clone; -1 afterwards */
	char outer[GROUP_NAME_SIZE]; /* the names of both, as seen from parent */
	char sandbox[GROUP_NAME_SIZE];
	char events[GROUP_NAME_SIZE]; /* and of the file that tells when there is nobody left */
};

void group_init(struct group *group);

/*
 * Open the place where it is to be made, and choose its names: what group_remove() has to know.  0
 * or -errno.
 */
int group_find(struct group *group, const char *directory) _must_check_;

/* Make it, with these limits.  0 or -errno. */
int group_make(struct group *group, const struct cgroup_limits *limits) _must_check_;

/* Why init could not be born into it; 0 where the error is none of the group's. */
int group_describe_clone(
	const struct group *group, const struct rind_plan *plan, int error, struct rind_error *err);

/*
 * Remove it as soon as it is empty, as it is once init has ended; after so many attempts give up
 * (0: never).  Returns whether it is gone, true also where it was never made.
 */
bool group_remove(const struct group *group, unsigned int attempts);

/* Init has ended: remove it.  False: it is not empty yet, and left to the janitor. */
bool group_finish(struct group *group);

#endif
