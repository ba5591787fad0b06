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

/* The sentence for a system call of the supervisor's that has failed; returns error. */
int failure_of_call(const char *call, int error, struct rind_error *err);

/* The same for a clone that the kernel has refused. */
int failure_describe_clone(const struct rind_plan *plan, int error, struct rind_error *err);

#endif
