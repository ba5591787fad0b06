/*
 * What the probes in this directory share: an attack is a function, and prints how it went.
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

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

struct attack {
	const char *name;
	int arguments;
	long (*run)(char **argument);
};

static inline long number(const char *text)
{
	return strtol(text, NULL, 0);
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

/* --- namespaces first ------------------------------------------------------------------------ */

static inline void write_map(const char *path, unsigned int id)
{
	char text[32];
	int length = snprintf(text, sizeof(text), "0 %u 1", id);
	int fd = (int)must(path, open(path, O_WRONLY | O_CLOEXEC));
	must(path, write(fd, text, (size_t)length));
	close(fd);
}

static inline void enter_namespaces(int flags, bool map)
{
	unsigned int uid = getuid();

	must("unshare", unshare(flags));
	if (map)
		write_map("/proc/self/uid_map", uid);
	if (!(flags & CLONE_NEWPID))
		return;
	int status;
	pid_t child = (pid_t)must("fork", fork());
	if (!child)
		return;
	must("wait", waitpid(child, &status, 0));
	exit(WIFEXITED(status) ? WEXITSTATUS(status) : 3);
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

#endif
