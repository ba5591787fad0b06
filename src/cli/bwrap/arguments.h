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

/*
 * What the command line is read for.  To be explained: a filter is counted, and its descriptor left as it is; and
 * the rule of an operation is all the words that it comes from.
 */
enum bwrap_purpose { BWRAP_TO_RUN, BWRAP_TO_EXPLAIN };

struct bwrap_options {
	struct rind_plan *plan; /* owned; filled in while options are read */
	enum bwrap_purpose purpose;

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
	char **words; /* it, and what modifies it before it; NULL: another begins */
	bool in_file; /* in what --args has read */
};

#endif
