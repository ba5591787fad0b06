/* The mark that tells a placeholder (supervisor/placeholder.h) from a user's own file. */
#ifndef RIND_BASE_PLACEHOLDER_MARK_H
#define RIND_BASE_PLACEHOLDER_MARK_H

#include <stdbool.h>
#include <sys/stat.h>

enum { PLACEHOLDER_MARK_MODE = 01444 };

/*
 * Is this the empty file that a sandbox makes to carry a mask?  Its mark: the sticky bit, no write
 * or execute bit, no content.  Nobody else sets the sticky bit on a regular file, where it has no
 * effect; and the mark appears in one step with the file itself, since open(2) sets the mode.  (The
 * umask may have removed read bits.)
 */
static inline bool placeholder_mark_found(const struct stat *stat)
{
	return S_ISREG(stat->st_mode) && (stat->st_mode & 07333) == S_ISVTX && !stat->st_size &&
	       stat->st_nlink == 1;
}

#endif
