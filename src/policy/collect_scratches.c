/*
 * The directories that are to be copy on write: find where each leads, and record its identity.
 *
 * Supervisor, with the caller's privileges; changes nothing on the host.
 */
#include "policy/collect.h"

#include "base/mountinfo.h"
#include "base/path.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/*
 * A mount in the directory: the kernel makes no layer of a tree with mounts that only a more
 * privileged user namespace may take apart, and for a new one the host's are all such.
 */
static int refuse_mount(struct collect *c, const char *rule, const char *directory, char *line)
{
	struct mountinfo mount;

	if (mountinfo_parse(line, &mount) < 0)
		return rind_error_set(c->err, -EBADMSG,
			"%s: /proc/self/mountinfo has a line that is "
			"not as it should be",
			rule);
	if (!strcmp(mount.path, directory) || !path_is_within(mount.path, directory))
		return 0;
	return rind_error_set(c->err, -EINVAL,
		"%s: %s in it is a mount of its own (%s), and the kernel makes nothing copy on "
		"write that has one in it; name directories beside it",
		rule, mount.path, mount.type);
}

static int check_mounts(struct collect *c, const char *rule, const char *directory)
{
	FILE *table = fopen("/proc/self/mountinfo", "re");
	char *line = NULL;
	size_t size = 0;
	int result = table ? 0 : -errno;

	while (!result && getline(&line, &size, table) > 0) {
		line[strcspn(line, "\n")] = '\0';
		result = refuse_mount(c, rule, directory, line);
	}
	free(line);
	if (!table)
		return rind_error_set(c->err, result, "%s: /proc/self/mountinfo cannot be read: %s",
			rule, errno_text(-result));
	bool failed = ferror(table);
	fclose(table);
	return result < 0 || !failed ? result
				     : rind_error_set(c->err, -EIO,
					       "%s: /proc/self/mountinfo cannot be read", rule);
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

static int collect_one(struct collect *c, const char *given)
{
	const char *rule = arena_printf(&c->facts->arena, "--scratch %s", given);
	struct resolve walk;
	int found, result = collect_find(c, given, &walk, NULL, &found);

	if (!rule)
		return rind_error_no_memory(c->err);
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
	result = check_others(c, rule, walk.path);
	if (!result && walk.path[1])
		result = check_mounts(c, rule, walk.path);
	const struct cover_list list = {&c->facts->scratches, &c->facts->scratch_count};
	return result < 0 ? result : collect_add_cover(c, list, walk.path, &walk.stat, rule);
}

int collect_scratches(struct collect *c)
{
	const struct string_list *list = &c->policy->scratch;
	int result = 0;

	for (size_t i = 0; !result && i < list->count; i++)
		result = collect_one(c, list->items[i]);
	return result;
}
