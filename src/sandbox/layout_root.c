/*
 * Child side: the root that a layout is built in.
 *
 *   in place     the first operation binds / on /: the host's tree, of which init has a copy of its
 *                own, is the sandbox's.  No new root, no pivot_root, no lazy unmount, which waits
 * for an RCU grace period.  Sources are cloned before anything changes. new root     a tmpfs, or a
 * clone of a directory when the first operation binds that on /.  The host's tree stays as it is
 * until one pivot_root at the end, so that sources are found in it as they are needed.
 *
 * What is needed but must not be seen (files for --bind-data, the writable layers of overlays) lives
 * in the scratch, a tmpfs.  It, and the new root, are attached to the host's root directory, where no
 * path leads to them: a lookup that starts at the root does not climb what is mounted on it.
 *
 *   new root                                   in place
 *     /          the host's                      /          the host's
 *       base     a tmpfs, unbindable               scratch
 *         root
 *         scratch
 *
 * Unbindable, so that a clone of the host's / does not have a copy of the sandbox in it.  Without a
 * scratch the base is the root.
 */
#include "sandbox/layout.h"
#include "sandbox/mount.h"

#include <sched.h>
#include <sys/resource.h>

/* Directories of the base. */
static const char ROOT[] = "root", SCRATCH[] = "scratch";

static int open_directory(struct child *child, const char *path)
{
	int fd = sys_openat(AT_FDCWD, path, O_PATH | O_DIRECTORY, 0);
	return (int)child_noted(child, CALL_OPEN, fd);
}

/*
 * A proc for what can only be done through it.  Its mount may turn read-only with the tree it is
 * in, which a clone does not.
 */
static int open_proc(struct child *child)
{
	const struct frozen *frozen = child->frozen;

	if (!frozen->needs_proc)
		return 0;
	child->proc = frozen->in_place ? mount_clone(child, AT_FDCWD, "/proc", 0)
				       : open_directory(child, "/proc");
	return child->proc < 0 ? child->proc : 0;
}

static int new_tmpfs(struct child *child)
{
	static const char *const options[][2] = {{"mode", "0755"}, {NULL, NULL}};
	return mount_new(child, "tmpfs", MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV, options);
}

static int attach_to_host(struct child *child, int tree)
{
	_cleanup_close_ int top = open_directory(child, "/");
	return top < 0 ? top : mount_attach(child, tree, top);
}

/* A tmpfs in a directory of the base; returns it. */
static int new_tmpfs_in_base(struct child *child, const char *name)
{
	long error = sys_result(mkdirat(child->base, name, 0755));
	if (error < 0)
		return (int)child_noted(child, CALL_MKDIR, error);
	_cleanup_close_ int place = sys_openat(child->base, name, O_PATH | O_DIRECTORY, 0);
	if (place < 0)
		return (int)child_noted(child, CALL_OPEN, place);
	_cleanup_close_ int tree = new_tmpfs(child);
	if (tree < 0)
		return tree;
	error = mount_attach(child, tree, place);
	return error < 0 ? (int)error : take_fd(&tree);
}

static int set_propagation(struct child *child, int fd, uint64_t propagation)
{
	struct sys_mount_attr attr = {.propagation = propagation};
	return (int)child_noted(
		child, CALL_MOUNT_SETATTR, sys_mount_setattr(fd, "", AT_EMPTY_PATH, &attr));
}

/* A process outside its first mount namespace shares mounts with the host until told otherwise. */
static int leave_host_propagation(struct child *child)
{
	long error = sys_result(mount(NULL, "/", NULL, MS_SILENT | MS_SLAVE | MS_REC, NULL));
	return (int)child_noted(child, CALL_MOUNT, error);
}

static int open_new_root(struct child *child)
{
	int error = leave_host_propagation(child);
	if (error < 0)
		return error;
	child->base = new_tmpfs(child);
	if (child->base < 0)
		return child->base;
	error = set_propagation(child, child->base, MS_UNBINDABLE);
	if (!error)
		error = attach_to_host(child, child->base);
	if (error < 0)
		return error;
	if (!child->frozen->needs_scratch) {
		child->root = take_fd(&child->base);
		child->unbindable = true;
		return 0;
	}
	child->stacked = 1;
	child->root = new_tmpfs_in_base(child, ROOT);
	if (child->root < 0)
		return child->root;
	child->scratch = new_tmpfs_in_base(child, SCRATCH);
	return child->scratch < 0 ? child->scratch : 0;
}

int layout_attach_scratch(struct child *child)
{
	if (!child->frozen->needs_scratch)
		return 0;
	child->scratch = new_tmpfs(child);
	if (child->scratch < 0)
		return child->scratch;
	child->stacked = 1;
	return attach_to_host(child, child->scratch);
}

/* In place there is a descriptor for each source. */
static int limit_descriptors(struct child *child, uint64_t limit)
{
	return limit ? (int)child_noted(
			       child, CALL_PRLIMIT, sys_set_soft_limit(RLIMIT_NOFILE, limit))
		     : 0;
}

int layout_open_root(struct child *child)
{
	const struct frozen *frozen = child->frozen;

	child->umask = umask(0);
	int error = limit_descriptors(child, frozen->more_descriptors);
	if (!error)
		error = open_proc(child);
	if (error < 0)
		return error;
	if (!frozen->in_place)
		return open_new_root(child);
	child->root_is_host = true;
	child->root = open_directory(child, "/");
	return child->root < 0 ? child->root : 0;
}

/* The same mount, not only the same directory: a directory can be mounted in several places. */
int layout_is_at_root(struct child *child, int target)
{
	struct statx root = {0}, other = {0};

	int error = sys_statx(child->root, STATX_INO | STATX_MNT_ID, &root);
	if (!error)
		error = sys_statx(target, STATX_INO | STATX_MNT_ID, &other);
	if (error < 0)
		return (int)child_noted(child, CALL_FSTAT, error);
	return root.stx_ino == other.stx_ino && root.stx_mnt_id == other.stx_mnt_id;
}

int layout_attach(struct child *child, int *tree, int target)
{
	int covers_root = layout_is_at_root(child, target);
	if (covers_root < 0)
		return covers_root;
	int error = mount_attach(child, *tree, target);
	if (error < 0 || !covers_root)
		return error;
	close_fd(&child->root);
	child->root = take_fd(tree);
	child->unbindable = false;
	/* What has been the root until now stays behind; in the base it goes with the base. */
	if (!child->root_is_host && child->base < 0)
		child->stacked++;
	child->root_is_host = false;
	return 0;
}

int layout_climb_root(struct child *child)
{
	/* A lookup ends on what is mounted on top: so look up what the root is mounted on. */
	int top = sys_openat(child->base, ROOT, O_PATH | O_DIRECTORY | O_NOFOLLOW, 0);
	if (top < 0)
		return (int)child_noted(child, CALL_OPEN, top);
	close_fd(&child->root);
	child->root = top;
	return 0;
}

/* Let go of the scratch where the tree that it is mounted on stays. */
static int detach_scratch(struct child *child)
{
	long error = sys_result(fchdir(child->scratch));
	if (error < 0)
		return (int)child_noted(child, CALL_CHDIR, error);
	close_fd(&child->scratch);
	error = sys_result(umount2(".", MNT_DETACH));
	return (int)child_noted(child, CALL_UMOUNT, error);
}

/*
 * Make the new root the process's, and let go of the old one.
 *
 * With both names the same, the old root ends up mounted on the new one, and "." leads to the topmost
 * of what is mounted there: first what is left on the old root (the base, and what has been the
 * sandbox's root for a while), at last the old root itself.
 */
static int pivot(struct child *child)
{
	long error = child->unbindable ? set_propagation(child, child->root, MS_PRIVATE) : 0;
	if (error < 0)
		return (int)error;
	error = sys_result(fchdir(child->root));
	if (error < 0)
		return (int)child_noted(child, CALL_CHDIR, error);
	error = sys_pivot_root(".", ".");
	if (error < 0)
		return (int)child_noted(child, CALL_PIVOT_ROOT, error);
	for (size_t i = 0; !error && i <= child->stacked; i++)
		error = sys_result(umount2(".", MNT_DETACH));
	return (int)child_noted(child, CALL_UMOUNT, error);
}

int layout_enter_root(struct child *child)
{
	int error = 0;

	child->stage = STAGE_ROOT;
	if (!child->root_is_host)
		error = pivot(child);
	else if (child->scratch >= 0)
		error = detach_scratch(child);
	if (!error)
		error = (int)child_noted(child, CALL_CHDIR, sys_result(chdir("/")));
	close_fd(&child->scratch);
	close_fd(&child->base);
	close_fd(&child->root);
	return error < 0 ? error : limit_descriptors(child, child->frozen->descriptors);
}
