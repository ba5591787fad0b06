/*
 * Placeholders, in the supervisor and in the janitor; see placeholder.h.
 *
 * Both work on the host with the caller's rights and nothing else.  The janitor may be the copy of
 * one thread of a threaded program: it only makes system calls on memory that was there before.
 */
#include "sandbox/placeholder.h"

#include "base/fd.h"
#include "base/mark.h"
#include "base/sys.h"
#include "sandbox/idle.h"
#include "sandbox/protocol.h"

#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <time.h>

enum {
	LOCK_ATTEMPTS = 1000,
	LOCK_PAUSE_NS = 1000 * 1000,
};

void placeholders_init(struct placeholders *set, size_t capacity, int init_pidfd)
{
	*set = (struct placeholders){
		.capacity = capacity,
		.init_pidfd = init_pidfd,
		.janitor_pidfd = -1,
		.janitor_socket = -1,
	};
}

/* --- one placeholder --------------------------------------------------------------------------- */

/* Does directory/name still lead to the open file? */
static bool is_still_there(const struct placeholder *item, const struct stat *opened)
{
	struct stat named;
	return !fstatat(item->directory, item->name, &named, AT_SYMLINK_NOFOLLOW) &&
	       named.st_dev == opened->st_dev && named.st_ino == opened->st_ino;
}

static int create(const struct placeholder *item)
{
	int fd = sys_openat(
		item->directory, item->name, O_RDONLY | O_CREAT | O_EXCL | O_NOFOLLOW, MARK_MODE);
	/* The umask may have taken the read bits that another user's sandbox needs for the lock. */
	if (fd >= 0 && fchmod(fd, MARK_MODE) < 0) {
		int error = -errno;
		unlinkat(item->directory, item->name, 0);
		close(fd);
		return error;
	}
	return fd;
}

/*
 * Could the command make this path itself, which would have been refused to us?  It has our own
 * ids and no capability, so it could only if it can change the directory's mode: as its owner.
 */
static bool is_out_of_reach(const struct placeholder *item, int error)
{
	struct stat stat;
	if (error == -EROFS)
		return true;
	return (error == -EACCES || error == -EPERM) && !fstat(item->directory, &stat) &&
	       stat.st_uid != geteuid();
}

/* Open what is there, or make it: a descriptor, or -errno, or PLACEHOLDER_*. */
static int open_or_create(const struct placeholder *item, int *ret_fd)
{
	int fd = create(item);
	if (fd < 0 && fd != -EEXIST)
		return is_out_of_reach(item, fd) ? PLACEHOLDER_NOT_NEEDED : fd;
	if (fd == -EEXIST)
		fd = sys_openat(item->directory, item->name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK, 0);
	if (fd == -ENOENT || fd == -ELOOP)
		return PLACEHOLDER_LOOK_AGAIN;
	/* There, but not to be read: so not made by us, nor out of the command's reach. */
	if (fd == -EACCES || fd == -EPERM)
		return PLACEHOLDER_FOREIGN;
	if (fd < 0)
		return fd;
	*ret_fd = fd;
	return 0;
}

/*
 * Lock it against removal.  Only a sandbox that is just removing it holds the lock exclusively, and
 * briefly; whoever holds it longer is not one of ours.
 */
static int lock_shared(int fd)
{
	const struct timespec pause = {.tv_nsec = LOCK_PAUSE_NS};

	for (int i = 0; i < LOCK_ATTEMPTS; i++) {
		if (!flock(fd, LOCK_SH | LOCK_NB))
			return 0;
		if (errno != EWOULDBLOCK && errno != EINTR)
			return -errno;
		nanosleep(&pause, NULL);
	}
	return -EBUSY;
}

static int acquire(struct placeholder *item, struct stat *ret)
{
	_cleanup_close_ int fd = -1;
	int result = open_or_create(item, &fd);
	if (result)
		return result;
	result = lock_shared(fd);
	if (result < 0)
		return result;
	/* While we waited for the lock it may have been removed, or been somebody's own file all along. */
	if (fstat(fd, ret) < 0)
		return -errno;
	if (!mark_is_placeholder(ret) || !is_still_there(item, ret))
		return PLACEHOLDER_LOOK_AGAIN;
	item->lock = take_fd(&fd);
	return 0;
}

/* chmod(2) of a directory that is only open as a path, and may be closed to its owner. */
static int change_mode(int directory, mode_t mode)
{
	char path[] = "/proc/self/fd/..........";
	char *digit = path + sizeof(path) - 1;

	/* The digits from the end, and the directory's name moved up to them. */
	for (unsigned int rest = (unsigned int)directory; digit == path + sizeof(path) - 1 || rest;
		rest /= 10)
		*--digit = (char)('0' + rest % 10);
	memmove(path + strlen("/proc/self/fd/"), digit, strlen(digit) + 1);
	return (int)sys_result(chmod(path, mode));
}

/*
 * The command may have taken its own rights from the directory that the placeholder is in.  For as
 * long as it is removed they come back, if they are ours to give.
 */
static bool open_directory(const struct placeholder *item, mode_t *ret_mode)
{
	struct stat stat;
	const mode_t needed = S_IWUSR | S_IXUSR;

	if (fstat(item->directory, &stat) < 0 || (stat.st_mode & needed) == needed ||
		stat.st_uid != geteuid())
		return false;
	*ret_mode = stat.st_mode & 07777;
	return change_mode(item->directory, *ret_mode | needed) == 0;
}

/*
 * Remove it if we are the last to use it, and it is what we made.  Without a lock of its own (its
 * maker was killed in between) the item is looked up again.
 */
static void remove_from_open_directory(struct placeholder *item)
{
	struct stat stat;
	_cleanup_close_ int fd = item->lock;
	if (fd < 0)
		fd = sys_openat(item->directory, item->name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK, 0);
	item->lock = -1;

	if (fd < 0 || flock(fd, LOCK_EX | LOCK_NB) < 0)
		return;
	if (!fstat(fd, &stat) && mark_is_placeholder(&stat) && is_still_there(item, &stat))
		unlinkat(item->directory, item->name, 0);
}

static void remove_if_last(struct placeholder *item)
{
	mode_t mode = 0;
	bool opened = open_directory(item, &mode);

	remove_from_open_directory(item);
	if (opened)
		(void)change_mode(item->directory, mode);
}

/* --- the janitor ------------------------------------------------------------------------------- */

/* Take over what the supervisor announces, until it is gone. */
static void janitor_listen(struct placeholders *set, int socket)
{
	struct pollfd announced = {.fd = socket, .events = POLLIN};
	struct message message;
	int fd;

	while (idle_poll(&announced, 1, -1) > 0 && message_receive(socket, &message, &fd, 0) > 0) {
		if (message.type == MESSAGE_PLACEHOLDER && set->count < set->capacity) {
			struct placeholder *item = &set->items[set->count++];
			item->directory = fd;
			item->lock = -1;
			memcpy(item->name, message.placeholder.name, sizeof(item->name));
		} else if (message.type == MESSAGE_HOLD && set->count) {
			set->items[set->count - 1].lock = fd;
		}
	}
}

static void __attribute__((noreturn)) janitor_main(struct placeholders *set, int socket)
{
	struct pollfd init = {.fd = set->init_pidfd, .events = POLLIN};

	janitor_listen(set, socket);
	/* Not before init, and all that it takes along, has ended: a mask may still be in use. */
	(void)idle_poll(&init, 1, -1);
	for (size_t i = 0; i < set->count; i++)
		remove_if_last(&set->items[i]);
	_exit(0);
}

/* The janitor keeps its socket, init's pidfd, and 0-2, whose end-of-file says that all is done. */
static void close_all_but(int a, int b)
{
	unsigned int low = (unsigned int)(a < b ? a : b), high = (unsigned int)(a < b ? b : a);
	(void)sys_close_range(STDERR_FILENO + 1, low - 1, 0);
	(void)sys_close_range(low + 1, high - 1, 0);
	(void)sys_close_range(high + 1, ~0U, 0);
}

static int clone_janitor(struct placeholders *set, int ours, int theirs)
{
	struct clone_args args = {
		.flags = CLONE_PIDFD,
		.pidfd = (uintptr_t)&set->janitor_pidfd,
	};
	uint64_t all = ~0ULL, mask;

	/* Blocked before, not in the janitor: no moment in which a signal could end it. */
	(void)sys_sigmask(SIG_SETMASK, &all, &mask);
	long pid = sys_clone3(&args);
	if (!pid) {
		close(ours);
		close_all_but(theirs, set->init_pidfd);
		janitor_main(set, theirs);
	}
	(void)sys_sigmask(SIG_SETMASK, &mask, NULL);
	if (pid < 0)
		return (int)pid;
	/*
	 * Out of the caller's process group, which may be killed as a whole; and set from here, so
	 * that it is done before the first placeholder is made.
	 */
	return (int)sys_result(setpgid((pid_t)pid, (pid_t)pid));
}

static int start_janitor(struct placeholders *set)
{
	int pair[2];

	if (!set->items)
		set->items = calloc(set->capacity, sizeof(*set->items));
	if (!set->items)
		return -ENOMEM;
	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) < 0)
		return -errno;
	_cleanup_close_ int ours = pair[0], theirs = pair[1];

	int error = fd_move_above_stdio(&ours);
	if (!error)
		error = fd_move_above_stdio(&theirs);
	if (!error)
		error = clone_janitor(set, ours, theirs);
	if (error < 0)
		return error;
	set->janitor_socket = take_fd(&ours);
	return 0;
}

/* --- the set ----------------------------------------------------------------------------------- */

/* The janitor knows of it before it exists, and holds its lock from when there is one. */
static int announce(struct placeholders *set, const struct placeholder *item)
{
	struct message message = {.type = MESSAGE_PLACEHOLDER};
	memcpy(message.placeholder.name, item->name, sizeof(item->name));
	return message_send(set->janitor_socket, &message, item->directory);
}

static int announce_lock(struct placeholders *set, const struct placeholder *item)
{
	struct message message = {.type = MESSAGE_HOLD};
	return message_send(set->janitor_socket, &message, item->lock);
}

int placeholders_add(struct placeholders *set, int directory, const char *name, struct stat *ret)
{
	_cleanup_close_ int owned = directory;

	if (set->count == set->capacity)
		return -ENOSPC;
	int error = set->janitor_socket < 0 ? start_janitor(set) : 0;
	if (error < 0)
		return error;

	struct placeholder *item = &set->items[set->count];
	item->directory = take_fd(&owned);
	item->lock = -1;
	memcpy(item->name, name, strnlen(name, NAME_MAX));
	error = announce(set, item);
	if (error < 0) {
		close_fd(&item->directory);
		return error;
	}
	/* Counted even if it fails below: the janitor has it too. */
	set->count++;
	error = acquire(item, ret);
	return error ? error : announce_lock(set, item);
}

void placeholders_finish(struct placeholders *set)
{
	siginfo_t info;

	for (size_t i = 0; i < set->count; i++) {
		/* No lock: it was never made, or not by us. */
		if (set->items[i].lock >= 0)
			remove_if_last(&set->items[i]);
		close_fd(&set->items[i].directory);
	}
	free(take_ptr(set->items));
	set->count = 0;
	if (set->janitor_pidfd >= 0) {
		(void)sys_pidfd_send_signal(set->janitor_pidfd, SIGKILL);
		while (sys_waitid_pidfd(set->janitor_pidfd, &info, WEXITED) == -EINTR)
			;
	}
	close_fd(&set->janitor_socket);
	close_fd(&set->janitor_pidfd);
}
