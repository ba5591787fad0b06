/*
 * Child side: the classic backend: what mount.h does with descriptors, done with mount(2).
 *
 *   step             Linux 5.12                       here
 *   ----             ----------                       ----
 *   clone            open_tree(CLONE)                 bind onto a new entry of the shelf
 *   set attributes   mount_setattr, recursively       the table of mounts, one remount for each
 *   attach           move_mount                       mount(MS_MOVE)
 *   new              fsopen, fsconfig, fsmount        mount on a new entry of the shelf
 *
 * The shelf is a tmpfs mounted on the root directory, where no path leads to it: a lookup that starts
 * at the root does not climb what is mounted on it (only "/.." does).  On it a tree waits, private and
 * with a descriptor of its own, as a detached one does with the newer calls: so the steps, their order
 * and what is true in between are the same with both backends.
 *
 * mount(2) takes names.  The only ones it is given are the numbers in /proc/self/fd, with that as the
 * working directory: a link there leads to the very file that is open, a symlink itself too, and
 * whatever is mounted on /proc meanwhile.  So here as there nothing is resolved twice.
 *
 * A remount replaces all attributes of a mount, and one of those that a user namespace may not take
 * off would be refused: so each keeps what it has.
 */
#include "mount/classic/classic.h"

#include "base/number.h"
#include "mount/attributes.h"

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

/* --- mount(2) on descriptors ------------------------------------------------------------------- */

/* mount(2) with descriptors in the place of names; source -1: this name instead. */
static int mount_descriptors(struct child *child, const char *name, int source, int target,
	unsigned long flags, const char *options)
{
	char from[NUMBER_SIZE], to[NUMBER_SIZE];
	_cleanup_close_ int before = sys_openat(AT_FDCWD, ".", O_PATH | O_DIRECTORY, 0);
	_cleanup_close_ int fds = sys_openat(child->proc_self, "fd", O_PATH | O_DIRECTORY, 0);
	if (before < 0 || fds < 0)
		return (int)child_noted(child, CALL_OPEN, before < 0 ? before : fds);

	number_format(to, (unsigned int)target);
	if (source >= 0)
		number_format(from, (unsigned int)source);
	long error = sys_result(fchdir(fds));
	if (error < 0)
		return (int)child_noted(child, CALL_CHDIR, error);
	error = sys_result(mount(source >= 0 ? from : name, to, name, flags, options));
	if (error < 0)
		return (int)child_noted(
			child, flags & MS_REMOUNT ? CALL_REMOUNT : CALL_MOUNT, error);
	return (int)child_noted(child, CALL_CHDIR, sys_result(fchdir(before)));
}

/* --- the shelf --------------------------------------------------------------------------------- */

/* Whatever mount(2) said: nothing may be made in the host's root. */
static int check_shelf(struct child *child)
{
	_cleanup_close_ int root = sys_openat(AT_FDCWD, "/", O_PATH | O_DIRECTORY, 0);
	if (root < 0)
		return (int)child_noted(child, CALL_OPEN, root);
	int id = classic_mount_id(child, root);
	if (id == child->classic.shelf_id)
		return (int)child_noted(child, CALL_MOUNT, -ENOTRECOVERABLE);
	return id < 0 ? id : 0;
}

/* What is mounted on it by now. */
static int open_mounted(struct child *child, const char *name)
{
	int fd = sys_openat(child->classic.shelf, name, O_PATH | O_NOFOLLOW, 0);
	return (int)child_noted(child, CALL_OPEN, fd);
}

/*
 * Is nothing mounted in the clone that has just been mounted on an entry of the shelf?  Then the table of
 * all mounts need not be read for it, which would make many clones cost more than their number.
 *
 * umount2(2) tells: with MNT_EXPIRE it refuses a mount that is in use (EBUSY), as one is that others are
 * mounted in, and otherwise does no more than mark it (EAGAIN) the first time.  Using it takes the mark
 * off.  Asked twice, since one EAGAIN may be somebody else's; see learn_to_tell().
 */
static int is_alone(struct child *child, const char *name)
{
	enum { ATTEMPTS = 2, HOW = MNT_EXPIRE | UMOUNT_NOFOLLOW };
	bool alone = true;

	for (int i = 0; alone && i < ATTEMPTS; i++) {
		long error = sys_result(umount2(name, HOW));
		if (error >= 0)
			return (int)child_noted(child, CALL_UMOUNT, -ENOTRECOVERABLE);
		alone = error == -EAGAIN;
		_cleanup_close_ int fd = open_mounted(child, name);
		if (fd < 0)
			return fd;
	}
	return alone;
}

static int is_alone_on_shelf(struct child *child, const char *name)
{
	_cleanup_close_ int before = sys_openat(AT_FDCWD, ".", O_PATH | O_DIRECTORY, 0);
	if (before < 0)
		return (int)child_noted(child, CALL_OPEN, before);
	long error = sys_result(fchdir(child->classic.shelf));
	if (error < 0)
		return (int)child_noted(child, CALL_CHDIR, error);
	int alone = is_alone(child, name);
	error = sys_result(fchdir(before));
	return error < 0 ? (int)child_noted(child, CALL_CHDIR, error) : alone;
}

/* The shelf is in use: where something else is said of it (by a filter around us) nothing is believed. */
static int learn_to_tell(struct child *child)
{
	int alone = is_alone_on_shelf(child, ".");
	child->classic.tells_alone = !alone;
	return alone < 0 ? alone : 0;
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
		return (int)child_noted(child, CALL_MOUNT, error);
	child->classic.shelf = sys_openat(AT_FDCWD, "/..", O_PATH | O_DIRECTORY, 0);
	if (child->classic.shelf < 0)
		return (int)child_noted(child, CALL_OPEN, child->classic.shelf);
	child->classic.shelf_id = classic_mount_id(child, child->classic.shelf);
	error = child->classic.shelf_id < 0 ? child->classic.shelf_id : check_shelf(child);
	/* So that a clone of the host's / does not have a copy of it. */
	if (!error)
		error = classic_set_propagation(child, child->classic.shelf, MS_UNBINDABLE);
	return error < 0 ? (int)error : learn_to_tell(child);
}

/*
 * Where a filter refuses to let go of what is in use, as that of `rind run --nested`: then it must not be in use.
 * No path leads to the shelf but "/..", which leads to the last of what is mounted on the root.
 */
static int unmount_shelf(struct child *child, int refusal)
{
	int top = sys_openat(AT_FDCWD, "/..", O_PATH | O_DIRECTORY, 0);
	if (top < 0)
		return (int)child_noted(child, CALL_OPEN, top);
	int id = classic_mount_id(child, top);
	close(top);
	if (id < 0)
		return id;
	if (id != child->classic.shelf_id)
		return (int)child_noted(child, CALL_UMOUNT, refusal);
	close_fd(&child->classic.shelf);
	return (int)child_noted(child, CALL_UMOUNT, sys_result(umount2("/..", UMOUNT_NOFOLLOW)));
}

int classic_finish(struct child *child)
{
	char name[NUMBER_SIZE];
	_cleanup_close_ int before = sys_openat(AT_FDCWD, ".", O_PATH | O_DIRECTORY, 0);
	_cleanup_close_ int fds = sys_openat(child->proc_self, "fd", O_PATH | O_DIRECTORY, 0);
	if (before < 0 || fds < 0)
		return (int)child_noted(child, CALL_OPEN, before < 0 ? before : fds);

	number_format(name, (unsigned int)child->classic.shelf);
	long error = sys_result(fchdir(fds));
	if (error < 0)
		return (int)child_noted(child, CALL_CHDIR, error);
	/* Lazily: our own descriptor is on it. */
	error = sys_result(umount2(name, MNT_DETACH));
	if (error == -EPERM)
		error = unmount_shelf(child, (int)error);
	if (error < 0)
		return (int)child_noted(child, CALL_UMOUNT, error);
	close_fd(&child->classic.shelf);
	return (int)child_noted(child, CALL_CHDIR, sys_result(fchdir(before)));
}

/* A new entry of the shelf to mount on; its name is left in name. */
static int make_place(struct child *child, bool directory, char *name)
{
	number_format(name, child->classic.shelf_count++);
	long error = directory ? sys_result(mkdirat(child->classic.shelf, name, 0700))
			       : sys_result(mknodat(child->classic.shelf, name, S_IFREG | 0600, 0));
	if (error < 0)
		return (int)child_noted(child, CALL_MKDIR, error);
	int fd = sys_openat(child->classic.shelf, name, O_PATH | O_NOFOLLOW, 0);
	return (int)child_noted(child, CALL_OPEN, fd);
}

/* --- clone, attach, new ------------------------------------------------------------------------ */

static int clone_descriptor(struct child *child, int fd, unsigned int flags)
{
	char name[NUMBER_SIZE];
	struct stat stat;
	int error = sys_fstat(fd, &stat);
	if (error < 0)
		return (int)child_noted(child, CALL_FSTAT, error);

	_cleanup_close_ int place = make_place(child, S_ISDIR(stat.st_mode), name);
	if (place < 0)
		return place;
	bool deep = flags & AT_RECURSIVE && S_ISDIR(stat.st_mode);
	error = mount_descriptors(child, NULL, fd, place, MS_BIND | (deep ? MS_REC : 0), NULL);
	int alone = !deep;
	if (!error && deep && child->classic.tells_alone)
		alone = is_alone_on_shelf(child, name);
	if (error < 0 || alone < 0)
		return error < 0 ? error : alone;
	int tree = open_mounted(child, name);
	child->classic.alone = alone ? tree : -1;
	return tree;
}

int classic_clone(struct child *child, int fd, const char *path, unsigned int flags)
{
	child->classic.alone = -1;
	if (!*path)
		return clone_descriptor(child, fd, flags);
	_cleanup_close_ int source = sys_openat(fd, path, O_PATH, 0);
	if (source < 0)
		return (int)child_noted(child, CALL_OPEN, source);
	return clone_descriptor(child, source, flags);
}

int classic_attach(struct child *child, int tree, int target)
{
	child->classic.alone = -1;
	return mount_descriptors(child, NULL, tree, target, MS_MOVE, NULL);
}

/* "NAME=VALUE,…" as mount(2) wants it; -E2BIG. */
static int join_options(char *text, size_t size, const char *const options[][2])
{
	char *end = text;

	*end = '\0';
	for (; options && (*options)[0]; options++) {
		const char *const *option = *options;
		if (!option[1])
			continue;
		/* The equals sign, a comma and the end. */
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

	int error = (int)child_noted(child, CALL_MOUNT, join_options(text, sizeof(text), options));
	if (error < 0)
		return error;
	_cleanup_close_ int place = make_place(child, true, name);
	if (place < 0)
		return place;
	error = mount_descriptors(child, type, -1, place, mount_flags(attributes), text);
	return error < 0 ? error : open_mounted(child, name);
}

/* --- attributes -------------------------------------------------------------------------------- */

static int remount(struct child *child, int fd, uint64_t attributes)
{
	return mount_descriptors(
		child, NULL, -1, fd, MS_REMOUNT | MS_BIND | mount_flags(attributes), NULL);
}

/*
 * Change what is no tree, or has nothing mounted in it.  A remount sets all attributes, so those that
 * would be taken away are read first; and fd is on the mount itself, so it shows what became of it.
 */
static int set_alone(struct child *child, int fd, uint64_t set, uint64_t clear)
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

/* What set_recursively() works on. */
struct tree {
	int fd; /* its root */
	const struct mount_entry *root;
	const struct mount_table *table;
};

/*
 * Mounts lie below a directory that we may not enter, so that neither can the command, as long as its
 * owner does not open it.  They cannot be changed; an empty directory that is as closed stands in.
 */
static int cover(struct child *child, int directory)
{
	static const char *const options[][2] = {{"mode", "0"}, {NULL, NULL}};
	_cleanup_close_ int tree = classic_new(child, "tmpfs",
		MOUNT_ATTR_RDONLY | MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV | MOUNT_ATTR_NOEXEC,
		options);
	return tree < 0 ? tree : classic_attach(child, tree, directory);
}

/* Copy the next component out of *rest; false at the end, or when it cannot be a file name. */
static bool take_component(const char **rest, char *name)
{
	*rest += strspn(*rest, "/");
	size_t length = strcspn(*rest, "/");
	if (!length || length > NAME_MAX)
		return false;
	memcpy(name, *rest, length);
	name[length] = '\0';
	*rest += length;
	return true;
}

/*
 * Open path below a directory; a symlink in it ends the walk with -ENOTDIR.  On failure *ret_blocked
 * is the directory that could not be passed.
 */
static int open_below(int directory, const char *path, int *ret_blocked)
{
	char name[NAME_MAX + 1];
	/* What is mounted on the root directory can only be reached by "..". */
	_cleanup_close_ int at =
		*path ? fd_duplicate(directory) : sys_openat(directory, "..", O_PATH, 0);

	while (at >= 0 && take_component(&path, name)) {
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

/* Does a tree wait for its place there, which is not in the one that is changed? */
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
 * The path does not lead to this mount.  That is right where the table says that it cannot: then no
 * path of the command's does, either (unless it can move a directory: see classic_check.c).  Otherwise somebody has changed it since, or a call has failed.
 */
static int pass_over(
	struct child *child, const struct tree *tree, const struct mount_entry *entry, int error)
{
	if (mount_table_is_gone(entry) || entry->hidden || is_on_shelf(child, tree, entry))
		return 0;
	return (int)child_noted(child, CALL_OPEN, error);
}

/* Is this directory one that cover() has mounted since the table was read?  Nobody else mounts here. */
static bool is_covered(struct child *child, const struct tree *tree, int directory)
{
	int id = classic_mount_id(child, directory);

	return id >= 0 && !mount_table_find(tree->table, id);
}

/* Change one mount of those below a directory. */
static int set_entry(struct child *child, const struct tree *tree, const struct mount_entry *entry,
	uint64_t attributes)
{
	_cleanup_close_ int blocked = -1;
	const char *path = mount_table_below(entry->path, tree->root->path);
	_cleanup_close_ int fd = open_below(tree->fd, path, &blocked);

	if (fd < 0) {
		/* The one before it was below the same directory, which has been covered for that. */
		if (fd == -ENOENT && blocked >= 0 && is_covered(child, tree, blocked))
			return 0;
		/* ENOTCONN: of a FUSE file system whose daemon is gone. */
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

/* Is this one of the mounts below the root that have to be given other attributes? */
static bool has_to_change(const struct child *child, const struct tree *tree,
	const struct mount_entry *entry, uint64_t attributes)
{
	return attributes != entry->attributes && entry->id != child->classic.shelf_id &&
	       mount_table_below(entry->path, tree->root->path);
}

/*
 * A remount may have said that it was made, and not have been.  The table says so for all of them at once,
 * and without asking any of their file systems, one of which may never answer.  What the table does not show any more is
 * gone, and what it shows for the first time has come since: no call could have changed that.
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
			return (int)child_noted(child, CALL_NONE, -ENOTRECOVERABLE);
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
	/* The process's root is no mount's: nothing below it is in the table, either. */
	if (!tree.root)
		return (int)child_noted(child, CALL_MOUNT, -EINVAL);
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
	return flags & AT_RECURSIVE && fd != child->classic.alone
		       ? set_recursively(child, fd, set, clear)
		       : set_alone(child, fd, set, clear);
}
