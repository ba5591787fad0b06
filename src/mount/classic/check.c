/*
 * Child side: additional checks of the result on kernels without the newer calls; verify.h and the
 * operations ask for them.
 */
#include "mount/classic/classic.h"

#include "base/number.h"
#include "mount/mount_table.h"
#include "mount/walk.h"

#include <string.h>

/* --- is it a mount's root? -------------------------------------------------------------------- */

/* Open the directory of path, with no symlink on the way. */
static int open_parent(struct child *child, char *path)
{
	char *slash = strrchr(path, '/');

	slash[slash == path] = '\0';
	int fd = walk_open(path);
	return child_noted(child, CALL_OPEN, fd);
}

/* A file on another mount than the directory that it is in is the root of its mount. */
int classic_is_mount_root(struct child *child, int fd)
{
	char link[sizeof("fd/") + NUMBER_SIZE], path[PATH_MAX];

	number_format(stpcpy(link, "fd/"), (unsigned int)fd);
	long length = sys_result(readlinkat(child->proc_self, link, path, sizeof(path)));
	if (length >= (long)sizeof(path))
		length = -ENAMETOOLONG;
	if (length < 0)
		return child_noted(child, CALL_READLINK, length);
	path[length] = '\0';
	if (*path != '/')
		return 0; /* not on a mount of this namespace */
	if (!path[1])
		return 1;

	_cleanup_close_ int parent = open_parent(child, path);
	int own = parent < 0 ? parent : classic_mount_id(child, fd);
	int above = own < 0 ? own : classic_mount_id(child, parent);
	return above < 0 ? above : own != above;
}

/* --- the whole table -------------------------------------------------------------------------- */

/*
 * The attributes that an operation requires of the mounts at and below its path; false: none, or
 * the operation was not carried out.
 */
static bool asks(const struct child *child, attributes_of *attributes, const struct plan_op *op,
	uint64_t *ret)
{
	return child->frozen->op_trees[op - child->plan->ops] != CHILD_NOT_NEEDED &&
	       attributes(child, op, ret);
}

/*
 * Is an operation sorted before a path (< 0), at it (0) or after it (> 0)?  The path ends at
 * length.
 */
static int compare_with(const struct plan_op *op, const char *path, size_t length)
{
	int order = strncmp(op->path, path, length);
	return order ? order : op->path[length] != '\0';
}

/* The last operation on exactly this path that requires something, or NULL. */
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
 * The attributes that a mount at path must have: the last operation on the path, or on a directory
 * above, decides.  If there is none, all attributes, so that the check fails.
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

/* --- hidden mounts ---------------------------------------------------------------------------- */

/* List the visible mounts that are writable. */
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

/* A path in two parts: a directory and the rest; either may be empty, or "/". */
struct place {
	const char *directory, *rest;
};

/* As mount_table_below(), but accepts "". */
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

/* The path of a place within a view (another mount of the same file system) that shows it. */
static struct place find_in_view(const struct mount_entry *view, const struct place *place)
{
	const char *rest = left_below(place->directory, view->root);
	if (rest)
		return (struct place){rest, place->rest};
	return (struct place){
		left_below(place->rest, left_below(view->root, place->directory)), ""};
}

/* The mount that covers a directory above entry's mountpoint, the lowest one; or NULL. */
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

/* Is something mounted in a view on the way to a place, at most depth components deep? */
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
 * Can the command move a directory between a hidden mount and its cover, in one of these views of
 * the file system?  Not a directory below another mount in the view, nor one that is mounted on; if
 * that holds for the first directory below the cover (or below the view's root), it holds for all.
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
 * No path leads to a hidden mount, so no remount could change it.  It stays hidden unless somebody
 * moves a directory on the way out from under its cover.  For that the command needs another,
 * writable mount of the same file system, in which the way is not covered.
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

/* --- all of them ------------------------------------------------------------------------------ */

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
			return child_noted(child, CALL_NONE, -ENOTRECOVERABLE);
		if (can_be_uncovered(table, entry, writable)) {
			child->detail = entry->path;
			return child_noted(child, CALL_NONE, -EXDEV);
		}
	}
	return table->count ? 0 : child_noted(child, CALL_NONE, -ENOTRECOVERABLE);
}

/*
 * The newer calls change a whole tree in one call.  Here each mount was changed separately, so
 * check each mount again, in a new table.
 */
int classic_check(struct child *child, attributes_of *attributes)
{
	struct mount_table table = {0};
	_cleanup_close_ int root = sys_openat(AT_FDCWD, "/", O_PATH | O_DIRECTORY, 0);
	if (root < 0)
		return child_noted(child, CALL_OPEN, root);
	int id = classic_mount_id(child, root);
	if (id < 0)
		return id;
	int error = mount_table_read(child->proc_self, &table);
	if (error < 0)
		return child_noted(child, CALL_READ, error);

	error = check_table(child, attributes, &table, id);
	/* Keep the table if the report uses a string in it; this process ends soon anyway. */
	if (!child->detail)
		mount_table_free(&table);
	return error;
}
