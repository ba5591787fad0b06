/*
 * WRITABLE: a writable root.  The host's path is cloned before the tree turns read-only, and
 * mounted there again afterwards.  Runs in init.
 */
#include "ops/operation.h"
#include "ops/overmount.h"
#include "ops/rebind.h"

static int gather(struct child *child, const struct plan_op *op)
{
	return rebind_gather(child, op, OVERMOUNT_PLAIN);
}

static int check(struct child *child, const struct plan_op *op)
{
	return rebind_check(child, op, OVERMOUNT_PLAIN);
}

/* inspect: without the mount the path is read-only. */
OPERATION(writable, "make writable", BWRAP_SENTENCE_NONE, NULL, false, operation_needs_nothing,
	gather, rebind_apply, operation_finishes_nothing, check, operation_may_be_replaced,
	operation_always_writable, operation_leaves_plain);
