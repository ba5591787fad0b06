/*
 * Freezes what a built root and user namespaces need: where the root is built, how many user
 * namespaces that takes, and the texts of the id maps.  Supervisor, before the clone; changes
 * nothing.
 */
#include "supervisor/freeze.h"

#include "ops/operation.h"

#include <errno.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

/* --- where it is built ------------------------------------------------------------------------ */

/*
 * In place, init holds a descriptor for every source from the first change until its turn.  Is
 * that limit high enough?
 */
static bool has_descriptors(const struct rind_plan *plan, struct frozen *ret)
{
	enum { OTHERS = 64 };
	struct rlimit limit;
	size_t needed = plan->op_count + OTHERS;

	if (getrlimit(RLIMIT_NOFILE, &limit) < 0 || needed > limit.rlim_max)
		return false;
	if (needed > limit.rlim_cur) {
		ret->root.descriptors = limit.rlim_cur;
		ret->root.more_descriptors = limit.rlim_max;
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
 * pivot_root(2) moves a process whose working directory is the old root to the new one.  That
 * matters only to relative sources; and only "/" fits into two bytes.
 */
static bool begins_at_root(const struct frozen *frozen)
{
	char directory[2];
	return frozen->needs.relative_sources && getcwd(directory, sizeof(directory));
}

void freeze_root(const struct rind_plan *plan, struct frozen *ret)
{
	/*
	 * In place there is no directory in which the classic backend's shelf would be out of
	 * reach.
	 */
	ret->root.in_place = ret->support.mount_calls && is_in_place(plan, ret);
	ret->root.begins_at_root = !ret->root.in_place && begins_at_root(ret);
}

/* --- users ------------------------------------------------------------------------------------ */

/*
 * Mounting devpts needs a user namespace in which id 0 is mapped.  So map the caller to 0 in the
 * first user namespace, and to the ids that it asks for in a second one inside.
 */
int freeze_users(struct freeze *f)
{
	const struct plan_users *users = &f->plan->users;
	bool root = f->plan->root == PLAN_ROOT_BUILT && f->ret->needs.mapped_root;
	uid_t uid = root ? 0 : users->uid;
	gid_t gid = root ? 0 : users->gid;

	/* join_second() reads there which user namespace init is in. */
	f->ret->users.reads_proc = users->second >= 0;
	f->ret->users.needs_proc = f->ret->needs.writable_proc;
	if (!(f->plan->namespaces & PLAN_NS_USER) || users->mapped_later)
		return 0;
	f->ret->users.uid_map = freeze_id_map(f, uid, f->plan->uid);
	f->ret->users.gid_map = freeze_id_map(f, gid, f->plan->gid);
	if (!f->ret->users.uid_map || !f->ret->users.gid_map)
		return -EINVAL;
	if (uid == users->uid && gid == users->gid && !users->disable)
		return 0;
	f->ret->users.needs_second = f->ret->users.needs_proc = true;
	f->ret->users.second_uid_map = freeze_id_map(f, users->uid, uid);
	f->ret->users.second_gid_map = freeze_id_map(f, users->gid, gid);
	return f->ret->users.second_uid_map && f->ret->users.second_gid_map ? 0 : -EINVAL;
}
