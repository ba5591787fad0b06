/*
 * Child side: the classic backend, for kernels without open_tree, mount_setattr and move_mount: it
 * does the same four steps by mount(2).  See classic.c; mount.h chooses.
 */
#ifndef RIND_MOUNT_CLASSIC_CLASSIC_H
#define RIND_MOUNT_CLASSIC_CLASSIC_H

#include "mount/classic/table.h"
#include "sandbox/child.h"

/*
 * Before the first step: set the propagation of all mounts, MS_PRIVATE or MS_SLAVE, and make the
 * shelf.
 */
int classic_begin(struct child *child, unsigned long propagation) _must_check_;

/* As mount_clone(), mount_set_attributes(), mount_attach() and mount_new() in mount.h. */
int classic_clone(struct child *child, int fd, const char *path, unsigned int flags) _must_check_;
int classic_set_attributes(
	struct child *child, int fd, unsigned int flags, uint64_t set, uint64_t clear) _must_check_;
int classic_attach(struct child *child, int tree, int target) _must_check_;
int classic_new(struct child *child, const char *type, uint64_t attributes,
	const char *const options[][2]) _must_check_;

/* Set MS_PRIVATE, MS_SLAVE or MS_UNBINDABLE on the mount whose root fd is. */
int classic_set_propagation(struct child *child, int fd, unsigned long propagation) _must_check_;

/* After the last step: unmount the shelf. */
int classic_finish(struct child *child) _must_check_;

/* Which attributes does an operation require of the mounts at and below its path?  False: none. */
typedef bool attributes_of(const struct child *child, const struct plan_op *op, uint64_t *ret);

/* Does every mount have the attributes that the plan requires?  -ENOTRECOVERABLE: no. */
int classic_check(struct child *child, attributes_of *attributes) _must_check_;

/* Is fd the root of a mount? 1, 0 or -errno.  For kernels whose statx does not tell. */
int classic_is_mount_root(struct child *child, int fd) _must_check_;

#endif
