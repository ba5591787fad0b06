/* Id maps: the text, the ranges that are refused, and that the kernel refuses the same ones. */
#include "plan/idmap.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdbool.h>
#include <string.h>
#include <sys/types.h>
#include <sys/wait.h>
#include <unistd.h>

/* clang-format off */
#include <setjmp.h>
#include <stdarg.h>
#include <cmocka.h>
/* clang-format on */

#define ARRAY_SIZE(array) (sizeof(array) / sizeof((array)[0]))

static const struct {
	uint32_t inside, outside, count;
	int code;
	const char *text;
} cases[] = {
	{0, 1000, 1, 0, "0 1000 1\n"},
	{1000, 1000, 1, 0, "1000 1000 1\n"},
	{0, 0, 1, 0, "0 0 1\n"},
	{1, 100000, 65536, 0, "1 100000 65536\n"},
	{0, 0, UINT32_MAX, 0, "0 0 4294967295\n"},
	{UINT32_MAX - 1, UINT32_MAX - 1, 1, 0, "4294967294 4294967294 1\n"},
	{1, 1, UINT32_MAX - 1, 0, "1 1 4294967294\n"},
	{0, 0, 0, -EINVAL, NULL},
	{UINT32_MAX, 0, 1, -EINVAL, NULL},
	{0, UINT32_MAX, 1, -EINVAL, NULL},
	{1, 0, UINT32_MAX, -EINVAL, NULL},
	{0, 1, UINT32_MAX, -EINVAL, NULL},
	{UINT32_MAX - 1, 0, 2, -EINVAL, NULL},
	{0, UINT32_MAX - 1, 2, -EINVAL, NULL},
	{UINT32_MAX, UINT32_MAX, UINT32_MAX, -EINVAL, NULL},
};

static void test_table(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		char text[IDMAP_TEXT_MAX] = "as it was";
		int code = idmap_format(
			text, sizeof(text), cases[i].inside, cases[i].outside, cases[i].count);
		assert_int_equal(code, cases[i].code);
		assert_string_equal(text, code ? "as it was" : cases[i].text);
	}
}

static void test_buffer(void **state)
{
	(void)state;
	char text[] = "0 1000 1\n#";
	const size_t exact = sizeof("0 1000 1\n");

	memset(text, '#', sizeof(text));
	for (size_t size = 0; size < exact; size++)
		assert_int_equal(idmap_format(text, size, 0, 1000, 1), -ENOSPC);
	for (size_t i = 0; i < sizeof(text); i++)
		assert_int_equal(text[i], '#');

	assert_int_equal(idmap_format(text, exact, 0, 1000, 1), 0);
	assert_string_equal(text, "0 1000 1\n");
	assert_int_equal(text[exact], '#');
}

/* Write a map in a new user namespace: 0, or the errno; -1 when there are no user namespaces. */
static int kernel_answer(const char *text)
{
	pid_t child = fork();
	assert_true(child >= 0);
	if (child == 0) {
		if (unshare(CLONE_NEWUSER))
			_exit(255);
		int fd = open("/proc/self/uid_map", O_WRONLY | O_CLOEXEC);
		if (fd < 0)
			_exit(255);
		_exit(write(fd, text, strlen(text)) < 0 ? errno : 0);
	}
	int status;
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_true(WIFEXITED(status));
	return WEXITSTATUS(status) == 255 ? -1 : WEXITSTATUS(status);
}

/* The kernel is the judge: it takes our own id, and never what the format function refuses. */
static void test_kernel_agrees(void **state)
{
	(void)state;
	char text[IDMAP_TEXT_MAX];
	assert_int_equal(idmap_format(text, sizeof(text), 7, geteuid(), 1), 0);
	int answer = kernel_answer(text);
	if (answer < 0) {
		print_message("no user namespaces here: not compared with the kernel\n");
		skip();
	}
	assert_int_equal(answer, 0);
	assert_int_equal(kernel_answer("0 0 0\n"), EINVAL);
	assert_int_equal(kernel_answer("4294967295 0 1\n"), EINVAL);
	assert_int_equal(kernel_answer("0 4294967295 1\n"), EINVAL);
	assert_int_equal(kernel_answer("4294967294 0 2\n"), EINVAL);
	assert_int_equal(kernel_answer("1 0 4294967295\n"), EINVAL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_table),
		cmocka_unit_test(test_buffer),
		cmocka_unit_test(test_kernel_agrees),
	};
	return cmocka_run_group_tests_name("idmap", tests, NULL, NULL);
}
