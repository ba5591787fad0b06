/*
 * Which writable roots have another mode, owner or group than when the plan was made?
 *
 * A writable mount lets the owner of the directory at its root change these, and the command may be
 * the owner.  No filter can prevent it: the filter cannot see which file a call is about.  So
 * compare afterwards, and warn.
 *
 * Supervisor, with the caller's privileges; changes nothing.
 */
#include "base/sys.h"
#include "plan/plan.h"

#include <fcntl.h>

enum { MODE_BITS = 07777 };

/* Another file at the path by now is not the root that the command was given: ignore it. */
static bool is_altered(const struct plan_op *op, struct rind_altered *ret)
{
	const struct plan_identity *was = &op->expected;
	struct stat now;

	if (op->type != PLAN_WRITABLE ||
		sys_fstatat(AT_FDCWD, op->path, &now, AT_SYMLINK_NOFOLLOW) < 0 ||
		now.st_dev != was->device || now.st_ino != was->inode)
		return false;
	ret->before = (struct rind_attributes){was->mode & MODE_BITS, was->owner, was->group};
	ret->after = (struct rind_attributes){now.st_mode & MODE_BITS, now.st_uid, now.st_gid};
	return ret->before.mode != ret->after.mode || ret->before.uid != ret->after.uid ||
	       ret->before.gid != ret->after.gid;
}

size_t rind_plan_altered(const struct rind_plan *plan, struct rind_altered *ret, size_t capacity)
{
	struct rind_altered altered;
	size_t count = 0;

	for (size_t i = 0; i < plan->op_count; i++) {
		if (!is_altered(&plan->ops[i], &altered))
			continue;
		altered.step = i;
		if (count < capacity)
			ret[count] = altered;
		count++;
	}
	return count;
}
