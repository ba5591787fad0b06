/*
 * Child side: the table of mounts of init, also while its root is about to change; the mount that a
 * descriptor is on, and its attributes in the table.
 */
#ifndef RIND_MOUNT_CLASSIC_TABLE_H
#define RIND_MOUNT_CLASSIC_TABLE_H

#include "mount/mount_table.h"
#include "sandbox/child.h"

/* As mount_table_read(); the table contains the shelf too, wherever that is. */
int classic_read_table(struct child *child, struct mount_table *ret) _must_check_;

/* The id, in the table of mounts, of the mount that fd is on; or -errno. */
int classic_mount_id(struct child *child, int fd) _must_check_;

/* As mount_read_attributes(), but only from the table of mounts; works with either backend. */
int classic_read_attributes(struct child *child, int fd, uint64_t *ret) _must_check_;

#endif
