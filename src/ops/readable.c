/*
 * READABLE: a path below one that is hidden, or that a tmpfs covers, read-only.  It is cloned
 * before anything covers it.  Runs in init.
 */
#include "ops/operation.h"
#include "ops/overmount.h"
#include "ops/rebind.h"

static const uint64_t READ_ONLY = OVERMOUNT_PLAIN | MOUNT_ATTR_RDONLY;

static int gather(struct child *child, const struct plan_op *op)
{
	return rebind_gather(child, op, READ_ONLY);
}

static int check(struct child *child, const struct plan_op *op)
{
	return rebind_check(child, op, READ_ONLY);
}

/* inspect: without the mount the path is hidden. */
OPERATION(readable, "make readable", BWRAP_SENTENCE_NONE, NULL, false, operation_needs_nothing,
	gather, rebind_apply, operation_finishes_nothing, check, operation_may_be_replaced,
	operation_never_writable, operation_leaves_read_only);
