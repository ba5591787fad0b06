/* "Did you mean" for paths: what there is instead of one that is missing. */
#ifndef RIND_POLICY_PATH_SUGGEST_H
#define RIND_POLICY_PATH_SUGGEST_H

#include "base/arena.h"

/*
 * missing is a clean path whose last component is not there: the path in the same directory whose
 * name is nearest to that, in the arena; NULL where none is near, or the directory cannot be read.
 */
const char *path_suggest(struct arena *arena, const char *missing);

#endif
