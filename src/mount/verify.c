/* See verify.h.  Runs in init. */
#include "mount/verify.h"

#include "mount/classic/classic.h"
#include "mount/mount.h"

int verify_attributes(struct child *child, int fd, uint64_t wanted)
{
	uint64_t attributes = 0;
	int error = mount_read_attributes(child, fd, &attributes);
	if (error < 0)
		return error;
	return (attributes & wanted) == wanted ? 0 : child_wrong(child, NULL);
}

int verify_read_only(struct child *child, int fd)
{
	return verify_attributes(child, fd, MOUNT_ATTR_RDONLY);
}

int verify_is_mount_root(struct child *child, int fd)
{
	return child->frozen->support.mount_root
		       ? child_noted(child, CALL_FSTAT, sys_is_mount_root(fd))
		       : classic_is_mount_root(child, fd);
}

int verify_mount_root(struct child *child, int fd)
{
	int result = verify_is_mount_root(child, fd);
	if (result < 0)
		return result;
	return result ? 0 : child_wrong(child, NULL);
}

int verify_file_system(struct child *child, const char *path, long magic)
{
	struct statfs stat;
	int error = sys_statfs(path, &stat);
	if (error < 0)
		return child_noted(child, CALL_FSTAT, error);
	return (long)stat.f_type == magic ? 0 : child_wrong(child, NULL);
}
