/* Child side: destinations, resolved in a root that is built, and never outside of it; see target.c. */
#ifndef RIND_OPS_TARGET_H
#define RIND_OPS_TARGET_H

#include "sandbox/child.h"

/* Open what is at path, O_PATH; -ENOENT. */
int target_open(struct child *child, const char *path) _must_check_;
/* The same; where there is nothing, make a directory or an empty file, and what leads there. */
int target_make(struct child *child, const struct plan_op *op, bool directory) _must_check_;
/* Make what leads to the path; returns the directory, with the last component in *ret_name. */
int target_make_parents(
	struct child *child, const struct plan_op *op, const char **ret_name) _must_check_;

#endif
