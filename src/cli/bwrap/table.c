/*
 * The table of bwrap's options; see table.h.  The words are those of `bwrap --help`, because
 * programs search it for what a bwrap can do.  Supervisor.
 */
#include "cli/bwrap/table.h"

#include <string.h>

/* clang-format off */
static const struct bwrap_option table[] = {
	{KEY_HELP, "--help", "", NULL, "Print this help"},
	{KEY_VERSION, "--version", "", NULL, "Print version"},
	{KEY_ARGS, "--args", "FD", NULL, "Parse NUL-separated args from FD"},
	{KEY_ARGV0, "--argv0", "VALUE", "one argument",
		"Set argv[0] to the value VALUE before running the program"},
	{KEY_LEVEL_PREFIX, "--level-prefix", "", NULL, "Prepend e.g. <3> to diagnostic messages"},
	{KEY_NOT_A_SECURITY_BOUNDARY, "--not-a-security-boundary", "", NULL,
		"Accepted; here no failure of the set-up is passed over"},
	{KEY_UNSHARE_ALL, "--unshare-all", "", NULL,
		"Unshare every namespace we support by default"},
	{KEY_SHARE_NET, "--share-net", "", NULL,
		"Retain the network namespace (can only combine with --unshare-all)"},
	{KEY_UNSHARE_USER, "--unshare-user", "", NULL,
		"Create new user namespace (may be automatically implied if not setuid)"},
	{KEY_UNSHARE_USER_TRY, "--unshare-user-try", "", NULL,
		"Create new user namespace if possible else continue by skipping it"},
	{KEY_UNSHARE_IPC, "--unshare-ipc", "", NULL, "Create new ipc namespace"},
	{KEY_UNSHARE_PID, "--unshare-pid", "", NULL, "Create new pid namespace"},
	{KEY_UNSHARE_NET, "--unshare-net", "", NULL, "Create new network namespace"},
	{KEY_UNSHARE_UTS, "--unshare-uts", "", NULL, "Create new uts namespace"},
	{KEY_UNSHARE_CGROUP, "--unshare-cgroup", "", NULL, "Create new cgroup namespace"},
	{KEY_UNSHARE_CGROUP_TRY, "--unshare-cgroup-try", "", NULL,
		"Create new cgroup namespace if possible else continue by skipping it"},
	{KEY_USERNS, "--userns", "FD", NULL,
		"Use this user namespace (cannot combine with --unshare-user)"},
	{KEY_USERNS2, "--userns2", "FD", NULL,
		"After setup switch to this user namespace, only useful with --userns"},
	{KEY_DISABLE_USERNS, "--disable-userns", "", NULL,
		"Disable further use of user namespaces inside sandbox"},
	{KEY_ASSERT_USERNS_DISABLED, "--assert-userns-disabled", "", NULL,
		"Fail unless further use of user namespace inside sandbox is disabled"},
	{KEY_PIDNS, "--pidns", "FD", NULL,
		"Use this pid namespace (as parent namespace if using --unshare-pid)"},
	{KEY_UID, "--uid", "UID", NULL,
		"Custom uid in the sandbox (requires --unshare-user or --userns)"},
	{KEY_GID, "--gid", "GID", NULL,
		"Custom gid in the sandbox (requires --unshare-user or --userns)"},
	{KEY_HOSTNAME, "--hostname", "NAME", NULL,
		"Custom hostname in the sandbox (requires --unshare-uts)"},
	{KEY_CHDIR, "--chdir", "DIR", "one argument", "Change directory to DIR"},
	{KEY_CLEARENV, "--clearenv", "", NULL, "Unset all environment variables"},
	{KEY_SETENV, "--setenv", "VAR VALUE", NULL, "Set an environment variable"},
	{KEY_UNSETENV, "--unsetenv", "VAR", NULL, "Unset an environment variable"},
	{KEY_LOCK_FILE, "--lock-file", "DEST", NULL,
		"Take a lock on DEST while sandbox is running"},
	{KEY_SYNC_FD, "--sync-fd", "FD", NULL, "Keep this fd open while sandbox is running"},
	{KEY_BIND, "--bind", "SRC DEST", NULL, "Bind mount the host path SRC on DEST"},
	{KEY_BIND_TRY, "--bind-try", "SRC DEST", NULL,
		"Equal to --bind but ignores non-existent SRC"},
	{KEY_DEV_BIND, "--dev-bind", "SRC DEST", NULL,
		"Bind mount the host path SRC on DEST, allowing device access"},
	{KEY_DEV_BIND_TRY, "--dev-bind-try", "SRC DEST", NULL,
		"Equal to --dev-bind but ignores non-existent SRC"},
	{KEY_RO_BIND, "--ro-bind", "SRC DEST", NULL,
		"Bind mount the host path SRC readonly on DEST"},
	{KEY_RO_BIND_TRY, "--ro-bind-try", "SRC DEST", NULL,
		"Equal to --ro-bind but ignores non-existent SRC"},
	{KEY_BIND_FD, "--bind-fd", "FD DEST", NULL,
		"Bind open directory or path fd on DEST"},
	{KEY_RO_BIND_FD, "--ro-bind-fd", "FD DEST", NULL,
		"Bind open directory or path fd read-only on DEST"},
	{KEY_REMOUNT_RO, "--remount-ro", "DEST", "one argument",
		"Remount DEST as readonly; does not recursively remount"},
	{KEY_OVERLAY_SRC, "--overlay-src", "SRC", NULL,
		"Read files from SRC in the following overlay"},
	{KEY_OVERLAY, "--overlay", "RWSRC WORKDIR DEST", NULL,
		"Mount overlayfs on DEST, with RWSRC as the host path for writes and\n"
		"                                 "
		"WORKDIR an empty directory on the same filesystem as RWSRC"},
	{KEY_TMP_OVERLAY, "--tmp-overlay", "DEST", NULL,
		"Mount overlayfs on DEST, with writes going to an invisible tmpfs"},
	{KEY_RO_OVERLAY, "--ro-overlay", "DEST", NULL, "Mount overlayfs read-only on DEST"},
	{KEY_EXEC_LABEL, "--exec-label", "LABEL", NULL, "Exec label for the sandbox"},
	{KEY_FILE_LABEL, "--file-label", "LABEL", NULL,
		"File label for temporary sandbox content"},
	{KEY_PROC, "--proc", "DEST", NULL, "Mount new procfs on DEST"},
	{KEY_DEV, "--dev", "DEST", NULL, "Mount new dev on DEST"},
	{KEY_TMPFS, "--tmpfs", "DEST", NULL, "Mount new tmpfs on DEST"},
	{KEY_MQUEUE, "--mqueue", "DEST", NULL, "Mount new mqueue on DEST"},
	{KEY_DIR, "--dir", "DEST", NULL, "Create dir at DEST"},
	{KEY_FILE, "--file", "FD DEST", NULL, "Copy from FD to destination DEST"},
	{KEY_BIND_DATA, "--bind-data", "FD DEST", NULL,
		"Copy from FD to file which is bind-mounted on DEST"},
	{KEY_RO_BIND_DATA, "--ro-bind-data", "FD DEST", NULL,
		"Copy from FD to file which is readonly bind-mounted on DEST"},
	{KEY_SYMLINK, "--symlink", "SRC DEST", NULL, "Create symlink at DEST with target SRC"},
	{KEY_SECCOMP, "--seccomp", "FD", NULL,
		"Load and use seccomp rules from FD (not repeatable)"},
	{KEY_ADD_SECCOMP_FD, "--add-seccomp-fd", "FD", NULL,
		"Load and use seccomp rules from FD (repeatable)"},
	{KEY_BLOCK_FD, "--block-fd", "FD", NULL,
		"Block on FD until some data to read is available"},
	{KEY_USERNS_BLOCK_FD, "--userns-block-fd", "FD", NULL,
		"Block on FD until the user namespace is ready"},
	{KEY_INFO_FD, "--info-fd", "FD", NULL,
		"Write information about the running container to FD"},
	{KEY_JSON_STATUS_FD, "--json-status-fd", "FD", NULL,
		"Write container status to FD as multiple JSON documents"},
	{KEY_NEW_SESSION, "--new-session", "", NULL, "Create a new terminal session"},
	{KEY_DIE_WITH_PARENT, "--die-with-parent", "", NULL,
		"Kills with SIGKILL child process (COMMAND) when bwrap or bwrap's parent dies."},
	{KEY_AS_PID_1, "--as-pid-1", "", NULL, "Do not install a reaper process with PID=1"},
	{KEY_CAP_ADD, "--cap-add", "CAP", NULL, "Add cap CAP when running as privileged user"},
	{KEY_CAP_DROP, "--cap-drop", "CAP", NULL, "Drop cap CAP when running as privileged user"},
	{KEY_PERMS, "--perms", "OCTAL", NULL,
		"Set permissions of next argument (--bind-data, --file, etc.)"},
	{KEY_SIZE, "--size", "BYTES", NULL, "Set size of next argument (only for --tmpfs)"},
	{KEY_CHMOD, "--chmod", "OCTAL PATH", NULL,
		"Change permissions of PATH (must already exist)"},
};
/* clang-format on */

enum { TABLE_SIZE = sizeof(table) / sizeof(*table) };

const struct bwrap_option *bwrap_table_row(size_t index)
{
	return index < TABLE_SIZE ? &table[index] : NULL;
}

const struct bwrap_option *bwrap_table_find(const char *name)
{
	for (size_t i = 0; i < TABLE_SIZE; i++)
		if (!strcmp(table[i].name, name))
			return &table[i];
	return NULL;
}

int bwrap_table_count(const struct bwrap_option *option)
{
	int count = *option->arguments != '\0';
	for (const char *at = option->arguments; (at = strchr(at, ' ')); at++)
		count++;
	return count;
}

void bwrap_table_write_usage(FILE *out, const char *program)
{
	enum { COLUMN = 28 };

	fprintf(out, "usage: %s [OPTIONS...] [--] COMMAND [ARGS...]\n\n", program);
	for (size_t i = 0; i < TABLE_SIZE; i++) {
		int width = fprintf(out, "    %s%s%s", table[i].name,
			*table[i].arguments ? " " : "", table[i].arguments);
		fprintf(out, "%*s %s\n", COLUMN + 4 > width ? COLUMN + 4 - width : 0, "",
			table[i].help);
	}
}
