/* Child side, in init: the root directory for a plan that builds one; see root.c. */
#ifndef RIND_OPS_ROOT_H
#define RIND_OPS_ROOT_H

#include "sandbox/child.h"

/* Before the operations: open what is needed later, and the tree to build in. */
int root_open(struct child *child) _must_check_;
/* After the operations: make that tree the root, and unmount the old one. */
int root_enter(struct child *child) _must_check_;

/*
 * Attach a tree on target, an operation's destination, and verify that the destination leads to
 * it.  If the destination is the root, the tree becomes child->root.fd, and *tree is -1.
 */
int root_attach(struct child *child, const struct plan_op *op, int *tree, int target) _must_check_;
/* A mount was made on the root by its path: child->root.fd has to be the new mount. */
int root_climb(struct child *child) _must_check_;

#endif
