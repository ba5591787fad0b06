/*
 * BIND: mounts a source of the host, with all its submounts, on a path.  Runs in init, with its
 * capabilities.
 *
 * Attributes are only added, recursively: what the host has mounted with noexec or nosymfollow
 * stays so.  A source is always looked up in the host's own tree, even after earlier operations
 * have mounted something over it: see root.c.
 */
#include "ops/bind.h"

#include "base/number.h"
#include "mount/mount.h"
#include "ops/operation.h"
#include "ops/root.h"
#include "ops/target.h"

#include <string.h>

static uint64_t bind_attributes(const struct plan_op *op)
{
	return MOUNT_ATTR_NOSUID | (op->flags & PLAN_DEVICES ? 0 : MOUNT_ATTR_NODEV) |
	       (op->flags & PLAN_READ_ONLY ? MOUNT_ATTR_RDONLY : 0);
}

/* --- sources ---------------------------------------------------------------------------------- */

static int compare_files(struct child *child, int a, int b)
{
	struct stat first = {0}, second = {0};

	int error = sys_fstat(a, &first);
	if (!error)
		error = sys_fstat(b, &second);
	if (error)
		return child_noted(child, CALL_FSTAT, error);
	if (first.st_dev == second.st_dev && first.st_ino == second.st_ino)
		return 0;
	child->stage = STAGE_RACE;
	return -ESTALE;
}

/*
 * A link in /proc (/proc/PID/fd/N, …) may lead to a file on a mount of another mount namespace,
 * which the kernel does not clone (EINVAL).  So read the file's name, clone what is at that name
 * here, and check that it is the same file.
 */
static int clone_by_name(struct child *child, const char *source)
{
	char name[PATH_MAX];
	_cleanup_close_ int file = sys_openat(AT_FDCWD, source, O_PATH, 0);
	if (file < 0)
		return child_noted(child, CALL_OPEN, file);

	char link[sizeof("/proc/self/fd/") + 10];
	number_format(stpcpy(link, "/proc/self/fd/"), (unsigned int)file);
	long length = sys_result(readlinkat(AT_FDCWD, link, name, sizeof(name) - 1));
	if (length < 0)
		return child_noted(child, CALL_OPEN, length);
	name[length] = '\0';
	if (*name != '/')
		return child_noted(child, CALL_OPEN, -ENOENT); /* a pipe, or unmounted */

	_cleanup_close_ int tree = mount_clone(child, AT_FDCWD, name, AT_RECURSIVE);
	if (tree < 0)
		return tree;
	int error = compare_files(child, file, tree);
	return error < 0 ? error : take_fd(&tree);
}

static int clone_file(struct child *child, const char *source)
{
	int tree = mount_clone(child, AT_FDCWD, source, AT_RECURSIVE);
	return tree == -EINVAL ? clone_by_name(child, source) : tree;
}

int bind_clone_source(struct child *child, const struct plan_op *op)
{
	_cleanup_close_ int tree = clone_file(child, op->source);
	if (tree < 0)
		return tree;
	int error = mount_add_attributes(child, tree, AT_RECURSIVE, bind_attributes(op));
	return error < 0 ? error : take_fd(&tree);
}

/* Only a source with a name can be missing; an empty path is the caller's mistake and fails. */
static bool may_be_missing(const struct plan_op *op)
{
	return op->flags & PLAN_IF_PRESENT && *op->source;
}

static int leave_out(struct child *child)
{
	child->frozen->op_trees[child->op] = CHILD_NOT_NEEDED;
	return 0;
}

/* Does the source exist?  In a new root, check all sources before any is mounted. */
static int find_source(struct child *child, const struct plan_op *op)
{
	/* O_PATH: opening a FIFO or an automount point for reading could block. */
	_cleanup_close_ int fd = sys_openat(AT_FDCWD, op->source, O_PATH, 0);
	if (fd == -ENOENT && may_be_missing(op))
		return leave_out(child);
	return fd < 0 ? child_noted(child, CALL_FSTAT, fd) : 0;
}

int bind_gather(struct child *child, const struct plan_op *op)
{
	if (!child->frozen->root.in_place)
		return find_source(child, op);
	if (child->op == 0)
		return 0; /* the host's tree: see take_tree_in_place() */
	int tree = bind_clone_source(child, op);
	if (tree == -ENOENT && may_be_missing(op))
		return leave_out(child);
	if (tree < 0)
		return tree;
	child->frozen->op_trees[child->op] = tree;
	return 0;
}

/*
 * The first operation binds / on / and the root stays in place: init's own copy of the host's
 * tree takes the place of a clone.
 */
static int take_tree_in_place(struct child *child, const struct plan_op *op)
{
	return mount_add_attributes(child, child->root.fd, AT_RECURSIVE, bind_attributes(op));
}

static int apply(struct child *child, const struct plan_op *op)
{
	_cleanup_close_ int tree = take_fd(&child->frozen->op_trees[child->op]);

	if (child->frozen->root.in_place && child->op == 0)
		return take_tree_in_place(child, op);
	if (tree == -1) {
		/*
		 * The source exists (find_source()), but it may be a link in /proc to a file that
		 * cannot be mounted.
		 */
		child->stage = STAGE_SOURCE;
		tree = bind_clone_source(child, op);
	}
	if (tree < 0)
		return tree;
	child->stage = STAGE_ENTRY;
	int directory = sys_is_directory(tree);
	if (directory < 0)
		return child_noted(child, CALL_FSTAT, directory);
	_cleanup_close_ int target = target_make(child, op, directory);
	if (target < 0)
		return target;
	return root_attach(child, op, &tree, target);
}

static void prepare(const struct plan_op *op, struct frozen *frozen)
{
	operation_mounts(op, frozen);
	frozen->needs.relative_sources |= op->fd < 0 && *op->source != '/';
}

static bool is_writable(const struct plan_op *op)
{
	return !(op->flags & PLAN_READ_ONLY);
}

OPERATION(bind, "bind on", BWRAP_SENTENCE_BIND, NULL, true, prepare, bind_gather, apply,
	operation_finishes_nothing, operation_is_checked, operation_may_be_replaced, is_writable,
	operation_leaves_any);
