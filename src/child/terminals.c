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

/*
 * Did opening the terminal fail only because no path leads to it, or this user cannot open it?
 * Then it stays as it is.
 */
static bool is_out_of_reach(const struct child *child, int error)
{
	if (child->call != CALL_OPEN && child->call != CALL_OPEN_TREE)
		return false;
	/* The device list of a control group refuses to open it. */
	if (error == -EPERM)
		return child->call == CALL_OPEN;
	return error == -ENOENT || error == -ENOTDIR || error == -EACCES || error == -ENXIO ||
	       error == -ESTALE || error == -ENODEV || error == -EINVAL || error == -ELOOP;
}

/* The classic backend is not set up yet, so mount_is_classic() cannot tell. */
static bool is_classic(const struct child *child)
{
	return !child->frozen->support.mount_calls;
}

/*
 * Without the newer mount calls: open it on the host's tree, whose mounts will turn read-only and
 * nodev.
 */
static int open_on_the_tree(struct child *child, const struct frozen_terminal *terminal, int flags)
{
	int fd = child_noted(child, CALL_OPEN, sys_openat(AT_FDCWD, terminal->path, flags, 0));
	return streams_verify(child, fd, &terminal->file, 0);
}

static int open_tree_again(struct child *child, int tree, int flags)
{
	char link[sizeof("/proc/self/fd/") + 10];

	number_format(stpcpy(link, "/proc/self/fd/"), (unsigned int)tree);
	return child_noted(child, CALL_OPEN, sys_openat(AT_FDCWD, link, flags, 0));
}

static int open_on_its_own(struct child *child, const struct frozen_terminal *terminal, int flags)
{
	uint64_t attributes = MOUNT_ATTR_RDONLY | MOUNT_ATTR_NOSUID | MOUNT_ATTR_NOEXEC;

	if (terminal->use == TERMINAL_WRITE && !child->frozen->landlock.read)
		attributes |= MOUNT_ATTR_NODEV;
	int clone = mount_clone(child, AT_FDCWD, terminal->path, AT_SYMLINK_NOFOLLOW);
	_cleanup_close_ int tree = streams_verify(child, clone, &terminal->file, 0);
	if (tree < 0)
		return tree;
	int again = open_tree_again(child, tree, flags);
	_cleanup_close_ int fd = streams_verify(child, again, &terminal->file, 0);
	if (fd < 0)
		return fd;
	int error = mount_add_attributes(child, tree, 0, attributes);
	return error < 0 ? error : take_fd(&fd);
}

static int open_terminal(struct child *child, const struct frozen_terminal *terminal)
{
	int mode = terminal->use == TERMINAL_WRITE ? O_WRONLY : terminal->flags & O_ACCMODE;
	int flags = mode | (terminal->flags & O_NONBLOCK) | O_NOCTTY;
	return is_classic(child) ? open_on_the_tree(child, terminal, flags)
				 : open_on_its_own(child, terminal, flags);
}

/*
 * Put fd in the terminal's place, and verify what it is open for.
 *
 * Detect a dup2(2) that did nothing.  It returns the descriptor's number, but for 0 a faked
 * success looks the same: so set close-on-exec on 0 first, which dup2 clears.
 */
static int take_place(
	struct child *child, int fd, const struct frozen_terminal *terminal, int expected)
{
	const int place = terminal->fd;
	long result = place == STDIN_FILENO ? sys_result(fcntl(place, F_SETFD, FD_CLOEXEC)) : 0;

	if (result >= 0)
		result = sys_result(dup2(fd, place));
	result = sys_answered(result, result == place);
	if (!result && place == STDIN_FILENO) {
		long flags = sys_result(fcntl(place, F_GETFD));
		result = sys_answered(flags, !(flags & FD_CLOEXEC));
	}
	if (!result && terminal->use != TERMINAL_KEEP) {
		long flags = sys_result(fcntl(place, F_GETFL));
		result = sys_answered(flags, (flags & O_ACCMODE) == expected);
	}
	return child_noted(child, CALL_FCNTL, result);
}

static int replace(struct child *child, const struct frozen_terminal *terminal)
{
	/*
	 * On the classic backend the tree will be nodev, and the command may open /dev/stdin:
	 * leave it.
	 */
	if (terminal->use == TERMINAL_KEEP && is_classic(child))
		return 0;
	_cleanup_close_ int fd = open_terminal(child, terminal);
	if (fd < 0)
		return !terminal->required && is_out_of_reach(child, fd) ? 0 : fd;
	return take_place(child, fd, terminal, O_WRONLY);
}

int terminals_replace(struct child *child)
{
	const struct frozen *frozen = child->frozen;
	int error = 0;

	for (size_t i = 0; !error && i < frozen->fds.terminal_count; i++)
		if (frozen->fds.terminals[i].use != TERMINAL_NONE)
			error = replace(child, &frozen->fds.terminals[i]);
	return error;
}

int terminals_take_away(struct child *child)
{
	const struct frozen *frozen = child->frozen;
	int error = 0;

	for (size_t i = 0; !error && i < frozen->fds.terminal_count; i++) {
		if (frozen->fds.terminals[i].use != TERMINAL_NONE)
			continue;
		_cleanup_close_ int fd = child_noted(
			child, CALL_OPEN, sys_openat(AT_FDCWD, "/dev/null", O_RDONLY, 0));
		error = fd < 0 ? fd : take_place(child, fd, &frozen->fds.terminals[i], O_RDONLY);
	}
	return error;
}
