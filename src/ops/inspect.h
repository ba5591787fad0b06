/* Child side: is a mount of ours still there, now that the command has ended?  See inspect.c. */
#ifndef RIND_OPS_INSPECT_H
#define RIND_OPS_INSPECT_H

#include "ops/operation.h"

/* Is what fd is open on a mount's root? */
enum operation_state inspect_mount(struct child *child, int fd);

/* What the error says with which a path, that could be opened when the sandbox started, cannot be now. */
enum operation_state inspect_error(int error);

#endif
