/*
 * DATA: a file of this sandbox alone, filled from a descriptor: it is made in the scratch tmpfs
 * and bound on the path.  Runs in init, in a new root.
 */
#include "base/number.h"
#include "mount/mount.h"
#include "ops/contents.h"
#include "ops/operation.h"
#include "ops/root.h"
#include "ops/target.h"

#include <string.h>

/* Bind a file of the scratch on the path and unlink it: afterwards only the bind leads to it. */
static int bind_data(struct child *child, const struct plan_op *op, const char *place)
{
	uint64_t attributes = MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV;

	child->stage = STAGE_ENTRY;
	if (op->flags & PLAN_READ_ONLY)
		attributes |= MOUNT_ATTR_RDONLY;
	_cleanup_close_ int tree = mount_clone(child, child->root.scratch, place, 0);
	if (tree < 0)
		return tree;
	int error = mount_add_attributes(child, tree, 0, attributes);
	if (error < 0)
		return error;
	_cleanup_close_ int target = target_make(child, op, false);
	if (target < 0)
		return target;
	error = root_attach(child, op, &tree, target);
	/* Unlink last: the kernel attaches no mount of a file that has been unlinked. */
	if (!error)
		error = child_noted(
			child, CALL_UNLINK, sys_result(unlinkat(child->root.scratch, place, 0)));
	return error;
}

static int apply(struct child *child, const struct plan_op *op)
{
	char place[sizeof("data-") + 10];
	number_format(stpcpy(place, "data-"), child->op);

	child->stage = STAGE_DATA;
	_cleanup_close_ int file =
		sys_openat(child->root.scratch, place, O_CREAT | O_EXCL | O_RDWR, op->perms);
	if (file < 0)
		return child_noted(child, CALL_OPEN, file);
	int error = contents_fill(child, op, &file);
	return error < 0 ? error : bind_data(child, op, place);
}

static void prepare(const struct plan_op *op, struct frozen *frozen)
{
	operation_mounts(op, frozen);
	/* The scratch cannot be hidden anywhere in the host's own tree. */
	frozen->needs.scratch = frozen->needs.new_root = true;
}

OPERATION(data, "bind data on", BWRAP_SENTENCE_DATA, NULL, true, prepare, operation_gathers_nothing,
	apply, operation_finishes_nothing, operation_is_checked, operation_may_be_replaced,
	operation_always_writable, operation_leaves_any);
