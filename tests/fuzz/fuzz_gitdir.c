/*
 * The reader of .git and commondir files.  The bytes are such a file's: the system call that opens
 * it is replaced by one that gives them, so that the reading itself is tried as well.
 */
#include "fuzz.h"
#include "policy/gitdir.h"

#include <fcntl.h>
#include <stdarg.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

/* plan/gitdir.c reads this much of a file. */
enum { READ_SIZE = 8192 };

static int file = -1;

long __wrap_syscall(long number, ...);
long __real_syscall(long number, ...);

long __wrap_syscall(long number, ...)
{
	va_list list;

	if (number == SYS_openat)
		return fcntl(file, F_DUPFD_CLOEXEC, 3);
	/* The only other one; no more arguments are taken than it has. */
	fuzz_check(number == SYS_fstat);
	va_start(list, number);
	int fd = va_arg(list, int);
	struct stat *stat = va_arg(list, struct stat *);
	va_end(list);
	return __real_syscall(number, fd, stat);
}

static void make_file(const uint8_t *data, size_t size)
{
	file = memfd_create("file", MFD_CLOEXEC);
	fuzz_check(file >= 0);
	fuzz_check(write(file, data, size) == (ssize_t)size);
	fuzz_check(lseek(file, 0, SEEK_SET) == 0);
}

/* What is found is on the first line, behind the prefix and blanks, and fit for a path. */
static void check_found(const uint8_t *data, size_t size, const char *prefix, const char *found)
{
	size_t skip = strlen(prefix), length = strlen(found);

	fuzz_check(length > 0 && length < PATH_MAX);
	fuzz_check(!strchr(found, '\n'));
	fuzz_check(size >= skip + length && !memcmp(data, prefix, skip));
	while (skip && skip < size && (data[skip] == ' ' || data[skip] == '\t') &&
		(size - skip < length || memcmp(data + skip, found, length) != 0))
		skip++;
	fuzz_check(size - skip >= length && !memcmp(data + skip, found, length));
}

static void try_prefix(const uint8_t *data, size_t size, const char *prefix)
{
	char parsed[PATH_MAX], read[PATH_MAX], untouched[PATH_MAX];

	memset(parsed, 'x', sizeof(parsed));
	memset(read, 'x', sizeof(read));
	memset(untouched, 'x', sizeof(untouched));
	size_t seen = size < READ_SIZE ? size : READ_SIZE;
	bool found = gitdir_parse((const char *)data, seen, prefix, parsed);
	if (found)
		check_found(data, seen, prefix, parsed);
	else
		fuzz_check(!memcmp(parsed, untouched, sizeof(parsed)));

	make_file(data, size);
	fuzz_check(gitdir_read("/workspace/.git", prefix, read) == (int)found);
	fuzz_check(!memcmp(parsed, read, sizeof(read)));
	close(file);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	/* An empty input comes as NULL. */
	static const uint8_t nothing[1];
	if (!size)
		data = nothing;
	try_prefix(data, size, "gitdir:");
	try_prefix(data, size, "");
	return 0;
}
