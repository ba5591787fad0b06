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

static bool is_standard_input(
	const struct rind_plan *plan, const struct frozen *frozen, const struct stat *stat)
{
	struct stat input;
	return !plan->null_stdin && fstat(freeze_source(frozen, STDIN_FILENO), &input) == 0 &&
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
static enum terminal_use choose_use(const struct rind_plan *plan, const struct frozen *frozen,
	int fd, const struct stat *stat, bool *ret_background)
{
	enum foreground foreground = foreground_ask(freeze_source(frozen, fd));

	*ret_background = foreground == FOREGROUND_OTHERS;
	if (*ret_background)
		return fd == STDIN_FILENO ? TERMINAL_NONE : TERMINAL_WRITE;
	/* A kept descriptor is given to be read. */
	return foreground == FOREGROUND_NONE || fd > STDERR_FILENO ||
			       is_standard_input(plan, frozen, stat)
		       ? TERMINAL_KEEP
		       : TERMINAL_WRITE;
}

int freeze_terminal(const struct rind_plan *plan, int fd, const struct stat *stat,
	struct arena *arena, struct frozen *frozen, struct rind_error *err)
{
	const int source = freeze_source(frozen, fd);
	char path[PATH_MAX];

	if (!S_ISCHR(stat->st_mode) || major(stat->st_rdev) == MEMORY_DEVICES || is_master(stat) ||
		!is_terminal(source))
		return 0;
	int flags = fcntl(source, F_GETFL);
	if (flags < 0)
		return rind_error_set(
			err, -errno, "descriptor %d: fcntl: %s", fd, errno_text(errno));
	if (flags & O_PATH)
		return 0;
	int error = freeze_path(frozen, fd, path, sizeof(path), err);
	if (error < 0)
		return error;
	struct frozen_terminal *terminals =
		arena_grow(arena, frozen->terminals, frozen->terminal_count, sizeof(*terminals));
	const char *copy = arena_strdup(arena, path);
	if (!terminals || !copy)
		return rind_error_no_memory(err);
	struct frozen_terminal *terminal = &terminals[frozen->terminal_count++];
	*terminal = (struct frozen_terminal){
		.fd = fd,
		.flags = flags,
		.path = copy,
		.file = {stat->st_dev, stat->st_ino},
	};
	frozen->terminals = terminals;
	/* In the caller's own session the kernel stops a background process that reads. */
	if (frozen->plan->new_session)
		terminal->use = choose_use(plan, frozen, fd, stat, &terminal->required);
	/* A descriptor for reading only cannot become one for writing only. */
	if (terminal->use == TERMINAL_WRITE && (flags & O_ACCMODE) == O_RDONLY)
		terminal->use = TERMINAL_NONE;
	return 1;
}
