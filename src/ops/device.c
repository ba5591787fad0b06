/*
 * DEVICE: a device node of the host in the new /dev, at its own path.  It is cloned before the tree
 * turns nodev, and mounted read-only: that leaves the device as it is, and keeps a caller who is
 * root from changing the node's mode and owner on the host.  Runs in init.
 */
#include "ops/operation.h"
#include "ops/rebind.h"

static const uint64_t ATTRIBUTES = MOUNT_ATTR_RDONLY | MOUNT_ATTR_NOSUID | MOUNT_ATTR_NOEXEC;

/*
 * Is it the device that the supervisor has judged?  A file system may give a new node the inode
 * number of the one that was removed.
 */
static int compare_device(struct child *child, const struct plan_op *op, int fd)
{
	struct stat stat;
	int error = sys_fstat(fd, &stat);

	if (!error && (!S_ISCHR(stat.st_mode) || stat.st_rdev != op->expected.node))
		error = -ESTALE;
	return child_noted(child, CALL_FSTAT, error);
}

/* What has been cloned is what the descriptor is on, which no name leads to any more. */
static int gather(struct child *child, const struct plan_op *op)
{
	int error = rebind_gather(child, op, ATTRIBUTES);
	return error < 0 ? error : compare_device(child, op, child->frozen->op_targets[child->op]);
}

static int check(struct child *child, const struct plan_op *op)
{
	_cleanup_close_ int fd = sys_openat(AT_FDCWD, op->path, O_PATH | O_NOFOLLOW, 0);
	if (fd < 0)
		return child_noted(child, CALL_OPEN, fd);
	int error = compare_device(child, op, fd);
	return error < 0 ? error : rebind_check(child, op, ATTRIBUTES);
}

static bool leaves(const struct child *child, const struct plan_op *op, uint64_t *ret)
{
	(void)child, (void)op;
	*ret = ATTRIBUTES;
	return true;
}

/* inspect: without the mount there is no such device. */
OPERATION(device, "give the command the device", BWRAP_SENTENCE_NONE, NULL, false,
	operation_needs_nothing, gather, rebind_apply, operation_finishes_nothing, check,
	operation_may_be_replaced, operation_always_writable, leaves);
