/*
 * Read the `gitdir:` line of a .git file, and commondir files.
 *
 * Supervisor, with the caller's privileges.  An earlier sandboxed command may have written what is
 * in a workspace: the file may be a FIFO, a device or endless, and its text anything.  So nothing
 * here follows a symlink, waits, or reads more than a fixed amount.
 */
#include "policy/gitdir.h"

#include "base/fd.h"
#include "base/sys.h"
#include "policy/resolve.h"

#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { MAX_SIZE = 8192 /* a path, its prefix, and what may follow on other lines */ };

bool gitdir_parse(const char *data, size_t size, const char *prefix, char ret[static PATH_MAX])
{
	size_t skip = strlen(prefix);
	if (size < skip || memcmp(data, prefix, skip) != 0)
		return false;
	data += skip;
	size -= skip;
	while (skip && size && (*data == ' ' || *data == '\t'))
		data++, size--;

	const char *end = memchr(data, '\n', size);
	size_t length = end ? (size_t)(end - data) : size;
	while (length && data[length - 1] == '\r')
		length--;
	if (!length || length >= PATH_MAX || memchr(data, '\0', length))
		return false;
	memcpy(ret, data, length);
	ret[length] = '\0';
	return true;
}

/* Read as much of a regular file as fits.  -ENOENT: not a regular file, or no right to read it. */
static ssize_t read_regular(const char *path, char *data, size_t size)
{
	/* O_NONBLOCK: opening a FIFO must not wait for its other end. */
	_cleanup_close_ int fd =
		sys_openat(AT_FDCWD, path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY, 0);
	struct stat stat;
	/* ENXIO, ENODEV: a socket, or a device without a driver. */
	if (resolve_is_finding(fd) || fd == -ENXIO || fd == -ENODEV)
		return -ENOENT;
	if (fd < 0)
		return fd;
	int error = sys_fstat(fd, &stat);
	if (error < 0 || !S_ISREG(stat.st_mode))
		return error < 0 ? error : -ENOENT;

	size_t used = 0;
	int ended = 0;
	/*
	 * If the end comes before st_size, read once more: a filter may fake it and hide the line.
	 */
	while (used < size && ended < (used < (size_t)stat.st_size ? 2 : 1)) {
		ssize_t got = read(fd, data + used, size - used);
		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0)
			return -errno;
		ended += !got;
		used += (size_t)got;
	}
	return (ssize_t)used;
}

int gitdir_read(const char *path, const char *prefix, char ret[static PATH_MAX])
{
	char data[MAX_SIZE];
	ssize_t size = read_regular(path, data, sizeof(data));
	if (size < 0 && size != -ENOENT)
		return (int)size;
	return size > 0 && gitdir_parse(data, (size_t)size, prefix, ret);
}
