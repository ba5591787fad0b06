/*
 * The state of init, which the command shares until its exec: what the files of mount, ops and
 * child work on.
 *
 * They run between clone and exec, possibly as a copy of one thread of a threaded program.  So they
 * only make system calls on frozen data: no allocation, no stdio, no locale, no lock;
 * scripts/check-child-symbols holds them to it.
 *
 * Their functions return 0 (or a descriptor), or -errno with the failing call noted in child->call,
 * and pass it up.  Only init_main() reports and exits.
 */
#ifndef RIND_SANDBOX_CHILD_H
#define RIND_SANDBOX_CHILD_H

#include "base/fd.h"
#include "sandbox/frozen.h"
#include "sandbox/protocol.h"

enum { CHILD_DEVICES = 6 };

/*
 * In frozen->op_trees: the path is missing, and may be: protected only where present, or the
 * command could not make it either; or a source that may be missing is.
 */
enum { CHILD_NOT_NEEDED = -2 };

/* A directory, and the mount that it is seen through. */
struct child_place {
	uint64_t mount, inode;
};

/* The new /dev while it is made; see ops/dev.c. */
struct child_dev {
	int devices[CHILD_DEVICES]; /* clones of the host's nodes, -1 once mounted or absent */
	int console;                /* one of the terminal that /dev/console is to be */
	int fd;                     /* the directory, -1 before it is mounted */
};

/* The root while it is built; see ops/root.c. */
struct child_root {
	int fd;                 /* where destinations are resolved */
	int base;               /* the tmpfs that root and scratch are in, -1: none */
	int scratch;            /* a tmpfs that no path leads to, -1: not needed */
	bool is_host;           /* built in place, and nothing has been mounted on / */
	bool no_pivot;          /* a filter refuses pivot_root: the new root covers the old one */
	struct child_place top; /* what "/.." leads to at the end, when built in place */
	mode_t umask;           /* the caller's */
};

/* The classic backend; see mount/classic/classic.c. */
struct child_classic {
	int shelf, shelf_id;      /* the tmpfs on which trees wait, -1: none */
	unsigned int shelf_count; /* entries made on it */
	bool tells_submounts;     /* umount2(2) tells whether anything is mounted in a clone */
	int flat_clone; /* the clone just made, if nothing is mounted in it; -1 otherwise */
};

struct child {
	const struct rind_plan *plan;
	const struct frozen *frozen;

	/* Where we are, for the report. */
	enum stage stage;
	enum call call;
	uint32_t op;
	const char *detail;

	struct child_dev dev;
	struct child_root root;
	struct child_classic classic;

	int proc_self; /* the host's /proc/self, -1: not needed; see host_support */
	int proc;      /* for what can only be done through one, -1: not needed */
	int ruleset;   /* Landlock, -1: none */

	/* What init keeps and the command lacks, 0: none; see rights.c. */
	uint64_t init_capability;
	size_t kept;              /* descriptors in frozen->kept */
	struct sock_fprog filter; /* read late */

	int init, self; /* the id of init, and of the command, as they see them */
	pid_t parent;   /* of the command, if the command can outlive it; otherwise 0 */

	enum rind_proc proc_made; /* what is on /proc; never RIND_PROC_AUTO */

	int command_error; /* set by the command, which shares init's memory until exec */
};

/* Note which call failed; returns result as it is. */
static inline long child_noted(struct child *child, enum call call, long result)
{
	if (result < 0)
		child->call = call;
	return result;
}

/* What was built is not what was asked for; what says which part of it, NULL: an operation. */
static inline int child_wrong(struct child *child, const char *what)
{
	if (what) {
		child->stage = STAGE_CHECK;
		child->detail = what;
	}
	return (int)child_noted(child, CALL_NONE, -ENOTRECOVERABLE);
}

#endif
