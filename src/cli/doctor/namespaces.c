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

/* Let an id be itself in the user namespace. */
static int write_map(const char *path, unsigned int id)
{
	char map[64];
	int error = idmap_format(map, sizeof(map), id, id, 1);
	return error ? error : write_file(path, map);
}

static bool map_ids(uid_t uid, gid_t gid, struct finding *ret)
{
	int error = write_file("/proc/self/setgroups", "deny");
	if (!error)
		error = write_map("/proc/self/uid_map", uid);
	if (!error)
		error = write_map("/proc/self/gid_map", gid);
	if (!error)
		return true;
	doctor_blame(ret, "writing /proc/self/uid_map and gid_map", error, 0);
	if (error == -ENOENT)
		finding_set_remedy(ret, "mount -t proc proc /proc");
	if (error == -EROFS)
		finding_set_remedy(ret, "mount -o remount,bind,rw /proc");
	return false;
}

/* The limit to report: in a new user namespace the files of /proc show that one's own limits. */
static struct blame read_limit(uint64_t flag)
{
	struct blame blame;

	blame_namespace(flag, -ENOSPC, &blame);
	return blame;
}

/* limit: from before a user namespace was entered; NULL: none has been. */
static bool unshare_kind(
	struct finding *ret, uint64_t flag, const char *call, const struct blame *limit)
{
	int error = (int)sys_result(unshare((int)flag));

	if (error == -ENOSPC && limit)
		doctor_say(ret, call, error, limit);
	else if (error < 0)
		doctor_blame(ret, call, error, flag);
	return !error;
}

/* Enter a user namespace as rind run does; if that fails, fill in why. */
static bool enter_user_namespace(struct finding *ret)
{
	uid_t uid = geteuid();
	gid_t gid = getegid();

	return unshare_kind(ret, CLONE_NEWUSER, "unshare(CLONE_NEWUSER)", NULL) &&
	       map_ids(uid, gid, ret);
}

/* Enter another one in a new user namespace; the limit has to be read before. */
static bool enter_namespace(struct finding *ret, uint64_t flag, const char *call)
{
	const struct blame limit = read_limit(flag);

	return enter_user_namespace(ret) && unshare_kind(ret, flag, call, &limit);
}

/* Enter a mount namespace too, whose mounts do not propagate to the host. */
static bool enter_mount_namespace(struct finding *ret)
{
	if (!enter_namespace(ret, CLONE_NEWNS, "unshare(CLONE_NEWNS)"))
		return false;
	/*
	 * EINVAL: in a chroot "/" is not a mount; but there the kernel has made these mounts slaves
	 * already.
	 */
	(void)sys_result(mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL));
	return true;
}

/* --- namespaces ------------------------------------------------------------------------------- */

static void probe_user_namespace(struct finding *ret)
{
	if (unshare_kind(ret, CLONE_NEWUSER, "unshare(CLONE_NEWUSER)", NULL))
		finding_set(ret, 0, "can be made");
}

static void probe_id_maps(struct finding *ret)
{
	finding_set(ret, 0, "uid %u and gid %u can be mapped", geteuid(), getegid());
}

static void probe_namespace(const struct check *check, struct finding *ret)
{
	char call[48];

	snprintf(call, sizeof(call), "unshare(%s)", check->text);
	if (enter_namespace(ret, (uint64_t)check->number, call))
		finding_set(ret, 0, "can be made");
}

/* --- mounting --------------------------------------------------------------------------------- */

/* A path that rind needs in every root anyway. */
static const char PLACE[] = "/dev";

static void probe_tmpfs(struct finding *ret)
{
	int error = (int)sys_result(mount("tmpfs", PLACE, "tmpfs", MS_NOSUID, "mode=755"));
	doctor_conclude(ret, "mount(tmpfs)", error, "can be mounted");
}

static void probe_devpts(struct finding *ret)
{
	int error = (int)sys_result(mount("devpts", PLACE, "devpts", MS_NOSUID | MS_NOEXEC,
		"newinstance,ptmxmode=0666,mode=620"));
	doctor_conclude(ret, "mount(devpts)", error, "can be mounted");
}

/* A detached copy of the mounts at PLACE; or -errno. */
static int clone_place(void)
{
	return sys_open_tree(AT_FDCWD, PLACE, OPEN_TREE_CLONE | AT_RECURSIVE);
}

static void probe_open_tree(struct finding *ret)
{
	_cleanup_close_ int tree = clone_place();
	doctor_conclude(ret, "open_tree", tree, "works");
}

static void probe_move_mount(struct finding *ret)
{
	_cleanup_close_ int tree = clone_place();
	_cleanup_close_ int target = sys_openat(AT_FDCWD, PLACE, O_PATH | O_DIRECTORY, 0);
	int error = sys_move_mount_onto(tree, target);
	/* Without open_tree there is no tree to move: then EBADF shows that move_mount exists. */
	bool exists = tree < 0 && error == -EBADF;
	doctor_conclude(ret, "move_mount", exists ? 0 : error, "works");
}

static void probe_mount_setattr(struct finding *ret)
{
	const struct sys_mount_attr attr = {
		.set = MOUNT_ATTR_RDONLY | MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV,
		.propagation = MS_PRIVATE,
	};

	int error = sys_mount_setattr(AT_FDCWD, "/", AT_RECURSIVE, &attr);
	doctor_conclude(ret, "mount_setattr", error, "makes the whole tree read-only");
	if (error == -EINVAL)
		finding_set_remedy(ret, "see the line 'root'");
}

static void probe_fsopen(struct finding *ret)
{
	_cleanup_close_ int context = sys_fsopen("tmpfs");
	int error = context < 0 ? context : sys_fsconfig_create(context);
	_cleanup_close_ int tree = error < 0 ? error : sys_fsmount(context, MOUNT_ATTR_NOSUID);
	doctor_conclude(ret, "fsopen, fsconfig, fsmount", tree, "work");
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

static void probe_proc(struct finding *ret)
{
	const struct blame limit = read_limit(CLONE_NEWPID);

	if (!enter_mount_namespace(ret) ||
		!unshare_kind(ret, CLONE_NEWPID, "unshare(CLONE_NEWPID)", &limit))
		return;
	int error = mount_proc();
	if (error != -EPERM)
		return doctor_conclude(ret, "mount(proc)", error, "can be mounted");
	finding_set(ret, error,
		"mount(proc): %s (parts of the host's /proc are masked, so the kernel "
		"refuses a new one)",
		errno_text(-error));
	finding_set_remedy(ret, "rind run --proc auto (an empty one) or --proc host, or start the "
				"container with its /proc unmasked (docker run --security-opt "
				"systempaths=unconfined)");
}

/* .text and .number of a kind of namespace: its flag. */
const struct check doctor_namespace_checks[] = {
	{"user-namespace", WEIGHT_VITAL, .probe = probe_user_namespace,
		.provides = "a user namespace"},
	{"id-maps", WEIGHT_VITAL, .enter = enter_user_namespace, .probe = probe_id_maps,
		.provides = "id maps"},
	{"mount-namespace", WEIGHT_VITAL, .shared = probe_namespace, .number = CLONE_NEWNS,
		.text = "CLONE_NEWNS"},
	{"pid-namespace", WEIGHT_VITAL, .shared = probe_namespace, .number = CLONE_NEWPID,
		.text = "CLONE_NEWPID"},
	{"ipc-namespace", WEIGHT_VITAL, .shared = probe_namespace, .number = CLONE_NEWIPC,
		.text = "CLONE_NEWIPC"},
	{"network-namespace", WEIGHT_VITAL, .shared = probe_namespace, .number = CLONE_NEWNET,
		.text = "CLONE_NEWNET"},
	{"uts-namespace", WEIGHT_OPTION, "--hostname", .shared = probe_namespace,
		.number = CLONE_NEWUTS, .text = "CLONE_NEWUTS"},
	{"cgroup-namespace", WEIGHT_OPTION, "rind bwrap --unshare-cgroup",
		.shared = probe_namespace, .number = CLONE_NEWCGROUP, .text = "CLONE_NEWCGROUP"},
	{"open_tree", WEIGHT_VITAL, .enter = enter_mount_namespace, .probe = probe_open_tree},
	{"move_mount", WEIGHT_VITAL, .enter = enter_mount_namespace, .probe = probe_move_mount},
	{"mount_setattr", WEIGHT_VITAL, .enter = enter_mount_namespace,
		.probe = probe_mount_setattr},
	{"fsopen", WEIGHT_VITAL, .enter = enter_mount_namespace, .probe = probe_fsopen},
	{"tmpfs", WEIGHT_VITAL, .enter = enter_mount_namespace, .probe = probe_tmpfs},
	{"devpts", WEIGHT_VITAL, .enter = enter_mount_namespace, .probe = probe_devpts},
	{"proc", WEIGHT_VITAL, .probe = probe_proc},
	{0},
};
