/* close_range(2) for kernels without it; see close_each.c. */
#ifndef RIND_CHILD_CLOSE_EACH_H
#define RIND_CHILD_CLOSE_EACH_H

#include "base/error.h"

/*
 * Close every descriptor from first to last, except keep.  process: an open descriptor of our own
 * /proc/self.  0 or -errno.  Only for a process with one thread: another thread could open
 * descriptors meanwhile.
 */
int close_each(int process, unsigned int first, unsigned int last, int keep) _must_check_;

/* The same, by close_range(2) where the kernel has it.  Does nothing where first is above last. */
int close_range_or_each(unsigned int first, unsigned int last) _must_check_;

#endif
