/*
 * Child side, in init: reopens the command's streams: descriptors for reading (or O_PATH) on
 * files that are read-only in the sandbox, or that the sandbox hides or does not have.
 *
 * They were opened on the host's mounts, which are writable.  Through such a descriptor the owner
 * of the file could change its mode, times and attributes, which Landlock does not cover.  In a
 * writable root, where Landlock allows writing, the owner could also reopen it for writing
 * through /proc/self/fd (`rind run … < .git/config`).  So it is replaced by one that is opened on
 * the sandbox's read-only mount, at the same offset:
 *
 *   in the sandbox the path leads            the descriptor is replaced
 *   ------------------------------           --------------------------
 *   to the file, on a writable mount         not at all: the command may change the file anyway
 *   to the file, on a read-only mount        by opening that
 *   elsewhere: the file is hidden, or in     by what was opened before the operations, on the
 *   the host's /dev or /proc                 mounts of the tree, which have turned read-only
 *   elsewhere: the file was removed, or is   not at all if nothing can be changed through it;
 *   in another mount namespace               otherwise the sandbox does not start
 *
 * streams_gather() runs before the mounts, streams_replace() after them.
 */
#include "child/steps.h"
#include "mount/mount.h"
#include "mount/walk.h"

#include <sys/ioctl.h>

/* Where a stream's path leads in the sandbox. */
enum here { ELSEWHERE, WRITABLE_HERE, READ_ONLY_HERE };

/* Is the mount that fd is on read-only?  1, 0 or -errno. */
static int is_read_only(struct child *child, int fd)
{
	uint64_t attributes = 0;
	int error = mount_read_attributes(child, fd, &attributes);
	return error < 0 ? error : (attributes & MOUNT_ATTR_RDONLY) != 0;
}

/* Is fd open on this file?  1, 0 or -errno. */
static int is_file(struct child *child, int fd, const struct plan_identity *file, uint64_t node)
{
	struct stat stat;
	int error = child_noted(child, CALL_FSTAT, sys_fstat(fd, &stat));
	if (error < 0)
		return error;
	if (node && S_ISCHR(stat.st_mode))
		return stat.st_rdev == node;
	return stat.st_dev == file->device && stat.st_ino == file->inode;
}

int streams_verify(struct child *child, int opened, const struct plan_identity *file, uint64_t node)
{
	_cleanup_close_ int fd = opened;
	int same = fd < 0 ? fd : is_file(child, fd, file, node);
	if (same < 0)
		return same;
	return same ? take_fd(&fd) : child_noted(child, CALL_OPEN, -ESTALE);
}

/*
 * Returns an enum here, or -errno: if the lookup fails for another reason than these, the stream
 * must not stay as it is.
 */
static int look_here(struct child *child, const struct frozen_stream *stream)
{
	_cleanup_close_ int fd = walk_open(stream->path);

	/* removed, covered by another mount, or unreachable */
	if (fd == -ENOENT || fd == -ENOTDIR || fd == -ELOOP || fd == -EACCES)
		return ELSEWHERE;
	if (fd < 0)
		return child_noted(child, CALL_OPEN, fd);
	int same = is_file(child, fd, &stream->file, stream->node);
	if (same <= 0)
		return same < 0 ? same : ELSEWHERE;
	int read_only = is_read_only(child, fd);
	return read_only < 0 ? read_only : read_only ? READ_ONLY_HERE : WRITABLE_HERE;
}

/*
 * O_NONBLOCK: do not wait for the writer of a FIFO.  Prefer openat2(2): a FUSE file system sees
 * O_NOFOLLOW, and that of the document portal then follows not even its own links (ELOOP).
 */
static int open_by_path(const char *path, int flags)
{
	/*
	 * With O_PATH a symlink is opened as such; file systems are not asked about O_PATH opens.
	 */
	flags = flags & O_PATH ? O_PATH | O_NOFOLLOW : O_RDONLY | O_NOCTTY | O_NONBLOCK;
	int fd = sys_openat2(AT_FDCWD, path, (uint64_t)flags, RESOLVE_NO_SYMLINKS);
	return fd == -ENOSYS ? sys_openat(AT_FDCWD, path, flags | O_NOFOLLOW, 0) : fd;
}

static int reopen(struct child *child, const struct frozen_stream *stream)
{
	int fd = child_noted(child, CALL_OPEN, open_by_path(stream->path, stream->flags & O_PATH));
	return streams_verify(child, fd, &stream->file, stream->node);
}

int streams_gather(struct child *child)
{
	for (size_t i = 0; i < child->frozen->fds.stream_count; i++) {
		struct frozen_stream *stream = &child->frozen->fds.streams[i];
		/* streams_replace() decides whether a failure matters. */
		if (stream->covered)
			stream->early = reopen(child, stream);
	}
	return 0;
}

/*
 * May a stream that cannot be reopened stay as it is?  1 if nothing can be changed through it:
 * the file has been removed; or it is already on a read-only mount; or it belongs to another user
 * and only that user may write to it; or it is a terminal, which the command is meant to have.  0
 * or -errno.
 */
static int is_harmless(struct child *child, const struct frozen_stream *stream)
{
	enum { OTHERS_MAY_WRITE = 0022, NO_ROWS = 0xffff };
	struct stat stat = {0};
	struct winsize size = {.ws_row = NO_ROWS};

	int error = child_noted(child, CALL_FSTAT, sys_fstat(stream->fd, &stat));
	if (error < 0)
		return error;
	if (!stat.st_nlink)
		return 1;
	if (stat.st_uid != geteuid() && !(stat.st_mode & OTHERS_MAY_WRITE))
		return 1;
	if (S_ISCHR(stat.st_mode) && sys_result(ioctl(stream->fd, TIOCGWINSZ, &size)) == 0 &&
		size.ws_row != NO_ROWS)
		return 1;
	return is_read_only(child, stream->fd);
}

/* Give fd the stream's flags and offset. */
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
	return child_noted(child, CALL_FCNTL, error);
}

static int replace_by(struct child *child, const struct frozen_stream *stream, int fd)
{
	int result = take_position(child, fd, stream);
	/*
	 * Without close-on-exec, as the caller's are: that is how sys_descriptor() tells them
	 * from init's own.
	 */
	if (!result)
		result = child_noted(child, CALL_FCNTL, sys_result(dup2(fd, stream->fd)));
	if (result >= 0)
		result = is_read_only(child, stream->fd);
	return sys_answered(result, result > 0);
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
	return harmless < 0 ? harmless : harmless ? 0 : child_noted(child, CALL_OPEN, error);
}

int streams_replace(struct child *child)
{
	for (size_t i = 0; i < child->frozen->fds.stream_count; i++) {
		struct frozen_stream *stream = &child->frozen->fds.streams[i];
		child->op = (uint32_t)stream->fd; /* for the sentence */
		int error = replace(child, stream);
		if (error < 0)
			return error;
	}
	return 0;
}
