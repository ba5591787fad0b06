/*
 * The paths that stay readable in what is hidden: find where each leads, and record its identity.
 *
 * Supervisor, with the caller's privileges; changes nothing on the host.
 */
#include "policy/collect.h"
#include "policy/root_links.h"

#include <errno.h>

static int collect_one(struct collect *c, const struct collect_value *value)
{
	const char *rule = collect_rule(c, value);
	const struct fact_link *links;
	struct resolve walk;
	int found, result = collect_find(c, value->path, &walk, &links, &found);

	if (!rule)
		return rind_error_no_memory(c->err);
	if (result < 0)
		return result;
	if (!found && collect_is_other(value, &walk))
		found = -ENOENT;
	if (found == -ENOENT || found == -ENOTDIR)
		return rind_error_set(c->err, found,
			"%s: there is no %s%s; name what is there, or leave it out", rule,
			walk.path, collect_suggestion(c, walk.path));
	if (found < 0)
		return rind_error_set(
			c->err, found, "%s: %s: %s", rule, walk.path, errno_text(-found));
	const struct fact_root readable = {.path = walk.path, .rule = rule, .links = links};
	result =
		root_links_check_readable(c->facts->roots, c->facts->root_count, &readable, c->err);
	if (result < 0)
		return result;
	const struct cover_list list = {&c->facts->readables, &c->facts->readable_count};
	result = collect_add_cover(c, list, walk.path, &walk.stat, rule);
	return result < 0 ? result : 1;
}

int collect_readables(struct collect *c)
{
	return collect_values(c, COLLECT_READABLE, collect_one);
}
