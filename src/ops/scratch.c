/*
 * SCRATCH: a directory of the host, copy on write: an overlay whose upper layer is a tmpfs that
 * only this sandbox has.  Runs in init, where the root stays in place.
 *
 *   the host's directory, opened before the tree turns read-only: the lower layer
 *   a tmpfs on it, with the directories "upper" and "work"
 *   the overlay on that, so that no path leads to the tmpfs
 *
 * The layers are named by descriptors, so that no symlink can lead elsewhere.  In a user namespace
 * an overlay keeps what it notes of its files in attributes that a user may set ("userxattr").
 *
 * Where the supervisor is to take something from a scratch (PLAN_PUBLISH) it gets two descriptors:
 * of the directory as the command sees it, and of the upper layer, which has what was written.
 */
#include "base/number.h"
#include "mount/mount.h"
#include "mount/walk.h"
#include "ops/operation.h"
#include "ops/overmount.h"

#include <string.h>

static const char UPPER[] = "upper", WORK[] = "work";

static int gather(struct child *child, const struct plan_op *op)
{
	int fd = walk_open_expected(child, op);
	if (fd < 0)
		return fd;
	child->frozen->op_targets[child->op] = fd;
	return 0;
}

/* The upper layer's directory is what the overlay's root looks like. */
static int make_layers(struct child *child, const struct plan_op *op, int tree)
{
	long error = sys_result(mkdirat(tree, UPPER, op->perms));
	/* The caller's umask must not narrow the mode. */
	if (!error)
		error = sys_result(fchmodat(tree, UPPER, op->perms, 0));
	if (!error)
		error = sys_result(mkdirat(tree, WORK, 0700));
	return child_noted(child, CALL_MKDIR, error);
}

static char *add_descriptor(char *end, const char *option, int fd)
{
	end = stpcpy(stpcpy(end, option), "/proc/self/fd/");
	number_format(end, (unsigned int)fd);
	return end + strlen(end);
}

/* mount(2), as ops/overlay.c: fsconfig(2) takes descriptors for layers only in newer kernels. */
static int mount_overlay(struct child *child, int lower, int tree)
{
	enum { SIZE = 256 };
	char options[SIZE], place[sizeof("/proc/self/fd/") + NUMBER_SIZE];

	char *end = add_descriptor(options, "userxattr,lowerdir=", lower);
	end = stpcpy(stpcpy(add_descriptor(end, ",upperdir=", tree), "/"), UPPER);
	stpcpy(stpcpy(add_descriptor(end, ",workdir=", tree), "/"), WORK);
	add_descriptor(place, "", tree);
	return child_noted(child, CALL_MOUNT,
		sys_result(mount("overlay", place, "overlay", MS_NOSUID | MS_NODEV, options)));
}

/* No path leads to the upper layer, so keep a descriptor until it is given away. */
static int keep_upper(struct child *child, int tree)
{
	int upper = sys_openat(tree, UPPER, O_PATH | O_DIRECTORY | O_NOFOLLOW, 0);

	if (upper >= 0)
		child->frozen->op_trees[child->op] = upper;
	return child_noted(child, CALL_OPEN, upper < 0 ? upper : 0);
}

static int apply(struct child *child, const struct plan_op *op)
{
	int *lower = &child->frozen->op_targets[child->op];
	_cleanup_close_ int target = op->flags & PLAN_COVERED ? walk_make_target(child, op, true)
							      : walk_open_expected(child, op);
	if (target < 0)
		return target;
	_cleanup_close_ int tree = mount_new_tmpfs(child, "0700", op->size);
	int error = tree < 0 ? tree : mount_attach(child, tree, target);
	if (!error)
		error = make_layers(child, op, tree);
	if (!error)
		error = mount_overlay(child, *lower, tree);
	close_fd(lower);
	return error < 0 || !(op->flags & PLAN_PUBLISH) ? error : keep_upper(child, tree);
}

/* Give the supervisor a directory, which it reads when the command has ended. */
static int give(struct child *child, enum scratch_layer layer, int fd)
{
	struct message message = {.type = MESSAGE_SCRATCH};

	message.scratch.op = child->op;
	message.scratch.layer = layer;
	return child_noted(child, CALL_SENDMSG, message_send(child->frozen->socket, &message, fd));
}

/* The supervisor notes what is there before the command can change it. */
static int await_taken(struct child *child)
{
	struct message answer;
	int fd;

	int received = message_receive(child->frozen->socket, &answer, &fd, 0);
	if (received == 0 || (received > 0 && answer.type != MESSAGE_SCRATCH_TAKEN))
		received = -EPIPE;
	return child_noted(child, CALL_RECVMSG, received < 0 ? received : 0);
}

static int check(struct child *child, const struct plan_op *op)
{
	enum { OVERLAY_MAGIC = 0x794c7630 }; /* OVERLAYFS_SUPER_MAGIC */
	_cleanup_close_ int fd = walk_open(op->path);
	if (fd < 0)
		return child_noted(child, CALL_OPEN, fd);
	int error = overmount_check_new(child, op, fd, OVERLAY_MAGIC);
	if (error < 0 || !(op->flags & PLAN_PUBLISH))
		return error;
	_cleanup_close_ int upper = take_fd(&child->frozen->op_trees[child->op]);
	error = give(child, SCRATCH_MERGED, fd);
	if (!error)
		error = give(child, SCRATCH_UPPER, upper);
	return error < 0 ? error : await_taken(child);
}

/* inspect: without the mount the path is read-only, or what is around it. */
OPERATION(scratch, "make a scratch of", BWRAP_SENTENCE_NONE, "overlay", true,
	operation_needs_nothing, gather, apply, operation_finishes_nothing, check,
	operation_may_be_replaced, operation_always_writable, operation_leaves_plain);
