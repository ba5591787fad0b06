/*
 * The options of `rind bwrap`, which are bubblewrap's: a table of them, which also writes the help,
 * and what reading a command line makes of them.
 *
 * Options are read in order and at once: an error in the third is not seen when --help is the
 * second.  --setenv and its like change rind's own environment, which is the command's.
 */
#ifndef RIND_CLI_BWRAP_OPTIONS_H
#define RIND_CLI_BWRAP_OPTIONS_H

#include "cli/bwrap/arguments.h"

/* 1 is kept free: a reader of one option says with it that the option is not its own. */
enum { BWRAP_GO_ON = 0, BWRAP_HELP = 2, BWRAP_VERSION = 3 };

/*
 * Read a command line, without argv[0].  capabilities: the caller's, which --cap-drop takes from.
 * Returns BWRAP_*, or -errno with the sentence in err; in each case *ret is to be freed.
 */
int bwrap_options_read(struct bwrap_options *ret, enum bwrap_purpose purpose, int argc, char **argv,
	uint64_t capabilities, struct rind_error *err) _must_check_;
void bwrap_options_free(struct bwrap_options *options);

/* The settings that contradict each other, and what follows from all of them. */
int bwrap_options_finish(struct bwrap_options *options, struct rind_error *err) _must_check_;

/* The caller's capabilities, which root hands on and nobody else may have. */
int bwrap_read_capabilities(uint64_t *ret, struct rind_error *err) _must_check_;

#endif
