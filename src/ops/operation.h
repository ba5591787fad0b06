/*
 * The table of operations: what the executor, and whoever tells of its failures, know of each of the
 * types in plan/plan.h.
 *
 * Each type has a file here, which says all of it and ends with its row.  The executor (operations.c)
 * walks a plan's operations in their order, once for each of these:
 *
 *   prepare   supervisor   note what the executor needs for it; changes nothing
 *   gather    init         take hold of what is out of reach once the first operation has changed the tree
 *   apply     init
 *   finish    init         when all are applied: take away what was only needed for that
 *   check     init         then, by name, as the command will see it: is it what was asked for?
 *   inspect   init         when the command has ended: is it still there?
 */
#ifndef RIND_OPS_OPERATION_H
#define RIND_OPS_OPERATION_H

#include "sandbox/child.h"

/* Which of bubblewrap's sentences a failure is told with; see supervisor/bwrap_failure.c. */
enum operation_told {
	OPERATION_TOLD_NEVER, /* it is none of bubblewrap's */
	OPERATION_TOLD_AS_BIND,
	OPERATION_TOLD_AS_DATA,
	OPERATION_TOLD_AS_OVERLAY,
	OPERATION_TOLD_AS_MOUNT,
	OPERATION_TOLD_AS_REMOUNT,
	OPERATION_TOLD_AS_SYMLINK,
	OPERATION_TOLD_AS_CHMOD,
	OPERATION_TOLD_AS_DIRECTORY,
	OPERATION_TOLD_AS_FILE,
};

enum operation_state { OPERATION_IN_PLACE, OPERATION_REPLACED, OPERATION_UNKNOWN };

struct operation {
	const char *verb; /* for "cannot VERB PATH" */
	enum operation_told told;
	const char *file_system; /* the one that it mounts, for such a sentence; NULL: none */
	bool covers;             /* what was at its path before is not reached by that any more */

	void (*prepare)(const struct plan_op *op, struct frozen *frozen);
	int (*gather)(struct child *child, const struct plan_op *op);
	int (*apply)(struct child *child, const struct plan_op *op);
	int (*finish)(struct child *child, const struct plan_op *op);
	int (*check)(struct child *child, const struct plan_op *op);
	enum operation_state (*inspect)(struct child *child, const struct plan_op *op);

	/* Can something be written below its path, as far as the mounts go?  So Landlock allows it. */
	bool (*is_writable)(const struct plan_op *op);
	/*
	 * Which attributes the mounts at and below its path must have, if no later operation says
	 * otherwise; false: those that they had.
	 */
	bool (*attributes)(const struct child *child, const struct plan_op *op, uint64_t *ret);
};

/* A row; with one argument too few it does not compile. */
#define OPERATION(name, verb, told, file_system, covers, prepare, gather, apply, finish, check, \
	inspect, is_writable, attributes)                                                       \
	const struct operation name##_operation = {verb, told, file_system, covers, prepare,    \
		gather, apply, finish, check, inspect, is_writable, attributes}

#define X(NAME, name) extern const struct operation name##_operation;
PLAN_OPERATIONS(X)
#undef X

const struct operation *operation_of(const struct plan_op *op);

/* Does its path say the root of the sandbox, whatever links there are? */
bool operation_is_at_root(const struct plan_op *op);

/* What rows have in common. */

/* prepare: nothing; or that it cannot be in the host's own tree if that is what it covers. */
void operation_needs_nothing(const struct plan_op *op, struct frozen *frozen);
void operation_mounts(const struct plan_op *op, struct frozen *frozen);
/* gather: what it takes is still there when it is applied. */
int operation_gathers_nothing(struct child *child, const struct plan_op *op);
/* finish: nothing was. */
int operation_finishes_nothing(struct child *child, const struct plan_op *op);
/* check: apply has looked at the result itself. */
int operation_is_checked(struct child *child, const struct plan_op *op);
/* inspect: what would be there without it is no more than the command may have. */
enum operation_state operation_may_be_replaced(struct child *child, const struct plan_op *op);
/* is_writable, where that is the same for all of a type. */
bool operation_always_writable(const struct plan_op *op);
bool operation_never_writable(const struct plan_op *op);
/* attributes: nosuid and nodev; these and read-only; those that were there; whatever they are. */
bool operation_leaves_plain(const struct child *child, const struct plan_op *op, uint64_t *ret);
bool operation_leaves_read_only(const struct child *child, const struct plan_op *op, uint64_t *ret);
bool operation_leaves_attributes(
	const struct child *child, const struct plan_op *op, uint64_t *ret);
bool operation_leaves_any(const struct child *child, const struct plan_op *op, uint64_t *ret);

#endif
