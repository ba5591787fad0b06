/*
 * Child side: mounting over what a walk has found in the host's tree (mount/walk.h), where the root stays in
 * place.  What is mounted belongs to this sandbox alone (MS_PRIVATE), and operations_check() looks at it.
 */
#ifndef RIND_OPS_OVERMOUNT_H
#define RIND_OPS_OVERMOUNT_H

#include "sandbox/child.h"

/* nosuid and nodev, which every mount of the sandbox has. */
enum { OVERMOUNT_PLAIN = MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV };

/* Set attributes of a mount; with AT_RECURSIVE in flags, of all below it too. */
int overmount_set_attributes(
	struct child *child, int fd, unsigned int flags, uint64_t attributes) _must_check_;

/* Clone what source is, with all that is mounted below it, and mount it on fd. */
int overmount_bind(struct child *child, int source, int fd, uint64_t attributes) _must_check_;
int overmount_bind_itself(struct child *child, int fd, uint64_t attributes) _must_check_;

/*
 * Stand an entry of the new /dev in for target, which may be a symlink: move_mount onto it does not follow.
 * Nothing can be changed, run or opened as a device through it.
 */
int overmount_entry(struct child *child, const char *entry, int target) _must_check_;

#endif
