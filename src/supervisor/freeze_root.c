/*
 * Freezing what concerns a root that is built, and users: what can be decided before the clone is decided here, in
 * the supervisor: where the sandbox is built, which user namespaces that takes, and the texts that are written.
 * Changes nothing.
 */
#include "supervisor/freeze.h"

#include "ops/operation.h"

#include <errno.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

/* --- where it is built -------------------------------------------------------------------------- */

/*
 * In place, every source is held by a descriptor from before the first change to its turn: refuse
 * what would need more of them than there may be.
 */
static bool has_descriptors(const struct rind_plan *plan, struct frozen *ret)
{
	enum { OTHERS = 64 };
	struct rlimit limit;
	size_t needed = plan->op_count + OTHERS;

	if (getrlimit(RLIMIT_NOFILE, &limit) < 0 || needed > limit.rlim_max)
		return false;
	if (needed > limit.rlim_cur) {
		ret->descriptors = limit.rlim_cur;
		ret->more_descriptors = limit.rlim_max;
	}
	return true;
}

/* Can the host's own tree be the sandbox's?  See ops/root.c. */
static bool is_in_place(const struct rind_plan *plan, struct frozen *ret)
{
	const struct plan_op *first = plan->ops;

	if (!plan->op_count || first->type != PLAN_BIND || first->fd >= 0 ||
		strspn(first->source, "/") != strlen(first->source) || !operation_is_at_root(first))
		return false;
	return !ret->needs.new_root && ret->needs.devs <= 1 && has_descriptors(plan, ret);
}

/*
 * pivot_root moves whoever is in the old root to the new one.  What that does to the working directory only
 * matters to sources that begin there; and any other directory does not fit in.
 */
static bool begins_at_root(const struct frozen *frozen)
{
	char directory[2];
	return frozen->needs.relative_sources && getcwd(directory, sizeof(directory));
}

void freeze_root(const struct rind_plan *plan, struct frozen *ret)
{
	/* The classic backend's shelf has no place of its own there, where no lookup comes. */
	ret->in_place = ret->support.mount_calls && is_in_place(plan, ret);
	ret->begins_at_root = !ret->in_place && begins_at_root(ret);
}

/* --- users -------------------------------------------------------------------------------------- */

/*
 * Mounting devpts takes a user namespace in which id 0 is mapped: the caller is that in the first
 * one, and whoever it wants to be in a second one within.
 */
int freeze_users(const struct rind_plan *plan, struct arena *arena, struct frozen *ret,
	struct rind_error *err)
{
	const struct plan_users *users = &plan->users;
	bool root = plan->root == PLAN_ROOT_BUILT && ret->needs.mapped_root;
	uid_t uid = root ? 0 : users->uid;
	gid_t gid = root ? 0 : users->gid;

	/* What the kernel says of a process is only read there. */
	ret->reads_proc = users->second >= 0;
	ret->needs_proc = ret->needs.writable_proc;
	if (!(plan->namespaces & PLAN_NS_USER) || users->mapped_later)
		return 0;
	ret->uid_map = freeze_id_map(arena, uid, plan->uid, err);
	ret->gid_map = freeze_id_map(arena, gid, plan->gid, err);
	if (!ret->uid_map || !ret->gid_map)
		return -EINVAL;
	if (uid == users->uid && gid == users->gid && !users->disable)
		return 0;
	ret->needs_second_user_namespace = ret->needs_proc = true;
	ret->second_uid_map = freeze_id_map(arena, users->uid, uid, err);
	ret->second_gid_map = freeze_id_map(arena, users->gid, gid, err);
	return ret->second_uid_map && ret->second_gid_map ? 0 : -EINVAL;
}
