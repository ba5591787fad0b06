/*
 * The subcommands, which main() calls, and `rind --help` and the shell completions list.  Constant.
 */
#include "cli/front.h"

#include <stddef.h>

const struct front_subcommand front_subcommands[] = {
	{"run", front_run, "run a command in a sandbox"},
	{"bwrap", front_bwrap, "take bubblewrap's options and do what bwrap does"},
	{"explain", front_explain, "print the plan of a sandbox, or the access to a path and why"},
	{"doctor", front_doctor, "say whether run works on this host, and what to change if not"},
	{NULL, NULL, NULL},
};
