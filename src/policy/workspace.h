/* May the working directory be writable although nobody has named it? */
#ifndef RIND_POLICY_WORKSPACE_H
#define RIND_POLICY_WORKSPACE_H

#include "base/error.h"

/*
 * Refuse a directory that holds more than somebody's work: /, a home directory, and what a system
 * or its programs are installed in.  path: clean, without symlinks.  0, or -EPERM with what to type
 * in err.  Reads the environment; looks at the host only where the last name is that of $HOME.
 */
int workspace_check(const char *path, struct rind_error *err) _must_check_;

#endif
