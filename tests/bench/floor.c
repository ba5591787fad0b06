/*
 * The floor: the least that any launcher must do for the sandbox that the bench starts most, with
 * nothing checked, nothing configurable and nothing cleaned up.  What others take is divided by
 * what it takes.  Not a sandbox.
 *
 *   floor [-n] DIRECTORY COMMAND [ARG...]      -n: with a network namespace, its loopback down
 *
 * One clone into new user, mount and pid namespaces, identity id maps, the tree read-only in place
 * with DIRECTORY writable again, a fresh /proc, a session, no_new_privs, a process that reaps, and
 * the command's status.  COMMAND is a path.
 */
#include "base/sys.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

enum { FAILURE = 125 };

/* The result, if it is one. */
static long must(const char *what, long result)
{
	if (result >= 0)
		return result;
	dprintf(STDERR_FILENO, "floor: %s: %s\n", what, strerror((int)-result));
	_exit(FAILURE);
}

static void write_file(const char *path, const char *text)
{
	int fd = (int)must(path, sys_openat(AT_FDCWD, path, O_WRONLY, 0));
	must(path, sys_result(write(fd, text, strlen(text))));
	close(fd);
}

static void map_ids(unsigned int uid, unsigned int gid)
{
	char map[64];

	write_file("/proc/self/setgroups", "deny");
	snprintf(map, sizeof(map), "%u %u 1", uid, uid);
	write_file("/proc/self/uid_map", map);
	snprintf(map, sizeof(map), "%u %u 1", gid, gid);
	write_file("/proc/self/gid_map", map);
}

static void make_mounts(const char *directory)
{
	const struct sys_mount_attr read_only = {
		.set = MOUNT_ATTR_RDONLY | MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV,
		.propagation = MS_SLAVE,
	};
	const struct sys_mount_attr writable = {.set = MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV};

	int tree = (int)must(
		"open_tree", sys_open_tree(AT_FDCWD, directory, OPEN_TREE_CLONE | AT_RECURSIVE));
	must("mount_setattr", sys_mount_setattr(AT_FDCWD, "/", AT_RECURSIVE, &read_only));
	must("mount_setattr", sys_mount_setattr(tree, "", AT_EMPTY_PATH | AT_RECURSIVE, &writable));
	must("move_mount", sys_result(syscall(SYS_move_mount, tree, "", AT_FDCWD, directory,
				   MOVE_MOUNT_F_EMPTY_PATH)));
	must("proc",
		sys_result(mount("proc", "/proc", "proc", MS_NOSUID | MS_NODEV | MS_NOEXEC, NULL)));
}

static int exit_code(int status)
{
	return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

static void __attribute__((noreturn)) run_init(char **argv)
{
	int status;

	must("setsid", sys_result(setsid()));
	must("no_new_privs", sys_prctl(PR_SET_NO_NEW_PRIVS, 1));
	pid_t command = (pid_t)must("fork", sys_result(fork()));
	if (!command) {
		execv(argv[0], argv);
		_exit(FAILURE);
	}
	while (must("wait", sys_result(wait(&status))) != command)
		;
	_exit(exit_code(status));
}

int main(int argc, char **argv)
{
	bool network = argc > 1 && strcmp(argv[1], "-n") == 0;
	struct clone_args args = {
		.flags = CLONE_NEWUSER | CLONE_NEWNS | CLONE_NEWPID | (network ? CLONE_NEWNET : 0),
		.exit_signal = SIGCHLD,
	};
	unsigned int uid = geteuid(), gid = getegid();
	int status;

	argv += network ? 2 : 1;
	if (argc < (network ? 4 : 3))
		return FAILURE;
	pid_t init = (pid_t)must("clone3", sys_clone3(&args));
	if (!init) {
		map_ids(uid, gid);
		make_mounts(argv[0]);
		run_init(argv + 1);
	}
	must("waitpid", sys_result(waitpid(init, &status, 0)));
	return exit_code(status);
}
