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
#include "sandbox/child.h"

/* Does the stream's path lead, in the sandbox, to the same file on a read-only mount? */
static bool is_read_only_here(const struct frozen_stream *stream)
{
	struct stat stat;
	struct statfs mount;
	_cleanup_close_ int fd = walk_open(stream->path);

	return fd >= 0 && sys_fstat(fd, &stat) == 0 && stat.st_dev == stream->file.device &&
	       stat.st_ino == stream->file.inode && sys_fstatfs(fd, &mount) == 0 &&
	       mount.f_flags & MS_RDONLY;
}

static int replace(struct child *child, const struct frozen_stream *stream)
{
	struct stat stat;
	int flags = fcntl(stream->fd, F_GETFL) & (O_NONBLOCK | O_PATH);

	/* Not to wait for the writer of a FIFO; what the caller had set is set again below. */
	_cleanup_close_ int fd = sys_openat(
		AT_FDCWD, stream->path, O_RDONLY | O_NOFOLLOW | O_NOCTTY | O_NONBLOCK | flags, 0);
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
	if (!(flags & O_PATH) && fcntl(fd, F_SETFL, flags) < 0)
		return (int)child_noted(child, CALL_FCNTL, -errno);
	if (S_ISREG(stat.st_mode) && !(flags & O_PATH) &&
		lseek(fd, lseek(stream->fd, 0, SEEK_CUR), SEEK_SET) < 0)
		return (int)child_noted(child, CALL_FCNTL, -errno);
	return (int)child_noted(child, CALL_FCNTL, sys_result(dup3(fd, stream->fd, O_CLOEXEC)));
}

int streams_replace(struct child *child)
{
	const struct frozen *frozen = child->frozen;

	for (size_t i = 0; i < frozen->stream_count; i++) {
		const struct frozen_stream *stream = &frozen->streams[i];
		if (!is_read_only_here(stream))
			continue;
		int error = replace(child, stream);
		if (error < 0)
			return error;
	}
	return 0;
}
