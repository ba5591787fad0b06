/*
 * Child side: giving up rights.  Init drops its own first, so that the command is born without
 * them; what would hinder init's own work (Landlock, the filter) the command takes on itself.
 */
#include "sandbox/child.h"

/* Rights that mean something on a file; the others are a directory's. */
static const uint64_t FILE_RIGHTS =
	LANDLOCK_ACCESS_FS_WRITE_FILE | (1ULL << 14) /* LANDLOCK_ACCESS_FS_TRUNCATE */;

static int allow_beneath(struct child *child, const struct plan_op *op)
{
	const uint64_t rights = child->frozen->landlock_fs;
	_cleanup_close_ int fd = walk_open_expected(child, op);
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
	for (size_t i = 0; !error && i < child->frozen->keep_fd_count; i++)
		error = allow_opened(child, child->frozen->keep_fds[i]);
	return error;
}

/* Operations below which something can be written, as far as the mounts go. */
static bool is_writable(const struct plan_op *op)
{
	switch (op->type) {
	case PLAN_WRITABLE:
	case PLAN_DEV:
	case PLAN_PROC:
		return true;
	case PLAN_TREE:
		return op->access == RIND_ACCESS_WRITABLE;
	case PLAN_PROGRAM:
	case PLAN_PIN:
	case PLAN_PROTECT:
	case PLAN_HIDE:
		return false;
	}
	return false;
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
int restrict_make_ruleset(struct child *child)
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

	for (size_t i = 0; i < frozen->op_count; i++) {
		child->op = (uint32_t)i;
		if (!is_writable(&frozen->ops[i]))
			continue;
		int error = allow_beneath(child, &frozen->ops[i]);
		if (error < 0)
			return error;
	}
	int error = allow_reading(child);
	return error < 0 ? error : allow_descriptors(child);
}

static int drop_bounding_set(struct child *child)
{
	/* EINVAL: one past the last capability that this kernel knows. */
	for (unsigned long cap = 0;; cap++) {
		int error = sys_prctl(PR_CAPBSET_DROP, cap);
		if (error == -EINVAL && cap)
			return 0;
		if (error < 0)
			return (int)child_noted(child, CALL_PRCTL, error);
	}
}

/*
 * Not dumpable: nothing in the sandbox may trace init, read its memory or take a descriptor from it,
 * and so forge what it reports.  Not before the id maps: it also takes away /proc/self/uid_map.
 */
int restrict_forbid_tracing(struct child *child)
{
	int error = sys_prctl(PR_SET_DUMPABLE, 0);
	if (!error)
		error = sys_prctl(PR_GET_DUMPABLE, 0) == 0 ? 0 : -ENOTRECOVERABLE;
	return (int)child_noted(child, CALL_PRCTL, error);
}

int restrict_drop_capabilities(struct child *child)
{
	struct __user_cap_header_struct header = {.version = _LINUX_CAPABILITY_VERSION_3};
	const struct __user_cap_data_struct none[_LINUX_CAPABILITY_U32S_3] = {0};

	int error = (int)child_noted(child, CALL_CAPSET, sys_capset(&header, none));
	return error < 0 ? error : restrict_forbid_tracing(child);
}

int restrict_drop_privileges(struct child *child)
{
	int error = (int)child_noted(child, CALL_PRCTL, sys_prctl(PR_SET_NO_NEW_PRIVS, 1));
	/* The bounding set first: dropping from it takes a capability. */
	if (!error)
		error = drop_bounding_set(child);
	if (!error)
		error = (int)child_noted(
			child, CALL_PRCTL, sys_prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL));
	return error < 0 ? error : restrict_drop_capabilities(child);
}
