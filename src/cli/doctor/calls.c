/*
 * See doctor.h.  Checks that need no namespace: single system calls, kernel features, files.  Each
 * runs in a child of its own.  Nothing on the host is changed: a file that is made has no name.
 */
#include "cli/doctor/doctor.h"

#include "base/advice.h"
#include "base/fd.h"
#include "base/number.h"
#include "base/placeholder_mark.h"
#include "base/sys.h"
#include "mount/support.h"
#include "plan/cgroup.h"
#include "plan/filter.h"
#include "plan/limits.h"

#include <linux/magic.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/utsname.h>

enum { NO_FD = 0x7fffffff };

/* --- the surroundings ------------------------------------------------------------------------- */

static void probe_kernel(struct finding *ret)
{
	struct utsname name;
	const char *release = name.release;
	uint64_t major = 0, minor = 0;

	if (uname(&name) < 0) {
		finding_set(ret, -errno, "uname: %s", errno_text(errno));
		return;
	}
	(void)!number_take(&release, 10, UINT64_MAX, &major);
	if (*release++ == '.')
		(void)!number_take(&release, 10, UINT64_MAX, &minor);
	bool recent = major > 5 || (major == 5 && minor >= 12);
	finding_set(ret, recent ? 0 : -ENOSYS, "Linux %s, %s%s", name.release, name.machine,
		recent ? "" : " (older than 5.12)");
	if (!recent)
		finding_set_remedy(ret, "run a newer kernel, 5.12 or later");
}

/* In a chroot the kernel refuses to make a user namespace, and to set attributes of the root. */
static void probe_root(struct finding *ret)
{
	int result = host_root_is_mount();
	if (result < 0) {
		finding_set(ret, result, "/ or /proc cannot be looked at: %s", errno_text(-result));
		return;
	}
	if (result) {
		finding_set(ret, 0, "a mount%s",
			doctor_is_filtered() ? "; a seccomp filter is around rind" : "");
		return;
	}
	finding_set(ret, -EPERM,
		"no mount: rind is in a chroot, where the kernel makes no user namespace");
	finding_set_remedy(ret,
		"enter it with bwrap --bind DIR / or unshare --mount and pivot_root instead of "
		"chroot");
}

static void probe_devices(struct finding *ret)
{
	static const char *const names[] = {"null", "zero", "full", "random", "urandom", "tty"};
	char missing[64] = "";

	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++) {
		struct stat stat;
		char path[32];

		snprintf(path, sizeof(path), "/dev/%s", names[i]);
		if (!sys_fstatat(AT_FDCWD, path, &stat, 0) && S_ISCHR(stat.st_mode))
			continue;
		size_t used = strlen(missing);
		snprintf(missing + used, sizeof(missing) - used, " %s", names[i]);
	}
	if (!*missing) {
		finding_set(ret, 0, "/dev has null, zero, full, random, urandom and tty");
		return;
	}
	finding_set(ret, -ENOENT, "/dev lacks%s", missing);
	finding_set_remedy(ret, "mount a /dev, or: mknod -m 666 /dev/null c 1 3");
}

/* --- single calls ----------------------------------------------------------------------------- */

static void judge_call(const struct check *check, int error, struct finding *ret)
{
	if (error == -check->refusal)
		finding_set(ret, 0, "the kernel has it");
	else
		doctor_blame(ret, check->text, error == -EINVAL ? -ENOSYS : error, 0);
}

/*
 * Each call has arguments that the kernel refuses before it does anything.  The call exists if it
 * fails with the errno for these arguments.
 */
static void probe_call(const struct check *check, struct finding *ret)
{
	const long *with = check->arguments;
	long result = syscall(check->number, with[0], with[1], with[2], with[3], with[4]);
	judge_call(check, (int)sys_result(result), ret);
}

/* Before Linux 5.4 there is no P_PIDFD, which is EINVAL. */
static void probe_pidfd_wait(const struct check *check, struct finding *ret)
{
	siginfo_t info;
	judge_call(check, sys_waitid(P_PIDFD, NO_FD, &info), ret);
}

/* .arguments and .refusal: what the call gets, and the errno for that. */
const struct check doctor_call_checks[] = {
	{"kernel", WEIGHT_VITAL, .probe = probe_kernel},
	{"root", WEIGHT_VITAL, .probe = probe_root},
	{"devices", WEIGHT_VITAL, .probe = probe_devices},
	{"clone3", WEIGHT_VITAL, .shared = probe_call, .number = SYS_clone3, .text = "clone3",
		.refusal = EINVAL},
	{"statx", WEIGHT_VITAL, .shared = probe_call, .number = SYS_statx, .text = "statx",
		.arguments = {AT_FDCWD, (long)"/"}, .refusal = EFAULT},
	{"openat2", WEIGHT_VITAL, .shared = probe_call, .number = SYS_openat2, .text = "openat2",
		.arguments = {AT_FDCWD, (long)""}, .refusal = EINVAL},
	{"close_range", WEIGHT_VITAL, .shared = probe_call, .number = SYS_close_range,
		.text = "close_range", .arguments = {1}, .refusal = EINVAL},
	{"pidfd-signal", WEIGHT_VITAL, .shared = probe_call, .number = SYS_pidfd_send_signal,
		.text = "pidfd_send_signal", .arguments = {-1}, .refusal = EBADF},
	{"pidfd-wait", WEIGHT_VITAL, .shared = probe_pidfd_wait, .text = "waitid(P_PIDFD)",
		.refusal = EBADF},
	{0},
};

/* --- restrictions ----------------------------------------------------------------------------- */

static void probe_filter(struct finding *ret)
{
	int error = sys_prctl(PR_SET_NO_NEW_PRIVS, 1);
	if (error < 0) {
		doctor_blame(ret, "prctl(PR_SET_NO_NEW_PRIVS)", error, 0);
		return;
	}
	error = sys_seccomp_filter(filter_program(PLAN_FILTER_ISOLATED));
	if (error < 0)
		doctor_blame(ret, "seccomp", error == -EINVAL ? -ENOSYS : error, 0);
	else if (!doctor_is_filtered())
		finding_set(ret, -ENOTRECOVERABLE, "seccomp says yes and does nothing");
	else
		finding_set(ret, 0, "filters can be attached");
}

static void probe_landlock(struct finding *ret)
{
	int version = sys_landlock_version();
	if (version == -EOPNOTSUPP) {
		finding_set(ret, version, "the kernel has it, and it is not turned on");
		finding_set_remedy(ret, "boot with 'landlock' in the kernel's lsm= parameter");
	} else if (version < 0) {
		doctor_blame(ret, "landlock_create_ruleset", version, 0);
		if (version == -ENOSYS && !doctor_is_filtered())
			finding_set_remedy(
				ret, "run a kernel with Landlock, 6.12 or later for all of it");
	} else if (!host_has_landlock_calls()) {
		doctor_blame(ret, "landlock_add_rule, landlock_restrict_self", -ENOSYS, 0);
	} else if (version < LANDLOCK_ABI_SCOPES) {
		finding_set(ret, -ENOSYS, "version %d: %s", version,
			version < LANDLOCK_ABI_REFER
				? "too old to be used"
				: "no scopes for signals and abstract sockets");
		finding_set_remedy(ret, "run a newer kernel, 6.12 or later");
	} else {
		finding_set(ret, 0, "version %d", version);
	}
}

static void probe_keyring(struct finding *ret)
{
	int result = sys_new_session_keyring();
	doctor_conclude(ret, "keyctl", result,
		result ? "the kernel has no keyrings" : "a new session keyring can be joined");
}

/* --- files ------------------------------------------------------------------------------------ */

/* Does a file keep the mode that marks a placeholder, and can it be locked? */
static void check_placeholder(struct finding *ret, const char *directory, int fd)
{
	struct stat stat;

	if (fchmod(fd, PLACEHOLDER_FIFO_MODE) < 0 || fstat(fd, &stat) < 0)
		finding_set(ret, -errno, "%s: %s", directory, errno_text(errno));
	else if ((stat.st_mode & 07777) != PLACEHOLDER_FIFO_MODE)
		finding_set(ret, -ENOTSUP, "%s: the file system keeps no sticky bit", directory);
	else if (flock(fd, LOCK_SH | LOCK_NB) < 0)
		finding_set(ret, -errno, "%s: flock: %s", directory, errno_text(errno));
	else
		finding_set(ret, 0, "%s can carry the mask of a missing path", directory);
}

static void probe_placeholder(const struct check *check, struct finding *ret)
{
	const char *directory = check->text;
	_cleanup_close_ int fd =
		sys_openat(AT_FDCWD, directory, O_TMPFILE | O_RDWR, S_IRUSR | S_IWUSR);

	if (fd == -EACCES || fd == -EPERM || fd == -EROFS || fd == -ENOENT) {
		finding_set(ret, 0, "%s: %s, so it needs no masks", directory, errno_text(-fd));
		return;
	}
	if (fd < 0) {
		finding_set(ret, 0, "%s: not tried, as every file there has a name", directory);
		return;
	}
	check_placeholder(ret, directory, fd);
	if (ret->error)
		finding_set_remedy(ret, "%s",
			check->number
				? "rind run --exclude-tmp"
				: "work on another file system, or rind run --no-default-protect");
}

/* Only if nothing is mounted there already, such as cgroups of version 1. */
static void advise_mount(struct finding *ret)
{
	struct statfs stat;
	_cleanup_close_ int fd = sys_openat(AT_FDCWD, "/sys/fs/cgroup", O_PATH, 0);

	if (fd < 0 || sys_fstatfs(fd, &stat) < 0 || stat.f_type != SYSFS_MAGIC)
		return;
	finding_set_remedy(
		ret, "%smount -t cgroup2 none /sys/fs/cgroup", advice_is_root() ? "" : "as root: ");
}

/* Search as for a limit of `rind run`, to find the same place. */
static void probe_control_group(struct finding *ret)
{
	const unsigned int all =
		LIMIT_CONTROLLER_PIDS | LIMIT_CONTROLLER_MEMORY | LIMIT_CONTROLLER_CPU;
	struct arena arena = {0};
	struct cgroup_place place;

	int error = cgroup_find_place(&arena, all, &place);
	if (error < 0) {
		finding_set(ret, error, "%s", errno_text(-error));
	} else if (!place.mount_count) {
		finding_set(ret, -ENOENT, "no cgroup v2 is mounted");
		advise_mount(ret);
	} else if (!place.directory) {
		finding_set(ret, -EACCES,
			"neither our cgroup nor the one around it is ours and hands down pids, "
			"memory or cpu");
		advice_start_in_cgroup(ret->remedy, sizeof(ret->remedy));
	} else {
		finding_set(ret, 0, "one can be made in %s with%s%s%s", place.directory,
			place.controllers & LIMIT_CONTROLLER_PIDS ? " pids" : "",
			place.controllers & LIMIT_CONTROLLER_MEMORY ? " memory" : "",
			place.controllers & LIMIT_CONTROLLER_CPU ? " cpu" : "");
	}
	arena_free(&arena);
}

/* .number of a placeholder: whether it is one that --exclude-tmp does without. */
const struct check doctor_feature_checks[] = {
	{"seccomp-filter", WEIGHT_VITAL, .probe = probe_filter},
	{"keyring", WEIGHT_VITAL, .probe = probe_keyring},
	{"landlock", WEIGHT_EXTRA, .probe = probe_landlock},
	{"placeholders", WEIGHT_EXTRA, .shared = probe_placeholder, .text = "."},
	{"placeholders-tmp", WEIGHT_EXTRA, .shared = probe_placeholder, .text = "/tmp",
		.number = 1},
	{"cgroup", WEIGHT_OPTION, "limits by control group", .probe = probe_control_group},
	{0},
};
