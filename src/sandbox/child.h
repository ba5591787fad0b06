/*
 * The state of init, which the command shares until its exec.  The files of mount, ops and child
 * work on it.
 *
 * They run between clone and exec, possibly in the copy of one thread of a threaded program, in
 * which another thread may hold any lock.  So they only make system calls on frozen data: no
 * allocation, no stdio, no locale, no lock; scripts/check-child-symbols checks that.
 *
 * Their functions return 0 (or a descriptor), or -errno with the failing call noted in
 * child->call.  Only init.c reports a failure, and ends.
 */
#ifndef RIND_SANDBOX_CHILD_H
#define RIND_SANDBOX_CHILD_H

#include "base/fd.h"
#include "sandbox/frozen.h"
#include "sandbox/protocol.h"

enum { CHILD_DEVICES = 6 };

/*
 * In frozen->op_trees: the operation is not needed.  The path is missing, and is protected only
 * where present, or the command could not make it either; or the source is missing, and may be.
 */
enum { CHILD_NOT_NEEDED = -2 };

/* A directory, identified together with the mount that it is reached through. */
struct child_place {
	uint64_t mount, inode;
};

/* The new /dev while it is made; see ops/dev.c. */
struct child_dev {
	int devices[CHILD_DEVICES]; /* clones of the host's nodes, -1 once mounted or absent */
	int console;                /* one of the terminal that /dev/console is to be */
	int fd;                     /* the directory, -1 before it is mounted */
	int empty_file;             /* what its null is mounted on, -1 before that */
};

/* The root while it is built; see ops/root.c. */
struct child_root {
	int fd;       /* where destinations are resolved */
	int base;     /* the tmpfs that root and scratch are in, -1: none */
	int scratch;  /* a tmpfs that no path leads to, -1: not needed */
	bool is_host; /* built in place, and no operation has mounted on / */
	/* a filter refuses pivot_root: the new root is mounted over the old one */
	bool no_pivot;
	struct child_place top; /* what "/.." leads to at the end, when built in place */
	mode_t umask;           /* the caller's */
};

/* The classic backend; see mount/classic/classic.c. */
struct child_classic {
	int shelf, shelf_id;      /* the tmpfs on which trees wait, -1: none */
	unsigned int shelf_count; /* entries made on it */
	bool tells_submounts;     /* umount2(2) tells whether a clone has submounts */
	int flat_clone;           /* the clone made last, if it has no submounts; otherwise -1 */
};

struct child {
	const struct rind_plan *plan;
	const struct frozen *frozen;

	/* Which step init is at, for a failure report. */
	enum stage stage;
	enum call call;
	uint32_t op;
	const char *detail;

	struct child_dev dev;
	struct child_root root;
	struct child_classic classic;

	int proc_self; /* the host's /proc/self, -1: not needed; see host_support */
	int proc;      /* a proc for what can only be done through one, -1: not needed */
	int ruleset;   /* Landlock, -1: none */

	/* A capability that init keeps and the command lacks, 0: none; see rights.c. */
	uint64_t init_capability;
	size_t init_fd_count;     /* entries of frozen->fds.kept */
	struct sock_fprog filter; /* the caller's last filter, which init reads itself */

	int init, self; /* their own pids, in their pid namespace */
	pid_t parent;   /* the command's parent where the command could outlive it; otherwise 0 */

	enum rind_proc proc_made; /* what is mounted on /proc; never RIND_PROC_AUTO */
	bool is_root;             /* the caller may be the machine's root; of a new proc */

	int command_error; /* set by the command, which shares init's memory until exec */
};

/* Note which call failed; returns result unchanged. */
static inline int child_noted(struct child *child, enum call call, long result)
{
	if (result < 0)
		child->call = call;
	return (int)result;
}

/*
 * A check has found that the sandbox is not as planned.  what: which part of it; NULL: this
 * operation.
 */
static inline int child_wrong(struct child *child, const char *what)
{
	if (what) {
		child->stage = STAGE_CHECK;
		child->detail = what;
	}
	return child_noted(child, CALL_NONE, -ENOTRECOVERABLE);
}

#endif
