/*
 * SYMLINK: makes a symlink; it is no error if exactly this one exists.  Runs in init, in a root
 * that is built.
 */
#include "ops/operation.h"
#include "ops/target.h"

#include <string.h>

/* The path exists: no error if it is a symlink with the same text. */
static int compare_link(struct child *child, const struct plan_op *op, int parent, const char *name)
{
	static char text[PATH_MAX];
	long length = sys_result(readlinkat(parent, name, text, sizeof(text) - 1));
	if (length < 0)
		return child_noted(child, CALL_READLINK, length);
	text[length] = '\0';
	if (!strcmp(text, op->source))
		return 0;
	child->detail = text;
	return child_noted(child, CALL_SYMLINK, -EEXIST);
}

static int apply(struct child *child, const struct plan_op *op)
{
	const char *name;
	_cleanup_close_ int parent = target_make_parents(child, op, &name);
	if (parent < 0)
		return parent;

	child->stage = STAGE_ENTRY;
	long error = sys_result(symlinkat(op->source, parent, *name ? name : "."));
	if (error == -EEXIST)
		return compare_link(child, op, parent, *name ? name : ".");
	return child_noted(child, CALL_SYMLINK, error);
}

OPERATION(symlink, "make the symlink", BWRAP_SENTENCE_SYMLINK, NULL, false, operation_needs_nothing,
	operation_gathers_nothing, apply, operation_finishes_nothing, operation_is_checked,
	operation_may_be_replaced, operation_never_writable, operation_leaves_attributes);
