/*
 * DIRECTORY: makes a directory, and its parents, unless it exists.  Runs in init, in a root that
 * is built.
 */
#include "ops/operation.h"
#include "ops/target.h"

static int apply(struct child *child, const struct plan_op *op)
{
	_cleanup_close_ int fd = target_make(child, op, true);
	return fd < 0 ? fd : 0;
}

OPERATION(directory, "make the directory", BWRAP_SENTENCE_DIRECTORY, NULL, false,
	operation_needs_nothing, operation_gathers_nothing, apply, operation_finishes_nothing,
	operation_is_checked, operation_may_be_replaced, operation_never_writable,
	operation_leaves_attributes);
