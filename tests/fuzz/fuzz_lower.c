/*
 * The lowering: policy and facts to a plan.  The bytes are lines, a word and mostly a path:
 *
 *   explicit, cwd, tmp, tmpdir PATH    a root; one whose last component begins with "f" is a file
 *   protect, default, optional PATH    what collect.c finds to protect; optional: if present
 *   hide PATH
 *   name NAME                          --protect NAME, under every root
 *   default-names, full-access, read-only, nested, host-network, host-proc, no-proc
 *
 * The facts are made up from them: no host is looked at.  What the plan makes of each path is
 * compared with what the design's words say, told again here in the slowest way.
 */
#include "fuzz.h"
#include "policy/lower.h"

#include "base/path.h"

#include <limits.h>

enum { MAX_LINES = 48, MAX_PATH = 64, MAX_RULES = 1024, MAX_ROOTS = MAX_LINES };

/* What a path is to be; where several hold, the highest counts. */
enum rank { RANK_NONE, RANK_ROOT, RANK_DEFAULT, RANK_EXPLICIT_ROOT, RANK_PROTECT, RANK_HIDE };

struct rule {
	const char *path;
	enum rank rank;
	bool optional;
};

struct host {
	struct facts facts;
	struct fact_root roots[MAX_LINES];
	struct fact_protect protects[MAX_LINES];
	struct fact_hide hides[MAX_LINES];
	struct rind_policy *policy;
	const char *names[MAX_LINES];
	size_t name_count;
	bool default_names, full_access;
	struct rule rules[MAX_RULES];
	size_t rule_count;
};

/* --- the host --------------------------------------------------------------------------------- */

static const char *const origins[] = {
	[ROOT_EXPLICIT] = "explicit",
	[ROOT_DIRECTORY] = "cwd",
	[ROOT_TMP] = "tmp",
	[ROOT_TMPDIR] = "tmpdir",
};

static bool is_directory(const char *path)
{
	return strrchr(path, '/')[1] != 'f';
}

/* The same path is always the same file. */
static struct plan_identity identity_of(const char *path)
{
	uint64_t hash = 14695981039346656037u;
	for (; *path; path++)
		hash = (hash ^ (unsigned char)*path) * 1099511628211u;
	return (struct plan_identity){.device = 1, .inode = hash};
}

static bool add_root(struct host *host, const char *kind, const char *path)
{
	for (size_t i = 0; i < sizeof(origins) / sizeof(*origins); i++) {
		if (strcmp(kind, origins[i]) != 0)
			continue;
		host->roots[host->facts.root_count++] = (struct fact_root){
			.path = path,
			.rule = kind,
			.origin = (enum root_origin)i,
			.is_directory = is_directory(path),
			.identity = identity_of(path),
		};
		return true;
	}
	return false;
}

static bool add_protect(struct host *host, const char *kind, const char *path)
{
	bool optional = !strcmp(kind, "optional"), explicit = !strcmp(kind, "protect");

	if (!optional && !explicit && strcmp(kind, "default") != 0)
		return false;
	host->protects[host->facts.protect_count++] = (struct fact_protect){
		.path = path,
		.rule = kind,
		.is_explicit = explicit,
		.if_present = optional,
	};
	return true;
}

static void add_hide(struct host *host, const char *path)
{
	host->hides[host->facts.hide_count++] = (struct fact_hide){
		.path = path,
		.rule = "hide",
		.is_directory = is_directory(path),
		.identity = identity_of(path),
	};
}

static void add_name(struct host *host, const char *name)
{
	const struct string_list *list = &host->policy->protect;

	if (*name != '/' && !rind_policy_add_protect(host->policy, name, NULL))
		host->names[host->name_count++] = list->items[list->count - 1];
}

static void set(struct host *host, const char *word)
{
	struct rind_policy *policy = host->policy;
	int result = 0;

	if (!strcmp(word, "default-names"))
		host->default_names = true;
	else if (!strcmp(word, "full-access"))
		host->full_access = true;
	else if (!strcmp(word, "read-only"))
		host->full_access = false;
	else if (!strcmp(word, "nested"))
		result = rind_policy_set_switch(policy, RIND_NESTED, true, NULL);
	else if (!strcmp(word, "host-network"))
		result = rind_policy_set_network(policy, RIND_NETWORK_HOST, NULL);
	else if (!strcmp(word, "host-proc"))
		result = rind_policy_set_proc(policy, RIND_PROC_HOST, NULL);
	else if (!strcmp(word, "no-proc"))
		result = rind_policy_set_proc(policy, RIND_PROC_NONE, NULL);
	fuzz_check(result == 0);
}

static void add_line(struct host *host, char *line)
{
	char *blank = strchr(line, ' ');

	if (!blank) {
		set(host, line);
		return;
	}
	*blank++ = '\0';
	if (!*blank || strlen(blank) >= MAX_PATH)
		return;
	if (!strcmp(line, "name")) {
		add_name(host, blank);
		return;
	}
	const char *path = path_join(&host->facts.arena, "/", blank);
	fuzz_check(path && *path == '/');
	if (!strcmp(line, "hide"))
		add_hide(host, path);
	else if (!add_root(host, line, path))
		(void)add_protect(host, line, path);
}

static struct host *host_new(char *text)
{
	static const char *const no_env[] = {NULL};
	char *line, *rest = NULL;
	size_t lines = 0;

	struct host *host = calloc(1, sizeof(*host));
	if (!host)
		abort();
	host->policy = rind_policy_new();
	fuzz_check(host->policy);
	host->facts = (struct facts){
		.uid = 1000,
		.gid = 1000,
		.directory = "/",
		.env = no_env,
		.roots = host->roots,
		.protects = host->protects,
		.hides = host->hides,
	};
	for (line = strtok_r(text, "\n", &rest); line && lines++ < MAX_LINES;
		line = strtok_r(NULL, "\n", &rest))
		add_line(host, line);
	fuzz_check(!rind_policy_set_switch(
		host->policy, RIND_DEFAULT_PROTECT, host->default_names, NULL));
	if (host->full_access)
		fuzz_check(!rind_policy_set_mode(host->policy, RIND_MODE_FULL_ACCESS, NULL));
	return host;
}

static void host_free(struct host *host)
{
	rind_policy_free(host->policy);
	facts_free(&host->facts);
	free(host);
}

/* --- what the design says --------------------------------------------------------------------- */

static void add_rule(struct host *host, const char *path, enum rank rank, bool optional)
{
	fuzz_check(host->rule_count < MAX_RULES);
	host->rules[host->rule_count++] = (struct rule){path, rank, optional};
}

static void add_names(struct host *host, const struct fact_root *root)
{
	struct arena *arena = &host->facts.arena;
	bool with_default = host->default_names && !host->full_access && root->path[1];

	for (const char *const *name = policy_default_names; with_default && *name; name++)
		add_rule(host, path_join(arena, root->path, *name), RANK_DEFAULT,
			root->origin >= ROOT_TMP);
	for (size_t i = 0; i < host->name_count; i++)
		add_rule(host, path_join(arena, root->path, host->names[i]), RANK_PROTECT, false);
}

/* Where a path is a root for several reasons, the first of them says which names it has. */
static bool is_first_reason(const struct host *host, const struct fact_root *root)
{
	for (size_t i = 0; i < host->facts.root_count; i++) {
		const struct fact_root *other = &host->roots[i];
		if (!strcmp(other->path, root->path) &&
			(other->origin < root->origin ||
				(other->origin == root->origin && other < root)))
			return false;
	}
	return true;
}

static void collect_rules(struct host *host)
{
	for (size_t i = 0; i < host->facts.root_count; i++) {
		const struct fact_root *root = &host->roots[i];
		if (!host->full_access || !root->path[1])
			add_rule(host, root->path,
				root->origin == ROOT_EXPLICIT ? RANK_EXPLICIT_ROOT : RANK_ROOT,
				false);
		if (root->is_directory && is_first_reason(host, root))
			add_names(host, root);
	}
	for (size_t i = 0; i < host->facts.protect_count; i++)
		add_rule(host, host->protects[i].path,
			host->protects[i].is_explicit ? RANK_PROTECT : RANK_DEFAULT,
			host->protects[i].if_present);
	for (size_t i = 0; i < host->facts.hide_count; i++)
		add_rule(host, host->hides[i].path, RANK_HIDE, false);
}

/* Roots and hidden paths exist, and so does what leads to them; the rest may be missing. */
static bool can_be_absent(const struct host *host, const char *path)
{
	for (size_t i = 0; i < host->facts.root_count; i++)
		if (path_is_within(host->roots[i].path, path))
			return false;
	for (size_t i = 0; i < host->facts.hide_count; i++)
		if (path_is_within(host->hides[i].path, path))
			return false;
	return true;
}

/*
 * The rules at one path.  Those that protect only what is present do nothing on a host where it is
 * not, which is the host that absent stands for.
 */
static enum rank rank_at(const struct host *host, const char *path, size_t length, bool absent)
{
	enum rank rank = RANK_NONE;

	for (size_t i = 0; i < host->rule_count; i++) {
		const struct rule *rule = &host->rules[i];
		if (!strncmp(rule->path, path, length) && !rule->path[length] &&
			rule->rank > rank &&
			!(absent && rule->optional && can_be_absent(host, rule->path)))
			rank = rule->rank;
	}
	return rank;
}

static enum rind_access apply_rank(enum rind_access access, enum rank rank)
{
	switch (rank) {
	case RANK_ROOT:
	case RANK_EXPLICIT_ROOT:
		return RIND_ACCESS_WRITABLE;
	case RANK_DEFAULT:
	case RANK_PROTECT:
		return access == RIND_ACCESS_WRITABLE ? RIND_ACCESS_PROTECTED : access;
	case RANK_HIDE:
		return RIND_ACCESS_HIDDEN;
	case RANK_NONE:
		break;
	}
	return access;
}

/* The length of path's first components up to and without the next "/"; 0 at the end. */
static size_t next_component(const char *path, size_t length)
{
	if (!path[length] || !path[1])
		return 0;
	return length + 1 + strcspn(path + length + 1, "/");
}

static enum rind_access expected_access(const struct host *host, const char *path, bool absent)
{
	enum rind_access access = apply_rank(RIND_ACCESS_READABLE, rank_at(host, "/", 1, absent));

	for (size_t length = 0; (length = next_component(path, length));)
		access = apply_rank(access, rank_at(host, path, length, absent));
	return access;
}

/* --- what the kernel makes of the plan -------------------------------------------------------- */

static bool is_done(const struct host *host, const struct plan_op *op, bool absent)
{
	return !absent || !(op->flags & PLAN_IF_PRESENT) || !can_be_absent(host, op->path);
}

static enum rind_access mounted_access(
	const struct host *host, const struct rind_plan *plan, const char *path, bool absent)
{
	enum rind_access access = plan->ops[0].access;

	for (size_t i = 1; i < plan->op_count; i++) {
		const struct plan_op *op = &plan->ops[i];
		if (!path_is_within(path, op->path) || !is_done(host, op, absent))
			continue;
		if (op->type == PLAN_WRITABLE || op->type == PLAN_HIDE)
			access = op->access; /* covers what was mounted below */
		else if (op->type == PLAN_PROTECT && access == RIND_ACCESS_WRITABLE)
			access = op->access; /* a bind of what is there, with its mounts */
	}
	return access;
}

/* The sandbox has these of its own. */
static bool is_own(const char *path)
{
	return path_is_within(path, "/dev") || path_is_within(path, "/proc");
}

static void check_path(const struct host *host, const struct rind_plan *plan, const char *path)
{
	if (is_own(path))
		return;
	for (int absent = 0; absent <= 1; absent++) {
		enum rind_access expected = expected_access(host, path, absent);
		enum rind_access mounted = mounted_access(host, plan, path, absent);
		/*
		 * Masking the first missing component on the way to a path protects more than that.
		 */
		if (expected == mounted || (absent && mounted == RIND_ACCESS_PROTECTED &&
						   expected == RIND_ACCESS_WRITABLE))
			continue;
		fprintf(stderr, "%s%s is %s, not %s\n", path,
			absent ? ", where nothing optional is present," : "",
			plan_access_name(mounted), plan_access_name(expected));
		abort();
	}
}

static bool is_mounted_on(
	const struct host *host, const struct rind_plan *plan, const char *path, bool absent)
{
	for (size_t i = 0; i < plan->op_count; i++)
		if (!strcmp(plan->ops[i].path, path) && is_done(host, &plan->ops[i], absent))
			return true;
	return false;
}

/*
 * A directory that can be renamed, with a protected or hidden path in it, has to be a mount: also
 * where nothing optional is present, if the path itself is not optional.
 */
static void check_pins(
	const struct host *host, const struct rind_plan *plan, const struct plan_op *op)
{
	char directory[PATH_MAX], parent[PATH_MAX] = "/";
	const char *path = op->path;
	bool absent = !(op->flags & PLAN_IF_PRESENT);

	for (size_t length = 0; (length = next_component(path, length));) {
		memcpy(directory, path, length);
		directory[length] = '\0';
		if (expected_access(host, parent, absent) == RIND_ACCESS_WRITABLE &&
			!is_mounted_on(host, plan, directory, absent)) {
			fprintf(stderr, "%s can be renamed, to get at %s\n", directory, path);
			abort();
		}
		memcpy(parent, directory, length + 1);
	}
}

/* --- what holds for every plan ---------------------------------------------------------------- */

static bool is_clean(const char *path)
{
	const char *end = strrchr(path, '/');

	return *path == '/' && (end[1] || end == path) && !strstr(path, "//") &&
	       !strstr(path, "/./") && !strstr(path, "/../");
}

static void check_operation(const struct rind_plan *plan, size_t i)
{
	const struct plan_op *op = &plan->ops[i];
	struct rind_step step;

	fuzz_check(is_clean(op->path) && *op->rule);
	fuzz_check((op->type == PLAN_TREE) == (i == 0));
	fuzz_check((op->type == PLAN_PROC) == (i == plan->op_count - 1));
	fuzz_check((op->type == PLAN_DEV) == (i == 1));
	fuzz_check(op->base <= strlen(op->path));
	/* Pins and protections are walked to from a root: there has to be one. */
	if (op->type == PLAN_PIN || op->type == PLAN_PROTECT)
		fuzz_check(op->base &&
			   (!op->path[op->base] || op->path[op->base] == '/' || op->base == 1));
	if (op->type == PLAN_WRITABLE || op->type == PLAN_HIDE) {
		struct plan_identity identity = identity_of(op->path);
		fuzz_check(op->flags & PLAN_EXPECT);
		fuzz_check(!memcmp(&op->expected, &identity, sizeof(identity)));
	}
	fuzz_check(rind_plan_step(plan, i, &step) == 0);
}

static void check_plan(struct host *host, const struct rind_plan *plan)
{
	char path[PATH_MAX];

	fuzz_check(rind_plan_count(plan) >= 3);
	for (size_t i = 0; i < plan->op_count; i++)
		check_operation(plan, i);
	collect_rules(host);
	for (size_t i = 0; i < host->rule_count; i++) {
		check_path(host, plan, host->rules[i].path);
		snprintf(path, sizeof(path), "%s/q",
			host->rules[i].path[1] ? host->rules[i].path : "");
		check_path(host, plan, path);
		/* And each directory on the way. */
		snprintf(path, sizeof(path), "%s", host->rules[i].path);
		for (char *end; (end = strrchr(path, '/')) && end > path;) {
			*end = '\0';
			check_path(host, plan, path);
		}
	}
	for (size_t i = 0; i < plan->op_count; i++)
		if ((plan->ops[i].type == PLAN_PROTECT || plan->ops[i].type == PLAN_HIDE) &&
			!is_own(plan->ops[i].path))
			check_pins(host, plan, &plan->ops[i]);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct rind_plan *plan = NULL;
	struct rind_error err = {.message = ""};

	char *text = strndup(size ? (const char *)data : "", size);
	if (!text)
		abort();
	struct host *host = host_new(text);
	int result = lower_policy(host->policy, &host->facts, &plan, &err);
	if (result < 0)
		fuzz_check(!plan && err.code == result && *err.message);
	else if (plan->namespaces)
		check_plan(host, plan);
	else
		fuzz_check(!plan->op_count && host->full_access);
	rind_plan_free(plan);
	host_free(host);
	free(text);
	return 0;
}
