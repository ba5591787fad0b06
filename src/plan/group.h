/*
 * Where a control group (version 2) for a sandbox can be made, as the lowering has to know it.
 *
 * Controllers are handed to a group by the one around it, and a group that hands some down may have
 * no processes of its own, the root excepted.  So the place is the caller's own group where that is
 * the root, and otherwise the one around it.  Nothing is changed to make it fit: which controllers
 * are handed down is the administrator's affair.
 */
#ifndef RIND_PLAN_GROUP_H
#define RIND_PLAN_GROUP_H

#include "base/arena.h"
#include "base/error.h"
#include "base/mountinfo.h"
#include "plan/limits.h"

#include <limits.h>
#include <stdbool.h>
#include <stdint.h>

struct group_place {
	const char *directory;    /* where one can be made; NULL: nowhere */
	unsigned int controllers; /* that it would have, of those asked for */
	struct group_limits own;  /* of the caller's own group, which one beside it would escape */
	/* Every place where control groups are mounted: nobody may write there who is limited. */
	const char **mounts;
	size_t mount_count;
};

/*
 * Look for a place with one or more of the controllers.  Having none is no error: 0, -ENOMEM.  Reads
 * /proc and the groups, and changes nothing.
 */
int group_find_place(
	struct arena *arena, unsigned int controllers, struct group_place *ret) _must_check_;

/* --- pure, for the above and for tests: data may be anything ------------------------------------ */

/* The caller's own group, from the text of /proc/self/cgroup.  False: not in version 2. */
bool group_parse_own(const char *text, char ret[static PATH_MAX]);

/* A line of /proc/self/mountinfo, taken apart in place: is it a mount of control groups (version 2)? */
bool group_parse_mount(char *line, struct mountinfo *ret);

/* Where the group own shows in a mount of root on point.  False: not in there, or too long. */
bool group_locate(const char *own, const char *root, const char *point, char ret[static PATH_MAX]);

/* The controllers among the words of a text. */
unsigned int group_parse_controllers(const char *text);

/* A text that begins with digits; UINT64_MAX for "max" and whatever else it is. */
uint64_t group_parse_number(const char *text);

/* A text as cpu.max has it, "QUOTA PERIOD", in percent of one processor, at least 1. */
uint64_t group_parse_share(const char *text);

#endif
