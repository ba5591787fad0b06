/* Child side: the sources of binds; see bind.c. */
#ifndef RIND_OPS_BIND_H
#define RIND_OPS_BIND_H

#include "sandbox/child.h"

/* Take hold of an operation's source, or see that it is there. */
int bind_gather(struct child *child, const struct plan_op *op) _must_check_;
/* A detached copy of it, with the attributes that the operation adds. */
int bind_clone_source(struct child *child, const struct plan_op *op) _must_check_;

#endif
