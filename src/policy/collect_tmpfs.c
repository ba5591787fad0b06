/*
 * The directories that are to be covered by a tmpfs: find where each leads, and record its
 * identity.
 *
 * Supervisor, with the caller's privileges; changes nothing on the host.
 */
#include "policy/collect.h"

static int collect_one(struct collect *c, const char *path, const char *rule)
{
	struct resolve walk;
	int result = collect_find_directory(c, path, rule, &walk);

	if (result < 0)
		return result;
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
