/*
 * Child side: the table of mounts as init reads it, while the root may be about to change; which
 * mount a descriptor is on, and what attributes the table gives it.
 */
#ifndef RIND_MOUNT_CLASSIC_TABLE_H
#define RIND_MOUNT_CLASSIC_TABLE_H

#include "mount/mount_table.h"
#include "sandbox/child.h"

/* As mount_table_read(), for a table that shows the shelf too, wherever that is. */
int classic_read_table(struct child *child, struct mount_table *ret) _must_check_;

/* Which mount is fd on?  Its id in the table of mounts, or -errno. */
int classic_mount_id(struct child *child, int fd) _must_check_;

/* As mount_read_attributes(), by the table of mounts alone; with either backend. */
int classic_read_attributes(struct child *child, int fd, uint64_t *ret) _must_check_;

#endif
