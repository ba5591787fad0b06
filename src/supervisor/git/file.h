/*
 * Files of a git directory, read and copied by descriptor.  Supervisor.
 *
 * A sandboxed command may have made what is there: nothing here follows a symlink, waits, or reads
 * more than it is told to.
 */
#ifndef RIND_SUPERVISOR_GIT_FILE_H
#define RIND_SUPERVISOR_GIT_FILE_H

#include "base/arena.h"
#include "base/error.h"

#include <stdbool.h>
#include <sys/types.h>

/* Bytes in an arena; data is followed by a NUL that is not counted. */
struct content {
	char *data;
	size_t size;
};

/* Open a regular file, read-only: -ENOENT if it is missing, or is no regular file; -errno. */
int file_open(int directory, const char *path) _must_check_;

/* Read a regular file.  -ENOENT as file_open(); -EFBIG: it has more than limit bytes. */
int file_read(struct arena *arena, int directory, const char *path, size_t limit,
	struct content *ret) _must_check_;

/* The same for an open file, from its beginning. */
int file_read_open(struct arena *arena, int fd, size_t limit, struct content *ret) _must_check_;

/*
 * Copy all of an open file to the end of another.  go_on (NULL: none) is asked now and then, and
 * ends it with -errno.  -EFBIG: a file on a tmpfs with holes, of which a copy takes more room.
 */
int file_copy(
	int from, int to, int (*go_on)(const void *context), const void *context) _must_check_;

/* Make a file, which must not exist, with this content. */
int file_write(int directory, const char *path, const char *data, size_t size) _must_check_;

/* Do two open files have the same content?  1, 0, or -errno. */
int file_is_same(int a, int b) _must_check_;

/*
 * Call each for every entry of a directory but "." and "..", in no order, until it returns other
 * than 0, which is then returned.  0 where there is no such directory.
 */
int file_each_entry(int directory, const char *path,
	int (*each)(void *context, int at, const char *name, bool is_directory),
	void *context) _must_check_;

#endif
