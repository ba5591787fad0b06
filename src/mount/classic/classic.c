/*
 * Child side: the classic backend does with mount(2) what mount.h does with descriptors.
 *
 *   step             Linux 5.12                       here
 *   ----             ----------                       ----
 *   clone            open_tree(CLONE)                 bind onto a new entry of the shelf
 *   set attributes   mount_setattr, recursively       the table of mounts, one remount for each
 *   attach           move_mount                       mount(MS_MOVE)
 *   new              fsopen, fsconfig, fsmount        mount on a new entry of the shelf
 *
 * The shelf is a tmpfs mounted on the root directory.  No path leads to it, since a lookup that
 * starts at the root does not enter what is mounted there (only "/.." does).  A tree waits on the
 * shelf, private and with a descriptor of its own, like a detached tree of the newer calls.  So
 * both backends have the same steps in the same order, and the same state in between.
 *
 * mount(2) takes names, not descriptors.  The only names used are the numbers in /proc/self/fd,
 * with that as the working directory: such a link leads to exactly the file that is open, even to a
 * symlink itself, and whatever is mounted on /proc meanwhile.  So here too nothing is resolved
 * twice.
 *
 * A remount replaces all attributes of a mount, and the kernel refuses to remove one that is locked
 * by a user namespace: so each mount keeps what it has.
 */
#include "mount/classic/classic.h"

#include "base/number.h"
#include "base/path.h"
#include "mount/attributes.h"
#include "mount/walk.h"

#include <string.h>

static unsigned long mount_flags(uint64_t attributes)
{
	enum { NO_SYMFOLLOW = 256 }; /* MS_NOSYMFOLLOW, since 5.10 */
	return (attributes & MOUNT_ATTR_RDONLY ? MS_RDONLY : 0) |
	       (attributes & MOUNT_ATTR_NOSUID ? MS_NOSUID : 0) |
	       (attributes & MOUNT_ATTR_NODEV ? MS_NODEV : 0) |
	       (attributes & MOUNT_ATTR_NOEXEC ? MS_NOEXEC : 0) |
	       (attributes & MOUNT_ATTR_NOSYMFOLLOW ? NO_SYMFOLLOW : 0);
}

/* --- mount(2) on descriptors ------------------------------------------------------------------ */

/* mount(2) with descriptors instead of names; source -1: use this name. */
static int mount_descriptors(struct child *child, const char *name, int source, int target,
	unsigned long flags, const char *options)
{
	char from[NUMBER_SIZE], to[NUMBER_SIZE];
	_cleanup_close_ int before = sys_openat(AT_FDCWD, ".", O_PATH | O_DIRECTORY, 0);
	_cleanup_close_ int fds = sys_openat(child->proc_self, "fd", O_PATH | O_DIRECTORY, 0);
	if (before < 0 || fds < 0)
		return child_noted(child, CALL_OPEN, before < 0 ? before : fds);

	number_format(to, (unsigned int)target);
	if (source >= 0)
		number_format(from, (unsigned int)source);
	long error = sys_result(fchdir(fds));
	if (error < 0)
		return child_noted(child, CALL_CHDIR, error);
	error = sys_result(mount(source >= 0 ? from : name, to, name, flags, options));
	if (error < 0)
		return child_noted(child, flags & MS_REMOUNT ? CALL_REMOUNT : CALL_MOUNT, error);
	return child_noted(child, CALL_CHDIR, sys_result(fchdir(before)));
}

/* --- the shelf -------------------------------------------------------------------------------- */

/*
 * Verify that the shelf was mounted: otherwise its entries would be made in the host's root
 * directory.
 */
static int check_shelf(struct child *child)
{
	_cleanup_close_ int root = sys_openat(AT_FDCWD, "/", O_PATH | O_DIRECTORY, 0);
	if (root < 0)
		return child_noted(child, CALL_OPEN, root);
	int id = classic_mount_id(child, root);
	if (id == child->classic.shelf_id)
		return child_noted(child, CALL_MOUNT, -ENOTRECOVERABLE);
	return id < 0 ? id : 0;
}

/* Open what is mounted on an entry of the shelf. */
static int open_mounted(struct child *child, const char *name)
{
	int fd = sys_openat(child->classic.shelf, name, O_PATH | O_NOFOLLOW, 0);
	return child_noted(child, CALL_OPEN, fd);
}

/*
 * Has the clone that was just mounted on an entry of the shelf no submounts?  Then the table of all
 * mounts need not be read for it, which would make the cost grow with the clones times the mounts.
 *
 * umount2(2) tells, with MNT_EXPIRE: it fails with EBUSY if other mounts are on it, and otherwise
 * only marks the mount, with EAGAIN.  Using the mount removes the mark, so it is not unmounted.
 * Ask twice, since another process may cause one EAGAIN; see try_submount_test().
 */
static int has_no_submount(struct child *child, const char *name)
{
	enum { ATTEMPTS = 2, HOW = MNT_EXPIRE | UMOUNT_NOFOLLOW };
	bool flat = true;

	for (int i = 0; flat && i < ATTEMPTS; i++) {
		long error = sys_result(umount2(name, HOW));
		if (error >= 0)
			return child_noted(child, CALL_UMOUNT, -ENOTRECOVERABLE);
		flat = error == -EAGAIN;
		_cleanup_close_ int fd = open_mounted(child, name);
		if (fd < 0)
			return fd;
	}
	return flat;
}

static int shelf_has_no_submount(struct child *child, const char *name)
{
	_cleanup_close_ int before = sys_openat(AT_FDCWD, ".", O_PATH | O_DIRECTORY, 0);
	if (before < 0)
		return child_noted(child, CALL_OPEN, before);
	long error = sys_result(fchdir(child->classic.shelf));
	if (error < 0)
		return child_noted(child, CALL_CHDIR, error);
	int flat = has_no_submount(child, name);
	error = sys_result(fchdir(before));
	return error < 0 ? child_noted(child, CALL_CHDIR, error) : flat;
}

/*
 * Test the test: the shelf is in use.  If umount2(2) says that it is not, a filter around us fakes
 * the answer: then do not use this shortcut.
 */
static int try_submount_test(struct child *child)
{
	int flat = shelf_has_no_submount(child, ".");
	child->classic.tells_submounts = !flat;
	return flat < 0 ? flat : 0;
}

int classic_set_propagation(struct child *child, int fd, unsigned long propagation)
{
	return mount_descriptors(child, NULL, -1, fd, propagation, NULL);
}

int classic_begin(struct child *child, unsigned long propagation)
{
	long error = sys_result(mount(NULL, "/", NULL, MS_REC | propagation, NULL));
	if (!error)
		error = sys_result(
			mount("tmpfs", "/", "tmpfs", MS_NOSUID | MS_NODEV | MS_NOEXEC, "mode=700"));
	if (error < 0)
		return child_noted(child, CALL_MOUNT, error);
	child->classic.shelf = sys_openat(AT_FDCWD, "/..", O_PATH | O_DIRECTORY, 0);
	if (child->classic.shelf < 0)
		return child_noted(child, CALL_OPEN, child->classic.shelf);
	child->classic.shelf_id = classic_mount_id(child, child->classic.shelf);
	error = child->classic.shelf_id < 0 ? child->classic.shelf_id : check_shelf(child);
	/* Unbindable, so that a clone of the host's / does not contain the shelf. */
	if (!error)
		error = classic_set_propagation(child, child->classic.shelf, MS_UNBINDABLE);
	return error < 0 ? (int)error : try_submount_test(child);
}

/*
 * Unmount the shelf where a filter forbids MNT_DETACH, as that of `rind run --nested` does: then it
 * must not be in use, so close our descriptor.  Its only path is "/..", which leads to the topmost
 * mount on the root: verify that this is the shelf.
 */
static int unmount_shelf(struct child *child, int refusal)
{
	int top = sys_openat(AT_FDCWD, "/..", O_PATH | O_DIRECTORY, 0);
	if (top < 0)
		return child_noted(child, CALL_OPEN, top);
	int id = classic_mount_id(child, top);
	close(top);
	if (id < 0)
		return id;
	if (id != child->classic.shelf_id)
		return child_noted(child, CALL_UMOUNT, refusal);
	close_fd(&child->classic.shelf);
	return child_noted(child, CALL_UMOUNT, sys_result(umount2("/..", UMOUNT_NOFOLLOW)));
}

int classic_finish(struct child *child)
{
	char name[NUMBER_SIZE];
	_cleanup_close_ int before = sys_openat(AT_FDCWD, ".", O_PATH | O_DIRECTORY, 0);
	_cleanup_close_ int fds = sys_openat(child->proc_self, "fd", O_PATH | O_DIRECTORY, 0);
	if (before < 0 || fds < 0)
		return child_noted(child, CALL_OPEN, before < 0 ? before : fds);

	number_format(name, (unsigned int)child->classic.shelf);
	long error = sys_result(fchdir(fds));
	if (error < 0)
		return child_noted(child, CALL_CHDIR, error);
	/* Detach it, since our own descriptor keeps it busy. */
	error = sys_result(umount2(name, MNT_DETACH));
	if (error == -EPERM)
		error = unmount_shelf(child, (int)error);
	if (error < 0)
		return child_noted(child, CALL_UMOUNT, error);
	close_fd(&child->classic.shelf);
	return child_noted(child, CALL_CHDIR, sys_result(fchdir(before)));
}

/* Make a new entry of the shelf to mount on; its name is returned in name. */
static int make_place(struct child *child, bool directory, char *name)
{
	number_format(name, child->classic.shelf_count++);
	long error = directory ? sys_result(mkdirat(child->classic.shelf, name, 0700))
			       : sys_result(mknodat(child->classic.shelf, name, S_IFREG | 0600, 0));
	if (error < 0)
		return child_noted(child, CALL_MKDIR, error);
	int fd = sys_openat(child->classic.shelf, name, O_PATH | O_NOFOLLOW, 0);
	return child_noted(child, CALL_OPEN, fd);
}

/* --- clone, attach, new ----------------------------------------------------------------------- */

static int clone_descriptor(struct child *child, int fd, unsigned int flags)
{
	char name[NUMBER_SIZE];
	struct stat stat;
	int error = sys_fstat(fd, &stat);
	if (error < 0)
		return child_noted(child, CALL_FSTAT, error);

	_cleanup_close_ int place = make_place(child, S_ISDIR(stat.st_mode), name);
	if (place < 0)
		return place;
	bool deep = flags & AT_RECURSIVE && S_ISDIR(stat.st_mode);
	error = mount_descriptors(child, NULL, fd, place, MS_BIND | (deep ? MS_REC : 0), NULL);
	int flat = !deep;
	if (!error && deep && child->classic.tells_submounts)
		flat = shelf_has_no_submount(child, name);
	if (error < 0 || flat < 0)
		return error < 0 ? error : flat;
	int tree = open_mounted(child, name);
	child->classic.flat_clone = flat ? tree : -1;
	return tree;
}

int classic_clone(struct child *child, int fd, const char *path, unsigned int flags)
{
	child->classic.flat_clone = -1;
	if (!*path)
		return clone_descriptor(child, fd, flags);
	_cleanup_close_ int source = sys_openat(fd, path, O_PATH, 0);
	if (source < 0)
		return child_noted(child, CALL_OPEN, source);
	return clone_descriptor(child, source, flags);
}

int classic_attach(struct child *child, int tree, int target)
{
	child->classic.flat_clone = -1;
	return mount_descriptors(child, NULL, tree, target, MS_MOVE, NULL);
}

/* Join options as mount(2) takes them, "NAME=VALUE,…"; -E2BIG. */
static int join_options(char *text, size_t size, const char *const options[][2])
{
	char *end = text;

	*end = '\0';
	for (; options && (*options)[0]; options++) {
		const char *const *option = *options;
		if (!option[1])
			continue;
		/* room for "=", "," and the NUL */
		if (strlen(option[0]) + strlen(option[1]) + 3 > size - (size_t)(end - text))
			return -E2BIG;
		if (end != text)
			*end++ = ',';
		end = stpcpy(stpcpy(stpcpy(end, option[0]), "="), option[1]);
	}
	return 0;
}

int classic_new(
	struct child *child, const char *type, uint64_t attributes, const char *const options[][2])
{
	char name[NUMBER_SIZE], text[512];

	int error = child_noted(child, CALL_MOUNT, join_options(text, sizeof(text), options));
	if (error < 0)
		return error;
	_cleanup_close_ int place = make_place(child, true, name);
	if (place < 0)
		return place;
	error = mount_descriptors(child, type, -1, place, mount_flags(attributes), text);
	return error < 0 ? error : open_mounted(child, name);
}

/* --- attributes ------------------------------------------------------------------------------- */

static int remount(struct child *child, int fd, uint64_t attributes)
{
	return mount_descriptors(
		child, NULL, -1, fd, MS_REMOUNT | MS_BIND | mount_flags(attributes), NULL);
}

/*
 * Change one mount that has no submounts.  A remount replaces all attributes, so first read those
 * that it would remove. fd is on the mount itself, so it can show the result.
 */
static int set_single(struct child *child, int fd, uint64_t set, uint64_t clear)
{
	uint64_t before = 0, after = 0;

	int error = mount_read_attributes(child, fd, &before);
	uint64_t wanted = (before & ~clear) | set;
	if (!error)
		error = remount(child, fd, wanted);
	if (!error)
		error = mount_read_attributes(child, fd, &after);
	if (error < 0)
		return error;
	return (after & wanted) == wanted ? 0 : child_wrong(child, NULL);
}

/* The tree that set_recursively() changes. */
struct tree {
	int fd; /* its root */
	const struct mount_entry *root;
	const struct mount_table *table;
};

/*
 * We may not enter this directory, so we cannot change the mounts below it.  Nor can the command
 * enter it, unless its owner opens it.  Mount an empty directory with mode 0 over it.
 */
static int cover(struct child *child, int directory)
{
	static const char *const options[][2] = {{"mode", "0"}, {NULL, NULL}};
	_cleanup_close_ int tree = classic_new(child, "tmpfs",
		MOUNT_ATTR_RDONLY | MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV | MOUNT_ATTR_NOEXEC,
		options);
	return tree < 0 ? tree : classic_attach(child, tree, directory);
}

/*
 * Open path below a directory; a symlink in it is -ENOTDIR.  On failure *ret_blocked is the
 * directory in which the walk ended.
 */
static int open_below(int directory, const char *path, int *ret_blocked)
{
	char name[NAME_MAX + 1];
	/* Only ".." reaches what is mounted on the root directory. */
	_cleanup_close_ int at =
		*path ? fd_duplicate(directory) : sys_openat(directory, "..", O_PATH, 0);

	while (at >= 0 && path_take_component(&path, name)) {
		int next = sys_openat(at, name, O_PATH | O_NOFOLLOW, 0);
		if (next < 0) {
			*ret_blocked = take_fd(&at);
			return next;
		}
		close_fd(&at);
		at = next;
	}
	if (at >= 0 && *path)
		return -ENAMETOOLONG;
	return take_fd(&at);
}

/* Is the mount in a tree that waits on the shelf, outside the tree that is changed? */
static bool is_on_shelf(
	const struct child *child, const struct tree *tree, const struct mount_entry *entry)
{
	for (size_t i = 0; entry && i < tree->table->count; i++) {
		if (entry == tree->root)
			return false;
		if (entry->id == child->classic.shelf_id)
			return true;
		entry = mount_table_find(tree->table, entry->parent);
	}
	return false;
}

/*
 * The path does not lead to this mount.  That is correct if no path can, according to the table:
 * then the command has no path to it either (unless it can move a directory: see check.c).
 * Otherwise somebody has changed the mounts, or a call has failed.
 */
static int pass_over(
	struct child *child, const struct tree *tree, const struct mount_entry *entry, int error)
{
	if (mount_table_is_gone(entry) || entry->hidden || is_on_shelf(child, tree, entry))
		return 0;
	return child_noted(child, CALL_OPEN, error);
}

/* Has cover() mounted this directory since the table was read?  Nobody else mounts here. */
static bool is_covered(struct child *child, const struct tree *tree, int directory)
{
	int id = classic_mount_id(child, directory);

	return id >= 0 && !mount_table_find(tree->table, id);
}

/* Change one mount below the tree's root. */
static int set_entry(struct child *child, const struct tree *tree, const struct mount_entry *entry,
	uint64_t attributes)
{
	_cleanup_close_ int blocked = -1;
	const char *path = mount_table_below(entry->path, tree->root->path);
	_cleanup_close_ int fd = open_below(tree->fd, path, &blocked);

	if (fd < 0) {
		/* cover() has covered this directory, because of another mount below it. */
		if (fd == -ENOENT && blocked >= 0 && is_covered(child, tree, blocked))
			return 0;
		/* ENOTCONN: a FUSE file system whose daemon has ended. */
		bool closed = (fd == -EACCES || fd == -ENOTCONN) && blocked >= 0;
		int error = pass_over(child, tree, entry, fd);
		return error < 0 && closed ? cover(child, blocked) : error;
	}
	int id = classic_mount_id(child, fd);
	if (id < 0)
		return id;
	return id == entry->id ? remount(child, fd, attributes)
			       : pass_over(child, tree, entry, -ESTALE);
}

/* Is it a mount below the tree's root whose attributes have to change? */
static bool has_to_change(const struct child *child, const struct tree *tree,
	const struct mount_entry *entry, uint64_t attributes)
{
	return attributes != entry->attributes && entry->id != child->classic.shelf_id &&
	       mount_table_below(entry->path, tree->root->path);
}

/*
 * Verify the remounts: a call may have reported success and done nothing.  The table shows all
 * mounts at once, without asking any file system, one of which may never answer.  Mounts that are
 * gone from the table need no check; new ones came later, so no call could have changed them.
 */
static int look_again(struct child *child, const struct tree *before, uint64_t set, uint64_t clear)
{
	_cleanup_mount_table_ struct mount_table table = {0};
	struct tree now = {.fd = before->fd, .table = &table};
	int error = classic_read_table(child, &table);
	if (error < 0)
		return error;
	now.root = mount_table_find(&table, before->root->id);
	mount_table_mark_hidden(&table, before->root->id);

	for (size_t i = 0; i < before->table->count; i++) {
		const struct mount_entry *entry = &before->table->entries[i];
		uint64_t attributes = (entry->attributes & ~clear) | set;
		if (entry != before->root && !has_to_change(child, before, entry, attributes))
			continue;
		const struct mount_entry *found = mount_table_find(&table, entry->id);
		if (!now.root || (found && found->attributes != attributes &&
					 pass_over(child, &now, found, -ESTALE) < 0))
			return child_noted(child, CALL_NONE, -ENOTRECOVERABLE);
	}
	return 0;
}

static int set_recursively(struct child *child, int fd, uint64_t set, uint64_t clear)
{
	_cleanup_mount_table_ struct mount_table table = {0};
	struct tree tree = {.fd = fd, .table = &table};
	int error = classic_read_table(child, &table);
	int id = error < 0 ? error : classic_mount_id(child, fd);
	if (id < 0)
		return id;
	tree.root = mount_table_find(&table, id);
	/*
	 * The process's root directory is not the root of a mount: then the table shows nothing
	 * below it.
	 */
	if (!tree.root)
		return child_noted(child, CALL_MOUNT, -EINVAL);
	mount_table_mark_hidden(&table, id);

	for (size_t i = 0; !error && i < table.count; i++) {
		const struct mount_entry *entry = &table.entries[i];
		uint64_t attributes = (entry->attributes & ~clear) | set;
		if (entry == tree.root)
			error = remount(child, fd, attributes);
		else if (has_to_change(child, &tree, entry, attributes))
			error = set_entry(child, &tree, entry, attributes);
	}
	return error < 0 ? error : look_again(child, &tree, set, clear);
}

int classic_set_attributes(
	struct child *child, int fd, unsigned int flags, uint64_t set, uint64_t clear)
{
	return flags & AT_RECURSIVE && fd != child->classic.flat_clone
		       ? set_recursively(child, fd, set, clear)
		       : set_single(child, fd, set, clear);
}
