/* Capabilities by name: the table of names, "ALL", and what the running kernel says. */
#include "plan/capabilities.h"

#include <errno.h>
#include <linux/capability.h>
#include <string.h>
#include <sys/prctl.h>

/* clang-format off */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>
/* clang-format on */

#define ARRAY_SIZE(array) (sizeof(array) / sizeof((array)[0]))
#define UNTOUCHED         -7

static const struct {
	const char *name;
	int number; /* or UNTOUCHED: refused */
} names[] = {
	{"CAP_CHOWN", CAP_CHOWN}, {"CAP_SYS_ADMIN", CAP_SYS_ADMIN},
	{"cap_sys_admin", CAP_SYS_ADMIN}, {"Cap_Net_Admin", CAP_NET_ADMIN}, {"CAP_BPF", CAP_BPF},
	{"21", CAP_SYS_ADMIN}, {"0x15", CAP_SYS_ADMIN}, {"0X1f", CAP_SETFCAP},
	{"025", CAP_SYS_ADMIN}, {"0", CAP_CHOWN}, {"08", UNTOUCHED}, {"0x", UNTOUCHED},
	{"0xg", UNTOUCHED}, {"0b11", UNTOUCHED}, {"18446744073709551616", UNTOUCHED},
	{"21 ", UNTOUCHED}, {"", UNTOUCHED}, {"SYS_ADMIN", UNTOUCHED}, {"CAP_", UNTOUCHED},
	{"CAP_SYS_ADMINISTRATOR", UNTOUCHED}, {"CAP_SYS_ADMIN ", UNTOUCHED},
	{" CAP_SYS_ADMIN", UNTOUCHED}, {"CAP_KILL,CAP_CHOWN", UNTOUCHED},
	{"CAP_KILL=ep", UNTOUCHED}, {"-1", UNTOUCHED}, {"64", UNTOUCHED},
	{"ALL", UNTOUCHED}, /* a set, not a capability */
};

static void test_from_name(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
		int expected = names[i].number == UNTOUCHED ? -EINVAL : names[i].number;
		assert_int_equal(capability_from_name(names[i].name), expected);
	}
	assert_int_equal(capability_from_name("nonsense"), -EINVAL);
}

static void test_every_name_leads_back(void **state)
{
	(void)state;
	char name[CAPABILITY_NAME_MAX];
	for (int number = 0; number < 64; number++) {
		assert_int_equal(capability_name(number, name), 0);
		assert_int_equal(capability_from_name(name), number);
	}
	assert_int_equal(capability_name(CAP_SYS_ADMIN, name), 0);
	assert_string_equal(name, "cap_sys_admin");
	assert_int_equal(capability_name(-1, name), -EINVAL);
	assert_int_equal(capability_name(64, name), -EINVAL);
	assert_string_equal(name, "cap_sys_admin");
}

static void test_last_is_the_kernels(void **state)
{
	(void)state;
	int last = capability_last();
	assert_true(last >= CAP_AUDIT_READ && last < 64);
	assert_true(prctl(PR_CAPBSET_READ, last) >= 0);
	assert_int_equal(prctl(PR_CAPBSET_READ, last + 1), -1);
}

static void test_set_from_name(void **state)
{
	(void)state;
	uint64_t set = 0;
	assert_int_equal(capability_set_from_name("CAP_KILL", &set), 0);
	assert_true(set == UINT64_C(1) << CAP_KILL);
	assert_int_equal(capability_set_from_name("63", &set), 0);
	assert_true(set == UINT64_C(1) << 63);

	assert_int_equal(capability_set_from_name("CAP_NOTHING", &set), -EINVAL);
	assert_true(set == UINT64_C(1) << 63);

	static const char *const all[] = {"ALL", "all", "All"};
	for (size_t i = 0; i < ARRAY_SIZE(all); i++) {
		set = 0;
		assert_int_equal(capability_set_from_name(all[i], &set), 0);
		for (int number = 0; number < 64; number++)
			assert_int_equal(set >> number & 1, number <= capability_last());
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_from_name),
		cmocka_unit_test(test_every_name_leads_back),
		cmocka_unit_test(test_last_is_the_kernels),
		cmocka_unit_test(test_set_from_name),
	};
	return cmocka_run_group_tests_name("capabilities", tests, NULL, NULL);
}
