/*
 * Lower a policy to a plan: restrictions and process settings; lower_mounts.c lowers the paths.
 *
 * Supervisor only.  Pure, except that rind_plan_from_policy() first has collect.c look at the host:
 * the tests give lower_policy() a host of their own.
 */
#include "policy/lower.h"

#include "base/cancel.h"
#include "base/fd.h"
#include "policy/lowering.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* --- restrictions ----------------------------------------------------------------------------- */

static unsigned int choose_namespaces(const struct rind_policy *policy)
{
	unsigned int namespaces = PLAN_NS_USER | PLAN_NS_MOUNT | PLAN_NS_PID | PLAN_NS_IPC;
	if (policy_network(policy) != RIND_NETWORK_HOST)
		namespaces |= PLAN_NS_NET;
	if (policy->hostname)
		namespaces |= PLAN_NS_UTS;
	return namespaces;
}

static enum plan_filter choose_filter(const struct rind_policy *policy)
{
	switch (policy_network(policy)) {
	case RIND_NETWORK_HOST:
		return PLAN_FILTER_HOST;
	case RIND_NETWORK_ISOLATED:
		return policy->allow_unix_sockets ? PLAN_FILTER_ISOLATED_UNIX
						  : PLAN_FILTER_ISOLATED;
	case RIND_NETWORK_OFF:
		break;
	}
	return PLAN_FILTER_OFF; /* also for an unknown level: the strictest filter */
}

/*
 * For a nested sandbox some restrictions are left out.  Not for root: he could use that to reach
 * files that belong to root (settings of the machine, a new cgroup2), and still make no sandbox,
 * since the kernel lets no process without capabilities map user 0.
 */
static bool can_be_nested(const struct rind_policy *policy, uid_t uid)
{
	return (policy->nested || policy->nested_any) && uid != 0;
}

/* Does a mount of the plan keep anything from the command? */
static bool has_covered(const struct rind_plan *plan)
{
	for (size_t i = 0; i < plan->op_count; i++)
		if (plan->ops[i].type == PLAN_PROTECT || plan->ops[i].type == PLAN_HIDE ||
			plan->ops[i].type == PLAN_TMPFS)
			return true;
	return false;
}

/*
 * A process under Landlock's file rules cannot mount, so for nested sandboxes they are left out.
 * In full access these rules forbid nothing but that, and it matters only if a mount covers a path:
 * then it keeps the command from making a mount namespace without that mount, in which it could
 * rename the path.
 */
static enum plan_landlock choose_landlock(
	const struct rind_policy *policy, const struct rind_plan *plan)
{
	if (plan->nested || (policy->mode == RIND_MODE_FULL_ACCESS && !has_covered(plan)))
		return PLAN_LANDLOCK_SCOPES;
	return PLAN_LANDLOCK_FULL;
}

static int lower_restrictions(struct lowering *l)
{
	const struct rind_policy *policy = l->policy;
	struct rind_plan *plan = l->plan;

	plan->namespaces = choose_namespaces(policy);
	plan->filter = choose_filter(policy);
	plan->proc = policy->proc;
	plan->nested = can_be_nested(policy, l->facts->uid);
	plan->nested_any = plan->nested && policy->nested_any;
	plan->new_session = policy->new_session;
	plan->new_group = policy->new_session;
	plan->new_keyring = true;
	if (policy->hostname) {
		plan->hostname = arena_strdup(&plan->arena, policy->hostname);
		if (!plan->hostname)
			return rind_error_no_memory(l->err);
	}
	int result = lower_mounts(l);
	plan->landlock = choose_landlock(policy, plan);
	return result;
}

/* --- the process ------------------------------------------------------------------------------ */

/* Remove the variable whose name is the first length bytes of name. */
static void remove_env(char **env, size_t *count, const char *name, size_t length)
{
	size_t kept = 0;
	for (size_t i = 0; i < *count; i++)
		if (strncmp(env[i], name, length) != 0 || env[i][length] != '=')
			env[kept++] = env[i];
	*count = kept;
}

/* Make one change; env has room for one more.  0 or -ENOMEM. */
static int change_env(
	struct arena *arena, char **env, size_t *count, const struct env_change *change)
{
	if (!change->name) {
		*count = 0;
		return 0;
	}
	remove_env(env, count, change->name, strlen(change->name));
	if (!change->value)
		return 0;
	env[*count] = arena_printf(arena, "%s=%s", change->name, change->value);
	return env[(*count)++] ? 0 : -ENOMEM;
}

static int lower_env(struct lowering *l)
{
	const struct rind_policy *policy = l->policy;
	struct arena *arena = &l->plan->arena;
	const struct env_change directory = {.name = "PWD", .value = l->facts->directory};
	size_t given = 0, count = 0;

	while (l->facts->env[given])
		given++;
	/*
	 * Room for the caller's variables, one for each change, PWD, and the NULL (the arena is
	 * zeroed).
	 */
	char **env = arena_alloc(arena, (given + policy->env_count + 2) * sizeof(*env));
	if (!env)
		return rind_error_no_memory(l->err);
	for (; count < given; count++) {
		env[count] = arena_strdup(arena, l->facts->env[count]);
		if (!env[count])
			return rind_error_no_memory(l->err);
	}

	/* Set PWD first, so that the caller's own changes can set another PWD, or none. */
	if (policy->directory && change_env(arena, env, &count, &directory) < 0)
		return rind_error_no_memory(l->err);
	for (size_t i = 0; i < policy->env_count; i++)
		if (change_env(arena, env, &count, &policy->env[i]) < 0)
			return rind_error_no_memory(l->err);
	env[count] = NULL;
	l->plan->env = env;
	return 0;
}

static int lower_directory(struct lowering *l)
{
	struct rind_plan *plan = l->plan;

	plan->directories = arena_alloc(&plan->arena, sizeof(*plan->directories));
	if (!plan->directories)
		return rind_error_no_memory(l->err);
	plan->directories[0] = arena_strdup(&plan->arena, l->facts->directory);
	plan->directory_count = 1;
	plan->directory_required = true;
	return plan->directories[0] ? 0 : rind_error_no_memory(l->err);
}

static int lower_process(struct lowering *l)
{
	const struct rind_policy *policy = l->policy;
	struct rind_plan *plan = l->plan;

	plan->null_stdin = policy->null_stdin;
	plan->uid = l->facts->uid;
	plan->gid = l->facts->gid;
	plan->users = (struct plan_users){.uid = plan->uid, .gid = plan->gid, .second = -1};
	plan->die_with_parent = true;
	plan->keep_fds =
		arena_alloc(&plan->arena, (policy->keep_fd_count + 1) * sizeof(*plan->keep_fds));
	if (!plan->keep_fds)
		return rind_error_no_memory(l->err);
	if (policy->keep_fd_count)
		memcpy(plan->keep_fds, policy->keep_fds,
			policy->keep_fd_count * sizeof(*plan->keep_fds));
	plan->keep_fd_count = policy->keep_fd_count;
	int result = lower_directory(l);
	return result < 0 ? result : lower_env(l);
}

/* --- all of it -------------------------------------------------------------------------------- */

static void free_lowering(struct lowering *l)
{
	rules_free(&l->rules);
	rind_plan_free(l->plan);
}

int lower_policy(const struct rind_policy *policy, const struct facts *facts,
	struct rind_plan **ret, struct rind_error *err)
{
	__attribute__((cleanup(free_lowering))) struct lowering l = {
		.policy = policy,
		.facts = facts,
		.err = err,
	};
	int result = policy_check(policy, err);
	if (result < 0)
		return result;
	l.plan = plan_new(PLAN_FACE_RUN);
	if (!l.plan)
		return rind_error_no_memory(err);

	result = lower_process(&l);
	/* An unrestricted plan has no namespace, operation or filter, and the caller's session. */
	if (!result && !policy_is_unrestricted(policy))
		result = lower_restrictions(&l);
	if (result < 0)
		return result;
	*ret = take_ptr(l.plan);
	return 0;
}

int rind_plan_from_policy(
	const struct rind_policy *policy, struct rind_plan **ret, struct rind_error *err)
{
	WITHOUT_CANCELLATION;
	__attribute__((cleanup(facts_free))) struct facts facts = {0};
	int result = facts_collect(policy, &facts, err);
	return result < 0 ? result : lower_policy(policy, &facts, ret, err);
}
