/* Looking at the host: roots, what symlinks and .git files lead to, hidden paths, on real files. */
#include "policy/facts.h"

#include "scratch.h"

#include <errno.h>

/* clang-format off */
#include <setjmp.h>
#include <stdarg.h>
#include <cmocka.h>
/* clang-format on */

#define ARRAY_SIZE(array) (sizeof(array) / sizeof((array)[0]))

struct fixture {
	struct rind_policy *policy;
	struct facts facts;
	struct rind_error err;
};

static int set_up(void **state)
{
	struct fixture *fixture = calloc(1, sizeof(*fixture));
	if (!fixture || scratch_make(state) < 0 || chmod(scratch, 0755) < 0)
		return -1;
	fixture->policy = rind_policy_new();
	/* The scratch directory is in /tmp, and is not to be writable by that. */
	rind_policy_set_switch(fixture->policy, RIND_EXCLUDE_TMP, true, NULL);
	*state = fixture;
	return fixture->policy ? 0 : -1;
}

static int tear_down(void **state)
{
	struct fixture *fixture = *state;

	facts_free(&fixture->facts);
	rind_policy_free(fixture->policy);
	free(fixture);
	return scratch_remove(state);
}

static void collect(struct fixture *fixture)
{
	facts_free(&fixture->facts);
	memset(&fixture->facts, 0, sizeof(fixture->facts));
	fixture->err.message[0] = '\0';
	if (facts_collect(fixture->policy, &fixture->facts, &fixture->err) < 0)
		fail_msg("%s", fixture->err.message);
}

/* message: %s stands for the scratch directory. */
__attribute__((format(printf, 3, 0))) static void expect_refusal(
	struct fixture *fixture, int code, const char *message)
{
	char expected[2 * PATH_MAX];

	facts_free(&fixture->facts);
	memset(&fixture->facts, 0, sizeof(fixture->facts));
	assert_int_equal(facts_collect(fixture->policy, &fixture->facts, &fixture->err), code);
	snprintf(expected, sizeof(expected), message, scratch, scratch);
	assert_string_equal(fixture->err.message, expected);
}

static const struct fact_root *find_root(const struct facts *facts, const char *path)
{
	for (size_t i = 0; i < facts->root_count; i++)
		if (!strcmp(facts->roots[i].path, path))
			return &facts->roots[i];
	return NULL;
}

static const struct fact_protect *find_protect(const struct facts *facts, const char *name)
{
	for (size_t i = 0; i < facts->protect_count; i++)
		if (!strcmp(facts->protects[i].path, scratch_path(name)))
			return &facts->protects[i];
	return NULL;
}

/* Is name, and nothing else but what is in others, protected? */
static void expect_protects(const struct facts *facts, const char *const *names)
{
	size_t count = 0;
	for (; names[count]; count++)
		if (!find_protect(facts, names[count]))
			fail_msg("%s is not protected", names[count]);
	for (size_t i = 0; i < facts->protect_count; i++) {
		bool wanted = false;
		for (size_t j = 0; j < count; j++)
			wanted |= !strcmp(facts->protects[i].path, scratch_path(names[j]));
		if (!wanted)
			fail_msg("%s is protected", facts->protects[i].path);
	}
}

#define NAMES(...) ((const char *const[]){__VA_ARGS__, NULL})
#define NO_NAMES   ((const char *const[]){NULL})

/* --- roots ------------------------------------------------------------------------------------ */

static void test_working_directory(void **state)
{
	struct fixture *fixture = *state;

	collect(fixture);
	assert_string_equal(fixture->facts.directory, scratch);
	assert_int_equal(fixture->facts.root_count, 1);
	assert_int_equal(fixture->facts.roots[0].origin, ROOT_DIRECTORY);
	assert_string_equal(fixture->facts.roots[0].rule, "workspace (working directory)");
	assert_true(fixture->facts.roots[0].is_directory);
	assert_int_equal(fixture->facts.uid, geteuid());

	rind_policy_set_mode(fixture->policy, RIND_MODE_READ_ONLY, NULL);
	collect(fixture);
	assert_int_equal(fixture->facts.root_count, 0);
}

static void test_explicit_roots(void **state)
{
	struct fixture *fixture = *state;
	struct stat stat;

	scratch_directory("ws");
	scratch_directory("ws/in");
	scratch_directory("other");
	scratch_file("file", "");
	scratch_link("ws/in", "link");
	rind_policy_set_directory(fixture->policy, "other", NULL);
	rind_policy_add_writable(fixture->policy, "ws/../link", NULL); /* not in --chdir's */
	rind_policy_add_writable(fixture->policy, scratch_path("file"), NULL);
	collect(fixture);
	assert_int_equal(fixture->facts.root_count, 3);

	const struct fact_root *in = find_root(&fixture->facts, scratch_path("ws/in"));
	assert_non_null(in);
	assert_int_equal(in->origin, ROOT_EXPLICIT);
	assert_string_equal(in->rule, "--writable ws/../link");
	assert_int_equal(lstat(in->path, &stat), 0);
	assert_int_equal(in->identity.device, stat.st_dev);
	assert_int_equal(in->identity.inode, stat.st_ino);
	assert_false(find_root(&fixture->facts, scratch_path("file"))->is_directory);
	assert_int_equal(find_root(&fixture->facts, scratch_path("other"))->origin, ROOT_DIRECTORY);
	assert_string_equal(fixture->facts.directory, scratch_path("other"));
}

static void test_refused_roots(void **state)
{
	static const struct {
		const char *root;
		int code;
		const char *message;
	} cases[] = {
		{"missing", -ENOENT,
			"writable root missing does not exist; create it, or let --writable-make "
			"do it"},
		{"dangling", -ENOENT,
			"writable root dangling is a symbolic link to %s/no/where, which does not "
			"exist; create that or leave the root out"},
		{"loop", -ELOOP,
			"writable root loop cannot be used: Too many levels of symbolic links"},
		{"file/x", -ENOTDIR, "writable root file/x cannot be used: Not a directory"},
		{"file/..", -ENOTDIR, "writable root file/.. cannot be used: Not a directory"},
	};
	struct fixture *fixture = *state;

	scratch_link("no/where", "dangling");
	scratch_link("loop", "loop");
	scratch_file("file", "");
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		rind_policy_free(fixture->policy);
		fixture->policy = rind_policy_new();
		rind_policy_add_writable(fixture->policy, cases[i].root, NULL);
		expect_refusal(fixture, cases[i].code, cases[i].message);
	}
}

/* A link in a root, or in /tmp, may be an earlier command's: it must not lead out of them. */
static void test_roots_through_links(void **state)
{
	static const struct {
		const char *first, *second; /* given as roots beside the working directory, ws */
		const char *refused;        /* what the message begins with; NULL: none is */
	} cases[] = {
		{"ws/out", NULL, "writable root /usr (--writable ws/out) is reached through"},
		{"ws/out/lib", NULL, "writable root /usr/lib (--writable ws/out/lib) is reached"},
		{"ws/d/../out/..", NULL, "writable root / (--writable ws/d/../out/..) is reached"},
		{"ws/out", "ws/out", "writable root /usr (--writable ws/out) is reached through"},
		{"ws/hop", NULL, "writable root /usr (--writable ws/hop) is reached through"},
		{"ws/out", "/usr", NULL}, /* named as well */
		{"ws/in", NULL, NULL},
		{"/usr", NULL, NULL},
	};
	struct fixture *fixture = *state;

	scratch_directory("ws");
	scratch_directory("ws/d");
	scratch_link("/usr", "ws/out");
	scratch_link("out", "ws/hop");
	scratch_link("d", "ws/in");
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		rind_policy_free(fixture->policy);
		fixture->policy = rind_policy_new();
		rind_policy_set_directory(fixture->policy, "ws", NULL);
		rind_policy_add_writable(fixture->policy, cases[i].first, NULL);
		if (cases[i].second)
			rind_policy_add_writable(fixture->policy, cases[i].second, NULL);
		if (!cases[i].refused) {
			collect(fixture);
			continue;
		}
		facts_free(&fixture->facts);
		memset(&fixture->facts, 0, sizeof(fixture->facts));
		assert_int_equal(
			facts_collect(fixture->policy, &fixture->facts, &fixture->err), -EXDEV);
		if (strncmp(fixture->err.message, cases[i].refused, strlen(cases[i].refused)) != 0)
			fail_msg("%s", fixture->err.message);
	}
}

static void test_temporary_directories(void **state)
{
	struct fixture *fixture = *state;

	scratch_directory("t");
	scratch_link("t", "link");
	scratch_link("/", "tree");
	scratch_file("file", "");
	rind_policy_set_switch(fixture->policy, RIND_EXCLUDE_TMP, false, NULL);
	setenv("TMPDIR", scratch_path("link"), 1);
	collect(fixture);
	assert_int_equal(fixture->facts.root_count, 3);
	assert_int_equal(find_root(&fixture->facts, scratch_path("t"))->origin, ROOT_TMPDIR);
	assert_int_equal(fixture->facts.roots[1].origin, ROOT_TMP);

	rind_policy_set_switch(fixture->policy, RIND_EXCLUDE_TMP, true, NULL);
	rind_policy_set_switch(fixture->policy, RIND_EXCLUDE_TMPDIR, true, NULL);
	collect(fixture);
	assert_int_equal(fixture->facts.root_count, 1);

	/* Not absolute, missing, no directory, or all there is. */
	const char *const useless[] = {
		"t", "", scratch_path("no"), scratch_path("file"), scratch_path("tree"), "/"};
	rind_policy_set_switch(fixture->policy, RIND_EXCLUDE_TMPDIR, false, NULL);
	for (size_t i = 0; i < ARRAY_SIZE(useless); i++) {
		setenv("TMPDIR", useless[i], 1);
		collect(fixture);
		assert_int_equal(fixture->facts.root_count, 1);
	}
}

static void test_bad_directories(void **state)
{
	struct fixture *fixture = *state;

	scratch_file("file", "");
	rind_policy_set_directory(fixture->policy, "no", NULL);
	expect_refusal(fixture, -ENOENT,
		"--chdir no: No such file or directory; name a directory that exists");
	rind_policy_set_directory(fixture->policy, "file", NULL);
	expect_refusal(
		fixture, -ENOTDIR, "--chdir file: Not a directory; name a directory that exists");

	scratch_directory("gone");
	assert_int_equal(chdir("gone"), 0);
	assert_int_equal(rmdir(scratch_path("gone")), 0);
	rind_policy_set_directory(fixture->policy, NULL, NULL);
	expect_refusal(fixture, -ENOENT,
		"the working directory cannot be found: No such file or directory; change to one "
		"that exists");
	/* Who asks for nothing there does not need it. */
	rind_policy_set_directory(fixture->policy, scratch, NULL);
	collect(fixture);
}

static void test_full_access(void **state)
{
	struct fixture *fixture = *state;

	rind_policy_set_mode(fixture->policy, RIND_MODE_FULL_ACCESS, NULL);
	rind_policy_add_writable(fixture->policy, "missing", NULL);
	collect(fixture);
	assert_int_equal(fixture->facts.root_count, 0);
	assert_string_equal(fixture->facts.directory, scratch);

	rind_policy_set_network(fixture->policy, RIND_NETWORK_OFF, NULL);
	collect(fixture);
	assert_int_equal(fixture->facts.root_count, 2);
	assert_string_equal(fixture->facts.roots[0].path, "/");
	assert_string_equal(fixture->facts.roots[0].rule, "--mode full-access");
	assert_string_equal(fixture->facts.roots[1].path, scratch);
	assert_int_equal(fixture->facts.protect_count, 0);
}

/* --- protected paths -------------------------------------------------------------------------- */

static void test_plain_names_lead_nowhere(void **state)
{
	struct fixture *fixture = *state;

	scratch_directory(".git");
	scratch_file(".codex", "");
	rind_policy_add_protect(fixture->policy, "a/b/c", NULL);
	scratch_file(".git/HEAD", "ref: refs/heads/main\n");
	collect(fixture);
	assert_int_equal(fixture->facts.protect_count, 0);
}

static void test_links_at_names(void **state)
{
	struct fixture *fixture = *state;

	scratch_directory("real");
	scratch_directory("real/git");
	scratch_link("hop", ".git");
	scratch_link("real/git", "hop");
	scratch_link("absent/x", ".codex");
	scratch_link("/etc", ".agents");
	collect(fixture);
	/* /etc is in no root: the lowering drops it. */
	assert_string_equal(fixture->facts.protects[fixture->facts.protect_count - 1].path, "/etc");
	fixture->facts.protect_count--;
	expect_protects(&fixture->facts, NAMES("hop", "real/git", "absent/x", "refs", "commondir"));

	const struct fact_protect *target = find_protect(&fixture->facts, "real/git");
	char rule[PATH_MAX + 64];
	snprintf(rule, sizeof(rule), "target of symbolic link %s/.git", scratch);
	assert_string_equal(target->rule, rule);
	assert_false(target->is_explicit);
	assert_false(target->if_present);
}

static void test_links_within_names(void **state)
{
	struct fixture *fixture = *state;

	scratch_directory("d");
	scratch_directory("d/e");
	scratch_directory("e");
	scratch_link("../e", "d/link");
	scratch_link("loop", "loop");
	rind_policy_add_protect(fixture->policy, "d/link/x/y", NULL);
	rind_policy_add_protect(fixture->policy, "loop", NULL);
	collect(fixture);
	expect_protects(&fixture->facts, NAMES("e/x/y", "loop", "refs", "commondir"));
	assert_true(find_protect(&fixture->facts, "e/x/y")->is_explicit);
}

/* What would take the workspace itself away is not protected. */
static void test_links_to_roots(void **state)
{
	struct fixture *fixture = *state;

	scratch_directory("ws");
	rind_policy_set_directory(fixture->policy, "ws", NULL);
	scratch_link(".", "ws/.git");
	scratch_link("..", "ws/.codex");
	scratch_link("/", "ws/.agents");
	collect(fixture);
	/* git takes the workspace for the git directory then: without refs it is none. */
	expect_protects(&fixture->facts, NAMES("ws/refs", "ws/commondir"));
}

/* Where git finds no repository at .git it looks whether the directory is one itself. */
static void test_root_without_a_repository(void **state)
{
	static const struct {
		const char *head; /* what is in HEAD; NULL: there is none */
		bool refused;
	} cases[] = {
		{NULL, false},
		{"ref: refs/heads/main\n", true},
		{"ref:refs/heads/main", true},
		{"0123456789abcdef0123456789ABCDEF01234567\n", true},
		{"0123456789abcdef\n", false},
		{"\n", false},
	};
	struct fixture *fixture = *state;

	scratch_directory(".git"); /* an empty one is no repository */
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		if (cases[i].head)
			scratch_file("HEAD", cases[i].head);
		if (cases[i].refused) {
			expect_refusal(fixture, -EINVAL,
				"workspace (working directory): %s is a git repository itself, or "
				"can be made one, since it has a HEAD and no other one at .git: "
				"the command could change what git runs there; if it is none, "
				"remove %s/HEAD; otherwise leave it out, use --mode read-only, or, "
				"to let the command do that, --no-default-protect");
			continue;
		}
		collect(fixture);
		expect_protects(&fixture->facts, NAMES("refs", "commondir"));
		assert_false(fixture->facts.protects[0].is_explicit);
		assert_false(fixture->facts.protects[0].if_present);
	}
	rind_policy_set_switch(fixture->policy, RIND_DEFAULT_PROTECT, false, NULL);
	collect(fixture);
	expect_protects(&fixture->facts, NO_NAMES);
}

/* What is somebody's own by these names stays writable: then it is HEAD that is missing. */
static void test_root_with_parts_of_a_repository(void **state)
{
	struct fixture *fixture = *state;

	scratch_file("commondir", "");
	collect(fixture);
	expect_protects(&fixture->facts, NAMES("HEAD"));
	assert_int_equal(unlink(scratch_path("commondir")), 0);
	scratch_link("nowhere", "refs");
	collect(fixture);
	expect_protects(&fixture->facts, NAMES("HEAD"));
	/* Another sandbox's placeholder. */
	assert_int_equal(unlink(scratch_path("refs")), 0);
	scratch_directory("refs");
	assert_int_equal(chmod(scratch_path("refs"), 01755), 0);
	collect(fixture);
	expect_protects(&fixture->facts, NAMES("refs", "commondir"));
}

/* A .git that is named as a root is to be writable; any other repository is not. */
static void test_explicit_root_that_is_a_repository(void **state)
{
	struct fixture *fixture = *state;

	scratch_directory(".git");
	scratch_file(".git/HEAD", "ref: refs/heads/main\n");
	scratch_directory("bare.git");
	scratch_file("bare.git/HEAD", "ref: refs/heads/main\n");
	rind_policy_add_writable(fixture->policy, ".git", NULL);
	collect(fixture);
	expect_protects(&fixture->facts, NO_NAMES);
	rind_policy_add_writable(fixture->policy, "bare.git", NULL);
	expect_refusal(fixture, -EINVAL,
		"--writable bare.git: %s/bare.git is a git repository itself, or can be made one, "
		"since it has a HEAD and no other one at .git: the command could change what git "
		"runs there; if it is none, remove %s/bare.git/HEAD; otherwise leave it out, use "
		"--mode read-only, or, to let the command do that, --no-default-protect");
}

static void test_absolute_protects(void **state)
{
	static const struct {
		const char *given, *path, *target; /* NULL: no target besides */
	} cases[] = {
		{"ws/x/y", "ws/x/y", NULL},
		{"ws//x/./y/", "ws/x/y", NULL},
		{"to-ws/x", "ws/x", NULL},            /* a link that leads to a root is resolved */
		{"ws/link/x", "ws/link/x", "ws/d/x"}, /* one in it stays */
		{"to-ws/link", "ws/link", "ws/d"},
		{"ws/link/../y", "ws/y", NULL}, /* up from where the link leads */
		{"ws/d/../link", "ws/link", "ws/d"},
		{"ws/../ws/link", "ws/link", "ws/d"},
		{"other/f", "other/f", NULL}, /* outside */
		{"other/../ws/n", "ws/n", NULL},
		{"ws", "ws", NULL},
	};
	struct fixture *fixture = *state;

	scratch_directory("ws");
	scratch_directory("ws/d");
	scratch_directory("ws/.git");
	scratch_file("ws/.git/HEAD", "");
	scratch_directory("other");
	scratch_file("other/f", "");
	scratch_link("d", "ws/link");
	scratch_link("ws", "to-ws");
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		rind_policy_free(fixture->policy);
		fixture->policy = rind_policy_new();
		rind_policy_set_switch(fixture->policy, RIND_EXCLUDE_TMP, true, NULL);
		rind_policy_set_directory(fixture->policy, "ws", NULL);
		rind_policy_add_protect(fixture->policy, scratch_path(cases[i].given), NULL);
		collect(fixture);
		if (cases[i].target)
			expect_protects(&fixture->facts, NAMES(cases[i].path, cases[i].target));
		else
			expect_protects(&fixture->facts, NAMES(cases[i].path));
		assert_true(fixture->facts.protects[0].is_explicit);
	}
}

/* Nothing outside needs protection; what is not even there, somebody has mistyped. */
static void test_absolute_protect_of_nothing(void **state)
{
	static const struct {
		const char *given;
		int code;
		const char *message; /* with the scratch directory for each %s */
	} cases[] = {
		{"othr/x", -ENOENT,
			"--protect %s/othr/x: there is no %s/othr (did you mean %s/other?), nor a "
			"writable root around it, so that nothing would be protected; name what is "
			"there, or leave it out"},
		{"zzzzzz", -ENOENT,
			"--protect %s/zzzzzz: there is no %s/zzzzzz, nor a writable root around "
			"it, so that nothing would be protected; name what is there, or leave it "
			"out"},
		{"file/x", -ENOTDIR,
			"--protect %s/file/x: there is no %s/file/x, nor a writable root around "
			"it, so that nothing would be protected; name what is there, or leave it "
			"out"},
	};
	struct fixture *fixture = *state;

	scratch_directory("ws");
	scratch_directory("other");
	scratch_file("file", "");
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		char expected[3 * PATH_MAX];

		rind_policy_free(fixture->policy);
		facts_free(&fixture->facts);
		memset(&fixture->facts, 0, sizeof(fixture->facts));
		fixture->policy = rind_policy_new();
		rind_policy_set_switch(fixture->policy, RIND_EXCLUDE_TMP, true, NULL);
		rind_policy_set_directory(fixture->policy, "ws", NULL);
		rind_policy_add_protect(fixture->policy, scratch_path(cases[i].given), NULL);
		assert_int_equal(facts_collect(fixture->policy, &fixture->facts, &fixture->err),
			cases[i].code);
		snprintf(expected, sizeof(expected), cases[i].message, scratch, scratch, scratch);
		assert_string_equal(fixture->err.message, expected);
	}
}

static void test_absolute_protect_of_loop(void **state)
{
	struct fixture *fixture = *state;
	char path[PATH_MAX], message[2 * PATH_MAX];

	scratch_directory("ws");
	scratch_link("loop", "loop");
	strcpy(path, scratch_path("loop/x"));
	rind_policy_set_directory(fixture->policy, "ws", NULL);
	rind_policy_add_protect(fixture->policy, path, NULL);
	snprintf(message, sizeof(message), "--protect %s: Too many levels of symbolic links", path);
	assert_int_equal(facts_collect(fixture->policy, &fixture->facts, &fixture->err), -ELOOP);
	assert_string_equal(fixture->err.message, message);
}

static void test_optional_in_temporary_directory(void **state)
{
	struct fixture *fixture = *state;

	scratch_directory("t");
	scratch_directory("ws");
	scratch_link("x", "t/.git");
	scratch_link("x", "ws/.git");
	setenv("TMPDIR", scratch_path("t"), 1);
	rind_policy_set_directory(fixture->policy, "ws", NULL);
	collect(fixture);
	expect_protects(&fixture->facts, NAMES("t/x", "ws/x", "ws/refs", "ws/commondir"));
	assert_true(find_protect(&fixture->facts, "t/x")->if_present);
	assert_false(find_protect(&fixture->facts, "ws/x")->if_present);
}

/* --- .git files ------------------------------------------------------------------------------- */

/* As `git worktree add` lays it out, with repository and worktree under one root. */
static void make_worktree(void)
{
	scratch_directory("repo");
	scratch_directory("repo/.git");
	scratch_directory("repo/.git/worktrees");
	scratch_directory("repo/.git/worktrees/w");
	scratch_file("repo/.git/worktrees/w/commondir", "../..\n");
	scratch_directory("w");
}

static void test_worktree(void **state)
{
	struct fixture *fixture = *state;
	char rule[PATH_MAX + 64];

	make_worktree();
	scratch_file("w/.git", "gitdir: ../repo/.git/worktrees/w\n");
	rind_policy_set_directory(fixture->policy, "w", NULL);
	rind_policy_add_writable(fixture->policy, "repo", NULL);
	collect(fixture);
	expect_protects(&fixture->facts,
		NAMES("repo/.git/worktrees/w", "repo/.git", "repo/refs", "repo/commondir"));
	snprintf(rule, sizeof(rule), "git directory of %s/w/.git", scratch);
	assert_string_equal(find_protect(&fixture->facts, "repo/.git/worktrees/w")->rule, rule);
	snprintf(rule, sizeof(rule), "common git directory of %s/w/.git", scratch);
	assert_string_equal(find_protect(&fixture->facts, "repo/.git")->rule, rule);

	rind_policy_set_switch(fixture->policy, RIND_DEFAULT_PROTECT, false, NULL);
	collect(fixture);
	assert_int_equal(fixture->facts.protect_count, 0);
}

/* By a link to the .git file, and one in the path that this names: neither may be swapped. */
static void test_worktree_behind_links(void **state)
{
	struct fixture *fixture = *state;

	make_worktree();
	scratch_link("../repo", "w/to-repo");
	scratch_file("w/pointer", "gitdir: to-repo/.git/worktrees/w\n");
	scratch_link("pointer", "w/.git");
	rind_policy_set_directory(fixture->policy, "w", NULL);
	collect(fixture);
	expect_protects(&fixture->facts,
		NAMES("w/pointer", "w/to-repo", "repo/.git/worktrees/w", "repo/.git"));
}

static void test_pointer_to_nothing(void **state)
{
	struct fixture *fixture = *state;

	scratch_file(".git", "gitdir: made/later\n");
	collect(fixture);
	expect_protects(&fixture->facts, NAMES("made/later"));

	scratch_file(".git", "gitdir: .\n");
	collect(fixture);
	expect_protects(&fixture->facts, NAMES("refs", "commondir"));

	scratch_file(".git", "something else\n");
	collect(fixture);
	expect_protects(&fixture->facts, NO_NAMES);
}

/* --- submodules ------------------------------------------------------------------------------- */

/* A git directory whose index names lib, vendor/one and vendor/two; it is one that git made. */
static void make_repository(const char *directory)
{
	char bytes[4096], from[PATH_MAX], name[256];

	snprintf(from, sizeof(from), "%s/tests/fuzz/corpus/git_index/v2", SOURCE_DIR);
	FILE *file = fopen(from, "r");
	assert_non_null(file);
	size_t size = fread(bytes, 1, sizeof(bytes), file);
	fclose(file);
	scratch_directory(directory);
	snprintf(name, sizeof(name), "%s/HEAD", directory);
	scratch_file(name, "ref: refs/heads/main\n");
	snprintf(name, sizeof(name), "%s/index", directory);
	file = fopen(scratch_path(name), "w");
	assert_non_null(file);
	assert_int_equal(fwrite(bytes, 1, size, file), size);
	fclose(file);
}

static void test_submodules(void **state)
{
	struct fixture *fixture = *state;

	make_repository(".git");
	scratch_directory("vendor");
	scratch_directory("vendor/one");
	scratch_directory("vendor/two");
	scratch_file("vendor/two/.git", "gitdir: ../../.git/modules/two\n");
	collect(fixture);
	/* Missing, with nothing in it, and checked out. */
	expect_protects(&fixture->facts,
		NAMES("lib/.git", "vendor/one", "vendor/two/.git", ".git/modules/two"));
	assert_string_equal(
		find_protect(&fixture->facts, "lib/.git")->rule, "submodule that the index names");
	assert_string_equal(find_protect(&fixture->facts, "vendor/one")->rule,
		"submodule that the index names, not checked out");
	assert_false(find_protect(&fixture->facts, "lib/.git")->is_explicit);

	/* One that is a root itself stays one. */
	rind_policy_add_writable(fixture->policy, "vendor/one", NULL);
	collect(fixture);
	expect_protects(&fixture->facts,
		NAMES("lib/.git", "vendor/one/.git", "vendor/one/refs", "vendor/one/commondir",
			"vendor/two/.git", ".git/modules/two"));

	rind_policy_set_switch(fixture->policy, RIND_DEFAULT_PROTECT, false, NULL);
	collect(fixture);
	expect_protects(&fixture->facts, NO_NAMES);
}

/* In every one that is a repository; not by way of a symlink, which git does not follow. */
static void test_submodules_of_submodules(void **state)
{
	struct fixture *fixture = *state;

	make_repository(".git");
	scratch_directory("lib");
	make_repository("lib/.git");
	scratch_link(".", "lib/lib");
	scratch_directory("lib/vendor");
	scratch_directory("lib/vendor/two");
	make_repository("lib/vendor/two/.git");
	scratch_link("lib/vendor", "vendor");
	collect(fixture);
	expect_protects(&fixture->facts,
		NAMES("lib/.git", "vendor/one/.git", "vendor/two/.git", "lib/vendor/one/.git",
			"lib/vendor/two/.git", "lib/lib/.git", "lib/vendor/two/lib/.git",
			"lib/vendor/two/vendor/one/.git", "lib/vendor/two/vendor/two/.git"));
}

/* The index is that of the git directory that .git leads to; of no other directory. */
static void test_submodules_elsewhere(void **state)
{
	struct fixture *fixture = *state;

	scratch_directory("ws");
	make_repository("store");
	scratch_file("ws/.git", "gitdir: ../store\n");
	rind_policy_set_directory(fixture->policy, "ws", NULL);
	collect(fixture);
	expect_protects(&fixture->facts,
		NAMES("store", "ws/lib/.git", "ws/vendor/one/.git", "ws/vendor/two/.git"));

	assert_int_equal(unlink(scratch_path("store/HEAD")), 0);
	scratch_file("store/index", "no index\n");
	collect(fixture);
	expect_protects(&fixture->facts, NAMES("store"));
}

static void test_submodules_of_a_damaged_index(void **state)
{
	struct fixture *fixture = *state;

	make_repository(".git");
	scratch_file(".git/index", "no index\n");
	expect_refusal(fixture, -EINVAL,
		"%s/.git/index: it is damaged, so that it is not known into which submodules git "
		"goes and what has to be protected in them; let git make it anew (rm "
		"%s/.git/index; git reset), or, to let the command change what git runs, "
		"--no-default-protect");

	/* In a temporary directory it may be anybody's. */
	scratch_directory("ws");
	setenv("TMPDIR", scratch, 1);
	rind_policy_set_directory(fixture->policy, "ws", NULL);
	collect(fixture);
	assert_int_equal(unlink(scratch_path(".git/index")), 0);
	assert_int_equal(unlink(scratch_path(".git/HEAD")), 0);
	assert_int_equal(rmdir(scratch_path(".git")), 0);
	make_repository(".git");
	collect(fixture);
	assert_true(find_protect(&fixture->facts, "lib/.git")->if_present);
}

/* --- hidden paths ----------------------------------------------------------------------------- */

static void test_hide(void **state)
{
	struct fixture *fixture = *state;
	struct stat stat;

	scratch_directory("d");
	scratch_file("file", "");
	scratch_link("d", "link");
	scratch_link("no", "dangling");
	rind_policy_add_hide(fixture->policy, "link", NULL);
	rind_policy_add_hide(fixture->policy, scratch_path("file"), NULL);
	rind_policy_add_hide_if_present(fixture->policy, "dangling", NULL);
	rind_policy_add_hide_if_present(fixture->policy, "no/x", NULL);
	rind_policy_add_hide_if_present(fixture->policy, "file/x", NULL);
	collect(fixture);
	assert_int_equal(fixture->facts.hide_count, 2);

	const struct fact_hide *hide = &fixture->facts.hides[0];
	assert_string_equal(hide->path, scratch_path("d"));
	assert_string_equal(hide->rule, "--hide link");
	assert_true(hide->is_directory);
	assert_int_equal(lstat(hide->path, &stat), 0);
	assert_int_equal(hide->identity.device, stat.st_dev);
	assert_int_equal(hide->identity.inode, stat.st_ino);
	assert_string_equal(fixture->facts.hides[1].path, scratch_path("file"));
	assert_false(fixture->facts.hides[1].is_directory);
}

static void test_hide_of_nothing(void **state)
{
	static const struct {
		const char *given;
		int code;
		const char *message;
	} cases[] = {
		{".shs", -ENOENT,
			"--hide .shs: there is no %s/.shs (did you mean %s/.ssh?); name what is "
			"there, or, where it may be missing, use --hide-if-present"},
		{"zzzzzz/x", -ENOENT,
			"--hide zzzzzz/x: there is no %s/zzzzzz; name what is there, or, where it "
			"may be missing, use --hide-if-present"},
		{"file/x", -ENOTDIR,
			"--hide file/x: there is no %s/file/x; name what is there, or, where it "
			"may be missing, use --hide-if-present"},
		{"dangling", -ENOENT,
			"--hide dangling: there is no %s/nowhere; name what is there, or, where it "
			"may be missing, use --hide-if-present"},
	};
	struct fixture *fixture = *state;

	scratch_directory(".ssh");
	scratch_file("file", "");
	scratch_link("nowhere", "dangling");
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		rind_policy_free(fixture->policy);
		fixture->policy = rind_policy_new();
		rind_policy_add_hide(fixture->policy, cases[i].given, NULL);
		expect_refusal(fixture, cases[i].code, cases[i].message);
	}
}

static void test_hide_loop(void **state)
{
	struct fixture *fixture = *state;

	scratch_link("loop", "loop");
	rind_policy_add_hide(fixture->policy, "loop", NULL);
	expect_refusal(fixture, -ELOOP, "--hide loop: Too many levels of symbolic links");
}

/* As a user whom modes mean something to. */
static void test_hide_in_unsearchable_directory(void **state)
{
	enum { NOBODY = 65534 };
	struct fixture *fixture = *state;
	uid_t uid = geteuid();

	scratch_directory("d");
	scratch_directory("d/closed");
	scratch_directory("d/closed/x");
	rind_policy_add_hide(fixture->policy, "d/closed/x/y", NULL);
	assert_int_equal(chmod("d/closed", 0600), 0);
	if (uid == 0)
		assert_int_equal(seteuid(NOBODY), 0);
	collect(fixture);
	if (uid == 0)
		assert_int_equal(seteuid(uid), 0);
	assert_int_equal(chmod("d/closed", 0700), 0);
	assert_int_equal(fixture->facts.hide_count, 1);
	assert_string_equal(fixture->facts.hides[0].path, scratch_path("d/closed"));
	assert_string_equal(fixture->facts.hides[0].rule, "--hide d/closed/x/y");
}

#define facts_test(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		facts_test(test_working_directory),
		facts_test(test_explicit_roots),
		facts_test(test_refused_roots),
		facts_test(test_roots_through_links),
		facts_test(test_temporary_directories),
		facts_test(test_bad_directories),
		facts_test(test_full_access),
		facts_test(test_plain_names_lead_nowhere),
		facts_test(test_links_at_names),
		facts_test(test_links_within_names),
		facts_test(test_links_to_roots),
		facts_test(test_root_without_a_repository),
		facts_test(test_root_with_parts_of_a_repository),
		facts_test(test_explicit_root_that_is_a_repository),
		facts_test(test_absolute_protects),
		facts_test(test_absolute_protect_of_nothing),
		facts_test(test_absolute_protect_of_loop),
		facts_test(test_optional_in_temporary_directory),
		facts_test(test_worktree),
		facts_test(test_worktree_behind_links),
		facts_test(test_pointer_to_nothing),
		facts_test(test_submodules),
		facts_test(test_submodules_of_submodules),
		facts_test(test_submodules_elsewhere),
		facts_test(test_submodules_of_a_damaged_index),
		facts_test(test_hide),
		facts_test(test_hide_of_nothing),
		facts_test(test_hide_loop),
		facts_test(test_hide_in_unsearchable_directory),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
