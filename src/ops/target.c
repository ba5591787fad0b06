/*
 * Child side: destinations in a root that is built.  Runs in init, with its capabilities.
 *
 * The caller chooses a destination's path, but others may have made its components: for instance
 * a symlink in a directory that an earlier sandbox could write to.  So every lookup stays within
 * the sandbox's root, as if init had entered it (mount/in_root.h), and new files are made in a
 * directory that such a lookup has found.  Nothing outside can be created or mounted on.
 *
 * Directories on the way are opened with O_PATH: that needs search permission only.
 */
#include "ops/target.h"

#include "mount/in_root.h"

#include <string.h>

enum { PARENT_MODE = 0755, GROUP = 0050, OTHERS = 0005, FILE_MODE = 0444, DIRECTORY_MODE = 0755 };

int target_open(struct child *child, const char *dest)
{
	return child_noted(child, CALL_OPEN, in_root_open(child->root.fd, dest, O_PATH, 0));
}

/* If the caller denies the group or others the file, deny them the parents too. */
static unsigned int parent_mode(const struct plan_op *op)
{
	unsigned int mode = PARENT_MODE;

	if (op->flags & PLAN_PERMS && !(op->perms & 0070))
		mode &= ~(unsigned int)GROUP;
	if (op->flags & PLAN_PERMS && !(op->perms & 0007))
		mode &= ~(unsigned int)OTHERS;
	return mode;
}

/* Where the last component begins.  Of a path that ends in "/", all components are parents. */
static const char *last_component(const char *path)
{
	const char *slash = strrchr(path, '/');
	return slash ? slash + 1 : path;
}

/* Open the directory that the first length bytes of path lead to. */
static int open_prefix(struct child *child, char *path, size_t length)
{
	char end = path[length];

	path[length] = '\0';
	int fd = in_root_open(child->root.fd, length ? path : "/", O_PATH | O_DIRECTORY, 0);
	path[length] = end;
	return fd;
}

/* Make each missing directory of a path, from the first to the last; returns the last. */
static int make_directories(struct child *child, char *path, unsigned int mode)
{
	char *end = path;
	_cleanup_close_ int at = open_prefix(child, path, 0);

	while (at >= 0 && *(end += strspn(end, "/"))) {
		char *name = end;
		end += strcspn(end, "/");

		int next = open_prefix(child, path, (size_t)(end - path));
		if (next == -ENOENT) {
			char rest = *end;
			*end = '\0';
			long made = sys_result(mkdirat(at, name, mode));
			*end = rest;
			if (made < 0 && made != -EEXIST)
				return child_noted(child, CALL_MKDIR, made);
			next = open_prefix(child, path, (size_t)(end - path));
		}
		close_fd(&at);
		at = next;
	}
	return child_noted(child, CALL_OPEN, at < 0 ? at : take_fd(&at));
}

int target_make_parents(struct child *child, const struct plan_op *op, const char **ret_name)
{
	char path[PATH_MAX];
	const char *name = last_component(op->path);
	size_t length = (size_t)(name - op->path);

	child->stage = STAGE_PARENTS;
	if (length >= sizeof(path))
		return child_noted(child, CALL_OPEN, -ENAMETOOLONG);
	memcpy(path, op->path, length);
	path[length] = '\0';
	*ret_name = name;

	int fd = open_prefix(child, path, length);
	return fd >= 0 ? fd : make_directories(child, path, parent_mode(op));
}

static int make_directory(struct child *child, const struct plan_op *op)
{
	const char *name;
	_cleanup_close_ int parent = target_make_parents(child, op, &name);
	if (parent < 0)
		return parent;

	/* Of "a/.." the parents are everything, and exist by now. */
	child->stage = STAGE_TARGET;
	unsigned int mode = op->type == PLAN_DIRECTORY ? op->perms : DIRECTORY_MODE;
	long made = *name ? sys_result(mkdirat(parent, name, mode)) : 0;
	if (made < 0 && made != -EEXIST)
		return child_noted(child, CALL_MKDIR, made);
	int fd = target_open(child, op->path);
	/* A DIRECTORY, which mounts nothing, leaves a dangling symlink as it is. */
	bool left = made == -EEXIST && op->type == PLAN_DIRECTORY;
	return fd == -ENOENT && left ? take_fd(&parent) : fd;
}

static int make_file(struct child *child, const struct plan_op *op)
{
	const char *name;
	_cleanup_close_ int parent = target_make_parents(child, op, &name);
	if (parent < 0)
		return parent;

	/*
	 * By the whole path: if the last component is a symlink, the file is made where it leads
	 * to.
	 */
	child->stage = STAGE_TARGET;
	return child_noted(child, CALL_OPEN,
		in_root_open(child->root.fd, op->path, O_CREAT | O_WRONLY | O_NONBLOCK, FILE_MODE));
}

/* The kernel mounts directories on directories only, and files on files only. */
static int check_kind(struct child *child, int fd, bool directory)
{
	int found = sys_is_directory(fd);
	if (found < 0)
		return child_noted(child, CALL_FSTAT, found);
	if (directory == (bool)found)
		return 0;
	child->stage = STAGE_TARGET;
	return child_noted(child, CALL_OPEN, directory ? -ENOTDIR : -EISDIR);
}

/*
 * The lookup of a destination failed: set the stage that tells whether a parent or the
 * destination itself is the cause.  A loop of symlinks (ELOOP) is an error of mounting; a
 * DIRECTORY, which mounts nothing, leaves it as it is.
 */
static int blame(
	struct child *child, const struct plan_op *op, bool directory, enum stage stage, int error)
{
	const char *name;
	bool loop = error == -ELOOP && directory;
	_cleanup_close_ int parent = target_make_parents(child, op, &name);
	if (parent < 0 || (loop && op->type == PLAN_DIRECTORY))
		return take_fd(&parent);
	child->stage = loop ? stage : STAGE_TARGET;
	return child_noted(child, directory ? CALL_MKDIR : CALL_OPEN, error);
}

int target_make(struct child *child, const struct plan_op *op, bool directory)
{
	enum stage stage = child->stage;

	child->stage = STAGE_PARENTS;
	int fd = target_open(child, op->path);
	if (fd < 0 && fd != -ENOENT)
		return blame(child, op, directory, stage, fd);
	if (fd == -ENOENT) {
		fd = directory ? make_directory(child, op) : make_file(child, op);
	} else if (fd >= 0) {
		int error = check_kind(child, fd, directory);
		if (error < 0) {
			close(fd);
			return error;
		}
	}
	if (fd >= 0)
		child->stage = stage;
	return fd;
}
