/*
 * MQUEUE: mounts the message queues of the ipc namespace.  Runs in init, in a root that is built.
 */
#include "mount/mount.h"
#include "ops/operation.h"
#include "ops/root.h"
#include "ops/target.h"

static int apply(struct child *child, const struct plan_op *op)
{
	_cleanup_close_ int target = target_make(child, op, true);
	if (target < 0)
		return target;
	_cleanup_close_ int tree = mount_new(child, "mqueue", 0, NULL);
	if (tree < 0)
		return tree;
	return root_attach(child, op, &tree, target);
}

OPERATION(mqueue, "mount", BWRAP_SENTENCE_MOUNT, "mqueue", true, operation_mounts,
	operation_gathers_nothing, apply, operation_finishes_nothing, operation_is_checked,
	operation_may_be_replaced, operation_always_writable, operation_leaves_any);
