/*
 * Lowering the paths of a policy: roots, protected and hidden paths, /dev and /proc become rules,
 * and these the mount operations of the plan.
 *
 * Supervisor only.  Pure: the facts say all that is known of the host.
 */
#include "policy/lowering.h"

#include "base/path.h"
#include "policy/glob.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

/* --- roots and what is protected in them ------------------------------------------------------ */

static int add_rule(struct lowering *l, const struct rule *rule)
{
	if (!rule->path || !rule->text || rules_add(&l->rules, rule) < 0)
		return rind_error_no_memory(l->err);
	return 0;
}

/*
 * /proc is mounted last and /dev is the sandbox's own, so a root there is refused, or ignored if it
 * is implicit.  Allowed are directories of the host in /dev, such as /dev/shm, and, as roots
 * without effect, names that the new /dev has anyway, such as /dev/null.
 */
static int check_root(const struct lowering *l, const struct fact_root *root, bool *ret_use)
{
	bool named = root->origin == ROOT_EXPLICIT;
	bool in_proc = path_is_within(root->path, "/proc");
	bool in_dev = path_is_within(root->path, "/dev");
	bool host_directory = root->is_directory && strcmp(root->path, "/dev") != 0 &&
			      !path_is_within(root->path, "/dev/pts");

	*ret_use = !in_proc && (!in_dev || host_directory);
	if (*ret_use || !named || plan_dev_contains(root->path))
		return 0;
	if (in_proc)
		return rind_error_set(l->err, -EINVAL,
			"%s: the sandbox has a /proc of its own; see --proc", root->rule);
	return rind_error_set(l->err, -EINVAL,
		"%s: the sandbox has a /dev of its own, without devices of the host; leave it out, "
		"or, for a device, use --device",
		root->rule);
}

static int add_root(struct lowering *l, const struct fact_root *root)
{
	const struct rule rule = {
		.path = root->path,
		.text = root->rule,
		.kind = root->origin == ROOT_EXPLICIT ? RULE_WRITABLE_EXPLICIT
						      : RULE_WRITABLE_IMPLICIT,
		.access = RIND_ACCESS_WRITABLE,
		.flags = root->is_missing ? PLAN_MAKE : PLAN_EXPECT,
		.expected = root->identity,
	};
	bool use;
	int result = check_root(l, root, &use);
	return result < 0 || !use ? result : add_rule(l, &rule);
}

static int add_default_names(struct lowering *l, const struct fact_root *root)
{
	/*
	 * Do not make three placeholders in /tmp at every start: a .git there would stop git in
	 * every directory below that is in no repository.
	 */
	bool if_present = root->origin >= ROOT_TMP;
	struct rule rule = {
		.text = l->policy->nested_any && l->facts->uid
				? "default protected name, which --nested=any lets the command undo"
			: if_present ? "default protected name, only where it exists"
				     : "default protected name",
		.kind = RULE_PROTECT_DEFAULT,
		.access = RIND_ACCESS_PROTECTED,
		.flags = if_present ? PLAN_IF_PRESENT : 0,
	};
	int result = 0;

	for (const char *const *name = policy_default_names; !result && *name; name++) {
		if (!policy_protects_name(l->policy, *name))
			continue;
		rule.path = path_join(&l->rules.arena, root->path, *name);
		result = add_rule(l, &rule);
	}
	return result;
}

static int add_relative_protects(struct lowering *l, const struct fact_root *root)
{
	const struct string_list *list = &l->policy->protect;
	struct rule rule = {.kind = RULE_PROTECT_EXPLICIT, .access = RIND_ACCESS_PROTECTED};
	int result = 0;

	for (size_t i = 0; !result && i < list->count; i++) {
		/* What a pattern stands for is among the facts. */
		if (*list->items[i] == '/' || glob_is_pattern(list->items[i]))
			continue;
		rule.path = path_join(&l->rules.arena, root->path, list->items[i]);
		rule.text = arena_printf(&l->rules.arena, "--protect %s", list->items[i]);
		result = add_rule(l, &rule);
	}
	return result;
}

static int compare_roots(const void *a, const void *b)
{
	const struct fact_root *x = a, *y = b;
	int order = path_compare(x->path, y->path);
	return order ? order : (x->origin > y->origin) - (x->origin < y->origin);
}

/* The roots, each path once, with its first reason. */
static struct fact_root *merge_roots(struct lowering *l, size_t *ret_count)
{
	const struct facts *facts = l->facts;
	struct fact_root *roots =
		arena_alloc(&l->rules.arena, (facts->root_count + 1) * sizeof(*roots));
	size_t kept = 0;

	*ret_count = 0;
	if (!roots || !facts->root_count)
		return roots;
	memcpy(roots, facts->roots, facts->root_count * sizeof(*roots));
	qsort(roots, facts->root_count, sizeof(*roots), compare_roots);
	for (size_t i = 0; i < facts->root_count; i++)
		if (!kept || strcmp(roots[kept - 1].path, roots[i].path) != 0)
			roots[kept++] = roots[i];
	*ret_count = kept;
	return roots;
}

static int lower_root(struct lowering *l, const struct fact_root *root)
{
	bool full_access = l->policy->mode == RIND_MODE_FULL_ACCESS;
	bool is_tree = !root->path[1];
	int result = 0;

	/*
	 * In full access the whole tree is the only root; the others only say where relative names
	 * are meant.
	 */
	if (!full_access || is_tree)
		result = add_root(l, root);
	if (!root->is_directory)
		return result;
	if (!result && l->policy->default_protect && !full_access && !is_tree)
		result = add_default_names(l, root);
	return result < 0 ? result : add_relative_protects(l, root);
}

static int lower_roots(struct lowering *l)
{
	size_t count;
	const struct fact_root *roots = merge_roots(l, &count);
	if (!roots)
		return rind_error_no_memory(l->err);

	int result = 0;
	for (size_t i = 0; !result && i < count; i++)
		result = lower_root(l, &roots[i]);
	return result;
}

static int lower_protects(struct lowering *l)
{
	int result = 0;

	for (size_t i = 0; !result && i < l->facts->protect_count; i++) {
		const struct fact_protect *protect = &l->facts->protects[i];
		const struct rule rule = {
			.path = protect->path,
			.text = protect->rule,
			.kind = protect->is_explicit ? RULE_PROTECT_EXPLICIT : RULE_PROTECT_DEFAULT,
			.access = RIND_ACCESS_PROTECTED,
			.flags = protect->if_present ? PLAN_IF_PRESENT : 0,
		};
		if (!protect->path[1])
			return rind_error_set(l->err, -EINVAL,
				"%s: outside the writable roots everything is protected already; "
				"to have no root, use --mode read-only",
				protect->rule);
		result = add_rule(l, &rule);
	}
	return result;
}

/* --- hidden paths ----------------------------------------------------------------------------- */

/*
 * Is path in a directory of the host's /dev that is a writable root, and so is in the sandbox's
 * /dev?
 */
static bool is_in_root_of_dev(const struct lowering *l, const char *path)
{
	/* In full access the whole tree is the only root. */
	if (l->policy->mode == RIND_MODE_FULL_ACCESS)
		return false;
	for (size_t i = 0; i < l->facts->root_count; i++) {
		const struct fact_root *root = &l->facts->roots[i];
		if (root->is_directory && strcmp(root->path, "/dev") != 0 &&
			path_is_within(root->path, "/dev") &&
			!path_is_within(root->path, "/dev/pts") &&
			path_is_within(path, root->path) && strcmp(path, root->path) != 0)
			return true;
	}
	return false;
}

static int check_hide(const struct lowering *l, const struct fact_hide *hide, bool *ret_use)
{
	*ret_use = false;
	if (!hide->path[1])
		return rind_error_set(l->err, -EINVAL,
			"%s: the command itself would be hidden; name a directory below",
			hide->rule);
	if (path_is_within(hide->path, "/proc") && l->policy->proc == RIND_PROC_NONE)
		return 0;
	if (path_is_within(hide->path, "/proc"))
		return rind_error_set(l->err, -EINVAL,
			"%s: /proc can only be hidden as a whole; use --proc none", hide->rule);
	/*
	 * Other names in the host's /dev are not in the sandbox's anyway, unless they are in a
	 * root.
	 */
	*ret_use = !path_is_within(hide->path, "/dev") || is_in_root_of_dev(l, hide->path);
	if (*ret_use)
		return 0;
	if (path_is_within(hide->path, "/dev/shm"))
		return rind_error_set(l->err, -EINVAL,
			"%s: the sandbox has a /dev/shm of its own, which is empty: nothing of the "
			"host's is in it; leave it out",
			hide->rule);
	if (!strcmp(hide->path, "/dev") || plan_dev_contains(hide->path))
		return rind_error_set(l->err, -EINVAL,
			"%s: the sandbox has a /dev of its own, which cannot be hidden; leave it "
			"out",
			hide->rule);
	return 0;
}

/* Add the rule of a hidden path, a readable one, a device, a scratch or a tmpfs. */
static int add_cover(struct lowering *l, const struct fact_hide *cover, enum rule_kind kind,
	enum rind_access access, unsigned int flags)
{
	const struct rule rule = {
		.path = cover->path,
		.text = cover->rule,
		.kind = kind,
		.access = access,
		.flags = flags | PLAN_EXPECT,
		.expected = cover->identity,
	};
	return add_rule(l, &rule);
}

static int check_not_own(const struct lowering *l, const struct fact_hide *cover)
{
	if (!fact_is_own(cover->path))
		return 0;
	return rind_error_set(l->err, -EINVAL,
		"%s: the sandbox has a /dev and a /proc of its own; leave it out", cover->rule);
}

static int lower_hides(struct lowering *l)
{
	for (size_t i = 0; i < l->facts->hide_count; i++) {
		const struct fact_hide *hide = &l->facts->hides[i];
		bool use;
		int result = check_hide(l, hide, &use);
		if (!result && use)
			result = add_cover(l, hide, RULE_HIDE, RIND_ACCESS_HIDDEN, 0);
		if (result < 0)
			return result;
	}
	return 0;
}

/* --- readable in what is hidden --------------------------------------------------------------- */

static int lower_readables(struct lowering *l)
{
	int result = 0;

	for (size_t i = 0; !result && i < l->facts->readable_count; i++) {
		const struct fact_hide *readable = &l->facts->readables[i];
		result = check_not_own(l, readable);
		if (!result)
			result = add_cover(l, readable, RULE_READABLE, RIND_ACCESS_READABLE, 0);
	}
	return result;
}

/* Does a settled rule leave its path readable in what is covered? */
static bool opens(const struct rule *rule)
{
	const struct rule *above = rule && rule->kind == RULE_READABLE ? rule->parent : NULL;
	return above && (above->kind == RULE_HIDE || above->kind == RULE_TMPFS);
}

/* A --readable without effect is a mistake: say what it meets. */
static int check_readables(const struct lowering *l)
{
	for (size_t i = 0; i < l->facts->readable_count; i++) {
		const struct fact_hide *readable = &l->facts->readables[i];
		const struct rule *rule = rules_most_specific(&l->rules, readable->path);
		if (opens(rule))
			continue;
		if (rule && rule->kind >= RULE_TMPFS)
			return rind_error_set(l->err, -EINVAL,
				"%s: %s covers the same path; leave one of the two out",
				readable->rule, rule->text);
		return rind_error_set(l->err, -EINVAL,
			"%s: nothing hides %s, so that it is readable already; leave it out, or "
			"hide a directory above it: --hide DIR",
			readable->rule, readable->path);
	}
	return 0;
}

/* A --protect of what is hidden is a mistake, if it is meant to stay readable. */
static int check_protects(const struct lowering *l)
{
	for (size_t i = 0; i < l->facts->protect_count; i++) {
		const struct fact_protect *protect = &l->facts->protects[i];
		const struct rule *rule =
			protect->is_named ? rules_most_specific(&l->rules, protect->path) : NULL;
		if (rule && rule->kind == RULE_HIDE && strcmp(rule->path, protect->path) != 0)
			return rind_error_set(l->err, -EINVAL,
				"%s: %s hides it; leave it out, or, for the command to read it, "
				"use --readable %s",
				protect->rule, rule->text, protect->path);
	}
	return 0;
}

/* --- devices ---------------------------------------------------------------------------------- */

/* A hidden path in /dev has no rule of its own there: see check_hide(). */
static int check_device(const struct lowering *l, const struct fact_hide *device)
{
	for (size_t i = 0; i < l->facts->hide_count; i++)
		if (path_is_within(device->path, l->facts->hides[i].path))
			return rind_error_set(l->err, -EINVAL,
				"%s: %s covers the same path; leave one of the two out",
				device->rule, l->facts->hides[i].rule);
	return 0;
}

static int lower_devices(struct lowering *l)
{
	int result = 0;

	for (size_t i = 0; !result && i < l->facts->device_count; i++) {
		const struct fact_hide *device = &l->facts->devices[i];
		result = check_device(l, device);
		if (!result)
			result = add_cover(l, device, RULE_DEVICE, RIND_ACCESS_WRITABLE, 0);
	}
	return result;
}

/* --- copy on write ---------------------------------------------------------------------------- */

static int check_scratch(const struct lowering *l, const struct fact_hide *scratch)
{
	if (!scratch->path[1])
		return rind_error_set(l->err, -EINVAL,
			"%s: the whole tree cannot be copy on write; name the directories below "
			"that the command writes to",
			scratch->rule);
	for (size_t i = 0; i < l->facts->root_count; i++) {
		const struct fact_root *root = &l->facts->roots[i];
		if (root->origin == ROOT_EXPLICIT && !strcmp(root->path, scratch->path))
			return rind_error_set(l->err, -EINVAL,
				"%s: %s says that the same directory is written to itself; leave "
				"one of the two out",
				scratch->rule, root->rule);
	}
	return check_not_own(l, scratch);
}

static bool is_repository(const struct lowering *l, const char *path)
{
	for (size_t i = 0; i < l->facts->repository_count; i++)
		if (!strcmp(l->facts->repositories[i].common, path))
			return true;
	return false;
}

static int lower_scratches(struct lowering *l)
{
	int result = 0;

	for (size_t i = 0; !result && i < l->facts->scratch_count; i++) {
		const struct fact_hide *scratch = &l->facts->scratches[i];
		const unsigned int flags = is_repository(l, scratch->path) ? PLAN_PUBLISH : 0;
		result = check_scratch(l, scratch);
		if (!result)
			result = add_cover(l, scratch, RULE_SCRATCH, RIND_ACCESS_WRITABLE, flags);
	}
	return result;
}

/* The command must be able to write to what is to be published. */
static int check_repository(const struct lowering *l, const struct plan_repository *repository)
{
	const char *const paths[] = {repository->common, repository->directory};

	for (size_t i = 0; i < sizeof(paths) / sizeof(*paths); i++) {
		const struct rule *rule = rules_most_specific(&l->rules, paths[i]);
		if (!rule || rule->kind != RULE_SCRATCH)
			return rind_error_set(l->err, -EINVAL,
				"--git commit: the git directory %s is closed by another rule "
				"(%s); leave one of the two out",
				paths[i], rule ? rule->text : "whole tree");
	}
	return 0;
}

static int write_repositories(struct lowering *l)
{
	struct rind_plan *plan = l->plan;
	struct arena *arena = &plan->arena;
	const size_t count = l->facts->repository_count;
	int result = 0;

	plan->repositories = arena_alloc(arena, count * sizeof(*plan->repositories));
	if (!plan->repositories)
		return rind_error_no_memory(l->err);
	for (size_t i = 0; !result && i < count; i++) {
		const struct plan_repository *from = &l->facts->repositories[i];
		struct plan_repository *to = &plan->repositories[i];
		to->common = arena_strdup(arena, from->common);
		to->directory = arena_strdup(arena, from->directory);
		result = to->common && to->directory ? check_repository(l, from)
						     : rind_error_no_memory(l->err);
	}
	plan->repository_count = count;
	return result;
}

/* --- a tmpfs ---------------------------------------------------------------------------------- */

static int check_tmpfs(const struct lowering *l, const struct fact_hide *tmpfs)
{
	if (!tmpfs->path[1])
		return rind_error_set(l->err, -EINVAL,
			"%s: nothing could be run in an empty root; name a directory below",
			tmpfs->rule);
	return check_not_own(l, tmpfs);
}

static int lower_tmpfs(struct lowering *l)
{
	int result = 0;

	for (size_t i = 0; !result && i < l->facts->tmpfs_count; i++) {
		const struct fact_hide *tmpfs = &l->facts->tmpfs[i];
		result = check_tmpfs(l, tmpfs);
		if (!result)
			result = add_cover(l, tmpfs, RULE_TMPFS, RIND_ACCESS_WRITABLE, 0);
	}
	return result;
}

/* What is written to them is memory that no process's address space shows. */
static int limit_tmpfs(struct lowering *l)
{
	struct rind_plan *plan = l->plan;
	uint64_t size = limits_tmpfs_size(&l->policy->limits);
	bool is_disk_limited = !l->policy->limits.values[RIND_LIMIT_DISK];

	for (size_t i = 0; size && i < plan->op_count; i++) {
		if (plan->ops[i].type != PLAN_TMPFS && plan->ops[i].type != PLAN_SCRATCH)
			continue;
		plan->ops[i].size = arena_printf(&plan->arena, "%" PRIu64, size);
		if (!plan->ops[i].size)
			return rind_error_no_memory(l->err);
		is_disk_limited = true;
	}
	if (!is_disk_limited)
		return rind_error_set(l->err, -EINVAL,
			"--limit-disk: there is nothing that it would limit: it is the size of "
			"what --private-tmp, --tmpfs and --scratch give the command; give one of "
			"these");
	return 0;
}

/* --- limits ----------------------------------------------------------------------------------- */

/*
 * Protect the cgroup file systems: a writable one would let the command remove its limits or move
 * to another cgroup.
 */
static int protect_cgroups(struct lowering *l)
{
	const struct cgroup_place *place = &l->facts->cgroup;
	int result = 0;

	for (size_t i = 0; !result && i < place->mount_count; i++) {
		const struct rule rule = {
			.path = arena_strdup(&l->rules.arena, place->mounts[i]),
			.text = "control groups, which limit the command",
			.kind = RULE_PROTECT_EXPLICIT,
			.access = RIND_ACCESS_PROTECTED,
		};
		for (size_t j = 0; j < l->facts->root_count; j++)
			if (path_is_within(l->facts->roots[j].path, place->mounts[i]))
				return rind_error_set(l->err, -EINVAL,
					"%s: the command could lift its own limits there; leave it "
					"or the limits out",
					l->facts->roots[j].rule);
		result = add_rule(l, &rule);
	}
	return result;
}

static int check_enforced(const struct lowering *l, unsigned int controllers)
{
	const uint64_t *values = l->policy->limits.values;
	const char *advice = l->facts->cgroup_advice;

	if (values[RIND_LIMIT_PIDS] && l->facts->is_root && !(controllers & LIMIT_CONTROLLER_PIDS))
		return limits_refuse_pids(advice, l->err);
	if (values[RIND_LIMIT_CPU_SHARE] && !(controllers & LIMIT_CONTROLLER_CPU))
		return rind_error_set(l->err, -EPERM,
			"--limit-cpu %" PRIu64
			"%%: a share of the processors needs a control group (version 2), and "
			"there is none here to make one in with the cpu controller; give "
			"seconds%s%s",
			values[RIND_LIMIT_CPU_SHARE],
			*advice ? ", or run rind from a shell in a control group: " : "", advice);
	return 0;
}

/*
 * The limit of the sandbox's cgroup.  If it is made beside the caller's own cgroup, it gets no more
 * than that one has, even if the policy asks for no limit.
 */
static uint64_t cgroup_limit(uint64_t asked, uint64_t own)
{
	return asked && asked < own ? asked : own;
}

static int lower_limits(struct lowering *l)
{
	const struct cgroup_place *place = &l->facts->cgroup;
	struct rind_plan *plan = l->plan;

	int result = check_enforced(l, place->controllers);
	if (result < 0)
		return result;
	plan->limits = l->policy->limits;
	if (!place->controllers)
		return 0;
	const uint64_t *values = plan->limits.values;
	uint64_t pids = values[RIND_LIMIT_PIDS];
	plan->cgroup_limits = (struct cgroup_limits){
		.pids = cgroup_limit(pids ? limit_pids_with_init(pids) : 0, place->own.pids),
		.memory = cgroup_limit(values[RIND_LIMIT_MEMORY], place->own.memory),
		.cpu = cgroup_limit(values[RIND_LIMIT_CPU_SHARE], place->own.cpu),
	};
	plan->controllers = place->controllers;
	plan->cgroup = arena_strdup(&plan->arena, place->directory);
	return plan->cgroup ? protect_cgroups(l) : rind_error_no_memory(l->err);
}

/* --- mounts ----------------------------------------------------------------------------------- */

static int lower_dev_and_proc(struct lowering *l)
{
	static const struct {
		enum rind_access access;
		const char *text;
	} procs[] = {
		[RIND_PROC_FRESH] = {RIND_ACCESS_WRITABLE, "fresh /proc"},
		[RIND_PROC_HOST] = {RIND_ACCESS_READABLE, "--proc host"},
		[RIND_PROC_NONE] = {RIND_ACCESS_HIDDEN, "--proc none"},
		[RIND_PROC_AUTO] = {RIND_ACCESS_WRITABLE, "--proc auto"},
	};
	const struct rule dev = {
		.path = "/dev",
		.text = "minimal /dev",
		.kind = RULE_DEV,
		.access = RIND_ACCESS_WRITABLE,
	};
	const struct rule proc = {
		.path = "/proc",
		.text = procs[l->policy->proc].text,
		.kind = RULE_PROC,
		.access = procs[l->policy->proc].access,
	};
	int result = add_rule(l, &dev);
	return result < 0 ? result : add_rule(l, &proc);
}

static bool is_hidden(const struct lowering *l, const char *path)
{
	const struct rule *rule = rules_most_specific(&l->rules, path);
	return rule && rule->kind == RULE_HIDE;
}

/*
 * May rind be mounted over this bwrap?  Not where the command could replace it anyway, nor where
 * the sandbox does not have it: hidden, in /dev, in /proc.
 */
static bool can_be_replaced(const struct lowering *l, const char *bwrap)
{
	const struct rule *rule = rules_most_specific(&l->rules, bwrap);
	if (!rule || !rule->path[1])
		return true;
	return !rule_is_writable(rule) && rule->kind != RULE_READABLE && rule->kind != RULE_HIDE &&
	       rule->kind != RULE_DEV && rule->kind != RULE_PROC;
}

/*
 * Programs look for bwrap, which needs pivot_root; rind does not.  Mount rind over bwrap, unless
 * rind itself is hidden.
 */
static int lower_programs(struct lowering *l)
{
	struct rules *rules = &l->rules;

	if (!l->plan->nested || l->plan->nested_any || !l->facts->program ||
		is_hidden(l, l->facts->program))
		return 0;
	for (size_t i = 0; i < l->facts->bwraps.count; i++) {
		const char *path = l->facts->bwraps.items[i];
		if (!can_be_replaced(l, path))
			continue;
		struct plan_op *programs = arena_grow(
			&rules->arena, rules->programs, rules->program_count, sizeof(*programs));
		if (!programs)
			return rind_error_no_memory(l->err);
		rules->programs = programs;
		programs[rules->program_count++] = (struct plan_op){
			.type = PLAN_PROGRAM,
			.flags = PLAN_EXPECT,
			.access = RIND_ACCESS_READABLE,
			.path = path,
			.rule = "rind itself, which needs no pivot_root: --nested",
			.expected = l->facts->program_identity,
			.source = l->facts->program,
		};
	}
	return 0;
}

/* A command cannot start in a directory that it must not see, or that is not there. */
static int check_directory(const struct lowering *l)
{
	const struct rule *rule = rules_most_specific(&l->rules, l->facts->directory);
	if (rule && rule->kind == RULE_TMPFS && strcmp(rule->path, l->facts->directory) != 0)
		return rind_error_set(l->err, -EINVAL,
			"%s: the command's working directory %s is covered by it; choose another "
			"one with --chdir, or make it writable: --writable .",
			rule->text, l->facts->directory);
	if (!rule || rule->kind != RULE_HIDE)
		return 0;
	return rind_error_set(l->err, -EINVAL,
		"%s: the command's working directory %s is hidden by it; choose another one with "
		"--chdir",
		rule->text, l->facts->directory);
}

static int lower_patterns(struct lowering *l)
{
	struct arena *arena = &l->plan->arena;
	size_t count = l->facts->pattern_count;
	struct plan_pattern *patterns = arena_alloc(arena, (count + 1) * sizeof(*patterns));

	for (size_t i = 0; patterns && i < count; i++) {
		patterns[i].rule = arena_strdup(arena, l->facts->patterns[i].rule);
		patterns[i].count = l->facts->patterns[i].count;
		if (!patterns[i].rule)
			return rind_error_no_memory(l->err);
	}
	l->plan->patterns = patterns;
	l->plan->pattern_count = count;
	return patterns ? 0 : rind_error_no_memory(l->err);
}

int lower_mounts(struct lowering *l)
{
	int result = lower_roots(l);
	if (!result)
		result = lower_protects(l);
	if (!result)
		result = lower_hides(l);
	if (!result)
		result = lower_readables(l);
	if (!result)
		result = lower_devices(l);
	if (!result)
		result = lower_scratches(l);
	if (!result)
		result = lower_tmpfs(l);
	if (!result && limits_are_given(&l->policy->limits))
		result = lower_limits(l);
	if (!result)
		result = lower_dev_and_proc(l);
	if (!result && l->facts->pattern_count)
		result = lower_patterns(l);
	if (result < 0)
		return result;

	rules_settle(&l->rules);
	result = check_readables(l);
	if (!result)
		result = check_protects(l);
	if (!result)
		result = check_directory(l);
	if (!result && l->facts->repository_count)
		result = write_repositories(l);
	if (!result)
		result = lower_programs(l);
	if (result < 0)
		return result;
	if (rules_write(&l->rules, l->plan) < 0)
		return rind_error_no_memory(l->err);
	return limit_tmpfs(l);
}
