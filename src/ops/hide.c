/*
 * HIDE: mounts an empty, unreadable directory or file over a path.  Runs in init, where the root
 * stays in place.
 *
 * What is mounted are clones of two entries of the new /dev, a directory and a file of mode 000.
 * When everything is mounted, the entries are unlinked, so that nobody can change the clones by
 * these names.  A hidden directory that has to be passed to reach a mount below it gets a tmpfs
 * of its own instead: it can be searched, but not listed.
 */
#include "ops/hide.h"

#include "mount/mount.h"
#include "mount/verify.h"
#include "mount/walk.h"
#include "ops/inspect.h"
#include "ops/operation.h"
#include "ops/overmount.h"

static const char DIRECTORY[] = "hidden-directory", FILE_[] = "hidden-file";

/* --- the entries ------------------------------------------------------------------------------ */

int hide_make_entries(struct child *child)
{
	if (!child->frozen->needs.hide)
		return 0;
	long error = sys_result(mkdirat(child->dev.fd, DIRECTORY, 0));
	/* The caller's umask must not narrow the mode. */
	if (!error)
		error = sys_result(fchmodat(child->dev.fd, DIRECTORY, 0, 0));
	if (error < 0)
		return child_noted(child, CALL_MKDIR, error);
	return child_noted(child, CALL_OPEN, sys_result(mknodat(child->dev.fd, FILE_, S_IFREG, 0)));
}

int hide_remove_entries(struct child *child)
{
	if (!child->frozen->needs.hide)
		return 0;
	long error = sys_result(unlinkat(child->dev.fd, DIRECTORY, AT_REMOVEDIR));
	if (!error)
		error = sys_result(unlinkat(child->dev.fd, FILE_, 0));
	return child_noted(child, CALL_UNLINK, error);
}

/* The entries must have been unlinked: by their names what is in hidden paths could be changed. */
int hide_check_entries(struct child *child)
{
	const char *const names[] = {DIRECTORY, FILE_};
	struct stat stat;

	for (size_t i = 0; child->frozen->needs.hide && i < sizeof(names) / sizeof(*names); i++) {
		int error = sys_fstatat(child->dev.fd, names[i], &stat, AT_SYMLINK_NOFOLLOW);
		if (error != -ENOENT)
			return error < 0 ? child_noted(child, CALL_FSTAT, error)
					 : child_wrong(child, NULL);
	}
	return 0;
}

/* --- the operation ---------------------------------------------------------------------------- */

static void prepare(const struct plan_op *op, struct frozen *frozen)
{
	(void)op;
	frozen->needs.hide = true;
}

static int attach_passable(struct child *child, int target)
{
	static const char *const options[][2] = {{"mode", "111"}, {NULL, NULL}};
	_cleanup_close_ int tree =
		mount_new(child, "tmpfs", OVERMOUNT_PLAIN | MOUNT_ATTR_NOEXEC, options);
	return tree < 0 ? tree : mount_attach(child, tree, target);
}

static int apply(struct child *child, const struct plan_op *op)
{
	_cleanup_close_ int fd = walk_open_expected(child, op);
	if (fd < 0)
		return fd;
	int directory = sys_is_directory(fd);
	if (directory < 0)
		return child_noted(child, CALL_FSTAT, directory);
	if (directory && op->flags & PLAN_EXPOSES)
		return attach_passable(child, fd);
	return overmount_entry(child, directory ? DIRECTORY : FILE_, fd);
}

/* Read-only only now: mountpoints below it are made in the tmpfs by later operations. */
static int finish(struct child *child, const struct plan_op *op)
{
	if (!(op->flags & PLAN_EXPOSES))
		return 0;
	_cleanup_close_ int fd = walk_open(op->path);
	if (fd < 0)
		return child_noted(child, CALL_OPEN, fd);
	return overmount_set_attributes(child, fd, 0, MOUNT_ATTR_RDONLY);
}

static int check(struct child *child, const struct plan_op *op)
{
	struct stat stat;
	_cleanup_close_ int fd = walk_open(op->path);
	if (fd < 0)
		return child_noted(child, CALL_OPEN, fd);
	int error = sys_fstat(fd, &stat);
	if (error < 0)
		return child_noted(child, CALL_FSTAT, error);
	if (stat.st_mode & 0666)
		return child_wrong(child, NULL);
	return verify_read_only(child, fd);
}

static enum operation_state inspect(struct child *child, const struct plan_op *op)
{
	_cleanup_close_ int fd = walk_open(op->path);
	return fd < 0 ? inspect_error(fd) : inspect_mount(child, fd);
}

OPERATION(hide, "hide", BWRAP_SENTENCE_NONE, NULL, true, prepare, operation_gathers_nothing, apply,
	finish, check, inspect, operation_never_writable, operation_leaves_read_only);
