/*
 * TMPFS: mounts a new tmpfs, which only this sandbox has.  Runs in init.
 *
 * Where the root stays in place it covers a directory of the host's.  Until all operations are
 * applied its mode is 0111, as that of a hidden directory which has to be passed (hide.c).  By
 * this mode walk.c tells it from the host's directories: it makes mountpoints for roots below in
 * such a directory only.
 */
#include "base/path.h"
#include "mount/mount.h"
#include "mount/walk.h"
#include "ops/inspect.h"
#include "ops/operation.h"
#include "ops/overmount.h"
#include "ops/root.h"
#include "ops/target.h"

#include <linux/magic.h>
#include <string.h>

/* --- where the root stays in place ------------------------------------------------------------ */

static int apply_in_place(struct child *child, const struct plan_op *op)
{
	_cleanup_close_ int target = op->flags & PLAN_COVERED ? walk_make_target(child, op, true)
							      : walk_open_expected(child, op);
	if (target < 0)
		return target;
	_cleanup_close_ int tree = mount_new_tmpfs(child, "0111", op->size);
	if (tree < 0)
		return tree;
	int error = mount_attach(child, tree, target);
	if (error < 0)
		return error;
	child->frozen->op_trees[child->op] = take_fd(&tree);
	return 0;
}

/* By descriptor: processes of the host can make a path lead to another directory meanwhile. */
static int set_mode(struct child *child, int directory, mode_t mode)
{
	return child_noted(child, CALL_CHMOD, sys_result(fchmodat(directory, ".", mode, 0)));
}

/* 1 if it is a directory of the tmpfs itself, 0 if something is mounted there, or -errno. */
static int is_own(struct child *child, int fd, dev_t device)
{
	struct stat stat;
	int error = sys_fstat(fd, &stat);
	if (error < 0)
		return child_noted(child, CALL_FSTAT, error);
	return stat.st_dev == device && S_ISDIR(stat.st_mode);
}

/* Make the directories listable that walk.c has made on the way to a mount below. */
static int open_way(struct child *child, int tree, const char *rest, dev_t device)
{
	char name[NAME_MAX + 1];
	_cleanup_close_ int at = -1;

	while (path_take_component(&rest, name) && *rest) {
		int next = sys_openat(at < 0 ? tree : at, name, O_PATH | O_NOFOLLOW, 0);
		close_fd(&at);
		at = next;
		if (at < 0)
			return child_noted(child, CALL_OPEN, at);
		int own = is_own(child, at, device);
		int error = own > 0 ? set_mode(child, at, 0755) : own;
		if (own <= 0 || error < 0)
			return error;
	}
	return 0;
}

static bool is_below(const char *path, const char *directory)
{
	size_t length = strlen(directory);
	return !strncmp(path, directory, length) && path[length] == '/';
}

static int finish(struct child *child, const struct plan_op *op)
{
	const struct rind_plan *plan = child->plan;
	const size_t length = strlen(op->path);
	struct stat stat;

	if (plan->root == PLAN_ROOT_BUILT)
		return 0;
	_cleanup_close_ int tree = take_fd(&child->frozen->op_trees[child->op]);
	int error = sys_fstat(tree, &stat);
	if (error < 0)
		return child_noted(child, CALL_FSTAT, error);
	for (size_t i = 0; !error && i < plan->op_count; i++) {
		const struct plan_op *below = &plan->ops[i];
		if (below->flags & PLAN_COVERED && is_below(below->path, op->path))
			error = open_way(child, tree, below->path + length, stat.st_dev);
	}
	return error < 0 ? error : set_mode(child, tree, op->perms);
}

static int check(struct child *child, const struct plan_op *op)
{
	struct stat stat = {0};

	if (child->plan->root == PLAN_ROOT_BUILT)
		return 0;
	_cleanup_close_ int fd = walk_open(op->path);
	if (fd < 0)
		return child_noted(child, CALL_OPEN, fd);
	int error = overmount_check_new(child, op, fd, TMPFS_MAGIC);
	if (!error)
		error = child_noted(child, CALL_FSTAT, sys_fstat(fd, &stat));
	if (error < 0)
		return error;
	return (stat.st_mode & 07777) == op->perms ? 0 : child_wrong(child, NULL);
}

/* Without the mount the command sees what the host has there. */
static enum operation_state inspect(struct child *child, const struct plan_op *op)
{
	if (child->plan->root == PLAN_ROOT_BUILT)
		return OPERATION_IN_PLACE;
	_cleanup_close_ int fd = walk_open(op->path);
	return fd < 0 ? inspect_error(fd) : inspect_mount(child, fd);
}

/* --- in a root that is built ------------------------------------------------------------------ */

static int apply_built(struct child *child, const struct plan_op *op)
{
	_cleanup_close_ int target = target_make(child, op, true);
	if (target < 0)
		return target;
	_cleanup_close_ int tree = mount_new_tmpfs(child, op->mode, op->size);
	if (tree < 0)
		return tree;
	return root_attach(child, op, &tree, target);
}

static int apply(struct child *child, const struct plan_op *op)
{
	return child->plan->root == PLAN_ROOT_BUILT ? apply_built(child, op)
						    : apply_in_place(child, op);
}

OPERATION(tmpfs, "mount a tmpfs on", BWRAP_SENTENCE_MOUNT, "tmpfs", true, operation_mounts,
	operation_gathers_nothing, apply, finish, check, inspect, operation_always_writable,
	operation_leaves_plain);
