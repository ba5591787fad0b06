/*
 * Child side: the check of what was built, before the command may run.
 *
 * Everything here looks at the result, by name, as the command will: a step that went wrong without
 * an error (a mount that landed beneath another, a call that some filter answers with success) is
 * found out, and the sandbox does not start.  -ENOTRECOVERABLE says so.
 */
#include "mount/classic/classic.h"
#include "mount/mount.h"

#include <linux/magic.h>
#include <sys/sysmacros.h>

enum { NULL_MAJOR = 1, NULL_MINOR = 3 };

static int wrong(struct child *child)
{
	return (int)child_noted(child, CALL_NONE, -ENOTRECOVERABLE);
}

/* Does the mount that fd is on have all of these attributes? */
static int check_attributes(struct child *child, int fd, uint64_t wanted)
{
	uint64_t attributes = 0;
	int error = mount_read_attributes(child, fd, &attributes);
	if (error < 0)
		return error;
	return (attributes & wanted) == wanted ? 0 : wrong(child);
}

static int check_read_only(struct child *child, int fd)
{
	return check_attributes(child, fd, MOUNT_ATTR_RDONLY);
}

static bool is_null_device(const struct stat *stat)
{
	return S_ISCHR(stat->st_mode) && stat->st_rdev == makedev(NULL_MAJOR, NULL_MINOR);
}

static int check_tree(struct child *child, const struct plan_op *op)
{
	_cleanup_close_ int root = sys_openat(AT_FDCWD, "/", O_PATH | O_DIRECTORY, 0);
	if (root < 0)
		return (int)child_noted(child, CALL_OPEN, root);
	uint64_t attributes = MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV;
	if (op->access != RIND_ACCESS_WRITABLE)
		attributes |= MOUNT_ATTR_RDONLY;
	return check_attributes(child, root, attributes);
}

/* An entry of /dev that is not the host's node would be an empty file: no randomness, for one. */
static int check_devices(struct child *child)
{
	struct stat stat;

	for (size_t i = 0; i < CHILD_DEVICES; i++) {
		int error =
			sys_fstatat(child->dev, mounts_device_names[i], &stat, AT_SYMLINK_NOFOLLOW);
		if (error < 0 && error != -ENOENT)
			return (int)child_noted(child, CALL_FSTAT, error);
		if (!error && !S_ISCHR(stat.st_mode))
			return wrong(child);
	}
	return 0;
}

/* What the hidden paths are made of is out of reach, or it could be changed by another name. */
static int check_hidden_entries(struct child *child)
{
	struct stat stat;

	for (const char *const *name = mounts_hidden_names; *name; name++) {
		int error = sys_fstatat(child->dev, *name, &stat, AT_SYMLINK_NOFOLLOW);
		if (error != -ENOENT)
			return error < 0 ? (int)child_noted(child, CALL_FSTAT, error)
					 : wrong(child);
	}
	return 0;
}

static int check_file_system(struct child *child, const char *path, long magic)
{
	struct statfs stat;
	int error = sys_statfs(path, &stat);
	if (error < 0)
		return (int)child_noted(child, CALL_FSTAT, error);
	return (long)stat.f_type == magic ? 0 : wrong(child);
}

/* /dev/null must always work. */
static int check_dev(struct child *child)
{
	struct stat stat;
	_cleanup_close_ int null = sys_openat(AT_FDCWD, "/dev/null", O_RDWR | O_NOFOLLOW, 0);
	if (null < 0)
		return (int)child_noted(child, CALL_OPEN, null);
	int error = sys_fstat(null, &stat);
	if (error < 0)
		return (int)child_noted(child, CALL_FSTAT, error);
	if (!is_null_device(&stat))
		return wrong(child);
	error = check_read_only(child, null);
	if (!error)
		error = check_file_system(child, "/dev/pts", DEVPTS_SUPER_MAGIC);
	if (!error && child->frozen->has_hide)
		error = check_hidden_entries(child);
	return error < 0 ? error : check_devices(child);
}

/* A mountpoint: what stands there cannot be renamed or removed. */
static int check_mount_root(struct child *child, int fd)
{
	int result = child->frozen->support.mount_root
			     ? (int)child_noted(child, CALL_FSTAT, sys_is_mount_root(fd))
			     : classic_is_mount_root(child, fd);
	if (result < 0)
		return result;
	return result ? 0 : wrong(child);
}

static int check_writable(struct child *child, const struct plan_op *op)
{
	_cleanup_close_ int fd = walk_open_expected(child, op);
	int error = fd < 0 ? fd : check_mount_root(child, fd);
	return error < 0 ? error
			 : check_attributes(child, fd, MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV);
}

/* Somebody's file that looks like a placeholder has been bound over itself, not masked. */
static int check_foreign(struct child *child, const struct walk_result *missing)
{
	_cleanup_close_ int fd = sys_openat(missing->fd, missing->name, O_PATH | O_NOFOLLOW, 0);
	if (fd < 0)
		return wrong(child);
	int error = check_mount_root(child, fd);
	return error < 0 ? error : check_read_only(child, fd);
}

/*
 * Whatever stands at the path now, or keeps it from being there, must be a mountpoint, and read-only
 * unless it is a directory that is only pinned.
 */
static int check_protected(struct child *child, const struct plan_op *op)
{
	struct walk_result found;
	/* Missing, and allowed to be: what another process makes there by now is its own affair. */
	if (child->frozen->op_trees[child->op] == CHILD_NOT_NEEDED)
		return 0;
	int error = walk_operation(child, op, &found);
	if (error < 0)
		return error;
	_cleanup_close_ int fd = found.fd;

	switch (found.found) {
	case WALK_PRESENT:
	case WALK_BLOCKED:
		error = check_mount_root(child, fd);
		if (error < 0 || (op->type == PLAN_PIN && S_ISDIR(found.stat.st_mode)))
			return error;
		/* A mask cannot be opened: what is written to it would be gone without a word. */
		return check_attributes(child, fd,
			MOUNT_ATTR_RDONLY | (is_null_device(&found.stat) ? MOUNT_ATTR_NODEV : 0));
	case WALK_MISSING:
		/* A placeholder that is not covered would look like this, too. */
		return op->flags & PLAN_IF_PRESENT ? 0 : check_foreign(child, &found);
	case WALK_SYMLINK:
		return wrong(child); /* a mask would have stood on it */
	}
	return wrong(child);
}

/*
 * A file that is replaced on the host, as editors and git do it, takes the mount on it along: then
 * what is there now is protected.  After the check this can still happen, and nothing here helps.
 */
static int check_or_renew_protection(struct child *child, const struct plan_op *op)
{
	enum { ATTEMPTS = 100 }; /* each takes longer with mount(2) than an editor does */

	for (int i = 0; i < ATTEMPTS; i++) {
		int error = check_protected(child, op);
		if (error != -ENOTRECOVERABLE)
			return error;
		error = mounts_protect(child, op);
		if (error < 0)
			return error;
	}
	return wrong(child);
}

static int check_hidden(struct child *child, const struct plan_op *op)
{
	struct stat stat;
	_cleanup_close_ int fd = walk_open(op->path);
	if (fd < 0)
		return (int)child_noted(child, CALL_OPEN, fd);
	int error = sys_fstat(fd, &stat);
	if (error < 0)
		return (int)child_noted(child, CALL_FSTAT, error);
	if (stat.st_mode & 0666)
		return wrong(child);
	return check_read_only(child, fd);
}

static int check_proc_part(struct child *child, const char *path)
{
	_cleanup_close_ int fd = sys_openat(AT_FDCWD, path, O_PATH | O_NOFOLLOW, 0);
	if (fd == -ENOENT)
		return 0;
	if (fd < 0)
		return (int)child_noted(child, CALL_OPEN, fd);
	int error = check_read_only(child, fd);
	if (error == -ENOTRECOVERABLE && mounts_proc_stays_open(child, path))
		return 0;
	return error;
}

/* A fresh proc shows this process as the first, and what changes the machine is read-only in it. */
static int check_proc(struct child *child)
{
	char target[2];

	if (child->proc_made == RIND_PROC_NONE)
		return check_file_system(child, "/proc", TMPFS_MAGIC);
	if (child->proc_made == RIND_PROC_HOST)
		return check_proc_part(child, "/proc");
	long length = sys_readlinkat(AT_FDCWD, "/proc/self", target, sizeof(target));
	if (length < 0)
		return (int)child_noted(child, CALL_OPEN, length);
	if (length != 1 || target[0] != '1')
		return wrong(child);
	int error = 0;
	for (const char *const *part = mounts_proc_parts; !error && *part; part++)
		error = check_proc_part(child, *part);
	if (error < 0 || !mounts_caller_is_root(child))
		return error;
	for (const char *const *part = mounts_proc_root_parts; !error && *part; part++)
		if (sys_may_write(AT_FDCWD, *part))
			error = wrong(child);
	return error;
}

/* Is the other file there, and read-only? */
static int check_program(struct child *child, const struct plan_op *op)
{
	_cleanup_close_ int fd = walk_open_expected(child, op);
	return fd < 0 ? fd : check_attributes(child, fd, MOUNT_ATTR_RDONLY | MOUNT_ATTR_NOSUID);
}

static int check_operation(struct child *child, const struct plan_op *op)
{
	switch (op->type) {
	case PLAN_TREE:
		return check_tree(child, op);
	case PLAN_DEV:
		return check_dev(child);
	case PLAN_PROGRAM:
		return check_program(child, op);
	case PLAN_WRITABLE:
		return check_writable(child, op);
	case PLAN_PIN:
	case PLAN_PROTECT:
		return check_or_renew_protection(child, op);
	case PLAN_HIDE:
		return check_hidden(child, op);
	case PLAN_PROC:
		return check_proc(child);
	}
	return wrong(child);
}

int check_mounts(struct child *child)
{
	for (size_t i = 0; i < child->frozen->op_count; i++) {
		child->op = (uint32_t)i;
		int error = check_operation(child, &child->frozen->ops[i]);
		if (error < 0)
			return error;
	}
	if (!mount_is_classic(child))
		return 0;
	int error = classic_finish(child);
	return error < 0 ? error : classic_check(child);
}

/* By its mount as well: the same directory, where it is not covered, leads around what is hidden. */
int check_directory(struct child *child, int fd)
{
	struct child_place wanted = {0}, here = {0};

	int error = mount_find_place(child, fd, &wanted);
	if (!error)
		error = mount_find_place_at(child, ".", &here);
	if (error < 0)
		return error;
	return wanted.inode == here.inode && wanted.mount == here.mount ? 0 : wrong(child);
}

int check_privileges(struct child *child)
{
	struct __user_cap_header_struct header = {.version = _LINUX_CAPABILITY_VERSION_3};
	struct __user_cap_data_struct sets[_LINUX_CAPABILITY_U32S_3];

	int error = sys_capget(&header, sets);
	if (error < 0)
		return (int)child_noted(child, CALL_CAPSET, error);
	for (size_t i = 0; i < _LINUX_CAPABILITY_U32S_3; i++)
		if (sets[i].effective || sets[i].permitted || sets[i].inheritable)
			return wrong(child);
	/* 1: in the bounding set; an error: past the last that the kernel knows. */
	int bounding = 0;
	for (unsigned long cap = 0; bounding == 0; cap++)
		bounding = sys_prctl(PR_CAPBSET_READ, cap);
	if (bounding > 0)
		return wrong(child);
	if (sys_prctl(PR_GET_NO_NEW_PRIVS, 0) != 1)
		return wrong(child);
	return 0;
}
