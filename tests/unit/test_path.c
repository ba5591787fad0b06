/* Paths as text: checking, cleaning, containment, order. */
#include "base/path.h"

#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>

/* clang-format off */
#include <setjmp.h>
#include <stdarg.h>
#include <cmocka.h>
/* clang-format on */

#define ARRAY_SIZE(array) (sizeof(array) / sizeof((array)[0]))

static void test_check(void **state)
{
	struct rind_error err;
	char longest[PATH_MAX];

	(void)state;
	assert_int_equal(path_check("a", "--hide", &err), 0);
	assert_int_equal(path_check("a\nb", "--hide", &err), 0);
	assert_int_equal(path_check("", "--hide", &err), -EINVAL);
	assert_string_equal(err.message, "--hide: the path is empty; name a file or directory");
	assert_int_equal(path_check("", "--hide", NULL), -EINVAL);

	memset(longest, 'a', sizeof(longest));
	longest[PATH_MAX - 1] = '\0';
	assert_int_equal(path_check(longest, "--hide", &err), 0);

	char longer[PATH_MAX + 1];
	memset(longer, 'a', sizeof(longer));
	longer[PATH_MAX] = '\0';
	assert_int_equal(path_check(longer, "--hide", &err), -ENAMETOOLONG);
	assert_non_null(strstr(err.message, "--hide: the path starting with aaaa"));
	assert_non_null(strstr(err.message, "4095 bytes"));
}

static void test_dotdot(void **state)
{
	static const struct {
		const char *path;
		bool has;
	} cases[] = {
		{"..", true},
		{"../a", true},
		{"a/..", true},
		{"a/../b", true},
		{"/..", true},
		{"a//..//b", true},
		{"", false},
		{".", false},
		{"...", false},
		{"a..", false},
		{"..a", false},
		{"a/..b/c", false},
		{"/", false},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++)
		assert_int_equal(path_has_dotdot(cases[i].path), cases[i].has);
}

static void test_join(void **state)
{
	static const struct {
		const char *directory, *name, *joined;
	} cases[] = {
		{"/", "", "/"},
		{"/", "a", "/a"},
		{"/", "/", "/"},
		{"/a", "b", "/a/b"},
		{"/a/", "b/", "/a/b"},
		{"//a//b", "./c//d/.", "/a/b/c/d"},
		{"/a", "/b", "/b"},
		{"/a", "../b", "/b"},
		{"/a", "../../..", "/"},
		{"/a/b", "..", "/a"},
		{"/", "..", "/"},
		{"/a", "b/../../c", "/c"},
		{"/a", "..b/...", "/a/..b/..."},
		{"/a", "b\nc", "/a/b\nc"},
	};
	struct arena arena = {NULL};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++)
		assert_string_equal(
			path_join(&arena, cases[i].directory, cases[i].name), cases[i].joined);
	arena_free(&arena);
}

static void test_within(void **state)
{
	static const struct {
		const char *path, *directory;
		bool within;
	} cases[] = {
		{"/a", "/a", true},
		{"/a/b", "/a", true},
		{"/a", "/", true},
		{"/", "/", true},
		{"/ab", "/a", false},
		{"/a", "/a/b", false},
		{"/", "/a", false},
		{"/a.b", "/a", false},
		{"/b/a", "/a", false},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++)
		assert_int_equal(
			path_is_within(cases[i].path, cases[i].directory), cases[i].within);
}

/* A directory, then all that is in it, then its neighbours, whatever bytes their names have. */
static const char *const sorted[] = {
	"/",
	"/\x01",
	"/a",
	"/a/b",
	"/a/b/c",
	"/a/b.c",
	"/a/c",
	"/a\x01",
	"/a b",
	"/a-b",
	"/a.b",
	"/a.b/c",
	"/ab",
	"/b",
	"/\xff",
};

static void test_compare(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(sorted); i++)
		for (size_t j = 0; j < ARRAY_SIZE(sorted); j++) {
			int order = path_compare(sorted[i], sorted[j]);
			assert_int_equal((order > 0) - (order < 0), (i > j) - (i < j));
		}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_check),
		cmocka_unit_test(test_dotdot),
		cmocka_unit_test(test_join),
		cmocka_unit_test(test_within),
		cmocka_unit_test(test_compare),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
