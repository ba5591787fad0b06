/* Child side: the operations of a layout that make directories, files and links. */
#include "base/number.h"
#include "mount/in_root.h"
#include "ops/layout.h"
#include "mount/mount.h"

#include <string.h>

void layout_format_number(char *text, const char *prefix, unsigned int number)
{
	number_format(stpcpy(text, prefix), number);
}

int layout_apply_directory(struct child *child, const struct layout_op *op)
{
	_cleanup_close_ int fd = layout_make_target(child, op, true);
	return fd < 0 ? fd : 0;
}

/* --- data --------------------------------------------------------------------------------------
 */

static int write_all(struct child *child, int fd, const char *data, size_t size)
{
	while (size) {
		long written = sys_result(write(fd, data, size));
		if (written == -EINTR)
			continue;
		if (written <= 0)
			return (int)child_noted(child, CALL_WRITE, written ? written : -ENOSPC);
		data += written;
		size -= (size_t)written;
	}
	return 0;
}

static int copy_data(struct child *child, int from, int to)
{
	static char buffer[64 * 1024];

	for (;;) {
		long size = sys_result(read(from, buffer, sizeof(buffer)));
		if (size == -EINTR)
			continue;
		if (size == 0 && sys_readable(from) > 0)
			size = -EIO; /* an end that is none would cut the file short */
		if (size <= 0)
			return (int)child_noted(child, CALL_READ, size);
		int error = write_all(child, to, buffer, (size_t)size);
		if (error < 0)
			return error;
	}
}

/*
 * Fill a file with what the operation's descriptor gives.  What has been read from a pipe is gone
 * from it: so an operation that is not the first to read a descriptor reads the first one's file.
 */
static int fill_file(struct child *child, const struct layout_op *op, int *file)
{
	int *files = child->frozen->op_trees;

	child->stage = STAGE_DATA;
	if (op->first_reader != child->op) {
		int first = files[op->first_reader];
		if (sys_result(lseek(first, 0, SEEK_SET)) < 0)
			return (int)child_noted(child, CALL_READ, -EBADF);
		return copy_data(child, first, *file);
	}
	int error = copy_data(child, op->fd, *file);
	if (!error && op->flags & LAYOUT_REREAD)
		files[child->op] = take_fd(file);
	return error;
}

int layout_apply_file(struct child *child, const struct layout_op *op)
{
	const char *name;
	_cleanup_close_ int parent = layout_make_parents(child, op, &name);
	if (parent < 0)
		return parent;

	child->stage = STAGE_TARGET;
	int access = op->flags & LAYOUT_REREAD ? O_RDWR : O_WRONLY;
	_cleanup_close_ int file = in_root_open(
		child->root, op->dest, O_CREAT | O_TRUNC | O_NONBLOCK | access, op->perms);
	if (file < 0)
		return (int)child_noted(child, CALL_OPEN, file);
	return fill_file(child, op, &file);
}

/* Mount a file of the scratch, which nobody can reach afterwards but where it is mounted. */
static int bind_data(struct child *child, const struct layout_op *op, const char *place)
{
	uint64_t attributes = MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV;

	child->stage = STAGE_ENTRY;
	if (op->flags & LAYOUT_READ_ONLY)
		attributes |= MOUNT_ATTR_RDONLY;
	_cleanup_close_ int tree = mount_clone(child, child->scratch, place, 0);
	if (tree < 0)
		return tree;
	int error = mount_add_attributes(child, tree, 0, attributes);
	if (error < 0)
		return error;
	_cleanup_close_ int target = layout_make_target(child, op, false);
	if (target < 0)
		return target;
	error = layout_attach(child, op, &tree, target);
	/* Only now: the kernel attaches no mount of a file that has no name. */
	if (!error)
		error = (int)child_noted(
			child, CALL_UNLINK, sys_result(unlinkat(child->scratch, place, 0)));
	return error;
}

int layout_apply_data(struct child *child, const struct layout_op *op)
{
	char place[sizeof("data-") + 10];
	layout_format_number(place, "data-", child->op);

	child->stage = STAGE_DATA;
	_cleanup_close_ int file =
		sys_openat(child->scratch, place, O_CREAT | O_EXCL | O_RDWR, op->perms);
	if (file < 0)
		return (int)child_noted(child, CALL_OPEN, file);
	int error = fill_file(child, op, &file);
	return error < 0 ? error : bind_data(child, op, place);
}

/* --- links and permissions ---------------------------------------------------------------------
 */

/* There is something at dest: fine if it is the very same link. */
static int compare_link(
	struct child *child, const struct layout_op *op, int parent, const char *name)
{
	static char text[PATH_MAX];
	long length = sys_result(readlinkat(parent, name, text, sizeof(text) - 1));
	if (length < 0)
		return (int)child_noted(child, CALL_READLINK, length);
	text[length] = '\0';
	if (!strcmp(text, op->source))
		return 0;
	child->detail = text;
	return (int)child_noted(child, CALL_SYMLINK, -EEXIST);
}

int layout_apply_symlink(struct child *child, const struct layout_op *op)
{
	const char *name;
	_cleanup_close_ int parent = layout_make_parents(child, op, &name);
	if (parent < 0)
		return parent;

	child->stage = STAGE_ENTRY;
	long error = sys_result(symlinkat(op->source, parent, *name ? name : "."));
	if (error == -EEXIST)
		return compare_link(child, op, parent, *name ? name : ".");
	return (int)child_noted(child, CALL_SYMLINK, error);
}

/* Besides the setgid bit, which the kernel may take away. */
static int check_mode(struct child *child, int fd, unsigned int perms)
{
	struct stat stat = {0};
	int error = sys_fstat(fd, &stat);
	if (error < 0)
		return (int)child_noted(child, CALL_FSTAT, error);
	return (stat.st_mode & 0777) == (perms & 0777) ? 0 : mount_wrong(child);
}

int layout_apply_chmod(struct child *child, const struct layout_op *op)
{
	char place[sizeof("self/fd/") + 10];
	_cleanup_close_ int target = layout_open_target(child, op->dest);
	if (target < 0)
		return target;
	/* fchmod(2) takes no O_PATH descriptor, and by its name it could be another file. */
	layout_format_number(place, "self/fd/", (unsigned int)target);
	long error = sys_result(fchmodat(child->proc, place, op->perms, 0));
	return error < 0 ? (int)child_noted(child, CALL_CHMOD, error)
			 : check_mode(child, target, op->perms);
}
