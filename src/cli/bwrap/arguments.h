/* What reading a command line of `rind bwrap` fills in. */
#ifndef RIND_CLI_BWRAP_ARGUMENTS_H
#define RIND_CLI_BWRAP_ARGUMENTS_H

#include "plan/plan.h"

#include <stdbool.h>

/* The --overlay-src options since the last overlay: the next overlay option uses them. */
struct bwrap_sources {
	const char **paths;
	size_t count;
};

/*
 * What the command line is read for.  To explain: count a filter without reading its descriptor;
 * the rule of an operation is all words of the command line that it comes from.
 */
enum bwrap_purpose { BWRAP_TO_RUN, BWRAP_TO_EXPLAIN };

struct bwrap_options {
	struct rind_plan *plan; /* owned; the options are read into it */
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

	/* Of modifiers, for the option that follows them. */
	int64_t perms, size; /* -1, 0: not given */
	struct bwrap_sources sources;
	bool exec_label, file_label;
	char **words; /* its first word, or that of its first modifier; NULL: none yet */
	bool in_file; /* reading the file of --args */
};

#endif
