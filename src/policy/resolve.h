/*
 * Walk a path on the host one component at a time, and show every symbolic link on the way.
 *
 * realpath(3) shows only where the path ends.  The lowering needs the links: whoever can replace a
 * link decides where a protected path leads, so the link has to be protected as the path itself.
 *
 *     resolve_start(&walk, "/ws", "link/file");
 *     while ((result = resolve_next(&walk)) > 0)
 *             … walk.path is a component that exists, walk.stat is what lstat(2) says of it …
 */
#ifndef RIND_POLICY_RESOLVE_H
#define RIND_POLICY_RESOLVE_H

#include "base/error.h"

#include <errno.h>
#include <limits.h>
#include <stdbool.h>
#include <sys/stat.h>

struct resolve {
	char path[PATH_MAX]; /* clean; only the last component can be a symlink, just met */
	size_t length;       /* of path; 0 stands for "/" */
	char rest[PATH_MAX]; /* what is still to be walked, relative to path */
	struct stat stat;    /* of path, if known */
	bool known;
	unsigned int links; /* symlinks followed so far */
};

/*
 * Begin at directory, which is clean and has no symlink in it; path is relative to it, or absolute.
 * -ENAMETOOLONG.
 */
int resolve_start(struct resolve *walk, const char *directory, const char *path) _must_check_;

/*
 * Take one component. 1: path is that component; if it is a symlink, the next call follows it. 0:
 * nothing is left, path is where the walk ends.  Otherwise the -errno of looking at the component,
 * which is the last one of path: -ENOENT if it is missing, for one.  -ELOOP after 40 symlinks.
 */
int resolve_next(struct resolve *walk) _must_check_;

/* Walk to the end, and fill in stat. 0 or -errno, as resolve_next(). */
int resolve_finish(struct resolve *walk) _must_check_;

/*
 * Does this errno describe the path (missing, not searchable, a loop)?  Any other errno is a
 * failure of the lookup itself.  The path may then exist: going on as if it were missing would
 * leave it unprotected.
 */
static inline bool resolve_is_finding(int error)
{
	return error == -ENOENT || error == -ENOTDIR || error == -EACCES || error == -ELOOP ||
	       error == -ENAMETOOLONG;
}

/* Is the component that resolve_next() has just taken a symlink? */
static inline bool resolve_at_symlink(const struct resolve *walk)
{
	return walk->known && S_ISLNK(walk->stat.st_mode);
}

#endif
