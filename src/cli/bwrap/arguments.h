/* What reading a command line of `rind bwrap` fills in. */
#ifndef RIND_CLI_BWRAP_ARGUMENTS_H
#define RIND_CLI_BWRAP_ARGUMENTS_H

#include "plan/plan.h"

#include <stdbool.h>

/* Overlays take the --overlay-src before them. */
struct bwrap_sources {
	const char **paths;
	size_t count;
};

struct bwrap_options {
	struct rind_plan *plan; /* owned; filled in while options are read */

	bool unshare_user_try, unshare_cgroup_try;
	bool new_session;
	int64_t uid, gid; /* -1: the caller's */
	int userns_fd, pidns_fd, userns_block_fd, info_fd, json_status_fd;
	int seccomp_fd;
	const char *chdir, *argv0;
	bool capabilities_changed;
	uint64_t own_capabilities; /* the caller's */

	char **arguments; /* the command's */
	size_t argument_count;

	/* Of the option that is being read. */
	int64_t perms, size; /* -1, 0: not given */
	struct bwrap_sources sources;
	bool exec_label, file_label;
	bool in_file; /* in what --args has read */
};

#endif
