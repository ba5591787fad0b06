/* Files of a git directory; see file.h. */
#include "supervisor/git/file.h"

#include "base/fd.h"
#include "base/path.h"
#include "base/sys.h"

#include <dirent.h>
#include <errno.h>
#include <limits.h>
#include <linux/magic.h>
#include <string.h>
#include <sys/stat.h>

enum { BLOCK = 1 << 16 };

/*
 * Open what a relative path leads to.  Component by component: an absolute symlink that a command
 * has made in a directory of the sandbox's would lead into the host's tree from here.
 */
static int open_beneath(int directory, const char *path, int flags)
{
	char name[NAME_MAX + 1];
	/* So it stays where already the first component is too long for a file name. */
	_cleanup_close_ int at = -ENAMETOOLONG;

	while (path_take_component(&path, name)) {
		int next = sys_openat(at < 0 ? directory : at, name,
			O_NOFOLLOW | (*path ? O_PATH | O_DIRECTORY : flags), 0);
		close_fd(&at);
		at = next;
		if (at < 0)
			break;
	}
	/* A symlink, a socket, a device without a driver, something in what is no directory. */
	if (at == -ELOOP || at == -ENXIO || at == -ENODEV || at == -ENOTDIR)
		return -ENOENT;
	return at < 0 ? at : *path ? -ENAMETOOLONG : take_fd(&at);
}

int file_open(int directory, const char *path)
{
	struct stat stat;
	/* O_NONBLOCK: opening a FIFO must not wait for its other end. */
	_cleanup_close_ int fd = open_beneath(directory, path, O_RDONLY | O_NONBLOCK | O_NOCTTY);

	/* A device may not be opened where it is, as those are not by which an overlay removes. */
	if (fd == -EACCES) {
		close_fd(&fd);
		fd = open_beneath(directory, path, O_PATH);
		if (fd >= 0 && !sys_fstat(fd, &stat) && S_ISREG(stat.st_mode))
			return -EACCES;
	}
	if (fd < 0)
		return fd;
	int error = sys_fstat(fd, &stat);
	if (!error && !S_ISREG(stat.st_mode))
		error = -ENOENT;
	return error < 0 ? error : take_fd(&fd);
}

static ssize_t read_block(int fd, char *data, size_t size, off_t offset)
{
	ssize_t got;

	do
		got = (ssize_t)sys_result(pread(fd, data, size, offset));
	while (got == -EINTR);
	return got;
}

int file_read_open(struct arena *arena, int fd, size_t limit, struct content *ret)
{
	struct stat stat;
	size_t used = 0;

	int error = sys_fstat(fd, &stat);
	if (error < 0)
		return error;
	if ((uint64_t)stat.st_size > limit)
		return -EFBIG;
	/* One more, to see a file that grows, and for the NUL. */
	const size_t room = (size_t)stat.st_size + 1;
	char *data = arena_alloc(arena, room);
	if (!data)
		return -ENOMEM;
	while (used < room) {
		ssize_t got = read_block(fd, data + used, room - used, (off_t)used);
		if (got < 0)
			return (int)got;
		if (!got)
			break;
		used += (size_t)got;
	}
	if (used == room)
		return -EFBIG;
	data[used] = '\0';
	*ret = (struct content){.data = data, .size = used};
	return 0;
}

int file_read(
	struct arena *arena, int directory, const char *path, size_t limit, struct content *ret)
{
	_cleanup_close_ int fd = file_open(directory, path);
	return fd < 0 ? fd : file_read_open(arena, fd, limit, ret);
}

static int write_all(int fd, const char *data, size_t size)
{
	while (size) {
		long written = sys_result(write(fd, data, size));
		if (written == -EINTR)
			continue;
		if (written <= 0)
			return written < 0 ? (int)written : -EIO;
		data += written;
		size -= (size_t)written;
	}
	return 0;
}

/*
 * What a command has made lies on a tmpfs, where the blocks are what it takes: other file systems
 * compress.  Files of git's have no holes.
 */
static int check_holes(int fd)
{
	enum { UNIT = 512, SLACK = 1 << 20 };
	struct statfs system;
	struct stat stat;

	int error = sys_fstatfs(fd, &system);
	if (!error)
		error = sys_fstat(fd, &stat);
	if (error < 0 || system.f_type != TMPFS_MAGIC)
		return error;
	return stat.st_size > (off_t)stat.st_blocks * UNIT + SLACK ? -EFBIG : 0;
}

int file_copy(int from, int to, int (*go_on)(const void *context), const void *context)
{
	char block[BLOCK];
	off_t offset = 0;

	int error = check_holes(from);
	while (!error) {
		ssize_t got = read_block(from, block, sizeof(block), offset);
		if (got <= 0)
			return (int)got;
		error = write_all(to, block, (size_t)got);
		if (!error && go_on)
			error = go_on(context);
		offset += got;
	}
	return error;
}

int file_write(int directory, const char *path, const char *data, size_t size)
{
	_cleanup_close_ int fd =
		sys_openat(directory, path, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW, 0600);
	return fd < 0 ? fd : write_all(fd, data, size);
}

int file_is_same(int a, int b)
{
	char blocks[2][BLOCK / 2];
	off_t offset = 0;

	for (;;) {
		ssize_t got = read_block(a, blocks[0], sizeof(blocks[0]), offset);
		if (got < 0)
			return (int)got;
		ssize_t other = read_block(b, blocks[1], sizeof(blocks[1]), offset);
		if (other < 0)
			return (int)other;
		if (got != other || memcmp(blocks[0], blocks[1], (size_t)got) != 0)
			return 0;
		if (!got)
			return 1;
		offset += got;
	}
}

static void close_dir(DIR **dir)
{
	if (*dir)
		closedir(*dir);
}

static int call_each(DIR *dir, const struct dirent *entry,
	int (*each)(void *context, int at, const char *name, bool is_directory), void *context)
{
	struct stat stat;
	const char *name = entry->d_name;

	if (!strcmp(name, ".") || !strcmp(name, ".."))
		return 0;
	int error = sys_fstatat(dirfd(dir), name, &stat, AT_SYMLINK_NOFOLLOW);
	if (error == -ENOENT)
		return 0;
	return error < 0 ? error : each(context, dirfd(dir), name, S_ISDIR(stat.st_mode));
}

int file_each_entry(int directory, const char *path,
	int (*each)(void *context, int at, const char *name, bool is_directory), void *context)
{
	_cleanup_close_ int fd = open_beneath(directory, path, O_RDONLY | O_DIRECTORY);

	if (fd < 0)
		return fd == -ENOENT ? 0 : fd;
	__attribute__((cleanup(close_dir))) DIR *dir = fdopendir(fd);
	if (!dir)
		return -errno;
	(void)take_fd(&fd);
	for (;;) {
		errno = 0;
		const struct dirent *entry = readdir(dir);
		if (!entry)
			return -errno;
		int result = call_each(dir, entry, each, context);
		if (result)
			return result;
	}
}
