/*
 * Child side, in init: a file of the host's tree mounted on its own path again, with other
 * attributes than the tree gets or on top of what covers it: what WRITABLE and READABLE have in
 * common.  It must be the file that the supervisor has looked at (op->expected).
 */
#ifndef RIND_OPS_REBIND_H
#define RIND_OPS_REBIND_H

#include "sandbox/child.h"

/* Clone the path with its submounts before the tree changes; the clones get the attributes. */
int rebind_gather(struct child *child, const struct plan_op *op, uint64_t attributes) _must_check_;

/* Mount the clone on the path, as that leads now. */
int rebind_apply(struct child *child, const struct plan_op *op) _must_check_;

/* By name: is it this file, and the root of a mount with the attributes? */
int rebind_check(struct child *child, const struct plan_op *op, uint64_t attributes) _must_check_;

#endif
