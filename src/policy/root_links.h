/*
 * Roots that are reached through a symbolic link that an earlier sandboxed command could have made.
 */
#ifndef RIND_POLICY_ROOT_LINKS_H
#define RIND_POLICY_ROOT_LINKS_H

#include "base/error.h"
#include "policy/root.h"

/*
 * Refuse a root that is reached through a symlink which lies in another root, in /tmp or in
 * $TMPDIR, and that leads out of all these.  A place which is itself reached by such a link does
 * not count as one of them. 0, -EXDEV, or the -errno of a failed lookup.  Looks at the host and the
 * environment only if there is a symlink on the way to a root.
 */
int root_links_check(
	const struct fact_root *roots, size_t count, struct rind_error *err) _must_check_;

/* The same for a path that is to be readable in what is hidden: it could lead to what else is. */
int root_links_check_readable(const struct fact_root *roots, size_t count,
	const struct fact_root *readable, struct rind_error *err) _must_check_;

#endif
