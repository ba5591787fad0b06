/*
 * The hidden paths: find where each leads, and record its identity.
 *
 * Supervisor, with the caller's privileges; changes nothing on the host.
 */
#include "policy/collect.h"

#include "base/sys.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>

/* A path to hide, as the caller gave it. */
struct hide_request {
	const char *option, *path;
	bool if_present;
};

static int add_hide(struct collect *c, const struct hide_request *request, const char *path,
	const struct stat *stat)
{
	struct facts *facts = c->facts;
	const struct cover_list list = {&facts->hides, &facts->hide_count};
	return collect_add_cover(c, list, path, stat,
		arena_printf(&facts->arena, "%s %s", request->option, request->path));
}

/*
 * The path is in a directory that we may not search.  Hide that directory: if we own it, so does
 * the command, which could give itself the right to search.
 */
static int hide_unsearchable(
	struct collect *c, const struct hide_request *request, struct resolve *walk)
{
	struct stat stat;
	char *slash = strrchr(walk->path, '/');

	slash[slash == walk->path] = '\0';
	int error = sys_fstatat(AT_FDCWD, walk->path, &stat, AT_SYMLINK_NOFOLLOW);
	if (error < 0)
		return rind_error_set(c->err, error, "%s %s: %s: %s", request->option,
			request->path, walk->path, errno_text(-error));
	return add_hide(c, request, walk->path, &stat);
}

/*
 * --hide of a missing path is most likely a mistake; --hide-if-present says that it may be missing.
 */
static int check_missing(struct collect *c, const struct hide_request *request,
	const struct resolve *walk, int found)
{
	if (request->if_present)
		return 0;
	return rind_error_set(c->err, found,
		"%s %s: there is no %s%s; name what is there, or, where it may be missing, use "
		"--hide-if-present",
		request->option, request->path, walk->path, collect_suggestion(c, walk->path));
}

static int collect_hide(struct collect *c, const struct hide_request *request)
{
	const struct fact_protect kind = {.is_explicit = true};
	const char *given = request->path;
	struct resolve walk;
	int found, result = collect_find(c, given, &walk, NULL, &found);

	if (result < 0)
		return result;
	switch (found) {
	case 0:
		result = add_hide(c, request, walk.path, &walk.stat);
		if (result < 0)
			return result;
		return git_protect_pointer(
			c, &kind, *given == '/' ? "/" : c->caller_directory, given, &walk);
	case -ENOENT:
	case -ENOTDIR:
		return check_missing(c, request, &walk, found);
	case -EACCES:
		return hide_unsearchable(c, request, &walk);
	default:
		return rind_error_set(
			c->err, found, "%s %s: %s", request->option, given, errno_text(-found));
	}
}

static int collect_hide_list(
	struct collect *c, const struct string_list *list, const char *option, bool if_present)
{
	int result = 0;

	for (size_t i = 0; !result && i < list->count; i++) {
		const struct hide_request request = {option, list->items[i], if_present};
		result = collect_hide(c, &request);
	}
	return result;
}

int collect_hides(struct collect *c)
{
	int result = collect_hide_list(c, &c->policy->hide, "--hide", false);
	if (!result)
		result = collect_hide_list(
			c, &c->policy->hide_if_present, "--hide-if-present", true);
	return result;
}
