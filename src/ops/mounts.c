/*
 * Child side: the mounts of a plan, with the mount calls of Linux 5.12 and later (or, where these are
 * missing, what mount.h has in their place).
 *
 *   operation   source                           attributes                 call
 *   ---------   ------                           ----------                 ----
 *   TREE        the tree itself, in place        rdonly nosuid nodev        mount_setattr("/")
 *   DEV         a new tmpfs, the host's nodes    rdonly on the nodes        mount, move_mount
 *   PROGRAM     another file                     rdonly                     open_tree, move_mount
 *   WRITABLE    the host's path, cloned before   nosuid nodev               move_mount
 *               the tree turned read-only
 *   PIN         the path itself                  as it is                   open_tree, move_mount
 *   PROTECT     the path itself                  rdonly                     open_tree, move_mount
 *               or, missing or a symlink: null   rdonly nodev               open_tree, move_mount
 *   HIDE        an entry of the new /dev         rdonly nosuid nodev noexec open_tree, move_mount
 *   PROC        a new proc                       nosuid nodev noexec        mount
 *
 * In place: init's mount namespace is a copy of the caller's, so there is no new root to build, no
 * pivot_root and no lazy unmount, each of which would wait for an RCU grace period.  For the same
 * reason no cloned tree is ever left to be closed unattached, except where set-up fails.
 *
 * Runs in init with the capabilities of the new user namespace, which end at files that belong to
 * users who are not mapped into it.
 */
#include "mount/classic/classic.h"
#include "mount/mount.h"

#include <string.h>
#include <sys/sysmacros.h>

static const unsigned int PLAIN = MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV;

/* A writable tmpfs entry stands for each kind of hidden thing until everything is mounted. */
static const char HIDDEN_DIRECTORY[] = "hidden-directory", HIDDEN_FILE[] = "hidden-file";
const char *const mounts_hidden_names[] = {HIDDEN_DIRECTORY, HIDDEN_FILE, NULL};

const char *const mounts_device_names[CHILD_DEVICES] = {
	"null",
	"zero",
	"full",
	"random",
	"urandom",
	"tty",
};

static int set_attributes(struct child *child, int fd, unsigned int flags, uint64_t set)
{
	const struct sys_mount_attr attr = {.set = set, .propagation = MS_PRIVATE};
	return mount_set_attributes(child, fd, flags, &attr);
}

/* Clone what source is, with all that is mounted below it, and mount it over fd. */
static int bind_over(struct child *child, int source, int fd, uint64_t attributes)
{
	_cleanup_close_ int tree = mount_clone(child, source, "", AT_EMPTY_PATH | AT_RECURSIVE);
	if (tree < 0)
		return tree;
	if (attributes) {
		int error = set_attributes(child, tree, AT_RECURSIVE, attributes);
		if (error < 0)
			return error;
	}
	return mount_attach(child, tree, fd);
}

static int bind_over_itself(struct child *child, int fd, uint64_t attributes)
{
	return bind_over(child, fd, fd, attributes);
}

/* --- before the tree turns read-only ----------------------------------------------------------- */

static int gather_writable(struct child *child, size_t op)
{
	const struct plan_op *operation = &child->frozen->ops[op];
	_cleanup_close_ int fd = walk_open_expected(child, operation);
	if (fd < 0)
		return fd;

	_cleanup_close_ int tree = mount_clone(child, fd, "", AT_EMPTY_PATH | AT_RECURSIVE);
	if (tree < 0)
		return tree;
	int error = set_attributes(child, tree, AT_RECURSIVE, PLAIN);
	if (error < 0)
		return error;
	child->frozen->op_trees[op] = take_fd(&tree);
	child->frozen->op_targets[op] = take_fd(&fd);
	return 0;
}

/* Not every ENOENT is about the name that was given. */
static bool is_missing(int directory, const char *name)
{
	struct stat stat;
	return sys_fstatat(directory, name, &stat, AT_SYMLINK_NOFOLLOW) == -ENOENT;
}

/* The host's device nodes, while they are not yet nodev: in a user namespace none can be made. */
static int gather_devices(struct child *child)
{
	_cleanup_close_ int dev = sys_openat(AT_FDCWD, "/dev", O_PATH | O_DIRECTORY, 0);
	if (dev < 0)
		return (int)child_noted(child, CALL_OPEN, dev);

	for (size_t i = 0; i < CHILD_DEVICES; i++) {
		int tree = mount_clone(child, dev, mounts_device_names[i], 0);
		/* A slim container may lack tty or full; without null no sandbox is made. */
		if (tree == -ENOENT && i > 0 && is_missing(dev, mounts_device_names[i]))
			continue;
		if (tree < 0)
			return tree;
		child->devices[i] = tree;
	}
	return 0;
}

int mounts_gather(struct child *child)
{
	const struct frozen *frozen = child->frozen;
	int error = frozen->support.mount_calls ? 0 : classic_begin(child, MS_PRIVATE);

	for (size_t i = 0; !error && i < frozen->op_count; i++) {
		child->op = (uint32_t)i;
		if (frozen->ops[i].type == PLAN_WRITABLE)
			error = gather_writable(child, i);
		else if (frozen->ops[i].type == PLAN_DEV)
			error = gather_devices(child);
	}
	return error;
}

/* --- /dev -------------------------------------------------------------------------------------- */

static int attach_device(struct child *child, size_t i)
{
	_cleanup_close_ int node = sys_openat(
		child->dev, mounts_device_names[i], O_CREAT | O_EXCL | O_NOFOLLOW | O_RDONLY, 0444);
	if (node < 0)
		return (int)child_noted(child, CALL_OPEN, node);
	int error = mount_attach(child, child->devices[i], node);
	close_fd(&child->devices[i]);
	return error;
}

static int make_dev_links(struct child *child)
{
	static const char *const links[][2] = {
		{"pts/ptmx", "ptmx"},
		{"/proc/self/fd", "fd"},
		{"/proc/self/fd/0", "stdin"},
		{"/proc/self/fd/1", "stdout"},
		{"/proc/self/fd/2", "stderr"},
	};
	for (size_t i = 0; i < sizeof(links) / sizeof(*links); i++) {
		long error = sys_result(symlinkat(links[i][0], child->dev, links[i][1]));
		if (error < 0)
			return (int)child_noted(child, CALL_SYMLINK, error);
	}
	return 0;
}

static int make_dev_directory(struct child *child, const char *name, mode_t mode)
{
	long error = sys_result(mkdirat(child->dev, name, mode));
	/* The caller's umask is not for these. */
	if (!error)
		error = sys_result(fchmodat(child->dev, name, mode, 0));
	return (int)child_noted(child, CALL_MKDIR, error);
}

static int make_hidden_entries(struct child *child)
{
	int error = make_dev_directory(child, HIDDEN_DIRECTORY, 0);
	if (error < 0)
		return error;
	return (int)child_noted(
		child, CALL_OPEN, sys_result(mknodat(child->dev, HIDDEN_FILE, S_IFREG, 0)));
}

/*
 * The nodes are read-only mounts, since a caller who is root owns the host's /dev/null and could
 * change its mode.  Set on all at once, and taken off the directory again: fewer calls.
 */
static int seal_devices(struct child *child)
{
	const struct sys_mount_attr directory = {.clear = MOUNT_ATTR_RDONLY | MOUNT_ATTR_NOEXEC};
	int error = set_attributes(child, child->dev, AT_RECURSIVE,
		MOUNT_ATTR_RDONLY | MOUNT_ATTR_NOSUID | MOUNT_ATTR_NOEXEC);
	if (error < 0)
		return error;
	return mount_set_attributes(child, child->dev, 0, &directory);
}

static int open_new_dev(struct child *child)
{
	long error =
		sys_result(mount("tmpfs", "/dev", "tmpfs", MS_NOSUID, child->frozen->dev_options));
	if (error < 0)
		return (int)child_noted(child, CALL_MOUNT, error);
	child->dev = sys_openat(AT_FDCWD, "/dev", O_PATH | O_DIRECTORY | O_NOFOLLOW, 0);
	return (int)child_noted(child, CALL_OPEN, child->dev < 0 ? child->dev : 0);
}

static int apply_dev(struct child *child)
{
	int error = open_new_dev(child);
	for (size_t i = 0; !error && i < CHILD_DEVICES; i++)
		if (child->devices[i] >= 0)
			error = attach_device(child, i);
	if (!error)
		error = seal_devices(child);
	if (!error)
		error = make_dev_links(child);
	if (!error)
		error = make_dev_directory(child, "shm", 01777);
	if (!error)
		error = make_dev_directory(child, "pts", 0755);
	if (!error && child->frozen->has_hide)
		error = make_hidden_entries(child);
	if (error < 0)
		return error;

	/*
	 * An instance of its own: the host's would let the command open the terminals of the
	 * caller's other programs.
	 */
	long mounted = sys_result(mount("devpts", "/dev/pts", "devpts", MS_NOSUID | MS_NOEXEC,
		"newinstance,ptmxmode=0666,mode=620"));
	return (int)child_noted(child, CALL_MOUNT, mounted);
}

/* --- the other operations ---------------------------------------------------------------------- */

static int apply_tree(struct child *child, const struct plan_op *op)
{
	/*
	 * Private, not slave: what is mounted on the host later must not appear in here, where it
	 * would be writable.
	 */
	const struct sys_mount_attr attr = {
		.set = PLAIN | (op->access == RIND_ACCESS_WRITABLE ? 0 : MOUNT_ATTR_RDONLY),
		.propagation = MS_PRIVATE,
	};
	if (!mount_is_classic(child))
		return (int)child_noted(child, CALL_MOUNT_SETATTR,
			sys_mount_setattr(AT_FDCWD, "/", AT_RECURSIVE, &attr));
	_cleanup_close_ int root = sys_openat(AT_FDCWD, "/", O_PATH | O_DIRECTORY, 0);
	if (root < 0)
		return (int)child_noted(child, CALL_OPEN, root);
	return mount_set_attributes(child, root, AT_RECURSIVE, &attr);
}

static int apply_program(struct child *child, const struct plan_op *op)
{
	struct plan_op source = *op;

	source.path = op->source;
	_cleanup_close_ int file = walk_open_expected(child, &source);
	if (file < 0)
		return file;
	_cleanup_close_ int target = walk_open(op->path);
	if (target < 0)
		return (int)child_noted(child, CALL_OPEN, target);
	return bind_over(child, file, target, MOUNT_ATTR_RDONLY | PLAIN);
}

/* See open_beneath(). */
static bool has_many(const struct child *child)
{
	enum { MANY = 64 }; /* below, two more calls a path cost more than they save */
	return child->frozen->op_count > MANY;
}

/* The path as it can be reached now, through what has been mounted since it was gathered. */
static int reopen_target(struct child *child, size_t op)
{
	struct stat stat;
	int error = sys_fstat(child->frozen->op_targets[op], &stat);
	if (error < 0)
		return (int)child_noted(child, CALL_FSTAT, error);
	close_fd(&child->frozen->op_targets[op]);
	child->frozen->op_targets[op] =
		walk_make_target(child, &child->frozen->ops[op], S_ISDIR(stat.st_mode));
	return child->frozen->op_targets[op] < 0 ? child->frozen->op_targets[op] : 0;
}

static int apply_writable(struct child *child, size_t op)
{
	if (child->frozen->ops[op].flags & PLAN_COVERED) {
		int error = reopen_target(child, op);
		if (error < 0)
			return error;
	}
	int error = mount_attach(child, child->frozen->op_trees[op], child->frozen->op_targets[op]);
	close_fd(&child->frozen->op_trees[op]);
	if (child->frozen->ops[op].flags & PLAN_COVERED || !has_many(child))
		close_fd(&child->frozen->op_targets[op]);
	return error;
}

/* Stand /dev/null in for target, which may be a symlink: move_mount onto it does not follow. */
static int mask(struct child *child, int target)
{
	_cleanup_close_ int tree = mount_clone(child, child->dev, "null", 0);
	if (tree < 0)
		return tree;
	/* nodev: opening the mask fails, so that a write is refused rather than swallowed. */
	int error = set_attributes(child, tree, 0, MOUNT_ATTR_RDONLY | PLAIN | MOUNT_ATTR_NOEXEC);
	return error < 0 ? error : mount_attach(child, tree, target);
}

/* Have the supervisor make an empty file that a mask can be mounted on; it also removes it. */
static int request_placeholder(
	struct child *child, const struct walk_result *missing, struct message *ret)
{
	struct message request = {.type = MESSAGE_PLACEHOLDER};
	int fd;

	memcpy(request.placeholder.name, missing->name, sizeof(missing->name));
	request.placeholder.op = child->op;
	int error = message_send(child->frozen->socket, &request, missing->fd);
	if (error < 0)
		return (int)child_noted(child, CALL_PLACEHOLDER, error);

	int received = message_receive(child->frozen->socket, ret, &fd, 0);
	if (received == 0 || (received > 0 && ret->type != MESSAGE_PLACEHOLDER_RESULT))
		received = -EPIPE;
	return (int)child_noted(
		child, CALL_PLACEHOLDER, received < 0 ? received : ret->placeholder_result.result);
}

/*
 * Mask the first missing component of a path.  Returns PLACEHOLDER_LOOK_AGAIN when something has
 * appeared there since.
 */
static int mask_missing(struct child *child, const struct walk_result *missing)
{
	struct message answer;
	int result = request_placeholder(child, missing, &answer);
	if (result < 0 || result == PLACEHOLDER_LOOK_AGAIN)
		return result;
	if (result == PLACEHOLDER_NOT_NEEDED) {
		child->frozen->op_trees[child->op] = CHILD_NOT_NEEDED;
		return 0;
	}

	_cleanup_close_ int fd = sys_openat(missing->fd, missing->name, O_PATH | O_NOFOLLOW, 0);
	if (fd < 0)
		return (int)child_noted(child, CALL_OPEN, fd);
	struct stat stat;
	int error = sys_fstat(fd, &stat);
	if (error < 0)
		return (int)child_noted(child, CALL_FSTAT, error);
	if (result == PLACEHOLDER_FOREIGN)
		return bind_over_itself(child, fd, MOUNT_ATTR_RDONLY);
	if (stat.st_dev != answer.placeholder_result.device ||
		stat.st_ino != answer.placeholder_result.inode)
		return PLACEHOLDER_LOOK_AGAIN;
	return mask(child, fd);
}

/* --- many protected paths ----------------------------------------------------------------------
 *
 * To clone a part of a mount the kernel looks at every mount on that mount: with all protected paths of
 * a root on the root's mount, each would cost more than the one before.  The host's tree, from which the
 * root was cloned, has the same files and none of these mounts; where there are many it is kept in reach,
 * by the descriptor of what the root is mounted on.
 */

/* What the outermost root that a path is in is mounted on, or -1. */
static int find_beneath(const struct child *child, const struct plan_op *op)
{
	const struct plan_op *root = child->frozen->ops, *end = root + child->frozen->op_count;

	/* The roots come before all that is protected in them. */
	for (; root < end && root->type != PLAN_PIN && root->type != PLAN_PROTECT; root++)
		if (root->type == PLAN_WRITABLE && strlen(root->path) == op->base &&
			memcmp(root->path, op->path, op->base) == 0)
			return child->frozen->op_targets[root - child->frozen->ops];
	return -1;
}

/* The same file in the host's tree; negative where it is not known to be the same. */
static int open_beneath(
	const struct child *child, const struct plan_op *op, const struct walk_result *found)
{
	int root = find_beneath(child, op);
	struct stat stat;

	if (root < 0 || op->path[op->base] != '/')
		return -ENOENT;
	_cleanup_close_ int fd = walk_open_at(root, op->path + op->base + 1);
	int error = fd < 0 ? fd : sys_fstat(fd, &stat);
	if (error < 0)
		return error;
	if (stat.st_dev != found->stat.st_dev || stat.st_ino != found->stat.st_ino)
		return -ESTALE;
	return take_fd(&fd);
}

static int protect_present(
	struct child *child, const struct plan_op *op, const struct walk_result *found)
{
	_cleanup_close_ int beneath = has_many(child) ? open_beneath(child, op, found) : -1;

	return bind_over(child, beneath < 0 ? found->fd : beneath, found->fd, MOUNT_ATTR_RDONLY);
}

static int apply_found(
	struct child *child, const struct plan_op *op, const struct walk_result *found)
{
	switch (found->found) {
	case WALK_PRESENT:
		if (op->type == PLAN_PIN && S_ISDIR(found->stat.st_mode))
			return bind_over_itself(child, found->fd, 0);
		return protect_present(child, op, found);
	case WALK_BLOCKED:
		/* Nothing can be made below this while it stays what it is: so it has to. */
		return bind_over_itself(child, found->fd, MOUNT_ATTR_RDONLY);
	case WALK_SYMLINK:
		return mask(child, found->fd);
	case WALK_MISSING:
		if (!(op->flags & PLAN_IF_PRESENT))
			return mask_missing(child, found);
		child->frozen->op_trees[child->op] = CHILD_NOT_NEEDED;
		return 0;
	}
	return -EINVAL; /* no such finding: refuse */
}

int mounts_protect(struct child *child, const struct plan_op *op)
{
	/*
	 * While a file is replaced without a pause, one attempt in thirty succeeds with mount(2), which takes
	 * several calls for what has to be done between two replacings.
	 */
	enum { ATTEMPTS = 2000 };

	for (int i = 0; i < ATTEMPTS; i++) {
		struct walk_result found;
		int error = walk_operation(child, op, &found);
		if (error < 0)
			return error;
		error = apply_found(child, op, &found);
		close(found.fd);
		/*
		 * ENOENT: what was found has been removed or replaced since.  The kernel mounts
		 * nothing on that, nor makes anything in it.
		 */
		if (error != PLACEHOLDER_LOOK_AGAIN && error != -ENOENT)
			return error;
	}
	return (int)child_noted(child, CALL_PLACEHOLDER, -ESTALE);
}

/* A hidden directory that leads to a writable root needs a file system of its own. */
static int attach_passable_directory(struct child *child, int target)
{
	static const char *const options[][2] = {{"mode", "111"}, {NULL, NULL}};
	_cleanup_close_ int tree = mount_new(child, "tmpfs", PLAIN | MOUNT_ATTR_NOEXEC, options);
	return tree < 0 ? tree : mount_attach(child, tree, target);
}

static int apply_hide(struct child *child, const struct plan_op *op)
{
	struct stat stat;
	_cleanup_close_ int fd = walk_open_expected(child, op);
	if (fd < 0)
		return fd;
	int error = sys_fstat(fd, &stat);
	if (error < 0)
		return (int)child_noted(child, CALL_FSTAT, error);
	if (S_ISDIR(stat.st_mode) && op->flags & PLAN_EXPOSES)
		return attach_passable_directory(child, fd);

	_cleanup_close_ int tree = mount_clone(
		child, child->dev, S_ISDIR(stat.st_mode) ? HIDDEN_DIRECTORY : HIDDEN_FILE, 0);
	if (tree < 0)
		return tree;
	error = set_attributes(child, tree, 0, MOUNT_ATTR_RDONLY | PLAIN | MOUNT_ATTR_NOEXEC);
	return error < 0 ? error : mount_attach(child, tree, fd);
}

const char *const mounts_proc_parts[] = {
	"/proc/sys", "/proc/sysrq-trigger", "/proc/irq", "/proc/bus", NULL};

/*
 * Parts whose files have nothing but their modes to keep others than root from changing the machine:
 * taking a disk away, waking it up, turning a fan off.
 */
const char *const mounts_proc_root_parts[] = {"/proc/acpi", "/proc/asound", "/proc/driver",
	"/proc/dynamic_debug", "/proc/fs", "/proc/latency_stats", "/proc/mtrr", "/proc/scsi", NULL};

/*
 * Is the caller the machine's root?  The number says no more than that it may be: in a user namespace of
 * its own root has any, and another is 0.  What belongs to root, such as /proc, shows who that is here;
 * whoever cannot tell is taken for root.
 */
bool mounts_caller_is_root(const struct child *child)
{
	struct stat stat;
	return sys_fstatat(AT_FDCWD, "/proc", &stat, AT_SYMLINK_NOFOLLOW) < 0 ||
	       stat.st_uid == child->frozen->uid;
}

/*
 * With something mounted in it, the kernel refuses a sandbox within this one a fresh proc; so with
 * --nested a part stays uncovered that the caller cannot write to anyway.  Never for root: that a
 * directory cannot be written to, as /proc/sys never can, says nothing about its files.
 */
bool mounts_proc_stays_open(const struct child *child, const char *path)
{
	return child->frozen->nested && !mounts_caller_is_root(child) &&
	       !sys_may_write(AT_FDCWD, path);
}

/* What root may write there, and a caller may be root. */
static int cover_proc_part(struct child *child, const char *path)
{
	_cleanup_close_ int fd = sys_openat(AT_FDCWD, path, O_PATH | O_NOFOLLOW, 0);
	if (fd == -ENOENT)
		return 0; /* this kernel has no such part */
	if (fd < 0)
		return (int)child_noted(child, CALL_OPEN, fd);
	if (mounts_proc_stays_open(child, path))
		return 0;
	return bind_over_itself(child, fd, MOUNT_ATTR_RDONLY);
}

static int cover_proc(struct child *child)
{
	int error = 0;
	for (const char *const *part = mounts_proc_parts; !error && *part; part++)
		error = cover_proc_part(child, *part);
	if (error < 0 || !mounts_caller_is_root(child))
		return error;
	for (const char *const *part = mounts_proc_root_parts; !error && *part; part++)
		if (sys_may_write(AT_FDCWD, *part))
			error = cover_proc_part(child, *part);
	return error;
}

static int mount_proc(struct child *child, const char *type, unsigned long flags, const char *data)
{
	return (int)child_noted(child, CALL_MOUNT,
		sys_result(mount(
			type, "/proc", type, MS_NOSUID | MS_NODEV | MS_NOEXEC | flags, data)));
}

/* As part of the tree it is read-only already, unless the tree is writable. */
static int keep_host_proc(struct child *child)
{
	_cleanup_close_ int proc = sys_openat(AT_FDCWD, "/proc", O_PATH | O_DIRECTORY, 0);
	if (proc < 0)
		return (int)child_noted(child, CALL_OPEN, proc);
	return set_attributes(child, proc, AT_RECURSIVE, MOUNT_ATTR_RDONLY);
}

/*
 * A proc shows what the host's hides when that is partly covered, as container engines leave it, and
 * then the kernel refuses it.
 */
static int mount_fresh_proc(struct child *child)
{
	int error = mount_proc(child, "proc", 0, NULL);
	if (error == -EPERM && child->frozen->proc == RIND_PROC_AUTO) {
		child->proc_made = RIND_PROC_NONE;
		return mount_proc(child, "tmpfs", MS_RDONLY, "mode=555");
	}
	return error < 0 ? error : cover_proc(child);
}

static int apply_proc(struct child *child)
{
	child->proc_made = child->frozen->proc;
	switch (child->frozen->proc) {
	case RIND_PROC_HOST:
		return keep_host_proc(child);
	case RIND_PROC_NONE:
		return mount_proc(child, "tmpfs", MS_RDONLY, "mode=555");
	case RIND_PROC_AUTO:
		child->proc_made = RIND_PROC_FRESH;
		return mount_fresh_proc(child);
	case RIND_PROC_FRESH:
		return mount_fresh_proc(child);
	}
	return -EINVAL; /* no such kind: refuse */
}

static int apply_operation(struct child *child, size_t op)
{
	const struct plan_op *operation = &child->frozen->ops[op];

	switch (operation->type) {
	case PLAN_TREE:
		return apply_tree(child, operation);
	case PLAN_DEV:
		return apply_dev(child);
	case PLAN_PROGRAM:
		return apply_program(child, operation);
	case PLAN_WRITABLE:
		return apply_writable(child, op);
	case PLAN_PIN:
	case PLAN_PROTECT:
		return mounts_protect(child, operation);
	case PLAN_HIDE:
		return apply_hide(child, operation);
	case PLAN_PROC:
		return apply_proc(child);
	}
	return -EINVAL; /* an operation that this executor does not know: refuse */
}

static int close_hidden(struct child *child, const char *path)
{
	_cleanup_close_ int fd = sys_openat(AT_FDCWD, path, O_PATH | O_NOFOLLOW, 0);
	if (fd < 0)
		return (int)child_noted(child, CALL_OPEN, fd);
	return set_attributes(child, fd, 0, MOUNT_ATTR_RDONLY);
}

/* What was only needed while mounting goes, and the hidden directories close. */
static int finish_hidden(struct child *child)
{
	const struct frozen *frozen = child->frozen;

	if (!frozen->has_hide)
		return 0;
	for (size_t i = 0; i < frozen->op_count; i++) {
		if (frozen->ops[i].type != PLAN_HIDE || !(frozen->ops[i].flags & PLAN_EXPOSES))
			continue;
		int error = close_hidden(child, frozen->ops[i].path);
		if (error < 0)
			return error;
	}
	long error = sys_result(unlinkat(child->dev, HIDDEN_DIRECTORY, AT_REMOVEDIR));
	if (!error)
		error = sys_result(unlinkat(child->dev, HIDDEN_FILE, 0));
	return (int)child_noted(child, CALL_UNLINK, error);
}

int mounts_apply(struct child *child)
{
	for (size_t i = 0; i < child->frozen->op_count; i++) {
		child->op = (uint32_t)i;
		int error = apply_operation(child, i);
		if (error < 0)
			return error;
	}
	return finish_hidden(child);
}
