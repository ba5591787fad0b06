/*
 * Is this program in the foreground of a terminal?  See foreground.h.  Supervisor, with the
 * caller's rights.
 *
 * In a pid namespace whose terminal belongs to a shell outside (`unshare --pid --fork`), the
 * shell's process group and this program's group have no number here: both show as 0.  Then a
 * read of zero bytes tells: the kernel refuses it to a process in the background that blocks
 * SIGTTIN.
 */
#include "supervisor/foreground.h"

#include "base/fd.h"
#include "base/number.h"
#include "base/sys.h"

#include <errno.h>
#include <signal.h>
#include <string.h>
#include <unistd.h>

/*
 * Read zero bytes, on an open file of its own: O_NONBLOCK keeps the call from waiting for another
 * reader, and must not be set on the caller's open file.  0 or -errno.
 */
static int read_nothing(int fd)
{
	char link[sizeof("/proc/self/fd/") + 10], none;

	number_format(stpcpy(link, "/proc/self/fd/"), (unsigned int)fd);
	_cleanup_close_ int own = sys_openat(AT_FDCWD, link, O_RDONLY | O_NONBLOCK | O_NOCTTY, 0);
	return own < 0 ? own : (int)sys_result(read(own, &none, 0));
}

static enum foreground ask_by_reading(int fd)
{
	sigset_t stop, before;

	sigemptyset(&stop);
	sigaddset(&stop, SIGTTIN);
	pthread_sigmask(SIG_BLOCK, &stop, &before);
	int error = read_nothing(fd);
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	return !error || error == -EAGAIN ? FOREGROUND_OURS : FOREGROUND_OTHERS;
}

enum foreground foreground_ask(int fd)
{
	pid_t foreground = tcgetpgrp(fd);

	if (foreground < 0)
		return errno == ENOTTY || errno == EIO ? FOREGROUND_NONE : FOREGROUND_OTHERS;
	if (foreground != getpgrp())
		return FOREGROUND_OTHERS;
	return foreground ? FOREGROUND_OURS : ask_by_reading(fd);
}
