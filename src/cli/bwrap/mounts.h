/*
 * The options of bwrap that place a file or a mount: each becomes an operation of the plan.
 * Supervisor.
 */
#ifndef RIND_CLI_BWRAP_MOUNTS_H
#define RIND_CLI_BWRAP_MOUNTS_H

#include "cli/bwrap/arguments.h"
#include "cli/bwrap/table.h"

/* Returns 1 if it is not one of these options. */
int bwrap_mounts_read(struct bwrap_options *options, const struct bwrap_option *option,
	char **values, struct rind_error *err) _must_check_;

/* Set the error for --overlay-src without an overlay. */
int bwrap_mounts_refuse_sources(struct rind_error *err);

#endif
