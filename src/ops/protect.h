/* Child side, in init: protects a path, or keeps the command from making it; see protect.c. */
#ifndef RIND_OPS_PROTECT_H
#define RIND_OPS_PROTECT_H

#include "sandbox/child.h"

/* For PIN and PROTECT. */
int protect_apply(struct child *child, const struct plan_op *op) _must_check_;
int protect_check(struct child *child, const struct plan_op *op) _must_check_;

/*
 * Keep open what the writable roots are mounted on: are there many protected paths?  See
 * protect.c.
 */
bool protect_uses_targets(const struct child *child);

#endif
