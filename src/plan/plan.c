/* A plan as data: adding operations, naming them, showing them.  Supervisor only. */
#include "plan/plan.h"

#include "base/path.h"
#include "plan/host_paths.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/stat.h>

struct rind_plan *plan_new(enum plan_face face)
{
	struct rind_plan *plan = calloc(1, sizeof(*plan));
	if (!plan)
		return NULL;
	plan->face = face;
	plan->users.second = -1;
	plan->status_fds[0] = plan->status_fds[1] = -1;
	plan->filter_fd = plan->block_fd = plan->sync_fd = -1;
	return plan;
}

bool plan_has_init(const struct rind_plan *plan, bool has_pidfds)
{
	if (plan->as_pid_1)
		return false;
	/* Without a pid namespace, somebody still has to hold what lasts as long as the sandbox. */
	if (plan->namespaces & PLAN_NS_PID || plan->lock_count || plan->sync_fd >= 0)
		return true;
	/* Without pidfds only init's socket can say that the command has ended. */
	return !plan->namespaces && !has_pidfds;
}

struct plan_op *plan_add_op(struct rind_plan *plan, enum plan_op_type type, const char *path)
{
	struct plan_op *ops = arena_grow(&plan->arena, plan->ops, plan->op_count, sizeof(*ops));
	const char *copy = arena_strdup(&plan->arena, path);
	if (!ops || !copy)
		return NULL;
	plan->ops = ops;

	struct plan_op *op = &plan->ops[plan->op_count];
	*op = (struct plan_op){
		.type = type,
		.path = copy,
		.rule = "",
		.fd = -1,
		.first_reader = plan->op_count++,
	};
	return op;
}

bool plan_dev_contains(const char *path)
{
	static const char *const entries[] = {
		"/dev/ptmx",
		"/dev/pts",
		"/dev/shm",
		"/dev/fd",
		"/dev/stdin",
		"/dev/stdout",
		"/dev/stderr",
	};
	for (size_t i = 0; i < HOST_DEV_NODES; i++)
		if (path_is_within(path, host_dev_nodes[i]))
			return true;
	for (size_t i = 0; i < sizeof(entries) / sizeof(*entries); i++)
		if (path_is_within(path, entries[i]))
			return true;
	return false;
}

const char *plan_op_name(const struct plan_op *op)
{
	static const char *const names[] = {
#define X(NAME, name) [PLAN_##NAME] = #name,
		PLAN_OPERATIONS(X)
#undef X
	};
	if (op->type == PLAN_TREE)
		return op->access == RIND_ACCESS_WRITABLE ? "writable" : "read-only";
	return names[op->type];
}

const char *plan_access_name(enum rind_access access)
{
	static const char *const names[] = {
		[RIND_ACCESS_READABLE] = "readable",
		[RIND_ACCESS_WRITABLE] = "writable",
		[RIND_ACCESS_PROTECTED] = "protected",
		[RIND_ACCESS_MASKED] = "masked",
		[RIND_ACCESS_HIDDEN] = "hidden",
	};
	return access < sizeof(names) / sizeof(*names) ? names[access] : "unknown";
}

/* A mount stands in for one name of a file, and the other names lead to it. */
static const char *note_of(const struct plan_op *op)
{
	if (op->type == PLAN_HIDE && !S_ISDIR(op->expected.mode) && op->expected.links > 1)
		return "has other names (hard links), by which it can be read: hide these as well; "
		       "find / -samefile PATH lists them";
	return NULL;
}

size_t rind_plan_count(const struct rind_plan *plan)
{
	return plan->op_count;
}

int rind_plan_step(const struct rind_plan *plan, size_t index, struct rind_step *ret)
{
	if (index >= plan->op_count)
		return -ERANGE;

	const struct plan_op *op = &plan->ops[index];
	*ret = (struct rind_step){
		.operation = plan_op_name(op),
		.path = op->path,
		.access = plan_access_name(op->access),
		.rule = op->rule,
		.note = note_of(op),
	};
	return 0;
}

void rind_plan_free(struct rind_plan *plan)
{
	if (!plan)
		return;
	arena_free(&plan->arena);
	free(plan);
}
