/* See support.h.  Supervisor, and whoever else wants to know; changes nothing. */
#include "mount/support.h"

#include "base/fd.h"
#include "base/sys.h"
#include "mount/mount_table.h"

/*
 * Every call is one that the kernel refuses for its arguments, if it has it.  EPERM is an answer as
 * well: of a kernel that wants a capability first, which init will have.
 */
static bool has_mount_calls(void)
{
	return sys_open_tree(-1, "", 0) != -ENOSYS && sys_move_mount_onto(-1, -1) != -ENOSYS &&
	       sys_fsopen(NULL) != -ENOSYS && sys_fsconfig_create(-1) != -ENOSYS &&
	       sys_fsmount(-1, 0) != -ENOSYS;
}

static bool knows_mount_roots(void)
{
	struct sys_statx stat = {0};
	long error = sys_result(syscall(SYS_statx, AT_FDCWD, "/", 0, 0, &stat));

	return !error && stat.attributes_mask & SYS_STATX_ATTR_MOUNT_ROOT;
}

/* Without them there is one layer less: so that is asked twice before it is believed. */
bool host_has_landlock_calls(void)
{
	bool has = false;

	for (int i = 0; !has && i < 2; i++)
		has = sys_landlock_allow_beneath(-1, -1, 0) != -ENOSYS &&
		      sys_landlock_restrict_self(-1) != -ENOSYS;
	return has;
}

void host_support_ask(struct host_support *ret)
{
	bool newest = sys_mount_setattr(-1, "", 0, NULL) != -ENOSYS;

	/*
	 * A kernel that has the newest of them has them all, and a filter is what could hide one.
	 */
	if (newest && sys_prctl(PR_GET_SECCOMP, 0) <= 0) {
		*ret = (struct host_support){true, true, true, true};
		return;
	}
	*ret = (struct host_support){
		.mount_calls = newest && has_mount_calls(),
		.mount_root = knows_mount_roots(),
		/* An empty range: EINVAL. */
		.close_range = sys_result(syscall(SYS_close_range, 1, 0, 0)) != -ENOSYS,
		.landlock_calls = host_has_landlock_calls(),
	};
}

int host_landlock_version(bool has_calls)
{
	int version = sys_landlock_version();

	if (version == -ENOSYS || version == -EOPNOTSUPP || version == -EPERM)
		return 0;
	/*
	 * Before REFER, Landlock denies every rename to another directory, which no one could use.
	 */
	if (version >= 0 && (version < LANDLOCK_ABI_REFER || !has_calls))
		return 0;
	return version;
}

/*
 * The table shows what the root leads to: without the mount that it is on, unless it is that one's
 * own.
 */
static int table_has_mount_of(int fd)
{
	_cleanup_mount_table_ struct mount_table table = {0};
	_cleanup_close_ int process = sys_openat(AT_FDCWD, "/proc/self", O_PATH | O_DIRECTORY, 0);
	int id = process < 0 ? process : mount_table_read_id(process, fd);
	int error = id < 0 ? id : mount_table_read(process, &table);
	return error < 0 ? error : mount_table_find(&table, id) != NULL;
}

int host_root_is_mount(void)
{
	_cleanup_close_ int root = sys_openat(AT_FDCWD, "/", O_PATH | O_DIRECTORY, 0);
	if (root < 0)
		return root;
	int result = sys_is_mount_root(root);
	/* Before Linux 5.8 statx did not say, and a filter may refuse it. */
	return result < 0 ? table_has_mount_of(root) : result;
}
