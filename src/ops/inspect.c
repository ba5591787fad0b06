/*
 * Child side: looks at protected and hidden paths when the command has ended: is our mount still
 * there?
 *
 * The kernel detaches a mount when a process in another mount namespace unlinks its mountpoint or
 * renames another file over it; when the mountpoint itself is renamed, its mount moves along.  So
 * an editor or git that replaces a protected file on the host leaves a file in its place that the
 * command can write to.  init cannot prevent that; it detects and reports it.
 *
 * Runs in init, without capabilities, in the command's mount namespace.  Processes that the
 * command has left running cannot fake a mount there.  They can make a parent directory
 * unsearchable: that is reported as unknown.
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

/*
 * A path that could be opened at the start cannot be opened now: was it replaced, or is it
 * unknown?
 */
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
