/*
 * Descriptors that close themselves, and the rule that none of rind's own is 0, 1 or 2.
 *
 * Header only, and free of allocation, so that both sides of the clone may use it.
 */
#ifndef RIND_BASE_FD_H
#define RIND_BASE_FD_H

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <unistd.h>

/* close() is called once and never retried: on Linux the descriptor is gone even after EINTR. */
static inline void close_fd(int *fd)
{
	if (*fd >= 0)
		close(*fd);
	*fd = -1;
}

#define _cleanup_close_ __attribute__((cleanup(close_fd)))

/* Hand a descriptor over to a new owner: the variable forgets it. */
static inline int take_fd(int *fd)
{
	int taken = *fd;
	*fd = -1;
	return taken;
}

static inline void free_ptr(void *pointer)
{
	free(*(void **)pointer);
}

#define _cleanup_free_ __attribute__((cleanup(free_ptr)))

#define take_ptr(pointer)                               \
	({                                              \
		__typeof__(pointer) taken_ = (pointer); \
		(pointer) = NULL;                       \
		taken_;                                 \
	})

/*
 * Duplicate fd: a close-on-exec descriptor above 2, or -errno.  By syscall(2), since musl's
 * fcntl(3) afterwards sets FD_CLOEXEC on the number that was returned: where a filter answers the
 * call with 0 and does nothing, that would be the caller's standard input.
 */
static inline int fd_duplicate(int fd)
{
	long copy = syscall(SYS_fcntl, fd, F_DUPFD_CLOEXEC, STDERR_FILENO + 1);
	if (copy < 0)
		return -errno;
	return copy > STDERR_FILENO ? (int)copy : -EIO;
}

/*
 * Move *fd above 2 if the kernel put it on 0, 1 or 2 because the caller had closed that one: there
 * the command would get a descriptor of rind's own as its standard input or output.  Returns 0, or
 * -errno with *fd unchanged.
 */
static inline int fd_move_above_stdio(int *fd)
{
	if (*fd > STDERR_FILENO)
		return 0;
	int moved = fd_duplicate(*fd);
	if (moved < 0)
		return moved;
	close(*fd);
	*fd = moved;
	return 0;
}

#endif
