/*
 * Child side: what kernels without the newer calls need besides, to look at what was built: see
 * check.c, which asks.
 */
#include "mount/classic/classic.h"

#include "base/number.h"
#include "mount/mount_table.h"
#include "mount/walk.h"

#include <string.h>

/* --- is it a mount's root? --------------------------------------------------------------------- */

/* The directory that path is in, with no symlink on the way. */
static int open_parent(struct child *child, char *path)
{
	char *slash = strrchr(path, '/');

	slash[slash == path] = '\0';
	int fd = walk_open(path);
	return (int)child_noted(child, CALL_OPEN, fd);
}

/* What is on another mount than the directory it is in is the root of its own. */
int classic_is_mount_root(struct child *child, int fd)
{
	char link[sizeof("fd/") + NUMBER_SIZE], path[PATH_MAX];

	number_format(stpcpy(link, "fd/"), (unsigned int)fd);
	long length = sys_result(readlinkat(child->proc_self, link, path, sizeof(path)));
	if (length >= (long)sizeof(path))
		length = -ENAMETOOLONG;
	if (length < 0)
		return (int)child_noted(child, CALL_READLINK, length);
	path[length] = '\0';
	if (*path != '/')
		return 0; /* on no mount of ours */
	if (!path[1])
		return 1;

	_cleanup_close_ int parent = open_parent(child, path);
	int own = parent < 0 ? parent : classic_mount_id(child, fd);
	int above = own < 0 ? own : classic_mount_id(child, parent);
	return above < 0 ? above : own != above;
}

/* --- the whole table --------------------------------------------------------------------------- */

/* What an operation, that was needed, asks of the mounts at and below its path; false: nothing. */
static bool asks(const struct child *child, attributes_of *attributes, const struct plan_op *op,
	uint64_t *ret)
{
	return child->frozen->op_trees[op - child->plan->ops] != CHILD_NOT_NEEDED &&
	       attributes(child, op, ret);
}

/* Where an operation is sorted, seen from a path that ends at length: before it, at it, behind it. */
static int compare_with(const struct plan_op *op, const char *path, size_t length)
{
	int order = strncmp(op->path, path, length);
	return order ? order : op->path[length] != '\0';
}

/* The last operation on just this path that asks for something, or NULL. */
static const struct plan_op *find_last_at(const struct child *child, attributes_of *attributes,
	const char *path, size_t length, uint64_t *ret)
{
	const struct plan_op *const *by_path = child->frozen->by_path;
	size_t low = 0, high = child->plan->op_count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;
		if (compare_with(by_path[middle], path, length) <= 0)
			low = middle + 1;
		else
			high = middle;
	}
	while (low-- && !compare_with(by_path[low], path, length))
		if (asks(child, attributes, by_path[low], ret))
			return by_path[low];
	return NULL;
}

/*
 * What a mount must have: the last word on its path has the last of the operations on it and on the
 * directories above.  All that there is, where none says anything: nothing will do.
 */
static uint64_t required(const struct child *child, attributes_of *attributes, const char *path)
{
	uint64_t wanted = ~0ULL, here;
	const struct plan_op *last = find_last_at(child, attributes, "/", 1, &wanted);

	for (size_t length = 1; path[length - 1]; length++) {
		if (length == 1 || (path[length] && path[length] != '/'))
			continue;
		const struct plan_op *op = find_last_at(child, attributes, path, length, &here);
		if (op && (!last || op > last)) {
			last = op;
			wanted = here;
		}
	}
	return wanted;
}

static bool is_right(
	const struct child *child, attributes_of *attributes, const struct mount_entry *entry)
{
	uint64_t wanted = required(child, attributes, entry->path);

	return (entry->attributes & wanted) == wanted || mount_table_is_gone(entry);
}

/* --- hidden mounts ----------------------------------------------------------------------------- */

/* The mounts that can be written to. */
static struct mount_entry *list_writable(const struct mount_table *table)
{
	struct mount_entry *list = NULL;

	for (size_t i = 0; i < table->count; i++) {
		struct mount_entry *entry = &table->entries[i];
		if (entry->attributes & MOUNT_ATTR_RDONLY || entry->hidden)
			continue;
		entry->next = list;
		list = entry;
	}
	return list;
}

/* A path is a directory and what comes after it; either may be empty, or the root. */
struct place {
	const char *directory, *rest;
};

/* What is left of a path below a directory, as mount_table_below(), which wants a path. */
static const char *left_below(const char *path, const char *directory)
{
	return mount_table_below(*path ? path : "/", *directory ? directory : "/");
}

/* Does the way to a place lead through a directory, or end there? */
static bool passes(const struct place *place, const char *directory)
{
	if (left_below(place->directory, directory))
		return true;
	const char *rest = left_below(directory, place->directory);
	return rest && left_below(place->rest, rest);
}

/* Where in a view is a place that it shows? */
static struct place find_in_view(const struct mount_entry *view, const struct place *place)
{
	const char *rest = left_below(place->directory, view->root);
	if (rest)
		return (struct place){rest, place->rest};
	return (struct place){
		left_below(place->rest, left_below(view->root, place->directory)), ""};
}

/* What covers a directory above the one that entry is on; the undermost, or NULL. */
static const struct mount_entry *find_cover(
	const struct mount_table *table, const struct mount_entry *entry)
{
	const struct mount_entry *cover = NULL;

	for (size_t i = 0; i < table->count; i++) {
		const struct mount_entry *other = &table->entries[i];
		if (other->parent == entry->parent && strcmp(other->path, entry->path) != 0 &&
			mount_table_below(entry->path, other->path) &&
			(!cover || strlen(other->path) > strlen(cover->path)))
			cover = other;
	}
	return cover;
}

static size_t count_components(const char *path)
{
	size_t count = 0;

	for (; *path; path++)
		count += path[0] == '/' && path[1] && path[1] != '/';
	return count;
}

/* Is a directory on the way to a place in a view, at most so deep, mounted on there? */
static bool is_covered_in(const struct mount_table *table, const struct mount_entry *view,
	const struct place *there, size_t depth)
{
	for (size_t i = 0; i < table->count; i++) {
		const struct mount_entry *entry = &table->entries[i];
		const char *rest = entry->parent == view->id
					   ? mount_table_below(entry->path, view->path)
					   : NULL;
		if (rest && passes(there, rest) && count_components(rest) <= depth)
			return true;
	}
	return false;
}

/*
 * Can a directory between a mount and what covers it be moved, in one of these views of the file system?
 * Neither what is below another mount in the view can be, nor a directory that is mounted on; and for the
 * first of them below the cover, or of the view, that goes for all.
 */
static bool can_be_moved(const struct mount_table *table, const struct mount_entry *entry,
	const struct mount_entry *parent, const struct mount_entry *views)
{
	const char *rest = mount_table_below(entry->path, parent->path);
	const struct place place = {parent->root, rest ? rest : ""};

	for (const struct mount_entry *view = views; view; view = view->next) {
		if (strcmp(view->device, parent->device) != 0 || !passes(&place, view->root))
			continue;
		const struct mount_entry *cover = find_cover(table, entry);
		if (!cover)
			return false;
		const struct place there = find_in_view(view, &place);
		size_t depth = count_components(there.directory) + count_components(there.rest);
		size_t between = count_components(entry->path) - count_components(cover->path) - 1;
		if (between && depth > 1 &&
			!is_covered_in(table, view, &there, depth > between ? depth - between : 1))
			return true;
	}
	return false;
}

/*
 * No path leads to a hidden mount: so no remount has changed it.  Nor will one, as long as no directory
 * on the way to it is moved out from under what covers it; and that takes another view of the file system,
 * in which the way is not covered and can be written to.
 */
static bool can_be_uncovered(const struct mount_table *table, const struct mount_entry *entry,
	const struct mount_entry *writable)
{
	for (size_t i = 0; i < table->count; i++) {
		const struct mount_entry *parent = mount_table_find(table, entry->parent);
		if (!parent || parent == entry)
			return false;
		if (can_be_moved(table, entry, parent, writable))
			return true;
		entry = parent;
	}
	return false;
}

/* --- all of them ------------------------------------------------------------------------------- */

static int check_table(
	struct child *child, attributes_of *attributes, struct mount_table *table, int root)
{
	mount_table_mark_hidden(table, root);
	const struct mount_entry *writable = list_writable(table);

	for (size_t i = 0; i < table->count; i++) {
		const struct mount_entry *entry = &table->entries[i];
		if (is_right(child, attributes, entry))
			continue;
		if (!entry->hidden)
			return (int)child_noted(child, CALL_NONE, -ENOTRECOVERABLE);
		if (can_be_uncovered(table, entry, writable)) {
			child->detail = entry->path;
			return (int)child_noted(child, CALL_NONE, -EXDEV);
		}
	}
	return table->count ? 0 : (int)child_noted(child, CALL_NONE, -ENOTRECOVERABLE);
}

/*
 * With one call for a whole tree there is nothing to miss in it.  Here each mount has been changed by
 * itself, so each is looked at again, in a table of now.
 */
int classic_check(struct child *child, attributes_of *attributes)
{
	struct mount_table table = {0};
	_cleanup_close_ int root = sys_openat(AT_FDCWD, "/", O_PATH | O_DIRECTORY, 0);
	if (root < 0)
		return (int)child_noted(child, CALL_OPEN, root);
	int id = classic_mount_id(child, root);
	if (id < 0)
		return id;
	int error = mount_table_read(child->proc_self, &table);
	if (error < 0)
		return (int)child_noted(child, CALL_READ, error);

	error = check_table(child, attributes, &table, id);
	/* What the report takes from the table stays, as this process does not. */
	if (!child->detail)
		mount_table_free(&table);
	return error;
}
