/* CHMOD: changes the mode of the file at a path.  Runs in init, in a root that is built. */
#include "base/number.h"
#include "ops/operation.h"
#include "ops/target.h"

#include <string.h>

/*
 * Compare the nine permission bits only: the kernel clears the setgid bit for a caller who is not
 * in the file's group.
 */
static int check_mode(struct child *child, int fd, unsigned int perms)
{
	struct stat stat = {0};
	int error = sys_fstat(fd, &stat);
	if (error < 0)
		return child_noted(child, CALL_FSTAT, error);
	return (stat.st_mode & 0777) == (perms & 0777) ? 0 : child_wrong(child, NULL);
}

static int apply(struct child *child, const struct plan_op *op)
{
	char place[sizeof("self/fd/") + 10];
	_cleanup_close_ int target = target_open(child, op->path);
	if (target < 0)
		return target;
	/*
	 * fchmod(2) refuses an O_PATH descriptor, and the path could meanwhile lead to another
	 * file: so use the descriptor's link in /proc.
	 */
	number_format(stpcpy(place, "self/fd/"), (unsigned int)target);
	long error = sys_result(fchmodat(child->proc, place, op->perms, 0));
	return error < 0 ? child_noted(child, CALL_CHMOD, error)
			 : check_mode(child, target, op->perms);
}

static void prepare(const struct plan_op *op, struct frozen *frozen)
{
	(void)op;
	frozen->needs.writable_proc = true;
}

OPERATION(chmod, "change the mode of", BWRAP_SENTENCE_CHMOD, NULL, false, prepare,
	operation_gathers_nothing, apply, operation_finishes_nothing, operation_is_checked,
	operation_may_be_replaced, operation_never_writable, operation_leaves_attributes);
