/* Child side: protecting what is at a path, or keeping it from being there; see protect.c. */
#ifndef RIND_OPS_PROTECT_H
#define RIND_OPS_PROTECT_H

#include "sandbox/child.h"

/* Of a PIN and a PROTECT. */
int protect_apply(struct child *child, const struct plan_op *op) _must_check_;
int protect_check(struct child *child, const struct plan_op *op) _must_check_;

/* Are the targets of writable roots to be kept open, as there are many protected paths? */
bool protect_uses_targets(const struct child *child);

#endif
