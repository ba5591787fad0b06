/*
 * The hidden paths: find where each leads, and record its identity.
 *
 * Supervisor, with the caller's privileges; changes nothing on the host.
 */
#include "policy/collect.h"

#include "base/placeholder_mark.h"
#include "base/sys.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>

static int add_hide(struct collect *c, const struct collect_value *value, const char *path,
	const struct stat *stat)
{
	struct facts *facts = c->facts;
	const struct cover_list list = {&facts->hides, &facts->hide_count};
	int result = collect_add_cover(c, list, path, stat, collect_rule(c, value));
	return result < 0 ? result : 1;
}

/*
 * The path is in a directory that we may not search.  Hide that directory: if we own it, so does
 * the command, which could give itself the right to search.
 */
static int hide_unsearchable(
	struct collect *c, const struct collect_value *value, struct resolve *walk)
{
	struct stat stat;
	char *slash = strrchr(walk->path, '/');

	slash[slash == walk->path] = '\0';
	int error = sys_fstatat(AT_FDCWD, walk->path, &stat, AT_SYMLINK_NOFOLLOW);
	if (error < 0)
		return rind_error_set(c->err, error, "%s %s: %s: %s", value->option, value->given,
			walk->path, errno_text(-error));
	return add_hide(c, value, walk->path, &stat);
}

/*
 * --hide of a missing path is most likely a mistake; --hide-if-present says that it may be missing.
 * What a pattern has found is missing if it is a symlink that leads nowhere, or has just gone.
 */
static int check_missing(
	struct collect *c, const struct collect_value *value, const struct resolve *walk, int found)
{
	if (value->if_present || value->is_match)
		return 0;
	return rind_error_set(c->err, found,
		"%s %s: there is no %s%s; name what is there, or, where it may be missing, use "
		"--hide-if-present",
		value->option, value->given, walk->path, collect_suggestion(c, walk->path));
}

static int collect_hide(struct collect *c, const struct collect_value *value)
{
	const struct fact_protect kind = {.is_explicit = true};
	const char *given = value->path;
	struct resolve walk;
	int found, result = collect_find(c, given, &walk, NULL, &found);

	if (result < 0)
		return result;
	switch (found) {
	case 0:
		/* Another sandbox has made it, and removes it: nothing of the user's is there. */
		if (value->is_match && placeholder_found(AT_FDCWD, walk.path, &walk.stat))
			return 0;
		result = add_hide(c, value, walk.path, &walk.stat);
		if (result < 0)
			return result;
		result = git_protect_pointer(
			c, &kind, *given == '/' ? "/" : c->caller_directory, given, &walk);
		return result < 0 ? result : 1;
	case -ENOENT:
	case -ENOTDIR:
		return check_missing(c, value, &walk, found);
	case -EACCES:
		return hide_unsearchable(c, value, &walk);
	case -ELOOP:
		if (value->is_match)
			return 0;
		/* fall through */
	default:
		return rind_error_set(
			c->err, found, "%s %s: %s", value->option, given, errno_text(-found));
	}
}

int collect_hides(struct collect *c)
{
	int result = collect_values(c, COLLECT_HIDE, collect_hide);
	return result < 0 ? result : collect_values(c, COLLECT_HIDE_IF_PRESENT, collect_hide);
}
