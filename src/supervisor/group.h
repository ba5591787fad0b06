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
 *   janitor      a copy of the supervisor that waits for its end, however that comes, and then
 *                removes them as soon as they are empty
 *
 * Where both are killed at once the groups stay, empty, until somebody removes them.
 */
#ifndef RIND_SUPERVISOR_GROUP_H
#define RIND_SUPERVISOR_GROUP_H

#include "plan/plan.h"
#include "supervisor/process.h"

#include <sys/types.h>

enum { GROUP_NAME_SIZE = 48 };

struct group {
	int parent; /* where it is made; -1: there is none */
	int inner;  /* for the clone; -1 afterwards */
	struct process janitor;
	int janitor_pipe;            /* the janitor's cue: closed when the supervisor is gone */
	char outer[GROUP_NAME_SIZE]; /* the names of both, as seen from parent */
	char sandbox[GROUP_NAME_SIZE];
	char events[GROUP_NAME_SIZE]; /* and of the file that tells when there is nobody left */
};

void group_init(struct group *group);

/* Make what the plan asks for, which may be nothing. */
int group_make(
	struct group *group, const struct rind_plan *plan, struct rind_error *err) _must_check_;

/* Why init could not be born into it; 0 where the error is none of the group's. */
int group_describe_clone(
	const struct group *group, const struct rind_plan *plan, int error, struct rind_error *err);

/* Init has ended: remove it, and end the janitor. */
void group_finish(struct group *group);

#endif
