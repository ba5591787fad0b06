/*
 * TREE: changes the attributes of the host's whole tree, in place.  Runs in init, in the host's
 * tree.
 *
 * Init's mount namespace is a copy of the caller's.  So there is no need for a new root,
 * pivot_root(2) and a lazy unmount, which waits for an RCU grace period.  Closing a detached
 * clone waits for one, too: so every clone is attached, unless the set-up fails.
 */
#include "mount/mount.h"
#include "mount/verify.h"
#include "ops/operation.h"
#include "ops/overmount.h"

static uint64_t wanted(const struct plan_op *op)
{
	return OVERMOUNT_PLAIN | (op->access == RIND_ACCESS_WRITABLE ? 0 : MOUNT_ATTR_RDONLY);
}

static int apply(struct child *child, const struct plan_op *op)
{
	/*
	 * MS_PRIVATE, not MS_SLAVE: what is mounted on the host later must not appear in the
	 * sandbox, where it would be writable.
	 */
	const struct sys_mount_attr attr = {.set = wanted(op), .propagation = MS_PRIVATE};
	if (!mount_is_classic(child))
		return child_noted(child, CALL_MOUNT_SETATTR,
			sys_mount_setattr(AT_FDCWD, "/", AT_RECURSIVE, &attr));
	_cleanup_close_ int root = sys_openat(AT_FDCWD, "/", O_PATH | O_DIRECTORY, 0);
	if (root < 0)
		return child_noted(child, CALL_OPEN, root);
	return mount_set_attributes(child, root, AT_RECURSIVE, &attr);
}

static int check(struct child *child, const struct plan_op *op)
{
	_cleanup_close_ int root = sys_openat(AT_FDCWD, "/", O_PATH | O_DIRECTORY, 0);
	if (root < 0)
		return child_noted(child, CALL_OPEN, root);
	return verify_attributes(child, root, wanted(op));
}

static bool is_writable(const struct plan_op *op)
{
	return op->access == RIND_ACCESS_WRITABLE;
}

static bool attributes(const struct child *child, const struct plan_op *op, uint64_t *ret)
{
	(void)child;
	*ret = wanted(op);
	return true;
}

OPERATION(tree, "make the tree read-only at", BWRAP_SENTENCE_NONE, NULL, false,
	operation_needs_nothing, operation_gathers_nothing, apply, operation_finishes_nothing,
	check, operation_may_be_replaced, is_writable, attributes);
