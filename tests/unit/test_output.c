/* The queue of messages: what waits in it, and for how long. */
#include "cli/output.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

/* After the standard headers that it needs. */
#include <cmocka.h>

enum { PIECE = 4096, MEBIBYTE = 1 << 20 };

static void fill_pipe(int fds[2], struct output *output)
{
	char piece[PIECE];

	memset(piece, 'x', sizeof(piece));
	assert_int_equal(pipe(fds), 0);
	*output = (struct output){.fd = fds[1]};
	while (!output_pending(output)) {
		assert_int_equal(output_append(output, piece, sizeof(piece)), 0);
		assert_int_equal(output_flush(output), 0);
	}
}

static void drain(int fds[2], struct output *output)
{
	output_release(output);
	close(fds[0]);
	close(fds[1]);
}

static void test_too_much_is_refused(void **state)
{
	struct output output;
	char piece[PIECE] = {0};
	int fds[2], result = 0, count = 0;

	(void)state;
	fill_pipe(fds, &output);
	while (!result && count++ < 2 * MEBIBYTE / PIECE)
		result = output_append(&output, piece, sizeof(piece));
	assert_int_equal(result, -ENOMEM);
	assert_true(output_pending(&output));
	drain(fds, &output);
}

/* Something is always waiting, and never much. */
static void test_slow_reader(void **state)
{
	struct output output;
	char piece[PIECE];
	int fds[2];

	(void)state;
	memset(piece, 'x', sizeof(piece));
	fill_pipe(fds, &output);
	for (int i = 0; i < 4 * MEBIBYTE / PIECE; i++) {
		assert_int_equal(output_append(&output, piece, sizeof(piece)), 0);
		assert_int_equal(read(fds[0], piece, sizeof(piece)), sizeof(piece));
		assert_int_equal(output_flush(&output), 0);
		assert_true(output_pending(&output));
		assert_in_range(output.length, 1, MEBIBYTE);
	}
	drain(fds, &output);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_too_much_is_refused),
		cmocka_unit_test(test_slow_reader),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
