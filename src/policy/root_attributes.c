/*
 * Which writable roots are not any more as they were: a mount lets their owner, who may be the
 * command, change the mode of the directory that is its root, as it lets him write to it; and no
 * filter sees which file a call is about.  So it is found out afterwards, and told.
 *
 * Supervisor, with the caller's privileges; changes nothing.
 */
#include "base/sys.h"
#include "plan/plan.h"

#include <fcntl.h>

enum { MODE_BITS = 07777 };

/* Nothing is said of another file that is there by now: it is none that the command was given. */
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
