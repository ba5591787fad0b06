/* .git files: what counts as a pointer, and that nothing but a plain file is read. */
#include "policy/gitdir.h"

#include "scratch.h"

/* clang-format off */
#include <setjmp.h>
#include <stdarg.h>
#include <cmocka.h>
/* clang-format on */

#define ARRAY_SIZE(array) (sizeof(array) / sizeof((array)[0]))
#define TEXT(text)        (text), sizeof(text) - 1

static const struct {
	const char *data;
	size_t size;
	const char *prefix, *path; /* NULL: no pointer */
} cases[] = {
	{TEXT("gitdir: /a/b\n"), "gitdir:", "/a/b"},
	{TEXT("gitdir: /a/b"), "gitdir:", "/a/b"},
	{TEXT("gitdir:/a/b\n"), "gitdir:", "/a/b"},
	{TEXT("gitdir: \t /a/b\r\n"), "gitdir:", "/a/b"},
	{TEXT("gitdir: /a/b\r\r\n"), "gitdir:", "/a/b"},
	{TEXT("gitdir: ../x/.git/worktrees/w\nmore\n"), "gitdir:", "../x/.git/worktrees/w"},
	{TEXT("gitdir: a b \n"), "gitdir:", "a b "},
	{TEXT(""), "gitdir:", NULL},
	{TEXT("gitdir"), "gitdir:", NULL},
	{TEXT("gitdir:"), "gitdir:", NULL},
	{TEXT("gitdir: "), "gitdir:", NULL},
	{TEXT("gitdir:\n"), "gitdir:", NULL},
	{TEXT("gitdir:\r\n"), "gitdir:", NULL},
	{TEXT("gitdir:\n/a/b\n"), "gitdir:", NULL},
	{TEXT(" gitdir: /a/b\n"), "gitdir:", NULL},
	{TEXT("Gitdir: /a/b\n"), "gitdir:", NULL},
	{TEXT("gitdir: /a\0b\n"), "gitdir:", NULL},
	{TEXT("gitdir: /a\n\0"), "gitdir:", "/a"},
	{TEXT("../..\n"), "", "../.."},
	{TEXT("../.."), "", "../.."},
	{TEXT(" x\n"), "", " x"},
	{TEXT("\n"), "", NULL},
	{TEXT(""), "", NULL},
};

static void test_parse(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		char path[PATH_MAX] = "as it was";
		/* A copy of the exact size, so that a sanitizer sees a read past the end. */
		char *data = malloc(cases[i].size ? cases[i].size : 1);
		memcpy(data, cases[i].data, cases[i].size);
		bool found = gitdir_parse(data, cases[i].size, cases[i].prefix, path);
		free(data);
		assert_int_equal(found, cases[i].path != NULL);
		assert_string_equal(path, found ? cases[i].path : "as it was");
	}
}

static void test_parse_length(void **state)
{
	char data[2 * PATH_MAX], path[PATH_MAX];

	(void)state;
	memset(data, 'a', sizeof(data));
	assert_false(gitdir_parse(data, sizeof(data), "", path));
	assert_false(gitdir_parse(data, PATH_MAX, "", path));
	assert_true(gitdir_parse(data, PATH_MAX - 1, "", path));
	assert_int_equal(strlen(path), PATH_MAX - 1);
}

static void test_read(void **state)
{
	char path[PATH_MAX];

	(void)state;
	scratch_file("file", "gitdir: /a/b\n");
	assert_int_equal(gitdir_read("file", "gitdir:", path), 1);
	assert_string_equal(path, "/a/b");
	scratch_file("empty", "");
	assert_int_equal(gitdir_read("empty", "gitdir:", path), 0);
	assert_int_equal(gitdir_read("missing", "gitdir:", path), 0);
	assert_int_equal(gitdir_read(".", "gitdir:", path), 0);
	scratch_link("file", "link");
	assert_int_equal(gitdir_read("link", "gitdir:", path), 0);
}

/* Each of these would hang, or never end, if it were opened as a plain file is. */
static void test_read_no_file(void **state)
{
	char path[PATH_MAX];

	(void)state;
	assert_int_equal(mkfifo("fifo", 0600), 0);
	assert_int_equal(gitdir_read("fifo", "gitdir:", path), 0);
	assert_int_equal(gitdir_read("/dev/zero", "", path), 0);
	assert_int_equal(gitdir_read("/dev/tty", "", path), 0);
}

static void test_read_large(void **state)
{
	char path[PATH_MAX];

	(void)state;
	scratch_file("large", "gitdir: /a\n");
	assert_int_equal(truncate("large", (off_t)1 << 32), 0);
	assert_int_equal(gitdir_read("large", "gitdir:", path), 1);
	assert_string_equal(path, "/a");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_parse),
		cmocka_unit_test(test_parse_length),
		cmocka_unit_test(test_read),
		cmocka_unit_test(test_read_no_file),
		cmocka_unit_test(test_read_large),
	};
	return cmocka_run_group_tests(tests, scratch_make, scratch_remove);
}
