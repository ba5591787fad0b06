/* Child side: the root that a plan's operations build, where the host's tree does not stay it; see root.c. */
#ifndef RIND_OPS_ROOT_H
#define RIND_OPS_ROOT_H

#include "sandbox/child.h"

/* Open what is needed before anything changes, and the tree to build in. */
int root_open(struct child *child) _must_check_;
/* Make that tree the root, and let go of the old one. */
int root_enter(struct child *child) _must_check_;

/*
 * Attach a tree at an operation's destination, which target is, and verify that it is there.  Takes it
 * over when that is the root, which it then is.
 */
int root_attach(struct child *child, const struct plan_op *op, int *tree, int target) _must_check_;
/* Something has been mounted on the root by its name: that is the root now. */
int root_climb(struct child *child) _must_check_;

#endif
