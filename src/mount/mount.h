/*
 * Child side: the mount calls as the steps of a set-up use them: the failing call is noted, a detached
 * tree is a descriptor until it is attached, and what a call says it has done is looked at.  On kernels
 * without these calls the classic backend does the same.
 */
#ifndef RIND_MOUNT_MOUNT_H
#define RIND_MOUNT_MOUNT_H

#include "mount/attributes.h"
#include "sandbox/child.h"

/* Does the classic backend run?  From classic_begin() to classic_finish(). */
static inline bool mount_is_classic(const struct child *child)
{
	return child->classic.shelf >= 0;
}

/* A detached copy of what is at path (fd itself where that is ""). */
int mount_clone(struct child *child, int fd, const char *path, unsigned int flags) _must_check_;

/*
 * Change the mount that fd is the root of; with AT_RECURSIVE in flags, all below it too.  The classic
 * backend has set the propagation of every mount before.
 */
int mount_set_attributes(struct child *child, int fd, unsigned int flags,
	const struct sys_mount_attr *attr) _must_check_;

/*
 * Add attributes to the mount that fd is the root of, and verify that they were set.  It becomes a slave
 * of the host's: what is mounted there later appears here too, and never the other way round.
 */
int mount_add_attributes(
	struct child *child, int fd, unsigned int flags, uint64_t attributes) _must_check_;

/* Attach a detached tree exactly at target; mount_check_at() or the like says whether it is there. */
int mount_attach(struct child *child, int tree, int target) _must_check_;

/* A new file system, detached.  options: pairs of names and values, NULL at the end. */
int mount_new(struct child *child, const char *type, uint64_t attributes,
	const char *const options[][2]) _must_check_;
/* A tmpfs, which has this mode (octal) and size (in bytes; NULL: the kernel's choice). */
int mount_new_tmpfs(struct child *child, const char *mode, const char *size) _must_check_;

/* Which file of which mount fd is open on. */
int mount_find_place(struct child *child, int fd, struct child_place *ret) _must_check_;
int mount_find_place_at(
	struct child *child, const char *path, struct child_place *ret) _must_check_;
/* Are they the same directory or file of the same mount?  1, 0 or -errno. */
int mount_is_same(struct child *child, int a, int b) _must_check_;
/* See that what a lookup has found is the tree that was attached there. */
int mount_check_found(struct child *child, int tree, int found) _must_check_;
/* The same for an entry of a directory. */
int mount_check_at(struct child *child, int tree, int directory, const char *name) _must_check_;

/* It is not what was asked for: -ENOTRECOVERABLE. */
int mount_wrong(struct child *child);

#endif
