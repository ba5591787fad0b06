/*
 * The janitor: a copy of the supervisor that outlives it, and removes from the host what the
 * sandbox has made there: placeholders and the control group.
 *
 *   started    before the first of these is made, and told of each before it is made, so that
 *              nothing is left behind, whichever process is killed and when
 *   waits      for the end of the supervisor, which alone holds the other end of a socket pair
 *   then       waits for init's end, since a mask may still be in use; removes the placeholders
 *              that no other sandbox uses, and the control group as soon as it is empty
 *   is ended   by the supervisor, if that has removed everything itself
 *
 * It blocks all signals and has a process group of its own, so that only SIGKILL ends it early.
 * Then the supervisor still removes everything, as it always does when it ends normally.  If both
 * are killed, placeholders stay, without a lock, until the next sandbox over the same path, and
 * an empty control group stays.
 *
 * There is one janitor for both, or none if there is nothing to remove.
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
		*init; /* not owned; set after the clone, before the first placeholder */
	bool knows_init;
	const struct group *group; /* not owned; the janitor has it as it was at its start */
	uid_t uid;                 /* the caller's */
	struct placeholder *items; /* in the janitor: the placeholders that were announced */
	size_t count, capacity;
};

/* capacity: how many placeholders there can be; uid: the caller's. */
void janitor_init(struct janitor *janitor, size_t capacity, uid_t uid, const struct group *group);

/* Start it unless it runs.  0 or -errno. */
int janitor_start(struct janitor *janitor) _must_check_;

/* Announce a placeholder before it is made; announce the lock of the one announced last. */
int janitor_announce(struct janitor *janitor, const struct placeholder *item) _must_check_;
int janitor_announce_lock(struct janitor *janitor, const struct placeholder *item) _must_check_;

/*
 * Init has ended.  If everything is removed, end the janitor.  If a placeholder may be left, wait
 * for the janitor, which tries once more.  If the group is not empty yet, leave the janitor
 * running until it is.
 */
void janitor_finish(struct janitor *janitor, bool placeholders_removed, bool group_removed);

#endif
