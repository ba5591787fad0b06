/*
 * See doctor.h.  Checks in namespaces, each in a child of its own.  Their mounts are in a mount
 * namespace that ends with them.
 */
#include "cli/doctor/doctor.h"

#include "base/error.h"
#include "base/fd.h"
#include "base/sys.h"
#include "plan/idmap.h"

#include <sched.h>
#include <stdio.h>
#include <string.h>

/* --- getting there ---------------------------------------------------------------------------- */

static int write_file(const char *path, const char *text)
{
	_cleanup_close_ int fd = sys_openat(AT_FDCWD, path, O_WRONLY, 0);
	if (fd < 0)
		return fd;
	long written = sys_result(write(fd, text, strlen(text)));
	return written < 0 ? (int)written : 0;
}

static bool map_ids(uid_t uid, gid_t gid, struct finding *ret)
{
	char map[64];

	int error = write_file("/proc/self/setgroups", "deny");
	if (!error)
		error = idmap_format(map, sizeof(map), uid, uid, 1);
	if (!error)
		error = write_file("/proc/self/uid_map", map);
	if (!error)
		error = idmap_format(map, sizeof(map), gid, gid, 1);
	if (!error)
		error = write_file("/proc/self/gid_map", map);
	if (!error)
		return true;
	doctor_blame(ret, "writing /proc/self/uid_map and gid_map", error, 0);
	if (error == -ENOENT)
		finding_set_remedy(ret, "mount -t proc proc /proc");
	if (error == -EROFS)
		finding_set_remedy(ret, "mount -o remount,bind,rw /proc");
	return false;
}

/* Enter a user namespace as rind run does; if that fails, fill in why. */
static bool enter_user_namespace(struct finding *ret)
{
	uid_t uid = geteuid();
	gid_t gid = getegid();

	int error = (int)sys_result(unshare(CLONE_NEWUSER));
	if (error < 0)
		doctor_blame(ret, "unshare(CLONE_NEWUSER)", error, CLONE_NEWUSER);
	return !error && map_ids(uid, gid, ret);
}

/* The limit to report: in a new user namespace the files of /proc show that one's own limits. */
static struct blame read_limit(uint64_t flag)
{
	struct blame blame;

	blame_namespace(flag, -ENOSPC, &blame);
	return blame;
}

static bool unshare_kind(
	struct finding *ret, uint64_t flag, const char *call, const struct blame *limit)
{
	int error = (int)sys_result(unshare((int)flag));

	if (error == -ENOSPC)
		doctor_say(ret, call, error, limit);
	else if (error < 0)
		doctor_blame(ret, call, error, flag);
	return !error;
}

/* Enter a mount namespace too, whose mounts do not propagate to the host. */
static bool enter_mount_namespace(struct finding *ret)
{
	const struct blame limit = read_limit(CLONE_NEWNS);

	if (!enter_user_namespace(ret) ||
		!unshare_kind(ret, CLONE_NEWNS, "unshare(CLONE_NEWNS)", &limit))
		return false;
	/*
	 * EINVAL: in a chroot "/" is not a mount; but there the kernel has made these mounts slaves
	 * already.
	 */
	(void)sys_result(mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL));
	return true;
}

/* --- namespaces ------------------------------------------------------------------------------- */

static void probe_user_namespace(const struct check *check, struct finding *ret)
{
	(void)check;
	int error = (int)sys_result(unshare(CLONE_NEWUSER));
	if (error < 0)
		doctor_blame(ret, "unshare(CLONE_NEWUSER)", error, CLONE_NEWUSER);
	else
		finding_set(ret, 0, "can be made");
}

static void probe_id_maps(const struct check *check, struct finding *ret)
{
	uid_t uid = geteuid();
	gid_t gid = getegid();

	(void)check;
	if (enter_user_namespace(ret))
		finding_set(ret, 0, "uid %u and gid %u can be mapped", uid, gid);
}

static void probe_namespace(const struct check *check, struct finding *ret)
{
	const uint64_t flag = (uint64_t)check->number;
	const struct blame limit = read_limit(flag);
	char call[48];

	snprintf(call, sizeof(call), "unshare(%s)", check->text);
	if (enter_user_namespace(ret) && unshare_kind(ret, flag, call, &limit))
		finding_set(ret, 0, "can be made");
}

/* --- mounting --------------------------------------------------------------------------------- */

/* A path that rind needs in every root anyway. */
static const char PLACE[] = "/dev";

static void probe_tmpfs(const struct check *check, struct finding *ret)
{
	(void)check;
	if (!enter_mount_namespace(ret))
		return;
	int error = (int)sys_result(mount("tmpfs", PLACE, "tmpfs", MS_NOSUID, "mode=755"));
	if (error < 0)
		doctor_blame(ret, "mount(tmpfs)", error, 0);
	else
		finding_set(ret, 0, "can be mounted");
}

static void probe_devpts(const struct check *check, struct finding *ret)
{
	(void)check;
	if (!enter_mount_namespace(ret))
		return;
	int error = (int)sys_result(mount("devpts", PLACE, "devpts", MS_NOSUID | MS_NOEXEC,
		"newinstance,ptmxmode=0666,mode=620"));
	if (error < 0)
		doctor_blame(ret, "mount(devpts)", error, 0);
	else
		finding_set(ret, 0, "can be mounted");
}

/* A detached copy of the mounts at PLACE; or -errno. */
static int clone_place(void)
{
	return sys_open_tree(AT_FDCWD, PLACE, OPEN_TREE_CLONE | AT_RECURSIVE);
}

static void probe_open_tree(const struct check *check, struct finding *ret)
{
	(void)check;
	if (!enter_mount_namespace(ret))
		return;
	_cleanup_close_ int tree = clone_place();
	if (tree < 0)
		doctor_blame(ret, "open_tree", tree, 0);
	else
		finding_set(ret, 0, "works");
}

static void probe_move_mount(const struct check *check, struct finding *ret)
{
	(void)check;
	if (!enter_mount_namespace(ret))
		return;
	_cleanup_close_ int tree = clone_place();
	_cleanup_close_ int target = sys_openat(AT_FDCWD, PLACE, O_PATH | O_DIRECTORY, 0);
	int error = sys_move_mount_onto(tree, target);
	/* Without open_tree there is no tree to move: then EBADF shows that move_mount exists. */
	if (error < 0 && !(tree < 0 && error == -EBADF))
		doctor_blame(ret, "move_mount", error, 0);
	else
		finding_set(ret, 0, "works");
}

static void probe_mount_setattr(const struct check *check, struct finding *ret)
{
	const struct sys_mount_attr attr = {
		.set = MOUNT_ATTR_RDONLY | MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV,
		.propagation = MS_PRIVATE,
	};

	(void)check;
	if (!enter_mount_namespace(ret))
		return;
	int error = sys_mount_setattr(AT_FDCWD, "/", AT_RECURSIVE, &attr);
	if (error < 0)
		doctor_blame(ret, "mount_setattr", error, 0);
	else
		finding_set(ret, 0, "makes the whole tree read-only");
	if (error == -EINVAL)
		finding_set_remedy(ret, "see the line 'root'");
}

static void probe_fsopen(const struct check *check, struct finding *ret)
{
	(void)check;
	if (!enter_mount_namespace(ret))
		return;
	_cleanup_close_ int context = sys_fsopen("tmpfs");
	int error = context < 0 ? context : sys_fsconfig_create(context);
	_cleanup_close_ int tree = error < 0 ? error : sys_fsmount(context, MOUNT_ATTR_NOSUID);
	if (tree < 0)
		doctor_blame(ret, "fsopen, fsconfig, fsmount", tree, 0);
	else
		finding_set(ret, 0, "work");
}

/* --- proc ------------------------------------------------------------------------------------- */

/* Runs in the first process of a new pid namespace; the errno is its exit status. */
static int mount_proc(void)
{
	int status;

	pid_t pid = fork();
	if (pid == 0) {
		long error = sys_result(
			mount("proc", "/proc", "proc", MS_NOSUID | MS_NODEV | MS_NOEXEC, NULL));
		_exit((int)-error);
	}
	while (pid > 0 && waitpid(pid, &status, 0) < 0 && errno == EINTR)
		;
	if (pid < 0)
		return -errno;
	return WIFEXITED(status) ? -WEXITSTATUS(status) : -EINTR;
}

static void probe_proc(const struct check *check, struct finding *ret)
{
	const struct blame limit = read_limit(CLONE_NEWPID);

	(void)check;
	if (!enter_mount_namespace(ret) ||
		!unshare_kind(ret, CLONE_NEWPID, "unshare(CLONE_NEWPID)", &limit))
		return;
	int error = mount_proc();
	if (!error) {
		finding_set(ret, 0, "can be mounted");
	} else if (error == -EPERM) {
		finding_set(ret, error,
			"mount(proc): %s (parts of the host's /proc are masked, so the kernel "
			"refuses a new one)",
			errno_text(-error));
		finding_set_remedy(ret,
			"rind run --proc auto (an empty one) or --proc host, or start the "
			"container with its /proc unmasked (docker run --security-opt "
			"systempaths=unconfined)");
	} else {
		doctor_blame(ret, "mount(proc)", error, 0);
	}
}

/*
 * .text: in the first two rows, which the others depend on, its name; in rows of a namespace the
 * flag's name.
 */
const struct check doctor_namespace_checks[] = {
	{.name = "user-namespace", .probe = probe_user_namespace, .text = "a user namespace"},
	{.name = "id-maps", .probe = probe_id_maps, .text = "id maps"},
	{.name = "mount-namespace",
		.probe = probe_namespace,
		.number = CLONE_NEWNS,
		.text = "CLONE_NEWNS"},
	{.name = "pid-namespace",
		.probe = probe_namespace,
		.number = CLONE_NEWPID,
		.text = "CLONE_NEWPID"},
	{.name = "ipc-namespace",
		.probe = probe_namespace,
		.number = CLONE_NEWIPC,
		.text = "CLONE_NEWIPC"},
	{.name = "network-namespace",
		.probe = probe_namespace,
		.number = CLONE_NEWNET,
		.text = "CLONE_NEWNET"},
	{.name = "uts-namespace",
		.weight = WEIGHT_OPTION,
		.needs = "--hostname",
		.probe = probe_namespace,
		.number = CLONE_NEWUTS,
		.text = "CLONE_NEWUTS"},
	{.name = "cgroup-namespace",
		.weight = WEIGHT_OPTION,
		.needs = "rind bwrap --unshare-cgroup",
		.probe = probe_namespace,
		.number = CLONE_NEWCGROUP,
		.text = "CLONE_NEWCGROUP"},
	{.name = "open_tree", .probe = probe_open_tree},
	{.name = "move_mount", .probe = probe_move_mount},
	{.name = "mount_setattr", .probe = probe_mount_setattr},
	{.name = "fsopen", .probe = probe_fsopen},
	{.name = "tmpfs", .probe = probe_tmpfs},
	{.name = "devpts", .probe = probe_devpts},
	{.name = "proc", .probe = probe_proc},
	{0},
};
