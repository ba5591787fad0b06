/* "Did you mean" for paths: the most similar name in the same directory. */
#ifndef RIND_POLICY_PATH_SUGGEST_H
#define RIND_POLICY_PATH_SUGGEST_H

#include "base/arena.h"

/*
 * missing: a clean path whose last component does not exist.  Returns the path in the same
 * directory whose name is most similar, in the arena; NULL: none is similar, or the directory
 * cannot be read.
 */
const char *path_suggest(struct arena *arena, const char *missing);

#endif
