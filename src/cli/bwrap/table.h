/* The table of bwrap's options: names, arguments, help.  Supervisor. */
#ifndef RIND_CLI_BWRAP_TABLE_H
#define RIND_CLI_BWRAP_TABLE_H

#include <stddef.h>
#include <stdio.h>

enum bwrap_key {
	KEY_HELP,
	KEY_VERSION,
	KEY_ARGS,
	KEY_ARGV0,
	KEY_LEVEL_PREFIX,
	KEY_NOT_A_SECURITY_BOUNDARY,
	KEY_UNSHARE_ALL,
	KEY_SHARE_NET,
	KEY_UNSHARE_USER,
	KEY_UNSHARE_USER_TRY,
	KEY_UNSHARE_IPC,
	KEY_UNSHARE_PID,
	KEY_UNSHARE_NET,
	KEY_UNSHARE_UTS,
	KEY_UNSHARE_CGROUP,
	KEY_UNSHARE_CGROUP_TRY,
	KEY_USERNS,
	KEY_USERNS2,
	KEY_DISABLE_USERNS,
	KEY_ASSERT_USERNS_DISABLED,
	KEY_PIDNS,
	KEY_UID,
	KEY_GID,
	KEY_HOSTNAME,
	KEY_CHDIR,
	KEY_CLEARENV,
	KEY_SETENV,
	KEY_UNSETENV,
	KEY_LOCK_FILE,
	KEY_SYNC_FD,
	KEY_BIND,
	KEY_BIND_TRY,
	KEY_DEV_BIND,
	KEY_DEV_BIND_TRY,
	KEY_RO_BIND,
	KEY_RO_BIND_TRY,
	KEY_BIND_FD,
	KEY_RO_BIND_FD,
	KEY_REMOUNT_RO,
	KEY_OVERLAY_SRC,
	KEY_OVERLAY,
	KEY_TMP_OVERLAY,
	KEY_RO_OVERLAY,
	KEY_EXEC_LABEL,
	KEY_FILE_LABEL,
	KEY_PROC,
	KEY_DEV,
	KEY_TMPFS,
	KEY_MQUEUE,
	KEY_DIR,
	KEY_FILE,
	KEY_BIND_DATA,
	KEY_RO_BIND_DATA,
	KEY_SYMLINK,
	KEY_SECCOMP,
	KEY_ADD_SECCOMP_FD,
	KEY_BLOCK_FD,
	KEY_USERNS_BLOCK_FD,
	KEY_INFO_FD,
	KEY_JSON_STATUS_FD,
	KEY_NEW_SESSION,
	KEY_DIE_WITH_PARENT,
	KEY_AS_PID_1,
	KEY_CAP_ADD,
	KEY_CAP_DROP,
	KEY_PERMS,
	KEY_SIZE,
	KEY_CHMOD,
	KEY_COUNT, /* no key */
};

struct bwrap_option {
	enum bwrap_key key;
	const char *name;
	const char *arguments; /* "SRC DEST"; "" for none */
	const char *missing;   /* the error if they are missing; NULL: made from their number */
	const char *help;
};

/* The options in the order of the usage; NULL: index is past the last. */
const struct bwrap_option *bwrap_table_row(size_t index);

/* NULL: there is no such option. */
const struct bwrap_option *bwrap_table_find(const char *name);
int bwrap_table_count(const struct bwrap_option *option);
void bwrap_table_write_usage(FILE *out, const char *program);

#endif
