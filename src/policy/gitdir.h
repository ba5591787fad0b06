/*
 * Where a `.git` file points to: worktrees and submodules keep their git directory, with its hooks
 * and its configuration, somewhere else.
 */
#ifndef RIND_POLICY_GITDIR_H
#define RIND_POLICY_GITDIR_H

#include <limits.h>
#include <stdbool.h>
#include <stddef.h>

/*
 * The path on the first line of data, after prefix and blanks; prefix "": the line is only a path.
 * False, with ret unchanged, if there is no such line, or the path is empty, contains a NUL or is
 * too long.  Pure: data may be anything.
 */
bool gitdir_parse(const char *data, size_t size, const char *prefix, char ret[static PATH_MAX]);

/*
 * The same for a file, which must be a regular one. 1: ret is filled in; 0: no such line, no such
 * file, or no right to read it; -errno: the file could not be read, so its content is unknown.
 */
int gitdir_read(const char *path, const char *prefix, char ret[static PATH_MAX]);

#endif
