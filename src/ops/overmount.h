/*
 * Child side, in init: mounts over a file of the host's tree that a walk has found
 * (mount/walk.h), where the root stays in place.  The mounts are MS_PRIVATE: they do not show in
 * other namespaces.  operations_check() checks the result.
 */
#ifndef RIND_OPS_OVERMOUNT_H
#define RIND_OPS_OVERMOUNT_H

#include "sandbox/child.h"

/* Every mount of the sandbox is nosuid and nodev. */
enum { OVERMOUNT_PLAIN = MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV };

/* Set attributes of a mount; with AT_RECURSIVE in flags, of all its submounts too. */
int overmount_set_attributes(
	struct child *child, int fd, unsigned int flags, uint64_t attributes) _must_check_;

/* Clone the file source with all its submounts, and mount the clone on fd. */
int overmount_bind(struct child *child, int source, int fd, uint64_t attributes) _must_check_;
int overmount_bind_itself(struct child *child, int fd, uint64_t attributes) _must_check_;

/*
 * Mount an entry of the new /dev, read-only, nosuid, nodev and noexec, on target.  That may be a
 * symlink: move_mount(2) onto a descriptor does not follow it.
 */
int overmount_entry(struct child *child, const char *entry, int target) _must_check_;

/* The same for an open file or directory, without what is mounted on it. */
int overmount_mask(struct child *child, int source, int target) _must_check_;

/* Is fd, at the path of op, a new file system of this kind, with what all mounts here have? */
int overmount_check_new(
	struct child *child, const struct plan_op *op, int fd, long magic) _must_check_;

#endif
