/* What the texts are taken for that an advice depends on. */
#include "base/advice.h"

/* clang-format off */
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <cmocka.h>
/* clang-format on */

static void test_maps(void **state)
{
	(void)state;
	assert_true(advice_maps_every_id("         0          0 4294967295\n"));
	assert_false(advice_maps_every_id("         0       1000          1\n"));
	assert_false(advice_maps_every_id("         0          0          1\n"));
	assert_false(advice_maps_every_id("         1          0 4294967295\n"));
	assert_false(advice_maps_every_id("0 0\n"));
	assert_false(advice_maps_every_id(""));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_maps),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
