/*
 * The placeholders that a sandbox uses: see placeholder.h for one, and janitor.h for who removes
 * them.
 */
#ifndef RIND_SUPERVISOR_PLACEHOLDERS_H
#define RIND_SUPERVISOR_PLACEHOLDERS_H

#include "supervisor/janitor.h"
#include "supervisor/placeholder.h"

#include <stdbool.h>

struct placeholders {
	struct placeholder *items;
	size_t count, capacity;
	struct janitor *janitor; /* not owned; told of each, and started for the first one */
};

/* capacity: how many there can be; memory is reserved when the first one is needed. */
void placeholders_init(struct placeholders *set, size_t capacity, struct janitor *janitor);

/*
 * Make, or share, the placeholder directory/name; takes over the descriptor.  Returns what
 * placeholder_acquire() does.
 */
int placeholders_add(
	struct placeholders *set, int directory, const char *name, struct stat *ret) _must_check_;

/*
 * Init has ended: remove those that nobody else uses.  False: one may be left, for the janitor to
 * try again.
 */
bool placeholders_finish(struct placeholders *set);

#endif
