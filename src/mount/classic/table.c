/* Child side: the table of mounts as init reads it; see table.h. */
#include "mount/classic/table.h"

int classic_mount_id(struct child *child, int fd)
{
	return child_noted(child, CALL_READ, mount_table_read_id(child->proc_self, fd));
}

/* Make a directory the root and the working directory. */
static int change_root(struct child *child, int directory)
{
	long error = sys_result(fchdir(directory));
	if (!error)
		error = sys_result(chroot("."));
	return child_noted(child, CALL_CHDIR, error);
}

/*
 * The table only shows mounts below the reader's root directory.  The shelf of a built root is in
 * its base; without pivot_root, the base is on the shelf.  So change the root directory while
 * reading.
 */
static int read_table_in_base(struct child *child, struct mount_table *ret)
{
	_cleanup_close_ int before = sys_openat(AT_FDCWD, ".", O_PATH | O_DIRECTORY, 0);
	_cleanup_close_ int root = sys_openat(AT_FDCWD, "/", O_PATH | O_DIRECTORY, 0);
	if (before < 0 || root < 0)
		return child_noted(child, CALL_OPEN, before < 0 ? before : root);

	int error =
		change_root(child, child->root.no_pivot ? child->classic.shelf : child->root.base);
	if (error < 0)
		return error;
	int result = child_noted(child, CALL_READ, mount_table_read(child->proc_self, ret));
	error = change_root(child, root);
	if (!error)
		error = child_noted(child, CALL_CHDIR, sys_result(fchdir(before)));
	return result < 0 ? result : error;
}

int classic_read_table(struct child *child, struct mount_table *ret)
{
	if (child->root.base >= 0)
		return read_table_in_base(child, ret);
	return child_noted(child, CALL_READ, mount_table_read(child->proc_self, ret));
}

static int find_attributes(struct child *child, int fd, uint64_t *ret)
{
	_cleanup_mount_table_ struct mount_table table = {0};
	int error = classic_read_table(child, &table);
	int id = error < 0 ? error : classic_mount_id(child, fd);
	if (id < 0)
		return id;
	const struct mount_entry *entry = mount_table_find(&table, id);
	if (!entry)
		return child_noted(child, CALL_READ, -ENOENT);
	*ret = entry->attributes;
	return 0;
}

int classic_read_attributes(struct child *child, int fd, uint64_t *ret)
{
	if (child->proc_self >= 0)
		return find_attributes(child, fd, ret);
	_cleanup_close_ int self = sys_openat(AT_FDCWD, "/proc/self", O_PATH | O_DIRECTORY, 0);
	if (self < 0)
		return child_noted(child, CALL_OPEN_SELF, self);
	child->proc_self = self;
	int error = find_attributes(child, fd, ret);
	child->proc_self = -1;
	return error;
}
