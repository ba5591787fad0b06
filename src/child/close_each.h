/* close_range(2) for kernels without it; see close_each.c. */
#ifndef RIND_CHILD_CLOSE_EACH_H
#define RIND_CHILD_CLOSE_EACH_H

#include "base/error.h"

#include <stddef.h>

/*
 * Close every descriptor from first to last, except keep.  process: an open descriptor of our own
 * /proc/self.  0 or -errno.  Only for a process with one thread: another thread could open
 * descriptors meanwhile.
 */
int close_each(int process, unsigned int first, unsigned int last, int keep) _must_check_;

/* The same, by close_range(2) where the kernel has it.  Does nothing where first is above last. */
int close_range_or_each(unsigned int first, unsigned int last) _must_check_;

/*
 * Close all descriptors but the kept ones (-1: none) and 0-2: a reader of 0-2 takes their
 * end-of-file for the end of all the work.
 */
int close_all_but(const int *kept, size_t count) _must_check_;

#endif
