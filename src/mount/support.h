/*
 * Find out which of the newer system calls this kernel and the filters around us allow.  The
 * supervisor asks once, before the clone, by calls that fail at once: one call if there is no
 * filter.  For each missing call there is an older way with the same protection.
 */
#ifndef RIND_MOUNT_SUPPORT_H
#define RIND_MOUNT_SUPPORT_H

#include "base/error.h"
#include "sandbox/host_support.h"

#include <stdbool.h>

void host_support_ask(struct host_support *ret);

/* Versions of Landlock: <https://docs.kernel.org/userspace-api/landlock.html>. */
enum {
	LANDLOCK_ABI_REFER = 2,
	LANDLOCK_ABI_TRUNCATE = 3,
	LANDLOCK_ABI_SCOPES = 6,
};

/*
 * The version of Landlock that rind can use. 0: none, because the kernel lacks it or has too old a
 * version, it is not enabled, or this container may not use it.  -errno: unknown.
 */
int host_landlock_version(bool has_calls) _must_check_;

/* Are the other two calls of Landlock allowed too?  Part of host_support_ask(). */
bool host_has_landlock_calls(void);

/*
 * Is the root directory the root of a mount? 1, 0 or -errno.  If not, as in a chroot, the kernel
 * refuses to make a user namespace.
 */
int host_root_is_mount(void) _must_check_;

/* Does init need the host's /proc/self, to do without a missing call? */
static inline bool host_support_needs_proc(const struct host_support *support)
{
	return !support->mount_calls || !support->mount_root || !support->close_range;
}

#endif
