/*
 * The options of `rind bwrap`, which are bubblewrap's: reading a command line into a plan.
 * table.h has the table of options.  Supervisor.
 *
 * Options are read one by one, in order: if the second one is --help, an error in the third is
 * not reported.  --setenv and the like change rind's own environment, which the command inherits.
 */
#ifndef RIND_CLI_BWRAP_OPTIONS_H
#define RIND_CLI_BWRAP_OPTIONS_H

#include "cli/bwrap/arguments.h"

/* Not 1: with that a reader of options says that an option is not its own. */
enum { BWRAP_GO_ON = 0, BWRAP_HELP = 2, BWRAP_VERSION = 3 };

/*
 * Read a command line, without argv[0].  capabilities: the caller's, which --cap-drop reduces.
 * Returns BWRAP_*, or -errno with the sentence in err.  In each case free *ret.
 */
int bwrap_options_read(struct bwrap_options *ret, enum bwrap_purpose purpose, int argc, char **argv,
	uint64_t capabilities, struct rind_error *err) _must_check_;
void bwrap_options_free(struct bwrap_options *options);

/* Refuse contradictions, and complete the plan from all options together. */
int bwrap_options_finish(struct bwrap_options *options, struct rind_error *err) _must_check_;

/* The caller's capabilities.  Root passes them on to the command; other users must have none. */
int bwrap_read_capabilities(uint64_t *ret, struct rind_error *err) _must_check_;

#endif
