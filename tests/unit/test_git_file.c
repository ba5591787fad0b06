/* Files of a git directory: only regular ones are opened, and no more is read than was said. */
#include "supervisor/git/file.h"

#include "base/fd.h"
#include "scratch.h"

#include <errno.h>
#include <sys/mman.h>

/* clang-format off */
#include <setjmp.h>
#include <stdarg.h>
#include <cmocka.h>
/* clang-format on */

#define ARRAY_SIZE(array) (sizeof(array) / sizeof((array)[0]))

/* file.c copies a block at a time, and compares half of one. */
enum { BLOCK = 1 << 16, TWO_BLOCKS = 2 * BLOCK, LARGEST = 3 * BLOCK + 7 };
enum { SECRET = 0, PUBLIC = 0755 };

static int open_scratch(void)
{
	int fd = open(scratch, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	assert_true(fd >= 0);
	return fd;
}

/* An open file with this content; its offset is at the end. */
static int make_open(const char *data, size_t size)
{
	int fd = memfd_create("test", MFD_CLOEXEC);
	assert_true(fd >= 0);
	assert_int_equal(write(fd, data, size), size);
	return fd;
}

/* --- opening ---------------------------------------------------------------------------------- */

/* What the tests of opening look at; the scratch directory is the working directory. */
static int make_tree(void **state)
{
	if (scratch_make(state) < 0)
		return -1;
	scratch_file("file", "text");
	scratch_file("empty", "");
	scratch_directory("dir");
	scratch_directory("dir/sub");
	scratch_file("dir/sub/file", "below");
	scratch_link("file", "to-file");
	scratch_link("missing", "to-missing");
	scratch_link("dir", "to-dir");
	scratch_link("sub", "dir/to-sub");
	scratch_link(scratch, "absolute");
	scratch_link("loop", "loop");
	scratch_socket("socket");
	return mkfifo("fifo", 0600);
}

#define LONGEST                                                            \
	"0123456789012345678901234567890123456789012345678901234567890123" \
	"0123456789012345678901234567890123456789012345678901234567890123" \
	"0123456789012345678901234567890123456789012345678901234567890123" \
	"012345678901234567890123456789012345678901234567890123456789012"

static const struct {
	const char *path;
	int result;
	const char *text;
} paths[] = {
	{"file", 0, "text"},
	{"empty", 0, ""},
	{"dir/sub/file", 0, "below"},
	{"./dir//sub/./file", 0, "below"},
	{"missing", -ENOENT, NULL},
	{"missing/file", -ENOENT, NULL},
	{"dir/missing", -ENOENT, NULL},
	/* No regular file. */
	{".", -ENOENT, NULL},
	{"dir", -ENOENT, NULL},
	{"dir/", -ENOENT, NULL},
	{"fifo", -ENOENT, NULL},
	{"socket", -ENOENT, NULL},
	/* No directory on the way. */
	{"file/file", -ENOENT, NULL},
	{"fifo/file", -ENOENT, NULL},
	{"socket/file", -ENOENT, NULL},
	/* No symlink, wherever it is. */
	{"to-file", -ENOENT, NULL},
	{"to-missing", -ENOENT, NULL},
	{"to-dir", -ENOENT, NULL},
	{"loop", -ENOENT, NULL},
	{"loop/file", -ENOENT, NULL},
	{"to-dir/sub/file", -ENOENT, NULL},
	{"dir/to-sub/file", -ENOENT, NULL},
	{"absolute/file", -ENOENT, NULL},
	/* Names as long as can be, and longer. */
	{LONGEST, -ENOENT, NULL},
	{LONGEST "/file", -ENOENT, NULL},
	{LONGEST "0", -ENAMETOOLONG, NULL},
	{LONGEST "0/file", -ENAMETOOLONG, NULL},
	{"dir/" LONGEST "0", -ENAMETOOLONG, NULL},
	{"dir/" LONGEST "0/file", -ENAMETOOLONG, NULL},
};

static void test_open(void **state)
{
	_cleanup_close_ int directory = open_scratch();

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(paths); i++) {
		struct stat stat;
		_cleanup_close_ int fd = file_open(directory, paths[i].path);
		if ((fd < 0 ? fd : 0) != paths[i].result)
			fail_msg("%s: %d", paths[i].path, fd);
		if (fd < 0)
			continue;
		assert_int_equal(fstat(fd, &stat), 0);
		assert_true(S_ISREG(stat.st_mode));
		assert_int_equal(fcntl(fd, F_GETFL) & O_ACCMODE, O_RDONLY);
		assert_int_equal(fcntl(fd, F_GETFD), FD_CLOEXEC);
	}
}

static void test_open_devices(void **state)
{
	static const char *const devices[] = {"null", "zero", "full", "tty"};
	_cleanup_close_ int directory = open("/dev", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	struct stat stat;

	(void)state;
	assert_true(directory >= 0);
	for (size_t i = 0; i < ARRAY_SIZE(devices); i++) {
		assert_int_equal(fstatat(directory, devices[i], &stat, AT_SYMLINK_NOFOLLOW), 0);
		assert_true(S_ISCHR(stat.st_mode));
		assert_int_equal(file_open(directory, devices[i]), -ENOENT);
	}
}

/* The device by which an overlay removes. */
static void test_open_removed(void **state)
{
	_cleanup_close_ int directory = open_scratch();

	(void)state;
	/* Before Linux 5.8, or where a filter forbids all devices. */
	if (mknod("removed", S_IFCHR, 0) < 0)
		skip();
	assert_int_equal(file_open(directory, "removed"), -ENOENT);
}

/* As a user whom modes mean something to. */
static int open_as_user(int directory, const char *path)
{
	enum { NOBODY = 65534 };
	const uid_t uid = geteuid();

	if (uid == 0)
		assert_int_equal(seteuid(NOBODY), 0);
	int result = file_open(directory, path);
	if (uid == 0)
		assert_int_equal(seteuid(uid), 0);
	return result;
}

static void test_open_unreadable(void **state)
{
	static const struct {
		const char *closed, *path;
		int result;
	} cases[] = {
		{"file", "file", -EACCES},
		{"dir/sub/file", "dir/sub/file", -EACCES},
		{"dir/sub", "dir/sub/file", -EACCES},
		{"dir", "dir/sub/file", -EACCES},
		/* What may not be read, and would be no file if it might. */
		{"fifo", "fifo", -ENOENT},
		{"dir/sub", "dir/sub", -ENOENT},
		{"socket", "socket", -ENOENT},
	};
	_cleanup_close_ int directory = open_scratch();

	(void)state;
	assert_int_equal(chmod(scratch, PUBLIC), 0);
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		assert_int_equal(chmod("dir", PUBLIC) | chmod("dir/sub", PUBLIC), 0);
		assert_int_equal(chmod("dir/sub/file", PUBLIC), 0);
		_cleanup_close_ int opened = open_as_user(directory, "dir/sub/file");
		assert_int_equal(chmod(cases[i].closed, SECRET), 0);
		int result = open_as_user(directory, cases[i].path);
		assert_int_equal(chmod(cases[i].closed, PUBLIC), 0);
		assert_true(opened >= 0);
		if (result != cases[i].result)
			fail_msg("%s without %s: %d", cases[i].path, cases[i].closed, result);
	}
}

static const size_t sizes[] = {0, 1, BLOCK / 2, BLOCK - 1, BLOCK, BLOCK + 1, LARGEST};

/* Bytes that no block repeats. */
static char *pattern(void)
{
	static char data[LARGEST];

	for (size_t i = 0; i < sizeof(data); i++)
		data[i] = (char)(i % 251);
	return data;
}

/* --- reading ---------------------------------------------------------------------------------- */

static void test_read(void **state)
{
	_cleanup_close_ int directory = open_scratch();

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(paths); i++) {
		struct arena arena = {NULL};
		struct content content = {0};
		assert_int_equal(
			file_read(&arena, directory, paths[i].path, 10, &content), paths[i].result);
		if (paths[i].text) {
			assert_int_equal(content.size, strlen(paths[i].text));
			assert_string_equal(content.data, paths[i].text);
		} else {
			assert_null(content.data);
		}
		arena_free(&arena);
	}
}

static void test_read_limits(void **state)
{
	static const struct {
		size_t size, limit;
		int result;
	} cases[] = {
		{0, 0, 0},
		{1, 0, -EFBIG},
		{5, 5, 0},
		{6, 5, -EFBIG},
		{BLOCK, BLOCK, 0},
		{BLOCK + 1, BLOCK, -EFBIG},
		{LARGEST, SIZE_MAX, 0},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		const char *data = pattern();
		struct arena arena = {NULL};
		struct content content = {0};
		/* Its offset is at the end, and stays there. */
		_cleanup_close_ int fd = make_open(data, cases[i].size);
		int result = file_read_open(&arena, fd, cases[i].limit, &content);
		assert_int_equal(result, cases[i].result);
		assert_int_equal(lseek(fd, 0, SEEK_CUR), cases[i].size);
		if (!result) {
			assert_int_equal(content.size, cases[i].size);
			assert_memory_equal(content.data, data, cases[i].size);
			assert_int_equal(content.data[content.size], '\0');
		} else {
			assert_null(content.data);
		}
		arena_free(&arena);
	}
}

/* A file without room, of which nothing may be allocated before its size is looked at. */
static void test_read_huge(void **state)
{
	struct arena arena = {NULL};
	struct content content = {0};
	_cleanup_close_ int directory = open_scratch();

	(void)state;
	scratch_file("huge", "text");
	assert_int_equal(truncate("huge", (off_t)1 << 40), 0);
	assert_int_equal(file_read(&arena, directory, "huge", 1 << 20, &content), -EFBIG);
	assert_null(content.data);
	assert_null(arena.chunks);
}

/* The kernel gives these a size of 0, and more than that to read. */
static void test_read_unsized(void **state)
{
	struct arena arena = {NULL};
	struct content content = {0};
	struct stat stat;
	_cleanup_close_ int fd = open("/proc/self/status", O_RDONLY | O_CLOEXEC);

	(void)state;
	assert_true(fd >= 0);
	assert_int_equal(fstat(fd, &stat), 0);
	assert_int_equal(stat.st_size, 0);
	assert_int_equal(file_read_open(&arena, fd, 1 << 20, &content), -EFBIG);
	arena_free(&arena);
}

/* --- copying and writing ---------------------------------------------------------------------- */

static void expect_content(int fd, const char *start, const char *rest, size_t size)
{
	struct arena arena = {NULL};
	struct content content = {0};

	assert_int_equal(file_read_open(&arena, fd, 1 << 20, &content), 0);
	assert_int_equal(content.size, strlen(start) + size);
	assert_memory_equal(content.data, start, strlen(start));
	assert_memory_equal(content.data + strlen(start), rest, size);
	arena_free(&arena);
}

static void test_copy(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(sizes); i++) {
		_cleanup_close_ int from = make_open(pattern(), sizes[i]);
		_cleanup_close_ int to = make_open("before", 6);
		assert_int_equal(file_copy(from, to, NULL, NULL), 0);
		expect_content(to, "before", pattern(), sizes[i]);
	}
}

/* How often go_on may be asked before it ends the copy. */
struct patience {
	unsigned int left, asked;
	int error;
};

static int lose_patience(const void *context)
{
	struct patience *patience = *(struct patience *const *)context;

	patience->asked++;
	if (!patience->left)
		return patience->error;
	patience->left--;
	return 0;
}

static void test_copy_go_on(void **state)
{
	static const struct {
		unsigned int left, asked;
		int error, result;
		size_t copied;
	} cases[] = {
		{9, 4, -EINTR, 0, LARGEST},
		{4, 4, -EINTR, 0, LARGEST},
		{3, 4, -EINTR, -EINTR, LARGEST},
		{1, 2, -ETIMEDOUT, -ETIMEDOUT, TWO_BLOCKS},
		{0, 1, -EINTR, -EINTR, BLOCK},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct patience patience = {.left = cases[i].left, .error = cases[i].error};
		struct patience *const context = &patience;
		_cleanup_close_ int from = make_open(pattern(), LARGEST);
		_cleanup_close_ int to = make_open("", 0);
		assert_int_equal(file_copy(from, to, lose_patience, &context), cases[i].result);
		assert_int_equal(patience.asked, cases[i].asked);
		expect_content(to, "", pattern(), cases[i].copied);
	}
}

static void test_copy_holes(void **state)
{
	static const struct {
		off_t size;
		int result;
	} cases[] = {
		{1 << 20, 0},
		{(1 << 20) + 1, -EFBIG},
		{1 << 24, -EFBIG},
		{(off_t)1 << 40, -EFBIG},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct stat stat;
		_cleanup_close_ int from = memfd_create("holes", MFD_CLOEXEC);
		_cleanup_close_ int to = make_open("", 0);
		assert_int_equal(ftruncate(from, cases[i].size), 0);
		assert_int_equal(fstat(from, &stat), 0);
		assert_int_equal(stat.st_blocks, 0);
		assert_int_equal(file_copy(from, to, NULL, NULL), cases[i].result);
		assert_int_equal(fstat(to, &stat), 0);
		assert_int_equal(stat.st_size, cases[i].result ? 0 : cases[i].size);
	}
}

static void test_copy_errors(void **state)
{
	_cleanup_close_ int from = make_open("text", 4);
	_cleanup_close_ int full = open("/dev/full", O_WRONLY | O_CLOEXEC);
	_cleanup_close_ int directory = open_scratch();

	(void)state;
	assert_true(full >= 0);
	assert_int_equal(file_copy(from, full, NULL, NULL), -ENOSPC);
	assert_int_equal(file_copy(from, directory, NULL, NULL), -EBADF);
	assert_int_equal(file_copy(directory, from, NULL, NULL), -EISDIR);
	assert_int_equal(file_copy(-1, from, NULL, NULL), -EBADF);
	expect_content(from, "text", "", 0);
}

static void test_write(void **state)
{
	static const char *const existing[] = {"file", "dir", "to-file", "to-missing", "fifo"};
	_cleanup_close_ int directory = open_scratch();
	struct stat stat;

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(sizes); i++) {
		assert_int_equal(file_write(directory, "written", pattern(), sizes[i]), 0);
		_cleanup_close_ int fd = file_open(directory, "written");
		assert_true(fd >= 0);
		expect_content(fd, "", pattern(), sizes[i]);
		assert_int_equal(fstat(fd, &stat), 0);
		assert_int_equal(stat.st_mode & 0777 & ~0600, 0);
		assert_int_equal(unlink("written"), 0);
	}
	for (size_t i = 0; i < ARRAY_SIZE(existing); i++)
		assert_int_equal(file_write(directory, existing[i], "x", 1), -EEXIST);
	assert_int_equal(access("missing", F_OK), -1);
	_cleanup_close_ int fd = file_open(directory, "file");
	expect_content(fd, "text", "", 0);
}

/* --- comparing -------------------------------------------------------------------------------- */

static void test_is_same(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(sizes); i++) {
		for (size_t j = 0; j < ARRAY_SIZE(sizes); j++) {
			_cleanup_close_ int a = make_open(pattern(), sizes[i]);
			_cleanup_close_ int b = make_open(pattern(), sizes[j]);
			assert_int_equal(file_is_same(a, b), i == j);
		}
	}
}

static void test_is_same_bytes(void **state)
{
	static const size_t places[] = {0, BLOCK / 2 - 1, BLOCK / 2, BLOCK, LARGEST - 1};
	_cleanup_close_ int a = make_open(pattern(), LARGEST);

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(places); i++) {
		char *data = pattern();
		data[places[i]] ^= 1;
		_cleanup_close_ int b = make_open(data, LARGEST);
		assert_int_equal(file_is_same(a, b), 0);
		assert_int_equal(file_is_same(b, a), 0);
		assert_int_equal(file_is_same(b, b), 1);
	}
	assert_int_equal(file_is_same(a, -1), -EBADF);
	assert_int_equal(file_is_same(-1, a), -EBADF);
}

/* --- entries ---------------------------------------------------------------------------------- */

struct seen {
	size_t count, stop_after;
	struct {
		char name[NAME_MAX + 1];
		bool is_directory;
	} entries[16];
};

static int see(void *context, int at, const char *name, bool is_directory)
{
	struct seen *seen = context;
	struct stat stat;

	assert_true(seen->count < ARRAY_SIZE(seen->entries));
	/* It is an entry of the directory that is given along with it. */
	assert_int_equal(fstatat(at, name, &stat, AT_SYMLINK_NOFOLLOW), 0);
	strcpy(seen->entries[seen->count].name, name);
	seen->entries[seen->count++].is_directory = is_directory;
	return seen->count == seen->stop_after ? 7 : 0;
}

static int compare_entries(const void *a, const void *b)
{
	return strcmp(a, b);
}

/* The entries by name, with a slash after a directory and a blank between them. */
static const char *list(struct seen *seen)
{
	static char text[1024];

	text[0] = '\0';
	qsort(seen->entries, seen->count, sizeof(seen->entries[0]), compare_entries);
	for (size_t i = 0; i < seen->count; i++)
		snprintf(text + strlen(text), sizeof(text) - strlen(text), "%s%s%s", i ? " " : "",
			seen->entries[i].name, seen->entries[i].is_directory ? "/" : "");
	return text;
}

static void test_each_entry(void **state)
{
	static const struct {
		const char *path, *entries;
	} cases[] = {
		{".", ".hidden empty/ fifo file socket sub/ to-sub"},
		{"sub", "file"},
		{"./sub/.", "file"},
		{"empty", ""},
		/* None of these is a directory. */
		{"missing", ""},
		{"missing/sub", ""},
		{"file", ""},
		{"file/sub", ""},
		{"fifo", ""},
		{"socket", ""},
		{"to-sub", ""},
	};

	(void)state;
	scratch_directory("each");
	scratch_directory("each/sub");
	scratch_directory("each/empty");
	scratch_file("each/file", "");
	scratch_file("each/.hidden", "");
	scratch_file("each/sub/file", "");
	scratch_link("sub", "each/to-sub");
	scratch_socket("each/socket");
	assert_int_equal(mkfifo("each/fifo", 0600), 0);
	_cleanup_close_ int directory = open("each", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	assert_true(directory >= 0);
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct seen seen = {0};
		assert_int_equal(file_each_entry(directory, cases[i].path, see, &seen), 0);
		if (strcmp(list(&seen), cases[i].entries) != 0)
			fail_msg("%s: %s", cases[i].path, list(&seen));
	}
	/* What the function returns ends it; nor does it matter how far somebody else has read. */
	for (size_t i = 1; i <= 7; i++) {
		struct seen seen = {.stop_after = i};
		assert_int_equal(file_each_entry(directory, ".", see, &seen), 7);
		assert_int_equal(seen.count, i);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_open),
		cmocka_unit_test(test_open_devices),
		cmocka_unit_test(test_open_removed),
		cmocka_unit_test(test_open_unreadable),
		cmocka_unit_test(test_read),
		cmocka_unit_test(test_read_limits),
		cmocka_unit_test(test_read_huge),
		cmocka_unit_test(test_read_unsized),
		cmocka_unit_test(test_copy),
		cmocka_unit_test(test_copy_go_on),
		cmocka_unit_test(test_copy_holes),
		cmocka_unit_test(test_copy_errors),
		cmocka_unit_test(test_write),
		cmocka_unit_test(test_is_same),
		cmocka_unit_test(test_is_same_bytes),
		cmocka_unit_test(test_each_entry),
	};
	return cmocka_run_group_tests(tests, make_tree, scratch_remove);
}
