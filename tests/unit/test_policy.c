/* The policy's setters: what they keep, what they refuse and in which words. */
#include "policy/policy.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* clang-format off */
#include <setjmp.h>
#include <stdarg.h>
#include <cmocka.h>
/* clang-format on */

#define ARRAY_SIZE(array) (sizeof(array) / sizeof((array)[0]))

static int make_policy(void **state)
{
	*state = rind_policy_new();
	return *state ? 0 : -1;
}

static int free_policy(void **state)
{
	rind_policy_free(*state);
	return 0;
}

static void test_defaults(void **state)
{
	const struct rind_policy *policy = *state;

	assert_int_equal(policy->mode, RIND_MODE_WORKSPACE_WRITE);
	assert_int_equal(policy->network, RIND_NETWORK_ISOLATED);
	assert_int_equal(policy->proc, RIND_PROC_FRESH);
	assert_true(policy->default_protect);
	assert_true(policy->new_session);
	assert_false(policy->exclude_tmp || policy->exclude_tmpdir || policy->nested);
	assert_false(policy->allow_unix_sockets);
	assert_null(policy->directory);
	assert_null(policy->hostname);
	assert_int_equal(policy->writable.count + policy->protect.count + policy->hide.count, 0);
	rind_policy_free(NULL);
}

static int set_switch(struct rind_policy *policy, const char *number, struct rind_error *err)
{
	return rind_policy_set_switch(policy, (enum rind_switch)atoi(number), true, err);
}

static int set_mode(struct rind_policy *policy, const char *number, struct rind_error *err)
{
	return rind_policy_set_mode(policy, (enum rind_mode)atoi(number), err);
}

static int set_network(struct rind_policy *policy, const char *number, struct rind_error *err)
{
	return rind_policy_set_network(policy, (enum rind_network)atoi(number), err);
}

static int set_git(struct rind_policy *policy, const char *number, struct rind_error *err)
{
	return rind_policy_set_git(policy, (enum rind_git)atoi(number), err);
}

static int set_proc(struct rind_policy *policy, const char *number, struct rind_error *err)
{
	return rind_policy_set_proc(policy, (enum rind_proc)atoi(number), err);
}

static int limit_pids(struct rind_policy *policy, const char *number, struct rind_error *err)
{
	return rind_policy_set_limit(policy, RIND_LIMIT_PIDS, strtoull(number, NULL, 10), err);
}

static int limit_memory(struct rind_policy *policy, const char *number, struct rind_error *err)
{
	return rind_policy_set_limit(policy, RIND_LIMIT_MEMORY, strtoull(number, NULL, 10), err);
}

static int no_such_limit(struct rind_policy *policy, const char *number, struct rind_error *err)
{
	return rind_policy_set_limit(
		policy, (enum rind_limit)LIMIT_COUNT, strtoull(number, NULL, 10), err);
}

static int keep_fd(struct rind_policy *policy, const char *number, struct rind_error *err)
{
	return rind_policy_keep_fd(policy, atoi(number), err);
}

static int set_env(struct rind_policy *policy, const char *name, struct rind_error *err)
{
	return rind_policy_set_env(policy, name, "value", err);
}

static int set_env_to_nothing(struct rind_policy *policy, const char *name, struct rind_error *err)
{
	return rind_policy_set_env(policy, name, NULL, err);
}

#define NAME64 "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"

static const struct {
	int (*set)(struct rind_policy *policy, const char *value, struct rind_error *err);
	const char *value;
	int code;
	const char *message; /* its beginning */
} refusals[] = {
	{rind_policy_add_writable, "", -EINVAL, "--writable: the path is empty"},
	{rind_policy_add_writable, "../x", 0, NULL},
	{rind_policy_add_writable_make, "", -EINVAL, "--writable-make: the path is empty"},
	{rind_policy_add_protect, "", -EINVAL, "--protect: the path is empty"},
	{rind_policy_add_protect, "../x", -EINVAL,
		"--protect ../x: a relative path must not contain '..'; give an absolute path"},
	{rind_policy_add_protect, "a/../b", -EINVAL, "--protect a/../b: a relative path must not"},
	{rind_policy_add_protect, "/a/../b", 0, NULL},
	{rind_policy_add_protect, ".", -EINVAL, "--protect .: that is every writable root itself"},
	{rind_policy_add_protect, ".//./", -EINVAL, "--protect .//./: that is every writable root"},
	{rind_policy_add_protect, "a\nb", 0, NULL},
	{rind_policy_add_protect, "~/.ssh", -EINVAL,
		"--protect ~/.ssh: the shell replaces '~' by the home directory only at the "
		"beginning of a word; write the option and the path as two words, or, for a name "
		"that begins with '~', ./~/.ssh"},
	{rind_policy_add_protect, "~", -EINVAL, "--protect ~: the shell replaces '~'"},
	{rind_policy_add_protect, "./~", 0, NULL},
	{rind_policy_add_protect, "~$a", 0, NULL},
	{rind_policy_add_hide, "", -EINVAL, "--hide: the path is empty"},
	{rind_policy_add_hide, "..", 0, NULL},
	{rind_policy_add_hide_if_present, "", -EINVAL, "--hide-if-present: the path is empty"},
	{rind_policy_add_scratch, "", -EINVAL, "--scratch: the path is empty"},
	{rind_policy_add_readable, "", -EINVAL, "--readable: the path is empty"},
	{rind_policy_add_device, "", -EINVAL, "--device: the path is empty"},
	{rind_policy_set_directory, "", -EINVAL, "--chdir: the path is empty"},
	{rind_policy_set_directory, NULL, 0, NULL},
	{rind_policy_set_hostname, "", -EINVAL, "--hostname: the name is empty"},
	{rind_policy_set_hostname, NAME64, 0, NULL},
	{rind_policy_set_hostname, NAME64 "x", -EINVAL,
		"--hostname " NAME64 "…: the name has 65 bytes, the kernel allows 64"},
	{set_env, "", -EINVAL, "--setenv: the variable's name is empty"},
	{set_env, "A=B", -EINVAL, "--setenv A=B: a variable's name cannot contain '='"},
	{set_env, "A", 0, NULL},
	{set_env_to_nothing, "A", -EINVAL, "--setenv A: there is no value"},
	{rind_policy_unset_env, "", -EINVAL, "--unsetenv: the variable's name is empty"},
	{rind_policy_unset_env, "A=", -EINVAL, "--unsetenv A=: a variable's name cannot"},
	{rind_policy_unset_env, "A", 0, NULL},
	{keep_fd, "-1", -EINVAL, "--keep-fd -1: that is no descriptor"},
	{keep_fd, "0", -EINVAL,
		"--keep-fd 0: 0, 1 and 2 are always the command's; name one above 2"},
	{keep_fd, "2", -EINVAL, "--keep-fd 2: 0, 1 and 2"},
	{keep_fd, "3", 0, NULL},
	{set_mode, "2", 0, NULL},
	{set_mode, "3", -EINVAL, "there is no mode 3"},
	{set_mode, "-1", -EINVAL, "there is no mode -1"},
	{set_network, "2", 0, NULL},
	{set_network, "3", -EINVAL, "there is no network level 3"},
	{set_git, "2", 0, NULL},
	{set_git, "3", -EINVAL, "there is no level of git 3"},
	{set_proc, "2", 0, NULL},
	{set_proc, "3", 0, NULL},
	{set_proc, "4", -EINVAL, "there is no kind of /proc 4"},
	{limit_pids, "0", 0, NULL},
	{limit_pids, "4194303", 0, NULL},
	{limit_pids, "4194304", -ERANGE,
		"--limit-pids 4194304: too much; give a number from 1 to 4194303"},
	{limit_memory, "1048576", 0, NULL},
	{limit_memory, "1048575", -ERANGE,
		"--limit-memory 1048575: too little; give a number from 1048576 to "},
	{limit_memory, "9223372036854775808", -ERANGE,
		"--limit-memory 9223372036854775808: too much"},
	{no_such_limit, "1", -EINVAL, "there is no limit 6"},
	{set_switch, "7", 0, NULL},
	{set_switch, "8", 0, NULL},
	{set_switch, "9", -EINVAL, "there is no switch 9"},
};

static void test_refusals(void **state)
{
	for (size_t i = 0; i < ARRAY_SIZE(refusals); i++) {
		struct rind_error err = {.message = ""};
		int code = refusals[i].set(*state, refusals[i].value, &err);
		const char *start = refusals[i].message ? refusals[i].message : "";
		if (code != refusals[i].code || strncmp(err.message, start, strlen(start)) != 0)
			fail_msg("case %zu: %d, %s", i, code, err.message);
		assert_int_equal(refusals[i].set(*state, refusals[i].value, NULL), code);
	}
}

static void test_long_path(void **state)
{
	char path[PATH_MAX + 1];
	struct rind_error err;

	memset(path, 'a', PATH_MAX);
	path[PATH_MAX] = '\0';
	assert_int_equal(rind_policy_add_writable(*state, path, &err), -ENAMETOOLONG);
	assert_int_equal(rind_policy_add_protect(*state, path, &err), -ENAMETOOLONG);
	assert_int_equal(rind_policy_add_hide(*state, path, &err), -ENAMETOOLONG);
	assert_int_equal(rind_policy_add_hide_if_present(*state, path, &err), -ENAMETOOLONG);
	assert_int_equal(rind_policy_add_readable(*state, path, &err), -ENAMETOOLONG);
	assert_int_equal(rind_policy_add_device(*state, path, &err), -ENAMETOOLONG);
	assert_int_equal(rind_policy_set_directory(*state, path, &err), -ENAMETOOLONG);
}

static void test_strings_are_copied(void **state)
{
	const struct rind_policy *policy = *state;
	char text[] = "a//./b";

	assert_int_equal(rind_policy_add_writable(*state, text, NULL), 0);
	assert_int_equal(rind_policy_add_protect(*state, text, NULL), 0);
	assert_int_equal(rind_policy_set_env(*state, text, text, NULL), 0);
	memset(text, 'x', sizeof(text) - 1);
	assert_string_equal(policy->writable.items[0], "a//./b");
	assert_string_equal(policy->protect.items[0], "a/b"); /* a name is cleaned */
	assert_string_equal(policy->env[0].name, "a//./b");
	assert_string_equal(policy->env[0].value, "a//./b");
}

static void test_lists_keep_their_order(void **state)
{
	enum { COUNT = 1000 };
	const struct rind_policy *policy = *state;

	for (int i = 0; i < COUNT; i++) {
		char path[16];
		snprintf(path, sizeof(path), "/p%d", i);
		assert_int_equal(rind_policy_add_protect(*state, path, NULL), 0);
	}
	assert_int_equal(policy->protect.count, COUNT);
	for (int i = 0; i < COUNT; i++)
		assert_int_equal(atoi(policy->protect.items[i] + 2), i);
}

static void test_keep_fds_are_sorted_and_unique(void **state)
{
	static const int given[] = {9, 3, 9, 1000, 4, 3, 5};
	static const int kept[] = {3, 4, 5, 9, 1000};
	const struct rind_policy *policy = *state;

	for (size_t i = 0; i < ARRAY_SIZE(given); i++)
		assert_int_equal(rind_policy_keep_fd(*state, given[i], NULL), 0);
	assert_int_equal(policy->keep_fd_count, ARRAY_SIZE(kept));
	assert_memory_equal(policy->keep_fds, kept, sizeof(kept));

	for (int fd = 500; fd > 100; fd--)
		assert_int_equal(rind_policy_keep_fd(*state, fd, NULL), 0);
	for (size_t i = 1; i < policy->keep_fd_count; i++)
		assert_true(policy->keep_fds[i - 1] < policy->keep_fds[i]);
}

static void test_unrestricted(void **state)
{
	struct rind_policy *policy = *state;

	assert_false(policy_is_unrestricted(policy));
	assert_int_equal(policy_network(policy), RIND_NETWORK_ISOLATED);
	rind_policy_set_mode(policy, RIND_MODE_FULL_ACCESS, NULL);
	assert_int_equal(policy_network(policy), RIND_NETWORK_HOST);
	assert_true(policy_is_unrestricted(policy));
	rind_policy_add_writable(policy, "/x", NULL);
	assert_true(policy_is_unrestricted(policy));
	rind_policy_set_network(policy, RIND_NETWORK_ISOLATED, NULL);
	assert_int_equal(policy_network(policy), RIND_NETWORK_ISOLATED);
	assert_false(policy_is_unrestricted(policy));
	rind_policy_set_network(policy, RIND_NETWORK_HOST, NULL);
	assert_true(policy_is_unrestricted(policy));
	rind_policy_set_limit(policy, RIND_LIMIT_FILES, 10, NULL);
	assert_false(policy_is_unrestricted(policy));
	rind_policy_set_limit(policy, RIND_LIMIT_FILES, 0, NULL);
	assert_true(policy_is_unrestricted(policy));
	rind_policy_set_hostname(policy, "box", NULL);
	assert_false(policy_is_unrestricted(policy));
	policy->hostname = NULL;
	assert_true(policy_is_unrestricted(policy));
	rind_policy_add_hide_if_present(policy, "x", NULL);
	assert_false(policy_is_unrestricted(policy));
}

static void test_unix_sockets_need_a_network(void **state)
{
	struct rind_policy *policy = *state;
	struct rind_error err;

	rind_policy_set_switch(policy, RIND_ALLOW_UNIX_SOCKETS, true, NULL);
	assert_int_equal(policy_check(policy, &err), 0);
	rind_policy_set_network(policy, RIND_NETWORK_HOST, NULL);
	assert_int_equal(policy_check(policy, &err), 0);
	rind_policy_set_network(policy, RIND_NETWORK_OFF, NULL);
	assert_int_equal(policy_check(policy, &err), -EINVAL);
	assert_string_equal(err.message,
		"--allow-unix-sockets has no effect with --network off; use --network isolated");
}

#define policy_test(test) cmocka_unit_test_setup_teardown(test, make_policy, free_policy)

int main(void)
{
	const struct CMUnitTest tests[] = {
		policy_test(test_defaults),
		policy_test(test_refusals),
		policy_test(test_long_path),
		policy_test(test_strings_are_copied),
		policy_test(test_lists_keep_their_order),
		policy_test(test_keep_fds_are_sorted_and_unique),
		policy_test(test_unrestricted),
		policy_test(test_unix_sockets_need_a_network),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
