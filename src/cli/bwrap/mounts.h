/* The options of bwrap that say what is put where: each becomes an operation of the plan. */
#ifndef RIND_CLI_BWRAP_MOUNTS_H
#define RIND_CLI_BWRAP_MOUNTS_H

#include "cli/bwrap/arguments.h"
#include "cli/bwrap/table.h"

/* 1: not one of these options. */
int bwrap_mounts_read(struct bwrap_options *options, const struct bwrap_option *option,
	char **values, struct rind_error *err) _must_check_;

/* The sentence for sources without an overlay. */
int bwrap_mounts_refuse_sources(struct rind_error *err);

#endif
