/*
 * Child side: the operations of a layout that mount file systems of the sandbox's own: proc, /dev,
 * tmpfs, mqueue, overlay.
 */
#include "ops/layout.h"
#include "mount/mount.h"

#include <string.h>

static const char *const device_names[CHILD_DEVICES] = {
	"null",
	"zero",
	"full",
	"random",
	"urandom",
	"tty",
};

int layout_apply_tmpfs(struct child *child, const struct layout_op *op)
{
	_cleanup_close_ int target = layout_make_target(child, op, true);
	if (target < 0)
		return target;
	_cleanup_close_ int tree = mount_new_tmpfs(child, op->mode, op->size);
	if (tree < 0)
		return tree;
	return layout_attach(child, op, &tree, target);
}

int layout_apply_mqueue(struct child *child, const struct layout_op *op)
{
	_cleanup_close_ int target = layout_make_target(child, op, true);
	if (target < 0)
		return target;
	_cleanup_close_ int tree = mount_new(child, "mqueue", 0, NULL);
	if (tree < 0)
		return tree;
	return layout_attach(child, op, &tree, target);
}

/* --- overlay ----------------------------------------------------------------------------------- */

enum { OPTIONS_MAX = 4096 }; /* mount(2) takes a page */

/* Add "NAME=" and the path of a new directory of the scratch to the options. */
static char *add_layer(struct child *child, char *end, const char *name, const char *option)
{
	char directory[sizeof("upper-") + 10];

	layout_format_number(directory, name, child->op);
	if (sys_result(mkdirat(child->scratch, directory, 0755)) < 0)
		return NULL;
	end = stpcpy(end, option);
	layout_format_number(end, "/proc/self/fd/", (unsigned int)child->scratch);
	end += strlen(end);
	*end++ = '/';
	end = stpcpy(end, directory);
	*end++ = ',';
	*end = '\0';
	return end;
}

/* The caller's options, after those for a layer that only this sandbox has. */
static const char *overlay_options(struct child *child, const struct layout_op *op)
{
	static char options[OPTIONS_MAX];
	enum { ROOM = 128 };

	if (!(op->flags & LAYOUT_TEMPORARY))
		return op->source;
	if (strlen(op->source) >= sizeof(options) - ROOM)
		return NULL;
	char *end = add_layer(child, options, "upper-", "upperdir=");
	if (end)
		end = add_layer(child, end, "work-", "workdir=");
	return end ? stpcpy(end, op->source), options : NULL;
}

/* What is found at dest by now has to be another mount than before, and an overlay. */
static int check_overlay(struct child *child, const struct layout_op *op, int before)
{
	enum { OVERLAY_MAGIC = 0x794c7630 }; /* OVERLAYFS_SUPER_MAGIC */
	struct statfs stat = {0};
	_cleanup_close_ int found = layout_open_target(child, op->dest);
	if (found < 0)
		return found;
	int same = mount_is_same(child, found, before);
	if (same < 0)
		return same;
	int error = sys_fstatfs(found, &stat);
	if (error < 0)
		return (int)child_noted(child, CALL_FSTAT, error);
	return !same && stat.f_type == OVERLAY_MAGIC ? 0 : mount_wrong(child);
}

/*
 * By mount(2), whose options take up to a page: fsconfig(2) ends at 255 bytes.  What is mounted on,
 * and the scratch in the options, are named by descriptors, so that no lookup can lead elsewhere.
 */
int layout_apply_overlay(struct child *child, const struct layout_op *op)
{
	char place[sizeof("/proc/self/fd/") + 10];
	_cleanup_close_ int target = layout_make_target(child, op, true);
	if (target < 0)
		return target;
	int covers_root = mount_is_same(child, child->root, target);
	if (covers_root < 0)
		return covers_root;

	const char *options = overlay_options(child, op);
	if (!options)
		return (int)child_noted(child, CALL_MOUNT, -E2BIG);
	layout_format_number(place, "/proc/self/fd/", (unsigned int)target);
	long error = sys_result(mount("overlay", place, "overlay", 0, options));
	if (error < 0)
		return (int)child_noted(child, CALL_MOUNT, error);
	if (covers_root) {
		error = layout_climb_root(child);
		if (error < 0)
			return (int)error;
	}
	return check_overlay(child, op, target);
}

/* --- proc --------------------------------------------------------------------------------------
 */

/* Root owns the files that change the machine, and can write to those in sys whatever their mode.
 */
static bool needs_cover(struct child *child, int proc, const char *part)
{
	return child->frozen->is_root || sys_may_write(proc, part);
}

static int cover(struct child *child, int proc, const char *part)
{
	_cleanup_close_ int fd = sys_openat(proc, part, O_PATH | O_NOFOLLOW, 0);
	if (fd == -ENOENT)
		return 0; /* this kernel has no such part */
	if (fd < 0)
		return (int)child_noted(child, CALL_OPEN, fd);
	if (!needs_cover(child, proc, part))
		return 0;
	_cleanup_close_ int tree = mount_clone(child, fd, "", AT_EMPTY_PATH | AT_RECURSIVE);
	if (tree < 0)
		return tree;
	int error = mount_add_attributes(child, tree, AT_RECURSIVE,
		MOUNT_ATTR_RDONLY | MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV);
	if (!error)
		error = mount_attach(child, tree, fd);
	return error < 0 ? error : mount_check_at(child, tree, proc, part);
}

static int open_new_proc(struct child *child, const struct layout_op *op)
{
	if (child->frozen->layout->new_proc)
		return mount_new(child, "proc",
			MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV | MOUNT_ATTR_NOEXEC, NULL);
	if (child->frozen->op_trees[child->op] >= 0)
		return take_fd(&child->frozen->op_trees[child->op]);
	return layout_clone_source(child, op);
}

int layout_apply_proc(struct child *child, const struct layout_op *op)
{
	static const char *const parts[] = {"sys", "sysrq-trigger", "irq", "bus"};
	_cleanup_close_ int target = layout_make_target(child, op, true);
	if (target < 0)
		return target;
	_cleanup_close_ int tree = open_new_proc(child, op);
	if (tree < 0)
		return tree;
	/* The tree is where the parts are found: what is at dest by then may be something else. */
	int proc = tree;
	int error = layout_attach(child, op, &tree, target);

	child->stage = STAGE_COVER;
	for (size_t i = 0; !error && i < sizeof(parts) / sizeof(*parts); i++)
		error = cover(child, proc, parts[i]);
	return error;
}

/* --- dev ---------------------------------------------------------------------------------------
 */

static int clone_device(struct child *child, const char *path)
{
	int tree = mount_clone(child, AT_FDCWD, path, 0);
	if (tree < 0)
		return tree;
	int error = mount_add_attributes(child, tree, 0, MOUNT_ATTR_NOSUID);
	if (error == 0)
		return tree;
	close(tree);
	return error;
}

static int clone_devices(struct child *child)
{
	static const char *const paths[CHILD_DEVICES] = {
		"/dev/null",
		"/dev/zero",
		"/dev/full",
		"/dev/random",
		"/dev/urandom",
		"/dev/tty",
	};
	const char *console = child->frozen->layout->console;

	child->stage = STAGE_DEVICE;
	for (size_t i = 0; i < CHILD_DEVICES; i++) {
		child->detail = paths[i];
		child->devices[i] = clone_device(child, paths[i]);
		if (child->devices[i] < 0)
			return child->devices[i];
	}
	if (!console)
		return 0;
	child->detail = console;
	child->console = clone_device(child, console);
	return child->console < 0 ? child->console : 0;
}

int layout_gather_dev(struct child *child)
{
	return child->frozen->in_place ? clone_devices(child) : 0;
}

static int attach_device(struct child *child, int dev, const char *name, int *tree)
{
	_cleanup_close_ int node =
		sys_openat(dev, name, O_CREAT | O_EXCL | O_NOFOLLOW | O_RDONLY, 0444);
	if (node < 0)
		return (int)child_noted(child, CALL_OPEN, node);
	int error = mount_attach(child, *tree, node);
	if (!error)
		error = mount_check_at(child, *tree, dev, name);
	close_fd(tree);
	return error;
}

static int attach_devices(struct child *child, int dev)
{
	int error = child->frozen->in_place ? 0 : clone_devices(child);

	for (size_t i = 0; !error && i < CHILD_DEVICES; i++) {
		child->detail = device_names[i];
		error = attach_device(child, dev, device_names[i], &child->devices[i]);
	}
	return error;
}

static int make_links(struct child *child, int dev)
{
	static const char *const links[][2] = {
		{"/proc/self/fd/0", "stdin"},
		{"/proc/self/fd/1", "stdout"},
		{"/proc/self/fd/2", "stderr"},
		{"/proc/self/fd", "fd"},
		{"/proc/kcore", "core"},
		{"pts/ptmx", "ptmx"},
	};
	for (size_t i = 0; i < sizeof(links) / sizeof(*links); i++) {
		child->detail = links[i][1];
		long error = sys_result(symlinkat(links[i][0], dev, links[i][1]));
		if (error < 0)
			return (int)child_noted(child, CALL_SYMLINK, error);
	}
	return 0;
}

static int make_directories(struct child *child, int dev)
{
	static const char *const names[] = {"shm", "pts"};

	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++) {
		child->detail = names[i];
		long error = sys_result(mkdirat(dev, names[i], 0755));
		if (error < 0)
			return (int)child_noted(child, CALL_MKDIR, error);
	}
	return 0;
}

/* Terminals of the sandbox's own; the kernel wants id 0 mapped for this. */
static int mount_terminals(struct child *child, int dev)
{
	static const char *const options[][2] = {
		{"ptmxmode", "0666"},
		{"mode", "620"},
		{NULL, NULL},
	};
	child->detail = "pts";
	_cleanup_close_ int target = sys_openat(dev, "pts", O_PATH | O_DIRECTORY | O_NOFOLLOW, 0);
	if (target < 0)
		return (int)child_noted(child, CALL_OPEN, target);
	_cleanup_close_ int tree =
		mount_new(child, "devpts", MOUNT_ATTR_NOSUID | MOUNT_ATTR_NOEXEC, options);
	if (tree < 0)
		return tree;
	int error = mount_attach(child, tree, target);
	return error < 0 ? error : mount_check_at(child, tree, dev, "pts");
}

static int fill_dev(struct child *child, int dev)
{
	child->stage = STAGE_DEVICE;
	int error = attach_devices(child, dev);
	if (!error)
		error = make_links(child, dev);
	if (!error)
		error = make_directories(child, dev);
	if (!error)
		error = mount_terminals(child, dev);
	if (error < 0 || child->console < 0)
		return error;
	child->detail = "console";
	return attach_device(child, dev, "console", &child->console);
}

int layout_apply_dev(struct child *child, const struct layout_op *op)
{
	_cleanup_close_ int target = layout_make_target(child, op, true);
	if (target < 0)
		return target;
	_cleanup_close_ int tree = mount_new_tmpfs(child, "0755", NULL);
	if (tree < 0)
		return tree;
	int dev = tree;
	int error = layout_attach(child, op, &tree, target);
	return error < 0 ? error : fill_dev(child, dev);
}
