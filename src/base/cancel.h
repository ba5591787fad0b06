/*
 * pthread_cancel(3) waits until a function of the library is done.
 *
 * A thread that is cancelled acts on it in its next system call, or nearly any: half-way through a
 * start, and, since init is a copy of the thread, in init, where the program's clean-up handlers
 * would then run with the sandbox's rights and on a copy of the program's memory.  Init inherits
 * that it is forbidden, and so does a janitor.
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

/* At the beginning of every public function that makes a system call: until its end. */
#define WITHOUT_CANCELLATION                                                                    \
	__attribute__((cleanup(cancellation_restore), unused)) const int cancellation_before_ = \
		cancellation_forbid()

#endif
