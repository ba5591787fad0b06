/* Child side, in init: the sources of binds; see bind.c. */
#ifndef RIND_OPS_BIND_H
#define RIND_OPS_BIND_H

#include "sandbox/child.h"

/*
 * Before anything is mounted: clone an operation's source, or, for a new root, check that it
 * exists.
 */
int bind_gather(struct child *child, const struct plan_op *op) _must_check_;
/* Returns a detached clone of the source, with the attributes that the operation adds. */
int bind_clone_source(struct child *child, const struct plan_op *op) _must_check_;

#endif
