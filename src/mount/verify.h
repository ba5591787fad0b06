/*
 * Child side: verify what was built.  -ENOTRECOVERABLE: it is not what was asked for.  This finds
 * steps that went wrong without an error, as under a filter that answers a call with success and
 * does nothing.
 */
#ifndef RIND_MOUNT_VERIFY_H
#define RIND_MOUNT_VERIFY_H

#include "sandbox/child.h"

/* Does the mount that fd is on have all of these attributes (MOUNT_ATTR_*)? */
int verify_attributes(struct child *child, int fd, uint64_t wanted) _must_check_;
int verify_read_only(struct child *child, int fd) _must_check_;

/* Is fd the root of a mount?  Then its name cannot be renamed or removed. 1, 0 or -errno. */
int verify_is_mount_root(struct child *child, int fd) _must_check_;
int verify_mount_root(struct child *child, int fd) _must_check_;

/* Is the file system at path of this kind (linux/magic.h)? */
int verify_file_system(struct child *child, const char *path, long magic) _must_check_;

#endif
