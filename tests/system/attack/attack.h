/*
 * What the programs in this directory and attempt.c share: an attack is a function, and prints how
 * it went.
 *
 * Runs as the command of a sandbox, and outside of one as a control.  "done" (or what the attack is
 * to find out) and 0; or the errno's name and 1, so that a test can tell a refusal from another
 * failure.  When a step before the attack itself failed, the step's name stands before the errno.
 *
 *   --userns   first in user and mount namespaces of its own, with all capabilities there
 *   --map      and its user mapped to root in there
 *   --pidns, --netns, --cgroupns   and such a namespace
 */
#ifndef RIND_TESTS_ATTACK_H
#define RIND_TESTS_ATTACK_H

#include "../../errno_name.h"

#include <arpa/inet.h>
#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/perf_event.h>
#include <netinet/in.h>
#include <sched.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

/* What older headers lack. */
#ifndef OPEN_TREE_CLONE
#define OPEN_TREE_CLONE 1
#endif
#ifndef AT_RECURSIVE
#define AT_RECURSIVE 0x8000
#endif
#define EMPTY_SOURCE  0x04  /* MOVE_MOUNT_F_EMPTY_PATH */
#define EMPTY_TARGET  0x40  /* MOVE_MOUNT_T_EMPTY_PATH */
#define BENEATH       0x200 /* MOVE_MOUNT_BENEATH */
#define CONFIG_CREATE 6     /* FSCONFIG_CMD_CREATE */
#define ATTR_RDONLY   0x1   /* MOUNT_ATTR_RDONLY */
#define ATTR_NOSUID   0x2
#define ATTR_NODEV    0x4

/* struct mount_attr */
struct attributes {
	uint64_t set, clear, propagation, userns;
};

struct attack {
	const char *name;
	int arguments;
	long (*run)(char **argument);
};

static inline long number(const char *text)
{
	return strtol(text, NULL, 0);
}

/* Of files: octal. */
static inline unsigned int mode(const char *text)
{
	return (unsigned int)strtoul(text, NULL, 8);
}

static inline void __attribute__((noreturn)) give_up(const char *step)
{
	printf("%s: %s\n", step, errno_name(errno));
	exit(1);
}

static inline long must(const char *step, long result)
{
	if (result < 0)
		give_up(step);
	return result;
}

/* The answer of an attack that is to find something out. */
static inline void __attribute__((noreturn)) answer(long long value)
{
	printf("%lld\n", value);
	exit(0);
}

/* --- files and processes ---------------------------------------------------------------------- */

/* What has been opened otherwise can wait for a writer. */
static inline int open_to_read(const char *path)
{
	return (int)must("open", open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC));
}

static inline int open_directory(const char *path)
{
	return (int)must("open", open(path, O_PATH | O_DIRECTORY | O_CLOEXEC));
}

/* The path by which what is open can be opened again. */
static inline const char *path_of(int fd)
{
	static char path[64];
	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	return path;
}

static inline int open_process(const char *pid)
{
	return (int)must("pidfd_open", syscall(SYS_pidfd_open, number(pid), 0));
}

/* The child's exit status; 3 when a signal ended it. */
static inline int wait_for(pid_t child)
{
	int status;
	must("wait", waitpid(child, &status, 0));
	return WIFEXITED(status) ? WEXITSTATUS(status) : 3;
}

/* FD PATH COMMAND…: run it with the path open as that descriptor. */
static inline void __attribute__((noreturn)) execute_with(char **argument, int flags)
{
	int fd = (int)must("open", open(argument[1], flags));
	if (fd != number(argument[0])) {
		must("dup2", dup2(fd, (int)number(argument[0])));
		close(fd);
	}
	execv(argument[2], argument + 2);
	err(127, "%s", argument[2]);
}

/* "TYPE:BYTES" is a file's handle; both print and read as many as there are. */
static inline void print_bytes(const unsigned char *bytes, size_t count)
{
	for (size_t i = 0; i < count; i++)
		printf("%02x", bytes[i]);
	putchar('\n');
}

static inline unsigned int read_bytes(const char *digits, unsigned char *bytes, size_t room)
{
	unsigned int count = 0;
	for (; count < room && sscanf(digits, "%2hhx", bytes + count) == 1; digits += 2)
		count++;
	return count;
}

/* --- priorities and events -------------------------------------------------------------------- */

/* Of whom: user, group (as PRIO_PGRP), or a process. */
static inline int priority_of(const char *whom)
{
	return !strcmp(whom, "user")    ? PRIO_USER
	       : !strcmp(whom, "group") ? PRIO_PGRP
					: PRIO_PROCESS;
}

/* Only where nobody else wants the disk.  These numbers begin at 1 where setpriority(2) has 0. */
static inline long set_io_idle(int which, long who)
{
	enum { IDLE = 3 << 13 };
	return syscall(SYS_ioprio_set, which + 1, who, IDLE);
}

static inline long open_event(long pid, long processor, unsigned long flags)
{
	struct perf_event_attr event = {
		.type = PERF_TYPE_SOFTWARE,
		.size = sizeof(event),
		.config = PERF_COUNT_SW_CPU_CLOCK,
		.exclude_kernel = 1,
		.exclude_hv = 1,
		.disabled = 1,
	};
	return syscall(SYS_perf_event_open, &event, pid, processor, -1, flags);
}

/* --- mounts ----------------------------------------------------------------------------------- */

static inline int clone_tree(int directory, const char *path, unsigned int flags)
{
	return (int)must(
		"open_tree", syscall(SYS_open_tree, directory, path, OPEN_TREE_CLONE | flags));
}

static inline long attach(int tree, const char *target)
{
	return syscall(SYS_move_mount, tree, "", AT_FDCWD, target, EMPTY_SOURCE);
}

/* What fsmount(2) is to be asked for. */
static inline int configured_file_system(const char *type)
{
	int context = (int)must("fsopen", syscall(SYS_fsopen, type, 0));
	must("fsconfig", syscall(SYS_fsconfig, context, CONFIG_CREATE, NULL, NULL, 0));
	return context;
}

static inline int new_tmpfs(void)
{
	return (int)must("fsmount", syscall(SYS_fsmount, configured_file_system("tmpfs"), 0, 0));
}

static inline long pivot_here(void)
{
	return syscall(SYS_pivot_root, ".", ".");
}

/* --- sockets ---------------------------------------------------------------------------------- */

static inline socklen_t unix_address(struct sockaddr_un *ret, const char *path, bool abstract)
{
	size_t length = strlen(path);
	memset(ret, 0, sizeof(*ret));
	ret->sun_family = AF_UNIX;
	if (length >= sizeof(ret->sun_path) - 1)
		exit(2);
	memcpy(ret->sun_path + abstract, path, length);
	return (socklen_t)(offsetof(struct sockaddr_un, sun_path) + abstract + length);
}

static inline struct sockaddr_in inet_address(const char *host, const char *port)
{
	struct sockaddr_in address = {.sin_family = AF_INET};
	inet_pton(AF_INET, host, &address.sin_addr);
	address.sin_port = htons((uint16_t)number(port));
	return address;
}

/* --- calls by other tables -------------------------------------------------------------------- */

/* In the number of a call: that of the x32 table. */
#define X32 0x40000000

#ifdef __x86_64__
/* By the 32-bit table, which a filter has to know as well. */
static inline long int80(long call, long a, long b, long c, long d, long e)
{
	long result;
	register long fifth __asm__("rdi") = e;
	__asm__ volatile("int $0x80"
			 : "=a"(result)
			 : "a"(call), "b"(a), "c"(b), "d"(c), "S"(d), "r"(fifth)
			 : "memory", "r8", "r9", "r10", "r11");
	result = (int)result;
	if (result < 0) {
		errno = (int)-result;
		return -1;
	}
	return result;
}

/* A copy where the 32-bit table can point to: below 4 GiB. */
static inline void *low_memory(const void *data, size_t size)
{
	void *low = mmap(NULL, 65536, PROT_READ | PROT_WRITE,
		MAP_PRIVATE | MAP_ANONYMOUS | MAP_32BIT, -1, 0);
	if (low == MAP_FAILED)
		give_up("mmap");
	return memcpy(low, data, size);
}

static inline char *low_text(const char *text)
{
	return low_memory(text, strlen(text) + 1);
}
#endif

/* --- namespaces first ------------------------------------------------------------------------- */

static inline void write_to(const char *path, const char *text)
{
	int fd = (int)must(path, open(path, O_WRONLY | O_CLOEXEC));
	must(path, write(fd, text, strlen(text)));
	close(fd);
}

static inline void write_map(const char *path, unsigned int id)
{
	char text[32];
	snprintf(text, sizeof(text), "0 %u 1", id);
	write_to(path, text);
}

static inline void enter_namespaces(int flags, bool map)
{
	unsigned int uid = getuid();

	must("unshare", unshare(flags));
	if (map)
		write_map("/proc/self/uid_map", uid);
	if (!(flags & CLONE_NEWPID))
		return;
	pid_t child = (pid_t)must("fork", fork());
	if (child)
		exit(wait_for(child));
}

/* Leave out options from the front of argv; returns how many. */
static inline int take_options(char **argv)
{
	static const struct {
		const char *name;
		int flags;
	} namespaces[] = {
		{"--userns", CLONE_NEWUSER | CLONE_NEWNS},
		{"--map", CLONE_NEWUSER | CLONE_NEWNS},
		{"--pidns", CLONE_NEWPID},
		{"--netns", CLONE_NEWNET},
		{"--cgroupns", CLONE_NEWCGROUP},
	};
	int taken = 0, flags = 0;
	bool map = false;

	for (; argv[taken + 1] && !strncmp(argv[taken + 1], "--", 2); taken++) {
		map |= !strcmp(argv[taken + 1], "--map");
		for (size_t i = 0; i < sizeof(namespaces) / sizeof(namespaces[0]); i++)
			if (!strcmp(argv[taken + 1], namespaces[i].name))
				flags |= namespaces[i].flags;
	}
	if (flags)
		enter_namespaces(flags, map);
	return taken;
}

/* What main() returns; the list ends with an attack without a name. */
static inline int attack_main(const struct attack *attacks, int argc, char **argv)
{
	int taken = take_options(argv);
	argv += taken;
	argc -= taken;

	for (const struct attack *attack = attacks; attack->name; attack++) {
		if (argc < 2 || strcmp(argv[1], attack->name) != 0)
			continue;
		if (argc != attack->arguments + 2)
			break;
		/* Modes are to arrive as they were given. */
		umask(0);
		errno = 0;
		if (attack->run(argv + 2) >= 0) {
			puts("done");
			return 0;
		}
		puts(errno_name(errno));
		return 1;
	}
	/* 126 is what the tests take for "did not run". */
	fprintf(stderr, "no such attack, or the wrong number of arguments\n");
	return 126;
}

/* --- ways ------------------------------------------------------------------------------------- */

/* Programs with one attack that begins in many ways. */
struct way {
	const char *name;
	void (*go)(void);
};

/* --list: print their names, and end.  The list ends with a way without a name. */
static inline void list_ways(const struct way *ways, int argc, char **argv)
{
	setvbuf(stdout, NULL, _IOLBF, 0);
	if (argc != 2 || strcmp(argv[1], "--list") != 0)
		return;
	for (; ways->name; ways++)
		puts(ways->name);
	exit(0);
}

static inline void go_way(const struct way *ways, const char *wanted)
{
	for (; ways->name; ways++)
		if (!strcmp(ways->name, wanted)) {
			ways->go();
			return;
		}
	fprintf(stderr, "no such way: %s\n", wanted);
	exit(126);
}

#endif
