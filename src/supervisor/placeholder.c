/*
 * Placeholders, in the supervisor and in the janitor; see placeholder.h.
 *
 * Both work on the host with the caller's rights and nothing else.  The janitor may be the copy of
 * one thread of a threaded program: it only makes system calls on memory that was there before.
 * Child side from janitor_main() on.
 */
#include "supervisor/placeholder.h"

#include "base/fd.h"
#include "base/number.h"
#include "base/placeholder_mark.h"
#include "base/sys.h"
#include "base/unmap_code.h"
#include "child/close_each.h"
#include "sandbox/protocol.h"

#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <time.h>

enum {
	LOCK_ATTEMPTS = 1000,
	LOCK_PAUSE_NS = 1000 * 1000,
	INIT_PAUSE_NS = 10 * 1000 * 1000,
};

void placeholders_init(struct placeholders *set, size_t capacity)
{
	*set = (struct placeholders){
		.capacity = capacity,
		.janitor = {.fd = -1},
		.janitor_socket = -1,
	};
}

/* --- one placeholder -------------------------------------------------------------------------- */

/* Does directory/name still lead to the open file?  1, 0 or -errno. */
static int is_still_there(const struct placeholder *item, const struct stat *opened)
{
	struct stat named;
	int error = sys_fstatat(item->directory, item->name, &named, AT_SYMLINK_NOFOLLOW);
	if (error == -ENOENT)
		return 0;
	if (error < 0)
		return error;
	return named.st_dev == opened->st_dev && named.st_ino == opened->st_ino;
}

/*
 * Can the file system carry a placeholder?  It has to keep the mark (FAT keeps no sticky bit) and
 * to know locks (that of the document portal has none): without them nobody could tell when to
 * remove it.  -ENOENT: somebody has removed it since, or put another file in its place.
 */
static int check_carrier(int fd)
{
	struct stat stat;
	int error = sys_fstat(fd, &stat);
	if (error < 0)
		return error;
	if (!stat.st_nlink)
		return -ENOENT;
	if (!(stat.st_mode & S_ISVTX))
		return -EOPNOTSUPP;
	error = (int)sys_result(flock(fd, LOCK_SH | LOCK_NB));
	return error == -ENOSYS || error == -EINVAL || error == -ENOLCK || error == -EOPNOTSUPP
		       ? -EOPNOTSUPP
		       : 0; /* any other is for lock_shared() */
}

/* Take back what was just made, but not what somebody else may have put there since. */
static void discard(const struct placeholder *item, int fd)
{
	struct stat stat;

	if (!sys_fstat(fd, &stat) && is_still_there(item, &stat) > 0)
		unlinkat(item->directory, item->name, 0);
}

static int create(const struct placeholder *item)
{
	_cleanup_close_ int fd = sys_openat(item->directory, item->name,
		O_RDONLY | O_CREAT | O_EXCL | O_NOFOLLOW, PLACEHOLDER_MARK_MODE);
	/*
	 * A file system of FUSE may make nothing at all: it, and not the kernel, lacks something.
	 */
	if (fd < 0)
		return fd == -ENOSYS ? -EOPNOTSUPP : fd;
	/* The umask may have taken the read bits that another user's sandbox needs for the lock. */
	int error = (int)sys_result(fchmod(fd, PLACEHOLDER_MARK_MODE));
	if (!error)
		error = check_carrier(fd);
	if (error < 0) {
		discard(item, fd);
		return error;
	}
	return take_fd(&fd);
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
	return (error == -EACCES || error == -EPERM) && !sys_fstat(item->directory, &stat) &&
	       stat.st_uid != geteuid();
}

/* Open what is there, or make it: a descriptor, or -errno, or PLACEHOLDER_*. */
static int open_or_create(const struct placeholder *item, int *ret_fd)
{
	int fd = create(item);
	if (fd == -ENOENT)
		return PLACEHOLDER_LOOK_AGAIN;
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
	/* Kept from here on: if what follows fails, this one is removed like any other. */
	item->lock = take_fd(&fd);
	result = lock_shared(item->lock);
	if (result < 0)
		return result;
	/*
	 * While we waited for the lock it may have been removed, or been somebody's own file all
	 * along.
	 */
	result = sys_fstat(item->lock, ret);
	if (result < 0)
		return result;
	int there = placeholder_mark_found(ret) ? is_still_there(item, ret) : 0;
	if (there < 0)
		return there;
	if (there)
		return 0;
	close_fd(&item->lock);
	return PLACEHOLDER_LOOK_AGAIN;
}

/* The lock that it may have from before is kept until there is another. */
static int acquire_anew(struct placeholder *item, struct stat *ret)
{
	_cleanup_close_ int before = item->lock;
	item->lock = -1;
	int result = acquire(item, ret);
	if (item->lock < 0)
		item->lock = take_fd(&before);
	return result;
}

/* chmod(2) of a directory that is only open as a path, and may be closed to its owner. */
static int change_mode(int directory, mode_t mode)
{
	char path[sizeof("/proc/self/fd/") + NUMBER_SIZE];

	number_format(stpcpy(path, "/proc/self/fd/"), (unsigned int)directory);
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

	if (sys_fstat(item->directory, &stat) < 0 || (stat.st_mode & needed) == needed ||
		stat.st_uid != geteuid())
		return false;
	*ret_mode = stat.st_mode & 07777;
	return change_mode(item->directory, *ret_mode | needed) == 0;
}

/*
 * Remove it if it is what we made.  0: done, or nothing to be done; -errno: it may still be there.
 */
static int remove_locked(const struct placeholder *item, int fd)
{
	struct stat stat;
	int error = sys_fstat(fd, &stat);
	if (error < 0)
		return error;
	int there = placeholder_mark_found(&stat) ? is_still_there(item, &stat) : 0;
	if (there <= 0)
		return there;
	long removed = sys_result(unlinkat(item->directory, item->name, 0));
	if (removed < 0)
		return (int)removed;
	error = sys_fstat(fd, &stat);
	return error < 0 ? error : sys_answered(0, stat.st_nlink == 0);
}

/*
 * Remove it if we are the last to use it, and as remove_locked() return what came of it; the
 * janitor tries again what has failed, by another call.  Without a lock of its own (its maker was
 * killed in between) the item is looked up again.
 */
static int remove_from_open_directory(struct placeholder *item)
{
	_cleanup_close_ int fd = item->lock;
	item->lock = -1;
	if (fd < 0)
		fd = sys_openat(item->directory, item->name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK, 0);
	if (fd == -ENOENT || fd == -ELOOP || fd == -EACCES)
		return 0; /* gone, or not one of ours */
	if (fd < 0)
		return fd;
	long locked = sys_result(flock(fd, LOCK_EX | LOCK_NB));
	/* -EWOULDBLOCK: whoever has it is the last, later. */
	return locked < 0 ? (int)locked : remove_locked(item, fd);
}

static int remove_if_last(struct placeholder *item)
{
	mode_t mode = 0;
	bool opened = open_directory(item, &mode);
	int error = remove_from_open_directory(item);

	if (opened)
		(void)change_mode(item->directory, mode);
	return error;
}

/* --- the janitor ------------------------------------------------------------------------------ */

/*
 * Take over what the supervisor announces, until it is gone: which is believed when it is said
 * twice, for whatever it announces after that would be left behind.
 */
static void janitor_listen(struct placeholders *set, int socket)
{
	enum { ENOUGH = 2 };
	struct pollfd announced = {.fd = socket, .events = POLLIN};
	struct message message;
	int fd;

	for (int ended = 0; ended < ENOUGH;) {
		(void)unmap_code_and_poll(&announced, 1, -1);
		if (message_receive(socket, &message, &fd, 0) <= 0) {
			ended++;
			continue;
		}
		ended = 0;
		if (message.type == MESSAGE_PLACEHOLDER && set->count < set->capacity) {
			struct placeholder *item = &set->items[set->count++];
			item->directory = fd;
			item->lock = -1;
			memcpy(item->name, message.placeholder.name, sizeof(item->name));
		} else if (message.type == MESSAGE_HOLD && set->count) {
			close_fd(&set->items[set->count - 1].lock);
			set->items[set->count - 1].lock = fd;
		}
	}
}

/*
 * Not before init, and all that it takes along, has ended: a mask may still be in use.  It is no
 * child of ours, and without a pidfd there is nothing to wait for: so look until its number is
 * free.
 */
static void await_init(const struct process *init)
{
	const struct timespec pause = {.tv_nsec = INIT_PAUSE_NS};
	struct pollfd ended = {.fd = init->fd, .events = POLLIN};

	if (init->fd >= 0)
		(void)unmap_code_and_poll(&ended, 1, -1);
	else
		while (sys_result(kill(init->pid, 0)) != -ESRCH)
			nanosleep(&pause, NULL);
}

/*
 * The janitor keeps its socket, init's pidfd if there is one, and 0-2, whose end-of-file says that
 * all is done.
 */
static int close_all_but(int socket, int pidfd)
{
	int keep[] = {socket < pidfd ? socket : pidfd, socket < pidfd ? pidfd : socket};
	unsigned int next = STDERR_FILENO + 1;
	int error = 0;

	for (size_t i = 0; !error && i < sizeof(keep) / sizeof(*keep); i++) {
		if (keep[i] < 0)
			continue;
		error = close_range_or_each(next, (unsigned int)keep[i] - 1);
		next = (unsigned int)keep[i] + 1;
	}
	return error < 0 ? error : close_range_or_each(next, ~0U);
}

static void CLONED_MAIN janitor_main(struct placeholders *set, int ours, int socket)
{
	close(ours);
	/* What stays open is at worst waited for by others; without us placeholders are left. */
	(void)!close_all_but(socket, set->init->fd);
	janitor_listen(set, socket);
	await_init(set->init);
	for (size_t i = 0; i < set->count; i++)
		if (remove_if_last(&set->items[i]) < 0)
			(void)remove_if_last(&set->items[i]);
	_exit(0);
}

static int clone_janitor(struct placeholders *set, int ours, int theirs)
{
	const uint64_t all = ~0ULL;
	uint64_t mask;

	/* Blocked before, not in the janitor: no moment in which a signal could end it. */
	int error = sys_sigmask(SIG_SETMASK, &all, &mask);
	if (error < 0)
		return error;
	long pid = process_clone(0, -1, &set->janitor);
	if (!pid)
		janitor_main(set, ours, theirs);
	(void)sys_sigmask(SIG_SETMASK, &mask, NULL);
	if (pid < 0)
		return (int)pid;
	/*
	 * Out of the caller's process group, which may be killed as a whole; and set from here, so
	 * that it is done before the first placeholder is made.
	 */
	long moved = sys_result(setpgid((pid_t)pid, (pid_t)pid));
	return sys_answered(moved, getpgid((pid_t)pid) == (pid_t)pid);
}

static int start_janitor(struct placeholders *set)
{
	int pair[2];

	if (!set->items)
		set->items = calloc(set->capacity, sizeof(*set->items));
	if (!set->items)
		return -ENOMEM;
	int error = sys_socket_pair(pair);
	if (error < 0)
		return error;
	_cleanup_close_ int ours = pair[0], theirs = pair[1];

	error = fd_move_above_stdio(&ours);
	if (!error)
		error = fd_move_above_stdio(&theirs);
	if (!error)
		error = clone_janitor(set, ours, theirs);
	if (error < 0)
		return error;
	set->janitor_socket = take_fd(&ours);
	return 0;
}

/* --- the set ---------------------------------------------------------------------------------- */

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

/*
 * The last, when it is for the same path: others make and remove that, and it is tried again, and
 * again.
 */
static struct placeholder *find_again(struct placeholders *set, int directory, const char *name)
{
	struct placeholder *item = set->count ? &set->items[set->count - 1] : NULL;
	struct stat stat, its;

	if (!item || strcmp(item->name, name) != 0 || sys_fstat(directory, &stat) < 0 ||
		sys_fstat(item->directory, &its) < 0)
		return NULL;
	return stat.st_dev == its.st_dev && stat.st_ino == its.st_ino ? item : NULL;
}

static int add(struct placeholders *set, int directory, const char *name, struct placeholder **ret)
{
	_cleanup_close_ int owned = directory;
	struct placeholder *item = &set->items[set->count];

	if (set->count == set->capacity)
		return -ESTALE; /* one for each path, and one more when others make and remove it */
	*item = (struct placeholder){.directory = owned, .lock = -1};
	memcpy(item->name, name, strnlen(name, NAME_MAX));
	int error = announce(set, item);
	if (error < 0)
		return error;
	take_fd(&owned);
	/* Counted even if it comes to nothing: the janitor has it too. */
	set->count++;
	*ret = item;
	return 0;
}

int placeholders_add(struct placeholders *set, int directory, const char *name, struct stat *ret)
{
	_cleanup_close_ int owned = directory;

	int error = set->janitor_socket < 0 ? start_janitor(set) : 0;
	if (error < 0)
		return error;
	struct placeholder *item = find_again(set, directory, name);
	if (!item)
		error = add(set, take_fd(&owned), name, &item);
	if (!error)
		error = acquire_anew(item, ret);
	return error ? error : announce_lock(set, item);
}

/* The janitor goes, or, where something is left for it to do, does that and goes. */
static void end_janitor(struct placeholders *set, bool done)
{
	siginfo_t info;

	if (!set->janitor.pid)
		return;
	if (done)
		(void)process_signal(&set->janitor, SIGKILL);
	/* Before the wait: one that no signal has reached ends of this. */
	close_fd(&set->janitor_socket);
	(void)process_wait(&set->janitor, &info);
	set->janitor.pid = 0;
	close_fd(&set->janitor.fd);
}

void placeholders_finish(struct placeholders *set)
{
	bool done = true;

	for (size_t i = 0; i < set->count; i++) {
		/* No lock: it was never made, or not by us. */
		if (set->items[i].lock >= 0 && remove_if_last(&set->items[i]) < 0)
			done = false;
		close_fd(&set->items[i].directory);
	}
	end_janitor(set, done);
	free(take_ptr(set->items));
	set->count = 0;
}
