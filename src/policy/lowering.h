/* Inside of lower_policy(): what its parts share.  Supervisor only. */
#ifndef RIND_POLICY_LOWERING_H
#define RIND_POLICY_LOWERING_H

#include "plan/plan.h"
#include "policy/facts.h"
#include "policy/policy.h"
#include "policy/rules.h"

struct lowering {
	const struct rind_policy *policy;
	const struct facts *facts;
	struct rules rules;
	struct rind_plan *plan;
	struct rind_error *err;
};

/* Write the plan's mount operations and limits.  lower_restrictions() has to come before. */
int lower_mounts(struct lowering *l) _must_check_;

#endif
