/*
 * The host's devices that the sandbox gets: find the node that each path leads to, judge what it
 * is, and record its identity.
 *
 * Supervisor, with the caller's privileges; changes nothing on the host, and opens no device.
 */
#include "policy/collect.h"

#include "base/fd.h"
#include "base/path.h"
#include "base/sys.h"
#include "plan/host_paths.h"
#include "policy/device.h"
#include "policy/root_links.h"

#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/statvfs.h>
#include <sys/sysmacros.h>
#include <unistd.h>

/* --- the kernel's drivers --------------------------------------------------------------------- */

/* Without the names of its drivers no device can be judged. */
static int read_drivers(struct collect *c, const char *path, const char **ret)
{
	enum { SIZE = 1 << 16 };
	char *text = arena_alloc(&c->facts->arena, SIZE);
	size_t used = 0;
	ssize_t got = 1;

	if (!text)
		return rind_error_no_memory(c->err);
	_cleanup_close_ int fd = sys_openat(AT_FDCWD, path, O_RDONLY, 0);
	while (fd >= 0 && got > 0 && used < SIZE - 1) {
		got = read(fd, text + used, SIZE - 1 - used);
		used += got > 0 ? (size_t)got : 0;
	}
	int error = fd < 0 ? fd : got < 0 ? -errno : got > 0 ? -EFBIG : 0;
	if (error < 0)
		return rind_error_set(c->err, error,
			"--device: %s, which says what a device is, cannot be read: %s", path,
			errno_text(-error));
	*ret = text; /* the arena is zeroed: it ends with NUL */
	return 0;
}

/* --- one node --------------------------------------------------------------------------------- */

struct request {
	const char *rule;
	const struct device_drivers *drivers;
};

/* Names that the new /dev has anyway: no device of the host is needed for them. */
static bool is_there(const char *path)
{
	for (size_t i = 0; i < HOST_DEV_NODES; i++)
		if (!strcmp(path, host_dev_nodes[i]))
			return true;
	return false;
}

static int check_place(struct collect *c, const struct request *request, const char *path)
{
	if (!path_is_within(path, "/dev"))
		return rind_error_set(c->err, -EINVAL,
			"%s: %s is not in /dev, where the host's devices are and the sandbox's "
			"would be; name a node there",
			request->rule, path);
	if (plan_dev_contains(path) && !is_there(path))
		return rind_error_set(c->err, -EINVAL,
			"%s: the sandbox has its own in place of %s; leave it out", request->rule,
			path);
	return 0;
}

static int check_kind(struct collect *c, const struct request *request, const struct resolve *walk)
{
	mode_t mode = walk->stat.st_mode;

	if (S_ISCHR(mode) || S_ISBLK(mode))
		return 0;
	if (S_ISDIR(mode))
		return rind_error_set(c->err, -EISDIR,
			"%s: %s is a directory; name each node in it that the command needs",
			request->rule, walk->path);
	return rind_error_set(
		c->err, -ENODEV, "%s: %s is no device; name one", request->rule, walk->path);
}

static int check_device(
	struct collect *c, const struct request *request, const struct resolve *walk)
{
	const struct stat *stat = &walk->stat;
	struct device_judgement judgement;

	device_judge(stat->st_mode, stat->st_rdev, request->drivers, &judgement);
	if (!judgement.reason)
		return 0;
	return rind_error_set(c->err, -EPERM,
		"%s: %s, %s device %u:%u%s%s, %s; no sandbox gets it: leave it out", request->rule,
		walk->path, S_ISBLK(stat->st_mode) ? "block" : "character", major(stat->st_rdev),
		minor(stat->st_rdev), *judgement.name ? ", " : "", judgement.name,
		judgement.reason);
}

/* On a mount with nodev no device can be opened, in the sandbox neither. */
static int check_mount(struct collect *c, const struct request *request, const char *path)
{
	struct statfs stat;
	int error = sys_statfs(path, &stat);

	if (error < 0)
		return rind_error_set(
			c->err, error, "%s: %s: %s", request->rule, path, errno_text(-error));
	if ((unsigned long)stat.f_flags & ST_NODEV)
		return rind_error_set(c->err, -EACCES,
			"%s: %s is on a mount with nodev, where no device can be opened; remount "
			"it, or leave the option out",
			request->rule, path);
	return 0;
}

static int collect_node(struct collect *c, const struct request *request, struct resolve *walk)
{
	const struct cover_list list = {&c->facts->devices, &c->facts->device_count};
	int result = check_place(c, request, walk->path);

	if (!result)
		result = check_kind(c, request, walk);
	if (!result)
		result = check_device(c, request, walk);
	if (result < 0 || is_there(walk->path))
		return result;
	result = check_mount(c, request, walk->path);
	return result < 0 ? result
			  : collect_add_cover(c, list, walk->path, &walk->stat, request->rule);
}

/* --- short names ------------------------------------------------------------------------------ */

static void close_directory(DIR **directory)
{
	if (*directory)
		closedir(*directory);
}

/* Add an entry of a group's directory, if it is a node; links to nodes and directories are not. */
static int collect_entry(struct collect *c, const struct request *request,
	const struct device_group *group, const char *name)
{
	struct resolve walk;
	const char *path = path_join(&c->facts->arena, group->directory, name);

	if (!path)
		return rind_error_no_memory(c->err);
	int found = resolve_start(&walk, "/", path);
	if (!found)
		found = resolve_finish(&walk);
	if (found == -ENOENT)
		return 0; /* gone since its directory was read */
	if (found < 0)
		return rind_error_set(
			c->err, found, "%s: %s: %s", request->rule, path, errno_text(-found));
	if (!S_ISCHR(walk.stat.st_mode) || strcmp(walk.path, path) != 0)
		return 0;
	return collect_node(c, request, &walk);
}

static int compare_names(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* The names that a group has, sorted: the order of a directory is by chance. */
static int list_group(struct collect *c, const struct device_group *group, struct string_list *ret,
	int *ret_error)
{
	struct arena *arena = &c->facts->arena;
	__attribute__((cleanup(close_directory))) DIR *directory = opendir(group->directory);
	const struct dirent *entry;

	*ret_error = directory ? 0 : -errno;
	while (directory && (errno = 0, entry = readdir(directory))) {
		if (*entry->d_name == '.' || !device_is_called(entry->d_name, group->pattern))
			continue;
		const char **items = arena_grow(arena, ret->items, ret->count, sizeof(*items));
		const char *name = arena_strdup(arena, entry->d_name);
		if (!items || !name)
			return rind_error_no_memory(c->err);
		ret->items = items;
		ret->items[ret->count++] = name;
	}
	if (directory)
		*ret_error = -errno;
	if (ret->count)
		qsort(ret->items, ret->count, sizeof(*ret->items), compare_names);
	return 0;
}

static int collect_group(
	struct collect *c, const struct request *request, const struct device_group *group)
{
	const size_t before = c->facts->device_count;
	struct string_list names = {0};
	int error, result = list_group(c, group, &names, &error);

	for (size_t i = 0; !result && i < names.count; i++)
		result = collect_entry(c, request, group, names.items[i]);
	if (result < 0 || c->facts->device_count > before)
		return result;
	if (error && error != -ENOENT)
		return rind_error_set(c->err, error, "%s: %s: %s", request->rule, group->directory,
			errno_text(-error));
	return rind_error_set(c->err, -ENOENT,
		"%s: there is no device %s/%s on this host; load its driver, or leave the option "
		"out",
		request->rule, group->directory, group->pattern);
}

static int refuse_name(struct collect *c, const struct request *request, const char *name)
{
	return rind_error_set(c->err, -EINVAL,
		"%s: there is no such short name; there are dri, kvm and nvidia, and for another "
		"device give its path: /dev/%s",
		request->rule, name);
}

/* --- what was asked for ----------------------------------------------------------------------- */

/* The group of that short name, or NULL. */
static const struct device_group *find_group(const char *name)
{
	for (const struct device_group *group = device_groups; group->name; group++)
		if (!strcmp(group->name, name))
			return group;
	return NULL;
}

/* The group that is everything in a directory, or NULL. */
static const struct device_group *group_of_directory(const struct resolve *walk)
{
	for (const struct device_group *group = device_groups; group->name; group++)
		if (S_ISDIR(walk->stat.st_mode) && !strcmp(group->pattern, "*") &&
			!strcmp(group->directory, walk->path))
			return group;
	return NULL;
}

static int collect_path(struct collect *c, const struct request *request, const char *given)
{
	const struct fact_link *links;
	struct resolve walk;
	int found, result = collect_find(c, given, &walk, &links, &found);

	if (result < 0)
		return result;
	if (found == -ENOENT || found == -ENOTDIR)
		return rind_error_set(c->err, found,
			"%s: there is no %s%s; name what is there, or leave it out", request->rule,
			walk.path, collect_suggestion(c, walk.path));
	if (found < 0)
		return rind_error_set(
			c->err, found, "%s: %s: %s", request->rule, walk.path, errno_text(-found));
	const struct fact_root root = {.path = walk.path, .rule = request->rule, .links = links};
	result = root_links_check_readable(c->facts->roots, c->facts->root_count, &root, c->err);
	if (result < 0)
		return result;
	const struct device_group *group = group_of_directory(&walk);
	return group ? collect_group(c, request, group) : collect_node(c, request, &walk);
}

static int collect_one(struct collect *c, const char *given, const struct device_drivers *drivers)
{
	const struct request request = {
		.rule = arena_printf(&c->facts->arena, "--device %s", given),
		.drivers = drivers,
	};
	if (!request.rule)
		return rind_error_no_memory(c->err);
	if (strchr(given, '/'))
		return collect_path(c, &request, given);
	const struct device_group *group = find_group(given);
	return group ? collect_group(c, &request, group) : refuse_name(c, &request, given);
}

int collect_devices(struct collect *c)
{
	const struct string_list *list = &c->policy->device;
	struct device_drivers drivers;

	if (!list->count)
		return 0;
	int result = read_drivers(c, "/proc/devices", &drivers.devices);
	if (!result)
		result = read_drivers(c, "/proc/misc", &drivers.misc);
	if (!result)
		result = read_drivers(c, "/proc/consoles", &drivers.consoles);
	for (size_t i = 0; !result && i < list->count; i++)
		result = collect_one(c, list->items[i], &drivers);
	return result;
}
