/* TMPFS: a new tmpfs, which only this sandbox has. */
#include "mount/mount.h"
#include "ops/operation.h"
#include "ops/root.h"
#include "ops/target.h"

static int apply(struct child *child, const struct plan_op *op)
{
	_cleanup_close_ int target = target_make(child, op, true);
	if (target < 0)
		return target;
	_cleanup_close_ int tree = mount_new_tmpfs(child, op->mode, op->size);
	if (tree < 0)
		return tree;
	return root_attach(child, op, &tree, target);
}

OPERATION(tmpfs, "mount a tmpfs on", OPERATION_TOLD_AS_MOUNT, "tmpfs", true, operation_mounts,
	operation_gathers_nothing, apply, operation_is_checked, operation_may_be_replaced,
	operation_always_writable, operation_leaves_any);
