/*
 * Child side: the capabilities of init and of the command, and who may trace init.
 *
 * init drops the capabilities that neither of them may have, so that the command is born without
 * them.  Both get no_new_privs, so that no program can give the command more.
 */
#include "child/steps.h"

/* --- capabilities ----------------------------------------------------------------------------- */

/* The number of bits in the sets, however many the kernel knows. */
enum { CAPABILITIES = 64 };

/* A process in a new user namespace starts with a full bounding set. */
static bool has_new_users(const struct child *child)
{
	return child->plan->namespaces & PLAN_NS_USER || child->plan->users.joined;
}

static int bound_capabilities(struct child *child, uint64_t keep)
{
	if (!has_new_users(child))
		return 0;
	for (unsigned long cap = 0; cap < CAPABILITIES; cap++) {
		if (keep & 1ULL << cap)
			continue;
		int error = sys_prctl(PR_CAPBSET_DROP, cap);
		/*
		 * EINVAL: past the last that this kernel knows.  check_bounding_set() detects a
		 * faked EINVAL.
		 */
		if (error == -EINVAL && cap)
			return 0;
		if (error < 0)
			return child_noted(child, CALL_PRCTL, error);
	}
	return 0;
}

/* Set these capabilities; permitted: further ones, in the permitted set only. */
static int set_capabilities(struct child *child, uint64_t capabilities, uint64_t permitted)
{
	const struct sys_capabilities sets = {
		.effective = capabilities,
		.permitted = capabilities | permitted,
		.inheritable = capabilities,
	};
	return child_noted(child, CALL_CAPSET, sys_set_capabilities(&sets));
}

/*
 * The sandbox's owner on the host may look into init and join its namespaces, as nsenter,
 * slirp4netns and `flatpak enter` do.  The command has the same ids, but must not: it could forge
 * what init reports.  The kernel lets a process trace another one of its user namespace only if
 * it is permitted every capability that the other is permitted (cap_ptrace_access_check(),
 * ptrace(2)).  So init keeps one that the command lacks, in its permitted set only, where it has
 * no effect.  If there is none, or the command has CAP_SYS_PTRACE, init is not dumpable: then
 * only root on the host can look into it.
 */
static int choose_init_capability(struct child *child)
{
	static const unsigned int candidates[] = {CAP_LEASE, CAP_WAKE_ALARM, CAP_BLOCK_SUSPEND};
	const uint64_t command = child->plan->capabilities;
	struct sys_capabilities sets;

	if (!child->frozen->has_init || !child->plan->owner_may_enter ||
		command & 1ULL << CAP_SYS_PTRACE)
		return 0;
	int error = child_noted(child, CALL_CAPSET, sys_get_capabilities(&sets));
	for (size_t i = 0; !error && i < sizeof(candidates) / sizeof(*candidates); i++) {
		uint64_t candidate = 1ULL << candidates[i];
		if (!child->init_capability && sets.permitted & ~command & candidate)
			child->init_capability = candidate;
	}
	return error;
}

/* Ambient capabilities survive the exec; only inheritable ones can be ambient. */
static int raise_ambient(struct child *child, uint64_t capabilities)
{
	for (unsigned long cap = 0; cap < CAPABILITIES; cap++) {
		if (!(capabilities & 1ULL << cap))
			continue;
		long error = sys_result(
			syscall(SYS_prctl, PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE, cap, 0, 0));
		/*
		 * EPERM, EINVAL: it was never in the bounding set, so neither init nor the
		 * command has it.
		 */
		if (error < 0 && error != -EPERM && error != -EINVAL)
			return child_noted(child, CALL_PRCTL, error);
	}
	return 0;
}

/* No capability may be left that the command must not have, except the one that guards init. */
static int check_capabilities(struct child *child, uint64_t init)
{
	struct sys_capabilities sets;

	int error = child_noted(child, CALL_CAPSET, sys_get_capabilities(&sets));
	if (error < 0)
		return error;
	uint64_t all = sets.effective | (sets.permitted & ~init) | sets.inheritable;
	if (all & ~child->plan->capabilities || (sets.permitted & init) != init)
		return child_wrong(child, "the set of capabilities");
	return 0;
}

static int check_bounding_set(struct child *child)
{
	uint64_t keep = child->plan->capabilities;

	for (unsigned long cap = 0; cap < CAPABILITIES; cap++) {
		int has = sys_prctl(PR_CAPBSET_READ, cap);
		if (has < 0)
			return 0; /* one past the last that this kernel knows */
		if (has && !(keep & 1ULL << cap))
			return child_wrong(child, "the bounding set of capabilities");
	}
	return 0;
}

static int check(struct child *child)
{
	if (sys_prctl(PR_GET_NO_NEW_PRIVS, 0) != 1)
		return child_wrong(child, "no_new_privs");
	int error = has_new_users(child) ? check_bounding_set(child) : 0;
	if (error < 0 || child->plan->keep_capabilities)
		return error;
	return check_capabilities(child, child->init_capability);
}

int rights_restrict(struct child *child)
{
	const struct rind_plan *plan = child->plan;

	int error = child_noted(child, CALL_PRCTL, sys_prctl(PR_SET_NO_NEW_PRIVS, 1));
	/* The bounding set first: dropping from it needs a capability. */
	if (!error)
		error = bound_capabilities(child, plan->capabilities);
	if (!error && !plan->keep_capabilities)
		error = choose_init_capability(child);
	/* A capability that is no longer inheritable is not ambient either: capset(2). */
	if (!error && !plan->keep_capabilities)
		error = set_capabilities(child, plan->capabilities, child->init_capability);
	if (!error && !plan->keep_capabilities)
		error = raise_ambient(child, plan->capabilities);
	return error < 0 ? error : check(child);
}

/* --- tracing ---------------------------------------------------------------------------------- */

/*
 * Not dumpable: no process in the sandbox may trace init, read its memory or take a descriptor
 * from it, and so forge what it reports.  Not before the id maps are written: it also makes
 * /proc/self/uid_map root's.
 */
static int forbid_tracing(struct child *child)
{
	int error = sys_prctl(PR_SET_DUMPABLE, 0);
	if (!error)
		error = sys_prctl(PR_GET_DUMPABLE, 0) == 0 ? 0 : -ENOTRECOVERABLE;
	return child_noted(child, CALL_PRCTL, error);
}

/* May other processes with no more rights than the command be in our user namespace? */
static bool has_company(const struct child *child)
{
	if (child->frozen->users.needs_second)
		return false;
	return !(child->plan->namespaces & PLAN_NS_USER) || child->plan->users.second >= 0;
}

static int guard(struct child *child)
{
	if (!child->init_capability)
		return forbid_tracing(child);
	/* Set it: a change of ids, and a program file that its owner may not read, clear it. */
	return child_noted(child, CALL_PRCTL, sys_prctl(PR_SET_DUMPABLE, 1));
}

/*
 * Until its exec, the command shares init's memory and descriptors, but no longer has the
 * capability that guards init.  So where other processes are in the user namespace, it must not
 * be traced either: forbid it until the command is executed.
 */
int rights_guard(struct child *child)
{
	return has_company(child) ? forbid_tracing(child) : guard(child);
}

int rights_give_up(struct child *child)
{
	const struct rind_plan *plan = child->plan;

	/* Where the plan leaves the command none, init has none either. */
	if (plan->capabilities || plan->keep_capabilities || has_company(child)) {
		int error = set_capabilities(child, 0, child->init_capability);
		return error < 0 ? error : guard(child);
	}
	return 0;
}

/* In the command, which is born with init's capabilities: drop the one that guards init. */
int rights_hand_over(struct child *child)
{
	if (!child->init_capability)
		return 0;
	int error = set_capabilities(child, child->plan->capabilities, 0);
	return error < 0 ? error : check_capabilities(child, 0);
}
