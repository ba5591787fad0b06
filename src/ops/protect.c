/*
 * PROTECT: a path that the command must not change: bound over itself read-only; where it is a symlink, or missing,
 * /dev/null is mounted on the symlink, or on the placeholder of the first missing component, so that neither can
 * be changed or made.
 *
 *   what is at the path                       mounted on it              attributes
 *   -------------------                       -------------              ----------
 *   a file or directory                       itself                     rdonly
 *   a file, or an unsearchable directory,     itself                     rdonly
 *   on the way to it
 *   a symlink, there or on the way            /dev/null                  rdonly nosuid nodev noexec
 *   nothing                                   /dev/null, on a file made  the same
 *
 * What is found is mounted on by the descriptor that it was found with: a path that somebody else changes between
 * two looks is harmless.
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

/* Have the supervisor make an empty file that a mask can be mounted on; it also removes it. */
static int request_placeholder(
	struct child *child, const struct walk_result *missing, struct message *ret)
{
	struct message request = {.type = MESSAGE_PLACEHOLDER};
	int fd;

	memcpy(request.placeholder.name, missing->name, sizeof(missing->name));
	request.placeholder.op = child->op;
	int error = message_send(child->frozen->socket, &request, missing->fd);
	if (error < 0)
		return (int)child_noted(child, CALL_PLACEHOLDER, error);

	int received = message_receive(child->frozen->socket, ret, &fd, 0);
	if (received == 0 || (received > 0 && ret->type != MESSAGE_PLACEHOLDER_RESULT))
		received = -EPIPE;
	return (int)child_noted(
		child, CALL_PLACEHOLDER, received < 0 ? received : ret->placeholder_result.result);
}

/*
 * Mask the first missing component of a path.  Returns PLACEHOLDER_LOOK_AGAIN when something has
 * appeared there since.
 */
static int mask_missing(struct child *child, const struct walk_result *missing)
{
	struct message answer = {0};
	int result = request_placeholder(child, missing, &answer);
	if (result < 0 || result == PLACEHOLDER_LOOK_AGAIN)
		return result;
	if (result == PLACEHOLDER_NOT_NEEDED) {
		child->frozen->op_trees[child->op] = CHILD_NOT_NEEDED;
		return 0;
	}

	_cleanup_close_ int fd = sys_openat(missing->fd, missing->name, O_PATH | O_NOFOLLOW, 0);
	if (fd < 0)
		return (int)child_noted(child, CALL_OPEN, fd);
	struct stat stat;
	int error = sys_fstat(fd, &stat);
	if (error < 0)
		return (int)child_noted(child, CALL_FSTAT, error);
	if (result == PLACEHOLDER_FOREIGN)
		return overmount_bind_itself(child, fd, MOUNT_ATTR_RDONLY);
	if (stat.st_dev != answer.placeholder_result.device ||
		stat.st_ino != answer.placeholder_result.inode)
		return PLACEHOLDER_LOOK_AGAIN;
	return overmount_entry(child, "null", fd);
}

/* --- many protected paths ----------------------------------------------------------------------
 *
 * To clone a part of a mount the kernel looks at every mount on that mount: with all protected paths of
 * a root on the root's mount, each would cost more than the one before.  The host's tree, from which the
 * root was cloned, has the same files and none of these mounts; where there are many it is kept in reach,
 * by the descriptor of what the root is mounted on.
 */

bool protect_uses_targets(const struct child *child)
{
	enum { MANY = 64 }; /* below, two more calls a path cost more than they save */
	return child->plan->op_count > MANY;
}

/* What the outermost root that a path is in is mounted on, or -1. */
static int find_beneath(const struct child *child, const struct plan_op *op)
{
	const struct plan_op *root = child->plan->ops, *end = root + child->plan->op_count;

	/* The roots come before all that is protected in them. */
	for (; root < end && root->type != PLAN_PIN && root->type != PLAN_PROTECT; root++)
		if (root->type == PLAN_WRITABLE && strlen(root->path) == op->base &&
			memcmp(root->path, op->path, op->base) == 0)
			return child->frozen->op_targets[root - child->plan->ops];
	return -1;
}

/* The same file in the host's tree; negative where it is not known to be the same. */
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
		/* Nothing can be made below this while it stays what it is: so it has to. */
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
	 * While a file is replaced without a pause, one attempt in thirty succeeds with mount(2), which takes
	 * several calls for what has to be done between two replacings.
	 */
	enum { ATTEMPTS = 2000 };

	for (int i = 0; i < ATTEMPTS; i++) {
		struct walk_result found;
		int error = walk_operation(child, op, &found);
		if (error < 0)
			return error;
		error = apply_found(child, op, &found);
		close(found.fd);
		/*
		 * ENOENT: what was found has been removed or replaced since.  The kernel mounts
		 * nothing on that, nor makes anything in it.
		 */
		if (error != PLACEHOLDER_LOOK_AGAIN && error != -ENOENT)
			return error;
	}
	return (int)child_noted(child, CALL_PLACEHOLDER, -ESTALE);
}

/* --- the check --------------------------------------------------------------------------------- */

static bool is_null_device(const struct stat *stat)
{
	enum { NULL_MAJOR = 1, NULL_MINOR = 3 };
	return S_ISCHR(stat->st_mode) && stat->st_rdev == makedev(NULL_MAJOR, NULL_MINOR);
}

/* Somebody's file that looks like a placeholder has been bound over itself, not masked. */
static int check_foreign(struct child *child, const struct walk_result *missing)
{
	_cleanup_close_ int fd = sys_openat(missing->fd, missing->name, O_PATH | O_NOFOLLOW, 0);
	if (fd < 0)
		return child_wrong(child, NULL);
	int error = verify_mount_root(child, fd);
	return error < 0 ? error : verify_read_only(child, fd);
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
		error = verify_mount_root(child, fd);
		if (error < 0 || (op->type == PLAN_PIN && S_ISDIR(found.stat.st_mode)))
			return error;
		/* A mask cannot be opened: what is written to it would be gone without a word. */
		return verify_attributes(child, fd,
			MOUNT_ATTR_RDONLY | (is_null_device(&found.stat) ? MOUNT_ATTR_NODEV : 0));
	case WALK_MISSING:
		/* A placeholder that is not covered would look like this, too. */
		return op->flags & PLAN_IF_PRESENT ? 0 : check_foreign(child, &found);
	case WALK_SYMLINK:
		return child_wrong(child, NULL); /* a mask would have stood on it */
	}
	return child_wrong(child, NULL);
}

/*
 * A file that is replaced on the host, as editors and git do it, takes the mount on it along: then
 * what is there now is protected.  After the check this can still happen, and nothing here helps.
 */
int protect_check(struct child *child, const struct plan_op *op)
{
	enum { ATTEMPTS = 100 }; /* each takes longer with mount(2) than an editor does */

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

/* --- when the command has ended ----------------------------------------------------------------- */

/*
 * The way ends before the path.  At a file or a mask: has that been mounted by us?  At a directory it
 * ends because that cannot be searched.  One that could not be at the start was made read-only then;
 * one that is writable is a pin or a root, which the command has closed since.
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

/* A placeholder without its mask, somebody's file that looks like one and is bound over itself, or
   nothing. */
static enum operation_state inspect_missing(struct child *child, const struct walk_result *missing)
{
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
		return OPERATION_REPLACED; /* a mask would have stood on it */
	}
	return OPERATION_UNKNOWN;
}

OPERATION(protect, "protect", OPERATION_TOLD_NEVER, NULL, false, operation_needs_nothing,
	operation_gathers_nothing, protect_apply, operation_finishes_nothing, protect_check,
	inspect, operation_never_writable, operation_leaves_read_only);
