/*
 * The reader of git's index.  The bytes are the index; and where "DIRC" stands in them once more,
 * the shared index begins.  The system calls that open the two are replaced by one that gives them,
 * so that the reading itself is tried as well.
 */
#include "fuzz.h"
#include "policy/git_index.h"

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

static int index_file = -1, shared_file = -1;

long __wrap_syscall(long number, ...);
long __real_syscall(long number, ...);

static long open_instead(const char *path)
{
	int file = strstr(path, "/sharedindex.") ? shared_file : index_file;
	if (file >= 0)
		return fcntl(file, F_DUPFD_CLOEXEC, 3);
	errno = ENOENT;
	return -1;
}

long __wrap_syscall(long number, ...)
{
	va_list list;
	long result;

	va_start(list, number);
	int first = va_arg(list, int);
	if (number == SYS_openat) {
		result = open_instead(va_arg(list, const char *));
	} else {
		/* The only other one; no more arguments are taken than it has. */
		fuzz_check(number == SYS_fstat);
		result = __real_syscall(number, first, va_arg(list, struct stat *));
	}
	va_end(list);
	return result;
}

static int make_file(const uint8_t *data, size_t size)
{
	int file = memfd_create("file", MFD_CLOEXEC);
	fuzz_check(file >= 0);
	fuzz_check(write(file, data, size) == (ssize_t)size);
	return file;
}

/* Does path stay in the work tree, and name no repository in there? */
static void check_link(const char *path)
{
	const char *end = path;

	for (; *path; path = *end ? end + 1 : end) {
		end = path + strcspn(path, "/");
		size_t size = (size_t)(end - path);
		fuzz_check(size > 0);
		fuzz_check(!(size == 1 && *path == '.'));
		fuzz_check(!(size == 2 && !strncmp(path, "..", 2)));
		fuzz_check(!(size == 4 && !strncmp(path, ".git", 4)));
	}
	fuzz_check(end[-1] != '/');
}

static void read_index(size_t size)
{
	struct arena arena = {NULL};
	struct git_index index = {.arena = &arena};

	int result = git_index_read(&index, "/workspace/.git");
	fuzz_check(result == 0 || result == -EBADMSG);
	fuzz_check(!result || (index.file && index.problem && !index.link_count));
	/* An entry takes more than 60 bytes; a shared index can be read with both sizes. */
	fuzz_check(index.link_count <= size / 30);
	for (size_t i = 0; i < index.link_count; i++)
		check_link(index.links[i]);
	arena_free(&arena);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	/* An empty input comes as NULL. */
	static const uint8_t nothing[1];
	if (!size)
		data = nothing;
	const uint8_t *shared = size > 4 ? memmem(data + 1, size - 1, "DIRC", 4) : NULL;
	size_t length = shared ? (size_t)(shared - data) : size;

	index_file = make_file(data, length);
	shared_file = shared ? make_file(shared, size - length) : -1;
	read_index(size);
	close(index_file);
	if (shared)
		close(shared_file);
	return 0;
}
