/*
 * Walking a path on the host one component at a time, with every symbolic link on the way seen.
 *
 * Unlike realpath(3) it shows the links themselves: the lowering has to know them, because what
 * decides where a protected path leads must not be swapped any more than the path itself.
 *
 *   resolve_start(&walk, "/ws", "link/file");
 *   while ((result = resolve_next(&walk)) > 0)
 *           … walk.path is a component that exists, walk.stat is what lstat(2) says of it …
 */
#ifndef RIND_POLICY_RESOLVE_H
#define RIND_POLICY_RESOLVE_H

#include "base/error.h"

#include <errno.h>
#include <limits.h>
#include <stdbool.h>
#include <sys/stat.h>

struct resolve {
	char path[PATH_MAX]; /* clean; no component is a symlink, except the last one, just met */
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
 * Take one component.  1: path is that component, and a symlink there is followed by the next call.
 * 0: nothing is left, path is where it all leads.  Otherwise the errno of looking at the component,
 * which is the last of path, as with -ENOENT for a missing one; -ELOOP after 40 symlinks.
 */
int resolve_next(struct resolve *walk) _must_check_;

/* Walk to the end, and make sure that stat is known.  0 or -errno, as resolve_next(). */
int resolve_finish(struct resolve *walk) _must_check_;

/*
 * Does this errno say what the host is like?  Any other says that looking at it has failed: then
 * nothing is known, and to go on as with a missing path would be to leave out what is there.
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
