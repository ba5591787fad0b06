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

/* The cause of an errno that has nothing to do with a kind of namespace. */
static void find_cause(int error, struct blame *ret)
{
	const bool absent = error == -ENOSYS;
	const char *reason = "", *remedy = "";

	if (!absent && error != -EPERM && error != -EACCES)
		return;
	if (!absent && blame_setting(ret))
		return;
	if (doctor_is_filtered()) {
		reason = absent ? "a seccomp filter is around rind, or the kernel lacks it"
				: "a seccomp filter is around rind";
		remedy = advice_container();
	} else if (absent) {
		reason = "this kernel lacks it";
		remedy = "run a newer kernel, 5.12 or later";
	} else {
		remedy = "look for a security module's denial: dmesg";
	}
	snprintf(ret->reason, sizeof(ret->reason), "%s", reason);
	snprintf(ret->remedy, sizeof(ret->remedy), "%s", remedy);
}

void doctor_blame(struct finding *ret, const char *call, int error, uint64_t flag)
{
	struct blame blame = {0};

	/*
	 * Other namespaces are requested in a new user namespace: what refuses them refuses rights
	 * there.
	 */
	if ((flag == CLONE_NEWUSER && error != -ENOSYS) || (flag && error == -EINVAL))
		blame_namespace(flag, error, &blame);
	else
		find_cause(error, &blame);
	doctor_say(ret, call, error, &blame);
}

void doctor_conclude(struct finding *ret, const char *call, int error, const char *works)
{
	if (error < 0)
		doctor_blame(ret, call, error, 0);
	else
		finding_set(ret, 0, "%s", works);
}
