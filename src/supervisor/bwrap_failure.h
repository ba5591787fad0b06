/* Sentences for what went wrong, as bubblewrap has them, because programs match on them. */
#ifndef RIND_SUPERVISOR_BWRAP_FAILURE_H
#define RIND_SUPERVISOR_BWRAP_FAILURE_H

#include "plan/plan.h"
#include "sandbox/protocol.h"

/* As failure_describe() and failure_describe_clone(), which call these. */
int bwrap_failure_describe(const struct rind_plan *plan, const char *command,
	const struct message *failure, struct rind_error *err);
int bwrap_failure_describe_clone(const struct rind_plan *plan, int error, struct rind_error *err);

#endif
