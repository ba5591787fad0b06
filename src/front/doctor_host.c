/*
 * See doctor.h.  From an errno to the setting that is to blame, and to what has to be typed.  Reads
 * files of /proc, changes nothing.
 */
#include "front/doctor.h"

#include "base/error.h"
#include "base/fd.h"
#include "base/sys.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char CONTAINER_REMEDY[] =
	"start the container with a seccomp profile that allows it (docker run "
	"--security-opt seccomp=unconfined)";

long doctor_read_setting(const char *path)
{
	char text[32];
	_cleanup_close_ int fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return -1;
	ssize_t size = read(fd, text, sizeof(text) - 1);
	if (size <= 0)
		return -1;
	text[size] = '\0';
	return strtol(text, NULL, 10);
}

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
		if (doctor_read_setting(settings[i].path) != settings[i].value)
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
	limit.value = doctor_read_setting(path);
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

static void blame_refusal(struct finding *ret, const char *call, int error)
{
	if (blame_setting(ret, call, error))
		return;
	if (doctor_is_filtered()) {
		finding_set(ret, error, "%s: %s (a seccomp filter is around rind)", call,
			errno_text(-error));
		finding_set_remedy(ret, "%s", CONTAINER_REMEDY);
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
		blame_refusal(ret, call, error);
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
