/*
 * PROTECT: makes a path read-only that the command must not change; where it is missing, or a
 * symlink, keeps the command from making it.  Runs in init, where the root stays in place.
 *
 *   found by the walk                        mounted on it                attributes
 *   -----------------                        -------------                ----------
 *   the path, a file or directory            itself                       rdonly
 *   on the way to it a file, or a            itself                       rdonly
 *   directory that cannot be searched
 *   a symlink, there or on the way           /dev/null                    rdonly, nosuid, nodev,
 *                                                                         noexec
 *   nothing: the first missing component     an empty directory or file   the same
 *
 * The descriptor that the walk has opened is what is mounted on; no path is looked up twice.  So
 * a process that changes the path in between gains nothing.
 */
#include "ops/protect.h"

#include "mount/mount.h"
#include "mount/verify.h"
#include "mount/walk.h"
#include "ops/inspect.h"
#include "ops/operation.h"
#include "ops/overmount.h"

#include <string.h>
#include <sys/sysmacros.h>

/* Ask the supervisor for a placeholder there; it removes it later. */
static int request_placeholder(
	struct child *child, const struct walk_result *missing, struct message *ret)
{
	struct message request = {.type = MESSAGE_PLACEHOLDER};
	int fd;

	memcpy(request.placeholder.name, missing->name, sizeof(missing->name));
	request.placeholder.op = child->op;
	int error = message_send(child->frozen->socket, &request, missing->fd);
	if (error < 0)
		return child_noted(child, CALL_PLACEHOLDER, error);

	int received = message_receive(child->frozen->socket, ret, &fd, 0);
	if (received == 0 || (received > 0 && ret->type != MESSAGE_PLACEHOLDER_RESULT))
		received = -EPIPE;
	return child_noted(
		child, CALL_PLACEHOLDER, received < 0 ? received : ret->placeholder_result.result);
}

/*
 * Has another operation masked the same component, or the sandbox around this one?  A placeholder
 * that is not mounted is none: the command could fill it.
 */
static bool is_masked(struct child *child, const struct walk_result *missing)
{
	_cleanup_close_ int fd = sys_openat(missing->fd, missing->name, O_PATH | O_NOFOLLOW, 0);
	return fd >= 0 && verify_is_mount_root(child, fd) > 0 && !verify_read_only(child, fd);
}

/*
 * A placeholder that is a directory is its own mask; a FIFO, which programs could wait for, is
 * covered by an empty file.  supervisor/placeholder.h says why there are two forms.
 */
static int mount_mask(struct child *child, int fd, const struct stat *placeholder)
{
	return overmount_mask(
		child, S_ISDIR(placeholder->st_mode) ? fd : child->dev.empty_file, fd);
}

/*
 * Mask the first missing component of a path.  Returns PLACEHOLDER_LOOK_AGAIN when another process
 * has made something there since the walk.
 */
static int mask_missing(struct child *child, const struct walk_result *missing)
{
	struct message answer = {0};
	if (missing->marked && is_masked(child, missing))
		return 0;
	int result = request_placeholder(child, missing, &answer);
	if (result < 0 || result == PLACEHOLDER_LOOK_AGAIN)
		return result;
	if (result == PLACEHOLDER_NOT_NEEDED) {
		child->frozen->op_trees[child->op] = CHILD_NOT_NEEDED;
		return 0;
	}

	_cleanup_close_ int fd = sys_openat(missing->fd, missing->name, O_PATH | O_NOFOLLOW, 0);
	if (fd < 0)
		return child_noted(child, CALL_OPEN, fd);
	struct stat stat;
	int error = sys_fstat(fd, &stat);
	if (error < 0)
		return child_noted(child, CALL_FSTAT, error);
	if (result == PLACEHOLDER_FOREIGN)
		return mount_mask(child, fd, &stat);
	if (stat.st_dev != answer.placeholder_result.device ||
		stat.st_ino != answer.placeholder_result.inode)
		return PLACEHOLDER_LOOK_AGAIN;
	return mount_mask(child, fd, &stat);
}

/* --- many protected paths --------------------------------------------------------------------- */

/*
 * When the kernel clones a part of a mount, it goes through every mount on that mount.  All
 * protected paths of a root are mounted on the root's mount, so each would cost more than the one
 * before.  The host's tree beneath the root has the same files and none of these mounts.  So where
 * there are many protected paths, keep the descriptor that the root is mounted on, and clone the
 * files from there.
 */

bool protect_uses_targets(const struct child *child)
{
	enum { MANY = 64 }; /* below, two more calls a path cost more than they save */
	return child->plan->op_count > MANY;
}

/* Returns what the outermost writable root above a path is mounted on, or -1. */
static int find_beneath(const struct child *child, const struct plan_op *op)
{
	const struct plan_op *root = child->plan->ops, *end = root + child->plan->op_count;

	/* The plan has the writable roots before anything that is protected in them. */
	for (; root < end && root->type != PLAN_PIN && root->type != PLAN_PROTECT; root++)
		if (root->type == PLAN_WRITABLE && strlen(root->path) == op->base &&
			memcmp(root->path, op->path, op->base) == 0)
			return child->frozen->op_targets[root - child->plan->ops];
	return -1;
}

/* Open the same file beneath the root's mount; negative if it is not known to be the same. */
static int open_beneath(
	const struct child *child, const struct plan_op *op, const struct walk_result *found)
{
	int root = find_beneath(child, op);
	struct stat stat;

	if (root < 0 || op->path[op->base] != '/')
		return -ENOENT;
	_cleanup_close_ int fd = walk_open_at(root, op->path + op->base + 1);
	int error = fd < 0 ? fd : sys_fstat(fd, &stat);
	if (error < 0)
		return error;
	if (stat.st_dev != found->stat.st_dev || stat.st_ino != found->stat.st_ino)
		return -ESTALE;
	return take_fd(&fd);
}

static int protect_present(
	struct child *child, const struct plan_op *op, const struct walk_result *found)
{
	_cleanup_close_ int beneath =
		protect_uses_targets(child) ? open_beneath(child, op, found) : -1;

	return overmount_bind(
		child, beneath < 0 ? found->fd : beneath, found->fd, MOUNT_ATTR_RDONLY);
}

static int apply_found(
	struct child *child, const struct plan_op *op, const struct walk_result *found)
{
	switch (found->found) {
	case WALK_PRESENT:
		if (op->type == PLAN_PIN && S_ISDIR(found->stat.st_mode))
			return overmount_bind_itself(child, found->fd, 0);
		return protect_present(child, op, found);
	case WALK_BLOCKED:
		/*
		 * Nothing can be made below a file, or below a directory without search
		 * permission.  Keep it as it is, so that this stays true.
		 */
		return overmount_bind_itself(child, found->fd, MOUNT_ATTR_RDONLY);
	case WALK_SYMLINK:
		return overmount_entry(child, "null", found->fd);
	case WALK_MISSING:
		if (!(op->flags & PLAN_IF_PRESENT))
			return mask_missing(child, found);
		child->frozen->op_trees[child->op] = CHILD_NOT_NEEDED;
		return 0;
	}
	return -EINVAL; /* no such finding: refuse */
}

int protect_apply(struct child *child, const struct plan_op *op)
{
	/*
	 * Each attempt races with a process that replaces the file in a loop.  Measured with
	 * mount(2), which needs several calls between two replacements: one attempt in thirty
	 * succeeds.
	 */
	enum { ATTEMPTS = 2000 };

	for (int i = 0; i < ATTEMPTS; i++) {
		struct walk_result found;
		int error = walk_operation(child, op, &found);
		if (error < 0)
			return error;
		error = apply_found(child, op, &found);
		close_fd(&found.fd);
		/*
		 * ENOENT: the file has been removed or replaced since the walk.  The kernel
		 * refuses to mount on a removed file, and to make anything in a removed
		 * directory.
		 */
		if (error != PLACEHOLDER_LOOK_AGAIN && error != -ENOENT)
			return error;
	}
	return child_noted(child, CALL_PLACEHOLDER, -ESTALE);
}

/* --- the check -------------------------------------------------------------------------------- */

static bool is_null_device(const struct stat *stat)
{
	enum { NULL_MAJOR = 1, NULL_MINOR = 3 };
	return S_ISCHR(stat->st_mode) && stat->st_rdev == makedev(NULL_MAJOR, NULL_MINOR);
}

/* The walk reports a placeholder as missing, masked or not. */
static int check_mask(struct child *child, const struct walk_result *missing)
{
	_cleanup_close_ int fd = sys_openat(missing->fd, missing->name, O_PATH | O_NOFOLLOW, 0);
	if (fd < 0)
		return child_wrong(child, NULL);
	int error = verify_mount_root(child, fd);
	return error < 0 ? error : verify_read_only(child, fd);
}

/*
 * What the walk finds now must be a mountpoint, and read-only unless it is a directory that is
 * only pinned.
 */
static int check_protected(struct child *child, const struct plan_op *op)
{
	struct walk_result found;
	/* Missing, and allowed to be: another process may have made it since. */
	if (child->frozen->op_trees[child->op] == CHILD_NOT_NEEDED)
		return 0;
	int error = walk_operation(child, op, &found);
	if (error < 0)
		return error;
	_cleanup_close_ int fd = found.fd;

	switch (found.found) {
	case WALK_PRESENT:
	case WALK_BLOCKED:
		error = verify_mount_root(child, fd);
		if (error < 0 || (op->type == PLAN_PIN && S_ISDIR(found.stat.st_mode)))
			return error;
		/*
		 * A mask must be nodev, so that opening it fails: otherwise writes to it would
		 * get lost without an error.
		 */
		return verify_attributes(child, fd,
			MOUNT_ATTR_RDONLY | (is_null_device(&found.stat) ? MOUNT_ATTR_NODEV : 0));
	case WALK_MISSING:
		return op->flags & PLAN_IF_PRESENT ? 0 : check_mask(child, &found);
	case WALK_SYMLINK:
		return child_wrong(child, NULL); /* a mask would have covered it */
	}
	return child_wrong(child, NULL);
}

/*
 * When an editor or git replaces the file on the host between apply and check, the mount
 * disappears with the old file: then protect the new one.  A replacement after the check cannot
 * be prevented: inspect reports it.
 */
int protect_check(struct child *child, const struct plan_op *op)
{
	/* one attempt takes longer than an editor's rename, even with mount(2) */
	enum { ATTEMPTS = 100 };

	for (int i = 0; i < ATTEMPTS; i++) {
		int error = check_protected(child, op);
		if (error != -ENOTRECOVERABLE)
			return error;
		error = protect_apply(child, op);
		if (error < 0)
			return error;
	}
	return child_wrong(child, NULL);
}

/* --- when the command has ended --------------------------------------------------------------- */

/*
 * A component before the last is no directory that can be searched.  A file or a mask: is it
 * still our mount?  A directory that was unsearchable at the start was bound read-only then.  If
 * it is on a writable mount, it is a pin or a root that the command has made unsearchable since:
 * unknown.
 */
static enum operation_state inspect_blocked(struct child *child, const struct walk_result *found)
{
	uint64_t attributes = 0;

	if (!S_ISDIR(found->stat.st_mode))
		return inspect_mount(child, found->fd);
	if (mount_read_attributes(child, found->fd, &attributes) < 0 ||
		!(attributes & MOUNT_ATTR_RDONLY))
		return OPERATION_UNKNOWN;
	return inspect_mount(child, found->fd);
}

/* A placeholder, with its mask or without; or really missing. */
static enum operation_state inspect_missing(struct child *child, const struct walk_result *missing)
{
	if (missing->fd < 0)
		return inspect_error(-ENOENT);
	_cleanup_close_ int fd = sys_openat(missing->fd, missing->name, O_PATH | O_NOFOLLOW, 0);
	return fd < 0 ? inspect_error(fd) : inspect_mount(child, fd);
}

static enum operation_state inspect(struct child *child, const struct plan_op *op)
{
	struct walk_result found;
	int error = walk_operation(child, op, &found);
	if (error < 0)
		return inspect_error(error);
	_cleanup_close_ int fd = found.fd;

	switch (found.found) {
	case WALK_PRESENT:
		return inspect_mount(child, fd);
	case WALK_BLOCKED:
		return inspect_blocked(child, &found);
	case WALK_MISSING:
		return inspect_missing(child, &found);
	case WALK_SYMLINK:
		return OPERATION_REPLACED; /* a mask would have covered it */
	}
	return OPERATION_UNKNOWN;
}

OPERATION(protect, "protect", BWRAP_SENTENCE_NONE, NULL, false, operation_needs_nothing,
	operation_gathers_nothing, protect_apply, operation_finishes_nothing, protect_check,
	inspect, operation_never_writable, operation_leaves_read_only);
