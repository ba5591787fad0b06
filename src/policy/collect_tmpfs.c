/*
 * The directories that are to be covered by a tmpfs: find where each leads, and record its
 * identity.
 *
 * Supervisor, with the caller's privileges; changes nothing on the host.
 */
#include "policy/collect.h"

#include <errno.h>

static int add_tmpfs(struct collect *c, const struct resolve *walk, const char *rule)
{
	struct facts *facts = c->facts;
	struct fact_hide *items =
		arena_grow(&facts->arena, facts->tmpfs, facts->tmpfs_count, sizeof(*items));
	struct fact_hide tmpfs = {
		.path = arena_strdup(&facts->arena, walk->path),
		.rule = rule,
		.is_directory = true,
		.identity = collect_identity(&walk->stat),
	};
	if (!items || !tmpfs.path || !tmpfs.rule)
		return rind_error_no_memory(c->err);
	facts->tmpfs = items;
	facts->tmpfs[facts->tmpfs_count++] = tmpfs;
	return 0;
}

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
	return add_tmpfs(c, &walk, rule);
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
