/* The executor: a plan's operations, applied in their order; see operation.h. */
#ifndef RIND_OPS_OPERATIONS_H
#define RIND_OPS_OPERATIONS_H

#include "sandbox/child.h"

/* In the supervisor, before the clone. */
void operations_prepare(const struct rind_plan *plan, struct frozen *ret);

/* In init, in this order. */
int operations_gather(struct child *child) _must_check_;
int operations_apply(struct child *child) _must_check_;
int operations_check(struct child *child) _must_check_;

/*
 * In init, when the command has ended: list the operations whose mount is gone, or cannot be
 * looked at.
 */
void operations_inspect(struct child *child, struct replaced *ret);

#endif
