/*
 * Turns {stage, operation, call, errno} into a sentence: what failed, on which path, why, and
 * what to do.  Supervisor only.
 */
#ifndef RIND_SUPERVISOR_FAILURE_H
#define RIND_SUPERVISOR_FAILURE_H

#include "plan/plan.h"
#include "sandbox/protocol.h"

/*
 * Write the sentence for a failed set-up into err, and return its code.  command is argv[0].
 * Reads some files of /proc to name the setting that refuses.
 */
int failure_describe(const struct rind_plan *plan, const char *command,
	const struct message *failure, struct rind_error *err);

/* What to do about an errno, as the end of a sentence, for any step; "" if unknown. */
const char *failure_remedy(int error);

/* The same for a clone that the kernel has refused. */
int failure_describe_clone(const struct rind_plan *plan, int error, struct rind_error *err);

#endif
