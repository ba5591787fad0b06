/*
 * WRITABLE: a writable root.  gather clones the host's path before the tree turns read-only;
 * apply mounts the clone on the same path afterwards.  It must be the file that the supervisor
 * has looked at (op->expected).  Runs in init.
 */
#include "mount/mount.h"
#include "mount/verify.h"
#include "mount/walk.h"
#include "ops/operation.h"
#include "ops/overmount.h"
#include "ops/protect.h"

static int gather(struct child *child, const struct plan_op *op)
{
	_cleanup_close_ int fd = walk_open_expected(child, op);
	if (fd < 0)
		return fd;

	_cleanup_close_ int tree = mount_clone(child, fd, "", AT_EMPTY_PATH | AT_RECURSIVE);
	if (tree < 0)
		return tree;
	int error = overmount_set_attributes(child, tree, AT_RECURSIVE, OVERMOUNT_PLAIN);
	if (error < 0)
		return error;
	child->frozen->op_trees[child->op] = take_fd(&tree);
	child->frozen->op_targets[child->op] = take_fd(&fd);
	return 0;
}

/*
 * An earlier operation has mounted something above the path: open the path again, as it leads
 * now.
 */
static int reopen_target(struct child *child, const struct plan_op *op)
{
	int *target = &child->frozen->op_targets[child->op];
	int directory = sys_is_directory(*target);
	if (directory < 0)
		return child_noted(child, CALL_FSTAT, directory);
	close_fd(target);
	*target = walk_make_target(child, op, directory);
	return *target < 0 ? *target : 0;
}

static int apply(struct child *child, const struct plan_op *op)
{
	int *tree = &child->frozen->op_trees[child->op];
	int *target = &child->frozen->op_targets[child->op];

	if (op->flags & PLAN_COVERED) {
		int error = reopen_target(child, op);
		if (error < 0)
			return error;
	}
	int error = mount_attach(child, *tree, *target);
	close_fd(tree);
	/* Where there are many protected paths, protect.c finds them through this descriptor. */
	if (op->flags & PLAN_COVERED || !protect_uses_targets(child))
		close_fd(target);
	return error;
}

static int check(struct child *child, const struct plan_op *op)
{
	_cleanup_close_ int fd = walk_open_expected(child, op);
	int error = fd < 0 ? fd : verify_mount_root(child, fd);
	return error < 0 ? error : verify_attributes(child, fd, OVERMOUNT_PLAIN);
}

/* inspect: without the mount the path is read-only. */
OPERATION(writable, "make writable", BWRAP_SENTENCE_NONE, NULL, false, operation_needs_nothing,
	gather, apply, operation_finishes_nothing, check, operation_may_be_replaced,
	operation_always_writable, operation_leaves_plain);
