/* A command line of bwrap as `rind explain --bwrap` shows it. */
#ifndef RIND_CLI_EXPLAIN_BWRAP_VIEW_H
#define RIND_CLI_EXPLAIN_BWRAP_VIEW_H

#include "base/error.h"
#include "cli/bwrap/arguments.h"
#include "cli/explain/plan_view.h"

/*
 * Read a command line, without argv[0], in order to explain it, and complete its plan.  -errno: the
 * sentence is bubblewrap's where it has one.  In each case free *ret with bwrap_options_free().
 */
int bwrap_view_read(
	struct bwrap_options *ret, char **arguments, struct rind_error *err) _must_check_;

/* The strings live as long as the plan. */
int bwrap_view_settings(
	struct rind_plan *plan, struct plan_settings *ret, struct rind_error *err) _must_check_;

#endif
