/*
 * The table of operations: that each row is complete, what each notes in the supervisor of what the
 * executor will need, and whether a plan can be carried out in the host's own tree.
 */
#include "ops/operation.h"

#include "ops/operations.h"
#include "supervisor/freeze.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

/* clang-format off */
#include <setjmp.h>
#include <stdarg.h>
#include <cmocka.h>
/* clang-format on */

#define ARRAY_SIZE(array) (sizeof(array) / sizeof((array)[0]))

enum { TEXT_SIZE = 256, MAX_OPS = 4 };

/* --- rows ------------------------------------------------------------------------------------- */

static void test_rows_are_complete(void **state)
{
	(void)state;
	for (int type = 0; type < PLAN_OP_COUNT; type++) {
		const struct plan_op op = {.type = (enum plan_op_type)type, .path = "/a"};
		const struct operation *row = operation_of(&op);

		assert_non_null(row);
		assert_non_null(row->verb);
		assert_true(*row->verb);
		assert_non_null(row->prepare);
		assert_non_null(row->gather);
		assert_non_null(row->apply);
		assert_non_null(row->finish);
		assert_non_null(row->check);
		assert_non_null(row->inspect);
		assert_non_null(row->is_writable);
		assert_non_null(row->attributes);
		/* Its sentence is "Can't mount FILE-SYSTEM on …". */
		if (row->sentence == BWRAP_SENTENCE_MOUNT)
			assert_non_null(row->file_system);
		assert_true(*plan_op_name(&op));
	}
}

static void test_rows_are_different(void **state)
{
	(void)state;
	for (int i = 0; i < PLAN_OP_COUNT; i++) {
		for (int j = 0; j < i; j++) {
			const struct plan_op first = {.type = (enum plan_op_type)i};
			const struct plan_op second = {.type = (enum plan_op_type)j};

			assert_ptr_not_equal(operation_of(&first), operation_of(&second));
		}
	}
}

/* --- what they need --------------------------------------------------------------------------- */

static const char *describe_needs(const struct frozen_needs *needs, char text[TEXT_SIZE])
{
	snprintf(text, TEXT_SIZE, "%s%s%s%s%s%s", needs->hide ? " hide" : "",
		needs->mapped_root ? " mapped-root" : "", needs->scratch ? " scratch" : "",
		needs->writable_proc ? " writable-proc" : "",
		needs->relative_sources ? " relative" : "", needs->new_root ? " new-root" : "");
	for (size_t i = 0; i < needs->devs; i++)
		strncat(text, " dev", TEXT_SIZE - strlen(text) - 1);
	return *text ? text + 1 : text;
}

/*
 * What an operation needs that is the second of a plan: somewhere below the root, and on the root,
 * which a mount covers.  Its source is absolute.
 */
static const struct {
	const char *below, *root;
} needs[PLAN_OP_COUNT] = {
	[PLAN_TREE] = {"", ""},
	[PLAN_PROGRAM] = {"", ""},
	[PLAN_WRITABLE] = {"", ""},
	[PLAN_SCRATCH] = {"", ""},
	[PLAN_READABLE] = {"", ""},
	[PLAN_DEVICE] = {"", ""},
	[PLAN_PIN] = {"", ""},
	[PLAN_PROTECT] = {"", ""},
	[PLAN_HIDE] = {"hide", "hide"},
	[PLAN_BIND] = {"", "new-root"},
	[PLAN_OVERLAY] = {"scratch relative new-root", "scratch relative new-root"},
	[PLAN_MQUEUE] = {"", "new-root"},
	[PLAN_DIRECTORY] = {"", ""},
	[PLAN_FILE] = {"", ""},
	[PLAN_DATA] = {"scratch new-root", "scratch new-root"},
	[PLAN_SYMLINK] = {"", ""},
	[PLAN_CHMOD] = {"writable-proc", "writable-proc"},
	[PLAN_REMOUNT] = {"", ""},
	[PLAN_DEV] = {"mapped-root dev", "mapped-root new-root dev"},
	[PLAN_PROC] = {"", "new-root"},
	[PLAN_TMPFS] = {"", "new-root"},
};

static void expect_needs(const struct plan_op *ops, size_t count, const char *expected)
{
	const struct rind_plan plan = {.ops = (struct plan_op *)ops, .op_count = count};
	struct frozen frozen = {.plan = &plan};
	char text[TEXT_SIZE];

	operations_prepare(&plan, &frozen);
	assert_string_equal(describe_needs(&frozen.needs, text), expected);
}

static void test_needs(void **state)
{
	(void)state;
	for (int type = 0; type < PLAN_OP_COUNT; type++) {
		static const char *const roots[] = {"/", "//", "/.", "..", "/../."};
		struct plan_op ops[] = {
			{.type = PLAN_DIRECTORY, .path = "/first"},
			{.type = (enum plan_op_type)type, .fd = -1, .source = "/source"},
		};

		assert_non_null(needs[type].below);
		ops[1].path = "/.../below";
		expect_needs(ops, 2, needs[type].below);
		for (size_t i = 0; i < ARRAY_SIZE(roots); i++) {
			ops[1].path = roots[i];
			expect_needs(ops, 2, needs[type].root);
		}
		/* What the first is, is looked at where the root is decided. */
		ops[1].path = "/below";
		expect_needs(ops + 1, 1, needs[type].below);
	}
}

static void test_needs_of_sources(void **state)
{
	const struct plan_op relative = {
		.type = PLAN_BIND, .fd = -1, .path = "/a", .source = "here"};
	const struct plan_op descriptor = {
		.type = PLAN_BIND, .fd = 3, .path = "/a", .source = "here"};
	const struct plan_op devs[] = {
		{.type = PLAN_DEV, .path = "/dev"}, {.type = PLAN_DEV, .path = "/other"}};

	(void)state;
	expect_needs(&relative, 1, "relative");
	expect_needs(&descriptor, 1, "");
	expect_needs(devs, 2, "mapped-root dev dev");
}

/* --- the root stays in place ------------------------------------------------------------------ */

#define WHOLE .type = PLAN_BIND, .fd = -1, .path = "/", .source = "/"
#define BELOW .fd = -1, .path = "/below", .source = "/source"

/* The first of the operations that is none has no path. */
static const struct {
	struct plan_op ops[MAX_OPS];
	enum { BUILT, IN_PLACE } where;
} roots[] = {
	{{{WHOLE}}, IN_PLACE},
	{{{.type = PLAN_BIND, .fd = -1, .path = "/..//.", .source = "///"}}, IN_PLACE},
	{{{.path = NULL}}, BUILT},
	/* The first has to be the host's whole tree, by its name. */
	{{{.type = PLAN_BIND, .fd = 3, .path = "/", .source = "/"}}, BUILT},
	{{{.type = PLAN_BIND, .fd = -1, .path = "/", .source = "/."}}, BUILT},
	{{{.type = PLAN_BIND, .fd = -1, .path = "/a", .source = "/"}}, BUILT},
	{{{.type = PLAN_BIND, .fd = -1, .path = "/", .source = "/usr"}}, BUILT},
	{{{.type = PLAN_TMPFS, .fd = -1, .path = "/"}}, BUILT},
	{{{.type = PLAN_DIRECTORY, .fd = -1, .path = "/a"}, {WHOLE}}, BUILT},
	/* And none of those that follow may cover it, or need a place that it does not have. */
	{{{WHOLE}, {WHOLE}}, BUILT},
	{{{WHOLE}, {.type = PLAN_TMPFS, .fd = -1, .path = "/"}}, BUILT},
	{{{WHOLE}, {.type = PLAN_REMOUNT, .fd = -1, .path = "/"}}, IN_PLACE},
	{{{WHOLE}, {.type = PLAN_BIND, BELOW}}, IN_PLACE},
	{{{WHOLE}, {.type = PLAN_TMPFS, BELOW}}, IN_PLACE},
	{{{WHOLE}, {.type = PLAN_PROC, BELOW}}, IN_PLACE},
	{{{WHOLE}, {.type = PLAN_MQUEUE, BELOW}}, IN_PLACE},
	{{{WHOLE}, {.type = PLAN_DIRECTORY, BELOW}}, IN_PLACE},
	{{{WHOLE}, {.type = PLAN_FILE, BELOW}}, IN_PLACE},
	{{{WHOLE}, {.type = PLAN_SYMLINK, BELOW}}, IN_PLACE},
	{{{WHOLE}, {.type = PLAN_CHMOD, BELOW}}, IN_PLACE},
	{{{WHOLE}, {.type = PLAN_OVERLAY, BELOW}}, BUILT},
	{{{WHOLE}, {.type = PLAN_DATA, BELOW}}, BUILT},
	{{{WHOLE}, {.type = PLAN_DEV, BELOW}}, IN_PLACE},
	{{{WHOLE}, {.type = PLAN_DEV, BELOW}, {.type = PLAN_DEV, BELOW}}, BUILT},
};

static void freeze(const struct plan_op *ops, size_t count, bool mount_calls, struct frozen *ret)
{
	const struct rind_plan plan = {
		.root = PLAN_ROOT_BUILT, .ops = (struct plan_op *)ops, .op_count = count};

	*ret = (struct frozen){.plan = &plan, .support.mount_calls = mount_calls};
	operations_prepare(&plan, ret);
	freeze_root(&plan, ret);
	ret->plan = NULL;
}

static void test_root_in_place(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(roots); i++) {
		struct frozen frozen;
		size_t count = 0;

		while (count < MAX_OPS && roots[i].ops[count].path)
			count++;
		freeze(roots[i].ops, count, true, &frozen);
		if (frozen.root.in_place != (roots[i].where == IN_PLACE))
			print_error("row %zu:\n", i);
		assert_int_equal(frozen.root.in_place, roots[i].where == IN_PLACE);
		freeze(roots[i].ops, count, false, &frozen);
		assert_false(frozen.root.in_place);
	}
}

/* In place, each source is held open; elsewhere nothing has to be raised. */
static void test_descriptors(void **state)
{
	static const struct plan_op ops[] = {{WHOLE}, {.type = PLAN_TMPFS, BELOW}};
	struct rlimit own, low;
	struct frozen frozen;

	(void)state;
	assert_int_equal(getrlimit(RLIMIT_NOFILE, &own), 0);
	low = own;
	low.rlim_cur = 65;
	if (own.rlim_max < 66)
		skip();
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &low), 0);
	freeze(ops, 2, true, &frozen);
	struct frozen built;
	freeze(ops, 2, false, &built);
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &own), 0);
	assert_true(frozen.root.in_place);
	assert_int_equal(frozen.root.descriptors, 65);
	assert_int_equal(frozen.root.more_descriptors, own.rlim_max);
	assert_int_equal(built.root.more_descriptors, 0);
	freeze(ops, 1, true, &frozen);
	assert_int_equal(frozen.root.more_descriptors, 0);
}

static void test_relative_sources(void **state)
{
	static const struct plan_op relative[] = {
		{.type = PLAN_BIND, .fd = -1, .path = "/a", .source = "here"}};
	static const struct plan_op absolute[] = {
		{.type = PLAN_BIND, .fd = -1, .path = "/a", .source = "/here"}};
	struct frozen frozen;

	(void)state;
	assert_int_equal(chdir("/"), 0);
	freeze(relative, 1, true, &frozen);
	assert_true(frozen.root.begins_at_root);
	freeze(absolute, 1, true, &frozen);
	assert_false(frozen.root.begins_at_root);
	assert_int_equal(chdir("/dev"), 0);
	freeze(relative, 1, true, &frozen);
	assert_false(frozen.root.begins_at_root);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_rows_are_complete),
		cmocka_unit_test(test_rows_are_different),
		cmocka_unit_test(test_needs),
		cmocka_unit_test(test_needs_of_sources),
		cmocka_unit_test(test_root_in_place),
		cmocka_unit_test(test_descriptors),
		cmocka_unit_test(test_relative_sources),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
