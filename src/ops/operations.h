/* The executor: a plan's operations, applied in their order; see operation.h. */
#ifndef RIND_OPS_OPERATIONS_H
#define RIND_OPS_OPERATIONS_H

#include "sandbox/child.h"

/* In the supervisor. */
void operations_prepare(const struct rind_plan *plan, struct frozen *ret);

/* In init, one after the other. */
int operations_gather(struct child *child) _must_check_;
int operations_apply(struct child *child) _must_check_;
int operations_check(struct child *child) _must_check_;

/* When the command has ended: which of their mounts are no longer where they were put. */
void operations_inspect(struct child *child, struct replaced *ret);

#endif
