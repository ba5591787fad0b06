/*
 * Child side, and the janitor: close_range(2) for kernels without it: closes each descriptor that
 * /proc lists as open.
 */
#include "child/close_each.h"

#include "base/fd.h"
#include "base/number.h"
#include "base/sys.h"

#include <limits.h>
#include <stdbool.h>

/*
 * Close what one pass over the listing shows; *ret_seen: it showed something to close.  -EIO: the
 * listing does not even contain its own descriptor, so it is not the real list.
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
		long size = sys_getdents(listing, buffer.bytes, sizeof(buffer.bytes));
		if (size < 0)
			return (int)size;
		if (!size)
			return complete ? 0 : -EIO;
		for (long at = 0; at < size;) {
			const struct sys_dirent *entry = (const void *)(buffer.bytes + at);
			uint64_t number;
			at += entry->length;
			if (number_parse(entry->name, 10, INT_MAX, &number) < 0)
				continue; /* "." and ".." */
			unsigned int fd = (unsigned int)number;
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

	/*
	 * Closing a descriptor changes the directory while it is being read, so an entry may be
	 * missed: repeat until a pass finds nothing.
	 */
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

/* The lowest of these descriptors that is not below first; -1: none. */
static int lowest_open(const int *kept, size_t count, int first)
{
	int lowest = -1;

	for (size_t i = 0; i < count; i++)
		if (kept[i] >= first && (lowest < 0 || kept[i] < lowest))
			lowest = kept[i];
	return lowest;
}

int close_all_but(const int *kept, size_t count)
{
	int next = STDERR_FILENO + 1, keep, error = 0;

	while (!error && (keep = lowest_open(kept, count, next)) >= 0) {
		error = close_range_or_each((unsigned int)next, (unsigned int)keep - 1);
		next = keep + 1;
	}
	return error < 0 ? error : close_range_or_each((unsigned int)next, ~0U);
}
