/*
 * Child side: the operations of a layout, one after the other.
 *
 *   operation   what is mounted                  attributes added        made where nothing is
 *   ---------   ---------------                  ----------------        ---------------------
 *   BIND        a clone of the source            nosuid, nodev unless    a directory 0755, a file
 * 0444 devices, rdonly if so DATA        a file of the scratch            the same                a
 * file 0444 OVERLAY     overlay                          -                       a directory 0755
 *   PROC        proc, or a clone of the host's   nosuid nodev (noexec)   a directory 0755
 *   DEV         tmpfs, the host's nodes, devpts  nosuid                  a directory 0755
 *   TMPFS       tmpfs                            nosuid nodev            a directory 0755
 *   MQUEUE      mqueue                           -                       a directory 0755
 *   REMOUNT     -                                rdonly nosuid nodev     -
 *
 * Attributes are only ever added, recursively: what the host has mounted with noexec or nosymfollow
 * stays so.  A source always means the host's own tree, whatever has been done before: see
 * layout_root.c.
 */
#include "ops/layout.h"
#include "mount/mount.h"

#include <string.h>

/* A source that may be missing is. */
enum { NOT_THERE = 1 };

static uint64_t bind_attributes(const struct layout_op *op)
{
	return MOUNT_ATTR_NOSUID | (op->flags & LAYOUT_DEVICES ? 0 : MOUNT_ATTR_NODEV) |
	       (op->flags & LAYOUT_READ_ONLY ? MOUNT_ATTR_RDONLY : 0);
}

/* --- sources -----------------------------------------------------------------------------------
 */

static int compare_files(struct child *child, int a, int b)
{
	struct stat first = {0}, second = {0};

	int error = sys_fstat(a, &first);
	if (!error)
		error = sys_fstat(b, &second);
	if (error)
		return (int)child_noted(child, CALL_FSTAT, error);
	if (first.st_dev == second.st_dev && first.st_ino == second.st_ino)
		return 0;
	child->stage = STAGE_RACE;
	return -ESTALE;
}

/*
 * A link in /proc leads to a file as another mount namespace has it mounted, which cannot be bound.
 * So find the same file by its name, and see that it is the same.
 */
static int clone_by_name(struct child *child, const char *source)
{
	char name[PATH_MAX];
	_cleanup_close_ int file = sys_openat(AT_FDCWD, source, O_PATH, 0);
	if (file < 0)
		return (int)child_noted(child, CALL_OPEN, file);

	char link[sizeof("/proc/self/fd/") + 10];
	layout_format_number(link, "/proc/self/fd/", (unsigned int)file);
	long length = sys_result(readlinkat(AT_FDCWD, link, name, sizeof(name) - 1));
	if (length < 0)
		return (int)child_noted(child, CALL_OPEN, length);
	name[length] = '\0';
	if (*name != '/')
		return (int)child_noted(child, CALL_OPEN, -ENOENT); /* a pipe, or unmounted */

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

int layout_clone_source(struct child *child, const struct layout_op *op)
{
	_cleanup_close_ int tree = clone_file(child, op->source);
	if (tree < 0)
		return tree;
	int error = mount_add_attributes(child, tree, AT_RECURSIVE, bind_attributes(op));
	return error < 0 ? error : take_fd(&tree);
}

/* An empty path is no missing file, but a mistake. */
static bool may_be_missing(const struct layout_op *op)
{
	return op->flags & LAYOUT_TRY && *op->source;
}

/* Does the source exist?  All sources are checked before any is mounted. */
static int find_source(struct child *child, const struct layout_op *op)
{
	/* Opened as a path, which waits for no server. */
	_cleanup_close_ int fd = sys_openat(AT_FDCWD, op->source, O_PATH, 0);
	if (fd == -ENOENT && may_be_missing(op))
		return NOT_THERE;
	return fd < 0 ? (int)child_noted(child, CALL_FSTAT, fd) : 0;
}

static int gather_bind(struct child *child, const struct layout_op *op)
{
	if (!child->frozen->in_place)
		return find_source(child, op);
	if (child->op == 0)
		return 0; /* the tree itself */
	int tree = layout_clone_source(child, op);
	if (tree == -ENOENT && may_be_missing(op))
		return NOT_THERE;
	if (tree < 0)
		return tree;
	child->frozen->op_trees[child->op] = tree;
	return 0;
}

static int gather_operation(struct child *child, const struct layout_op *op)
{
	child->stage = STAGE_SOURCE;
	switch (op->type) {
	case LAYOUT_BIND:
		return gather_bind(child, op);
	case LAYOUT_PROC:
		return child->frozen->layout->new_proc ? 0 : gather_bind(child, op);
	case LAYOUT_DEV:
		child->stage = STAGE_DEVICE;
		return layout_gather_dev(child);
	case LAYOUT_OVERLAY: /* its sources are in its options, which mount(2) reads */
	case LAYOUT_TMPFS:
	case LAYOUT_MQUEUE:
	case LAYOUT_DIRECTORY:
	case LAYOUT_FILE:
	case LAYOUT_DATA:
	case LAYOUT_SYMLINK:
	case LAYOUT_CHMOD:
	case LAYOUT_REMOUNT:
		return 0;
	}
	return -EINVAL; /* an operation that this executor does not know: refuse */
}

int layout_gather(struct child *child)
{
	const struct layout *layout = child->frozen->layout;

	for (size_t i = 0; i < layout->op_count; i++) {
		child->op = (uint32_t)i;
		int error = gather_operation(child, &layout->ops[i]);
		if (error == NOT_THERE)
			child->frozen->op_trees[i] = CHILD_NOT_NEEDED;
		else if (error < 0)
			return error;
	}
	return 0;
}

/* --- operations --------------------------------------------------------------------------------
 */

/* The host's tree becomes the sandbox's: the clone of it that a bind would make is the one we have.
 */
static int take_tree_in_place(struct child *child, const struct layout_op *op)
{
	return mount_add_attributes(child, child->root, AT_RECURSIVE, bind_attributes(op));
}

static int apply_bind(struct child *child, const struct layout_op *op)
{
	_cleanup_close_ int tree = take_fd(&child->frozen->op_trees[child->op]);

	if (child->frozen->in_place && child->op == 0)
		return take_tree_in_place(child, op);
	if (tree == -1) {
		/* Found already, but a link in /proc may lead to what cannot be mounted. */
		child->stage = STAGE_SOURCE;
		tree = layout_clone_source(child, op);
	}
	if (tree < 0)
		return tree;
	child->stage = STAGE_ENTRY;
	int directory = sys_is_directory(tree);
	if (directory < 0)
		return (int)child_noted(child, CALL_FSTAT, directory);
	_cleanup_close_ int target = layout_make_target(child, op, directory);
	if (target < 0)
		return target;
	return layout_attach(child, op, &tree, target);
}

static int apply_remount(struct child *child, const struct layout_op *op)
{
	const char *name;
	_cleanup_close_ int parent = layout_make_parents(child, op, &name);
	if (parent < 0)
		return parent;

	child->stage = STAGE_ENTRY;
	_cleanup_close_ int target = layout_open_target(child, op->dest);
	if (target < 0)
		return target;
	return mount_add_attributes(
		child, target, 0, MOUNT_ATTR_RDONLY | MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV);
}

static int apply_operation(struct child *child, const struct layout_op *op)
{
	child->stage = STAGE_ENTRY;
	switch (op->type) {
	case LAYOUT_BIND:
		return apply_bind(child, op);
	case LAYOUT_OVERLAY:
		return layout_apply_overlay(child, op);
	case LAYOUT_PROC:
		return layout_apply_proc(child, op);
	case LAYOUT_DEV:
		return layout_apply_dev(child, op);
	case LAYOUT_TMPFS:
		return layout_apply_tmpfs(child, op);
	case LAYOUT_MQUEUE:
		return layout_apply_mqueue(child, op);
	case LAYOUT_DIRECTORY:
		return layout_apply_directory(child, op);
	case LAYOUT_FILE:
		return layout_apply_file(child, op);
	case LAYOUT_DATA:
		return layout_apply_data(child, op);
	case LAYOUT_SYMLINK:
		return layout_apply_symlink(child, op);
	case LAYOUT_CHMOD:
		return layout_apply_chmod(child, op);
	case LAYOUT_REMOUNT:
		return apply_remount(child, op);
	}
	return -EINVAL; /* as above */
}

int layout_apply(struct child *child)
{
	const struct layout *layout = child->frozen->layout;

	for (size_t i = 0; i < layout->op_count; i++) {
		if (child->frozen->op_trees[i] == CHILD_NOT_NEEDED)
			continue;
		child->op = (uint32_t)i;
		int error = apply_operation(child, &layout->ops[i]);
		if (error < 0)
			return error;
	}
	return 0;
}
