/*
 * Child side: descriptors that the command is given, opened for reading on a file which is
 * read-only in the sandbox.
 *
 * They were opened on the host's mounts, which are writable.  Through such a descriptor its owner
 * could change the file's mode, times and attributes, which Landlock does not cover, and, in a
 * writable root, where Landlock does not either, open it again for writing through /proc/self/fd
 * (`rind run … < .git/config`).  So it is replaced by one opened on the sandbox's own, read-only
 * mount, at the same offset.
 *
 * Runs in init, after the mounts.
 */
#include "sandbox/mount.h"

/* 1 or 0: is the mount that fd is on read-only?  Or -errno. */
static int is_read_only(struct child *child, int fd)
{
	uint64_t attributes = 0;
	int error = mount_read_attributes(child, fd, &attributes);
	return error < 0 ? error : (attributes & MOUNT_ATTR_RDONLY) != 0;
}

/*
 * Does the stream's path lead, in the sandbox, to the same file on a read-only mount?  1, 0 or
 * -errno: that nothing can be found out is no reason to leave it as it is.
 */
static int is_read_only_here(struct child *child, const struct frozen_stream *stream)
{
	struct stat stat;
	_cleanup_close_ int fd = walk_open(stream->path);

	/* Removed, covered by another, or out of our reach: then not in the command's either. */
	if (fd == -ENOENT || fd == -ENOTDIR || fd == -ELOOP || fd == -EACCES)
		return 0;
	if (fd < 0)
		return (int)child_noted(child, CALL_OPEN, fd);
	int error = sys_fstat(fd, &stat);
	if (error < 0)
		return (int)child_noted(child, CALL_FSTAT, error);
	if (stat.st_dev != stream->file.device || stat.st_ino != stream->file.inode)
		return 0;
	return is_read_only(child, fd);
}

/* Set what the caller had set, and go to where it was. */
static int take_position(struct child *child, int fd, int flags, const struct frozen_stream *stream,
	const struct stat *stat)
{
	if (flags & O_PATH)
		return 0;
	long error = sys_result(fcntl(fd, F_SETFL, flags));
	if (!error)
		error = sys_answered(0, (fcntl(fd, F_GETFL) & O_NONBLOCK) == (flags & O_NONBLOCK));
	if (!error && S_ISREG(stat->st_mode)) {
		long position = sys_result(lseek(stream->fd, 0, SEEK_CUR));
		error = position < 0 ? position : sys_result(lseek(fd, position, SEEK_SET));
		error = sys_answered(error, error == position);
	}
	return (int)child_noted(child, CALL_FCNTL, error);
}

/*
 * Not to wait for the writer of a FIFO.  By openat2 where there is one: a file system may be told about
 * O_NOFOLLOW, and that of the document portal then follows nothing, its own links neither (ELOOP).
 */
static int reopen(const char *path, int flags)
{
	if (!(flags & O_PATH))
		flags = O_RDONLY | O_NOCTTY | O_NONBLOCK;
	int fd = sys_openat2(AT_FDCWD, path, (uint64_t)flags, RESOLVE_NO_SYMLINKS);
	return fd == -ENOSYS ? sys_openat(AT_FDCWD, path, flags | O_NOFOLLOW, 0) : fd;
}

static int replace(struct child *child, const struct frozen_stream *stream)
{
	struct stat stat;
	int flags = (int)child_noted(child, CALL_FCNTL, sys_result(fcntl(stream->fd, F_GETFL)));
	if (flags < 0)
		return flags;
	flags &= O_NONBLOCK | O_PATH;

	/* What the caller had set is set again below. */
	_cleanup_close_ int fd = reopen(stream->path, flags & O_PATH);
	/* Opened by somebody with more rights, and of no other use to one who does not own it. */
	if ((fd == -EACCES || fd == -EPERM) && stream->owner != geteuid())
		return 0;
	if (fd < 0)
		return (int)child_noted(child, CALL_OPEN, fd);
	int error = sys_fstat(fd, &stat);
	if (error < 0)
		return (int)child_noted(child, CALL_FSTAT, error);
	if (stat.st_dev != stream->file.device || stat.st_ino != stream->file.inode)
		return (int)child_noted(child, CALL_OPEN, -ESTALE);
	error = take_position(child, fd, flags, stream, &stat);
	if (error < 0)
		return error;
	/* Open on exec, as the caller's are: by this sys_descriptor() tells them from init's own. */
	error = (int)child_noted(
		child, CALL_FCNTL, sys_result(dup2(fd, stream->fd)) < 0 ? -errno : 0);
	int replaced = error < 0 ? error : is_read_only(child, stream->fd);
	return replaced < 0 ? replaced : sys_answered(0, replaced);
}

int streams_replace(struct child *child)
{
	const struct frozen *frozen = child->frozen;

	for (size_t i = 0; i < frozen->stream_count; i++) {
		const struct frozen_stream *stream = &frozen->streams[i];
		int error = is_read_only_here(child, stream);
		if (error > 0)
			error = replace(child, stream);
		if (error < 0)
			return error;
	}
	return 0;
}
