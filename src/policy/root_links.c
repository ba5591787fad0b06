/*
 * See root_links.h.  Supervisor, with the caller's privileges; changes nothing.
 *
 * The caller decides what is writable, and his own symlinks are as good as paths.  But a symlink in
 * a directory that commands can write to may have been made by a command.  With `--writable ws
 * --writable ws/tmp`, an earlier command could replace ws/tmp by a link to /home/me, and the next
 * command could write to the home directory. /tmp and $TMPDIR count even if this sandbox excludes
 * them: an earlier one may have had them writable.
 */
#include "policy/root_links.h"

#include "base/path.h"
#include "policy/resolve.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

struct places {
	const struct fact_root *roots;
	size_t root_count;
	char temporary[2][PATH_MAX]; /* where /tmp and $TMPDIR lead; "": nowhere, or to / */
};

static int find_place(char ret[static PATH_MAX], const char *path, struct rind_error *err)
{
	struct resolve walk;

	*ret = '\0';
	if (!path || *path != '/')
		return 0;
	int found = resolve_start(&walk, "/", path);
	if (!found)
		found = resolve_finish(&walk);
	if (found < 0 && !resolve_is_finding(found))
		return rind_error_set(
			err, found, "%s cannot be looked at: %s", path, errno_text(-found));
	if (!found && walk.path[1] && S_ISDIR(walk.stat.st_mode))
		strcpy(ret, walk.path);
	return 0;
}

/* Which of /tmp and $TMPDIR is path in?  NULL: neither. */
static const char *temporary_around(const struct places *places, const char *path)
{
	for (size_t i = 0; i < 2; i++)
		if (*places->temporary[i] && path_is_within(path, places->temporary[i]))
			return places->temporary[i];
	return NULL;
}

/* The writable place that the link lies in, other than the root that it leads to; NULL: none. */
static const char *place_of_link(
	const struct places *places, const struct fact_root *root, const struct fact_link *link)
{
	for (size_t i = 0; i < places->root_count; i++) {
		const char *other = places->roots[i].path;
		if (strcmp(other, root->path) != 0 && path_is_within(link->path, other))
			return other;
	}
	return temporary_around(places, link->path);
}

/* The first link on the way to a root that a command could have made; NULL: none. */
static const struct fact_link *find_doubtful(
	const struct places *places, const struct fact_root *root)
{
	const struct fact_link *found = NULL;

	for (const struct fact_link *link = root->links; link; link = link->before)
		if (place_of_link(places, root, link))
			found = link;
	return found;
}

/*
 * Does the root lie in another root that no doubtful link leads to, or in /tmp?  Then the link
 * opens nothing new. $TMPDIR does not count: a doubtful link may lead to it.
 */
static bool stays_inside(const struct places *places, const struct fact_root *root)
{
	const char *tmp = places->temporary[0];

	if (*tmp && path_is_within(root->path, tmp))
		return true;
	for (size_t i = 0; i < places->root_count; i++) {
		const struct fact_root *other = &places->roots[i];
		if (path_is_within(root->path, other->path) && !find_doubtful(places, other))
			return true;
	}
	return false;
}

static const char *way_out(const struct fact_root *root)
{
	switch (root->origin) {
	case ROOT_EXPLICIT:
		return "give --writable that path itself";
	case ROOT_DIRECTORY:
		return "change to that path itself";
	case ROOT_TMP:
		return "use --exclude-tmp and give --writable that path itself";
	case ROOT_TMPDIR:
		break;
	}
	return "set TMPDIR to that path itself, or use --exclude-tmpdir";
}

static int refuse(const struct places *places, const struct fact_root *root,
	const struct fact_link *link, struct rind_error *err)
{
	return rind_error_set(err, -EXDEV,
		"writable root %s (%s) is reached through the symbolic link %s, which lies in %s, "
		"where an earlier command could have put it, and leads out of all that is "
		"writable; if it is yours, %s, and otherwise remove it",
		root->path, root->rule, link->path, place_of_link(places, root, link),
		way_out(root));
}

static bool any_links(const struct fact_root *roots, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (roots[i].links)
			return true;
	return false;
}

static int find_places(struct places *places, struct rind_error *err)
{
	int result = find_place(places->temporary[0], "/tmp", err);
	return result ? result : find_place(places->temporary[1], getenv("TMPDIR"), err);
}

int root_links_check(const struct fact_root *roots, size_t count, struct rind_error *err)
{
	if (!any_links(roots, count))
		return 0;

	struct places places = {.roots = roots, .root_count = count};
	int result = find_places(&places, err);
	if (result < 0)
		return result;
	for (size_t i = 0; i < count; i++) {
		const struct fact_root *root = &roots[i];
		const struct fact_link *link = find_doubtful(&places, root);
		if (link && !stays_inside(&places, root))
			return refuse(&places, root, link, err);
	}
	return 0;
}

int root_links_check_readable(const struct fact_root *roots, size_t count,
	const struct fact_root *readable, struct rind_error *err)
{
	struct places places = {.roots = roots, .root_count = count};
	if (!readable->links)
		return 0;
	int result = find_places(&places, err);
	if (result < 0)
		return result;
	const struct fact_link *link = find_doubtful(&places, readable);
	if (!link || stays_inside(&places, readable))
		return 0;
	return rind_error_set(err, -EXDEV,
		"%s: %s is reached through the symbolic link %s, which lies in %s, where an "
		"earlier command could have put it, and leads out of all that is writable; if it "
		"is yours, name that path itself, and otherwise remove it",
		readable->rule, readable->path, link->path, place_of_link(&places, readable, link));
}
