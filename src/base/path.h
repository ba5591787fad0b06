/*
 * Paths as text: nothing here looks at the file system.
 *
 * A *clean* path is absolute, and has no ".", "..", "//" and no final "/" except for "/" itself.
 * Removing ".." lexically is only right where no component is a symlink: callers clean a path after
 * realpath(), or one whose ".." they have refused.
 */
#ifndef RIND_BASE_PATH_H
#define RIND_BASE_PATH_H

#include "base/arena.h"
#include "base/error.h"

#include <stdbool.h>

/*
 * Refuse a path that is empty (-EINVAL) or too long for the kernel (-ENAMETOOLONG).  option: where
 * the path came from, for the message.
 */
int path_check(const char *path, const char *option, struct rind_error *err) _must_check_;

/*
 * Take the next component, and the slashes before it, off *rest, to the NAME_MAX + 1 bytes at name.
 * False at the end, and also if the component is too long for a file name: then *rest is at it.
 * The child side uses it as well.
 */
bool path_take_component(const char **rest, char *name);

/* Is a component of path ".."? */
bool path_has_dotdot(const char *path);

/* directory/name with "." and "//" and, lexically, ".." removed; name may be absolute. */
char *path_join(struct arena *arena, const char *directory, const char *name);

/* Is clean path at or below clean directory? */
bool path_is_within(const char *path, const char *directory);

/* Order clean paths so that a directory comes directly before everything in it. */
int path_compare(const char *a, const char *b);

#endif
