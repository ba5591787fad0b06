/*
 * PIN: binds a directory on the way to a protected path over itself, writable.  The kernel
 * neither renames nor removes a mountpoint (EBUSY): without the pin the command could rename the
 * directory and make another one, without the protected path, in its place.  Runs in init.
 */
#include "ops/operation.h"
#include "ops/protect.h"

/*
 * inspect: without the pin, what it leads to may have been replaced; the operation for that path
 * inspects it.
 */
OPERATION(pin, "pin", BWRAP_SENTENCE_NONE, NULL, false, operation_needs_nothing,
	operation_gathers_nothing, protect_apply, operation_finishes_nothing, protect_check,
	operation_may_be_replaced, operation_never_writable, operation_leaves_attributes);
