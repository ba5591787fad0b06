/*
 * Child side: find out what is at a path, without following a symlink and without resolving
 * anything twice.  The decision is about a descriptor, and that same descriptor is mounted on; so
 * somebody who changes the path in between gains nothing.
 *
 * Runs in init, in the new mount namespace.  Init has the capabilities of its user namespace; on
 * files of others it has no more rights than the caller.
 */
#include "mount/walk.h"

#include "base/path.h"
#include "base/placeholder_mark.h"

#include <string.h>

/* As openat2 with RESOLVE_NO_SYMLINKS, component by component. */
static int open_by_components(int directory, const char *path)
{
	char name[NAME_MAX + 1];
	struct stat stat;
	_cleanup_close_ int at =
		sys_openat(directory, *path == '/' ? "/" : ".", O_PATH | O_DIRECTORY, 0);

	while (at >= 0 && path_take_component(&path, name)) {
		int next = sys_openat(at, name, O_PATH | O_NOFOLLOW, 0);
		close_fd(&at);
		at = next;
		int error = at < 0 ? 0 : sys_fstat(at, &stat);
		if (error < 0)
			return error;
		if (at >= 0 && S_ISLNK(stat.st_mode))
			return -ELOOP;
	}
	if (at >= 0 && *path)
		return -ENAMETOOLONG;
	return take_fd(&at);
}

int walk_open_at(int directory, const char *path)
{
	int fd = sys_openat2(directory, path, O_PATH, RESOLVE_NO_SYMLINKS);
	/*
	 * A rind around this one denies openat2, which hides the mode of a new file from the
	 * filter.
	 */
	return fd == -ENOSYS ? open_by_components(directory, path) : fd;
}

int walk_open(const char *path)
{
	return walk_open_at(AT_FDCWD, path);
}

/* The fast path: one call.  It serves paths that exist and have no symlink on the way: most. */
static int walk_whole(const struct plan_op *op, struct walk_result *ret)
{
	int fd = walk_open(op->path);
	if (fd < 0)
		return fd;
	int error = sys_fstat(fd, &ret->stat);
	if (error < 0) {
		close(fd);
		return error;
	}
	ret->fd = fd;
	ret->found = WALK_PRESENT;
	return 0;
}

/* Open the outermost writable root around an operation's path, where the walk begins. */
static int walk_open_base(struct child *child, const struct plan_op *op)
{
	char base[PATH_MAX];
	size_t length = op->base ? op->base : 1;

	if (length >= sizeof(base))
		return child_noted(child, CALL_OPEN, -ENAMETOOLONG);
	memcpy(base, op->path, length);
	base[length] = '\0';
	return child_noted(child, CALL_OPEN, walk_open(base));
}

/*
 * One step down. 1: go on; 0: *ret is decided; or -errno.  *directory is closed or handed over,
 * unless an error is returned.
 */
static int walk_step(struct child *child, int *directory, bool last, struct walk_result *ret)
{
	int fd = sys_openat(*directory, ret->name, O_PATH | O_NOFOLLOW, 0);
	ret->marked = false;
	if (fd == -ENOENT || fd == -EACCES) {
		int error = sys_fstat(*directory, &ret->stat);
		if (error < 0)
			return child_noted(child, CALL_FSTAT, error);
		ret->found = fd == -ENOENT ? WALK_MISSING : WALK_BLOCKED;
		ret->fd = take_fd(directory);
		return 0;
	}
	if (fd < 0)
		return child_noted(child, CALL_OPEN, fd);

	int error = sys_fstat(fd, &ret->stat);
	if (error < 0) {
		close(fd);
		return child_noted(child, CALL_FSTAT, error);
	}
	if (placeholder_found(*directory, ret->name, &ret->stat)) {
		close(fd);
		ret->found = WALK_MISSING;
		ret->marked = true;
		ret->fd = take_fd(directory);
		return 0;
	}
	close_fd(directory);
	if (S_ISDIR(ret->stat.st_mode) && !last) {
		*directory = fd;
		return 1;
	}
	ret->fd = fd;
	ret->found = S_ISLNK(ret->stat.st_mode) ? WALK_SYMLINK : last ? WALK_PRESENT : WALK_BLOCKED;
	return 0;
}

/* The slow path, component by component: it finds out what is in the way. */
static int walk_components(struct child *child, const struct plan_op *op, struct walk_result *ret)
{
	const char *rest = op->path + op->base;
	_cleanup_close_ int directory = walk_open_base(child, op);
	if (directory < 0)
		return directory;

	while (path_take_component(&rest, ret->name)) {
		int step = walk_step(child, &directory, !*rest, ret);
		if (step <= 0)
			return step;
	}
	return child_noted(child, CALL_OPEN, -ENAMETOOLONG);
}

int walk_operation(struct child *child, const struct plan_op *op, struct walk_result *ret)
{
	int error = walk_whole(op, ret);
	if (!error && !placeholder_found(AT_FDCWD, op->path, &ret->stat))
		return 0;
	if (!error)
		close(ret->fd);
	/* No symlink is on the way to what is missing, and what may be so gets no mask. */
	if (error == -ENOENT && op->flags & PLAN_IF_PRESENT) {
		*ret = (struct walk_result){.fd = -1, .found = WALK_MISSING};
		return 0;
	}
	return walk_components(child, op, ret);
}

static int compare_identity(struct child *child, const struct plan_op *op, int fd)
{
	struct stat stat;
	if (!(op->flags & PLAN_EXPECT))
		return 0;
	int error = sys_fstat(fd, &stat);
	if (error < 0)
		return child_noted(child, CALL_FSTAT, error);
	if (stat.st_dev != op->expected.device || stat.st_ino != op->expected.inode)
		return child_noted(child, CALL_FSTAT, -ESTALE);
	return 0;
}

int walk_open_expected(struct child *child, const struct plan_op *op)
{
	_cleanup_close_ int fd = walk_open(op->path);
	/*
	 * The supervisor resolved all symlinks: a symlink or a missing component now is a change
	 * since.
	 */
	if (fd == -ELOOP || fd == -ENOENT || fd == -ENOTDIR)
		fd = -ESTALE;
	if (fd < 0)
		return child_noted(child, CALL_OPEN, fd);
	int error = compare_identity(child, op, fd);
	return error < 0 ? error : take_fd(&fd);
}

/* Is it on the file system of the sandbox's own /dev? */
static bool is_in_own_dev(const struct child *child, const struct stat *stat)
{
	struct stat dev;
	return child->dev.fd >= 0 && sys_fstat(child->dev.fd, &dev) == 0 &&
	       dev.st_dev == stat->st_dev;
}

/*
 * Make a mountpoint in a hidden directory (it can be entered but not listed), or in the sandbox's
 * /dev.  Check first, by the mode, that the directory is such a one: nothing is ever made in a
 * directory of the host.
 */
static int make_entry(struct child *child, int directory, const char *name, bool is_directory)
{
	struct stat stat;
	int error = sys_fstat(directory, &stat);
	if (error < 0)
		return child_noted(child, CALL_FSTAT, error);
	bool passable = (stat.st_mode & 07777) == 0111;
	bool own = !passable && is_in_own_dev(child, &stat);
	if (!passable && !own)
		return child_noted(child, CALL_OPEN, -ESTALE);
	if (is_directory)
		error = (int)sys_result(mkdirat(directory, name, 0111));
	else
		error = (int)sys_result(mknodat(directory, name, S_IFREG, 0));
	/* Programs list /dev/dri to find the devices in it. */
	if (!error && is_directory && own)
		error = (int)sys_result(fchmodat(directory, name, 0755, 0));
	return error == -EEXIST ? 0 : child_noted(child, CALL_MKDIR, error);
}

int walk_make_target(struct child *child, const struct plan_op *op, bool directory)
{
	const char *rest = op->path;
	char name[NAME_MAX + 1];
	_cleanup_close_ int at = sys_openat(AT_FDCWD, "/", O_PATH | O_DIRECTORY, 0);

	while (at >= 0 && path_take_component(&rest, name)) {
		int next = sys_openat(at, name, O_PATH | O_NOFOLLOW, 0);
		if (next == -ENOENT) {
			int error = make_entry(child, at, name, directory || *rest);
			if (error < 0)
				return error;
			next = sys_openat(at, name, O_PATH | O_NOFOLLOW, 0);
		}
		close_fd(&at);
		at = next;
	}
	if (at < 0)
		return child_noted(child, CALL_OPEN, at);
	return take_fd(&at);
}
