/* Numbers from text: what is one, where it ends, and how large it may be. */
#include "base/number.h"

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

static const struct {
	const char *text;
	unsigned int base;
	uint64_t limit;
	int error;
	uint64_t number;
	const char *rest;
} cases[] = {
	{"0", 10, UINT64_MAX, 0, 0, ""},
	{"42", 10, UINT64_MAX, 0, 42, ""},
	{"42 43", 10, UINT64_MAX, 0, 42, " 43"},
	{"42x", 10, UINT64_MAX, 0, 42, "x"},
	{"0x2a", 10, UINT64_MAX, 0, 0, "x2a"},
	{"00000000000000000000000042", 10, 42, 0, 42, ""},
	{"189", 8, UINT64_MAX, 0, 1, "89"},
	{"0755", 8, 07777, 0, 0755, ""},
	{"10000", 8, 07777, -ERANGE, 0, NULL},
	{"fF", 16, UINT64_MAX, 0, 255, ""},
	{"fg", 16, UINT64_MAX, 0, 15, "g"},
	{"102", 2, UINT64_MAX, 0, 2, "2"},
	{"a", 10, UINT64_MAX, -EINVAL, 0, NULL},
	{"", 10, UINT64_MAX, -EINVAL, 0, NULL},
	{" 1", 10, UINT64_MAX, -EINVAL, 0, NULL},
	{"\t1", 10, UINT64_MAX, -EINVAL, 0, NULL},
	{"+1", 10, UINT64_MAX, -EINVAL, 0, NULL},
	{"-1", 10, UINT64_MAX, -EINVAL, 0, NULL},
	{"-1", 16, UINT64_MAX, -EINVAL, 0, NULL},
	{"8", 8, UINT64_MAX, -EINVAL, 0, NULL},
	{"2147483647", 10, INT_MAX, 0, INT_MAX, ""},
	{"2147483648", 10, INT_MAX, -ERANGE, 0, NULL},
	{"18446744073709551615", 10, UINT64_MAX, 0, UINT64_MAX, ""},
	{"18446744073709551616", 10, UINT64_MAX, -ERANGE, 0, NULL},
	{"18446744073709551620", 10, UINT64_MAX, -ERANGE, 0, NULL},
	/* Past the end more than once, and small again by then. */
	{"36893488147419103233", 10, UINT64_MAX, -ERANGE, 0, NULL},
	{"ffffffffffffffff", 16, UINT64_MAX, 0, UINT64_MAX, ""},
	{"10000000000000000", 16, UINT64_MAX, -ERANGE, 0, NULL},
	{"\303\244", 16, UINT64_MAX, -EINVAL, 0, NULL},
};

static void test_take(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		const char *at = cases[i].text;
		uint64_t number = 77;
		assert_int_equal(
			number_take(&at, cases[i].base, cases[i].limit, &number), cases[i].error);
		if (cases[i].error) {
			assert_true(number == 77);
			assert_ptr_equal(at, cases[i].text);
		} else {
			assert_true(number == cases[i].number);
			assert_string_equal(at, cases[i].rest);
		}
	}
}

static void test_parse(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		uint64_t number = 77;
		int error = cases[i].error;
		if (!error && *cases[i].rest)
			error = -EINVAL;
		assert_int_equal(
			number_parse(cases[i].text, cases[i].base, cases[i].limit, &number), error);
		assert_true(number == (error ? 77 : cases[i].number));
	}
}

static void test_digits(void **state)
{
	(void)state;
	for (int c = CHAR_MIN; c <= CHAR_MAX; c++) {
		const char text[] = {(char)c, '\0'};
		/*
		 * strtol(3) is right about single characters, once it is kept from blanks and
		 * signs.
		 */
		char *end;
		long number = strtol(text, &end, 16);
		assert_int_equal(
			number_digit((char)c), c && end != text ? (unsigned int)number : UINT_MAX);
	}
}

static void test_format(void **state)
{
	static const struct {
		unsigned int number;
		const char *text;
	} numbers[] = {{0, "0"}, {9, "9"}, {10, "10"}, {1024, "1024"}, {UINT_MAX, "4294967295"}};
	char text[NUMBER_SIZE];

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(numbers); i++) {
		number_format(text, numbers[i].number);
		assert_string_equal(text, numbers[i].text);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_take),
		cmocka_unit_test(test_parse),
		cmocka_unit_test(test_digits),
		cmocka_unit_test(test_format),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
