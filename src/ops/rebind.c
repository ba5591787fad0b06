/* Mounting a path on itself again; see rebind.h.  Runs in init. */
#include "ops/rebind.h"

#include "mount/mount.h"
#include "mount/verify.h"
#include "mount/walk.h"
#include "ops/overmount.h"
#include "ops/protect.h"

int rebind_gather(struct child *child, const struct plan_op *op, uint64_t attributes)
{
	_cleanup_close_ int fd = walk_open_expected(child, op);
	if (fd < 0)
		return fd;

	_cleanup_close_ int tree = mount_clone(child, fd, "", AT_EMPTY_PATH | AT_RECURSIVE);
	if (tree < 0)
		return tree;
	int error = overmount_set_attributes(child, tree, AT_RECURSIVE, attributes);
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

int rebind_apply(struct child *child, const struct plan_op *op)
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

int rebind_check(struct child *child, const struct plan_op *op, uint64_t attributes)
{
	_cleanup_close_ int fd = walk_open_expected(child, op);
	int error = fd < 0 ? fd : verify_mount_root(child, fd);
	return error < 0 ? error : verify_attributes(child, fd, attributes);
}
