/*
 * Child side: the mount calls as the steps of a set-up use them: the failing call is noted, and a
 * detached tree is a descriptor until it is attached.
 */
#ifndef RIND_SANDBOX_MOUNT_H
#define RIND_SANDBOX_MOUNT_H

#include "sandbox/child.h"

/* A detached copy of what is at path (fd itself where that is ""). */
static inline int mount_clone(struct child *child, int fd, const char *path, unsigned int flags)
{
	return (int)child_noted(
		child, CALL_OPEN_TREE, sys_open_tree(fd, path, OPEN_TREE_CLONE | flags));
}

/*
 * Add attributes to the mount that fd is the root of.  It becomes a slave of the host's: what is
 * mounted there later appears here too, and never the other way round.
 */
static inline int mount_add_attributes(
	struct child *child, int fd, unsigned int flags, uint64_t attributes)
{
	struct sys_mount_attr attr = {.set = attributes, .propagation = MS_SLAVE};
	return (int)child_noted(
		child, CALL_MOUNT_SETATTR, sys_mount_setattr(fd, "", AT_EMPTY_PATH | flags, &attr));
}

static inline int mount_attach(struct child *child, int tree, int target)
{
	return (int)child_noted(child, CALL_MOVE_MOUNT, sys_move_mount_onto(tree, target));
}

/* A new file system, detached.  options: pairs of names and values, NULL at the end. */
static inline int mount_new(
	struct child *child, const char *type, uint64_t attributes, const char *const options[][2])
{
	_cleanup_close_ int context = sys_fsopen(type);
	if (context < 0)
		return (int)child_noted(child, CALL_FSOPEN, context);
	/* What mountinfo names as the source. */
	int error = sys_fsconfig_string(context, "source", type);
	for (; !error && options && (*options)[0]; options++)
		if ((*options)[1])
			error = sys_fsconfig_string(context, (*options)[0], (*options)[1]);
	if (!error)
		error = sys_fsconfig_create(context);
	if (error < 0)
		return (int)child_noted(child, CALL_FSCONFIG, error);
	return (int)child_noted(
		child, CALL_FSMOUNT, sys_fsmount(context, (unsigned int)attributes));
}

#endif
