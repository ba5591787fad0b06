/*
 * Child side: what kernels without the newer calls need besides, to look at what was built: see
 * check.c, which asks.
 */
#include "sandbox/classic.h"

#include "base/number.h"
#include "sandbox/mount_table.h"

#include <string.h>

static const uint64_t PLAIN = MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV;

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

/* PIN changes no attributes, and what was not needed nothing. */
static bool has_a_word(const struct frozen *frozen, const struct plan_op *op)
{
	return op->type != PLAN_PIN && frozen->op_trees[op - frozen->ops] != CHILD_NOT_NEEDED;
}

/* Where an operation is sorted, seen from a path that ends at length: before it, at it, behind it. */
static int compare_with(const struct plan_op *op, const char *path, size_t length)
{
	int order = strncmp(op->path, path, length);
	return order ? order : op->path[length] != '\0';
}

/* The last operation on just this path, or NULL. */
static const struct plan_op *find_last_at(
	const struct frozen *frozen, const char *path, size_t length)
{
	size_t low = 0, high = frozen->op_count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;
		if (compare_with(frozen->by_path[middle], path, length) <= 0)
			low = middle + 1;
		else
			high = middle;
	}
	while (low-- && !compare_with(frozen->by_path[low], path, length))
		if (has_a_word(frozen, frozen->by_path[low]))
			return frozen->by_path[low];
	return NULL;
}

/* The operation that has the last word on a path: of those on it and on the directories above. */
static const struct plan_op *find_last_word(const struct frozen *frozen, const char *path)
{
	const struct plan_op *last = find_last_at(frozen, "/", 1);

	for (size_t length = 1; path[length - 1]; length++) {
		if (length == 1 || (path[length] && path[length] != '/'))
			continue;
		const struct plan_op *op = find_last_at(frozen, path, length);
		if (op && (!last || op > last))
			last = op;
	}
	return last;
}

/* What a mount must have for that. */
static uint64_t required(const struct child *child, const struct plan_op *op)
{
	switch (op->type) {
	case PLAN_TREE:
		return op->access == RIND_ACCESS_WRITABLE ? PLAIN : PLAIN | MOUNT_ATTR_RDONLY;
	case PLAN_WRITABLE:
	case PLAN_PIN:
		return PLAIN;
	case PLAN_PROTECT:
	case PLAN_HIDE:
		return PLAIN | MOUNT_ATTR_RDONLY;
	case PLAN_DEV: /* looked at by check.c, name by name */
		return 0;
	case PLAN_PROC:
		return child->frozen->proc == RIND_PROC_HOST ? PLAIN | MOUNT_ATTR_RDONLY : 0;
	}
	return ~0ULL; /* no such operation: nothing will do */
}

static bool is_right(const struct child *child, const struct mount_entry *entry)
{
	const struct plan_op *op = find_last_word(child->frozen, entry->path);
	uint64_t wanted = op ? required(child, op) : ~0ULL;

	return (entry->attributes & wanted) == wanted || mount_table_is_gone(entry) ||
	       entry->hidden;
}

/*
 * With one call for a whole tree there is nothing to miss in it.  Here each mount has been changed by
 * itself, so each is looked at again, in a table of now.
 */
int classic_check(struct child *child)
{
	_cleanup_mount_table_ struct mount_table table = {0};
	_cleanup_close_ int root = sys_openat(AT_FDCWD, "/", O_PATH | O_DIRECTORY, 0);
	if (root < 0)
		return (int)child_noted(child, CALL_OPEN, root);
	int id = classic_mount_id(child, root);
	if (id < 0)
		return id;
	int error = mount_table_read(child->proc_self, &table);
	if (error < 0)
		return (int)child_noted(child, CALL_READ, error);

	mount_table_mark_hidden(&table, id);
	for (size_t i = 0; i < table.count; i++)
		if (!is_right(child, &table.entries[i]))
			return (int)child_noted(child, CALL_NONE, -ENOTRECOVERABLE);
	return table.count ? 0 : (int)child_noted(child, CALL_NONE, -ENOTRECOVERABLE);
}
