/*
 * The table of operations: one row for each type in plan/plan.h.  The executor uses it, and the
 * supervisor when it reports a failure.
 *
 * Each type has a file in this folder, with its functions and, at the end, its row.  The executor
 * (operations.c) goes through a plan's operations in their order, once for each of these
 * functions:
 *
 *   prepare   supervisor   notes what the executor has to provide (frozen_needs); changes nothing
 *   gather    init         takes descriptors that cannot be had once the first operation is applied
 *   apply     init         does it
 *   finish    init         after all are applied: removes what was only needed in between
 *   check     init         then, by name, as the command will see it: is the result as planned?
 *   inspect   init         after the command has ended: is the result still there?
 */
#ifndef RIND_OPS_OPERATION_H
#define RIND_OPS_OPERATION_H

#include "sandbox/child.h"

/*
 * Which of bubblewrap's sentences reports a failure of the operation: supervisor/bwrap_failure.c.
 */
enum bwrap_sentence {
	BWRAP_SENTENCE_NONE, /* not an operation of bubblewrap's */
	BWRAP_SENTENCE_BIND,
	BWRAP_SENTENCE_DATA,
	BWRAP_SENTENCE_OVERLAY,
	BWRAP_SENTENCE_MOUNT,
	BWRAP_SENTENCE_REMOUNT,
	BWRAP_SENTENCE_SYMLINK,
	BWRAP_SENTENCE_CHMOD,
	BWRAP_SENTENCE_DIRECTORY,
	BWRAP_SENTENCE_FILE,
};

enum operation_state { OPERATION_IN_PLACE, OPERATION_REPLACED, OPERATION_UNKNOWN };

struct operation {
	const char *verb; /* for "cannot VERB PATH" */
	enum bwrap_sentence sentence;
	const char *file_system; /* the type that it mounts, named in such a sentence; NULL: none */
	bool covers;             /* its path no longer leads to what was there before */

	void (*prepare)(const struct plan_op *op, struct frozen *frozen);
	int (*gather)(struct child *child, const struct plan_op *op);
	int (*apply)(struct child *child, const struct plan_op *op);
	int (*finish)(struct child *child, const struct plan_op *op);
	int (*check)(struct child *child, const struct plan_op *op);
	enum operation_state (*inspect)(struct child *child, const struct plan_op *op);

	/*
	 * Do the mounts let the command write below its path?  Then Landlock has to allow it as
	 * well.
	 */
	bool (*is_writable)(const struct plan_op *op);
	/*
	 * For the check of the classic backend: true, with the attributes in *ret that mounts at
	 * and below its path must have, unless a later operation changes them; false: it leaves
	 * them as they were.
	 */
	bool (*attributes)(const struct child *child, const struct plan_op *op, uint64_t *ret);
};

/* A row.  A missing argument is a compile error. */
#define OPERATION(name, verb, sentence, file_system, covers, prepare, gather, apply, finish,     \
	check, inspect, is_writable, attributes)                                                 \
	const struct operation name##_operation = {verb, sentence, file_system, covers, prepare, \
		gather, apply, finish, check, inspect, is_writable, attributes}

#define X(NAME, name) extern const struct operation name##_operation;
PLAN_OPERATIONS(X)
#undef X

const struct operation *operation_of(const struct plan_op *op);

/*
 * Does its path name the root of the sandbox, for any symlinks: is it made of "/", "." and ".."
 * only?
 */
bool operation_is_at_root(const struct plan_op *op);

/* Functions that several rows share. */

/* prepare: nothing is needed; or: it mounts, and a mount on / itself needs a new root. */
void operation_needs_nothing(const struct plan_op *op, struct frozen *frozen);
void operation_mounts(const struct plan_op *op, struct frozen *frozen);
/* gather: nothing; what apply needs is still there by then. */
int operation_gathers_nothing(struct child *child, const struct plan_op *op);
/* finish: nothing to remove. */
int operation_finishes_nothing(struct child *child, const struct plan_op *op);
/* check: nothing; apply has checked the result itself. */
int operation_is_checked(struct child *child, const struct plan_op *op);
/* inspect: nothing; without the mount the command could do no more than with it. */
enum operation_state operation_may_be_replaced(struct child *child, const struct plan_op *op);
/* is_writable, for types where the flags make no difference. */
bool operation_always_writable(const struct plan_op *op);
bool operation_never_writable(const struct plan_op *op);
/* attributes: nosuid and nodev; the same and read-only; those that were there; any. */
bool operation_leaves_plain(const struct child *child, const struct plan_op *op, uint64_t *ret);
bool operation_leaves_read_only(const struct child *child, const struct plan_op *op, uint64_t *ret);
bool operation_leaves_attributes(
	const struct child *child, const struct plan_op *op, uint64_t *ret);
bool operation_leaves_any(const struct child *child, const struct plan_op *op, uint64_t *ret);

#endif
