/*
 * The janitor: a copy of the supervisor that outlives it, however it ends, and removes from the
 * host what the sandbox has made there: placeholders and the control group.
 *
 *   started    before the first of these is made, and told of each before that is made: so nothing
 *              is left behind, whoever is killed and when
 *   waits      for the supervisor's end, which closes the other end of a socket pair that only the
 *              supervisor holds
 *   then       waits for init's end, as a mask may still be in use; removes the placeholders that
 *              nobody else uses; and removes the control group as soon as it is empty
 *   is ended   by the supervisor, when that has removed all of it itself
 *
 * It blocks all signals and is in a process group of its own, so that only SIGKILL ends it early.
 * Then the supervisor removes what there is, as it does at every end of its own; where both are
 * killed, placeholders stay without a lock until the next sandbox over the same path, and an empty
 * control group stays.
 *
 * One process for both, or none where there is nothing to remove.
 */
#ifndef RIND_SUPERVISOR_JANITOR_H
#define RIND_SUPERVISOR_JANITOR_H

#include "base/error.h"

#include "supervisor/group.h"
#include "supervisor/placeholder.h"
#include "supervisor/process.h"

#include <stdbool.h>

struct janitor {
	struct process process;
	int socket; /* the janitor acts when this end is closed; -1: no janitor */
	const struct process
		*init; /* not owned; set once there is one, before the first placeholder */
	bool knows_init;
	const struct group *group; /* not owned; as it is when the janitor starts */
	struct placeholder *items; /* in the janitor: the placeholders that it has been told of */
	size_t count, capacity;
};

/* capacity: how many placeholders there can be. */
void janitor_init(struct janitor *janitor, size_t capacity, const struct group *group);

/* Start it unless it runs.  0 or -errno. */
int janitor_start(struct janitor *janitor) _must_check_;

/* A placeholder is about to be made; and the last one announced has this lock. */
int janitor_announce(struct janitor *janitor, const struct placeholder *item) _must_check_;
int janitor_announce_lock(struct janitor *janitor, const struct placeholder *item) _must_check_;

/*
 * Init has ended.  Where all is removed the janitor is ended.  Where a placeholder may be left it
 * tries once more, and is waited for.  Where the group is not empty yet it goes on alone, for as
 * long as that takes.
 */
void janitor_finish(struct janitor *janitor, bool placeholders_removed, bool group_removed);

#endif
