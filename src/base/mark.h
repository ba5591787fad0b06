/* How a placeholder (sandbox/placeholder.h) is told from a file of somebody's own. */
#ifndef RIND_BASE_MARK_H
#define RIND_BASE_MARK_H

#include <stdbool.h>
#include <sys/stat.h>

enum { MARK_MODE = 01444 };

/*
 * Is this the empty inode that a sandbox makes to carry a mask?  The sticky bit means nothing on a
 * regular file, so nobody sets it there; with no write or execute bit and no content this is a mark
 * that appears in one step with the file itself.  (Read bits may be missing: the umask takes them.)
 */
static inline bool mark_is_placeholder(const struct stat *stat)
{
	return S_ISREG(stat->st_mode) && (stat->st_mode & 07333) == S_ISVTX && !stat->st_size &&
	       stat->st_nlink == 1;
}

#endif
