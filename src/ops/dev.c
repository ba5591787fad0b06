/*
 * DEV: a minimal /dev: the host's device nodes, a devpts of the sandbox's own, and links to a
 * process's open files.  Runs in init.
 *
 *                 root stays in place               root that is built, as bubblewrap has it
 *                 -------------------               ----------------------------------------
 *   mounted on    /dev                              the path
 *   nodes         read-only; a missing one is       all of them
 *                 left out, but for null
 *   shm           mode 1777                         mode 0755
 *   besides       entries for HIDE (hide.c)         core; console where there is a terminal
 *   checked       by check, after all mounts        by apply, entry by entry
 *
 * In a user namespace mknod(2) makes no device nodes: so those of the host are cloned, before its
 * tree turns nodev or stops being the root.
 */
#include "mount/mount.h"
#include "mount/verify.h"
#include "ops/hide.h"
#include "ops/operation.h"
#include "ops/overmount.h"
#include "ops/root.h"
#include "ops/target.h"
#include "plan/host_paths.h"

#include <linux/magic.h>
#include <sys/sysmacros.h>

_Static_assert(
	(int)HOST_DEV_NODES == (int)CHILD_DEVICES, "struct child_dev has another number of nodes");

static const char *name_of(size_t node)
{
	return host_dev_nodes[node] + sizeof("/dev/") - 1;
}

static bool is_built(const struct child *child)
{
	return child->plan->root == PLAN_ROOT_BUILT;
}

static void prepare(const struct plan_op *op, struct frozen *frozen)
{
	operation_mounts(op, frozen);
	/* devpts with a group for its terminals (gid=) is refused where id 0 is not mapped. */
	frozen->needs.mapped_root = true;
	frozen->needs.devs++;
}

/* --- the host's nodes ------------------------------------------------------------------------- */

static int clone_node(struct child *child, const char *path)
{
	child->detail = path;
	_cleanup_close_ int tree = mount_clone(child, AT_FDCWD, path, 0);
	if (tree < 0 || !is_built(child))
		return take_fd(&tree); /* seal_nodes() sets the attributes of all nodes at once */
	int error = mount_add_attributes(child, tree, 0, MOUNT_ATTR_NOSUID);
	return error < 0 ? error : take_fd(&tree);
}

/*
 * ENOENT may have another cause than a missing name, such as a filter: look again before a node
 * is left out.
 */
static bool is_missing(const char *path)
{
	struct stat stat;
	return sys_fstatat(AT_FDCWD, path, &stat, AT_SYMLINK_NOFOLLOW) == -ENOENT;
}

static int clone_nodes(struct child *child)
{
	child->stage = STAGE_DEVICE;
	for (size_t i = 0; i < CHILD_DEVICES; i++) {
		int tree = clone_node(child, host_dev_nodes[i]);
		/*
		 * The host may be a slim container without tty or full.  Without null no sandbox
		 * is made.
		 */
		if (tree == -ENOENT && i > 0 && !is_built(child) && is_missing(host_dev_nodes[i]))
			continue;
		if (tree < 0)
			return tree;
		child->dev.devices[i] = tree;
	}
	if (!child->plan->console)
		return 0;
	child->dev.console = clone_node(child, child->plan->console);
	return child->dev.console < 0 ? child->dev.console : 0;
}

static int gather(struct child *child, const struct plan_op *op)
{
	(void)op;
	/*
	 * In a new root the host's tree, with its nodes, stays unchanged until the end: see
	 * fill_built().
	 */
	return is_built(child) && !child->frozen->root.in_place ? 0 : clone_nodes(child);
}

static int attach_node(struct child *child, const char *name, int *tree)
{
	child->detail = name;
	_cleanup_close_ int node =
		sys_openat(child->dev.fd, name, O_CREAT | O_EXCL | O_NOFOLLOW | O_RDONLY, 0444);
	if (node < 0)
		return child_noted(child, CALL_OPEN, node);
	int error = mount_attach(child, *tree, node);
	if (!error && is_built(child))
		error = mount_check_at(child, *tree, child->dev.fd, name);
	close_fd(tree);
	/* No path leads to what the first node is mounted on: the masks of protect.c. */
	if (!error && child->dev.empty_file < 0 && !is_built(child))
		child->dev.empty_file = take_fd(&node);
	return error;
}

static int attach_nodes(struct child *child)
{
	int error = 0;

	for (size_t i = 0; !error && i < CHILD_DEVICES; i++)
		if (child->dev.devices[i] >= 0)
			error = attach_node(child, name_of(i), &child->dev.devices[i]);
	return error;
}

/* --- entries ---------------------------------------------------------------------------------- */

struct link {
	const char *text, *name;
};

static int make_links(struct child *child)
{
	static const struct link links[] = {
		{"/proc/self/fd/0", "stdin"}, {"/proc/self/fd/1", "stdout"},
		{"/proc/self/fd/2", "stderr"}, {"/proc/self/fd", "fd"}, {"pts/ptmx", "ptmx"},
		{"/proc/kcore", "core"}, /* of a root that is built */
	};
	size_t count = sizeof(links) / sizeof(*links) - !is_built(child);

	for (size_t i = 0; i < count; i++) {
		child->detail = links[i].name;
		long error = sys_result(symlinkat(links[i].text, child->dev.fd, links[i].name));
		if (error < 0)
			return child_noted(child, CALL_SYMLINK, error);
	}
	return 0;
}

static int make_shm(struct child *child, mode_t mode)
{
	child->detail = "shm";
	long error = sys_result(mkdirat(child->dev.fd, "shm", mode));
	/*
	 * The caller's umask must not narrow the mode; for a built root root_open() has set it to
	 * 0.
	 */
	if (!error && !is_built(child))
		error = sys_result(fchmodat(child->dev.fd, "shm", mode, 0));
	return child_noted(child, CALL_MKDIR, error);
}

/* A devpts covers it, whatever its mode is. */
static int make_pts(struct child *child)
{
	child->detail = "pts";
	return child_noted(child, CALL_MKDIR, sys_result(mkdirat(child->dev.fd, "pts", 0755)));
}

static int fill(struct child *child, mode_t shm_mode)
{
	int error = make_links(child);
	if (!error)
		error = make_shm(child, shm_mode);
	return error < 0 ? error : make_pts(child);
}

/* --- where the root stays in place ------------------------------------------------------------ */

static int open_in_place(struct child *child)
{
	long error = sys_result(
		mount("tmpfs", "/dev", "tmpfs", MS_NOSUID, child->frozen->root.dev_options));
	if (error < 0)
		return child_noted(child, CALL_MOUNT, error);
	child->dev.fd = sys_openat(AT_FDCWD, "/dev", O_PATH | O_DIRECTORY | O_NOFOLLOW, 0);
	return child_noted(child, CALL_OPEN, child->dev.fd < 0 ? child->dev.fd : 0);
}

/*
 * The nodes are read-only mounts: a caller who is root owns the host's /dev/null and could change
 * its mode.  One recursive call seals directory and nodes, a second one opens the directory
 * again: two calls instead of one for each node.
 */
static int seal_nodes(struct child *child)
{
	const struct sys_mount_attr directory = {.clear = MOUNT_ATTR_RDONLY | MOUNT_ATTR_NOEXEC};
	int error = overmount_set_attributes(child, child->dev.fd, AT_RECURSIVE,
		MOUNT_ATTR_RDONLY | MOUNT_ATTR_NOSUID | MOUNT_ATTR_NOEXEC);
	if (error < 0)
		return error;
	return mount_set_attributes(child, child->dev.fd, 0, &directory);
}

static int apply_in_place(struct child *child)
{
	int error = open_in_place(child);
	if (!error)
		error = attach_nodes(child);
	if (!error)
		error = seal_nodes(child);
	if (!error)
		error = fill(child, 01777);
	if (!error)
		error = hide_make_entries(child);
	if (error < 0)
		return error;

	/*
	 * newinstance: with the host's devpts the command could open the terminals of the
	 * caller's other programs.
	 */
	long mounted = sys_result(mount("devpts", "/dev/pts", "devpts", MS_NOSUID | MS_NOEXEC,
		"newinstance,ptmxmode=0666,mode=620"));
	return child_noted(child, CALL_MOUNT, mounted);
}

static int finish(struct child *child, const struct plan_op *op)
{
	(void)op;
	return hide_remove_entries(child);
}

/*
 * If a node was not mounted, its mountpoint shows: an empty regular file, from which /dev/urandom
 * would give no randomness.
 */
static int check_nodes(struct child *child)
{
	struct stat stat;

	for (size_t i = 0; i < CHILD_DEVICES; i++) {
		int error = sys_fstatat(child->dev.fd, name_of(i), &stat, AT_SYMLINK_NOFOLLOW);
		if (error < 0 && error != -ENOENT)
			return child_noted(child, CALL_FSTAT, error);
		if (!error && !S_ISCHR(stat.st_mode))
			return child_wrong(child, NULL);
	}
	return 0;
}

/* /dev/null must always work. */
static int check_null(struct child *child)
{
	enum { NULL_MAJOR = 1, NULL_MINOR = 3 };
	struct stat stat;
	_cleanup_close_ int null = sys_openat(AT_FDCWD, "/dev/null", O_RDWR | O_NOFOLLOW, 0);
	if (null < 0)
		return child_noted(child, CALL_OPEN, null);
	int error = sys_fstat(null, &stat);
	if (error < 0)
		return child_noted(child, CALL_FSTAT, error);
	if (!S_ISCHR(stat.st_mode) || stat.st_rdev != makedev(NULL_MAJOR, NULL_MINOR))
		return child_wrong(child, NULL);
	return verify_read_only(child, null);
}

static int check(struct child *child, const struct plan_op *op)
{
	(void)op;
	if (is_built(child))
		return 0;
	int error = check_null(child);
	if (!error)
		error = verify_file_system(child, "/dev/pts", DEVPTS_SUPER_MAGIC);
	if (!error)
		error = hide_check_entries(child);
	return error < 0 ? error : check_nodes(child);
}

/* --- in a root that is built ------------------------------------------------------------------ */

static int mount_terminals(struct child *child)
{
	static const char *const options[][2] = {
		{"ptmxmode", "0666"},
		{"mode", "620"},
		{NULL, NULL},
	};
	child->detail = "pts";
	_cleanup_close_ int target =
		sys_openat(child->dev.fd, "pts", O_PATH | O_DIRECTORY | O_NOFOLLOW, 0);
	if (target < 0)
		return child_noted(child, CALL_OPEN, target);
	_cleanup_close_ int tree =
		mount_new(child, "devpts", MOUNT_ATTR_NOSUID | MOUNT_ATTR_NOEXEC, options);
	if (tree < 0)
		return tree;
	int error = mount_attach(child, tree, target);
	return error < 0 ? error : mount_check_at(child, tree, child->dev.fd, "pts");
}

static int fill_built(struct child *child)
{
	child->stage = STAGE_DEVICE;
	int error = child->frozen->root.in_place ? 0 : clone_nodes(child);
	if (!error)
		error = attach_nodes(child);
	if (!error)
		error = fill(child, 0755);
	if (!error)
		error = mount_terminals(child);
	if (error < 0 || child->dev.console < 0)
		return error;
	return attach_node(child, "console", &child->dev.console);
}

static int apply_built(struct child *child, const struct plan_op *op)
{
	_cleanup_close_ int target = target_make(child, op, true);
	if (target < 0)
		return target;
	_cleanup_close_ int tree = mount_new_tmpfs(child, "0755", NULL);
	if (tree < 0)
		return tree;
	child->dev.fd = tree;
	int error = root_attach(child, op, &tree, target);
	if (!error)
		error = fill_built(child);
	child->dev.fd = -1; /* it was a copy of tree, which this function or root_attach() closes */
	return error;
}

static int apply(struct child *child, const struct plan_op *op)
{
	return is_built(child) ? apply_built(child, op) : apply_in_place(child);
}

OPERATION(dev, "make a minimal", BWRAP_SENTENCE_MOUNT, "tmpfs", true, prepare, gather, apply,
	finish, check, operation_may_be_replaced, operation_always_writable, operation_leaves_any);
