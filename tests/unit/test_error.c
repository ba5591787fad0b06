/* Error sentences: what is set, what is cut, and that nobody has to want one. */
#include "base/error.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* clang-format off */
#include <setjmp.h>
#include <stdarg.h>
#include <cmocka.h>
/* clang-format on */

static void test_set(void **state)
{
	struct rind_error err;

	(void)state;
	assert_int_equal(rind_error_set(&err, -ENOENT, "%s: %d", "/x", 7), -ENOENT);
	assert_int_equal(err.code, -ENOENT);
	assert_int_equal(err.exit_status, 125);
	assert_string_equal(err.message, "/x: 7");
}

static void test_nobody_wants_it(void **state)
{
	(void)state;
	assert_int_equal(rind_error_set(NULL, -EIO, "%s", "lost"), -EIO);
	assert_int_equal(rind_error_no_memory(NULL), -ENOMEM);
}

static void test_no_memory(void **state)
{
	struct rind_error err;

	(void)state;
	assert_int_equal(rind_error_no_memory(&err), -ENOMEM);
	assert_int_equal(err.code, -ENOMEM);
	assert_string_equal(err.message, "out of memory");
}

static void test_long_sentence_is_cut(void **state)
{
	struct {
		struct rind_error err;
		char guard[8];
	} room = {.guard = "guarded"};
	char text[sizeof(room.err.message) + 100];

	(void)state;
	memset(text, 'x', sizeof(text) - 1);
	text[sizeof(text) - 1] = '\0';
	assert_int_equal(rind_error_set(&room.err, -EINVAL, "%s", text), -EINVAL);
	assert_int_equal(strlen(room.err.message), sizeof(room.err.message) - 1);
	assert_string_equal(room.guard, "guarded");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_set),
		cmocka_unit_test(test_nobody_wants_it),
		cmocka_unit_test(test_no_memory),
		cmocka_unit_test(test_long_sentence_is_cut),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
