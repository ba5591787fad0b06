/*
 * The executor: applies a plan's operations in their order, and never sorts them.  In a built
 * root that order is the caller's; elsewhere policy/lower_mounts.c has made it.
 *
 * Runs in init, with its capabilities; operations_prepare() in the supervisor.
 */
#include "ops/operations.h"

#include "mount/classic/classic.h"
#include "mount/mount.h"
#include "ops/operation.h"

#include <string.h>

static const uint64_t PLAIN = MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV;

const struct operation *operation_of(const struct plan_op *op)
{
	static const struct operation *const operations[] = {
#define X(NAME, name) [PLAN_##NAME] = &name##_operation,
		PLAN_OPERATIONS(X)
#undef X
	};
	return operations[op->type];
}

bool operation_is_at_root(const struct plan_op *op)
{
	const char *path = op->path;

	/*
	 * Components of dots only, at most two: "." and "..", which in the root lead to the
	 * root.
	 */
	while (*path) {
		path += strspn(path, "/");
		size_t length = strcspn(path, "/");
		if (length > 2 || strspn(path, ".") < length)
			return false;
		path += length;
	}
	return true;
}

void operations_prepare(const struct rind_plan *plan, struct frozen *ret)
{
	for (size_t i = 0; i < plan->op_count; i++)
		operation_of(&plan->ops[i])->prepare(&plan->ops[i], ret);
}

/* --- what rows have in common ----------------------------------------------------------------- */

void operation_needs_nothing(const struct plan_op *op, struct frozen *frozen)
{
	(void)op, (void)frozen;
}

void operation_mounts(const struct plan_op *op, struct frozen *frozen)
{
	/*
	 * The first operation may be the bind of / on / that stands for the host's tree: see
	 * freeze_root.c.
	 */
	if (op != frozen->plan->ops && operation_is_at_root(op))
		frozen->needs.new_root = true;
}

int operation_gathers_nothing(struct child *child, const struct plan_op *op)
{
	(void)child, (void)op;
	return 0;
}

int operation_finishes_nothing(struct child *child, const struct plan_op *op)
{
	(void)child, (void)op;
	return 0;
}

int operation_is_checked(struct child *child, const struct plan_op *op)
{
	(void)child, (void)op;
	return 0;
}

enum operation_state operation_may_be_replaced(struct child *child, const struct plan_op *op)
{
	(void)child, (void)op;
	return OPERATION_IN_PLACE;
}

bool operation_always_writable(const struct plan_op *op)
{
	(void)op;
	return true;
}

bool operation_never_writable(const struct plan_op *op)
{
	(void)op;
	return false;
}

bool operation_leaves_plain(const struct child *child, const struct plan_op *op, uint64_t *ret)
{
	(void)child, (void)op;
	*ret = PLAIN;
	return true;
}

bool operation_leaves_read_only(const struct child *child, const struct plan_op *op, uint64_t *ret)
{
	(void)child, (void)op;
	*ret = PLAIN | MOUNT_ATTR_RDONLY;
	return true;
}

bool operation_leaves_attributes(const struct child *child, const struct plan_op *op, uint64_t *ret)
{
	(void)child, (void)op, (void)ret;
	return false;
}

bool operation_leaves_any(const struct child *child, const struct plan_op *op, uint64_t *ret)
{
	(void)child, (void)op;
	*ret = 0;
	return true;
}

/* --- the walks -------------------------------------------------------------------------------- */

typedef int step(struct child *child, const struct plan_op *op);

static step *gather_of(const struct operation *operation)
{
	return operation->gather;
}

static step *apply_of(const struct operation *operation)
{
	return operation->apply;
}

static step *finish_of(const struct operation *operation)
{
	return operation->finish;
}

static step *check_of(const struct operation *operation)
{
	return operation->check;
}

/* Call one function of each operation, except of those that are not needed (CHILD_NOT_NEEDED). */
static int walk(struct child *child, step *(*step_of)(const struct operation *))
{
	const struct rind_plan *plan = child->plan;
	const enum stage stage = child->stage;
	int error = 0;

	for (size_t i = 0; !error && i < plan->op_count; i++) {
		if (child->frozen->op_trees[i] == CHILD_NOT_NEEDED)
			continue;
		child->op = (uint32_t)i;
		/* The operation before may have set a stage and a detail of its own. */
		child->stage = stage;
		child->detail = NULL;
		error = step_of(operation_of(&plan->ops[i]))(child, &plan->ops[i]);
	}
	return error;
}

int operations_gather(struct child *child)
{
	/* For a built root root.c makes the shelf. */
	if (child->plan->root == PLAN_ROOT_IN_PLACE && !child->frozen->support.mount_calls) {
		int error = classic_begin(child, MS_PRIVATE);
		if (error < 0)
			return error;
	}
	return walk(child, gather_of);
}

int operations_apply(struct child *child)
{
	int error = walk(child, apply_of);
	return error < 0 ? error : walk(child, finish_of);
}

static bool ask_operation(const struct child *child, const struct plan_op *op, uint64_t *ret)
{
	return operation_of(op)->attributes(child, op, ret);
}

int operations_check(struct child *child)
{
	int error = walk(child, check_of);
	if (error < 0 || !mount_is_classic(child))
		return error;
	error = classic_finish(child);
	return error < 0 ? error : classic_check(child, ask_operation);
}

void operations_inspect(struct child *child, struct replaced *ret)
{
	const struct rind_plan *plan = child->plan;

	for (size_t i = 0; i < plan->op_count; i++) {
		if (child->frozen->op_trees[i] == CHILD_NOT_NEEDED)
			continue;
		enum operation_state state =
			operation_of(&plan->ops[i])->inspect(child, &plan->ops[i]);
		if (state == OPERATION_IN_PLACE)
			continue;
		if (ret->count < RIND_REPLACED_NAMED) {
			ret->ops[ret->count].op = (uint32_t)i;
			ret->ops[ret->count].unknown = state == OPERATION_UNKNOWN;
		}
		ret->count++;
	}
}
