/*
 * Child side, in init: reopens the terminals that the command gets as standard input, output or
 * error, or as kept descriptors.
 *
 * The command would otherwise share open files with the caller's shell.  And the kernel keeps
 * only processes of the terminal's own session from reading in the background; the command is in
 * another session.  So it gets open files of its own:
 *
 *   - in the background, /dev/null as standard input, and write-only output and error;
 *   - write-only output and error also where standard input is no terminal: a background job
 *     of a script is in the foreground process group, and could read through standard error;
 *   - the flags that it sets (O_NONBLOCK, O_ASYNC and its signal) affect nobody else;
 *   - they are on a read-only mount of their own, so that owner, mode and times stay.
 *
 * A write-only terminal could be reopened for reading through /proc/self/fd.  Landlock refuses
 * that (landlock.c): the mount is detached, hence not beneath /, where reading is allowed.
 * Without Landlock the mount is nodev, and then `>/dev/stderr` fails as well.
 *
 * terminals_replace() runs before the mounts, since afterwards no path leads to the host's
 * /dev/pts; terminals_take_away() after them, since it opens the sandbox's own /dev/null.
 */
#include "base/number.h"
#include "child/steps.h"
#include "mount/mount.h"

#include <string.h>

/* No path leads to the terminal, or this user cannot open it: then it stays as it is. */
static bool is_out_of_reach(int error)
{
	return error == -ENOENT || error == -ENOTDIR || error == -EACCES || error == -ENXIO ||
	       error == -ESTALE || error == -ENODEV || error == -EINVAL || error == -ELOOP;
}

/* EPERM: the device list of a control group refuses to open it. */
static bool is_not_opened(int error)
{
	return error == -EPERM || is_out_of_reach(error);
}

/* The classic backend is not set up yet, so mount_is_classic() cannot tell. */
static bool is_classic(const struct child *child)
{
	return !child->frozen->support.mount_calls;
}

/* Is fd open on this terminal?  If another file is at the path, no path leads to the terminal. */
static int check_same(
	struct child *child, int fd, const struct frozen_terminal *terminal, bool *ret_beyond)
{
	struct stat stat;
	int error = sys_fstat(fd, &stat);
	if (error < 0)
		return (int)child_noted(child, CALL_FSTAT, error);
	*ret_beyond = stat.st_dev != terminal->file.device || stat.st_ino != terminal->file.inode;
	return *ret_beyond ? (int)child_noted(child, CALL_OPEN, -ESTALE) : 0;
}

/*
 * Without the newer mount calls: open it on the host's tree, whose mounts will turn read-only and
 * nodev.
 */
static int open_on_the_tree(
	struct child *child, const struct frozen_terminal *terminal, int flags, bool *ret_beyond)
{
	_cleanup_close_ int fd =
		(int)child_noted(child, CALL_OPEN, sys_openat(AT_FDCWD, terminal->path, flags, 0));
	*ret_beyond = is_not_opened(fd);
	if (fd < 0)
		return fd;
	int error = check_same(child, fd, terminal, ret_beyond);
	return error < 0 ? error : take_fd(&fd);
}

static int open_tree_again(struct child *child, int tree, int flags)
{
	char link[sizeof("/proc/self/fd/") + 10];

	number_format(stpcpy(link, "/proc/self/fd/"), (unsigned int)tree);
	return (int)child_noted(child, CALL_OPEN, sys_openat(AT_FDCWD, link, flags, 0));
}

static int open_on_its_own(
	struct child *child, const struct frozen_terminal *terminal, int flags, bool *ret_beyond)
{
	uint64_t attributes = MOUNT_ATTR_RDONLY | MOUNT_ATTR_NOSUID | MOUNT_ATTR_NOEXEC;

	if (terminal->use == TERMINAL_WRITE && !child->frozen->landlock_read)
		attributes |= MOUNT_ATTR_NODEV;
	_cleanup_close_ int tree =
		mount_clone(child, AT_FDCWD, terminal->path, AT_SYMLINK_NOFOLLOW);
	*ret_beyond = is_out_of_reach(tree);
	if (tree < 0)
		return tree;
	int error = check_same(child, tree, terminal, ret_beyond);
	if (error < 0)
		return error;
	_cleanup_close_ int fd = open_tree_again(child, tree, flags);
	*ret_beyond = is_not_opened(fd);
	if (fd < 0)
		return fd;
	error = check_same(child, fd, terminal, ret_beyond);
	if (!error)
		error = mount_add_attributes(child, tree, 0, attributes);
	return error < 0 ? error : take_fd(&fd);
}

/* *ret_beyond: it failed only because the terminal is out of reach. */
static int open_terminal(
	struct child *child, const struct frozen_terminal *terminal, bool *ret_beyond)
{
	int mode = terminal->use == TERMINAL_WRITE ? O_WRONLY : terminal->flags & O_ACCMODE;
	int flags = mode | (terminal->flags & O_NONBLOCK) | O_NOCTTY;
	return is_classic(child) ? open_on_the_tree(child, terminal, flags, ret_beyond)
				 : open_on_its_own(child, terminal, flags, ret_beyond);
}

/*
 * Detect a dup2(2) that did nothing.  It returns the descriptor's number, but for 0 a faked
 * success looks the same: so set close-on-exec on 0 first, which dup2 clears.
 */
static int mark_standard_input(int fd)
{
	return fd == STDIN_FILENO ? (int)sys_result(fcntl(fd, F_SETFD, FD_CLOEXEC)) : 0;
}

static long check_standard_input(int fd)
{
	long flags = fd == STDIN_FILENO ? sys_result(fcntl(fd, F_GETFD)) : 0;
	return sys_answered(flags, !(flags & FD_CLOEXEC));
}

/* Put fd in the terminal's place, and verify what it is open for. */
static int take_place(
	struct child *child, int fd, const struct frozen_terminal *terminal, int expected)
{
	long result = mark_standard_input(terminal->fd);
	if (result >= 0)
		result = sys_result(dup2(fd, terminal->fd));
	result = sys_answered(result, result == terminal->fd);
	if (result >= 0)
		result = check_standard_input(terminal->fd);
	if (result >= 0 && terminal->use != TERMINAL_KEEP) {
		long flags = sys_result(fcntl(terminal->fd, F_GETFL));
		result = sys_answered(flags, flags >= 0 && (flags & O_ACCMODE) == expected);
	}
	return result < 0 ? (int)child_noted(child, CALL_FCNTL, result) : 0;
}

static int replace(struct child *child, const struct frozen_terminal *terminal)
{
	/*
	 * On the classic backend the tree will be nodev, and the command may open /dev/stdin:
	 * leave it.
	 */
	if (terminal->use == TERMINAL_KEEP && is_classic(child))
		return 0;
	bool beyond = false;
	_cleanup_close_ int fd = open_terminal(child, terminal, &beyond);
	if (!terminal->required && beyond)
		return 0;
	return fd < 0 ? fd : take_place(child, fd, terminal, O_WRONLY);
}

int terminals_replace(struct child *child)
{
	const struct frozen *frozen = child->frozen;
	int error = 0;

	for (size_t i = 0; !error && i < frozen->terminal_count; i++)
		if (frozen->terminals[i].use != TERMINAL_NONE)
			error = replace(child, &frozen->terminals[i]);
	return error;
}

int terminals_take_away(struct child *child)
{
	const struct frozen *frozen = child->frozen;
	int error = 0;

	for (size_t i = 0; !error && i < frozen->terminal_count; i++) {
		if (frozen->terminals[i].use != TERMINAL_NONE)
			continue;
		_cleanup_close_ int fd = (int)child_noted(
			child, CALL_OPEN, sys_openat(AT_FDCWD, "/dev/null", O_RDONLY, 0));
		error = fd < 0 ? fd : take_place(child, fd, &frozen->terminals[i], O_RDONLY);
	}
	return error;
}
