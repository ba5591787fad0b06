/*
 * What may the command do with a path in a sandbox, and why?  For `rind explain`.
 *
 * Supervisor; looks at the host, changes nothing.  The plan decides.  The host is only asked where
 * symlinks lead and what is missing, as init will find it there.  The walk follows the path as the
 * command would see it, so it stops where the sandbox differs from the host: at a mask, in a hidden
 * directory, in /dev and /proc.
 */
#include "base/cancel.h"
#include "base/path.h"
#include "base/placeholder_mark.h"
#include "plan/host_paths.h"
#include "plan/plan.h"
#include "policy/resolve.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>

/* A walk in the sandbox, and its result. */
struct judgement {
	const struct rind_plan *plan;
	struct arena *arena; /* for paths that are needed on the way */
	struct resolve walk;
	bool decided;
	enum rind_access access;
	const char *path, *rule;
};

static void decide(struct judgement *j, enum rind_access access, const char *path, const char *rule)
{
	j->decided = true;
	j->access = access;
	j->path = path;
	j->rule = rule;
}

/*
 * The operation that decides about path: the most specific one at or above it. missing: the first
 * component that does not exist (NULL: all exist); optional operations at and below it are not
 * carried out.
 */
static const struct plan_op *most_specific_op(
	const struct rind_plan *plan, const char *path, const char *missing)
{
	const struct plan_op *nearest = &plan->ops[0]; /* PLAN_TREE */
	size_t length = 0;

	for (size_t i = 0; i < plan->op_count; i++) {
		const struct plan_op *op = &plan->ops[i];
		if (!path_is_within(path, op->path) || strlen(op->path) < length)
			continue;
		if (missing && op->flags & PLAN_IF_PRESENT && path_is_within(op->path, missing))
			continue;
		nearest = op;
		length = strlen(op->path);
	}
	return nearest;
}

/*
 * A protected path whose walk from its writable root comes to path: on the way, or, unless below is
 * set, at its end. optional: count optional protected paths too.
 */
static const struct plan_op *protect_through(
	const struct rind_plan *plan, const char *path, bool optional, bool below)
{
	for (size_t i = 0; i < plan->op_count; i++) {
		const struct plan_op *op = &plan->ops[i];
		if (op->type != PLAN_PROTECT || (!optional && op->flags & PLAN_IF_PRESENT))
			continue;
		if (!path_is_within(op->path, path) || strlen(path) <= op->base)
			continue;
		if (!below || strcmp(op->path, path) != 0)
			return op;
	}
	return NULL;
}

/* A symlink or a missing component on the way to a protected path carries a mask. */
static void judge_mask(struct judgement *j, bool missing)
{
	const struct plan_op *op = protect_through(j->plan, j->walk.path, !missing, false);
	if (op)
		decide(j, RIND_ACCESS_MASKED, j->walk.path, op->rule);
}

/*
 * A file, or a directory that cannot be searched, on the way to a protected path is made read-only
 * itself, so that it stays there.
 */
static void judge_obstacle(struct judgement *j, const char *path)
{
	const struct plan_op *op = protect_through(j->plan, path, true, true);
	if (op)
		decide(j, RIND_ACCESS_PROTECTED, path, op->rule);
}

/* Is path a directory that was made for a device in it, such as /dev/dri? */
static bool leads_to_device(const struct rind_plan *plan, const char *path)
{
	for (size_t i = 0; i < plan->op_count; i++)
		if (plan->ops[i].type == PLAN_DEVICE && path_is_within(plan->ops[i].path, path))
			return true;
	return false;
}

static void judge_dev(struct judgement *j, const struct plan_op *op, const char *path)
{
	if (!strcmp(path, op->path) || plan_dev_contains(path) || leads_to_device(j->plan, path))
		decide(j, op->access, path, op->rule);
	else
		decide(j, RIND_ACCESS_HIDDEN, path, op->rule);
}

static void judge_proc(struct judgement *j, const struct plan_op *op, const char *path)
{
	for (size_t i = 0; i < HOST_PROC_PARTS; i++) {
		const char *part = host_proc_parts[i];
		if (op->access != RIND_ACCESS_WRITABLE || !path_is_within(path, part))
			continue;
		decide(j, RIND_ACCESS_PROTECTED, part, "read-only part of /proc");
		return;
	}
	decide(j, op->access, op->path, op->rule);
}

/*
 * In /dev, /proc and hidden directories the sandbox does not have the host's files, so the rest of
 * the path is only text.  It may lead out again by "..", or into a root that is mounted there.
 */
static int judge_covered(struct judgement *j, const struct plan_op *op)
{
	struct resolve *walk = &j->walk;
	const char *path = path_join(j->arena, walk->path, walk->rest);

	if (!path)
		return -ENOMEM;
	if (!path_is_within(path, op->path))
		return resolve_start(walk, "/", path);
	if (most_specific_op(j->plan, path, NULL) != op)
		return 0;
	if (op->type == PLAN_DEV)
		judge_dev(j, op, path);
	else if (op->type == PLAN_PROC)
		judge_proc(j, op, path);
	else
		decide(j, op->access, op->path, op->rule);
	return 0;
}

/* At a component that exists. */
static int judge_component(struct judgement *j)
{
	const struct plan_op *op = most_specific_op(j->plan, j->walk.path, NULL);

	if (op->type == PLAN_DEV || op->type == PLAN_PROC || op->type == PLAN_HIDE ||
		op->type == PLAN_TMPFS)
		return judge_covered(j, op);
	/* A placeholder of another running sandbox counts as missing, as it does for init. */
	if (resolve_at_symlink(&j->walk))
		judge_mask(j, false);
	else if (j->walk.known && placeholder_found(AT_FDCWD, j->walk.path, &j->walk.stat))
		judge_mask(j, true);
	else if (j->walk.known && !S_ISDIR(j->walk.stat.st_mode))
		judge_obstacle(j, j->walk.path);
	return 0;
}

/* Is a root to be made at path or below it, so that it is not missing then? */
static bool is_made(const struct rind_plan *plan, const char *path)
{
	for (size_t i = 0; i < plan->op_count; i++)
		if (plan->ops[i].flags & PLAN_MAKE && path_is_within(plan->ops[i].path, path))
			return true;
	return false;
}

/* At the end of the walk. found: 0, or the -errno that ended it. */
static int judge_end(struct judgement *j, int found)
{
	bool missing = found == -ENOENT && !is_made(j->plan, j->walk.path);
	const char *path = path_join(j->arena, j->walk.path, j->walk.rest);
	const char *directory = path_join(j->arena, j->walk.path, "..");

	if (!path || !directory)
		return -ENOMEM;
	if (missing)
		judge_mask(j, true);
	else if (found == -EACCES)
		judge_obstacle(j, directory);
	if (j->decided)
		return 0;

	/* The command can look no further than we can; the plan still decides about the path. */
	const struct plan_op *op = most_specific_op(j->plan, path, missing ? j->walk.path : NULL);
	decide(j, op->access, op->path, op->rule);
	return 0;
}

static int judge(struct judgement *j, const char *path)
{
	int step = resolve_start(&j->walk, j->plan->directories[0], path);
	if (step < 0)
		return step;
	/* A relative path starts in a directory that may itself be in /dev or /proc. */
	int result = *path == '/' ? 0 : judge_component(j);

	while (!result && !j->decided) {
		step = resolve_next(&j->walk);
		if (step > 0)
			result = judge_component(j);
		else if (step == -ENAMETOOLONG || step == -ELOOP)
			result = step;
		else
			result = judge_end(j, step);
	}
	return result;
}

static void write_verdict(const struct judgement *j, char *buffer, struct rind_verdict *ret)
{
	size_t length = strnlen(j->path, PATH_MAX - 1);
	memcpy(buffer, j->path, length);
	buffer[length] = '\0';
	*ret = (struct rind_verdict){
		.access = j->access,
		.name = plan_access_name(j->access),
		.path = buffer,
		.rule = j->rule,
	};
}

int rind_plan_verdict(const struct rind_plan *plan, const char *path, char *buffer,
	struct rind_verdict *ret, struct rind_error *err)
{
	WITHOUT_CANCELLATION;
	__attribute__((cleanup(arena_free))) struct arena arena = {NULL};
	struct judgement j = {.plan = plan, .arena = &arena};

	int result = path_check(path, "explain", err);
	if (result < 0)
		return result;
	if (plan->op_count)
		result = judge(&j, path);
	else
		decide(&j, RIND_ACCESS_WRITABLE, path, "--mode full-access");
	if (result == -ENOMEM)
		return rind_error_no_memory(err);
	if (result < 0)
		return rind_error_set(err, result, "%s: %s", path, errno_text(-result));
	write_verdict(&j, buffer, ret);
	return 0;
}
