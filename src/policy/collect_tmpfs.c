/*
 * The directories that are to be covered by a tmpfs: find where each leads, and record its
 * identity.
 *
 * Supervisor, with the caller's privileges; changes nothing on the host.
 */
#include "policy/collect.h"

#include <errno.h>

static int collect_one(struct collect *c, const char *path, const char *rule)
{
	struct resolve walk;
	int found, result = collect_find(c, path, &walk, NULL, &found);

	if (result < 0)
		return result;
	if (!found && !S_ISDIR(walk.stat.st_mode))
		found = -ENOTDIR;
	if (found == -ENOENT)
		return rind_error_set(c->err, found,
			"%s: there is no %s%s; make it, or name another", rule, walk.path,
			collect_suggestion(c, walk.path));
	if (found < 0)
		return rind_error_set(
			c->err, found, "%s: %s: %s", rule, walk.path, errno_text(-found));
	const struct cover_list list = {&c->facts->tmpfs, &c->facts->tmpfs_count};
	return collect_add_cover(c, list, walk.path, &walk.stat, rule);
}

int collect_tmpfs(struct collect *c)
{
	const struct string_list *list = &c->policy->tmpfs;
	int result = c->policy->private_tmp ? collect_one(c, "/tmp", "--private-tmp") : 0;

	for (size_t i = 0; !result && i < list->count; i++) {
		const char *rule = arena_printf(&c->facts->arena, "--tmpfs %s", list->items[i]);
		result = rule ? collect_one(c, list->items[i], rule) : rind_error_no_memory(c->err);
	}
	return result;
}
