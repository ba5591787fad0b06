/* Child side, the supervisor and the janitor: knows a placeholder by its mark. */
#include "base/placeholder_mark.h"

#include "base/fd.h"
#include "base/sys.h"

static bool is_marked_fifo(const struct stat *stat)
{
	return S_ISFIFO(stat->st_mode) && (stat->st_mode & 07333) == S_ISVTX && stat->st_nlink == 1;
}

/* By stat alone: most directories are no placeholders, and need not be opened. */
static bool is_marked_directory(const struct stat *stat)
{
	return S_ISDIR(stat->st_mode) && (stat->st_mode & 07422) == (S_ISVTX | S_IRUSR);
}

static bool is_dots(const char *name)
{
	return name[0] == '.' && (!name[1] || (name[1] == '.' && !name[2]));
}

/* A failed call counts as content: what is not known to be empty is the user's. */
bool placeholder_is_empty(int fd)
{
	union {
		struct sys_dirent aligned;
		char bytes[512];
	} buffer;
	long size;

	if (sys_result(lseek(fd, 0, SEEK_SET)) < 0)
		return false;
	while ((size = sys_getdents(fd, buffer.bytes, sizeof(buffer.bytes))) > 0)
		for (long at = 0; at < size;) {
			const struct sys_dirent *entry = (const void *)(buffer.bytes + at);
			at += entry->length;
			if (!is_dots(entry->name))
				return false;
		}
	return size == 0;
}

bool placeholder_is_marked(const struct stat *stat)
{
	return is_marked_fifo(stat) || is_marked_directory(stat);
}

bool placeholder_found_at(int fd, const struct stat *stat)
{
	return is_marked_fifo(stat) || (is_marked_directory(stat) && placeholder_is_empty(fd));
}

bool placeholder_found(int directory, const char *name, const struct stat *stat)
{
	if (!is_marked_directory(stat))
		return is_marked_fifo(stat);
	_cleanup_close_ int fd =
		sys_openat(directory, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW, 0);
	return fd >= 0 && placeholder_is_empty(fd);
}
