/*
 * The lowering: policy and facts in, plan out.  The facts are written by hand, so these tests look
 * at no host.
 *
 * Facts are one string of blank-separated words, KIND:PATH
 *
 *   root   explicit, file (explicit, not a directory), cwd, tmp, tmpdir
 *   path   protect (explicit), default, optional (default, if present), hide, readable, device,
 *          scratch
 *
 * and a plan is one of OPERATION:PATH, with flags behind: ? if present, = expected, ^ exposes,
 * + covered, @N for a base of N bytes.
 */
#include "policy/lower.h"

#include "base/path.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* clang-format off */
#include <setjmp.h>
#include <stdarg.h>
#include <cmocka.h>
/* clang-format on */

#define ARRAY_SIZE(array) (sizeof(array) / sizeof((array)[0]))

enum { MAX_FACTS = 4096 };

/* --- a host by hand --------------------------------------------------------------------------- */

struct host {
	struct facts facts;
	struct fact_root roots[MAX_FACTS];
	struct fact_protect protects[MAX_FACTS];
	struct fact_hide hides[MAX_FACTS], readables[MAX_FACTS], devices[MAX_FACTS];
	struct fact_hide scratches[MAX_FACTS];
};

static const char *const no_env[] = {NULL};

static struct host *host_new(const char *directory)
{
	struct host *host = calloc(1, sizeof(*host));
	assert_non_null(host);
	host->facts = (struct facts){
		.uid = 1000,
		.gid = 100,
		.directory = directory,
		.env = no_env,
		.roots = host->roots,
		.protects = host->protects,
		.hides = host->hides,
		.readables = host->readables,
		.devices = host->devices,
		.scratches = host->scratches,
	};
	return host;
}

static void host_free(struct host *host)
{
	facts_free(&host->facts);
	free(host);
}

static const char *const root_kinds[] = {
	[ROOT_EXPLICIT] = "explicit",
	[ROOT_DIRECTORY] = "cwd",
	[ROOT_TMP] = "tmp",
	[ROOT_TMPDIR] = "tmpdir",
};

static void host_add_root(
	struct host *host, enum root_origin origin, const char *path, bool directory)
{
	size_t i = host->facts.root_count++;
	host->roots[i] = (struct fact_root){
		.path = path,
		.rule = arena_printf(&host->facts.arena, "%s %s", root_kinds[origin], path),
		.origin = origin,
		.is_directory = directory,
		.identity = {.device = 7, .inode = i + 1},
	};
}

static void host_add_protect(struct host *host, const char *path, bool is_explicit, bool optional)
{
	host->protects[host->facts.protect_count++] = (struct fact_protect){
		.path = path,
		.rule = arena_printf(&host->facts.arena, "--protect %s", path),
		.is_explicit = is_explicit,
		.if_present = optional,
	};
}

static void host_add_hide(struct host *host, const char *path)
{
	host->hides[host->facts.hide_count++] = (struct fact_hide){
		.path = path,
		.rule = arena_printf(&host->facts.arena, "--hide %s", path),
		.is_directory = true,
		.identity = {.device = 8, .inode = host->facts.hide_count},
	};
}

static void host_add_readable(struct host *host, const char *path)
{
	host->readables[host->facts.readable_count++] = (struct fact_hide){
		.path = path,
		.rule = arena_printf(&host->facts.arena, "--readable %s", path),
		.is_directory = true,
		.identity = {.device = 9, .inode = host->facts.readable_count},
	};
}

static void host_add_device(struct host *host, const char *path)
{
	host->devices[host->facts.device_count++] = (struct fact_hide){
		.path = path,
		.rule = arena_printf(&host->facts.arena, "--device %s", path),
		.identity = {.device = 6, .inode = host->facts.device_count},
	};
}

static void host_add_scratch(struct host *host, const char *path)
{
	host->scratches[host->facts.scratch_count++] = (struct fact_hide){
		.path = path,
		.rule = arena_printf(&host->facts.arena, "--scratch %s", path),
		.is_directory = true,
		.identity = {.device = 5, .inode = host->facts.scratch_count},
	};
}

static void host_add(struct host *host, const char *kind, const char *path)
{
	for (size_t i = 0; i < ARRAY_SIZE(root_kinds); i++)
		if (!strcmp(kind, root_kinds[i])) {
			host_add_root(host, (enum root_origin)i, path, true);
			return;
		}
	if (!strcmp(kind, "file"))
		host_add_root(host, ROOT_EXPLICIT, path, false);
	else if (!strcmp(kind, "protect"))
		host_add_protect(host, path, true, false);
	else if (!strcmp(kind, "default"))
		host_add_protect(host, path, false, false);
	else if (!strcmp(kind, "optional"))
		host_add_protect(host, path, false, true);
	else if (!strcmp(kind, "hide"))
		host_add_hide(host, path);
	else if (!strcmp(kind, "readable"))
		host_add_readable(host, path);
	else if (!strcmp(kind, "device"))
		host_add_device(host, path);
	else if (!strcmp(kind, "scratch"))
		host_add_scratch(host, path);
	else
		fail_msg("no such kind of fact: %s", kind);
}

static void host_add_words(struct host *host, const char *words)
{
	char *copy = arena_strdup(&host->facts.arena, words), *rest = NULL;
	for (char *word = strtok_r(copy, " ", &rest); word; word = strtok_r(NULL, " ", &rest)) {
		char *path = strchr(word, ':');
		*path++ = '\0';
		host_add(host, word, path);
	}
}

/* --- a plan as text --------------------------------------------------------------------------- */

static const char *describe(const struct rind_plan *plan)
{
	static char text[1 << 16];
	size_t used = 0;

	text[0] = '\0';
	for (size_t i = 0; i < plan->op_count; i++) {
		const struct plan_op *op = &plan->ops[i];
		char base[24] = "";
		if (op->base)
			snprintf(base, sizeof(base), "@%zu", op->base);
		used += (size_t)snprintf(text + used, sizeof(text) - used, "%s%s:%s%s%s%s%s%s",
			i ? " " : "", plan_op_name(op), op->path,
			op->flags & PLAN_IF_PRESENT ? "?" : "", op->flags & PLAN_EXPECT ? "=" : "",
			op->flags & PLAN_EXPOSES ? "^" : "", op->flags & PLAN_COVERED ? "+" : "",
			base);
		assert_true(used < sizeof(text));
	}
	return text;
}

static const struct plan_op *find_op(const struct rind_plan *plan, const char *path)
{
	for (size_t i = 0; i < plan->op_count; i++)
		if (!strcmp(plan->ops[i].path, path))
			return &plan->ops[i];
	return NULL;
}

/* --- which operations, in which order --------------------------------------------------------- */

static const struct {
	const char *title, *facts;
	const char *names;    /* relative --protect names; "*": and the default ones */
	const char *expected; /* between dev and proc */
} cases[] = {
	{"no root", "", "", ""},
	{"one root", "cwd:/ws", "", "writable:/ws="},
	{"default names", "cwd:/ws", "*",
		"writable:/ws= protect:/ws/.agents@3 protect:/ws/.codex@3 protect:/ws/.git@3"},
	{"default names are optional in temporary directories", "tmp:/tmp tmpdir:/t", "*",
		"writable:/t= writable:/tmp= protect:/t/.agents?@2 protect:/t/.codex?@2 "
		"protect:/t/.git?@2 protect:/tmp/.agents?@4 protect:/tmp/.codex?@4 "
		"protect:/tmp/.git?@4"},
	{"but not when that is the workspace", "cwd:/tmp tmp:/tmp tmpdir:/tmp", "*",
		"writable:/tmp= protect:/tmp/.agents@4 protect:/tmp/.codex@4 protect:/tmp/.git@4"},
	{"a file as root has no names in it", "file:/etc/x", "* n", "writable:/etc/x="},
	{"names under every root", "cwd:/ws tmp:/tmp", ".env a/b",
		"writable:/tmp= writable:/ws= protect:/tmp/.env@4 pin:/tmp/a@4 protect:/tmp/a/b@4 "
		"protect:/ws/.env@3 pin:/ws/a@3 protect:/ws/a/b@3"},
	{"a name that is also a default one insists", "tmp:/tmp", "* .git",
		"writable:/tmp= protect:/tmp/.agents?@4 protect:/tmp/.codex?@4 "
		"protect:/tmp/.git@4"},

	{"the same root twice", "explicit:/ws cwd:/ws explicit:/ws", "", "writable:/ws="},
	{"a root in a root", "explicit:/a/b/c cwd:/a", "", "writable:/a= writable:/a/b/c=+"},
	{"roots shallow before deep, a name and its neighbours apart",
		"explicit:/a.b explicit:/a/b explicit:/a explicit:/a-b", "",
		"writable:/a= writable:/a/b=+ writable:/a-b= writable:/a.b="},

	{"protection outside every root", "cwd:/ws protect:/etc/x default:/srv", "",
		"writable:/ws="},
	{"protection of a root itself", "explicit:/ws explicit:/v protect:/ws", "n",
		"writable:/v= protect:/v/n@2"},
	{"the same path twice", "cwd:/ws protect:/ws/x protect:/ws/x default:/ws/x", "x",
		"writable:/ws= protect:/ws/x@3"},
	{"protection in what is protected", "cwd:/ws protect:/ws/x protect:/ws/x/y/z", "",
		"writable:/ws= protect:/ws/x@3"},
	{"optional, when all are", "cwd:/ws optional:/ws/x optional:/ws/x", "",
		"writable:/ws= protect:/ws/x?@3"},
	{"not optional, when one is not", "cwd:/ws optional:/ws/x default:/ws/x optional:/ws/x", "",
		"writable:/ws= protect:/ws/x@3"},

	{"not optional, when what is in it is not",
		"cwd:/ws optional:/ws/x optional:/ws/x/y protect:/ws/x/y/z", "",
		"writable:/ws= protect:/ws/x@3"},

	{"a parent is pinned", "cwd:/ws protect:/ws/a/b/c", "",
		"writable:/ws= pin:/ws/a@3 pin:/ws/a/b@3 protect:/ws/a/b/c@3"},
	{"once", "cwd:/ws protect:/ws/a/b/c protect:/ws/a/b/d protect:/ws/a/e protect:/ws/a-/x", "",
		"writable:/ws= pin:/ws/a@3 pin:/ws/a/b@3 protect:/ws/a/b/c@3 protect:/ws/a/b/d@3 "
		"protect:/ws/a/e@3 pin:/ws/a-@3 protect:/ws/a-/x@3"},
	{"optionally, when all that is in it is", "cwd:/ws optional:/ws/a/x optional:/ws/a/y", "",
		"writable:/ws= pin:/ws/a?@3 protect:/ws/a/x?@3 protect:/ws/a/y?@3"},
	{"always, when the first is not optional", "cwd:/ws default:/ws/a/x optional:/ws/a/b/y", "",
		"writable:/ws= pin:/ws/a@3 pin:/ws/a/b?@3 protect:/ws/a/b/y?@3 protect:/ws/a/x@3"},
	{"always, when a later one is not optional", "cwd:/ws optional:/ws/a/b/x default:/ws/a/b/y",
		"",
		"writable:/ws= pin:/ws/a@3 pin:/ws/a/b@3 protect:/ws/a/b/x?@3 protect:/ws/a/b/y@3"},
	{"from the outermost root on", "cwd:/a explicit:/a/b/c protect:/a/b/c/d/x", "",
		"writable:/a= writable:/a/b/c=+ pin:/a/b@2 pin:/a/b/c/d@2 protect:/a/b/c/d/x@2"},
	{"not where nothing in the inner root is protected", "cwd:/a explicit:/a/b/c", "",
		"writable:/a= writable:/a/b/c=+"},
	{"as insistently as what is in the inner root", "cwd:/a explicit:/a/b/c optional:/a/b/c/x",
		"", "writable:/a= writable:/a/b/c=+ pin:/a/b?@2 protect:/a/b/c/x?@2"},
	{"for a hidden path too", "cwd:/ws hide:/ws/a/x", "",
		"writable:/ws= pin:/ws/a@3 hide:/ws/a/x=@3"},

	{"hidden outside the roots", "cwd:/ws hide:/etc/x/y", "", "writable:/ws= hide:/etc/x/y="},
	{"protected in hidden", "cwd:/ws hide:/ws/x protect:/ws/x/y", "",
		"writable:/ws= hide:/ws/x=@3"},
	{"hidden in hidden", "hide:/x hide:/x/y/z", "", "hide:/x="},
	{"a hidden root", "explicit:/x hide:/x", "n", "hide:/x="},

	{"a root in a hidden directory", "explicit:/h/a/ws hide:/h", "n",
		"hide:/h=^ writable:/h/a/ws=+ protect:/h/a/ws/n@7"},
	{"a root in two hidden directories", "explicit:/h/r/h/s hide:/h explicit:/h/r hide:/h/r/h",
		"", "hide:/h=^ writable:/h/r=+ hide:/h/r/h=^@4 writable:/h/r/h/s=+"},
	{"a root in a protected directory", "cwd:/ws protect:/ws/p explicit:/ws/p/q/r", ".x",
		"writable:/ws= protect:/ws/.x@3 protect:/ws/p@3 writable:/ws/p/q/r=+ "
		"protect:/ws/p/q/r/.x@3"},
	{"pins in such a root", "cwd:/ws protect:/ws/p explicit:/ws/p/r protect:/ws/p/r/d/x", "",
		"writable:/ws= protect:/ws/p@3 writable:/ws/p/r=+ pin:/ws/p/r/d@3 "
		"protect:/ws/p/r/d/x@3"},
	{"hidden in protected", "cwd:/ws protect:/ws/p hide:/ws/p/q/x", "",
		"writable:/ws= protect:/ws/p@3 hide:/ws/p/q/x=@3"},
	{"a late root does not make others late",
		"cwd:/ws protect:/ws/a explicit:/ws/a/r hide:/ws/b", "x",
		"writable:/ws= protect:/ws/a@3 protect:/ws/x@3 hide:/ws/b=@3 writable:/ws/a/r=+ "
		"protect:/ws/a/r/x@3"},

	{"the host's shm", "explicit:/dev/shm file:/dev/null explicit:/dev/pts", "n",
		"writable:/dev/shm=+ protect:/dev/shm/n@8"},
	{"hidden in the host's shm", "explicit:/dev/shm/a hide:/dev/shm/a/x", "",
		"writable:/dev/shm/a=+ hide:/dev/shm/a/x=@10"},
	{"devices", "device:/dev/kvm device:/dev/dri/b device:/dev/dri/a device:/dev/kvm", "",
		"device:/dev/dri/a=+ device:/dev/dri/b=+ device:/dev/kvm=+"},
	{"a device, and another one hidden", "device:/dev/kvm hide:/dev/kvm2 cwd:/ws protect:/ws/x",
		"", "writable:/ws= device:/dev/kvm=+ protect:/ws/x@3"},
	{"a device in a directory of /dev that is writable", "explicit:/dev/a device:/dev/a/b", "",
		"writable:/dev/a=+ device:/dev/a/b=+"},
	{"a root in a scratch, and what is hidden in it",
		"scratch:/h cwd:/h/ws hide:/h/deep/key protect:/h/rc", "",
		"scratch:/h= pin:/h/deep@2 hide:/h/deep/key@2 protect:/h/rc@2 writable:/h/ws=+"},
	{"a scratch in a root, and of the workspace",
		"cwd:/ws scratch:/ws scratch:/r/a/b explicit:/r", "",
		"writable:/r= pin:/r/a@2 scratch:/r/a/b=+ scratch:/ws="},
	{"nothing else of /dev and /proc without being asked", "cwd:/dev tmp:/proc tmpdir:/proc/x",
		"* n", ""},
	{"what is not in the minimal /dev need not be hidden", "hide:/dev/sda", "", ""},
};

static void set_names(struct rind_policy *policy, const char *names)
{
	char copy[256], *rest = NULL;
	snprintf(copy, sizeof(copy), "%s", names);
	rind_policy_set_switch(policy, RIND_DEFAULT_PROTECT, false, NULL);
	for (char *name = strtok_r(copy, " ", &rest); name; name = strtok_r(NULL, " ", &rest))
		assert_int_equal(*name == '*' ? rind_policy_set_switch(
							policy, RIND_DEFAULT_PROTECT, true, NULL)
					      : rind_policy_add_protect(policy, name, NULL),
			0);
}

static void test_operations(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct host *host = host_new("/ws");
		struct rind_policy *policy = rind_policy_new();
		struct rind_plan *plan = NULL;
		struct rind_error err = {.message = ""};
		char expected[2048];

		host_add_words(host, cases[i].facts);
		set_names(policy, cases[i].names);
		int code = lower_policy(policy, &host->facts, &plan, &err);
		host_free(host); /* at once: the plan must not keep anything of it */
		rind_policy_free(policy);
		if (code < 0)
			fail_msg("%s: %s", cases[i].title, err.message);

		snprintf(expected, sizeof(expected), "read-only:/ dev:/dev %s%sproc:/proc",
			cases[i].expected, *cases[i].expected ? " " : "");
		if (strcmp(describe(plan), expected) != 0)
			fail_msg("%s:\n  got  %s\n  want %s", cases[i].title, describe(plan),
				expected);
		rind_plan_free(plan);
	}
}

/* --- several rules at one path ---------------------------------------------------------------- */

/* In rising order: each wins over all before it. */
static const struct {
	const char *kind;
	enum rind_access access;
} precedence[] = {
	{"tmpdir", RIND_ACCESS_WRITABLE},
	{"tmp", RIND_ACCESS_WRITABLE},
	{"cwd", RIND_ACCESS_WRITABLE},
	{"default", RIND_ACCESS_PROTECTED},
	{"explicit", RIND_ACCESS_WRITABLE},
	{"protect", RIND_ACCESS_PROTECTED},
	{"hide", RIND_ACCESS_HIDDEN},
};

static void check_pair(size_t low, size_t high)
{
	struct host *host = host_new("/");
	struct rind_policy *policy = rind_policy_new();
	struct rind_plan *plan;
	char rule[64];

	rind_policy_set_switch(policy, RIND_DEFAULT_PROTECT, false, NULL);
	host_add(host, "explicit", "/r");
	host_add(host, precedence[low].kind, "/r/x");
	host_add(host, precedence[high].kind, "/r/x");
	assert_int_equal(lower_policy(policy, &host->facts, &plan, NULL), 0);
	assert_int_equal(plan->op_count, 5);

	const struct plan_op *op = find_op(plan, "/r/x");
	const char *option = precedence[high].kind;
	assert_non_null(op);
	assert_int_equal(op->access, precedence[high].access);
	if (!strcmp(option, "protect") || !strcmp(option, "default"))
		option = "--protect";
	else if (!strcmp(option, "hide"))
		option = "--hide";
	snprintf(rule, sizeof(rule), "%s /r/x", option);
	assert_string_equal(op->rule, rule);
	rind_plan_free(plan);
	rind_policy_free(policy);
	host_free(host);
}

static void test_precedence(void **state)
{
	(void)state;
	for (size_t high = 0; high < ARRAY_SIZE(precedence); high++)
		for (size_t low = 0; low < high; low++)
			check_pair(low, high);
}

/* --- the plan does what the rules say, whatever they are -------------------------------------- */

enum { DEPTH = 4, UNIVERSE = 2 + 4 + 8 + 16 };

/* All paths of up to four components "a" and "b", each directory before what is in it. */
static size_t make_universe(char paths[UNIVERSE][2 * DEPTH + 1])
{
	size_t count = 0;
	for (size_t length = 1; length <= DEPTH; length++)
		for (unsigned int bits = 0; bits < 1u << length; bits++, count++)
			for (size_t i = 0; i < length; i++) {
				paths[count][2 * i] = '/';
				paths[count][2 * i + 1] = bits >> (length - 1 - i) & 1 ? 'b' : 'a';
				paths[count][2 * i + 2] = '\0';
			}
	return count;
}

/* What the words of the design mean, told as slowly as possible: the rule of the longest path. */
static enum rind_access expected_access(const struct host *host, const char *path)
{
	char prefix[2 * DEPTH + 1];
	enum rind_access access = RIND_ACCESS_READABLE;

	for (size_t length = 2; length <= strlen(path); length += 2) {
		int rank = 0;
		memcpy(prefix, path, length);
		prefix[length] = '\0';
		for (size_t i = 0; i < host->facts.root_count; i++) {
			int this = host->roots[i].origin == ROOT_EXPLICIT ? 3 : 1;
			if (!strcmp(host->roots[i].path, prefix) && this > rank)
				rank = this;
		}
		for (size_t i = 0; i < host->facts.protect_count; i++) {
			int this = host->protects[i].is_explicit ? 4 : 2;
			if (!strcmp(host->protects[i].path, prefix) && this > rank)
				rank = this;
		}
		for (size_t i = 0; i < host->facts.hide_count; i++)
			if (!strcmp(host->hides[i].path, prefix))
				rank = 6;
		for (size_t i = 0; i < host->facts.readable_count; i++)
			if (!strcmp(host->readables[i].path, prefix) && rank < 5)
				rank = 5;

		if (rank == 6)
			access = RIND_ACCESS_HIDDEN;
		else if (rank == 5)
			access = RIND_ACCESS_READABLE;
		else if (rank == 1 || rank == 3)
			access = RIND_ACCESS_WRITABLE;
		else if (rank && access == RIND_ACCESS_WRITABLE)
			access = RIND_ACCESS_PROTECTED;
	}
	return access;
}

/* What the kernel makes of the operations, one after the other. */
static enum rind_access mounted_access(const struct rind_plan *plan, const char *path)
{
	enum rind_access access = RIND_ACCESS_READABLE;

	for (size_t i = 1; i < plan->op_count; i++) {
		const struct plan_op *op = &plan->ops[i];
		if (!path_is_within(path, op->path))
			continue;
		if (op->type == PLAN_WRITABLE || op->type == PLAN_READABLE || op->type == PLAN_HIDE)
			access = op->access; /* covers what was mounted below */
		else if (op->type == PLAN_PROTECT && access == RIND_ACCESS_WRITABLE)
			access = op->access; /* a bind of what is there, with its mounts */
	}
	return access;
}

/* A directory that can be renamed, with a protected or hidden path in it, has to be a mount. */
static void check_pins(const struct host *host, const struct rind_plan *plan, const char *path)
{
	char directory[2 * DEPTH + 1];

	for (size_t length = 4; length <= strlen(path); length += 2) {
		memcpy(directory, path, length);
		directory[length - 2] = '\0';
		if (expected_access(host, directory) != RIND_ACCESS_WRITABLE)
			continue;
		memcpy(directory, path, length);
		directory[length] = '\0';
		if (!find_op(plan, directory))
			fail_msg("%s can be renamed, to get at %s", directory, path);
	}
}

/* Is the path at or below a readable one, and nothing between them decides otherwise? */
static bool is_under_readable(const struct host *host, const char *path)
{
	if (expected_access(host, path) != RIND_ACCESS_READABLE)
		return false;
	for (size_t i = 0; i < host->facts.readable_count; i++)
		if (path_is_within(path, host->readables[i].path))
			return true;
	return false;
}

/* A readable path that is in nothing hidden, or hidden itself, is refused. */
static bool is_refused(const struct host *host)
{
	for (size_t i = 0; i < host->facts.readable_count; i++) {
		char path[2 * DEPTH + 1];
		strcpy(path, host->readables[i].path);
		if (expected_access(host, path) != RIND_ACCESS_READABLE)
			return true;
		/* Nothing decides about "/". */
		*strrchr(path, '/') = '\0';
		if (!*path)
			return true;
		if (expected_access(host, path) != RIND_ACCESS_HIDDEN &&
			!is_under_readable(host, path))
			return true;
	}
	return false;
}

/* Returns whether it could be lowered. */
static bool check_random_policy(char universe[UNIVERSE][2 * DEPTH + 1], unsigned int *seed)
{
	static const char *const kinds[] = {
		"explicit", "cwd", "protect", "default", "optional", "hide", "readable"};
	struct host *host = host_new("/");
	struct rind_policy *policy = rind_policy_new();
	struct rind_plan *plan;
	int rules = 1 + rand_r(seed) % 8;

	rind_policy_set_switch(policy, RIND_DEFAULT_PROTECT, false, NULL);
	for (int i = 0; i < rules; i++)
		host_add(host, kinds[(size_t)rand_r(seed) % ARRAY_SIZE(kinds)],
			universe[rand_r(seed) % UNIVERSE]);
	int result = lower_policy(policy, &host->facts, &plan, NULL);
	if (result < 0) {
		assert_int_equal(result, -EINVAL);
		assert_true(is_refused(host));
		rind_policy_free(policy);
		host_free(host);
		return false;
	}
	assert_false(is_refused(host));

	for (size_t i = 0; i < UNIVERSE; i++)
		if (mounted_access(plan, universe[i]) != expected_access(host, universe[i]))
			fail_msg("%s is %s, not %s: %s", universe[i],
				plan_access_name(mounted_access(plan, universe[i])),
				plan_access_name(expected_access(host, universe[i])),
				describe(plan));
	for (size_t i = 0; i < plan->op_count; i++)
		if (plan->ops[i].type == PLAN_PROTECT || plan->ops[i].type == PLAN_HIDE)
			check_pins(host, plan, plan->ops[i].path);
	rind_plan_free(plan);
	rind_policy_free(policy);
	host_free(host);
	return true;
}

static void test_random_policies(void **state)
{
	char universe[UNIVERSE][2 * DEPTH + 1];
	unsigned int seed = 1;

	(void)state;
	assert_int_equal(make_universe(universe), UNIVERSE);
	for (int lowered = 0; lowered < 2000;)
		lowered += check_random_policy(universe, &seed);
}

/* --- many ------------------------------------------------------------------------------------- */

static void test_many_protects(void **state)
{
	enum { PARENTS = 40, EACH = 100 };
	struct host *host = host_new("/ws");
	struct rind_policy *policy = rind_policy_new();
	struct rind_plan *plan;
	size_t pins = 0, protects = 0;

	(void)state;
	host_add(host, "cwd", "/ws");
	/* The worst order for whoever sorts as they come. */
	for (int i = PARENTS * EACH; i--;)
		host_add_protect(host,
			arena_printf(&host->facts.arena, "/ws/d%d/e/f%d", i / EACH, i % EACH), true,
			false);
	rind_policy_set_switch(policy, RIND_DEFAULT_PROTECT, false, NULL);
	assert_int_equal(lower_policy(policy, &host->facts, &plan, NULL), 0);
	for (size_t i = 0; i < plan->op_count; i++) {
		pins += plan->ops[i].type == PLAN_PIN;
		protects += plan->ops[i].type == PLAN_PROTECT;
	}
	assert_int_equal(protects, PARENTS * EACH);
	assert_int_equal(pins, PARENTS * 2);
	rind_plan_free(plan);
	rind_policy_free(policy);
	host_free(host);
}

/* --- what is refused -------------------------------------------------------------------------- */

static const struct {
	enum rind_proc proc;
	const char *facts, *directory, *message;
} refusals[] = {
	{RIND_PROC_FRESH, "protect:/", "/ws",
		"--protect /: outside the writable roots everything is protected already; to have "
		"no root, use --mode read-only"},
	{RIND_PROC_FRESH, "hide:/", "/ws",
		"--hide /: the command itself would be hidden; name a directory below"},
	{RIND_PROC_FRESH, "hide:/proc", "/ws",
		"--hide /proc: /proc can only be hidden as a whole; use --proc none"},
	{RIND_PROC_HOST, "hide:/proc/1", "/ws",
		"--hide /proc/1: /proc can only be hidden as a whole; use --proc none"},
	{RIND_PROC_NONE, "hide:/proc", "/ws", NULL},
	{RIND_PROC_FRESH, "hide:/dev", "/ws",
		"--hide /dev: the sandbox has a /dev of its own, which cannot be hidden; leave it "
		"out"},
	{RIND_PROC_FRESH, "hide:/dev/shm/x", "/ws",
		"--hide /dev/shm/x: the sandbox has a /dev/shm of its own, which is empty: nothing "
		"of the host's is in it; leave it out"},
	{RIND_PROC_FRESH, "explicit:/dev/shm hide:/dev/shm", "/ws",
		"--hide /dev/shm: the sandbox has a /dev/shm of its own, which is empty: nothing "
		"of the host's is in it; leave it out"},
	{RIND_PROC_FRESH, "explicit:/proc/sys", "/ws",
		"explicit /proc/sys: the sandbox has a /proc of its own; see --proc"},
	{RIND_PROC_FRESH, "explicit:/dev", "/ws",
		"explicit /dev: the sandbox has a /dev of its own, without devices of the host; "
		"leave it out, or, for a device, use --device"},
	{RIND_PROC_FRESH, "file:/dev/sda", "/ws",
		"explicit /dev/sda: the sandbox has a /dev of its own, without devices of the "
		"host; leave it out, or, for a device, use --device"},
	{RIND_PROC_FRESH, "device:/dev/kvm hide:/dev/kvm", "/ws",
		"--device /dev/kvm: --hide /dev/kvm covers the same path; leave one of the two "
		"out"},
	{RIND_PROC_FRESH, "device:/dev/dri/a hide:/dev/dri", "/ws",
		"--device /dev/dri/a: --hide /dev/dri covers the same path; leave one of the two "
		"out"},
	{RIND_PROC_FRESH, "cwd:/ws hide:/ws", "/ws",
		"--hide /ws: the command's working directory /ws is hidden by it; choose another "
		"one with --chdir"},
	{RIND_PROC_FRESH, "hide:/h", "/h/ws",
		"--hide /h: the command's working directory /h/ws is hidden by it; choose another "
		"one with --chdir"},
	{RIND_PROC_FRESH, "hide:/h explicit:/h/ws", "/h/ws/deep", NULL},
};

static void test_refusals(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(refusals); i++) {
		struct host *host = host_new(refusals[i].directory);
		struct rind_policy *policy = rind_policy_new();
		struct rind_plan *plan = NULL;
		struct rind_error err = {.message = ""};

		host_add_words(host, refusals[i].facts);
		rind_policy_set_proc(policy, refusals[i].proc, NULL);
		int code = lower_policy(policy, &host->facts, &plan, &err);
		assert_int_equal(code, refusals[i].message ? -EINVAL : 0);
		assert_string_equal(err.message, refusals[i].message ? refusals[i].message : "");
		assert_int_equal(plan != NULL, !code);
		rind_plan_free(plan);
		rind_policy_free(policy);
		host_free(host);
	}
}

static void test_contradiction(void **state)
{
	struct host *host = host_new("/ws");
	struct rind_policy *policy = rind_policy_new();
	struct rind_plan *plan = NULL;

	(void)state;
	rind_policy_set_network(policy, RIND_NETWORK_OFF, NULL);
	rind_policy_set_switch(policy, RIND_ALLOW_UNIX_SOCKETS, true, NULL);
	assert_int_equal(lower_policy(policy, &host->facts, &plan, NULL), -EINVAL);
	assert_null(plan);
	rind_policy_free(policy);
	host_free(host);
}

/* --- limits ----------------------------------------------------------------------------------- */

struct limited {
	struct host *host;
	struct rind_policy *policy;
	struct rind_plan *plan;
	struct rind_error err;
};

/* A host on which the groups of the caller are in /g/a, and limit nothing. */
static struct limited limited_new(const char *words, unsigned int controllers)
{
	static const char *mounts[] = {"/g"};
	struct limited limited = {.host = host_new("/ws"), .policy = rind_policy_new()};

	rind_policy_set_switch(limited.policy, RIND_DEFAULT_PROTECT, false, NULL);
	host_add_words(limited.host, words);
	limited.host->facts.cgroup = (struct cgroup_place){
		.directory = controllers ? "/g/a" : NULL,
		.controllers = controllers,
		.own = {UINT64_MAX, UINT64_MAX, UINT64_MAX},
		.mounts = mounts,
		.mount_count = 1,
	};
	return limited;
}

static int limited_lower(struct limited *limited)
{
	rind_plan_free(limited->plan);
	limited->plan = NULL;
	limited->err.message[0] = '\0';
	return lower_policy(limited->policy, &limited->host->facts, &limited->plan, &limited->err);
}

static void limited_free(struct limited *limited)
{
	rind_plan_free(limited->plan);
	rind_policy_free(limited->policy);
	host_free(limited->host);
}

static void test_limits_without_a_group(void **state)
{
	struct limited limited = limited_new("cwd:/ws", 0);

	(void)state;
	rind_policy_set_limit(limited.policy, RIND_LIMIT_PIDS, 10, NULL);
	rind_policy_set_limit(limited.policy, RIND_LIMIT_MEMORY, 1 << 20, NULL);
	assert_int_equal(limited_lower(&limited), 0);
	assert_null(limited.plan->cgroup);
	assert_int_equal(limited.plan->controllers, 0);
	assert_int_equal(limited.plan->limits.values[RIND_LIMIT_PIDS], 10);
	assert_string_equal(
		describe(limited.plan), "read-only:/ dev:/dev writable:/ws= proc:/proc");

	limited.host->facts.is_root = true;
	assert_int_equal(limited_lower(&limited), -EPERM);
	assert_non_null(strstr(limited.err.message, "--limit-pids: the kernel does not hold root"));
	rind_policy_set_limit(limited.policy, RIND_LIMIT_PIDS, 0, NULL);
	assert_int_equal(limited_lower(&limited), 0);
	rind_policy_set_limit(limited.policy, RIND_LIMIT_CPU_SHARE, 50, NULL);
	assert_int_equal(limited_lower(&limited), -EPERM);
	assert_non_null(strstr(limited.err.message, "--limit-cpu 50%: "));
	limited_free(&limited);
}

static void test_limits_in_a_group(void **state)
{
	struct limited limited = limited_new("explicit:/ cwd:/ws", 7);

	(void)state;
	limited.host->facts.is_root = true;
	rind_policy_set_limit(limited.policy, RIND_LIMIT_PIDS, 10, NULL);
	rind_policy_set_limit(limited.policy, RIND_LIMIT_CPU_SHARE, 50, NULL);
	assert_int_equal(limited_lower(&limited), 0);
	assert_string_equal(limited.plan->cgroup, "/g/a");
	assert_true(limited.plan->cgroup_limits.pids == 11); /* and init */
	assert_true(limited.plan->cgroup_limits.memory == UINT64_MAX);
	assert_true(limited.plan->cgroup_limits.cpu == 50);
	/* Where the command could write it, it is protected. */
	assert_string_equal(describe(limited.plan),
		"writable:/ dev:/dev writable:/ws= protect:/g@1 proc:/proc");

	/* What the caller's own group is held to holds for one beside it, too. */
	limited.host->facts.cgroup.own = (struct cgroup_limits){5, 1000, 70};
	assert_int_equal(limited_lower(&limited), 0);
	assert_true(limited.plan->cgroup_limits.pids == 5);
	assert_true(limited.plan->cgroup_limits.memory == 1000);
	assert_true(limited.plan->cgroup_limits.cpu == 50);
	limited_free(&limited);
}

static void test_limits_and_writable_groups(void **state)
{
	struct limited limited = limited_new("cwd:/ws explicit:/g/a/b", 7);

	(void)state;
	rind_policy_set_limit(limited.policy, RIND_LIMIT_FILES, 10, NULL);
	limited.host->facts.cgroup.controllers = 0;
	assert_int_equal(limited_lower(&limited), 0);
	limited.host->facts.cgroup.controllers = 7;
	assert_int_equal(limited_lower(&limited), -EINVAL);
	assert_string_equal(limited.err.message,
		"explicit /g/a/b: the command could lift its own limits there; leave it or the "
		"limits out");
	limited_free(&limited);
}

/* --- restrictions ----------------------------------------------------------------------------- */

enum { ALWAYS = PLAN_NS_USER | PLAN_NS_MOUNT | PLAN_NS_PID | PLAN_NS_IPC, ANY_NETWORK = -1 };

static const struct {
	enum rind_mode mode;
	int network;
	bool unix_sockets, nested;
	const char *hostname, *protect;
	unsigned int namespaces;
	enum plan_filter filter;
	enum plan_landlock landlock;
} restrictions[] = {
	{RIND_MODE_WORKSPACE_WRITE, ANY_NETWORK, false, false, NULL, NULL, ALWAYS | PLAN_NS_NET,
		PLAN_FILTER_ISOLATED, PLAN_LANDLOCK_FULL},
	{RIND_MODE_READ_ONLY, RIND_NETWORK_ISOLATED, true, false, NULL, NULL, ALWAYS | PLAN_NS_NET,
		PLAN_FILTER_ISOLATED_UNIX, PLAN_LANDLOCK_FULL},
	{RIND_MODE_WORKSPACE_WRITE, RIND_NETWORK_OFF, false, true, NULL, NULL, ALWAYS | PLAN_NS_NET,
		PLAN_FILTER_OFF, PLAN_LANDLOCK_SCOPES},
	{RIND_MODE_WORKSPACE_WRITE, RIND_NETWORK_HOST, false, false, "box", NULL,
		ALWAYS | PLAN_NS_UTS, PLAN_FILTER_HOST, PLAN_LANDLOCK_FULL},
	{RIND_MODE_WORKSPACE_WRITE, RIND_NETWORK_HOST, true, false, NULL, NULL, ALWAYS,
		PLAN_FILTER_HOST, PLAN_LANDLOCK_FULL},
	{RIND_MODE_FULL_ACCESS, ANY_NETWORK, false, false, NULL, NULL, 0, PLAN_FILTER_NONE,
		PLAN_LANDLOCK_NONE},
	{RIND_MODE_FULL_ACCESS, RIND_NETWORK_HOST, true, true, NULL, NULL, 0, PLAN_FILTER_NONE,
		PLAN_LANDLOCK_NONE},
	{RIND_MODE_FULL_ACCESS, RIND_NETWORK_ISOLATED, false, false, NULL, NULL,
		ALWAYS | PLAN_NS_NET, PLAN_FILTER_ISOLATED, PLAN_LANDLOCK_SCOPES},
	{RIND_MODE_FULL_ACCESS, ANY_NETWORK, false, false, "box", NULL, ALWAYS | PLAN_NS_UTS,
		PLAN_FILTER_HOST, PLAN_LANDLOCK_SCOPES},
	/* Something to keep from the command: then it must not mount. */
	{RIND_MODE_FULL_ACCESS, ANY_NETWORK, false, false, NULL, "x", ALWAYS, PLAN_FILTER_HOST,
		PLAN_LANDLOCK_FULL},
	{RIND_MODE_FULL_ACCESS, ANY_NETWORK, false, true, NULL, "x", ALWAYS, PLAN_FILTER_HOST,
		PLAN_LANDLOCK_SCOPES},
};

static struct rind_policy *make_restriction(size_t i)
{
	struct rind_policy *policy = rind_policy_new();

	rind_policy_set_mode(policy, restrictions[i].mode, NULL);
	if (restrictions[i].network != ANY_NETWORK)
		rind_policy_set_network(policy, (enum rind_network)restrictions[i].network, NULL);
	rind_policy_set_switch(policy, RIND_ALLOW_UNIX_SOCKETS, restrictions[i].unix_sockets, NULL);
	rind_policy_set_switch(policy, RIND_NESTED, restrictions[i].nested, NULL);
	if (restrictions[i].hostname)
		rind_policy_set_hostname(policy, restrictions[i].hostname, NULL);
	if (restrictions[i].protect)
		rind_policy_add_protect(policy, restrictions[i].protect, NULL);
	return policy;
}

static void test_restrictions(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(restrictions); i++) {
		struct host *host = host_new("/ws");
		struct rind_policy *policy = make_restriction(i);
		struct rind_plan *plan;

		host_add_root(host, ROOT_EXPLICIT, "/ws", true);
		if (restrictions[i].mode == RIND_MODE_FULL_ACCESS)
			host_add_root(host, ROOT_EXPLICIT, "/", true);
		assert_int_equal(lower_policy(policy, &host->facts, &plan, NULL), 0);
		rind_policy_free(policy);
		assert_int_equal(plan->namespaces, restrictions[i].namespaces);
		assert_int_equal(plan->filter, restrictions[i].filter);
		assert_int_equal(plan->landlock, restrictions[i].landlock);
		assert_int_equal(plan->new_session, plan->namespaces != 0);
		assert_int_equal(plan->op_count != 0, plan->namespaces != 0);
		assert_int_equal(plan->uid, 1000);
		assert_int_equal(plan->gid, 100);
		if (restrictions[i].hostname)
			assert_string_equal(plan->hostname, restrictions[i].hostname);
		else
			assert_null(plan->hostname);
		rind_plan_free(plan);
		host_free(host);
	}
}

/*
 * rind in the place of bwrap: where bwrap is, before all that covers a path, and only for who may
 * mount.
 */
static void test_programs(void **state)
{
	static const char *const bwraps[] = {"/usr/bin/bwrap", "/ws/bwrap", "/hidden/bwrap",
		"/dev/shm/bwrap", "/proc/1/root/bwrap"};
	(void)state;
	for (int any = 0; any <= 1; any++) {
		struct host *host = host_new("/ws");
		struct rind_policy *policy = rind_policy_new();
		struct rind_plan *plan;

		host_add_words(host, "explicit:/ws hide:/hidden");
		host->facts.bwraps = (struct string_list){(const char **)bwraps, 5};
		host->facts.program = "/opt/rind";
		host->facts.program_identity = (struct plan_identity){.device = 7, .inode = 8};
		rind_policy_set_switch(policy, RIND_DEFAULT_PROTECT, false, NULL);
		rind_policy_set_switch(policy, RIND_NESTED, true, NULL);
		policy->nested_any = any;
		assert_int_equal(lower_policy(policy, &host->facts, &plan, NULL), 0);
		assert_int_equal(plan->nested_any, any);
		const struct plan_op *op = find_op(plan, "/usr/bin/bwrap");
		assert_int_equal(op != NULL, !any);
		assert_null(find_op(plan, "/ws/bwrap"));
		assert_null(find_op(plan, "/hidden/bwrap"));
		assert_null(find_op(plan, "/dev/shm/bwrap"));
		assert_null(find_op(plan, "/proc/1/root/bwrap"));
		if (op) {
			assert_ptr_equal(op, &plan->ops[2]);
			assert_int_equal(op->type, PLAN_PROGRAM);
			assert_string_equal(op->source, "/opt/rind");
			assert_int_equal(op->expected.device, 7);
			assert_int_equal(op->expected.inode, 8);
		}
		rind_plan_free(plan);

		/* Nowhere, where rind itself is hidden: it could be read there. */
		host->facts.program = "/hidden/rind";
		assert_int_equal(lower_policy(policy, &host->facts, &plan, NULL), 0);
		assert_null(find_op(plan, "/usr/bin/bwrap"));
		rind_plan_free(plan);
		rind_policy_free(policy);
		host_free(host);
	}
}

/* What is left out for a sandbox within this one root could use, and could not make one. */
static void test_nested(void **state)
{
	(void)state;
	for (uid_t uid = 0; uid <= 1000; uid += 1000) {
		struct host *host = host_new("/ws");
		struct rind_policy *policy = rind_policy_new();
		struct rind_plan *plan;

		host->facts.uid = uid;
		rind_policy_set_switch(policy, RIND_NESTED, true, NULL);
		assert_int_equal(lower_policy(policy, &host->facts, &plan, NULL), 0);
		assert_int_equal(plan->nested, uid != 0);
		assert_int_equal(plan->landlock, uid ? PLAN_LANDLOCK_SCOPES : PLAN_LANDLOCK_FULL);
		rind_plan_free(plan);
		rind_policy_free(policy);
		host_free(host);
	}
}

/* Full access: the tree is the root, and names are meant in the working directory too. */
static void test_full_access_in_namespaces(void **state)
{
	struct host *host = host_new("/ws");
	struct rind_policy *policy = rind_policy_new();
	struct rind_plan *plan;

	(void)state;
	host_add_words(host, "explicit:/ cwd:/ws protect:/etc/a/b protect:/proc/x protect:/dev/x");
	rind_policy_set_mode(policy, RIND_MODE_FULL_ACCESS, NULL);
	rind_policy_add_protect(policy, "n", NULL);
	assert_int_equal(lower_policy(policy, &host->facts, &plan, NULL), 0);
	assert_string_equal(describe(plan),
		"writable:/ dev:/dev pin:/etc@1 pin:/etc/a@1 protect:/etc/a/b@1 protect:/n@1 "
		"pin:/ws@1 protect:/ws/n@1 proc:/proc");
	assert_int_equal(plan->ops[0].type, PLAN_TREE);
	rind_plan_free(plan);
	rind_policy_free(policy);
	host_free(host);
}

/* --writable / keeps the other roots, and their names; there are no default names in / itself. */
static void test_tree_as_root(void **state)
{
	struct host *host = host_new("/ws");
	struct rind_policy *policy = rind_policy_new();
	struct rind_plan *plan;

	(void)state;
	host_add_words(host, "explicit:/ cwd:/ws");
	assert_int_equal(lower_policy(policy, &host->facts, &plan, NULL), 0);
	assert_string_equal(describe(plan),
		"writable:/ dev:/dev writable:/ws= protect:/ws/.agents@1 protect:/ws/.codex@1 "
		"protect:/ws/.git@1 proc:/proc");
	assert_string_equal(plan->ops[0].rule, "explicit /");
	rind_plan_free(plan);
	rind_policy_free(policy);
	host_free(host);
}

/* --- what a step says ------------------------------------------------------------------------- */

static void test_steps(void **state)
{
	static const struct rind_step expected[] = {
		{"read-only", "/", "readable", "whole tree", NULL},
		{"dev", "/dev", "writable", "minimal /dev", NULL},
		{"writable", "/ws", "writable", "cwd /ws", NULL},
		{"protect", "/ws/.agents", "protected", "default protected name", NULL},
		{"protect", "/ws/.codex", "protected", "default protected name", NULL},
		{"protect", "/ws/.git", "protected", "default protected name", NULL},
		{"pin", "/ws/a", "writable", "parent of /ws/a/b", NULL},
		{"protect", "/ws/a/b", "protected", "--protect a/b", NULL},
		{"hide", "/home", "hidden", "--hide /home", NULL},
		{"proc", "/proc", "readable", "--proc host", NULL},
	};
	struct host *host = host_new("/ws");
	struct rind_policy *policy = rind_policy_new();
	struct rind_plan *plan;
	struct rind_step step;

	(void)state;
	host_add_words(host, "cwd:/ws hide:/home");
	rind_policy_add_protect(policy, "a/b", NULL);
	rind_policy_set_proc(policy, RIND_PROC_HOST, NULL);
	assert_int_equal(lower_policy(policy, &host->facts, &plan, NULL), 0);
	assert_int_equal(rind_plan_count(plan), ARRAY_SIZE(expected));
	for (size_t i = 0; i < ARRAY_SIZE(expected); i++) {
		assert_int_equal(rind_plan_step(plan, i, &step), 0);
		assert_string_equal(step.operation, expected[i].operation);
		assert_string_equal(step.path, expected[i].path);
		assert_string_equal(step.access, expected[i].access);
		assert_string_equal(step.rule, expected[i].rule);
	}
	assert_int_equal(rind_plan_step(plan, ARRAY_SIZE(expected), &step), -ERANGE);

	/* Which file it has to be comes along. */
	const struct plan_op *root = find_op(plan, "/ws"), *hidden = find_op(plan, "/home");
	assert_int_equal(root->expected.device, 7);
	assert_int_equal(root->expected.inode, 1);
	assert_int_equal(hidden->expected.device, 8);
	assert_int_equal(hidden->expected.inode, 1);
	rind_plan_free(plan);
	rind_policy_free(policy);
	host_free(host);
}

/* --- the process ------------------------------------------------------------------------------ */

/* Changes: "A=B" sets, "-A" unsets, "!" clears, "@" is --chdir. */
static const struct {
	const char *env, *changes, *expected;
} environments[] = {
	{"A=1 B=2", "", "A=1 B=2"},
	{"", "A=1", "A=1"},
	{"A=1 B=2", "A=3", "B=2 A=3"},
	{"A=1 AB=2 A=4 B", "-A", "AB=2 B"},
	{"A=1 B=2", "! C=3", "C=3"},
	{"A=1", "C=3 !", ""},
	{"A=1", "B= B=2 -B C=x=y", "A=1 C=x=y"},
	{"A=1", "-B", "A=1"},
	{"PWD=/old A=1", "", "PWD=/old A=1"},
	{"PWD=/old A=1", "@", "A=1 PWD=/ws"},
	{"PWD=/old", "@ PWD=/mine", "PWD=/mine"},
	{"PWD=/old", "@ -PWD", ""},
	{"PWD=/old", "PWD=/mine @", "PWD=/mine"},
	{"PWD=/old", "@ ! A=1", "A=1"},
};

static void change_environment(struct rind_policy *policy, char *changes)
{
	char *rest = NULL;
	for (char *word = strtok_r(changes, " ", &rest); word; word = strtok_r(NULL, " ", &rest)) {
		char *value = strchr(word, '=');
		int code;
		if (value)
			*value++ = '\0';
		if (*word == '@')
			code = rind_policy_set_directory(policy, "ws", NULL);
		else if (*word == '!')
			code = rind_policy_clear_env(policy, NULL);
		else if (*word == '-')
			code = rind_policy_unset_env(policy, word + 1, NULL);
		else
			code = rind_policy_set_env(policy, word, value, NULL);
		assert_int_equal(code, 0);
	}
}

static void test_environment(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(environments); i++) {
		struct host *host = host_new("/ws");
		struct arena *arena = &host->facts.arena;
		struct rind_policy *policy = rind_policy_new();
		struct rind_plan *plan;
		const char *env[8] = {NULL};
		char got[256] = "", *rest = NULL;
		size_t count = 0;

		char *words = arena_strdup(arena, environments[i].env);
		for (char *word = strtok_r(words, " ", &rest); word;
			word = strtok_r(NULL, " ", &rest))
			env[count++] = word;
		host->facts.env = env;
		change_environment(policy, arena_strdup(arena, environments[i].changes));
		assert_int_equal(lower_policy(policy, &host->facts, &plan, NULL), 0);
		host_free(host);
		rind_policy_free(policy);

		for (char **entry = plan->env; *entry; entry++) {
			strcat(got, entry == plan->env ? "" : " ");
			strcat(got, *entry);
		}
		assert_string_equal(got, environments[i].expected);
		rind_plan_free(plan);
	}
}

static void test_process(void **state)
{
	static const int kept[] = {3, 7, 9};
	struct host *host = host_new("/ws");
	struct rind_policy *policy = rind_policy_new();
	struct rind_plan *plan;

	(void)state;
	rind_policy_keep_fd(policy, 9, NULL);
	rind_policy_keep_fd(policy, 3, NULL);
	rind_policy_keep_fd(policy, 7, NULL);
	rind_policy_set_mode(policy, RIND_MODE_FULL_ACCESS, NULL);
	assert_int_equal(lower_policy(policy, &host->facts, &plan, NULL), 0);
	rind_policy_free(policy);
	assert_int_equal(plan->keep_fd_count, ARRAY_SIZE(kept));
	assert_memory_equal(plan->keep_fds, kept, sizeof(kept));
	assert_string_equal(plan->directories[0], "/ws");
	rind_plan_free(plan);
	host_free(host);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_operations),
		cmocka_unit_test(test_precedence),
		cmocka_unit_test(test_random_policies),
		cmocka_unit_test(test_many_protects),
		cmocka_unit_test(test_refusals),
		cmocka_unit_test(test_contradiction),
		cmocka_unit_test(test_limits_without_a_group),
		cmocka_unit_test(test_limits_in_a_group),
		cmocka_unit_test(test_limits_and_writable_groups),
		cmocka_unit_test(test_restrictions),
		cmocka_unit_test(test_nested),
		cmocka_unit_test(test_programs),
		cmocka_unit_test(test_full_access_in_namespaces),
		cmocka_unit_test(test_tree_as_root),
		cmocka_unit_test(test_steps),
		cmocka_unit_test(test_environment),
		cmocka_unit_test(test_process),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
