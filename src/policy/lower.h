/*
 * The lowering: make a plan from policy and facts.  Looks at nothing else and changes nothing.
 *
 * rind_plan_from_policy() is facts_collect() and then this.
 */
#ifndef RIND_POLICY_LOWER_H
#define RIND_POLICY_LOWER_H

#include "plan/plan.h"
#include "policy/facts.h"
#include "policy/policy.h"

/*
 * Make a plan, which the caller frees.  It keeps no pointer into policy and facts.  -EINVAL: the
 * policy contradicts itself, or asks for something that no plan can give.
 */
int lower_policy(const struct rind_policy *policy, const struct facts *facts,
	struct rind_plan **ret, struct rind_error *err) _must_check_;

#endif
