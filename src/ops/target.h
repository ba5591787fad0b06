/*
 * Child side, in init: destinations, looked up in a root that is built, and never outside of it;
 * see target.c.
 */
#ifndef RIND_OPS_TARGET_H
#define RIND_OPS_TARGET_H

#include "sandbox/child.h"

/* Open a path with O_PATH; -ENOENT if it is missing. */
int target_open(struct child *child, const char *path) _must_check_;
/* The same; if the path is missing, make a directory or an empty file there, and its parents. */
int target_make(struct child *child, const struct plan_op *op, bool directory) _must_check_;
/* Make the parents of the path; returns the last of them, and the last component in *ret_name. */
int target_make_parents(
	struct child *child, const struct plan_op *op, const char **ret_name) _must_check_;

#endif
