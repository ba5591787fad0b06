/*
 * PIN: a directory on the way to a protected path, bound over itself, writable, so that it can neither be renamed
 * nor removed: otherwise another one, without the protected path, could take its place.
 */
#include "ops/operation.h"
#include "ops/protect.h"

/* It matters for what it leads to, which has an operation of its own. */
OPERATION(pin, "pin", OPERATION_TOLD_NEVER, NULL, false, operation_needs_nothing,
	operation_gathers_nothing, protect_apply, operation_finishes_nothing, protect_check,
	operation_may_be_replaced, operation_never_writable, operation_leaves_attributes);
