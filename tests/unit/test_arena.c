/* The arena: zeroed, aligned, separate pieces; growing arrays keep their content. */
#include "base/arena.h"

#include <stdalign.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

/* clang-format off */
#include <setjmp.h>
#include <stdarg.h>
#include <cmocka.h>
/* clang-format on */

static void test_pieces(void **state)
{
	enum { COUNT = 2000, MAX = 61 };
	static unsigned char *pieces[COUNT];
	struct arena arena = {NULL};

	(void)state;
	for (size_t i = 0; i < COUNT; i++) {
		size_t size = i % MAX;
		pieces[i] = arena_alloc(&arena, size);
		assert_non_null(pieces[i]);
		assert_int_equal((uintptr_t)pieces[i] % alignof(max_align_t), 0);
		for (size_t j = 0; j < size; j++)
			assert_int_equal(pieces[i][j], 0);
		memset(pieces[i], (int)(i & 0xff), size);
	}
	for (size_t i = 0; i < COUNT; i++)
		for (size_t j = 0; j < i % MAX; j++)
			assert_int_equal(pieces[i][j], i & 0xff);
	arena_free(&arena);
}

static void test_large_and_impossible(void **state)
{
	enum { LARGE = 1 << 20 };
	struct arena arena = {NULL};

	(void)state;
	char *large = arena_alloc(&arena, LARGE);
	assert_non_null(large);
	memset(large, 1, LARGE);
	char *after = arena_strdup(&arena, "after");
	assert_string_equal(after, "after");
	assert_null(arena_alloc(&arena, SIZE_MAX));
	assert_null(arena_alloc(&arena, SIZE_MAX - 32));
	assert_null(arena_grow(&arena, NULL, 0, SIZE_MAX / 2));
	arena_free(&arena);
}

static void test_strings(void **state)
{
	struct arena arena = {NULL};

	(void)state;
	assert_string_equal(arena_strdup(&arena, ""), "");
	assert_string_equal(arena_strndup(&arena, "abcdef", 3), "abc");
	assert_string_equal(arena_printf(&arena, "%s-%d", "x", 42), "x-42");

	char *text = arena_printf(&arena, "%0100000d", 7);
	assert_int_equal(strlen(text), 100000);
	arena_free(&arena);
}

static void test_grow(void **state)
{
	enum { COUNT = 5000 };
	struct arena arena = {NULL};
	int *array = NULL;

	(void)state;
	for (size_t count = 0; count < COUNT; count++) {
		array = arena_grow(&arena, array, count, sizeof(*array));
		assert_non_null(array);
		array[count] = (int)count;
		/* What is allocated in between must not be run into. */
		memset(arena_alloc(&arena, 8), 0xff, 8);
	}
	for (size_t i = 0; i < COUNT; i++)
		assert_int_equal(array[i], i);
	arena_free(&arena);
}

static void test_usable_after_free(void **state)
{
	struct arena arena = {NULL};

	(void)state;
	arena_free(&arena);
	assert_non_null(arena_strdup(&arena, "once"));
	arena_free(&arena);
	assert_null(arena.chunks);
	assert_string_equal(arena_strdup(&arena, "again"), "again");
	arena_free(&arena);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_pieces),
		cmocka_unit_test(test_large_and_impossible),
		cmocka_unit_test(test_strings),
		cmocka_unit_test(test_grow),
		cmocka_unit_test(test_usable_after_free),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
