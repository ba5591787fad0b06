/* A scratch directory for the tests that need real files: made, filled and removed by short calls.
 */
#ifndef RIND_TESTS_SCRATCH_H
#define RIND_TESTS_SCRATCH_H

#include <fcntl.h>
#include <ftw.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

static char scratch[PATH_MAX]; /* without symlinks in it; the working directory while tests run */

static inline int scratch_make(void **state)
{
	char path[] = "/tmp/rind-unit-XXXXXX";

	(void)state;
	unsetenv("TMPDIR");
	return mkdtemp(path) && realpath(path, scratch) ? chdir(scratch) : -1;
}

static inline int scratch_remove_entry(
	const char *path, const struct stat *stat, int type, struct FTW *walk)
{
	(void)stat, (void)type, (void)walk;
	return remove(path);
}

static inline int scratch_remove(void **state)
{
	(void)state;
	if (chdir("/") < 0)
		return -1;
	return nftw(scratch, scratch_remove_entry, 16, FTW_DEPTH | FTW_PHYS);
}

/* scratch/name, in one of a few buffers that are used in turn. */
static inline const char *scratch_path(const char *name)
{
	static char buffers[8][PATH_MAX + NAME_MAX + 2];
	static unsigned int turn;
	char *buffer = buffers[turn++ % 8];

	snprintf(buffer, sizeof(buffers[0]), "%s/%s", scratch, name);
	return buffer;
}

static inline void scratch_directory(const char *name)
{
	if (mkdir(scratch_path(name), 0755) < 0)
		abort();
}

static inline void scratch_file(const char *name, const char *text)
{
	FILE *file = fopen(scratch_path(name), "w");
	if (!file || fputs(text, file) < 0 || fclose(file) < 0)
		abort();
}

static inline void scratch_link(const char *target, const char *name)
{
	if (symlink(target, scratch_path(name)) < 0)
		abort();
}

/* By a name from the working directory, as that of a socket must be short. */
static inline void scratch_socket(const char *name)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	snprintf(address.sun_path, sizeof(address.sun_path), "%s", name);
	if (fd < 0 || bind(fd, (const struct sockaddr *)&address, sizeof(address)) < 0)
		abort();
	close(fd);
}

#endif
