/*
 * The names under which rind is another program: a program that looks for one of these finds it,
 * and need not be changed.
 */
#ifndef RIND_CLI_NAME_H
#define RIND_CLI_NAME_H

#include "base/error.h"

#include <sys/types.h>

struct program_name {
	const char *name;
	/* The whole command line, and what getppid() said first of all; returns the exit status. */
	int (*run)(int argc, char **argv, pid_t parent);
	/* An error from before that, in the program's own form; returns the exit status. */
	int (*report_error)(const struct rind_error *err);
};

/* Which of them this process was called by.  argv0 may be NULL. */
const struct program_name *program_find_name(const char *argv0);

#endif
