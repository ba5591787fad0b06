/*
 * A plan made ready for the child side: everything that needs memory, text or a library has been
 * done, and what is left are numbers, strings and arrays that system calls take as they are.
 *
 * Made by freeze.c in the supervisor before the clone; init and the command read their copy of it.
 */
#ifndef RIND_SANDBOX_FROZEN_H
#define RIND_SANDBOX_FROZEN_H

#include "plan/plan.h"
#include "sandbox/host_support.h"

#include <linux/filter.h>

/* <linux/landlock.h> of Linux 6.12 has it: LANDLOCK_SCOPE_SIGNAL. */
enum { LANDLOCK_SIGNAL_SCOPE = 1 << 1 };

struct frozen_range {
	unsigned int first, last;
};

/*
 * A descriptor for the command that is open, for reading only or by its name only, on a file with a
 * name.
 */
struct frozen_stream {
	int fd;
	int flags;        /* O_NONBLOCK, O_PATH: what it has to have again */
	const char *path; /* on the host */
	struct plan_identity file;
	uint64_t node; /* of a character device, which has other names as well; 0: it is none */
	bool seekable; /* a regular file, or a disk */
	bool covered;  /* something of the plan is mounted over the path, or above it */
	int early;     /* scratch for init: opened before that, or -errno */
};

/* What the command may do with a terminal. */
enum terminal_use {
	TERMINAL_KEEP,  /* what its caller may */
	TERMINAL_WRITE, /* write only */
	TERMINAL_NONE,  /* nothing: it is given /dev/null */
};

/* A terminal that the command is given; see terminals.c. */
struct frozen_terminal {
	int fd, flags;
	const char *path; /* on the host */
	struct plan_identity file;
	enum terminal_use use;
	bool required; /* rind is in the background: without this the command must not begin */
};

/* A resource limit of the command, soft and hard. */
struct frozen_limit {
	int resource;
	uint64_t value;
};

/* At most: the plan's own, one about mounts and one about signals. */
enum { FROZEN_FILTERS = 3 };

enum { FROZEN_ENDS = 2 };

/* What the plan's operations need of the executor: the prepare function of each notes it. */
struct frozen_needs {
	bool hide;             /* the entries that hidden paths are made of */
	bool mapped_root;      /* id 0 mapped, while mounting */
	bool scratch;          /* a tmpfs that no path leads to */
	bool writable_proc;    /* a proc that can be written to, whatever is mounted */
	bool relative_sources; /* sources that begin at the working directory */
	bool new_root;         /* it cannot be done in the host's own tree */
	size_t devs;
};

struct frozen {
	const struct rind_plan *plan;
	const struct plan_op **by_path; /* by path, the same in order; for classic/check.c */
	struct frozen_needs needs;

	/* The filters to load, one after the other; NULL after the last. */
	const struct sock_fprog *filters[FROZEN_FILTERS + 1];
	/*
	 * What becomes the command's 0 to 2, -1: the caller's own.  Duplicates, above 2 and
	 * close-on-exec: so none is overwritten before it is in its place, and no thread of the
	 * caller's can put another file there.
	 */
	int given[3];
	struct frozen_stream *streams; /* see streams.c */
	size_t stream_count;

	struct frozen_terminal *terminals;
	size_t terminal_count;
	bool landlock_read; /* reading is allowed beneath / only, not of terminals: terminals.c */

	/* The texts for /proc/self/uid_map and gid_map; NULL: others map, or nobody. */
	const char *uid_map, *gid_map;

	/* Landlock rights to handle, 0 for none, and scopes; the size of the attribute to pass. */
	uint64_t landlock_fs, landlock_scopes;
	size_t landlock_size;

	struct host_support support;

	int socket;
	int supervisor_socket; /* the other end, of which init is born with a copy */
	/*
	 * Init ends when one of these becomes readable: the supervisor's pidfd, since a copy of its
	 * end of the socket may be left in a process that it has forked; and the caller's end_fd.
	 * -1: none.
	 */
	int end_fds[FROZEN_ENDS];
	/* What init closes first: all descriptors but 0-2, its socket and the kept ones. */
	struct frozen_range *close_ranges;
	size_t close_range_count;

	/* The paths to try in turn, from $PATH, and the command's arguments and environment. */
	char *const *candidates;
	char **argv;
	char *const *env;
	/*
	 * Arguments for a script without "#!", which is run by /bin/sh: {"/bin/sh", PATH,
	 * argv[1]…}; the command writes PATH.
	 */
	char **shell_argv;
	char **pwd; /* "PWD=…" for each of the plan's directories, and for "/"; NULL: it stays */
	char **pwd_place; /* where it goes in env */

	uint64_t signal_mask;
	bool arm_parent_death_signal; /* the thread that clones is the program's only one */
	bool want_namespaces;

	/* Scratch for init: a tree and a target descriptor for each operation. */
	int *op_trees, *op_targets;

	bool has_init; /* otherwise the first process becomes the command */

	/* See limits.c. */
	struct frozen_limit limits[LIMIT_COUNT];
	size_t limit_count;
	bool try_pids;           /* whether RLIMIT_NPROC binds, which nothing else does */
	const char *dev_options; /* of the tmpfs on /dev, where the root stays in place */

	/* Where the root is built. */
	bool in_place; /* all the same: the host's own tree is the sandbox's, without a new root */
	bool begins_at_root; /* there are relative sources, and / is where they begin */
	bool needs_second_user_namespace;
	bool needs_proc, reads_proc;                 /* one that can be written to; any */
	const char *second_uid_map, *second_gid_map; /* see users.c */
	/* RLIMIT_NOFILE while mounting, 0: as it is; and what the command gets back. */
	uint64_t more_descriptors, descriptors;

	int *kept;            /* scratch: what init keeps open, ascending */
	size_t kept_capacity; /* besides its own: three, and end_fds */
};

#endif
