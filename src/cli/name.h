/*
 * The names under which rind acts as another program: a caller that looks for that program finds
 * rind, and need not be changed.
 */
#ifndef RIND_CLI_NAME_H
#define RIND_CLI_NAME_H

#include "base/error.h"

#include <sys/types.h>

struct program_name {
	const char *name;
	/*
	 * argc and argv: the whole command line; parent: from getppid() before anything else.
	 * Returns the exit status.
	 */
	int (*run)(int argc, char **argv, pid_t parent);
	/*
	 * Report an error from before run(), in that program's own form; returns the exit status.
	 */
	int (*report_error)(const struct rind_error *err);
};

/* The name by which this process was called. argv0 may be NULL. */
const struct program_name *program_find_name(const char *argv0);

#endif
