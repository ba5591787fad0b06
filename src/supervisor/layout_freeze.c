/*
 * Freezing a layout: what can be decided before the clone is decided here, in the supervisor: where
 * the sandbox is built, which user namespaces that takes, and the texts that are written.  Changes
 * nothing.
 */
#include "supervisor/layout_freeze.h"

#include "supervisor/freeze.h"

#include <errno.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

/* --- where it is built -------------------------------------------------------------------------
 */

static bool mounts_something(const struct layout_op *op)
{
	switch (op->type) {
	case LAYOUT_BIND:
	case LAYOUT_OVERLAY:
	case LAYOUT_PROC:
	case LAYOUT_DEV:
	case LAYOUT_TMPFS:
	case LAYOUT_MQUEUE:
	case LAYOUT_DATA:
		return true;
	case LAYOUT_DIRECTORY:
	case LAYOUT_FILE:
	case LAYOUT_SYMLINK:
	case LAYOUT_CHMOD:
	case LAYOUT_REMOUNT:
		return false;
	}
	return true;
}

/*
 * In place, every source is held by a descriptor from before the first change to its turn: refuse
 * what would need more of them than there may be.
 */
static bool has_descriptors(const struct layout *layout, struct frozen *ret)
{
	enum { OTHERS = 64 };
	struct rlimit limit;
	size_t needed = layout->op_count + OTHERS;

	if (getrlimit(RLIMIT_NOFILE, &limit) < 0 || needed > limit.rlim_max)
		return false;
	if (needed > limit.rlim_cur) {
		ret->descriptors = limit.rlim_cur;
		ret->more_descriptors = limit.rlim_max;
	}
	return true;
}

/* Can the host's own tree be the sandbox's?  See layout_root.c. */
static bool is_in_place(const struct layout *layout, struct frozen *ret)
{
	const struct layout_op *first = layout->ops;
	size_t devs = 0;

	if (!layout->op_count || first->type != LAYOUT_BIND || first->fd >= 0 ||
		strspn(first->source, "/") != strlen(first->source) || !layout_is_root(first->dest))
		return false;
	for (size_t i = 1; i < layout->op_count; i++) {
		const struct layout_op *op = &layout->ops[i];
		devs += op->type == LAYOUT_DEV;
		/*
		 * An overlay's sources are looked up when it is mounted.  And for the scratch there
		 * is no place in the host's tree.
		 */
		if (devs > 1 || op->type == LAYOUT_OVERLAY || op->type == LAYOUT_DATA ||
			(mounts_something(op) && layout_is_root(op->dest)))
			return false;
	}
	return has_descriptors(layout, ret);
}

static void freeze_needs(const struct layout *layout, struct frozen *ret, bool *ret_dev)
{
	for (size_t i = 0; i < layout->op_count; i++) {
		enum layout_type type = layout->ops[i].type;
		*ret_dev |= type == LAYOUT_DEV;
		ret->needs_proc |= type == LAYOUT_CHMOD;
		ret->needs_scratch |= type == LAYOUT_DATA || type == LAYOUT_OVERLAY;
	}
	/* What the kernel says of a process is only read there. */
	ret->reads_proc =
		layout->filter_count || layout->filter_fd >= 0 || layout->users.second >= 0;
}

/*
 * pivot_root moves whoever is in the old root to the new one.  What that does to the working directory only
 * matters to sources that begin there.
 */
static bool begins_at_root(const struct layout *layout)
{
	bool relative = false;
	char directory[2];

	for (size_t i = 0; i < layout->op_count; i++) {
		const struct layout_op *op = &layout->ops[i];
		relative |= op->type == LAYOUT_OVERLAY ||
			    (op->type == LAYOUT_BIND && op->fd < 0 && *op->source != '/');
	}
	/* Any other directory does not fit in. */
	return relative && getcwd(directory, sizeof(directory));
}

/* --- users -------------------------------------------------------------------------------------
 */

/*
 * Mounting devpts takes a user namespace in which id 0 is mapped: the caller is that in the first
 * one, and whoever it wants to be in a second one within.
 */
static int freeze_users(const struct rind_plan *plan, bool has_dev, struct arena *arena,
	struct frozen *ret, struct rind_error *err)
{
	const struct layout_users *users = &plan->layout->users;
	uid_t uid = has_dev ? 0 : users->uid;
	gid_t gid = has_dev ? 0 : users->gid;

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

/* --- the working directory ---------------------------------------------------------------------
 */

/* PWD in the environment says which of the directories it has become: a text for each of them. */
static int freeze_directories(const struct rind_plan *plan, struct arena *arena, struct frozen *ret)
{
	const struct layout *layout = plan->layout;

	ret->pwd = arena_alloc(arena, (layout->directory_count + 1) * sizeof(*ret->pwd));
	if (!ret->pwd)
		return -ENOMEM;
	for (size_t i = 0; i <= layout->directory_count; i++) {
		bool last = i == layout->directory_count;
		ret->pwd[i] = arena_printf(arena, "PWD=%s", last ? "/" : layout->directories[i]);
		if (!ret->pwd[i])
			return -ENOMEM;
	}
	for (char **variable = plan->env; *variable; variable++)
		if (!strncmp(*variable, "PWD=", 4))
			ret->pwd_place = variable;
	return ret->pwd_place ? 0 : -ENOMEM;
}

int layout_freeze(const struct rind_plan *plan, struct arena *arena, struct frozen *ret,
	struct rind_error *err)
{
	const struct layout *layout = plan->layout;
	bool has_dev = false;

	ret->layout = layout;
	ret->is_root = plan->uid == 0;
	ret->caller_uid = plan->uid;
	ret->caller_gid = plan->gid;
	ret->follow_supervisor = layout->die_with_parent;
	ret->arm_parent_death_signal &= layout->die_with_parent;
	ret->held_capacity = layout->lock_count + 1;
	/* The classic backend's shelf has no place of its own there, where no lookup comes. */
	ret->in_place = ret->support.mount_calls && is_in_place(layout, ret);
	ret->begins_at_root = !ret->in_place && begins_at_root(layout);
	freeze_needs(layout, ret, &has_dev);
	if (freeze_directories(plan, arena, ret) < 0)
		return rind_error_no_memory(err);
	return freeze_users(plan, has_dev, arena, ret, err);
}
