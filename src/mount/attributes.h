/* Child side: which attributes a mount has; with either backend. */
#ifndef RIND_MOUNT_ATTRIBUTES_H
#define RIND_MOUNT_ATTRIBUTES_H

#include "sandbox/child.h"

/*
 * Which of MOUNT_ATTR_RDONLY, _NOSUID, _NODEV, _NOEXEC and _NOSYMFOLLOW does the mount have that fd
 * is on?  The mount has to be attached, in init's mount namespace.
 */
int mount_read_attributes(struct child *child, int fd, uint64_t *ret) _must_check_;

#endif
