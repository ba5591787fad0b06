/*
 * Decides what the command may do with a terminal that it gets; see child/terminals.c for why.
 * Supervisor, before the clone.
 */
#include "supervisor/foreground.h"
#include "supervisor/freeze.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <sys/sysmacros.h>
#include <termios.h>
#include <unistd.h>

enum {
	/* the major number of /dev/null and similar devices, which are no terminals */
	MEMORY_DEVICES = 1,
	MULTIPLEXER_MAJOR = 5,
	MULTIPLEXER_MINOR = 2,
};

/*
 * The master side of a pty has no foreground, and opening /dev/ptmx again would make another pty.
 */
static bool is_master(const struct stat *stat)
{
	return stat->st_rdev == makedev(MULTIPLEXER_MAJOR, MULTIPLEXER_MINOR);
}

static bool is_standard_input(struct freeze *f, const struct stat *stat)
{
	struct stat input;
	return !f->plan->null_stdin && fstat(freeze_source(f->ret, STDIN_FILENO), &input) == 0 &&
	       S_ISCHR(input.st_mode) && input.st_rdev == stat->st_rdev;
}

/* Take any answer but a clear "no" for "yes".  EIO: it has been hung up, for good. */
static bool is_terminal(int fd)
{
	struct termios settings;
	return tcgetattr(fd, &settings) == 0 ||
	       (errno != ENOTTY && errno != EINVAL && errno != EIO);
}

/*
 * Only the foreground may read.  For a terminal that is not our session's controlling terminal
 * the kernel keeps no process from reading.
 */
static enum terminal_use choose_use(
	struct freeze *f, int fd, const struct stat *stat, bool *ret_background)
{
	enum foreground foreground = foreground_ask(freeze_source(f->ret, fd));

	*ret_background = foreground == FOREGROUND_OTHERS;
	if (*ret_background)
		return fd == STDIN_FILENO ? TERMINAL_NONE : TERMINAL_WRITE;
	/* A kept descriptor is given to be read. */
	return foreground == FOREGROUND_NONE || fd > STDERR_FILENO || is_standard_input(f, stat)
		       ? TERMINAL_KEEP
		       : TERMINAL_WRITE;
}

int freeze_terminal(struct freeze *f, int fd, const struct stat *stat)
{
	const int source = freeze_source(f->ret, fd);
	char path[PATH_MAX];

	if (!S_ISCHR(stat->st_mode) || major(stat->st_rdev) == MEMORY_DEVICES || is_master(stat) ||
		!is_terminal(source))
		return 0;
	int flags = fcntl(source, F_GETFL);
	if (flags < 0)
		return freeze_fail(f, fd, "fcntl", -errno);
	if (flags & O_PATH)
		return 0;
	int error = freeze_path(f, fd, path, sizeof(path));
	if (error < 0)
		return error;
	struct frozen_terminal *terminals = arena_grow(
		f->arena, f->ret->fds.terminals, f->ret->fds.terminal_count, sizeof(*terminals));
	const char *copy = arena_strdup(f->arena, path);
	if (!terminals || !copy)
		return rind_error_no_memory(f->err);
	struct frozen_terminal *terminal = &terminals[f->ret->fds.terminal_count++];
	*terminal = (struct frozen_terminal){
		.fd = fd,
		.flags = flags,
		.path = copy,
		.file = {stat->st_dev, stat->st_ino},
	};
	f->ret->fds.terminals = terminals;
	/* In the caller's own session the kernel stops a background process that reads. */
	if (f->ret->plan->new_session)
		terminal->use = choose_use(f, fd, stat, &terminal->required);
	/* A descriptor for reading only cannot become one for writing only. */
	if (terminal->use == TERMINAL_WRITE && (flags & O_ACCMODE) == O_RDONLY)
		terminal->use = TERMINAL_NONE;
	return 1;
}
