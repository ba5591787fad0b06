/* The mark that tells a placeholder (supervisor/placeholder.h) from a user's own file. */
#ifndef RIND_BASE_PLACEHOLDER_MARK_H
#define RIND_BASE_PLACEHOLDER_MARK_H

#include <stdbool.h>
#include <sys/stat.h>

/* Of a directory; of a FIFO: its owner may not read it, so that no program waits for a writer. */
enum { PLACEHOLDER_DIRECTORY_MODE = 01755, PLACEHOLDER_FIFO_MODE = 01044 };

/*
 * Is this what a sandbox makes to carry a mask: an empty directory or a FIFO?  Its mark is the
 * sticky bit.  On a FIFO, and on a directory that only its owner may write to, it has no effect, so
 * nobody else sets it there; and the mark appears in one step with the placeholder itself, since
 * mkdir(2) and mknod(2) set the mode.  (The umask may have removed other bits.)
 *
 * stat: of name in directory.  A directory that cannot be read is taken for the user's own, which
 * is protected as it is.
 */
bool placeholder_found(int directory, const char *name, const struct stat *stat);

/* The same for an open one; its mark alone; its content alone, read from the beginning. */
bool placeholder_found_at(int fd, const struct stat *stat);
bool placeholder_is_marked(const struct stat *stat);
bool placeholder_is_empty(int fd);

#endif
