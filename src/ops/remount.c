/*
 * REMOUNT: makes the mount at a path read-only, but not its submounts.  Runs in init, in a root
 * that is built.
 */
#include "mount/mount.h"
#include "ops/operation.h"
#include "ops/target.h"

static int apply(struct child *child, const struct plan_op *op)
{
	const char *name;
	_cleanup_close_ int parent = target_make_parents(child, op, &name);
	if (parent < 0)
		return parent;

	child->stage = STAGE_ENTRY;
	_cleanup_close_ int target = target_open(child, op->path);
	if (target < 0)
		return target;
	return mount_add_attributes(
		child, target, 0, MOUNT_ATTR_RDONLY | MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV);
}

OPERATION(remount, "make read-only", BWRAP_SENTENCE_REMOUNT, NULL, false, operation_needs_nothing,
	operation_gathers_nothing, apply, operation_finishes_nothing, operation_is_checked,
	operation_may_be_replaced, operation_never_writable, operation_leaves_read_only);
