/*
 * Child side: the mount calls, as the steps of a set-up use them.  They note the call that failed,
 * keep a detached tree as a descriptor until it is attached, and verify what a call reports.  On
 * kernels without the newer calls the classic backend does the same.
 */
#ifndef RIND_MOUNT_MOUNT_H
#define RIND_MOUNT_MOUNT_H

#include "mount/attributes.h"
#include "sandbox/child.h"

/* Is the classic backend in use?  True from classic_begin() to classic_finish(). */
static inline bool mount_is_classic(const struct child *child)
{
	return child->classic.shelf >= 0;
}

/* A detached copy of the mount at path; of fd itself if path is "". */
int mount_clone(struct child *child, int fd, const char *path, unsigned int flags) _must_check_;

/*
 * Change the mount whose root fd is; with AT_RECURSIVE in flags also all mounts below it.  The
 * classic backend ignores attr's propagation: classic_begin() has set that of every mount.
 */
int mount_set_attributes(struct child *child, int fd, unsigned int flags,
	const struct sys_mount_attr *attr) _must_check_;

/*
 * Add attributes to the mount whose root fd is, and verify that they were set.  Make it a slave of
 * the host's mount: later mounts of the host appear here too, but none of ours appears there.
 */
int mount_add_attributes(
	struct child *child, int fd, unsigned int flags, uint64_t attributes) _must_check_;

/* Attach a detached tree exactly at target; verify with mount_check_at() or mount_check_found(). */
int mount_attach(struct child *child, int tree, int target) _must_check_;

/* A new file system, detached.  options: pairs of names and values, NULL at the end. */
int mount_new(struct child *child, const char *type, uint64_t attributes,
	const char *const options[][2]) _must_check_;
/* A new tmpfs with this mode (octal) and size (in bytes; NULL: the kernel's default), detached. */
int mount_new_tmpfs(struct child *child, const char *mode, const char *size) _must_check_;

/* Which file of which mount is fd?  For comparing. */
int mount_find_place(struct child *child, int fd, struct child_place *ret) _must_check_;
int mount_find_place_at(
	struct child *child, const char *path, struct child_place *ret) _must_check_;
/* Are a and b the same file of the same mount? 1, 0 or -errno. */
int mount_is_same(struct child *child, int a, int b) _must_check_;
/* Verify that found, the result of a lookup, is the tree that was attached there. */
int mount_check_found(struct child *child, int tree, int found) _must_check_;
/* The same for the entry name of a directory. */
int mount_check_at(struct child *child, int tree, int directory, const char *name) _must_check_;

/* It is not what was asked for: -ENOTRECOVERABLE. */
int mount_wrong(struct child *child);

#endif
