/*
 * Which of the newer system calls this kernel has and the filters around rind allow; see
 * mount/support.h.
 */
#ifndef RIND_SANDBOX_HOST_SUPPORT_H
#define RIND_SANDBOX_HOST_SUPPORT_H

#include <stdbool.h>

struct host_support {
	/* open_tree, mount_setattr, move_mount and fsopen; otherwise the classic backend */
	bool mount_calls;
	bool mount_root;     /* statx tells whether a file is the root of a mount (5.8) */
	bool close_range;    /* 5.9 */
	bool landlock_calls; /* all of them, if the kernel has Landlock */
};

#endif
