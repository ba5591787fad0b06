/* FILE: makes a file and fills it from a descriptor.  Runs in init, in a root that is built. */
#include "mount/in_root.h"
#include "ops/contents.h"
#include "ops/operation.h"
#include "ops/target.h"

static int apply(struct child *child, const struct plan_op *op)
{
	const char *name;
	_cleanup_close_ int parent = target_make_parents(child, op, &name);
	if (parent < 0)
		return parent;

	child->stage = STAGE_TARGET;
	int access = op->flags & PLAN_REREAD ? O_RDWR : O_WRONLY;
	_cleanup_close_ int file = in_root_open(
		child->root.fd, op->path, O_CREAT | O_TRUNC | O_NONBLOCK | access, op->perms);
	if (file < 0)
		return child_noted(child, CALL_OPEN, file);
	return contents_fill(child, op, &file);
}

OPERATION(file, "make the file", BWRAP_SENTENCE_FILE, NULL, false, operation_needs_nothing,
	operation_gathers_nothing, apply, operation_finishes_nothing, operation_is_checked,
	operation_may_be_replaced, operation_never_writable, operation_leaves_attributes);
