/*
 * Child side: close_range(2) for kernels that do not have it: every descriptor that is open, one
 * after the other, as /proc lists them.
 */
#include "child/close_each.h"

#include "base/fd.h"
#include "base/sys.h"

#include <stdbool.h>

/* The number that a name is; false for "." and "..". */
static bool read_number(const char *name, unsigned int *ret)
{
	unsigned int number = 0;

	if (*name < '0' || *name > '9')
		return false;
	for (; *name >= '0' && *name <= '9'; name++)
		number = number * 10 + (unsigned int)(*name - '0');
	*ret = number;
	return true;
}

/*
 * What is seen is closed: *ret_seen says whether there was any.  -EIO: not even the listing itself, which
 * is open, so that this was no list of what is.
 */
static int close_some(int listing, unsigned int first, unsigned int last, int keep, bool *ret_seen)
{
	union {
		struct sys_dirent aligned;
		char bytes[4096];
	} buffer;
	bool complete = false;
	*ret_seen = false;

	for (;;) {
		long size = sys_result(
			syscall(SYS_getdents64, listing, buffer.bytes, sizeof(buffer.bytes)));
		if (size < 0)
			return (int)size;
		if (!size)
			return complete ? 0 : -EIO;
		for (long at = 0; at < size;) {
			const struct sys_dirent *entry = (const void *)(buffer.bytes + at);
			unsigned int fd;
			at += entry->length;
			if (!read_number(entry->name, &fd))
				continue;
			complete |= (int)fd == listing;
			if (fd < first || fd > last || (int)fd == listing || (int)fd == keep)
				continue;
			*ret_seen = true;
			close((int)fd);
		}
	}
}

int close_each(int process, unsigned int first, unsigned int last, int keep)
{
	enum { ATTEMPTS = 1000 };
	bool seen = true;
	_cleanup_close_ int listing = sys_openat(process, "fd", O_RDONLY | O_DIRECTORY, 0);
	if (listing < 0)
		return listing;

	/* Closing an entry changes the directory that is being read: so read until there is none. */
	for (int i = 0; seen && i < ATTEMPTS; i++) {
		if (lseek(listing, 0, SEEK_SET) < 0)
			return -errno;
		int error = close_some(listing, first, last, keep, &seen);
		if (error < 0)
			return error;
	}
	return seen ? -EIO : 0;
}

int close_range_or_each(unsigned int first, unsigned int last)
{
	int error = sys_close_range(first, last, 0);
	if (error != -ENOSYS)
		return error;
	_cleanup_close_ int process = sys_openat(AT_FDCWD, "/proc/self", O_PATH | O_DIRECTORY, 0);
	return process < 0 ? process : close_each(process, first, last, process);
}
