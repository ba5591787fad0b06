/*
 * Child side: the root directory for a plan that builds one (PLAN_ROOT_BUILT).  Runs in init,
 * with its capabilities, before the first operation and after the last.
 *
 *   in place     The first operation binds / on /: init's own copy of the host's tree becomes
 *                the sandbox's.  That saves a new root, pivot_root(2) and a lazy unmount,
 *                which waits for an RCU grace period.  Sources are cloned before anything
 *                changes.
 *   new root     A tmpfs, or a clone of the directory that the first operation binds on /.
 *                The host's tree stays unchanged to the end: sources are looked up in it
 *                when they are needed.
 *
 * What the operations need but the command must not see (files for --bind-data, the writable
 * layers of overlays) is in the scratch, a tmpfs.  With a new root, init's mounts are these until
 * root_enter():
 *
 *   base         a tmpfs
 *     host       the host's root, which is init's root: sources are looked up from there
 *     root       a tmpfs: destinations are looked up from there, as if it were the root
 *     scratch    a tmpfs, where one is needed
 *     shelf      the classic backend's
 *
 * Nothing may be mounted on either root directory: a lookup of "/" would not show that mount, but
 * "/etc/.." would, and so would a symlink that leads there.
 *
 * Some filters refuse pivot_root with EPERM, as `rind run --nested` does to a sandbox inside it.
 * Then init cannot unmount the mounts that it was born with.  Instead: 1. the base stays mounted
 * on the host's root; 2. `host` is a copy of the host's tree; 3. at the end, the new root is
 * mounted on the base.  The kernel takes the topmost mount on the root of all mounts for the root
 * of the namespace.  (The shelf stays on the host's root, beneath the base.)
 *
 * What is beneath has no path: ".." ends at a mount that lies on the root of another mount.  Two
 * ways to uncover it are closed.  Unmounting the new root fails (EBUSY) while any process uses
 * it, and with MNT_DETACH the filter refuses.  A process that leaves the new root, with a
 * detached tree as its root, could only come back by setns(2) into the mount namespace: that
 * begins at the topmost mount, and the filter refuses it as well.  bare_root_is_refused() tests
 * for such a filter.
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
	return child_noted(child, CALL_OPEN, fd);
}

/*
 * Open a proc for what can only be done through one.  Where its mount would turn read-only
 * together with the tree, clone it.  The clone is recursive (with binfmt_misc, or the masks of a
 * container): in a user namespace of its own init may not separate a mount from its submounts,
 * which would show what they cover (EINVAL).
 */
static int open_proc(struct child *child)
{
	const struct frozen *frozen = child->frozen;

	if (!frozen->users.needs_proc && !frozen->users.reads_proc)
		return 0;
	child->proc = frozen->root.in_place && frozen->users.needs_proc
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
	return child_noted(child, CALL_MKDIR, error);
}

/* Mount a new tmpfs on a directory of the base; returns it. */
static int new_tmpfs_in_base(struct child *child, const char *name)
{
	int error = make_place(child, name);
	if (error < 0)
		return error;
	_cleanup_close_ int place = sys_openat(child->root.base, name, O_PATH | O_DIRECTORY, 0);
	if (place < 0)
		return child_noted(child, CALL_OPEN, place);
	_cleanup_close_ int tree = new_tmpfs(child);
	if (tree < 0)
		return tree;
	error = mount_attach(child, tree, place);
	if (!error)
		error = mount_check_at(child, tree, child->root.base, name);
	return error < 0 ? error : take_fd(&tree);
}

/*
 * Move the shelf from the host's root, where "/host" and "/etc/.." would lead to it, into the
 * base.
 */
static int move_shelf(struct child *child)
{
	if (!mount_is_classic(child))
		return 0;
	int error = make_place(child, SHELF);
	if (error < 0)
		return error;
	_cleanup_close_ int place = sys_openat(child->root.base, SHELF, O_PATH | O_DIRECTORY, 0);
	if (place < 0)
		return child_noted(child, CALL_OPEN, place);
	return classic_attach(child, child->classic.shelf, place);
}

/* --- where pivot_root is refused -------------------------------------------------------------- */

/*
 * Does the filter that refuses pivot_root also refuse MNT_DETACH and joining a mount namespace?
 * Ask with an invalid path and an invalid descriptor, for which the kernel itself would give
 * another errno than EPERM.
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
		return child_noted(child, CALL_FSTAT, error);
	return first.st_dev == second.st_dev && first.st_ino == second.st_ino;
}

/*
 * Copy the host's tree to its place in the base.  The copy was made while the base was mounted on
 * the host's root, so that it may contain a copy of the base: unmount that, which no process
 * uses.
 */
static int copy_host(struct child *child)
{
	enum { MOST = 2 };
	int error =
		(int)sys_result(mount("/", "/../host", NULL, MS_BIND | MS_REC | MS_SILENT, NULL));
	if (error < 0)
		return child_noted(child, CALL_MOUNT, error);
	for (int i = 0; i < MOST; i++) {
		int same = is_same_directory(child, "/", "/../host");
		if (same)
			return same < 0 ? same : 0;
		error = (int)sys_result(umount2("/../host", UMOUNT_NOFOLLOW));
		if (error < 0)
			return child_noted(child, CALL_UMOUNT, error);
	}
	return child_wrong(child, "the root");
}

/* The working directory must be the same directory as before, but on another mount: the copy's. */
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

/* Make the copy init's root, and change to the same working directory in the copy. */
static int enter_copy(struct child *child)
{
	char directory[PATH_MAX] = "";

	_cleanup_close_ int before = open_directory(child, ".");
	if (before < 0)
		return before;
	/* Where getcwd(2) gives "(unreachable)…", chdir(2) finds nothing and fails. */
	long error = sys_result(syscall(SYS_getcwd, directory, sizeof(directory)));
	if (error >= 0)
		error = sys_result(chroot("/../host"));
	if (error >= 0)
		error = sys_result(chdir(directory));
	if (error < 0)
		return child_noted(child, CALL_CHDIR, error);
	return check_working_directory(child, before);
}

/* pivot_root is refused: see the head of this file. */
static int stay_below_base(struct child *child, int refusal)
{
	if (!bare_root_is_refused())
		return child_noted(child, CALL_PIVOT_ROOT, refusal);
	child->root.no_pivot = true;
	int error = copy_host(child);
	return error < 0 ? error : enter_copy(child);
}

/*
 * Make the base, which is mounted on the host's root, the root of all mounts, and the host's root
 * a mount in it.  By names, not by fchdir: the caller's relative sources begin at init's working
 * directory.
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
		return child_noted(child, CALL_PIVOT_ROOT, error);
	error = move_shelf(child);
	if (error < 0)
		return error;
	error = (int)sys_result(chroot("/host"));
	/* If the working directory was the root, it is the base by now. */
	if (!error && child->frozen->root.begins_at_root)
		error = (int)sys_result(chdir("/"));
	return child_noted(child, CALL_CHDIR, error);
}

/*
 * Mounts of a new mount namespace may propagate to the host until that is turned off.  With a
 * user namespace of its own the kernel has turned it off already.  Without one, the next mount
 * would appear on the host; there is no cheap way to check the result, so two different system
 * calls do it: a filter would have to fake both.
 */
static int leave_host_propagation(struct child *child)
{
	long error = sys_result(mount(NULL, "/", NULL, MS_SILENT | MS_SLAVE | MS_REC, NULL));
	if (error < 0 || child->plan->namespaces & PLAN_NS_USER ||
		!child->frozen->support.mount_calls)
		return child_noted(child, CALL_MOUNT, error);
	_cleanup_close_ int top = open_directory(child, "/");
	const struct sys_mount_attr attr = {.propagation = MS_SLAVE};
	return top < 0 ? top
		       : child_noted(child, CALL_MOUNT_SETATTR,
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

/* In place, one descriptor is open for each source: raise the soft limit meanwhile. */
static int limit_descriptors(struct child *child, uint64_t limit)
{
	return limit ? child_noted(child, CALL_PRLIMIT, sys_set_soft_limit(RLIMIT_NOFILE, limit))
		     : 0;
}

int root_open(struct child *child)
{
	const struct frozen *frozen = child->frozen;

	if (child->plan->root == PLAN_ROOT_IN_PLACE)
		return 0;
	/*
	 * Call umask(2) twice, since it returns the previous value: this verifies the first call.
	 */
	child->root.umask = umask(0);
	if (umask(0) != 0)
		return child_wrong(child, "the umask");
	int error = limit_descriptors(child, frozen->root.more_descriptors);
	if (!error)
		error = open_proc(child);
	if (error < 0)
		return error;
	if (!frozen->root.in_place)
		return open_new_root(child);
	child->root.is_host = true;
	child->root.fd = open_directory(child, "/");
	if (child->root.fd < 0)
		return child->root.fd;
	/*
	 * The process that started rind may have left a mount on its own root: root_enter()
	 * expects the same.
	 */
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
	/* A lookup of the base's "root" ends on the topmost mount there, which is the new one. */
	int top = sys_openat(child->root.base, ROOT, O_PATH | O_DIRECTORY | O_NOFOLLOW, 0);
	if (top < 0)
		return child_noted(child, CALL_OPEN, top);
	close_fd(&child->root.fd);
	child->root.fd = top;
	return 0;
}

/*
 * Unmount everything that is mounted on the root, which only "/.." leads to: the base with all
 * that is in it, or the host's root.
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
			return child_noted(child, CALL_UMOUNT, error);
	}
	return child_wrong(child, "the root");
}

/*
 * pivot_root(2) wants the new root below the current one, which has been the host's: make the
 * base the root.
 */
static long leave_host(struct child *child)
{
	long error = sys_result(fchdir(child->root.base));
	return error < 0 ? error : sys_result(chroot("."));
}

/*
 * Make the new root the root of the process, and unmount the old one.  pivot_root(".", ".")
 * mounts the old root on the new one; "." then leads to the topmost mount there.
 */
static int pivot(struct child *child, const struct child_place *root)
{
	struct child_place here = {0};
	long error = child->root.base < 0 ? 0 : leave_host(child);
	if (!error)
		error = sys_result(fchdir(child->root.fd));
	if (error < 0)
		return child_noted(child, CALL_CHDIR, error);
	error = sys_pivot_root(".", ".");
	if (error < 0)
		return child_noted(child, CALL_PIVOT_ROOT, error);
	/*
	 * Check before anything is unmounted: if the call did nothing, the root itself would be
	 * unmounted.
	 */
	error = mount_find_place_at(child, "/", &here);
	if (error < 0)
		return (int)error;
	return is_same_place(&here, root) ? bare_root(child, root) : child_wrong(child, "the root");
}

/*
 * The same where pivot_root is refused: mount the new root over the old one.  From the base check
 * that it is the topmost mount: in any other place ".."  would lead out of the sandbox.
 */
static int cover(struct child *child, const struct child_place *root)
{
	struct child_place top = {0};
	long error = leave_host(child);
	if (error < 0)
		return child_noted(child, CALL_CHDIR, error);
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
	return child_noted(child, CALL_CHDIR, error);
}

/* "/", "/.."  and "."  must all lead to the new root: nothing of the host's may be reachable. */
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
		error = child_noted(child, CALL_CHDIR, sys_result(chdir("/")));
	if (!error)
		error = check_root(child, &root, child->root.is_host ? &child->root.top : &root);
	close_fd(&child->root.scratch);
	close_fd(&child->classic.shelf); /* unmounted together with the base */
	close_fd(&child->root.base);
	close_fd(&child->root.fd);
	if (!error)
		error = limit_descriptors(child, child->frozen->root.descriptors);
	return error < 0 ? error : restore_umask(child);
}
