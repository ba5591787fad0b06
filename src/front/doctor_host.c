/*
 * See doctor.h.  From an errno to the setting that is to blame, and to what has to be typed.  Reads
 * files of /proc, changes nothing.
 */
#include "front/doctor.h"

#include "base/error.h"
#include "base/setting.h"
#include "base/sys.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char CONTAINER_REMEDY[] =
	"start the container with a seccomp profile that allows it (docker run "
	"--security-opt seccomp=unconfined)";

bool doctor_is_filtered(void)
{
	return sys_prctl(PR_GET_SECCOMP, 0) == SECCOMP_MODE_FILTER;
}

/* Settings that refuse user namespaces, or the rights in them, to who is not root. */
static bool blame_setting(struct finding *ret, const char *call, int error)
{
	static const struct {
		const char *path, *name;
		long value;
		const char *remedy;
	} settings[] = {
		{"/proc/sys/kernel/unprivileged_userns_clone", "kernel.unprivileged_userns_clone",
			0, "sysctl -w kernel.unprivileged_userns_clone=1"},
		{"/proc/sys/kernel/apparmor_restrict_unprivileged_userns",
			"kernel.apparmor_restrict_unprivileged_userns", 1,
			"sysctl -w kernel.apparmor_restrict_unprivileged_userns=0, or load the AppArmor "
			"profile that comes with rind (docs/apparmor-profile)"},
	};

	for (size_t i = 0; i < sizeof(settings) / sizeof(*settings); i++) {
		if (setting_read(settings[i].path) != settings[i].value)
			continue;
		finding_set(ret, error, "%s: %s (%s=%ld)", call, errno_text(-error),
			settings[i].name, settings[i].value);
		finding_set_remedy(ret, "%s", settings[i].remedy);
		return true;
	}
	return false;
}

struct namespace_limit doctor_read_limit(const char *kind)
{
	struct namespace_limit limit;
	char path[64];

	snprintf(limit.kind, sizeof(limit.kind), "%s", kind);
	snprintf(path, sizeof(path), "/proc/sys/user/max_%s_namespaces", kind);
	limit.value = setting_read(path);
	return limit;
}

/*
 * The number of namespaces is limited; 0 is how they are turned off.  The limit that was reached may
 * also be that of a user namespace further out.
 */
static void blame_limit(
	struct finding *ret, const char *call, int error, const struct namespace_limit *limit)
{
	finding_set(ret, error, "%s: %s (user.max_%s_namespaces=%ld)", call, errno_text(-error),
		limit->kind, limit->value);
	if (limit->value == 0)
		finding_set_remedy(ret, "sysctl -w user.max_%s_namespaces=10000", limit->kind);
	else
		finding_set_remedy(ret,
			"raise user.max_%s_namespaces where this container was started, end other "
			"sandboxes, or nest them less deeply",
			limit->kind);
}

static void blame_refusal(
	struct finding *ret, const char *call, int error, const struct namespace_limit *limit)
{
	if (blame_setting(ret, call, error))
		return;
	bool users = limit && strcmp(limit->kind, "user") == 0;
	if (doctor_is_filtered()) {
		finding_set(ret, error, "%s: %s (a seccomp filter is around rind%s)", call,
			errno_text(-error), users ? ", or it is in a chroot" : "");
		finding_set_remedy(ret, "%s%s", CONTAINER_REMEDY,
			users ? "; or enter the chroot with unshare --mount and pivot_root instead"
			      : "");
	} else if (users) {
		/* Whose root is a mount, but not that of its mount namespace, cannot see this. */
		finding_set(ret, error, "%s: %s (in a chroot, or by a security module)", call,
			errno_text(-error));
		finding_set_remedy(ret,
			"start rind outside of the chroot, or enter that with unshare --mount and "
			"pivot_root instead; or look for a security module's denial: dmesg");
	} else {
		finding_set(ret, error, "%s: %s", call, errno_text(-error));
		finding_set_remedy(ret, "look for a security module's denial: dmesg");
	}
}

static void blame_absence(struct finding *ret, const char *call, int error)
{
	if (doctor_is_filtered()) {
		finding_set(ret, error,
			"%s: %s (a seccomp filter is around rind, or the kernel lacks it)", call,
			errno_text(-error));
		finding_set_remedy(ret, "%s", CONTAINER_REMEDY);
	} else {
		finding_set(ret, error, "%s: %s (this kernel lacks it)", call, errno_text(-error));
		finding_set_remedy(ret, "run a newer kernel, 5.12 or later");
	}
}

void doctor_blame(
	struct finding *ret, const char *call, int error, const struct namespace_limit *limit)
{
	switch (-error) {
	case ENOSPC:
		if (!limit)
			break;
		blame_limit(ret, call, error, limit);
		return;
	case EPERM:
	case EACCES:
		blame_refusal(ret, call, error, limit);
		return;
	case ENOSYS:
		blame_absence(ret, call, error);
		return;
	case EINVAL:
		if (!limit)
			break;
		finding_set(ret, error, "%s: %s (this kernel has no such namespaces)", call,
			errno_text(-error));
		finding_set_remedy(ret, "run a kernel that was built with them");
		return;
	default:
		break;
	}
	finding_set(ret, error, "%s: %s", call, errno_text(-error));
}
