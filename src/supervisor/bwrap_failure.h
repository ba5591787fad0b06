/* bubblewrap's sentences for failures: programs match on them.  Supervisor only. */
#ifndef RIND_SUPERVISOR_BWRAP_FAILURE_H
#define RIND_SUPERVISOR_BWRAP_FAILURE_H

#include "plan/plan.h"
#include "sandbox/protocol.h"

/* failure_describe() and failure_describe_clone() call these for plans of PLAN_FACE_BWRAP. */
int bwrap_failure_describe(const struct rind_plan *plan, const char *command,
	const struct message *failure, struct rind_error *err);
int bwrap_failure_describe_clone(const struct rind_plan *plan, int error, struct rind_error *err);

#endif
