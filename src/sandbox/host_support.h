/*
 * Which of the newer system calls this kernel, and the filters around us, know; see
 * mount/support.h.
 */
#ifndef RIND_SANDBOX_HOST_SUPPORT_H
#define RIND_SANDBOX_HOST_SUPPORT_H

#include <stdbool.h>

struct host_support {
	/* open_tree, mount_setattr, move_mount and fsopen; without them: the classic backend */
	bool mount_calls;
	bool mount_root;     /* statx says whether a file is a mount's root (5.8) */
	bool close_range;    /* 5.9 */
	bool landlock_calls; /* all of them, if there is a Landlock */
};

#endif
