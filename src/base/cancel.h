/*
 * Disable pthread_cancel(3) while a function of the library runs.
 *
 * A cancelled thread ends in the next system call that is a cancellation point, and nearly all are:
 * half-way through a start, or in init, which is a copy of the thread.  There the program's
 * clean-up handlers would run with the sandbox's rights, on a copy of the program's memory.  Init
 * and the janitors inherit that cancellation is disabled.
 */
#ifndef RIND_BASE_CANCEL_H
#define RIND_BASE_CANCEL_H

#include <pthread.h>

static inline int cancellation_forbid(void)
{
	int before = PTHREAD_CANCEL_ENABLE;
	(void)pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &before);
	return before;
}

static inline void cancellation_restore(const int *before)
{
	int ignored;
	(void)pthread_setcancelstate(*before, &ignored);
}

/* Goes at the beginning of every public function that makes a system call; in force to its end. */
#define WITHOUT_CANCELLATION                                                                    \
	__attribute__((cleanup(cancellation_restore), unused)) const int cancellation_before_ = \
		cancellation_forbid()

#endif
