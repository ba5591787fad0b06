/*
 * Child side: descriptors that the command is given, opened for reading (or with O_PATH) on a file which
 * is read-only in the sandbox, or which the sandbox hides or does not have.
 *
 * They were opened on the host's mounts, which are writable.  Through such a descriptor its owner
 * could change the file's mode, times and attributes, which Landlock does not cover, and, in a
 * writable root, where Landlock does not either, open it again for writing through /proc/self/fd
 * (`rind run … < .git/config`).  So it is replaced by one opened on the sandbox's own, read-only
 * mount, at the same offset:
 *
 *   the path leads, in the sandbox,          is replaced
 *   -------------------------------          -----------
 *   to the file, on a writable mount         by nothing: the command may change it anyway
 *   to the file, on a read-only mount        by opening that
 *   elsewhere: it is hidden, in the host's   by what was opened there before anything was mounted over
 *   /dev or /proc                            it, on the mounts of the tree, which are read-only by now
 *   elsewhere: removed, of another           by nothing where there is nothing to be changed; otherwise
 *   mount namespace                          the sandbox does not start
 *
 * Runs in init: streams_gather() before the mounts, streams_replace() after them.
 */
#include "child/steps.h"
#include "mount/mount.h"
#include "mount/walk.h"

#include <sys/ioctl.h>

/* What a path leads to in the sandbox. */
enum here { ELSEWHERE, WRITABLE_HERE, READ_ONLY_HERE };

/* 1 or 0: is the mount that fd is on read-only?  Or -errno. */
static int is_read_only(struct child *child, int fd)
{
	uint64_t attributes = 0;
	int error = mount_read_attributes(child, fd, &attributes);
	return error < 0 ? error : (attributes & MOUNT_ATTR_RDONLY) != 0;
}

/* One node of a character device is as good as another: the host's null and the sandbox's. */
static bool is_file(const struct frozen_stream *stream, const struct stat *stat)
{
	if (stream->node && S_ISCHR(stat->st_mode))
		return stat->st_rdev == stream->node;
	return stat->st_dev == stream->file.device && stat->st_ino == stream->file.inode;
}

/* An enum here, or -errno: that nothing can be found out is no reason to leave it as it is. */
static int look_here(struct child *child, const struct frozen_stream *stream)
{
	struct stat stat;
	_cleanup_close_ int fd = walk_open(stream->path);

	/* Removed, covered by another, or out of our reach. */
	if (fd == -ENOENT || fd == -ENOTDIR || fd == -ELOOP || fd == -EACCES)
		return ELSEWHERE;
	if (fd < 0)
		return (int)child_noted(child, CALL_OPEN, fd);
	int error = sys_fstat(fd, &stat);
	if (error < 0)
		return (int)child_noted(child, CALL_FSTAT, error);
	if (!is_file(stream, &stat))
		return ELSEWHERE;
	int read_only = is_read_only(child, fd);
	return read_only < 0 ? read_only : read_only ? READ_ONLY_HERE : WRITABLE_HERE;
}

/*
 * Not to wait for the writer of a FIFO.  By openat2 where there is one: a file system may be told about
 * O_NOFOLLOW, and that of the document portal then follows nothing, its own links neither (ELOOP).
 */
static int open_by_path(const char *path, int flags)
{
	/* Of a symbolic link there is nothing but the name; and no file system is told about that. */
	flags = flags & O_PATH ? O_PATH | O_NOFOLLOW : O_RDONLY | O_NOCTTY | O_NONBLOCK;
	int fd = sys_openat2(AT_FDCWD, path, (uint64_t)flags, RESOLVE_NO_SYMLINKS);
	return fd == -ENOSYS ? sys_openat(AT_FDCWD, path, flags | O_NOFOLLOW, 0) : fd;
}

/* The file that is meant, and no other. */
static int reopen(struct child *child, const struct frozen_stream *stream)
{
	struct stat stat;
	_cleanup_close_ int fd = open_by_path(stream->path, stream->flags & O_PATH);
	if (fd < 0)
		return (int)child_noted(child, CALL_OPEN, fd);
	int error = sys_fstat(fd, &stat);
	if (error < 0)
		return (int)child_noted(child, CALL_FSTAT, error);
	return is_file(stream, &stat) ? take_fd(&fd) : (int)child_noted(child, CALL_OPEN, -ESTALE);
}

int streams_gather(struct child *child)
{
	for (size_t i = 0; i < child->frozen->stream_count; i++) {
		struct frozen_stream *stream = &child->frozen->streams[i];
		/* Whether a failure matters is seen when everything is mounted. */
		if (stream->covered)
			stream->early = reopen(child, stream);
	}
	return 0;
}

/*
 * What cannot be opened anew may stay as it is when nothing can be changed through it: a file that is gone,
 * one that is on a read-only mount already, one that is another's and that nobody but its owner may write
 * to; or a terminal, which the command is meant to have.  1, 0 or -errno.
 */
static int is_harmless(struct child *child, const struct frozen_stream *stream)
{
	enum { OTHERS_MAY_WRITE = 0022, NO_ROWS = 0xffff };
	struct stat stat = {0};
	struct winsize size = {.ws_row = NO_ROWS};

	int error = sys_fstat(stream->fd, &stat);
	if (error < 0)
		return (int)child_noted(child, CALL_FSTAT, error);
	if (!stat.st_nlink)
		return 1;
	if (stat.st_uid != geteuid() && !(stat.st_mode & OTHERS_MAY_WRITE))
		return 1;
	if (S_ISCHR(stat.st_mode) && sys_result(ioctl(stream->fd, TIOCGWINSZ, &size)) == 0 &&
		size.ws_row != NO_ROWS)
		return 1;
	return is_read_only(child, stream->fd);
}

/* Set what the caller had set, and go to where it was. */
static int take_position(struct child *child, int fd, const struct frozen_stream *stream)
{
	const int flags = stream->flags;

	if (flags & O_PATH)
		return 0;
	long error = sys_result(fcntl(fd, F_SETFL, flags));
	if (!error)
		error = sys_answered(0, (fcntl(fd, F_GETFL) & O_NONBLOCK) == (flags & O_NONBLOCK));
	if (!error && stream->seekable) {
		long position = sys_result(lseek(stream->fd, 0, SEEK_CUR));
		error = position < 0 ? position : sys_result(lseek(fd, position, SEEK_SET));
		error = sys_answered(error, error == position);
	}
	return (int)child_noted(child, CALL_FCNTL, error);
}

static int replace_by(struct child *child, const struct frozen_stream *stream, int fd)
{
	int error = take_position(child, fd, stream);
	if (error < 0)
		return error;
	/* Open on exec, as the caller's are: by this sys_descriptor() tells them from init's own. */
	error = (int)child_noted(
		child, CALL_FCNTL, sys_result(dup2(fd, stream->fd)) < 0 ? -errno : 0);
	int replaced = error < 0 ? error : is_read_only(child, stream->fd);
	return replaced < 0 ? replaced : sys_answered(0, replaced);
}

static int replace(struct child *child, struct frozen_stream *stream)
{
	_cleanup_close_ int early = stream->early;

	int here = look_here(child, stream);
	if (here < 0 || here == WRITABLE_HERE)
		return here < 0 ? here : 0;
	if (here == READ_ONLY_HERE) {
		close_fd(&early);
		early = reopen(child, stream);
	}
	if (early >= 0)
		return replace_by(child, stream, early);
	int error = early;
	int harmless = is_harmless(child, stream);
	return harmless < 0 ? harmless : harmless ? 0 : (int)child_noted(child, CALL_OPEN, error);
}

int streams_replace(struct child *child)
{
	for (size_t i = 0; i < child->frozen->stream_count; i++) {
		struct frozen_stream *stream = &child->frozen->streams[i];
		child->op = (uint32_t)stream->fd; /* for the sentence */
		int error = replace(child, stream);
		if (error < 0)
			return error;
	}
	return 0;
}
