/*
 * Child side: Landlock, a second layer beneath the mounts.  init makes the ruleset; the command
 * applies it to itself, since it would hinder init's own work.
 */
#include "child/steps.h"
#include "mount/walk.h"
#include "ops/operation.h"

/* The rights that apply to files; the others apply to directories only. */
static const uint64_t FILE_RIGHTS =
	LANDLOCK_ACCESS_FS_WRITE_FILE | (1ULL << 14) /* LANDLOCK_ACCESS_FS_TRUNCATE */;

static int allow_beneath(struct child *child, const struct plan_op *op)
{
	const uint64_t rights = child->frozen->landlock.fs;
	/*
	 * An operation that covers its path has mounted something else there than the supervisor
	 * saw.
	 */
	_cleanup_close_ int fd = operation_of(op)->covers
					 ? child_noted(child, CALL_OPEN, walk_open(op->path))
					 : walk_open_expected(child, op);
	if (fd < 0)
		return fd;
	int error = sys_landlock_allow_beneath(child->ruleset, fd, rights);
	/* EINVAL: a file, for which the kernel accepts no rights of directories. */
	if (error == -EINVAL)
		error = sys_landlock_allow_beneath(child->ruleset, fd, rights & FILE_RIGHTS);
	return child_noted(child, CALL_LANDLOCK, error);
}

/*
 * Allow the command to open by name what it has open for writing, as `echo >/dev/stderr` does: it
 * gains no new access.
 */
static int allow_opened(struct child *child, int fd)
{
	struct stat stat;
	int flags = fcntl(fd, F_GETFL);

	if (flags < 0 || flags & O_PATH || (flags & O_ACCMODE) == O_RDONLY)
		return 0;
	int error = child_noted(child, CALL_FSTAT, sys_fstat(fd, &stat));
	if (error < 0)
		return error;
	if (!S_ISREG(stat.st_mode) && !S_ISCHR(stat.st_mode) && !S_ISFIFO(stat.st_mode))
		return 0;
	error = sys_landlock_allow_beneath(
		child->ruleset, fd, child->frozen->landlock.fs & FILE_RIGHTS);
	/* An anonymous pipe is on no mount, and Landlock does not restrict it. */
	return error == -EBADFD ? 0 : child_noted(child, CALL_LANDLOCK, error);
}

/*
 * Allow reading everything beneath /.  A terminal that the command may only write to is on a
 * detached mount, which is not beneath /: so it cannot be reopened for reading.
 */
static int allow_reading(struct child *child)
{
	if (!child->frozen->landlock.read)
		return 0;
	_cleanup_close_ int fd = sys_openat(AT_FDCWD, "/", O_PATH | O_DIRECTORY, 0);
	if (fd < 0)
		return child_noted(child, CALL_OPEN, fd);
	return child_noted(child, CALL_LANDLOCK,
		sys_landlock_allow_beneath(child->ruleset, fd, LANDLOCK_ACCESS_FS_READ_FILE));
}

/*
 * Allow writing only beneath what the plan makes writable.  Landlock also stops what mounts do
 * not: reopening, through /proc/self/fd, a descriptor that was opened outside.
 */
int landlock_make_ruleset(struct child *child)
{
	const struct frozen *frozen = child->frozen;
	struct sys_landlock_ruleset attr = {
		.handled_access_fs = frozen->landlock.fs,
		.scoped = frozen->landlock.scopes,
	};

	if (!frozen->landlock.size)
		return 0;
	if (frozen->landlock.read)
		attr.handled_access_fs |= LANDLOCK_ACCESS_FS_READ_FILE;
	child->ruleset = sys_landlock_create_ruleset(&attr, frozen->landlock.size);
	if (child->ruleset < 0)
		return child_noted(child, CALL_LANDLOCK, child->ruleset);
	if (!frozen->landlock.fs)
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
	return error < 0 ? error : descriptors_each(child, allow_opened);
}

/* In the command only; init stays unrestricted. */
int landlock_enter(struct child *child)
{
	if (child->ruleset < 0)
		return 0;
	int error = sys_landlock_restrict_self(child->ruleset);
	/*
	 * No call tells whether a process is restricted.  But the signal scope must now forbid
	 * signals to init.
	 */
	if (!error && child->frozen->landlock.scopes & LANDLOCK_SIGNAL_SCOPE &&
		sys_result(kill(child->init, 0)) != -EPERM)
		error = -ENOTRECOVERABLE;
	return child_noted(child, CALL_LANDLOCK, error);
}
