/*
 * Lookups within a root: by hand they lead where the kernel's openat2(2) leads, or nowhere as it
 * does.
 */
#include "mount/in_root.h"

#include "base/sys.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* clang-format off */
#include <setjmp.h>
#include <stdarg.h>
#include <cmocka.h>
/* clang-format on */

#define ARRAY_SIZE(array) (sizeof(array) / sizeof((array)[0]))

static char place[] = "/tmp/rind-in-root.XXXXXX";
static int root = -1;

static int set_up(void **state)
{
	static const char *const directories[] = {"root", "root/a", "root/a/b", "root/d", "out"};
	static const char *const files[] = {"root/a/f", "root/f", "out/secret"};
	static const char *const links[][2] = {
		{"a/b", "root/in"},
		{"/a/b", "root/absolute"},
		{"../../../../out", "root/up"},
		{"/out/secret", "root/out"},
		{"loop2", "root/loop1"},
		{"loop1", "root/loop2"},
		{"nothing", "root/dangling"},
		{"d/new", "root/to-new"},
		{"f", "root/to-file"},
		{"f/", "root/to-file-as-directory"},
		{"a/", "root/to-directory"},
		{".", "root/dot"},
		{"/", "root/slash"},
		{"..", "root/a/dotdot"},
		{"../dot/a", "root/a/winding"},
	};

	(void)state;
	if (!mkdtemp(place) || chdir(place) < 0)
		return -1;
	for (size_t i = 0; i < ARRAY_SIZE(directories); i++)
		if (mkdir(directories[i], 0755) < 0)
			return -1;
	for (size_t i = 0; i < ARRAY_SIZE(files); i++)
		if (mknod(files[i], S_IFREG | 0644, 0) < 0)
			return -1;
	for (size_t i = 0; i < ARRAY_SIZE(links); i++)
		if (symlink(links[i][0], links[i][1]) < 0)
			return -1;
	root = open("root", O_PATH | O_DIRECTORY | O_CLOEXEC);
	return root < 0 ? -1 : 0;
}

static int tear_down(void **state)
{
	char command[64];

	(void)state;
	close(root);
	snprintf(command, sizeof(command), "rm -rf %s", place);
	return chdir("/") || system(command);
}

/* The inode that a descriptor is open on, or what it is if it is an errno; closes it. */
static long long outcome(int fd)
{
	struct stat stat;

	if (fd < 0)
		return fd;
	assert_int_equal(fstat(fd, &stat), 0);
	close(fd);
	return (long long)stat.st_ino;
}

static void compare(const char *path, uint64_t flags)
{
	long long kernel = outcome(sys_open_in_root(root, path, flags, 0));
	long long ours = outcome(in_root_walk(root, path, flags, 0));

	if (kernel != ours)
		fail_msg("\"%s\" with %#llx: the kernel says %lld, we say %lld", path,
			(unsigned long long)flags, kernel, ours);
}

static bool has_openat2(void)
{
	int fd = sys_open_in_root(root, "/", O_PATH, 0);
	if (fd >= 0)
		close(fd);
	return fd != -ENOSYS;
}

static void test_known_paths(void **state)
{
	static const char *const paths[] = {"", "/", "//", ".", "..", "../..", "a", "/a", "a/",
		"a//b/", "a/b/..", "a/b/../..", "a/../../..", "f", "f/", "f/x", "f/.", "f/..",
		"missing", "missing/..", "in", "in/", "in/..", "absolute", "absolute/..", "up",
		"up/secret", "out", "loop1", "loop1/x", "dangling", "dangling/", "to-file",
		"to-file/", "to-file-as-directory", "to-directory", "to-directory/f",
		"dot/dot/dot/a", "slash", "slash/a", "a/dotdot", "a/dotdot/a/dotdot/f",
		"a/winding/winding/f", "a/./b/.", "./a"};
	static const uint64_t flags[] = {O_PATH, O_PATH | O_DIRECTORY, O_RDONLY};

	(void)state;
	if (!has_openat2())
		skip();
	for (size_t i = 0; i < ARRAY_SIZE(paths); i++)
		for (size_t j = 0; j < ARRAY_SIZE(flags); j++)
			compare(paths[i], flags[j]);
}

/* A generator of its own: every run tries the same. */
static unsigned int next_random(unsigned int *seed)
{
	*seed = *seed * 1103515245 + 12345;
	return *seed >> 16;
}

static void test_random_paths(void **state)
{
	static const char *const parts[] = {"a", "b", "f", "in", "absolute", "up", "dot", "slash",
		"dotdot", "winding", "to-directory", "to-file", "..", ".", "", "missing", "d"};
	unsigned int seed = 1;
	char path[256];

	(void)state;
	if (!has_openat2())
		skip();
	for (int i = 0; i < 20000; i++) {
		char *end = path;
		*end = '\0';
		for (unsigned int j = next_random(&seed) % 8 + 1; j; j--) {
			const char *part = parts[next_random(&seed) % ARRAY_SIZE(parts)];
			end += sprintf(end, "%s%s", part, next_random(&seed) % 8 ? "/" : "");
		}
		compare(path, next_random(&seed) % 4 ? O_PATH : O_PATH | O_DIRECTORY);
	}
}

static void test_create(void **state)
{
	const uint64_t flags = O_CREAT | O_WRONLY;
	struct stat stat;

	(void)state;
	assert_true(outcome(in_root_walk(root, "d/plain", flags, 0640)) > 0);
	assert_int_equal(lstat("root/d/plain", &stat), 0);
	assert_int_equal(stat.st_mode & 07777 & ~022, 0640);
	/* Where a link leads, in the root. */
	assert_true(outcome(in_root_walk(root, "to-new", flags, 0644)) > 0);
	assert_int_equal(lstat("root/d/new", &stat), 0);
	assert_true(S_ISREG(stat.st_mode));
	assert_int_equal(in_root_walk(root, "missing/new", flags, 0644), -ENOENT);
	assert_int_equal(in_root_walk(root, "up/new", flags, 0644), -ELOOP);
	assert_int_not_equal(lstat("out/new", &stat), 0);
	/* What is there stays. */
	assert_true(outcome(in_root_walk(root, "f", flags, 0600)) > 0);
	assert_int_equal(lstat("root/f", &stat), 0);
	assert_int_equal(stat.st_mode & 07777, 0644 & stat.st_mode);
}

/* A directory moved out of the root during the walk: ".." must not climb to where it is now. */
static void test_moved_directory(void **state)
{
	(void)state;
	int inner = open("root/a/b", O_PATH | O_DIRECTORY | O_CLOEXEC);
	assert_true(inner >= 0);
	assert_int_equal(rename("root/a/b", "out/b"), 0);
	assert_int_equal(in_root_walk(inner, "../secret", O_PATH, 0), -ENOENT);
	assert_int_equal(in_root_walk(inner, "../../out/secret", O_PATH, 0), -ENOENT);
	assert_int_equal(rename("out/b", "root/a/b"), 0);
	close(inner);
}

/* Links of proc that lead to open files are none. */
static void test_magic_links(void **state)
{
	int proc = open("/proc", O_PATH | O_DIRECTORY | O_CLOEXEC);
	int self = proc < 0 ? -1 : in_root_walk(proc, "self/status", O_PATH, 0);

	(void)state;
	assert_true(self >= 0);
	close(self);
	assert_int_equal(in_root_walk(proc, "self/exe", O_PATH, 0), -ELOOP);
	assert_int_equal(in_root_walk(proc, "self/root/etc", O_PATH, 0), -ELOOP);
	assert_int_equal(in_root_walk(proc, "self/ns/mnt", O_PATH, 0), -ELOOP);
	close(proc);
}

/* An errno of the last open is the answer: for one, of a file that somebody has leased. */
static void test_leased(void **state)
{
	int file = open("root/f", O_RDONLY | O_CLOEXEC);

	(void)state;
	assert_true(file >= 0);
	/* What the kernel sends to the holder would end it. */
	signal(SIGIO, SIG_IGN);
	assert_int_equal(fcntl(file, F_SETLEASE, F_RDLCK), 0);
	assert_int_equal(in_root_walk(root, "f", O_WRONLY | O_NONBLOCK, 0), -EAGAIN);
	assert_int_equal(
		in_root_walk(root, "to-file", O_CREAT | O_WRONLY | O_NONBLOCK, 0644), -EAGAIN);
	assert_int_equal(fcntl(file, F_SETLEASE, F_UNLCK), 0);
	signal(SIGIO, SIG_DFL);
	close(file);
}

static void test_limits(void **state)
{
	char path[PATH_MAX + 1];

	(void)state;
	memset(path, 'x', NAME_MAX + 1);
	path[NAME_MAX + 1] = '\0';
	assert_int_equal(in_root_walk(root, path, O_PATH, 0), -ENAMETOOLONG);
	memset(path, '/', PATH_MAX);
	path[PATH_MAX] = '\0';
	assert_int_equal(in_root_walk(root, path, O_PATH, 0), -ENAMETOOLONG);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_known_paths),
		cmocka_unit_test(test_random_paths),
		cmocka_unit_test(test_create),
		cmocka_unit_test(test_moved_directory),
		cmocka_unit_test(test_magic_links),
		cmocka_unit_test(test_leased),
		cmocka_unit_test(test_limits),
	};
	return cmocka_run_group_tests(tests, set_up, tear_down);
}
