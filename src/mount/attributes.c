/*
 * Child side: see attributes.h.
 *
 * No answer here may depend on a file system that the plan does not name: one of FUSE asks its
 * server, which may refuse to answer (the document portal's, EPERM), or never answer.
 */
#include "mount/attributes.h"

#include "mount/classic/table.h"

#include <sys/statvfs.h>

/* statfs(2) shows the attributes of a mount under the same bits. */
_Static_assert(MOUNT_ATTR_RDONLY == ST_RDONLY && MOUNT_ATTR_NOSUID == ST_NOSUID &&
		       MOUNT_ATTR_NODEV == ST_NODEV && MOUNT_ATTR_NOEXEC == ST_NOEXEC,
	"attributes of mounts are not the flags that statfs shows");

/* The same bits in both, statfs has NOSYMFOLLOW elsewhere. */
static uint64_t attributes_of_flags(unsigned long flags)
{
	enum { NO_SYMFOLLOW = 0x2000 }; /* ST_NOSYMFOLLOW, since 5.10 */
	return (flags & (ST_RDONLY | ST_NOSUID | ST_NODEV | ST_NOEXEC)) |
	       (flags & NO_SYMFOLLOW ? MOUNT_ATTR_NOSYMFOLLOW : 0);
}

int mount_read_attributes(struct child *child, int fd, uint64_t *ret)
{
	struct statfs stat = {0};
	int error = sys_fstatfs(fd, &stat);

	if (!error) {
		*ret = attributes_of_flags((unsigned long)stat.f_flags);
		return 0;
	}
	/*
	 * They are the kernel's, but statfs(2) asks the file system first, which may refuse to
	 * answer.
	 */
	if (sys_mount_attributes(fd, ret) == 0)
		return 0;
	return classic_read_attributes(child, fd, ret);
}
