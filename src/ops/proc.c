/*
 * PROC: mounts a proc of the sandbox's pid namespace, or keeps the host's.  The parts of it that
 * change the machine are read-only.  Runs in init.
 *
 *                 root stays in place               root that is built, as bubblewrap has it
 *                 -------------------               ----------------------------------------
 *   mounted on    /proc                             the path
 *   what          as --proc says                    a new one; the host's if the pid namespace
 *                                                   is the caller's
 *   read-only     all parts, unless --nested; and   the parts that the caller could write to
 *                 what root could write to
 *   checked       by check, after all mounts        by apply
 */
#include "base/number.h"
#include "mount/mount.h"
#include "mount/verify.h"
#include "ops/bind.h"
#include "ops/operation.h"
#include "ops/overmount.h"
#include "ops/root.h"
#include "ops/target.h"
#include "plan/host_paths.h"

#include <linux/magic.h>
#include <string.h>

/*
 * Parts where the file modes alone keep users other than root from changing the machine (removing
 * a disk, waking the machine, stopping a fan).
 */
static const char *const root_parts[] = {"/proc/acpi", "/proc/asound", "/proc/driver",
	"/proc/dynamic_debug", "/proc/fs", "/proc/latency_stats", "/proc/mtrr", "/proc/scsi", NULL};

/*
 * Open a part of proc.  Returns NO_PART, which is no errno, where this kernel does not have the
 * part.
 */
enum { NO_PART = -0x10000 };

static int open_part(struct child *child, int directory, const char *part)
{
	int fd = sys_openat(directory, part, O_PATH | O_NOFOLLOW, 0);
	if (fd == -ENOENT)
		return NO_PART;
	return child_noted(child, CALL_OPEN, fd);
}

/* --- the numbers of processes ----------------------------------------------------------------- */

/* 0 or -errno, which nobody has to heed. */
static int set_last_pid(int fd, pid_t last)
{
	char text[NUMBER_SIZE];

	number_format(text, (unsigned int)last);
	long written = sys_result(write(fd, text, strlen(text)));
	return written < 0 ? (int)written : 0;
}

/*
 * Programs name files by their number ("/tmp/x$$"): in sandboxes that share a /tmp, and where each
 * command is process 2, these would collide.  This protects nothing, so a failure is ignored: a
 * kernel may lack the file (CONFIG_CHECKPOINT_RESTORE), or have fewer numbers (kernel.pid_max).
 */
static void start_pids(struct child *child)
{
	const pid_t first = child->frozen->first_pid;
	_cleanup_close_ int fd = sys_openat(AT_FDCWD, "/proc/sys/kernel/ns_last_pid", O_WRONLY, 0);

	if (fd >= 0 && set_last_pid(fd, first - 1) == -EINVAL)
		(void)set_last_pid(fd, first >> FROZEN_FEWER_PID_BITS);
}

/* --- where the root stays in place ------------------------------------------------------------ */

/*
 * Is the caller the machine's root?  Its user id does not tell: in a user namespace root may have
 * any id, and id 0 may be any user.  But root owns /proc: so compare with its owner, as this
 * namespace sees it.  If that fails, assume root.
 */
static bool find_root(const struct child *child)
{
	struct stat stat;
	return sys_fstatat(AT_FDCWD, "/proc", &stat, AT_SYMLINK_NOFOLLOW) < 0 ||
	       stat.st_uid == child->plan->uid;
}

/*
 * If something is mounted inside every visible proc, the kernel refuses a sandbox within this one
 * a fresh proc.  So with --nested a part is left uncovered when the caller cannot write to it
 * anyway.  Never for root: access(2) on a directory says nothing about the files in it, and
 * /proc/sys is never writable itself.
 */
static bool stays_open(const struct child *child, const char *part)
{
	return child->plan->nested && !child->is_root && !sys_may_write(AT_FDCWD, part);
}

static int cover_part(struct child *child, const char *part)
{
	_cleanup_close_ int fd = open_part(child, AT_FDCWD, part);
	if (fd < 0)
		return fd == NO_PART ? 0 : fd;
	return stays_open(child, part) ? 0 : overmount_bind_itself(child, fd, MOUNT_ATTR_RDONLY);
}

static int cover_parts(struct child *child)
{
	int error = 0;

	child->is_root = find_root(child);
	for (size_t i = 0; !error && i < HOST_PROC_PARTS; i++)
		error = cover_part(child, host_proc_parts[i]);
	if (error < 0 || !child->is_root)
		return error;
	for (const char *const *part = root_parts; !error && *part; part++)
		if (sys_may_write(AT_FDCWD, *part))
			error = cover_part(child, *part);
	return error;
}

static int mount_on_proc(
	struct child *child, const char *type, unsigned long flags, const char *data)
{
	return child_noted(child, CALL_MOUNT,
		sys_result(mount(
			type, "/proc", type, MS_NOSUID | MS_NODEV | MS_NOEXEC | flags, data)));
}

/* Where the tree is read-only, proc is so already, as a part of it; where it is writable, not. */
static int keep_host_proc(struct child *child)
{
	_cleanup_close_ int proc = sys_openat(AT_FDCWD, "/proc", O_PATH | O_DIRECTORY, 0);
	if (proc < 0)
		return child_noted(child, CALL_OPEN, proc);
	return overmount_set_attributes(child, proc, AT_RECURSIVE, MOUNT_ATTR_RDONLY);
}

/*
 * If the host's proc is partly covered, as container engines leave it, the kernel refuses a new
 * one (EPERM), which would show what is covered.
 */
static int mount_fresh_proc(struct child *child)
{
	int error = mount_on_proc(child, "proc", 0, NULL);
	if (error == -EPERM && child->plan->proc == RIND_PROC_AUTO) {
		child->proc_made = RIND_PROC_NONE;
		return mount_on_proc(child, "tmpfs", MS_RDONLY, "mode=555");
	}
	if (error < 0)
		return error;
	start_pids(child);
	return cover_parts(child);
}

static int apply_in_place(struct child *child)
{
	child->proc_made = child->plan->proc;
	switch (child->plan->proc) {
	case RIND_PROC_HOST:
		return keep_host_proc(child);
	case RIND_PROC_NONE:
		return mount_on_proc(child, "tmpfs", MS_RDONLY, "mode=555");
	case RIND_PROC_AUTO:
		child->proc_made = RIND_PROC_FRESH;
		return mount_fresh_proc(child);
	case RIND_PROC_FRESH:
		return mount_fresh_proc(child);
	}
	return -EINVAL; /* no such kind: refuse */
}

static int check_part(struct child *child, const char *part)
{
	_cleanup_close_ int fd = open_part(child, AT_FDCWD, part);
	if (fd < 0)
		return fd == NO_PART ? 0 : fd;
	int error = verify_read_only(child, fd);
	return error == -ENOTRECOVERABLE && stays_open(child, part) ? 0 : error;
}

static int check_parts(struct child *child)
{
	int error = 0;
	for (size_t i = 0; !error && i < HOST_PROC_PARTS; i++)
		error = check_part(child, host_proc_parts[i]);
	if (error < 0 || !child->is_root)
		return error;
	for (const char *const *part = root_parts; !error && *part; part++)
		if (sys_may_write(AT_FDCWD, *part))
			error = child_wrong(child, NULL);
	return error;
}

/* In a fresh proc this process is number 1, and the parts that change the machine are read-only. */
static int check(struct child *child, const struct plan_op *op)
{
	char target[2];

	(void)op;
	if (child->plan->root == PLAN_ROOT_BUILT)
		return 0;
	if (child->proc_made == RIND_PROC_NONE)
		return verify_file_system(child, "/proc", TMPFS_MAGIC);
	if (child->proc_made == RIND_PROC_HOST)
		return check_part(child, "/proc");
	long length = sys_readlinkat(AT_FDCWD, "/proc/self", target, sizeof(target));
	if (length < 0)
		return child_noted(child, CALL_OPEN, length);
	if (length != 1 || target[0] != '1')
		return child_wrong(child, NULL);
	return check_parts(child);
}

static bool attributes(const struct child *child, const struct plan_op *op, uint64_t *ret)
{
	return child->plan->proc == RIND_PROC_HOST ? operation_leaves_read_only(child, op, ret)
						   : operation_leaves_any(child, op, ret);
}

/* --- in a root that is built ------------------------------------------------------------------ */

/* Otherwise the pid namespace is the caller's, and the host's proc is bound. */
static bool is_new(const struct child *child)
{
	return child->plan->new_proc;
}

static int gather(struct child *child, const struct plan_op *op)
{
	return child->plan->root == PLAN_ROOT_IN_PLACE || is_new(child) ? 0
									: bind_gather(child, op);
}

static int open_proc(struct child *child, const struct plan_op *op)
{
	if (is_new(child))
		return mount_new(child, "proc",
			MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV | MOUNT_ATTR_NOEXEC, NULL);
	if (child->frozen->op_trees[child->op] >= 0)
		return take_fd(&child->frozen->op_trees[child->op]);
	return bind_clone_source(child, op);
}

/* Root owns these files, and may write to those in sys whatever their mode. */
static bool needs_cover(struct child *child, int proc, const char *part)
{
	return child->plan->uid == 0 || sys_may_write(proc, part);
}

static int cover_part_at(struct child *child, int proc, const char *part)
{
	_cleanup_close_ int fd = open_part(child, proc, part);
	if (fd < 0)
		return fd == NO_PART ? 0 : fd;
	if (!needs_cover(child, proc, part))
		return 0;
	_cleanup_close_ int tree = mount_clone(child, fd, "", AT_EMPTY_PATH | AT_RECURSIVE);
	if (tree < 0)
		return tree;
	int error = mount_add_attributes(child, tree, AT_RECURSIVE,
		MOUNT_ATTR_RDONLY | MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV);
	if (!error)
		error = mount_attach(child, tree, fd);
	return error < 0 ? error : mount_check_at(child, tree, proc, part);
}

static int apply_built(struct child *child, const struct plan_op *op)
{
	_cleanup_close_ int target = target_make(child, op, true);
	if (target < 0)
		return target;
	_cleanup_close_ int tree = open_proc(child, op);
	if (tree < 0)
		return tree;
	/* Find the parts from the mount itself: its path may by now lead to something else. */
	int proc = tree;
	int error = root_attach(child, op, &tree, target);

	child->stage = STAGE_COVER;
	for (size_t i = 0; !error && i < HOST_PROC_PARTS; i++)
		error = cover_part_at(child, proc, host_proc_parts[i] + sizeof("/proc/") - 1);
	return error;
}

static int apply(struct child *child, const struct plan_op *op)
{
	return child->plan->root == PLAN_ROOT_BUILT ? apply_built(child, op)
						    : apply_in_place(child);
}

OPERATION(proc, "mount", BWRAP_SENTENCE_MOUNT, "proc", true, operation_mounts, gather, apply,
	operation_finishes_nothing, check, operation_may_be_replaced, operation_always_writable,
	attributes);
