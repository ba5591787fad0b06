/* close_range(2) for kernels that do not have it; see close_each.c. */
#ifndef RIND_CHILD_CLOSE_EACH_H
#define RIND_CHILD_CLOSE_EACH_H

#include "base/error.h"

/*
 * Close every descriptor from first to last but one; process is our own directory of proc, open.
 * 0 or -errno.  The process has to have this one thread only.
 */
int close_each(int process, unsigned int first, unsigned int last, int keep) _must_check_;

/* By close_range(2), or without it.  The same; nothing where first is above last. */
int close_range_or_each(unsigned int first, unsigned int last) _must_check_;

#endif
