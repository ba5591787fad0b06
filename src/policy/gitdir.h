/*
 * Where a `.git` that is a file points to: worktrees and submodules keep their git directory, with
 * its hooks and its configuration, somewhere else.
 */
#ifndef RIND_POLICY_GITDIR_H
#define RIND_POLICY_GITDIR_H

#include <limits.h>
#include <stdbool.h>
#include <stddef.h>

/*
 * The path on the first line of data, after prefix and blanks; "" as prefix when the line is only
 * a path.  False, and ret is as it was, where there is no such line, or what follows is empty, has
 * a NUL in it or is longer than a path can be.  Pure: data may be anything.
 */
bool gitdir_parse(const char *data, size_t size, const char *prefix, char ret[static PATH_MAX]);

/*
 * The same for a file, which must be a regular one.  1: read; 0: no such line, no such file, or
 * none that may be read; otherwise -errno: it is not known what it says.
 */
int gitdir_read(const char *path, const char *prefix, char ret[static PATH_MAX]);

#endif
