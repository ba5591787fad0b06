/*
 * What this kernel, and the filters around us, know of the newer system calls.  Asked once, in the
 * supervisor, before the clone, by calls that fail at once: by one where there is no filter.  What is
 * missing is done in an older way; nothing is left out for it.
 */
#ifndef RIND_SANDBOX_SUPPORT_H
#define RIND_SANDBOX_SUPPORT_H

#include <stdbool.h>

struct host_support {
	bool mount_calls; /* open_tree, mount_setattr, move_mount, fsopen: otherwise the classic backend */
	bool mount_root;     /* statx says whether a file is a mount's root (5.8) */
	bool close_range;    /* 5.9 */
	bool landlock_calls; /* all of them, if there is a Landlock */
};

void host_support_ask(struct host_support *ret);

/* Does init need the host's /proc/self for what is missing? */
static inline bool host_support_needs_proc(const struct host_support *support)
{
	return !support->mount_calls || !support->mount_root || !support->close_range;
}

#endif
