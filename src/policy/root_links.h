/*
 * Roots that are reached through a symbolic link which a command in an earlier sandbox could have
 * made.
 */
#ifndef RIND_POLICY_ROOT_LINKS_H
#define RIND_POLICY_ROOT_LINKS_H

#include "base/error.h"
#include "policy/root.h"

/*
 * Refuse a root that is reached through a symlink which lies in another root, in /tmp or in
 * $TMPDIR, and is in none of them itself, unless by such a link.  0, -EXDEV, or why it cannot be
 * looked at.  Looks at the host and the environment only where there is a symlink on the way to a
 * root.
 */
int root_links_check(
	const struct fact_root *roots, size_t count, struct rind_error *err) _must_check_;

#endif
