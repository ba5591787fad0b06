/*
 * Child side, in init: is a mount of ours still there, now that the command has ended?  See
 * inspect.c.
 */
#ifndef RIND_OPS_INSPECT_H
#define RIND_OPS_INSPECT_H

#include "ops/operation.h"

/* Is fd the root of a mount? */
enum operation_state inspect_mount(struct child *child, int fd);

/*
 * The state for the errno of a path that could be opened when the sandbox started, and cannot
 * now.
 */
enum operation_state inspect_error(int error);

#endif
