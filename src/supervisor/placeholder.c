/*
 * Makes, locks and removes one placeholder; see placeholder.h.  In the supervisor and in the
 * janitor, on the host, with the caller's rights.
 *
 * Child side from placeholder_remove() on: the janitor calls it, and may only make system calls.
 */
#include "supervisor/placeholder.h"

#include "base/fd.h"
#include "base/number.h"
#include "base/placeholder_mark.h"
#include "base/sys.h"
#include "sandbox/protocol.h"

#include <string.h>
#include <sys/file.h>
#include <time.h>

enum {
	LOCK_ATTEMPTS = 1000,
	LOCK_PAUSE_NS = 1000 * 1000,
};

/* Does directory/name still lead to the open directory?  1, 0 or -errno. */
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
 * chmod(2) by the descriptor's link in /proc: it is an O_PATH descriptor, and its owner may lack
 * permissions on the file.
 */
static int change_mode(int fd, mode_t mode)
{
	char path[sizeof("/proc/self/fd/") + NUMBER_SIZE];

	number_format(stpcpy(path, "/proc/self/fd/"), (unsigned int)fd);
	return (int)sys_result(chmod(path, mode));
}

/* --- its forms -------------------------------------------------------------------------------- */

static int make_fifo(const struct placeholder *item)
{
	return (int)sys_result(
		mknodat(item->directory, item->name, S_IFIFO | S_ISVTX | S_IRUSR, 0));
}

static int make_directory(const struct placeholder *item)
{
	return (int)sys_result(mkdirat(item->directory, item->name, PLACEHOLDER_DIRECTORY_MODE));
}

static bool is_better_a_fifo(const struct placeholder *item)
{
	static const char *const names[] = {".agents", ".codex", "refs"};

	if (!item->uid)
		return false;
	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++)
		if (!strcmp(item->name, names[i]))
			return true;
	return false;
}

static int make(const struct placeholder *item)
{
	int error = is_better_a_fifo(item) ? make_fifo(item) : -EOPNOTSUPP;
	/* The file system has no FIFOs; or it is the directory that allows nothing. */
	if (error == -EOPNOTSUPP || error == -EPERM || error == -ENOSYS || error == -EINVAL)
		error = make_directory(item);
	/* ENOSYS from a FUSE file system: the file system lacks mkdir, not the kernel. */
	return error == -ENOSYS ? -EOPNOTSUPP : error;
}

static long unlink_it(const struct placeholder *item, const struct stat *stat)
{
	return sys_result(
		unlinkat(item->directory, item->name, S_ISDIR(stat->st_mode) ? AT_REMOVEDIR : 0));
}

static mode_t mode_of(const struct stat *stat)
{
	return S_ISDIR(stat->st_mode) ? PLACEHOLDER_DIRECTORY_MODE : PLACEHOLDER_FIFO_MODE;
}

/*
 * A FIFO that its owner may not read: allow it for the moment of opening.  acquire() restores the
 * mode.
 */
static int open_own_fifo(const struct placeholder *item)
{
	struct stat stat;
	_cleanup_close_ int fd = sys_openat(item->directory, item->name, O_PATH | O_NOFOLLOW, 0);
	int error = fd < 0 ? fd : sys_fstat(fd, &stat);
	if (error < 0)
		return error;
	if (stat.st_uid != item->uid || !S_ISFIFO(stat.st_mode) || !placeholder_found_at(fd, &stat))
		return -EACCES;
	error = change_mode(fd, PLACEHOLDER_FIFO_MODE | S_IRUSR);
	if (error < 0)
		return error;
	return sys_openat(item->directory, item->name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK, 0);
}

/* To open anything else there has no effect on it: it is not waited for, and only read. */
static int open_it(const struct placeholder *item)
{
	int fd = sys_openat(item->directory, item->name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK, 0);
	return fd == -EACCES ? open_own_fifo(item) : fd;
}

/* --- making it -------------------------------------------------------------------------------- */

/*
 * Is the open file the one that was just made?  Another process may have replaced it since: then
 * it is not empty, or its mode has bits that it was not made with.
 */
static bool is_as_made(const struct placeholder *item, int fd, const struct stat *stat)
{
	mode_t more = stat->st_mode & 07777 & ~(mode_t)(mode_of(stat) | S_IRUSR);

	return !more && stat->st_uid == item->uid &&
	       (S_ISFIFO(stat->st_mode) || placeholder_is_empty(fd));
}

/*
 * Give it the mode that it keeps, of which the umask may have removed bits: another user's sandbox
 * needs the read permission for the lock.  Nobody but its owner can, so the others leave it.
 */
static int set_mode(const struct placeholder *item, int fd, const struct stat *stat)
{
	if ((stat->st_mode & 07777) == mode_of(stat) || stat->st_uid != item->uid)
		return 0;
	return (int)sys_result(fchmod(fd, mode_of(stat)));
}

/*
 * Can this file system carry a placeholder?  It has to keep the mark (FAT keeps no sticky bit), and
 * to have locks (the document portal has none), without which no sandbox could tell when to remove
 * it.  -ENOENT: it was removed or replaced meanwhile.
 */
static int check_carrier(const struct placeholder *item, int fd)
{
	struct stat stat;
	int error = sys_fstat(fd, &stat);
	if (error < 0)
		return error;
	if (!stat.st_nlink || (!S_ISDIR(stat.st_mode) && !S_ISFIFO(stat.st_mode)))
		return -ENOENT;
	if (!(stat.st_mode & S_ISVTX))
		return -EOPNOTSUPP;
	if (!is_as_made(item, fd, &stat))
		return -ENOENT;
	error = (int)sys_result(flock(fd, LOCK_SH | LOCK_NB));
	if (error == -ENOSYS || error == -EINVAL || error == -ENOLCK || error == -EOPNOTSUPP)
		return -EOPNOTSUPP;
	/* Other errors of flock are handled by lock_shared(). */
	return set_mode(item, fd, &stat);
}

/* Remove what was just made, unless something else is there by now. */
static void discard(const struct placeholder *item, int fd)
{
	struct stat stat;

	if (!sys_fstat(fd, &stat) && is_still_there(item, &stat) > 0)
		(void)unlink_it(item, &stat);
}

/*
 * Open what was just made.  -ENOENT: it is not there any more.  What fails is tried once more: a
 * failure of the moment (a signal, the last descriptor in use) would leave behind what was made,
 * and to remove it without its lock could take it from another sandbox.
 */
static int open_made(const struct placeholder *item)
{
	_cleanup_close_ int fd = open_it(item);
	if (fd < 0)
		fd = open_it(item);
	if (fd < 0) {
		/* A umask that takes the owner's own permissions. */
		if (fd == -EACCES)
			unlinkat(item->directory, item->name, AT_REMOVEDIR);
		return fd == -ELOOP || fd == -ENXIO ? -ENOENT : fd;
	}
	int error = check_carrier(item, fd);
	if (error < 0) {
		discard(item, fd);
		return error;
	}
	return take_fd(&fd);
}

/*
 * We could not make the path: could the command?  It has the same ids and no capability, so only
 * if it may change the directory's mode, as the directory's owner.
 */
static bool is_out_of_reach(const struct placeholder *item, int error)
{
	struct stat stat;
	if (error == -EROFS)
		return true;
	return (error == -EACCES || error == -EPERM) && !sys_fstat(item->directory, &stat) &&
	       stat.st_uid != item->uid;
}

/* It cannot be opened; but the command may be able to replace it. */
static bool is_marked(const struct placeholder *item)
{
	struct stat stat;
	return !sys_fstatat(item->directory, item->name, &stat, AT_SYMLINK_NOFOLLOW) &&
	       placeholder_found(item->directory, item->name, &stat);
}

/* Another process has made it: a placeholder, or something else. */
static int open_found(const struct placeholder *item, int *ret_fd)
{
	int fd = open_it(item);
	/* Gone, or a symlink, or a socket. */
	if (fd == -ENOENT || fd == -ELOOP || fd == -ENXIO)
		return PLACEHOLDER_LOOK_AGAIN;
	if (fd == -EACCES || fd == -EPERM)
		return is_marked(item) ? PLACEHOLDER_FOREIGN : PLACEHOLDER_LOOK_AGAIN;
	if (fd < 0)
		return fd;
	*ret_fd = fd;
	return 0;
}

/*
 * Open it, or make it.  0 with the descriptor in *ret_fd, -errno, or PLACEHOLDER_*.  Only what
 * could not be made may be out of the command's reach: once it was made, any failure ends the
 * start.
 */
static int open_or_create(const struct placeholder *item, int *ret_fd)
{
	int error = make(item);
	if (error == -EEXIST)
		return open_found(item, ret_fd);
	if (error < 0 && error != -ENOENT)
		return is_out_of_reach(item, error) ? PLACEHOLDER_NOT_NEEDED : error;
	int fd = error < 0 ? error : open_made(item);
	if (fd == -ENOENT)
		return PLACEHOLDER_LOOK_AGAIN;
	if (fd < 0)
		return fd;
	*ret_fd = fd;
	return 0;
}

/*
 * Take the lock that keeps other sandboxes from removing it.  A sandbox that removes it
 * holds the exclusive lock, for a moment; anything that holds it longer is not rind.
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
	/* Store it now: if a later step fails, placeholder_remove() removes it. */
	item->lock = take_fd(&fd);
	result = lock_shared(item->lock);
	if (result < 0)
		return result;
	/*
	 * While we waited for the lock, it may have been removed; or it is a user's own
	 * directory.
	 */
	result = sys_fstat(item->lock, ret);
	if (result < 0)
		return result;
	int there = placeholder_found_at(item->lock, ret) ? is_still_there(item, ret) : 0;
	if (there < 0)
		return there;
	if (there)
		return set_mode(item, item->lock, ret);
	close_fd(&item->lock);
	return PLACEHOLDER_LOOK_AGAIN;
}

/* If it has a lock from an earlier attempt, keep that until there is a new one. */
int placeholder_acquire(struct placeholder *item, struct stat *ret)
{
	_cleanup_close_ int before = item->lock;
	item->lock = -1;
	int result = acquire(item, ret);
	if (item->lock < 0)
		item->lock = take_fd(&before);
	return result;
}

/*
 * The command may have removed its own permissions from the directory.  If we own it, add them
 * until the placeholder is removed.
 */
static bool open_directory(const struct placeholder *item, mode_t *ret_mode)
{
	struct stat stat;
	const mode_t needed = S_IWUSR | S_IXUSR;

	if (sys_fstat(item->directory, &stat) < 0 || (stat.st_mode & needed) == needed ||
		stat.st_uid != item->uid)
		return false;
	*ret_mode = stat.st_mode & 07777;
	return change_mode(item->directory, *ret_mode | needed) == 0;
}

/*
 * Remove it if it is a placeholder.  0: removed, or not there; -errno: it may still be
 * there.
 */
static int remove_locked(const struct placeholder *item, int fd)
{
	struct stat stat;
	int error = sys_fstat(fd, &stat);
	if (error < 0)
		return error;
	/* By its mark alone: whether a directory is empty, rmdir(2) decides. */
	int there = placeholder_is_marked(&stat) ? is_still_there(item, &stat) : 0;
	if (there <= 0)
		return there;
	long removed = unlink_it(item, &stat);
	if (removed == -ENOTEMPTY || removed == -EEXIST)
		return 0; /* somebody has put something there since: it is theirs */
	if (removed < 0)
		return (int)removed;
	error = sys_fstat(fd, &stat);
	return error < 0 ? error : sys_answered(0, stat.st_nlink == 0);
}

/*
 * Remove it if no other sandbox uses it.  0 or -errno, as remove_locked(); after an error
 * the janitor tries again.  If the item has no lock (its supervisor was killed before), look it
 * up again.
 */
static int remove_from_open_directory(struct placeholder *item)
{
	_cleanup_close_ int fd = item->lock;
	item->lock = -1;
	if (fd < 0)
		fd = open_it(item);
	if (fd == -ENOENT || fd == -ELOOP || fd == -ENXIO || fd == -EACCES)
		return 0; /* gone, or not a placeholder */
	if (fd < 0)
		return fd;
	long locked = sys_result(flock(fd, LOCK_EX | LOCK_NB));
	/* -EWOULDBLOCK: another sandbox uses it, and will remove it. */
	return locked < 0 ? (int)locked : remove_locked(item, fd);
}

int placeholder_remove(struct placeholder *item)
{
	mode_t mode = 0;
	bool opened = open_directory(item, &mode);
	int error = remove_from_open_directory(item);

	if (opened)
		(void)change_mode(item->directory, mode);
	return error;
}
