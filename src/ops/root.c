/*
 * Child side: the root that a plan's operations build.
 *
 *   in place     the first operation binds / on /: the host's tree, of which init has a copy of its
 *                own, is the sandbox's.  No new root, no pivot_root, no lazy unmount, which waits for
 *                an RCU grace period.  Sources are cloned before anything changes.
 *   new root     a tmpfs, or a clone of a directory when the first operation binds that on /.  The
 *                host's tree stays as it is to the end, so that sources are found in it as they are
 *                needed.
 *
 * What is needed but must not be seen (files for --bind-data, the writable layers of overlays) lives
 * in the scratch, a tmpfs.  With a new root, init's mounts are these until the end:
 *
 *   base         a tmpfs
 *     host       the host's root, which is init's root: sources are looked up from there
 *     root       a tmpfs: destinations are looked up from there, and as if it were the root
 *     scratch    a tmpfs, where one is needed
 *     shelf      the classic backend's
 *
 * Neither root has anything mounted on it: a lookup of "/" does not climb that, but one of "/etc/.."
 * does, and so does a link that leads there.
 *
 * Where a filter refuses pivot_root (EPERM, as `rind run --nested` around this sandbox), nothing that init
 * was born with can be let go of.  The base then stays mounted on the host's root, `host` is a copy of what
 * that was, and in the end the new root is moved onto the base: the topmost of what is mounted on the root of
 * all mounts, which to the kernel is the root of the namespace.  (The shelf stays on the host's root, below the
 * base.)  What is below has no path: ".." ends at a
 * mount that lies on the root of another.  It could only be uncovered by unmounting the last mount that
 * anyone in the sandbox can reach.  That is busy for as long as anyone is in it, and letting go of it while it
 * is (MNT_DETACH) is what such a filter refuses, too.  Who sees to it that nobody is, by having a tree that is
 * mounted nowhere for a root, has left what is below for good: to go back is to join the namespace anew, which
 * begins at the topmost mount, and which the filter refuses as well.  See bare_root_is_refused().
 */
#include "ops/root.h"

#include "mount/classic/classic.h"
#include "mount/mount.h"
#include "ops/target.h"

#include <sched.h>
#include <sys/resource.h>

/* Directories of the base. */
static const char HOST[] = "host", ROOT[] = "root", SCRATCH[] = "scratch", SHELF[] = "shelf";

static int open_directory(struct child *child, const char *path)
{
	int fd = sys_openat(AT_FDCWD, path, O_PATH | O_DIRECTORY, 0);
	return (int)child_noted(child, CALL_OPEN, fd);
}

/*
 * A proc for what can only be done through it.  Its mount may turn read-only with the tree it is
 * in, which a clone does not.  With all that is mounted on it (binfmt_misc, the masks of a container):
 * in a user namespace of its own init may not part a mount from those that came with it, which would
 * uncover what they cover (EINVAL).
 */
static int open_proc(struct child *child)
{
	const struct frozen *frozen = child->frozen;

	if (!frozen->needs_proc && !frozen->reads_proc)
		return 0;
	child->proc = frozen->in_place && frozen->needs_proc
			      ? mount_clone(child, AT_FDCWD, "/proc", AT_RECURSIVE)
			      : open_directory(child, "/proc");
	return child->proc < 0 ? child->proc : 0;
}

static int new_tmpfs(struct child *child)
{
	return mount_new_tmpfs(child, "0755", NULL);
}

static int attach_to_host(struct child *child, int tree)
{
	_cleanup_close_ int top = open_directory(child, "/");
	return top < 0 ? top : mount_attach(child, tree, top);
}

static bool is_same_place(const struct child_place *a, const struct child_place *b)
{
	return a->mount == b->mount && a->inode == b->inode;
}

static int make_place(struct child *child, const char *name)
{
	long error = sys_result(mkdirat(child->root.base, name, 0755));
	return (int)child_noted(child, CALL_MKDIR, error);
}

/* A tmpfs in a directory of the base; returns it. */
static int new_tmpfs_in_base(struct child *child, const char *name)
{
	int error = make_place(child, name);
	if (error < 0)
		return error;
	_cleanup_close_ int place = sys_openat(child->root.base, name, O_PATH | O_DIRECTORY, 0);
	if (place < 0)
		return (int)child_noted(child, CALL_OPEN, place);
	_cleanup_close_ int tree = new_tmpfs(child);
	if (tree < 0)
		return tree;
	error = mount_attach(child, tree, place);
	if (!error)
		error = mount_check_at(child, tree, child->root.base, name);
	return error < 0 ? error : take_fd(&tree);
}

/* Off the host's root, where a lookup of "/host", and one of "/etc/..", would come to it. */
static int move_shelf(struct child *child)
{
	if (!mount_is_classic(child))
		return 0;
	int error = make_place(child, SHELF);
	if (error < 0)
		return error;
	_cleanup_close_ int place = sys_openat(child->root.base, SHELF, O_PATH | O_DIRECTORY, 0);
	if (place < 0)
		return (int)child_noted(child, CALL_OPEN, place);
	return classic_attach(child, child->classic.shelf, place);
}

/* --- where pivot_root is refused --------------------------------------------------------------- */

/*
 * Does what refuses pivot_root also refuse to let go of a mount that is in use, and to go back to a mount
 * namespace?  It is asked of a path and a descriptor that are none, which the kernel would say.
 */
static bool bare_root_is_refused(void)
{
	return sys_result(umount2("", MNT_DETACH)) == -EPERM &&
	       sys_result(setns(-1, CLONE_NEWNS)) == -EPERM && sys_result(setns(-1, 0)) == -EPERM;
}

static int is_same_directory(struct child *child, const char *a, const char *b)
{
	struct stat first = {0}, second = {0};
	int error = sys_fstatat(AT_FDCWD, a, &first, 0);
	if (!error)
		error = sys_fstatat(AT_FDCWD, b, &second, 0);
	if (error < 0)
		return (int)child_noted(child, CALL_FSTAT, error);
	return first.st_dev == second.st_dev && first.st_ino == second.st_ino;
}

/*
 * A copy of the host's tree at its place in the base.  It was made while the base was on the host's root, so
 * that there may be one on the copy's, too, which is in nobody's use.
 */
static int copy_host(struct child *child)
{
	enum { MOST = 2 };
	int error =
		(int)sys_result(mount("/", "/../host", NULL, MS_BIND | MS_REC | MS_SILENT, NULL));
	if (error < 0)
		return (int)child_noted(child, CALL_MOUNT, error);
	for (int i = 0; i < MOST; i++) {
		int same = is_same_directory(child, "/", "/../host");
		if (same)
			return same < 0 ? same : 0;
		error = (int)sys_result(umount2("/../host", UMOUNT_NOFOLLOW));
		if (error < 0)
			return (int)child_noted(child, CALL_UMOUNT, error);
	}
	return child_wrong(child, "the root");
}

/* The same directory, and of the copy. */
static int check_working_directory(struct child *child, int before)
{
	struct child_place wanted = {0}, here = {0};

	int error = mount_find_place(child, before, &wanted);
	if (!error)
		error = mount_find_place_at(child, ".", &here);
	if (error < 0)
		return error;
	if (here.inode != wanted.inode || here.mount == wanted.mount)
		return child_wrong(child, "the working directory");
	return 0;
}

/* Make the copy init's root, and what was the working directory in the tree the same in the copy. */
static int enter_copy(struct child *child)
{
	char directory[PATH_MAX] = "";

	_cleanup_close_ int before = open_directory(child, ".");
	if (before < 0)
		return before;
	/* "(unreachable)…" is no path of ours, and not one that chdir finds. */
	long error = sys_result(syscall(SYS_getcwd, directory, sizeof(directory)));
	if (error >= 0)
		error = sys_result(chroot("/../host"));
	if (error >= 0)
		error = sys_result(chdir(directory));
	if (error < 0)
		return (int)child_noted(child, CALL_CHDIR, error);
	return check_working_directory(child, before);
}

/* See the head of this file. */
static int stay_below_base(struct child *child, int refusal)
{
	if (!bare_root_is_refused())
		return (int)child_noted(child, CALL_PIVOT_ROOT, refusal);
	child->root.no_pivot = true;
	int error = copy_host(child);
	return error < 0 ? error : enter_copy(child);
}

/* ------------------------------------------------------------------------------------------------ */

/*
 * Make the base, which is mounted on the host's root, the root of all mounts, and the host's a mount
 * in it; by names, since init's working directory is where the caller's relative sources begin.
 */
static int enter_base(struct child *child)
{
	int error = make_place(child, HOST);
	if (error < 0)
		return error;
	error = sys_pivot_root("/..", "/../host");
	if (error == -EPERM)
		return stay_below_base(child, error);
	if (error < 0)
		return (int)child_noted(child, CALL_PIVOT_ROOT, error);
	error = move_shelf(child);
	if (error < 0)
		return error;
	error = (int)sys_result(chroot("/host"));
	/* Who was in the root is in the base by now. */
	if (!error && child->frozen->begins_at_root)
		error = (int)sys_result(chdir("/"));
	return (int)child_noted(child, CALL_CHDIR, error);
}

/*
 * A process outside its first mount namespace shares mounts with the host until told otherwise.  In
 * a user namespace of its own the kernel has seen to that.  Without one, what is mounted next would
 * be mounted on the host, so it is said by two different calls: there is no cheap look at the result.
 */
static int leave_host_propagation(struct child *child)
{
	long error = sys_result(mount(NULL, "/", NULL, MS_SILENT | MS_SLAVE | MS_REC, NULL));
	if (error < 0 || child->plan->namespaces & PLAN_NS_USER ||
		!child->frozen->support.mount_calls)
		return (int)child_noted(child, CALL_MOUNT, error);
	_cleanup_close_ int top = open_directory(child, "/");
	const struct sys_mount_attr attr = {.propagation = MS_SLAVE};
	return top < 0 ? top
		       : (int)child_noted(child, CALL_MOUNT_SETATTR,
				 sys_mount_setattr(top, "", AT_EMPTY_PATH | AT_RECURSIVE, &attr));
}

static int open_new_root(struct child *child)
{
	int error = leave_host_propagation(child);
	if (!error && !child->frozen->support.mount_calls)
		error = classic_begin(child, MS_SLAVE);
	if (error < 0)
		return error;
	child->root.base = new_tmpfs(child);
	if (child->root.base < 0)
		return child->root.base;
	error = attach_to_host(child, child->root.base);
	if (!error)
		error = enter_base(child);
	if (error < 0)
		return error;
	child->root.fd = new_tmpfs_in_base(child, ROOT);
	if (child->root.fd < 0 || !child->frozen->needs.scratch)
		return child->root.fd < 0 ? child->root.fd : 0;
	child->root.scratch = new_tmpfs_in_base(child, SCRATCH);
	return child->root.scratch < 0 ? child->root.scratch : 0;
}

/* In place there is a descriptor for each source. */
static int limit_descriptors(struct child *child, uint64_t limit)
{
	return limit ? (int)child_noted(
			       child, CALL_PRLIMIT, sys_set_soft_limit(RLIMIT_NOFILE, limit))
		     : 0;
}

int root_open(struct child *child)
{
	const struct frozen *frozen = child->frozen;

	if (child->plan->root == PLAN_ROOT_IN_PLACE)
		return 0;
	/* Twice: what the second returns is what the first has set. */
	child->root.umask = umask(0);
	if (umask(0) != 0)
		return child_wrong(child, "the umask");
	int error = limit_descriptors(child, frozen->more_descriptors);
	if (!error)
		error = open_proc(child);
	if (error < 0)
		return error;
	if (!frozen->in_place)
		return open_new_root(child);
	child->root.is_host = true;
	child->root.fd = open_directory(child, "/");
	if (child->root.fd < 0)
		return child->root.fd;
	/* Whoever started us may have left something mounted on its own root. */
	return mount_find_place_at(child, "/..", &child->root.top);
}

int root_attach(struct child *child, const struct plan_op *op, int *tree, int target)
{
	int covers_root = mount_is_same(child, child->root.fd, target);
	if (covers_root < 0)
		return covers_root;
	int error = mount_attach(child, *tree, target);
	if (error < 0)
		return error;
	if (!covers_root) {
		_cleanup_close_ int found = target_open(child, op->path);
		return found < 0 ? found : mount_check_found(child, *tree, found);
	}
	close_fd(&child->root.fd);
	child->root.fd = take_fd(tree);
	child->root.is_host = false;
	return 0;
}

int root_climb(struct child *child)
{
	/* A lookup ends on what is mounted on top: so look up what the root is mounted on. */
	int top = sys_openat(child->root.base, ROOT, O_PATH | O_DIRECTORY | O_NOFOLLOW, 0);
	if (top < 0)
		return (int)child_noted(child, CALL_OPEN, top);
	close_fd(&child->root.fd);
	child->root.fd = top;
	return 0;
}

/*
 * Let go of all that is mounted on the root, where no path leads but "/..": the base with all that is
 * in it, or the host's root.
 */
static int bare_root(struct child *child, const struct child_place *root)
{
	enum { MOST = 1000 };
	struct child_place top = {0};

	for (int i = 0; i < MOST; i++) {
		int error = mount_find_place_at(child, "/..", &top);
		if (error < 0)
			return error;
		if (is_same_place(&top, root))
			return 0;
		error = (int)sys_result(umount2(".", MNT_DETACH));
		if (error < 0)
			return (int)child_noted(child, CALL_UMOUNT, error);
	}
	return child_wrong(child, "the root");
}

/* The new root has to be below the one that init has. */
static long leave_host(struct child *child)
{
	long error = sys_result(fchdir(child->root.base));
	return error < 0 ? error : sys_result(chroot("."));
}

/*
 * Make the new root the process's, and let go of the old one.  With both names the same, the old root
 * ends up mounted on the new one, and "." leads to the topmost of what is mounted there.
 */
static int pivot(struct child *child, const struct child_place *root)
{
	struct child_place here = {0};
	long error = child->root.base < 0 ? 0 : leave_host(child);
	if (!error)
		error = sys_result(fchdir(child->root.fd));
	if (error < 0)
		return (int)child_noted(child, CALL_CHDIR, error);
	error = sys_pivot_root(".", ".");
	if (error < 0)
		return (int)child_noted(child, CALL_PIVOT_ROOT, error);
	/* Before anything is let go: it must not be the root. */
	error = mount_find_place_at(child, "/", &here);
	if (error < 0)
		return (int)error;
	return is_same_place(&here, root) ? bare_root(child, root) : child_wrong(child, "the root");
}

/*
 * The same where pivot_root is refused: the old root stays, below the new one.  That this one is where it was to
 * be is looked at from the base: in any other place ".." would lead out of it.
 */
static int cover(struct child *child, const struct child_place *root)
{
	struct child_place top = {0};
	long error = leave_host(child);
	if (error < 0)
		return (int)child_noted(child, CALL_CHDIR, error);
	error = mount_attach(child, child->root.fd, child->root.base);
	if (!error)
		error = mount_find_place_at(child, "/..", &top);
	if (error < 0)
		return (int)error;
	if (!is_same_place(&top, root))
		return child_wrong(child, "the root");
	error = sys_result(fchdir(child->root.fd));
	if (!error)
		error = sys_result(chroot("."));
	return (int)child_noted(child, CALL_CHDIR, error);
}

/* The root, what is mounted on it, and where we are: nothing of the host's may be left. */
static int check_root(
	struct child *child, const struct child_place *root, const struct child_place *top)
{
	const struct {
		const char *path;
		const struct child_place *wanted;
	} places[] = {{"/", root}, {"/..", top}, {".", root}};
	struct child_place found = {0};

	for (size_t i = 0; i < sizeof(places) / sizeof(*places); i++) {
		int error = mount_find_place_at(child, places[i].path, &found);
		if (error < 0)
			return error;
		if (!is_same_place(&found, places[i].wanted))
			return child_wrong(child, "the root");
	}
	return 0;
}

static int restore_umask(struct child *child)
{
	umask(child->root.umask);
	if (umask(child->root.umask) != child->root.umask)
		return child_wrong(child, "the umask");
	return 0;
}

int root_enter(struct child *child)
{
	struct child_place root = {0};

	if (child->plan->root == PLAN_ROOT_IN_PLACE)
		return 0;
	int error = mount_find_place(child, child->root.fd, &root);
	if (error < 0)
		return error;
	if (!child->root.is_host)
		error = child->root.no_pivot ? cover(child, &root) : pivot(child, &root);
	if (!error)
		error = (int)child_noted(child, CALL_CHDIR, sys_result(chdir("/")));
	if (!error)
		error = check_root(child, &root, child->root.is_host ? &child->root.top : &root);
	close_fd(&child->root.scratch);
	close_fd(&child->classic.shelf); /* gone with the base */
	close_fd(&child->root.base);
	close_fd(&child->root.fd);
	if (!error)
		error = limit_descriptors(child, child->frozen->descriptors);
	return error < 0 ? error : restore_umask(child);
}
