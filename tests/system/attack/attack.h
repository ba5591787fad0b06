/*
 * What the probes in this directory share: an attack is a function, and prints how it went.
 *
 * Runs as the command of a sandbox, and outside of one as a control.  "done" (or what the attack is to
 * find out) and 0; or the errno's name and 1, so that a test can tell a refusal from another failure.
 * When a step before the attack itself failed, the step's name stands before the errno.
 */
#ifndef RIND_TESTS_ATTACK_H
#define RIND_TESTS_ATTACK_H

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

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
	printf("%s: %s\n", step, strerrorname_np(errno));
	exit(1);
}

static inline long must(const char *step, long result)
{
	if (result < 0)
		give_up(step);
	return result;
}

/* What main() returns; the list ends with an attack without a name. */
static inline int attack_run(const struct attack *attacks, int argc, char **argv)
{
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
		puts(strerrorname_np(errno));
		return 1;
	}
	/* 126 is what the tests take for "did not run". */
	fprintf(stderr, "no such attack, or the wrong number of arguments\n");
	return 126;
}

#endif
