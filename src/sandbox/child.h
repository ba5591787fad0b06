/*
 * Child side: what the files that run in init and in the command share.
 *
 * The files whose first comment says "Child side" run between clone and exec, possibly as a copy of
 * one thread of a threaded program.  So they only make system calls on frozen data: no allocation, no
 * stdio, no locale, no lock; scripts/check-child-symbols holds them to it.
 *
 * Functions return 0 (or a descriptor), or -errno with the failing call noted in child->call, and
 * pass it up.  Only init_main() reports and exits.
 */
#ifndef RIND_SANDBOX_CHILD_H
#define RIND_SANDBOX_CHILD_H

#include "base/fd.h"
#include "sandbox/frozen.h"
#include "sandbox/protocol.h"

enum { CHILD_DEVICES = 6 };

/*
 * In frozen->op_trees: the path is missing, and may be: protected only where present, or the command
 * could not make it either.
 */
enum { CHILD_NOT_NEEDED = -2 };

/* A directory, and the mount that it is seen through. */
struct child_place {
	uint64_t mount, inode;
};

struct child {
	const struct frozen *frozen;
	/* Where we are, for the report. */
	enum stage stage;
	enum call call;
	uint32_t op;

	int devices[CHILD_DEVICES]; /* clones of the host's nodes, -1 once mounted or absent */
	int dev;                    /* the new /dev, -1 before it is mounted */
	int ruleset;                /* Landlock, -1: none */

	int proc_self;            /* the host's /proc/self, -1: not needed; see sys_support */
	int shelf, shelf_id;      /* of the classic backend, -1: none */
	unsigned int shelf_count; /* entries made on it */
	bool tells_alone;         /* whether one is: umount2(2) does */
	int lone; /* the clone just made, if nothing is mounted in it; -1 otherwise */

	/* Of a layout. */
	int proc;               /* for what can only be done through one, -1: not needed */
	int root;               /* where destinations are resolved */
	int console;            /* a clone of the terminal, as devices */
	int base;               /* the tmpfs that root and scratch are in, -1: none */
	int scratch;            /* a tmpfs that no path leads to, -1: not needed */
	bool root_is_host;      /* built in place, and nothing has been mounted on / */
	bool no_pivot;          /* a filter refuses pivot_root: the new root covers the old one */
	struct child_place top; /* what "/.." leads to at the end, when built in place */
	mode_t umask;           /* the caller's */
	/* What init keeps and the command lacks, 0: none; see layout_process.c. */
	uint64_t init_capability;
	size_t held;              /* descriptors in frozen->held */
	struct sock_fprog filter; /* read late */
	const char *detail;       /* for the report */

	int init, self; /* the id of init, and of the command, as they see them */
	pid_t parent; /* of the command, when its end does not take the command along; otherwise 0 */

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

/* Note a descriptor that init keeps open while the command runs; the list is ascending. */
static inline void child_hold(struct child *child, int fd)
{
	int *held = child->frozen->held;
	size_t i = child->held++;

	for (; i && held[i - 1] > fd; i--)
		held[i] = held[i - 1];
	held[i] = fd;
}

/* mounts.c */
int mounts_gather(struct child *child) _must_check_;
int mounts_apply(struct child *child) _must_check_;

/* One PIN or PROTECT, on what is at its path now. */
int mounts_protect(struct child *child, const struct plan_op *op) _must_check_;

/* Parts of proc that change the machine, which are read-only in the sandbox; ends with NULL. */
extern const char *const mounts_proc_parts[];

/* And those that are so where the caller, who is root then, could write to them. */
extern const char *const mounts_proc_root_parts[];
bool mounts_caller_is_root(const struct child *child);

/* May this part be left as it is, for a sandbox within this one? */
bool mounts_proc_stays_open(const struct child *child, const char *path);

/* Entries of /dev that are gone when everything is mounted; ends with NULL. */
extern const char *const mounts_hidden_names[];

/* The nodes of a minimal /dev; the first is null. */
extern const char *const mounts_device_names[CHILD_DEVICES];

/* walk.c */

/* Open a clean path with O_PATH and no symlink on the way or at the end (-ELOOP). */
int walk_open(const char *path) _must_check_;

/* The same for one that leads down from a directory. */
int walk_open_at(int directory, const char *path) _must_check_;

enum walk_found {
	WALK_PRESENT, /* fd is the path itself */
	WALK_BLOCKED, /* fd is an ancestor that cannot be entered: a file, or unsearchable */
	WALK_SYMLINK, /* fd is a symlink on the way, or at the end */
	WALK_MISSING, /* fd is the directory in which `name` is the first missing component */
};

struct walk_result {
	enum walk_found found;
	int fd;
	struct stat stat; /* of fd */
	char name[NAME_MAX + 1];
};

/*
 * Find out what is at an operation's path, from its base on, without following a symlink.  The
 * descriptor in ret is what was decided on; the caller closes it.
 */
int walk_operation(
	struct child *child, const struct plan_op *op, struct walk_result *ret) _must_check_;

/*
 * Open a path that must lead to what the supervisor saw, with no symlink on the way; -ESTALE when
 * it leads elsewhere by now.
 */
int walk_open_expected(struct child *child, const struct plan_op *op) _must_check_;

/* The same for a path in a hidden directory: what is missing on the way is made there. */
int walk_make_target(struct child *child, const struct plan_op *op, bool directory) _must_check_;

/* streams.c */
int streams_gather(struct child *child) _must_check_;
int streams_replace(struct child *child) _must_check_;

/* Before the mounts: open the terminals that the command is given anew; see terminals.c. */
int terminals_replace(struct child *child) _must_check_;
/* After the mounts: /dev/null in place of those that it is not given. */
int terminals_take_away(struct child *child) _must_check_;

/* check.c */
int check_mounts(struct child *child) _must_check_;
int check_privileges(struct child *child) _must_check_;
/* Is the working directory what fd is, on the same mount? */
int check_directory(struct child *child, int fd) _must_check_;

/* replaced.c: which operations' mounts are no longer where they were put. */
void replaced_collect(struct child *child, struct replaced *ret);

/* restrict.c */
int restrict_make_ruleset(struct child *child) _must_check_;
int restrict_drop_privileges(struct child *child) _must_check_;
/* Being traced, by the command for one. */
int restrict_forbid_tracing(struct child *child) _must_check_;
/* That, and the capabilities of the process itself. */
int restrict_drop_capabilities(struct child *child) _must_check_;

/* limits.c */
int limits_apply(struct child *child) _must_check_;

/* command.c: runs in the command, which shares init's memory; the argument is struct child. */
int command_main(void *child);

/* init.c */
void init_main(const struct frozen *frozen) __attribute__((noreturn));

#endif
