/*
 * The directories that are to be copy on write: find where each leads, and record its identity.
 *
 * Supervisor, with the caller's privileges; changes nothing on the host.
 */
#include "policy/collect.h"

#include "base/path.h"
#include "policy/host_mounts.h"

#include <errno.h>
#include <string.h>

/* Finds a mount in a directory. */
struct mount_search {
	struct collect *c;
	const char *rule, *directory;
};

/*
 * The kernel makes no layer of a tree with mounts that only a more privileged user namespace may
 * take apart, and for a new one the host's are all such.
 */
static int refuse_mount(void *context, const struct mountinfo *mount)
{
	const struct mount_search *search = context;

	if (!strcmp(mount->path, search->directory) ||
		!path_is_within(mount->path, search->directory))
		return 0;
	(void)rind_error_set(search->c->err, -EINVAL,
		"%s: %s in it is a mount of its own (%s), and the kernel makes nothing copy on "
		"write that has one in it; name directories beside it",
		search->rule, mount->path, mount->type);
	return 1;
}

static int check_mounts(struct collect *c, const char *rule, const char *directory)
{
	int result = host_mounts_each(refuse_mount, &(struct mount_search){c, rule, directory});

	if (result > 0)
		return -EINVAL;
	return !result ? 0
		       : rind_error_set(c->err, result,
				 "%s: it must have no mount in it, and /proc/self/mountinfo cannot "
				 "be read: %s",
				 rule, errno_text(-result));
}

/* Another one around it, or below it, would be copied as well. */
static int check_others(struct collect *c, const char *rule, const char *directory)
{
	for (size_t i = 0; i < c->facts->scratch_count; i++) {
		const struct fact_hide *other = &c->facts->scratches[i];
		if (!strcmp(other->path, directory) ||
			(!path_is_within(other->path, directory) &&
				!path_is_within(directory, other->path)))
			continue;
		return rind_error_set(c->err, -EINVAL,
			"%s: one of it and %s lies in the other; name the outer one alone", rule,
			other->rule);
	}
	return 0;
}

/* See collect.h. */
int collect_add_scratch(
	struct collect *c, const char *path, const struct stat *stat, const char *rule)
{
	const struct cover_list list = {&c->facts->scratches, &c->facts->scratch_count};

	int result = check_others(c, rule, path);
	/* What can be no scratch is refused for that, whatever is mounted there. */
	if (!result && path[1] && !fact_is_own(path))
		result = check_mounts(c, rule, path);
	return result < 0 ? result : collect_add_cover(c, list, path, stat, rule);
}

static int collect_one(struct collect *c, const char *given)
{
	const char *rule = arena_printf(&c->facts->arena, "--scratch %s", given);
	struct resolve walk;

	if (!rule)
		return rind_error_no_memory(c->err);
	int result = collect_find_directory(c, given, rule, &walk);
	return result < 0 ? result : collect_add_scratch(c, walk.path, &walk.stat, rule);
}

int collect_scratches(struct collect *c)
{
	const struct string_list *list = &c->policy->scratch;
	int result = 0;

	for (size_t i = 0; !result && i < list->count; i++)
		result = collect_one(c, list->items[i]);
	return result;
}
