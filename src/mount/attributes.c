/*
 * Child side: see attributes.h.
 *
 * The answer must not depend on a file system that the plan does not name: FUSE asks its server,
 * which may refuse to answer (EPERM from the document portal), or never answer.
 */
#include "mount/attributes.h"

#include "mount/classic/table.h"

#include <sys/statvfs.h>

/* statfs(2) returns the attributes of a mount in the same bits. */
_Static_assert(MOUNT_ATTR_RDONLY == ST_RDONLY && MOUNT_ATTR_NOSUID == ST_NOSUID &&
		       MOUNT_ATTR_NODEV == ST_NODEV && MOUNT_ATTR_NOEXEC == ST_NOEXEC,
	"attributes of mounts are not the flags that statfs shows");

/* The same bits, except that statfs has NOSYMFOLLOW elsewhere. */
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
	 * The kernel knows the attributes, but statfs(2) asks the file system too, which may
	 * refuse.
	 */
	if (sys_mount_attributes(fd, ret) == 0)
		return 0;
	return classic_read_attributes(child, fd, ret);
}
