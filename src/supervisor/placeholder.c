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
 * Can this file system carry a placeholder?  It has to keep the mark (FAT keeps no sticky bit),
 * and to have locks (the document portal has none), without which no sandbox could tell when to
 * remove it.  -ENOENT: the file was removed or replaced meanwhile.
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
		       : 0; /* other errors are handled by lock_shared() */
}

/* Remove the file that was just made, unless another file is there by now. */
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
	 * ENOSYS from a FUSE file system without create: the file system lacks it, not the
	 * kernel.
	 */
	if (fd < 0)
		return fd == -ENOSYS ? -EOPNOTSUPP : fd;
	/*
	 * The umask may have removed the read permission that another user's sandbox needs for
	 * the lock.
	 */
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
 * We could not make the path: could the command?  It has the same ids and no capability, so only
 * if it may change the directory's mode, as the directory's owner.
 */
static bool is_out_of_reach(const struct placeholder *item, int error)
{
	struct stat stat;
	if (error == -EROFS)
		return true;
	return (error == -EACCES || error == -EPERM) && !sys_fstat(item->directory, &stat) &&
	       stat.st_uid != geteuid();
}

/* Open the file, or make it.  0 with the descriptor in *ret_fd, -errno, or PLACEHOLDER_*. */
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
	/*
	 * It exists, but cannot be read: so it is not a placeholder, but the command may be able
	 * to change it.
	 */
	if (fd == -EACCES || fd == -EPERM)
		return PLACEHOLDER_FOREIGN;
	if (fd < 0)
		return fd;
	*ret_fd = fd;
	return 0;
}

/*
 * Take the lock that keeps other sandboxes from removing the file.  A sandbox that removes it
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
	/* Store it now: if a later step fails, placeholder_remove() removes the file. */
	item->lock = take_fd(&fd);
	result = lock_shared(item->lock);
	if (result < 0)
		return result;
	/*
	 * While we waited for the lock, the file may have been removed; or it is a user's own
	 * file.
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
 * chmod(2) by the descriptor's link in /proc: it is an O_PATH descriptor, and its owner may lack
 * permissions on the directory.
 */
static int change_mode(int directory, mode_t mode)
{
	char path[sizeof("/proc/self/fd/") + NUMBER_SIZE];

	number_format(stpcpy(path, "/proc/self/fd/"), (unsigned int)directory);
	return (int)sys_result(chmod(path, mode));
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
		stat.st_uid != geteuid())
		return false;
	*ret_mode = stat.st_mode & 07777;
	return change_mode(item->directory, *ret_mode | needed) == 0;
}

/*
 * Remove the file if it is a placeholder.  0: removed, or not there; -errno: it may still be
 * there.
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
 * Remove the file if no other sandbox uses it.  0 or -errno, as remove_locked(); after an error
 * the janitor tries again.  If the item has no lock (its supervisor was killed before), look the
 * file up again.
 */
static int remove_from_open_directory(struct placeholder *item)
{
	_cleanup_close_ int fd = item->lock;
	item->lock = -1;
	if (fd < 0)
		fd = sys_openat(item->directory, item->name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK, 0);
	if (fd == -ENOENT || fd == -ELOOP || fd == -EACCES)
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
