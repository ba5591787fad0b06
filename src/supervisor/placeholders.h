/*
 * The placeholders of one sandbox.  placeholder.h has one of them, janitor.h what removes them.
 * Supervisor.
 */
#ifndef RIND_SUPERVISOR_PLACEHOLDERS_H
#define RIND_SUPERVISOR_PLACEHOLDERS_H

#include "supervisor/janitor.h"
#include "supervisor/placeholder.h"

#include <stdbool.h>

struct placeholders {
	struct placeholder *items;
	size_t count, capacity;
	struct janitor *janitor; /* not owned; started for the first one, and told of each */
};

/* capacity: how many there can be; the memory is allocated for the first one. */
void placeholders_init(struct placeholders *set, size_t capacity, struct janitor *janitor);

/*
 * Make, or share, the placeholder directory/name; takes over the descriptor.  Returns what
 * placeholder_acquire() returns.
 */
int placeholders_add(
	struct placeholders *set, int directory, const char *name, struct stat *ret) _must_check_;

/*
 * Init has ended: remove those that no other sandbox uses.  False: one may be left, for the
 * janitor.
 */
bool placeholders_finish(struct placeholders *set);

#endif
