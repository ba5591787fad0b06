/*
 * What the kernel's texts about control groups say, and what they are taken for when they say else.
 */
#include "plan/cgroup.h"

#include "plan/limits.h"

#include <stdlib.h>
#include <string.h>

/* clang-format off */
#include <setjmp.h>
#include <stdarg.h>
#include <cmocka.h>
/* clang-format on */

#define ARRAY_SIZE(array) (sizeof(array) / sizeof((array)[0]))

static const struct {
	const char *text, *own; /* NULL: none */
} groups[] = {
	{"0::/\n", "/"},
	{"0::/user.slice/user-1000.slice/session-1.scope\n",
		"/user.slice/user-1000.slice/session-1.scope"},
	{"12:pids:/a\n1:name=systemd:/b\n0::/c d\n", "/c d"},
	{"0::/cut", "/cut"},
	{"12:pids:/a\n", NULL},
	{"10::/a\n", NULL},
	{"0:pids:/a\n", NULL},
	{"0::a\n", NULL},
	{"0::/../outside\n", NULL},
	{"", NULL},
};

static void test_own(void **state)
{
	char own[PATH_MAX];

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(groups); i++) {
		assert_int_equal(cgroup_parse_own(groups[i].text, own), groups[i].own != NULL);
		if (groups[i].own)
			assert_string_equal(own, groups[i].own);
	}
}

static void test_own_too_long(void **state)
{
	char text[PATH_MAX + 8] = "0::/", own[PATH_MAX];

	(void)state;
	memset(text + 4, 'x', PATH_MAX - 2); /* with the "/", just what fits before its end */
	assert_true(cgroup_parse_own(text, own));
	assert_int_equal(strlen(own), PATH_MAX - 1);
	text[4 + PATH_MAX - 2] = 'x';
	assert_false(cgroup_parse_own(text, own));
}

static const struct {
	const char *line, *root, *point; /* NULL: no mount of groups */
} mounts[] = {
	{"30 24 0:27 / /sys/fs/cgroup rw,nosuid shared:4 - cgroup2 cgroup2 rw,nsdelegate\n", "/",
		"/sys/fs/cgroup"},
	{"30 24 0:27 /a\\040b /mnt/c\\134d rw - cgroup2 none rw\n", "/a b", "/mnt/c\\d"},
	{"30 24 0:27 /../.. /mnt rw - cgroup2 none rw\n", "/../..", "/mnt"},
	{"30 24 0:27 / /sys/fs/cgroup/pids rw - cgroup cgroup rw,pids\n", NULL, NULL},
	{"30 24 0:27 / /cgroup2 rw - tmpfs cgroup2 rw\n", NULL, NULL},
	{"30 24 0:27 / - cgroup2 x\n", NULL, NULL},
	{"30 24 - cgroup2 x\n", NULL, NULL},
	{" - cgroup2 x\n", NULL, NULL},
	{"30 24 0:27 /a\\000b /mnt rw - cgroup2 none rw\n", NULL, NULL},
	{"30 24 0:27 net:[1] /mnt rw - cgroup2 none rw\n", NULL, NULL},
	{"", NULL, NULL},
};

static void test_mounts(void **state)
{
	struct mountinfo mount;
	char line[256];

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(mounts); i++) {
		strcpy(line, mounts[i].line);
		bool found = cgroup_parse_mount(line, &mount);
		assert_int_equal(found, mounts[i].root != NULL);
		if (!found)
			continue;
		assert_string_equal(mount.root, mounts[i].root);
		assert_string_equal(mount.path, mounts[i].point);
	}
}

static const struct {
	const char *own, *root, *point, *path; /* NULL: not in that mount */
} places[] = {
	{"/", "/", "/sys/fs/cgroup", "/sys/fs/cgroup"},
	{"/a/b", "/", "/sys/fs/cgroup", "/sys/fs/cgroup/a/b"},
	{"/a/b", "/a", "/mnt", "/mnt/b"},
	{"/a", "/a", "/mnt", "/mnt"},
	{"/a", "/", "/", "/a"},
	{"/", "/", "/", "/"},
	{"/ab", "/a", "/mnt", NULL},
	{"/", "/a", "/mnt", NULL},
	{"/a", "/..", "/mnt", NULL},
};

static void test_locate(void **state)
{
	char path[PATH_MAX];

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(places); i++) {
		bool found = cgroup_locate(places[i].own, places[i].root, places[i].point, path);
		assert_int_equal(found, places[i].path != NULL);
		if (found)
			assert_string_equal(path, places[i].path);
	}
}

static void test_controllers(void **state)
{
	(void)state;
	assert_int_equal(cgroup_parse_controllers("cpuset cpu io memory pids\n"),
		LIMIT_CONTROLLER_CPU | LIMIT_CONTROLLER_MEMORY | LIMIT_CONTROLLER_PIDS);
	assert_int_equal(cgroup_parse_controllers("cpuset xpids pidsx mem\n"), 0);
	assert_int_equal(cgroup_parse_controllers("pids"), LIMIT_CONTROLLER_PIDS);
	assert_int_equal(cgroup_parse_controllers("\n"), 0);
	assert_int_equal(cgroup_parse_controllers(""), 0);
}

static void test_numbers(void **state)
{
	(void)state;
	assert_true(cgroup_parse_number("4915\n") == 4915);
	assert_true(cgroup_parse_number("0\n") == 0);
	assert_true(cgroup_parse_number("max\n") == UINT64_MAX);
	assert_true(cgroup_parse_number("18446744073709551616\n") == UINT64_MAX);
	assert_true(cgroup_parse_number("12x\n") == UINT64_MAX);
	assert_true(cgroup_parse_number("") == UINT64_MAX);

	assert_true(cgroup_parse_share("50000 100000\n") == 50);
	assert_true(cgroup_parse_share("300000 100000\n") == 300);
	assert_true(cgroup_parse_share("1000 1000000\n") == 1);
	assert_true(cgroup_parse_share("max 100000\n") == UINT64_MAX);
	assert_true(cgroup_parse_share("1 0\n") == UINT64_MAX);
	assert_true(cgroup_parse_share("18446744073709551614 1\n") == UINT64_MAX);
	assert_true(cgroup_parse_share("5") == UINT64_MAX);
}

/* On this host, whatever it is like: what is found is there, and can be used. */
static void test_find_place(void **state)
{
	struct arena arena = {0};
	struct cgroup_place place;

	(void)state;
	assert_int_equal(cgroup_find_place(&arena, LIMIT_CONTROLLER_PIDS, &place), 0);
	assert_int_equal(place.directory != NULL, place.controllers != 0);
	assert_int_equal(place.controllers & ~(unsigned int)LIMIT_CONTROLLER_PIDS, 0);
	if (place.directory)
		assert_true(place.mount_count > 0);
	assert_int_equal(cgroup_find_place(&arena, 0, &place), 0);
	assert_null(place.directory);
	arena_free(&arena);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_own),
		cmocka_unit_test(test_own_too_long),
		cmocka_unit_test(test_mounts),
		cmocka_unit_test(test_locate),
		cmocka_unit_test(test_controllers),
		cmocka_unit_test(test_numbers),
		cmocka_unit_test(test_find_place),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
