/*
 * Child side: see mount.h.
 *
 * A call that reports success may have done nothing: some seccomp filters around rind answer so.
 * So verify each result whose absence would give the command more access: the attributes of a
 * mount, the mode and size of a tmpfs, and whether a tree is where it was attached.
 * -ENOTRECOVERABLE: it is not so.
 *
 * No check may depend on a file system that the plan does not name: FUSE asks its server, which may
 * refuse to answer (EPERM from the document portal), or never answer.
 */
#include "mount/mount.h"

#include "base/number.h"
#include "mount/classic/classic.h"

int mount_wrong(struct child *child)
{
	return child_noted(child, CALL_NONE, -ENOTRECOVERABLE);
}

int mount_clone(struct child *child, int fd, const char *path, unsigned int flags)
{
	if (mount_is_classic(child))
		return classic_clone(child, fd, path, flags);
	return child_noted(child, CALL_OPEN_TREE, sys_open_tree(fd, path, OPEN_TREE_CLONE | flags));
}

/* --- attributes ------------------------------------------------------------------------------- */

int mount_set_attributes(
	struct child *child, int fd, unsigned int flags, const struct sys_mount_attr *attr)
{
	if (mount_is_classic(child))
		return classic_set_attributes(child, fd, flags, attr->set, attr->clear);
	return child_noted(
		child, CALL_MOUNT_SETATTR, sys_mount_setattr(fd, "", AT_EMPTY_PATH | flags, attr));
}

/*
 * The attributes of a detached tree cannot be read without asking its file system, and those of all
 * mounts in a tree only at a high cost.  Instead detect a filter that answers mount_setattr with
 * success and does nothing: a call that must fail has to fail.  Then make the real call once more.
 */
int mount_add_attributes(struct child *child, int fd, unsigned int flags, uint64_t attributes)
{
	const struct sys_mount_attr attr = {.set = attributes, .propagation = MS_SLAVE};

	int error = mount_set_attributes(child, fd, flags, &attr);
	if (error < 0 || mount_is_classic(child))
		return error; /* the classic backend has verified each mount */
	if (sys_mount_setattr(-1, "", AT_EMPTY_PATH | flags, &attr) >= 0)
		return child_wrong(child, NULL);
	return mount_set_attributes(child, fd, flags, &attr);
}

/* --- where a tree is -------------------------------------------------------------------------- */

int mount_attach(struct child *child, int tree, int target)
{
	if (mount_is_classic(child))
		return classic_attach(child, tree, target);
	return child_noted(child, CALL_MOVE_MOUNT, sys_move_mount_onto(tree, target));
}

/* Before Linux 5.8 statx did not return the mount's id. */
static int find_place_classic(struct child *child, int fd, struct child_place *ret)
{
	struct stat stat = {0};
	int error = sys_fstat(fd, &stat);
	if (error < 0)
		return child_noted(child, CALL_FSTAT, error);
	int mount = classic_mount_id(child, fd);
	if (mount < 0)
		return mount;
	*ret = (struct child_place){.mount = (uint64_t)mount, .inode = stat.st_ino};
	return 0;
}

enum { PLACE_WANTED = SYS_STATX_INO | SYS_STATX_MNT_ID };

static int read_place(
	struct child *child, int error, const struct sys_statx *stat, struct child_place *ret)
{
	if (error < 0)
		return child_noted(child, CALL_FSTAT, error);
	if ((stat->mask & PLACE_WANTED) != PLACE_WANTED)
		return child_wrong(child, NULL);
	*ret = (struct child_place){.mount = stat->mnt_id, .inode = stat->ino};
	return 0;
}

int mount_find_place_at(struct child *child, const char *path, struct child_place *ret)
{
	struct sys_statx stat = {0};

	if (child->frozen->support.mount_root) {
		int error = sys_statx_path(path, PLACE_WANTED, &stat);
		return read_place(child, error, &stat, ret);
	}
	_cleanup_close_ int fd = sys_openat(AT_FDCWD, path, O_PATH, 0);
	if (fd < 0)
		return child_noted(child, CALL_OPEN, fd);
	return find_place_classic(child, fd, ret);
}

int mount_find_place(struct child *child, int fd, struct child_place *ret)
{
	struct sys_statx stat = {0};

	if (!child->frozen->support.mount_root)
		return find_place_classic(child, fd, ret);
	int error = sys_statx(fd, PLACE_WANTED, &stat);
	return read_place(child, error, &stat, ret);
}

int mount_is_same(struct child *child, int a, int b)
{
	struct child_place first = {0}, second = {0};

	int error = mount_find_place(child, a, &first);
	if (!error)
		error = mount_find_place(child, b, &second);
	if (error < 0)
		return error;
	/* The same file may be mounted in several places: compare the mounts too. */
	return first.inode == second.inode && first.mount == second.mount;
}

int mount_check_found(struct child *child, int tree, int found)
{
	int same = mount_is_same(child, tree, found);
	if (same < 0)
		return same;
	return same ? 0 : child_wrong(child, NULL);
}

int mount_check_at(struct child *child, int tree, int directory, const char *name)
{
	_cleanup_close_ int found = sys_openat(directory, name, O_PATH | O_NOFOLLOW, 0);
	if (found < 0)
		return child_noted(child, CALL_OPEN, found);
	return mount_check_found(child, tree, found);
}

/* --- new file systems ------------------------------------------------------------------------- */

int mount_new(
	struct child *child, const char *type, uint64_t attributes, const char *const options[][2])
{
	if (mount_is_classic(child))
		return classic_new(child, type, attributes, options);
	_cleanup_close_ int context = sys_fsopen(type);
	if (context < 0)
		return child_noted(child, CALL_FSOPEN, context);
	/* The source that mountinfo shows. */
	int error = sys_fsconfig_string(context, "source", type);
	for (; !error && options && (*options)[0]; options++)
		if ((*options)[1])
			error = sys_fsconfig_string(context, (*options)[0], (*options)[1]);
	if (!error)
		error = sys_fsconfig_create(context);
	if (error < 0)
		return child_noted(child, CALL_FSCONFIG, error);
	return child_noted(child, CALL_FSMOUNT, sys_fsmount(context, (unsigned int)attributes));
}

/* Without options the kernel would choose mode 1777, and half of the memory as the size. */
static int check_tmpfs(struct child *child, int tree, const char *mode, const char *size)
{
	struct stat stat = {0};
	struct statfs system = {0};
	uint64_t wanted, bytes;

	int error = sys_fstat(tree, &stat);
	if (!error && size)
		error = sys_fstatfs(tree, &system);
	if (error < 0)
		return child_noted(child, CALL_FSTAT, error);
	if (number_parse(mode, 8, 07777, &wanted) < 0 || (stat.st_mode & 07777) != wanted)
		return child_wrong(child, NULL);
	if (!size)
		return 0;
	if (number_parse(size, 10, UINT64_MAX, &bytes) < 0)
		return child_wrong(child, NULL);
	uint64_t block = (uint64_t)system.f_bsize;
	if (!block || system.f_blocks != (bytes + block - 1) / block)
		return child_wrong(child, NULL);
	return 0;
}

int mount_new_tmpfs(struct child *child, const char *mode, const char *size)
{
	const char *const options[][2] = {{"mode", mode}, {"size", size}, {NULL, NULL}};

	_cleanup_close_ int tree =
		mount_new(child, "tmpfs", MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV, options);
	if (tree < 0)
		return tree;
	int error = check_tmpfs(child, tree, mode, size);
	return error < 0 ? error : take_fd(&tree);
}
