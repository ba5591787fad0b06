/* Child side: open a path as if a directory were the root; see in_root.c. */
#ifndef RIND_MOUNT_IN_ROOT_H
#define RIND_MOUNT_IN_ROOT_H

#include "base/error.h"

#include <stdint.h>

/* As sys_open_in_root(), but it also works without openat2(2).  A descriptor or -errno. */
int in_root_open(int root, const char *path, uint64_t flags, unsigned int mode) _must_check_;

/* The same, never by openat2(2). */
int in_root_walk(int root, const char *path, uint64_t flags, unsigned int mode) _must_check_;

#endif
