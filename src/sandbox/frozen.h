/*
 * A frozen plan: a plan in a form that the child side can use.  The supervisor (freeze.c) has
 * done everything that needs memory, text or a library before the clone; what is left are
 * numbers, strings and arrays for system calls.
 *
 * init and the command read their copies of it.
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
 * A stream: a descriptor of the command, open for reading (or O_PATH) on a file with a name; see
 * child/streams.c.
 */
struct frozen_stream {
	int fd;
	int flags;        /* O_NONBLOCK and O_PATH, as the caller has them */
	const char *path; /* on the host */
	struct plan_identity file;
	/* device number, 0: no character device; other nodes of it count as the same file */
	uint64_t node;
	bool seekable; /* a regular file, or a disk */
	bool covered;  /* an operation mounts something on the path or above it */
	int early;     /* written by init: the file opened before the operations, or -errno */
};

/* What the command may do with a terminal. */
enum terminal_use {
	TERMINAL_KEEP,  /* what the caller may */
	TERMINAL_WRITE, /* write only */
	TERMINAL_NONE,  /* nothing: it gets /dev/null */
};

/* A terminal that the command gets; see child/terminals.c. */
struct frozen_terminal {
	int fd, flags;
	const char *path; /* on the host */
	struct plan_identity file;
	enum terminal_use use;
	/* rind is in the background: without its own open file the command must not start */
	bool required;
};

/* Descriptors: what the command gets as 0 to 2, what is opened anew, and what is closed. */
struct frozen_fds {
	/*
	 * What becomes the command's 0 to 2; -1: the caller's own.  Duplicates with close-on-exec
	 * and numbers above 2: so none is overwritten before it is moved to its place, and no
	 * thread of the caller's can replace one.
	 */
	int given[3];
	struct frozen_stream *streams; /* see child/streams.c */
	size_t stream_count;
	struct frozen_terminal *terminals;
	size_t terminal_count;
	/*
	 * What init closes first: all descriptors but 0-2, its socket, and those that the command
	 * keeps.
	 */
	struct frozen_range *close_ranges;
	size_t close_range_count;
	int *kept;            /* written by init: the descriptors that it keeps open, ascending */
	size_t kept_capacity; /* room for others than init's own three and end_fds */
};

/* The ids of the command, and the user namespaces that they take; see child/identity.c. */
struct frozen_users {
	/*
	 * The texts for /proc/self/uid_map and gid_map; NULL: another process writes them, or
	 * there are none.
	 */
	const char *uid_map, *gid_map;
	bool needs_second;                           /* a user namespace in the first one */
	const char *second_uid_map, *second_gid_map; /* see freeze_users() */
	bool needs_proc, reads_proc;                 /* a proc that can be written to; any proc */
};

/* Where a root is built; see ops/root.c. */
struct frozen_root {
	bool in_place;       /* the host's own tree is the root all the same */
	bool begins_at_root; /* relative sources are looked up from "/" */
	/* RLIMIT_NOFILE while mounting, 0: unchanged; and what the command gets back. */
	uint64_t more_descriptors, descriptors;
	const char *dev_options; /* of the tmpfs on /dev, where the root stays in place */
};

/* See child/landlock.c. */
struct frozen_landlock {
	uint64_t fs, scopes; /* the rights to handle and the scopes, 0: none */
	size_t size;         /* of the attribute to pass */
	bool read;           /* allow reading beneath / only, so that no terminal is reopened */
};

/* A resource limit of the command, soft and hard. */
struct frozen_limit {
	int resource;
	uint64_t value;
};

/* See child/limits.c. */
struct frozen_limits {
	struct frozen_limit values[LIMIT_COUNT];
	size_t count;
	/* try whether RLIMIT_NPROC binds, as no control group limits processes */
	bool try_pids;
};

/* What the command executes; see child/command.c. */
struct frozen_exec {
	char *const *candidates; /* the paths to try in turn, made from $PATH */
	char **argv;
	char *const *env;
	/*
	 * The arguments for a script without "#!", which /bin/sh runs: {"/bin/sh", PATH,
	 * argv[1]…}.  The command fills in PATH.
	 */
	char **shell_argv;
	char **pwd; /* "PWD=…" for each of the plan's directories, and for "/"; NULL: unchanged */
	char **pwd_place; /* where in env it is written */
};

/* At most: one about mounts (MOUNTS or NESTED), one about signals, and the plan's own. */
enum { FROZEN_FILTERS = 3 };

enum { FROZEN_ENDS = 2 };

/*
 * What the executor has to provide for the operations of the plan; their prepare functions set
 * it.
 */
struct frozen_needs {
	bool hide;             /* the entries of /dev that are cloned for hidden paths */
	bool mapped_root;      /* id 0 mapped while mounting */
	bool scratch;          /* a tmpfs that no path leads to */
	bool writable_proc;    /* a proc that stays writable, whatever is mounted */
	bool relative_sources; /* sources that are looked up from the working directory */
	bool new_root;         /* the host's own tree cannot be the root */
	size_t devs;
};

/* How many bits fewer than first_pid a number has that every host has. */
enum { FROZEN_FEWER_PID_BITS = 7 };

struct frozen {
	const struct rind_plan *plan;
	/*
	 * the operations sorted by path, those of one path in the plan's order; for
	 * classic/check.c
	 */
	const struct plan_op **by_path;
	/* Written by init: a tree and a target descriptor for each operation. */
	int *op_trees, *op_targets;

	struct host_support support;
	struct frozen_needs needs;
	struct frozen_root root;
	struct frozen_users users;
	struct frozen_fds fds;
	struct frozen_limits limits;
	struct frozen_landlock landlock;
	/* The filters to load, in this order; NULL after the last. */
	const struct sock_fprog *filters[FROZEN_FILTERS + 1];
	struct frozen_exec exec;

	int socket;
	int supervisor_socket; /* the other end, of which init has a copy after the clone */
	/*
	 * Init ends when one of these becomes readable.  The first is the supervisor's pidfd: a
	 * process that the supervisor has forked may keep a copy of its end of the socket open.
	 * The second is the caller's end_fd.  -1: none.
	 */
	int end_fds[FROZEN_ENDS];

	pid_t first_pid; /* where a new proc can set it, the command's number; see ops/proc.c */
	uint64_t signal_mask;
	bool arm_parent_death_signal; /* only if the thread that clones is the program's only one */
	bool want_namespaces;
	bool has_init; /* otherwise the first process becomes the command */
};

#endif
