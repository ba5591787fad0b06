/*
 * Child side: the last look at what init has become, before the command is born as the same.
 *
 * Mounts are looked at when they are made (mount.c, layout_root.c); this is about the process.  A
 * call that says it has succeeded and has done nothing must not make a command that may more than
 * its caller has said.
 */
#include "ops/layout.h"

#include <string.h>
#include <sys/utsname.h>

int layout_wrong(struct child *child, const char *what)
{
	child->stage = STAGE_CHECK;
	child->detail = what;
	return (int)child_noted(child, CALL_NONE, -ENOTRECOVERABLE);
}

/* --- rights ------------------------------------------------------------------------------------
 */

/* Whatever is not to be kept has to be gone; and what init keeps for itself is what guards it. */
static int check_capabilities(struct child *child)
{
	struct __user_cap_header_struct header = {.version = _LINUX_CAPABILITY_VERSION_3};
	struct __user_cap_data_struct sets[_LINUX_CAPABILITY_U32S_3] = {0};
	uint64_t keep = child->frozen->layout->capabilities;

	int error = sys_capget(&header, sets);
	if (error < 0)
		return (int)child_noted(child, CALL_CAPSET, error);
	for (size_t i = 0; i < _LINUX_CAPABILITY_U32S_3; i++) {
		uint32_t init = (uint32_t)(child->init_capability >> (32 * i));
		uint32_t all =
			sets[i].effective | (sets[i].permitted & ~init) | sets[i].inheritable;
		if (all & ~(uint32_t)(keep >> (32 * i)) || (sets[i].permitted & init) != init)
			return layout_wrong(child, "the set of capabilities");
	}
	return 0;
}

static int check_bounding_set(struct child *child)
{
	uint64_t keep = child->frozen->layout->capabilities;

	for (unsigned long cap = 0; cap < 64; cap++) {
		int has = sys_prctl(PR_CAPBSET_READ, cap);
		if (has < 0)
			return 0; /* one past the last that this kernel knows */
		if (has && !(keep & 1ULL << cap))
			return layout_wrong(child, "the bounding set of capabilities");
	}
	return 0;
}

static int check_rights(struct child *child)
{
	const struct frozen *frozen = child->frozen;
	bool new_users = frozen->namespaces & PLAN_NS_USER || frozen->layout->users.joined;

	if (sys_prctl(PR_GET_NO_NEW_PRIVS, 0) != 1)
		return layout_wrong(child, "no_new_privs");
	int error = new_users ? check_bounding_set(child) : 0;
	if (error < 0 || frozen->layout->keep_capabilities)
		return error;
	return check_capabilities(child);
}

/* --- identity ----------------------------------------------------------------------------------
 */

/* In a user namespace that others map, it is for them to say who that is. */
static int check_ids(struct child *child)
{
	const struct frozen *frozen = child->frozen;
	const struct layout_users *users = &frozen->layout->users;
	bool uid = users->joined ? users->uid != frozen->caller_uid : frozen->uid_map != NULL;
	bool gid = users->joined ? users->gid != frozen->caller_gid : frozen->gid_map != NULL;

	if (users->second >= 0)
		return 0;
	if (uid && (uid_t)syscall(SYS_getuid) != users->uid)
		return layout_wrong(child, "the user");
	if (gid && (gid_t)syscall(SYS_getgid) != users->gid)
		return layout_wrong(child, "the group");
	return 0;
}

static int check_hostname(struct child *child)
{
	struct utsname name = {0};

	if (!child->frozen->hostname)
		return 0;
	if (syscall(SYS_uname, &name) < 0 || strcmp(name.nodename, child->frozen->hostname) != 0)
		return layout_wrong(child, "the host name");
	return 0;
}

static int check_session(struct child *child)
{
	if (!child->frozen->new_session || syscall(SYS_getsid, 0) == syscall(SYS_getpid))
		return 0;
	return layout_wrong(child, "the session");
}

int layout_check(struct child *child)
{
	int error = check_rights(child);
	if (!error)
		error = check_ids(child);
	if (!error)
		error = check_hostname(child);
	if (!error)
		error = check_session(child);
	/* Only here: it may also take away the files in /proc that map ids. */
	return error < 0 ? error : layout_guard_init(child);
}
