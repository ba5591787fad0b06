/* What a plan makes of a path: tables of paths on a real tree, and the access they get. */
#include "plan/plan.h"

#include "scratch.h"

#include <errno.h>

/* clang-format off */
#include <setjmp.h>
#include <stdarg.h>
#include <cmocka.h>
/* clang-format on */

#define ARRAY_SIZE(array) (sizeof(array) / sizeof((array)[0]))

enum access_letter {
	R = RIND_ACCESS_READABLE,
	W = RIND_ACCESS_WRITABLE,
	P = RIND_ACCESS_PROTECTED,
	M = RIND_ACCESS_MASKED,
	H = RIND_ACCESS_HIDDEN,
};

/* Paths without a first "/" are relative to the working directory; "~/" is the scratch directory.
 */
struct expectation {
	const char *path;
	enum access_letter access;
	const char *decided_by, *rule;
};

static int make_tree(void **state)
{
	if (scratch_make(state) < 0)
		return -1;
	scratch_directory("ws");
	scratch_directory("ws/.git");
	scratch_file("ws/.git/config", "");
	scratch_directory("ws/d");
	scratch_directory("ws/d/e");
	scratch_file("ws/file", "");
	scratch_link("d", "ws/to-d");
	scratch_link("d", "ws/link");
	scratch_link("../out", "ws/to-out");
	scratch_link("loop", "ws/loop");
	scratch_link("no/where", "ws/dangling");
	scratch_directory("out");
	scratch_file("out/x", "");
	scratch_link("ws/d", "to-d");
	scratch_directory("secret");
	scratch_file("secret/key", "");
	scratch_directory("secret/in");
	scratch_directory("secret/in/root");
	scratch_directory("secret/shown");
	scratch_link("../out", "secret/to-out");
	return chdir("ws");
}

static struct rind_plan *make_plan(struct rind_policy *policy)
{
	struct rind_plan *plan = NULL;
	struct rind_error err;

	rind_policy_set_switch(policy, RIND_EXCLUDE_TMP, true, NULL);
	if (rind_plan_from_policy(policy, &plan, &err) < 0)
		fail_msg("%s", err.message);
	rind_policy_free(policy);
	return plan;
}

static const char *expand(const char *path)
{
	return *path == '~' ? scratch_path(path[1] ? path + 2 : "") : path;
}

static void check(const struct rind_plan *plan, const struct expectation *expected, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		struct rind_verdict verdict;
		struct rind_error err;
		char buffer[PATH_MAX];

		if (rind_plan_verdict(plan, expand(expected[i].path), buffer, &verdict, &err) < 0)
			fail_msg("%s: %s", expected[i].path, err.message);
		const char *decided_by = expand(expected[i].decided_by);
		if ((int)verdict.access != (int)expected[i].access ||
			strcmp(verdict.path, decided_by) != 0 ||
			strcmp(verdict.rule, expected[i].rule) != 0)
			fail_msg("%s: %s by %s, %s", expected[i].path, verdict.name, verdict.path,
				verdict.rule);
		assert_string_equal(verdict.name, plan_access_name(verdict.access));
		assert_ptr_equal(verdict.path, buffer);
	}
}

static const char workspace[] = "workspace (working directory)";
static const char name[] = "default protected name";

static void test_workspace(void **state)
{
	static const struct expectation expected[] = {
		{"file", W, "~/ws", workspace},
		{".", W, "~/ws", workspace},
		{"new/file", W, "~/ws", workspace},
		{"file/x", W, "~/ws", workspace},
		{"~/ws", W, "~/ws", workspace},
		{"..", R, "/", "whole tree"},
		{"~/out/x", R, "/", "whole tree"},
		{"~/out/no", R, "/", "whole tree"},
		{"/", R, "/", "whole tree"},
		{"/no/where", R, "/", "whole tree"},
		{"to-d/e", W, "~/ws", workspace},
		{"to-out/x", R, "/", "whole tree"},
		{"~/to-d/x", W, "~/ws", workspace},
		{"dangling", W, "~/ws", workspace},
		{"d/../../out", R, "/", "whole tree"},
		{"to-d/../.git", P, "~/ws/.git", name},
		{".git", P, "~/ws/.git", name},
		{".git/config", P, "~/ws/.git", name},
		{".git/no", P, "~/ws/.git", name},
		{".gitignore", W, "~/ws", workspace},
		{".codex", M, "~/ws/.codex", name},
		{".codex/x/y", M, "~/ws/.codex", name},
		{"d/.codex", W, "~/ws", workspace},
	};
	struct rind_plan *plan = make_plan(rind_policy_new());

	(void)state;
	check(plan, expected, ARRAY_SIZE(expected));
	rind_plan_free(plan);
}

static void test_masks_and_pins(void **state)
{
	static const struct expectation expected[] = {
		{"link", M, "~/ws/link", "--protect link/x"},
		{"link/e", M, "~/ws/link", "--protect link/x"},
		{"to-d/e", W, "~/ws/d", "parent of ~/ws/d/no/x"},
		{"d/x", M, "~/ws/d/x", "target of symbolic link ~/ws/link"},
		{"d", W, "~/ws/d", "parent of ~/ws/d/no/x"},
		{"d/no", M, "~/ws/d/no", "--protect d/no/x"},
		{"d/no/other", M, "~/ws/d/no", "--protect d/no/x"},
		{"file", P, "~/ws/file", "--protect file/x"}, /* in the way, and stays there */
		{".codex", W, "~/ws", workspace},
	};
	struct rind_policy *policy = rind_policy_new();
	struct expectation filled[ARRAY_SIZE(expected)];
	char rules[ARRAY_SIZE(expected)][2 * PATH_MAX];

	(void)state;
	rind_policy_set_switch(policy, RIND_DEFAULT_PROTECT, false, NULL);
	rind_policy_add_protect(policy, "link/x", NULL);
	rind_policy_add_protect(policy, "d/no/x", NULL);
	rind_policy_add_protect(policy, "file/x", NULL);
	struct rind_plan *plan = make_plan(policy);
	for (size_t i = 0; i < ARRAY_SIZE(expected); i++) {
		const char *tilde = strchr(expected[i].rule, '~');
		filled[i] = expected[i];
		filled[i].rule = rules[i];
		if (tilde)
			snprintf(rules[i], sizeof(rules[i]), "%.*s%s%s",
				(int)(tilde - expected[i].rule), expected[i].rule, scratch,
				tilde + 1);
		else
			strcpy(rules[i], expected[i].rule);
	}
	check(plan, filled, ARRAY_SIZE(filled));
	rind_plan_free(plan);
}

static void test_optional_names(void **state)
{
	static const struct expectation expected[] = {
		{"~/ws/.git", P, "~/ws/.git", "default protected name, only where it exists"},
		{"~/ws/.codex", W, "~/ws", "implicit $TMPDIR"},
		{"~/ws/.codex/x", W, "~/ws", "implicit $TMPDIR"},
	};
	struct rind_policy *policy = rind_policy_new();

	(void)state;
	rind_policy_set_directory(policy, "../out", NULL);
	setenv("TMPDIR", scratch_path("ws"), 1);
	struct rind_plan *plan = make_plan(policy);
	unsetenv("TMPDIR");
	check(plan, expected, ARRAY_SIZE(expected));
	rind_plan_free(plan);
}

static void test_hidden(void **state)
{
	static const struct expectation expected[] = {
		{"~/secret", H, "~/secret", "--hide ../secret"},
		{"~/secret/key", H, "~/secret", "--hide ../secret"},
		{"~/secret/no", H, "~/secret", "--hide ../secret"},
		{"~/secret/in", H, "~/secret", "--hide ../secret"},
		{"~/secret/in/other", H, "~/secret", "--hide ../secret"},
		/* The host's symlink is not there in the sandbox; ".." is. */
		{"~/secret/to-out/x", H, "~/secret", "--hide ../secret"},
		{"~/secret/../out/x", R, "/", "whole tree"},
		{"~/secret/shown", R, "~/secret/shown", "--readable ../secret/shown"},
		{"~/secret/shown/file", R, "~/secret/shown", "--readable ../secret/shown"},
		{"~/secret/shown/../key", H, "~/secret", "--hide ../secret"},
		{"~/secret/in/root", W, "~/secret/in/root", "--writable ../secret/in/root"},
		{"~/secret/in/root/new", W, "~/secret/in/root", "--writable ../secret/in/root"},
		{"~/secret/in/root/.git", M, "~/secret/in/root/.git", name},
		{"~/secret/in/root/../../key", H, "~/secret", "--hide ../secret"},
		{"file", H, "~/ws/file", "--hide file"},
	};
	struct rind_policy *policy = rind_policy_new();

	(void)state;
	rind_policy_add_hide(policy, "../secret", NULL);
	rind_policy_add_hide(policy, "file", NULL);
	rind_policy_add_writable(policy, "../secret/in/root", NULL);
	rind_policy_add_readable(policy, "../secret/shown", NULL);
	struct rind_plan *plan = make_plan(policy);
	check(plan, expected, ARRAY_SIZE(expected));
	rind_plan_free(plan);
}

static void test_dev_and_proc(void **state)
{
	static const struct expectation expected[] = {
		{"/dev", W, "/dev", "minimal /dev"},
		{"/dev/null", W, "/dev/null", "minimal /dev"},
		{"/dev/../dev/tty", W, "/dev/tty", "minimal /dev"},
		{"/dev/pts/0", W, "/dev/pts/0", "minimal /dev"},
		{"/dev/shm/x/y", W, "/dev/shm/x/y", "minimal /dev"},
		{"/dev/fd/1", W, "/dev/fd/1", "minimal /dev"},
		{"/dev/kmsg", H, "/dev/kmsg", "minimal /dev"},
		{"/dev/nullx", H, "/dev/nullx", "minimal /dev"},
		{"/proc", W, "/proc", "fresh /proc"},
		{"/proc/self/fd/0", W, "/proc", "fresh /proc"},
		{"/proc/999999999", W, "/proc", "fresh /proc"},
		{"/proc/sys/kernel/x", P, "/proc/sys", "read-only part of /proc"},
		{"/proc/irq", P, "/proc/irq", "read-only part of /proc"},
		{"/proc/sysvipc", W, "/proc", "fresh /proc"},
		{"/proc/self/../../etc", R, "/", "whole tree"},
	};
	struct rind_plan *plan = make_plan(rind_policy_new());

	(void)state;
	check(plan, expected, ARRAY_SIZE(expected));
	rind_plan_free(plan);
}

static void test_other_procs(void **state)
{
	static const struct expectation host[] = {
		{"/proc/self", R, "/proc", "--proc host"},
		{"/proc/sys", R, "/proc", "--proc host"},
	};
	static const struct expectation none[] = {
		{"/proc/self", H, "/proc", "--proc none"},
		{"/proc/sys", H, "/proc", "--proc none"},
	};
	struct rind_policy *policy = rind_policy_new();

	(void)state;
	rind_policy_set_proc(policy, RIND_PROC_HOST, NULL);
	struct rind_plan *plan = make_plan(policy);
	check(plan, host, ARRAY_SIZE(host));
	rind_plan_free(plan);

	policy = rind_policy_new();
	rind_policy_set_proc(policy, RIND_PROC_NONE, NULL);
	plan = make_plan(policy);
	check(plan, none, ARRAY_SIZE(none));
	rind_plan_free(plan);
}

/* A working directory in /dev: relative paths are the new /dev's, too. */
static void test_directory_in_dev(void **state)
{
	static const struct expectation expected[] = {
		{"null", W, "/dev/null", "minimal /dev"},
		{"kmsg", H, "/dev/kmsg", "minimal /dev"},
		{"../etc", R, "/", "whole tree"},
	};
	struct rind_policy *policy = rind_policy_new();

	(void)state;
	rind_policy_set_mode(policy, RIND_MODE_READ_ONLY, NULL); /* /dev is no workspace */
	rind_policy_set_directory(policy, "/dev", NULL);
	struct rind_plan *plan = make_plan(policy);
	check(plan, expected, ARRAY_SIZE(expected));
	rind_plan_free(plan);
}

/* Which devices there are differs from host to host, so this plan is made by hand. */
static void test_devices(void **state)
{
	static const struct expectation expected[] = {
		{"/dev/no-such/device", W, "/dev/no-such/device", "--device"},
		{"/dev/no-such", W, "/dev/no-such", "minimal /dev"},
		{"/dev/no-such/other", H, "/dev/no-such/other", "minimal /dev"},
		{"/dev/no-such-other", H, "/dev/no-such-other", "minimal /dev"},
		{"/dev/null", W, "/dev/null", "minimal /dev"},
		{"/dev/no-such/../../etc", R, "/", "whole tree"},
	};
	static const struct plan_op ops[] = {
		{.type = PLAN_TREE, .path = "/", .rule = "whole tree"},
		{.type = PLAN_DEV,
			.path = "/dev",
			.rule = "minimal /dev",
			.access = RIND_ACCESS_WRITABLE},
		{.type = PLAN_DEVICE,
			.path = "/dev/no-such/device",
			.rule = "--device",
			.access = RIND_ACCESS_WRITABLE},
	};
	const char *directory = "/";
	const struct rind_plan plan = {
		.ops = (struct plan_op *)ops,
		.op_count = ARRAY_SIZE(ops),
		.directories = &directory,
		.directory_count = 1,
	};

	(void)state;
	check(&plan, expected, ARRAY_SIZE(expected));
}

static void test_full_access(void **state)
{
	static const struct expectation unrestricted[] = {
		{"/etc/passwd", W, "/etc/passwd", "--mode full-access"},
		{".git", W, ".git", "--mode full-access"},
	};
	static const struct expectation restricted[] = {
		{"/etc/passwd", W, "/", "--mode full-access"},
		{"/dev/kmsg", H, "/dev/kmsg", "minimal /dev"},
		{".git", P, "~/ws/.git", "--protect .git"},
	};
	struct rind_policy *policy = rind_policy_new();

	(void)state;
	rind_policy_set_mode(policy, RIND_MODE_FULL_ACCESS, NULL);
	struct rind_plan *plan = make_plan(policy);
	check(plan, unrestricted, ARRAY_SIZE(unrestricted));
	rind_plan_free(plan);

	policy = rind_policy_new();
	rind_policy_set_mode(policy, RIND_MODE_FULL_ACCESS, NULL);
	rind_policy_add_protect(policy, ".git", NULL);
	plan = make_plan(policy);
	check(plan, restricted, ARRAY_SIZE(restricted));
	rind_plan_free(plan);
}

static void test_errors(void **state)
{
	struct rind_plan *plan = make_plan(rind_policy_new());
	struct rind_verdict verdict = {.name = "as it was"};
	struct rind_error err;
	char buffer[PATH_MAX], path[PATH_MAX + 1];

	(void)state;
	assert_int_equal(rind_plan_verdict(plan, "", buffer, &verdict, &err), -EINVAL);
	assert_int_equal(rind_plan_verdict(plan, "loop", buffer, &verdict, &err), -ELOOP);
	assert_string_equal(err.message, "loop: Too many levels of symbolic links");
	memset(path, 'a', PATH_MAX);
	path[PATH_MAX] = '\0';
	assert_int_equal(rind_plan_verdict(plan, path, buffer, &verdict, &err), -ENAMETOOLONG);
	path[PATH_MAX - 1] = '\0';
	assert_int_equal(rind_plan_verdict(plan, path, buffer, &verdict, &err), -ENAMETOOLONG);
	assert_string_equal(verdict.name, "as it was");
	rind_plan_free(plan);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_workspace),
		cmocka_unit_test(test_masks_and_pins),
		cmocka_unit_test(test_optional_names),
		cmocka_unit_test(test_hidden),
		cmocka_unit_test(test_dev_and_proc),
		cmocka_unit_test(test_other_procs),
		cmocka_unit_test(test_directory_in_dev),
		cmocka_unit_test(test_devices),
		cmocka_unit_test(test_full_access),
		cmocka_unit_test(test_errors),
	};
	return cmocka_run_group_tests(tests, make_tree, scratch_remove);
}
