/* The subcommands, one file each; main.c calls them. */
#ifndef RIND_CLI_FRONT_H
#define RIND_CLI_FRONT_H

#include "base/error.h"

#include <sys/types.h>

/*
 * argv[0] is the subcommand's name; parent is rind's parent process, from getppid() before anything
 * else was done.  Each returns the exit status.
 */
int front_rind(int argc, char **argv, pid_t parent); /* dispatches on argv[1] */
int front_run(int argc, char **argv, pid_t parent);
int front_bwrap(int argc, char **argv, pid_t parent);
int front_explain(int argc, char **argv, pid_t parent);
int front_doctor(int argc, char **argv, pid_t parent);

struct option_face;
struct run_options;

/*
 * Read the command line of a subcommand, and answer --help and --version, or else act.  Returns the
 * exit status; act does so too, or returns -errno with err filled in.
 */
int front_with_options(int argc, char **argv, pid_t parent, const struct option_face *face,
	int (*act)(const struct run_options *options, pid_t parent, struct rind_error *err));

struct front_subcommand {
	const char *name;
	int (*run)(int argc, char **argv, pid_t parent);
	const char *help;
};

/* All of them; the last has no name. */
extern const struct front_subcommand front_subcommands[];

#endif
