/* See support.h.  Runs in the supervisor and in rind doctor; changes nothing. */
#include "mount/support.h"

#include "base/fd.h"
#include "base/sys.h"
#include "mount/mount_table.h"

/*
 * Each call has arguments that the kernel refuses.  Any errno but ENOSYS shows that the call
 * exists, also EPERM: the kernel wants a capability first, which init will have.
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

/* Without Landlock the command is held by one layer less, so ask twice before giving it up. */
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

	/* A kernel with the newest call has them all; only a filter could hide one. */
	if (newest && sys_prctl(PR_GET_SECCOMP, 0) <= 0) {
		*ret = (struct host_support){true, true, true, true};
		return;
	}
	*ret = (struct host_support){
		.mount_calls = newest && has_mount_calls(),
		.mount_root = knows_mount_roots(),
		/* an empty range: EINVAL */
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
	 * Before REFER, Landlock denies every rename to another directory: too much for most
	 * programs.
	 */
	if (version >= 0 && (version < LANDLOCK_ABI_REFER || !has_calls))
		return 0;
	return version;
}

/*
 * Look for the mount that fd is on in the table of mounts.  The table shows the mounts below the
 * root directory; so it shows this one only if the root directory is its root.
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
	/* Before Linux 5.8 statx does not tell, and a filter may refuse it. */
	return result < 0 ? table_has_mount_of(root) : result;
}
