/*
 * Child side: Landlock, a second layer beneath the mounts.  init makes the ruleset, and the command takes it on
 * itself, since it would hinder init's own work.
 */
#include "child/steps.h"
#include "mount/walk.h"
#include "ops/operation.h"

/* Rights that mean something on a file; the others are a directory's. */
static const uint64_t FILE_RIGHTS =
	LANDLOCK_ACCESS_FS_WRITE_FILE | (1ULL << 14) /* LANDLOCK_ACCESS_FS_TRUNCATE */;

static int allow_beneath(struct child *child, const struct plan_op *op)
{
	const uint64_t rights = child->frozen->landlock_fs;
	/* What it covers is what the supervisor has seen there. */
	_cleanup_close_ int fd = operation_of(op)->covers
					 ? (int)child_noted(child, CALL_OPEN, walk_open(op->path))
					 : walk_open_expected(child, op);
	if (fd < 0)
		return fd;
	int error = sys_landlock_allow_beneath(child->ruleset, fd, rights);
	/* EINVAL: it is a file, where the kernel takes no rights of a directory. */
	if (error == -EINVAL)
		error = sys_landlock_allow_beneath(child->ruleset, fd, rights & FILE_RIGHTS);
	return (int)child_noted(child, CALL_LANDLOCK, error);
}

/*
 * What the command has open for writing it may also open by name (`echo >/dev/stderr` does): that
 * gives it nothing that it does not have.
 */
static int allow_opened(struct child *child, int fd)
{
	struct stat stat;
	int flags = fcntl(fd, F_GETFL);

	if (flags < 0 || flags & O_PATH || (flags & O_ACCMODE) == O_RDONLY)
		return 0;
	int error = sys_fstat(fd, &stat);
	if (error < 0)
		return (int)child_noted(child, CALL_FSTAT, error);
	if (!S_ISREG(stat.st_mode) && !S_ISCHR(stat.st_mode) && !S_ISFIFO(stat.st_mode))
		return 0;
	error = sys_landlock_allow_beneath(
		child->ruleset, fd, child->frozen->landlock_fs & FILE_RIGHTS);
	/* A pipe without a name is in no tree, and Landlock leaves it alone. */
	return error == -EBADFD ? 0 : (int)child_noted(child, CALL_LANDLOCK, error);
}

static int allow_descriptors(struct child *child)
{
	int error = 0;

	for (int fd = STDIN_FILENO; !error && fd <= STDERR_FILENO; fd++)
		error = allow_opened(child, fd);
	for (size_t i = 0; !error && i < child->plan->keep_fd_count; i++)
		error = allow_opened(child, child->plan->keep_fds[i]);
	return error;
}

/*
 * Reading all that a path leads to.  A terminal that the command may only write to is on a mount that no
 * path leads to: so it cannot be opened again for reading.
 */
static int allow_reading(struct child *child)
{
	if (!child->frozen->landlock_read)
		return 0;
	_cleanup_close_ int fd = sys_openat(AT_FDCWD, "/", O_PATH | O_DIRECTORY, 0);
	if (fd < 0)
		return (int)child_noted(child, CALL_OPEN, fd);
	return (int)child_noted(child, CALL_LANDLOCK,
		sys_landlock_allow_beneath(child->ruleset, fd, LANDLOCK_ACCESS_FS_READ_FILE));
}

/*
 * A second layer beneath the mounts: writing only below what the plan makes writable.  It binds where
 * mounts do not: a descriptor that was opened outside, reopened through /proc/self/fd.
 */
int landlock_make_ruleset(struct child *child)
{
	const struct frozen *frozen = child->frozen;
	struct sys_landlock_ruleset attr = {
		.handled_access_fs = frozen->landlock_fs,
		.scoped = frozen->landlock_scopes,
	};

	if (!frozen->landlock_size)
		return 0;
	if (frozen->landlock_read)
		attr.handled_access_fs |= LANDLOCK_ACCESS_FS_READ_FILE;
	child->ruleset = sys_landlock_create_ruleset(&attr, frozen->landlock_size);
	if (child->ruleset < 0)
		return (int)child_noted(child, CALL_LANDLOCK, child->ruleset);
	if (!frozen->landlock_fs)
		return 0;

	for (size_t i = 0; i < child->plan->op_count; i++) {
		const struct plan_op *op = &child->plan->ops[i];
		child->op = (uint32_t)i;
		if (!operation_of(op)->is_writable(op))
			continue;
		int error = allow_beneath(child, op);
		if (error < 0)
			return error;
	}
	int error = allow_reading(child);
	return error < 0 ? error : allow_descriptors(child);
}

/* In the command: init goes on without. */
int landlock_enter(struct child *child)
{
	if (child->ruleset < 0)
		return 0;
	int error = sys_landlock_restrict_self(child->ruleset);
	/* Nothing tells who is restricted, but what is refused does: init is out of reach now. */
	if (!error && child->frozen->landlock_scopes & LANDLOCK_SIGNAL_SCOPE &&
		sys_result(kill(child->init, 0)) != -EPERM)
		error = -ENOTRECOVERABLE;
	return (int)child_noted(child, CALL_LANDLOCK, error);
}
