/*
 * PROGRAM: mounts another file, read-only, over a program: rind over bwrap, for instance.  Runs
 * in init, where the root stays in place.
 */
#include "mount/verify.h"
#include "mount/walk.h"
#include "ops/operation.h"
#include "ops/overmount.h"

static int apply(struct child *child, const struct plan_op *op)
{
	struct plan_op source = *op;

	source.path = op->source;
	_cleanup_close_ int file = walk_open_expected(child, &source);
	if (file < 0)
		return file;
	_cleanup_close_ int target = walk_open(op->path);
	if (target < 0)
		return child_noted(child, CALL_OPEN, target);
	return overmount_bind(child, file, target, MOUNT_ATTR_RDONLY | OVERMOUNT_PLAIN);
}

static int check(struct child *child, const struct plan_op *op)
{
	_cleanup_close_ int fd = walk_open_expected(child, op);
	return fd < 0 ? fd : verify_attributes(child, fd, MOUNT_ATTR_RDONLY | MOUNT_ATTR_NOSUID);
}

OPERATION(program, "put rind in the place of", BWRAP_SENTENCE_NONE, NULL, false,
	operation_needs_nothing, operation_gathers_nothing, apply, operation_finishes_nothing,
	check, operation_may_be_replaced, operation_never_writable, operation_leaves_read_only);
