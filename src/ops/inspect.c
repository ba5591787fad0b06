/*
 * Child side: the last look at protected and hidden paths, when the command has ended.
 *
 * The kernel takes a mount away when its mountpoint is unlinked, or another file renamed over it, from
 * another mount namespace; and a mountpoint that is renamed there takes its mount along.  So whoever
 * replaces a protected file on the host, as editors and git do, leaves one in its place that the
 * command can write to.  Nothing can prevent that from in here: it is found out, and told.
 *
 * Runs in init, without capabilities, in the mount namespace that the command had: what the command
 * has left running cannot put a mount there.  It can at most make a directory on the way
 * unsearchable, which is told as well.
 */
#include "ops/inspect.h"

#include "mount/verify.h"

enum operation_state inspect_mount(struct child *child, int fd)
{
	int result = verify_is_mount_root(child, fd);
	if (result < 0)
		return OPERATION_UNKNOWN;
	return result ? OPERATION_IN_PLACE : OPERATION_REPLACED;
}

/* Why a path, that could be opened when the sandbox started, cannot be now. */
enum operation_state inspect_error(int error)
{
	switch (error) {
	case -ENOENT:
	case -ENOTDIR:
	case -ELOOP:
		return OPERATION_REPLACED;
	default:
		return OPERATION_UNKNOWN;
	}
}
