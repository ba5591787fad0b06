/*
 * Finds what on this host refused a namespace; see blame.h.  Supervisor only, on the host, with
 * the caller's rights.
 */
#include "supervisor/blame.h"

#include "base/advice.h"
#include "base/error.h"
#include "base/fd.h"
#include "base/number.h"
#include "base/setting.h"
#include "base/sys.h"
#include "mount/mount_table.h"
#include "mount/support.h"
#include "plan/plan.h"
#include "supervisor/process.h"

#include <limits.h>
#include <stdio.h>
#include <string.h>

static const struct kind {
	unsigned int flag; /* PLAN_NS_* */
	const char *name;  /* in user.max_NAME_namespaces */
	const char *thing, *config;
} kinds[] = {
	/* First: the others are made in it. */
	{PLAN_NS_USER, "user", "a user namespace", "CONFIG_USER_NS"},
	{PLAN_NS_MOUNT, "mnt", "a mount namespace", "CONFIG_NAMESPACES"},
	{PLAN_NS_PID, "pid", "a pid namespace", "CONFIG_PID_NS"},
	{PLAN_NS_IPC, "ipc", "an ipc namespace", "CONFIG_IPC_NS"},
	{PLAN_NS_NET, "net", "a network namespace", "CONFIG_NET_NS"},
	{PLAN_NS_UTS, "uts", "a uts namespace", "CONFIG_UTS_NS"},
	{PLAN_NS_CGROUP, "cgroup", "a cgroup namespace", "CONFIG_CGROUPS"},
};

enum { KIND_COUNT = sizeof(kinds) / sizeof(*kinds) };

/* --- which kind ------------------------------------------------------------------------------- */

/* Create a process in such namespaces, which ends at once; 0 or -errno. */
static int try_clone(uint64_t flags)
{
	struct process process;
	siginfo_t info;

	long pid = process_clone(flags, -1, &process);
	if (pid == 0)
		_exit(0);
	if (pid > 0)
		(void)!process_wait(&process, &info);
	close_fd(&process.fd);
	return pid < 0 ? (int)pid : 0;
}

/*
 * The first kind that fails on its own; NULL if none does, for instance because another process
 * has ended meanwhile and made room.
 */
static const struct kind *find_kind(unsigned int namespaces, int error)
{
	const unsigned int users = namespaces & PLAN_NS_USER;

	for (size_t i = 0; i < KIND_COUNT; i++)
		if (namespaces & kinds[i].flag && try_clone(users | kinds[i].flag) == error)
			return &kinds[i];
	return NULL;
}

/* --- limits ----------------------------------------------------------------------------------- */

/* Kinds of namespaces that can be nested, 32 levels at most. */
static bool is_nested(const struct kind *kind)
{
	return kind->flag == PLAN_NS_USER || kind->flag == PLAN_NS_PID;
}

static void blame_depth(const struct kind *kind, struct blame *ret)
{
	snprintf(ret->reason, sizeof(ret->reason),
		"%s namespaces are nested too deeply, more than 32 in each other", kind->name);
	snprintf(ret->remedy, sizeof(ret->remedy), "nest them less deeply");
}

/*
 * A namespace counts in its owner's user namespace and in all enclosing ones.  The limits of the
 * enclosing ones cannot be read from here, so they may be the cause as well.
 */
static void blame_limit(const struct kind *kind, struct blame *ret)
{
	char path[64], name[48], command[256];

	snprintf(name, sizeof(name), "user.max_%s_namespaces", kind->name);
	snprintf(path, sizeof(path), "/proc/sys/user/max_%s_namespaces", kind->name);
	long value = setting_read(path);
	if (value == 0) {
		snprintf(ret->reason, sizeof(ret->reason), "%s=0", name);
		advice_set(ret->remedy, sizeof(ret->remedy), name, 10000, true);
		return;
	}
	if (advice_is_first_user_namespace() > 0 && value > 0) {
		snprintf(ret->reason, sizeof(ret->reason), "%s=%ld is reached", name, value);
		advice_set(command, sizeof(command), name,
			value < INT_MAX / 2 ? 2 * value : INT_MAX, true);
		snprintf(ret->remedy, sizeof(ret->remedy), "end other sandboxes, or %s", command);
		return;
	}
	char where[64] = " of a user namespace around this one";
	/* A new user namespace starts with the largest int, which is no limit. */
	if (value > 0 && value < INT_MAX)
		snprintf(where, sizeof(where), "=%ld here, or less around here,", value);
	snprintf(ret->reason, sizeof(ret->reason), "%s%s is reached%s", name, where,
		is_nested(kind) ? ", or they are nested too deeply" : "");
	snprintf(ret->remedy, sizeof(ret->remedy),
		"raise %s where this container or sandbox was started, %send other sandboxes%s",
		name, is_nested(kind) ? "" : "or ",
		is_nested(kind) ? ", or nest them less deeply" : "");
}

/* --- refusals --------------------------------------------------------------------------------- */

static void advise_profile(char *ret, size_t size)
{
	static const char *const places[] = {"/usr/share/doc/rind/apparmor-profile",
		"/usr/local/share/doc/rind/apparmor-profile"};
	const char own[] = "/etc/apparmor.d/rind";

	if (!advice_has_program("apparmor_parser")) {
		snprintf(ret, size, "load an AppArmor profile with 'userns,' for rind");
		return;
	}
	if (!sys_access(AT_FDCWD, own, F_OK)) {
		snprintf(ret, size,
			"see that the AppArmor profile %s names this rind, and load it: "
			"apparmor_parser -r %s",
			own, own);
		return;
	}
	for (size_t i = 0; i < sizeof(places) / sizeof(*places); i++)
		if (!sys_access(AT_FDCWD, places[i], R_OK)) {
			snprintf(ret, size,
				"load the AppArmor profile for rind: cp %s %s && apparmor_parser "
				"-r %s",
				places[i], own, own);
			return;
		}
	snprintf(ret, size,
		"load the AppArmor profile that comes with rind (docs/apparmor-profile): cp it to "
		"%s, with the path of this rind, and: apparmor_parser -r %s",
		own, own);
}

bool blame_setting(struct blame *ret)
{
	static const struct {
		const char *path, *name;
		long refuses, allows;
	} settings[] = {
		{"/proc/sys/kernel/unprivileged_userns_clone", "kernel.unprivileged_userns_clone",
			0, 1},
		{"/proc/sys/kernel/apparmor_restrict_unprivileged_userns",
			"kernel.apparmor_restrict_unprivileged_userns", 1, 0},
	};
	char command[256];

	/* Neither setting restricts root in the first user namespace. */
	if (geteuid() == 0 && advice_is_first_user_namespace() > 0)
		return false;
	for (size_t i = 0; i < sizeof(settings) / sizeof(*settings); i++) {
		if (setting_read(settings[i].path) != settings[i].refuses)
			continue;
		snprintf(ret->reason, sizeof(ret->reason), "%s=%ld", settings[i].name,
			settings[i].refuses);
		advice_set(command, sizeof(command), settings[i].name, settings[i].allows, false);
		if (settings[i].refuses) {
			char profile[320];
			advise_profile(profile, sizeof(profile));
			snprintf(ret->remedy, sizeof(ret->remedy), "%s, or %s", command, profile);
		} else {
			snprintf(ret->remedy, sizeof(ret->remedy), "%s", command);
		}
		return true;
	}
	return false;
}

/* The parent of a process; 0 if it has none, or none that is visible. */
static int parent_of(int process)
{
	char text[1024];
	_cleanup_close_ int fd = sys_openat(process, "status", O_RDONLY, 0);
	ssize_t size = fd < 0 ? -1 : read(fd, text, sizeof(text) - 1);

	if (size <= 0)
		return 0;
	text[size] = '\0';
	static const char FIELD[] = "\nPPid:\t";
	const char *line = strstr(text, FIELD);
	uint64_t parent = 0;
	if (line) {
		line += strlen(FIELD);
		(void)!number_take(&line, 10, INT_MAX, &parent);
	}
	return (int)parent;
}

/*
 * From inside, a chroot whose root is a mount looks like any other root.  A process outside of
 * the chroot sees the same mount at another path; mostly an ancestor, which called chroot(8), is
 * outside.  So search the mount tables of the ancestors.  *ret: that path, or "".
 */
static void find_root_outside(char *ret, size_t size)
{
	enum { GENERATIONS = 64 };
	_cleanup_close_ int root = sys_openat(AT_FDCWD, "/", O_PATH | O_DIRECTORY, 0);
	_cleanup_close_ int self = sys_openat(AT_FDCWD, "/proc/self", O_PATH | O_DIRECTORY, 0);
	int id = root < 0 || self < 0 ? -1 : mount_table_read_id(self, root);
	int pid = id < 0 ? 0 : parent_of(self);

	*ret = '\0';
	for (int i = 0; !*ret && i < GENERATIONS && pid > 0; i++) {
		_cleanup_mount_table_ struct mount_table table = {0};
		char path[32];

		snprintf(path, sizeof(path), "/proc/%d", pid);
		_cleanup_close_ int process = sys_openat(AT_FDCWD, path, O_PATH | O_DIRECTORY, 0);
		if (process < 0)
			return;
		const struct mount_entry *entry = NULL;
		if (!mount_table_read(process, &table))
			entry = mount_table_find(&table, id);
		if (entry && strcmp(entry->path, "/") != 0)
			snprintf(ret, size, "%s", entry->path);
		pid = parent_of(process);
	}
}

static bool blame_chroot(struct blame *ret)
{
	char path[256] = "";
	bool sure = host_root_is_mount() == 0;

	if (!sure)
		find_root_outside(path, sizeof(path));
	if (!sure && !*path)
		return false;
	snprintf(ret->reason, sizeof(ret->reason),
		"rind is in %s%s, where the kernel makes no user namespace",
		*path ? "the chroot " : "a chroot", path);
	snprintf(ret->remedy, sizeof(ret->remedy),
		"start rind outside of it, or enter it without chroot: rind bwrap --dev-bind %s / "
		"COMMAND, or unshare --mount and pivot_root",
		*path ? path : "DIR");
	return true;
}

/*
 * The AppArmor profile or SELinux domain of this process; "" if there is none, or one that
 * refuses nothing.
 */
static void read_label(char *ret, size_t size)
{
	_cleanup_close_ int fd = sys_openat(AT_FDCWD, "/proc/self/attr/current", O_RDONLY, 0);
	ssize_t length = fd < 0 ? -1 : read(fd, ret, size - 1);

	ret[length > 0 ? length : 0] = '\0';
	ret[strcspn(ret, "\n")] = '\0';
	if (strstr(ret, "unconfined"))
		*ret = '\0';
}

static void blame_module(struct blame *ret)
{
	char label[128];

	read_label(label, sizeof(label));
	if (*label) {
		snprintf(ret->reason, sizeof(ret->reason),
			"rind runs under the security label '%s', which may deny it", label);
		snprintf(ret->remedy, sizeof(ret->remedy),
			"allow user namespaces to that label; the denial is in the kernel's log: "
			"dmesg");
		return;
	}
	snprintf(ret->reason, sizeof(ret->reason),
		"the kernel refuses it in a chroot; otherwise a security module does");
	snprintf(ret->remedy, sizeof(ret->remedy),
		"start rind outside of the chroot, or make the directory the root with pivot_root; "
		"or look for a security module's denial: dmesg");
}

static void blame_refusal(const struct kind *kind, struct blame *ret)
{
	bool users = kind->flag == PLAN_NS_USER;

	if (users && (blame_setting(ret) || blame_chroot(ret)))
		return;
	if (sys_prctl(PR_GET_SECCOMP, 0) > 0) {
		snprintf(ret->reason, sizeof(ret->reason),
			"a seccomp filter around rind refuses it%s",
			users ? ", or the kernel, in a chroot" : "");
		snprintf(ret->remedy, sizeof(ret->remedy), "%s", advice_container());
	} else if (users) {
		blame_module(ret);
	} else if (geteuid() == 0) {
		snprintf(ret->reason, sizeof(ret->reason),
			"root lacks CAP_SYS_ADMIN here, as in a container");
		snprintf(ret->remedy, sizeof(ret->remedy),
			"make a user namespace as well: --unshare-user");
	}
}

static void blame_absence(const struct kind *kind, struct blame *ret)
{
	snprintf(ret->reason, sizeof(ret->reason), "this kernel has no %s namespaces", kind->name);
	snprintf(ret->remedy, sizeof(ret->remedy), "run a kernel that is built with %s",
		kind->config);
}

static void blame_kind(const struct kind *kind, int error, struct blame *ret)
{
	ret->thing = kind->thing;
	switch (-error) {
	case ENOSPC:
		blame_limit(kind, ret);
		break;
	case EUSERS: /* before Linux 4.9 */
		blame_depth(kind, ret);
		break;
	case EPERM:
	case EACCES:
		blame_refusal(kind, ret);
		break;
	case EINVAL:
		blame_absence(kind, ret);
		break;
	default:
		break;
	}
}

void blame_namespace(uint64_t flag, int error, struct blame *ret)
{
	*ret = (struct blame){.thing = "the namespaces"};
	for (size_t i = 0; i < KIND_COUNT; i++)
		if (kinds[i].flag == flag)
			blame_kind(&kinds[i], error, ret);
}

void blame_clone(unsigned int namespaces, int error, struct blame *ret)
{
	const struct kind *kind = find_kind(namespaces, error);

	*ret = (struct blame){.thing = "the namespaces"};
	if (kind) {
		blame_kind(kind, error, ret);
	} else if (error == -ENOSPC) {
		snprintf(ret->reason, sizeof(ret->reason),
			"a limit in /proc/sys/user was reached a moment ago");
		snprintf(ret->remedy, sizeof(ret->remedy), "try again");
	}
}
