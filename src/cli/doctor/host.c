/*
 * See doctor.h.  Find the setting that causes an errno, and the command to type.  Reads files of
 * /proc, changes nothing.
 */
#include "cli/doctor/doctor.h"

#include "base/advice.h"
#include "base/error.h"
#include "base/sys.h"
#include "supervisor/blame.h"

#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

bool doctor_is_filtered(void)
{
	return sys_prctl(PR_GET_SECCOMP, 0) == SECCOMP_MODE_FILTER;
}

void doctor_say(struct finding *ret, const char *call, int error, const struct blame *blame)
{
	finding_set(ret, error, "%s: %s%s%s%s", call, errno_text(-error),
		*blame->reason ? " (" : "", blame->reason, *blame->reason ? ")" : "");
	if (*blame->remedy)
		finding_set_remedy(ret, "%s", blame->remedy);
}

static void blame_refusal(struct finding *ret, const char *call, int error)
{
	struct blame blame = {0};

	if (blame_setting(&blame)) {
		doctor_say(ret, call, error, &blame);
	} else if (doctor_is_filtered()) {
		finding_set(ret, error, "%s: %s (a seccomp filter is around rind)", call,
			errno_text(-error));
		finding_set_remedy(ret, "%s", advice_container());
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
		finding_set_remedy(ret, "%s", advice_container());
	} else {
		finding_set(ret, error, "%s: %s (this kernel lacks it)", call, errno_text(-error));
		finding_set_remedy(ret, "run a newer kernel, 5.12 or later");
	}
}

void doctor_blame(struct finding *ret, const char *call, int error, uint64_t flag)
{
	struct blame blame;

	/*
	 * Other namespaces are requested in a new user namespace: what refuses them refuses rights
	 * there.
	 */
	if ((flag == CLONE_NEWUSER && error != -ENOSYS) || (flag && error == -EINVAL)) {
		blame_namespace(flag, error, &blame);
		doctor_say(ret, call, error, &blame);
		return;
	}
	switch (-error) {
	case EPERM:
	case EACCES:
		blame_refusal(ret, call, error);
		break;
	case ENOSYS:
		blame_absence(ret, call, error);
		break;
	default:
		finding_set(ret, error, "%s: %s", call, errno_text(-error));
		break;
	}
}
