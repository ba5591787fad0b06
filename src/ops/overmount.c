/* Mounts over files of the host's tree; see overmount.h.  Runs in init, with its capabilities. */
#include "ops/overmount.h"

#include "mount/mount.h"
#include "mount/verify.h"

int overmount_set_attributes(struct child *child, int fd, unsigned int flags, uint64_t attributes)
{
	const struct sys_mount_attr attr = {.set = attributes, .propagation = MS_PRIVATE};
	return mount_set_attributes(child, fd, flags, &attr);
}

int overmount_bind(struct child *child, int source, int fd, uint64_t attributes)
{
	_cleanup_close_ int tree = mount_clone(child, source, "", AT_EMPTY_PATH | AT_RECURSIVE);
	if (tree < 0)
		return tree;
	if (attributes) {
		int error = overmount_set_attributes(child, tree, AT_RECURSIVE, attributes);
		if (error < 0)
			return error;
	}
	return mount_attach(child, tree, fd);
}

int overmount_bind_itself(struct child *child, int fd, uint64_t attributes)
{
	return overmount_bind(child, fd, fd, attributes);
}

/* Mount one file, without what is mounted on it: an entry of a directory, or fd itself. */
static int mount_one(struct child *child, int fd, const char *entry, int target)
{
	_cleanup_close_ int tree = mount_clone(child, fd, entry, *entry ? 0 : AT_EMPTY_PATH);
	if (tree < 0)
		return tree;
	/*
	 * nodev: opening a mask fails (EACCES), so that a write fails too, instead of getting
	 * lost.
	 */
	int error = overmount_set_attributes(
		child, tree, 0, MOUNT_ATTR_RDONLY | OVERMOUNT_PLAIN | MOUNT_ATTR_NOEXEC);
	return error < 0 ? error : mount_attach(child, tree, target);
}

int overmount_entry(struct child *child, const char *entry, int target)
{
	return mount_one(child, child->dev.fd, entry, target);
}

int overmount_mask(struct child *child, int source, int target)
{
	return mount_one(child, source, "", target);
}

int overmount_check_new(struct child *child, const struct plan_op *op, int fd, long magic)
{
	int error = verify_mount_root(child, fd);
	if (!error)
		error = verify_attributes(child, fd, OVERMOUNT_PLAIN);
	return error < 0 ? error : verify_file_system(child, op->path, magic);
}
