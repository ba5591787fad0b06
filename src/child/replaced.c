/*
 * Child side: the last look at protected and hidden paths, when the command has ended.
 *
 * The kernel takes a mount away when its mountpoint is unlinked, or another file renamed over it, from
 * another mount namespace; and a mountpoint that is renamed there takes its mount along.  So whoever
 * replaces a protected file on the host, as editors and git do, leaves one in its place that the
 * command can write to.  Nothing can prevent that from in here: it is found out, and told.
 *
 * Runs in init, without capabilities, in the mount namespace that the command had: what the command
 * has left running cannot put a mount there.  It can at most make a directory on the way
 * unsearchable, which is told as well.
 */
#include "sandbox/child.h"
#include "mount/classic/classic.h"
#include "mount/mount.h"

enum verdict { IN_PLACE, REPLACED, UNKNOWN };

static enum verdict judge_mount(struct child *child, int fd)
{
	int result = child->frozen->support.mount_root ? sys_is_mount_root(fd)
						       : classic_is_mount_root(child, fd);
	if (result < 0)
		return UNKNOWN;
	return result ? IN_PLACE : REPLACED;
}

/* Why a path, that could be opened when the sandbox started, cannot be now. */
static enum verdict judge_error(int error)
{
	switch (error) {
	case -ENOENT:
	case -ENOTDIR:
	case -ELOOP:
		return REPLACED;
	default:
		return UNKNOWN;
	}
}

/*
 * The way ends before the path.  At a file or a mask: has that been mounted by us?  At a directory it
 * ends because that cannot be searched.  One that could not be at the start was made read-only then;
 * one that is writable is a pin or a root, which the command has closed since.
 */
static enum verdict judge_blocked(struct child *child, const struct walk_result *found)
{
	uint64_t attributes = 0;

	if (!S_ISDIR(found->stat.st_mode))
		return judge_mount(child, found->fd);
	if (mount_read_attributes(child, found->fd, &attributes) < 0 ||
		!(attributes & MOUNT_ATTR_RDONLY))
		return UNKNOWN;
	return judge_mount(child, found->fd);
}

/* A placeholder without its mask, somebody's file that looks like one and is bound over itself, or
   nothing. */
static enum verdict judge_missing(struct child *child, const struct walk_result *missing)
{
	_cleanup_close_ int fd = sys_openat(missing->fd, missing->name, O_PATH | O_NOFOLLOW, 0);
	return fd < 0 ? judge_error(fd) : judge_mount(child, fd);
}

static enum verdict judge_protected(struct child *child, const struct plan_op *op)
{
	struct walk_result found;
	int error = walk_operation(child, op, &found);
	if (error < 0)
		return judge_error(error);
	_cleanup_close_ int fd = found.fd;

	switch (found.found) {
	case WALK_PRESENT:
		return judge_mount(child, fd);
	case WALK_BLOCKED:
		return judge_blocked(child, &found);
	case WALK_MISSING:
		return judge_missing(child, &found);
	case WALK_SYMLINK:
		return REPLACED; /* a mask would have stood on it */
	}
	return UNKNOWN;
}

static enum verdict judge_hidden(struct child *child, const struct plan_op *op)
{
	_cleanup_close_ int fd = walk_open(op->path);
	return fd < 0 ? judge_error(fd) : judge_mount(child, fd);
}

static enum verdict judge(struct child *child, size_t op)
{
	const struct plan_op *operation = &child->frozen->ops[op];

	switch (operation->type) {
	case PLAN_PROTECT:
		/* Missing, and allowed to be. */
		if (child->frozen->op_trees[op] == CHILD_NOT_NEEDED)
			return IN_PLACE;
		return judge_protected(child, operation);
	case PLAN_HIDE:
		return judge_hidden(child, operation);
	case PLAN_PIN: /* matters for what it leads to, which has an operation of its own */
	case PLAN_TREE:
	case PLAN_DEV:
	case PLAN_PROGRAM:
	case PLAN_WRITABLE: /* what is there without the mount is read-only */
	case PLAN_PROC:
		return IN_PLACE;
	}
	return UNKNOWN;
}

void replaced_collect(struct child *child, struct replaced *ret)
{
	for (size_t i = 0; i < child->frozen->op_count; i++) {
		enum verdict verdict = judge(child, i);
		if (verdict == IN_PLACE)
			continue;
		if (ret->count < RIND_REPLACED_NAMED) {
			ret->ops[ret->count].op = (uint32_t)i;
			ret->ops[ret->count].unknown = verdict == UNKNOWN;
		}
		ret->count++;
	}
}
