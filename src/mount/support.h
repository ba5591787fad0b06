/*
 * What this kernel, and the filters around us, know of the newer system calls.  Asked once, in the
 * supervisor, before the clone, by calls that fail at once: by one where there is no filter.  What
 * is missing is done in an older way; nothing is left out for it.
 */
#ifndef RIND_MOUNT_SUPPORT_H
#define RIND_MOUNT_SUPPORT_H

#include "base/error.h"
#include "sandbox/host_support.h"

#include <stdbool.h>

void host_support_ask(struct host_support *ret);

/*
 * Landlock's versions and what each brought: <https://docs.kernel.org/userspace-api/landlock.html>.
 */
enum {
	LANDLOCK_ABI_REFER = 2,
	LANDLOCK_ABI_TRUNCATE = 3,
	LANDLOCK_ABI_SCOPES = 6,
};

/*
 * The version of what rind can use of Landlock; 0: nothing, since it is not in the kernel, too old,
 * not turned on, or not for this container; -errno when that cannot be known.
 */
int host_landlock_version(bool has_calls) _must_check_;

/* A filter around us may know only some of them.  In host_support, which asks about more. */
bool host_has_landlock_calls(void);

/*
 * Is the root directory a mount?  1, 0 or -errno.  Where it is none, which is so in a chroot, the
 * kernel makes no user namespace.
 */
int host_root_is_mount(void) _must_check_;

/* Does init need the host's /proc/self for what is missing? */
static inline bool host_support_needs_proc(const struct host_support *support)
{
	return !support->mount_calls || !support->mount_root || !support->close_range;
}

#endif
