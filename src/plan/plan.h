/*
 * A plan: plain data that says what a sandbox is to be.  The front ends and the policy lowering
 * build it, the executor in sandbox/ walks its operations in order and never sorts them.
 *
 * Building a plan touches nothing on the host.  A plan owns everything it points at (its arena) and
 * does not change once it is built, so that several threads may spawn from it.
 */
#ifndef RIND_PLAN_PLAN_H
#define RIND_PLAN_PLAN_H

#include "base/arena.h"
#include "base/error.h"
#include "plan/layout.h"
#include "plan/limits.h"

#include <rind.h>

enum plan_op_type {
	/*
	 * The whole tree: recursively nosuid, nodev and private; read-only as well when access says
	 * so.  Always the first operation where there is a mount namespace.
	 */
	PLAN_TREE,
	PLAN_DEV,      /* a minimal /dev */
	PLAN_PROGRAM,  /* another file, read-only, in the place of this one */
	PLAN_WRITABLE, /* a writable root: the host's file at this path, bound there read-write */
	PLAN_PIN,      /* a directory bound over itself, writable, so that it cannot be renamed */
	PLAN_PROTECT,  /* bound over itself read-only; masked when a symlink or missing */
	PLAN_HIDE,     /* an empty unreadable directory or file in its place */
	PLAN_PROC,     /* proc on /proc */
};

enum plan_op_flag {
	PLAN_IF_PRESENT = 1 << 0, /* nothing is done where the path is missing */
	PLAN_EXPECT = 1 << 1,  /* the path must lead to `expected`, or the sandbox does not start */
	PLAN_EXPOSES = 1 << 2, /* a hidden directory that has to be passed to reach a root in it */
	PLAN_COVERED = 1 << 3, /* an earlier operation put another mount above or at this path */
};

/* Which file a path led to when the supervisor looked, and what it was like. */
struct plan_identity {
	uint64_t device, inode;
	/* Not what makes it that file: for what is told of it. */
	uint64_t links;
	unsigned int mode, owner, group;
};

struct plan_op {
	enum plan_op_type type;
	unsigned int flags;
	enum rind_access access;
	const char *path;              /* absolute, without ".", "..", "//" or a final "/" */
	const char *rule;              /* for people: where this operation comes from */
	struct plan_identity expected; /* of PLAN_PROGRAM: of the other file */
	const char *source;            /* of PLAN_PROGRAM: where that is; otherwise NULL */
	size_t base; /* length of the prefix of path that is the outermost writable root */
};

enum plan_namespace {
	PLAN_NS_USER = 1 << 0,
	PLAN_NS_MOUNT = 1 << 1,
	PLAN_NS_PID = 1 << 2,
	PLAN_NS_IPC = 1 << 3,
	PLAN_NS_NET = 1 << 4,
	PLAN_NS_UTS = 1 << 5,
	PLAN_NS_CGROUP = 1 << 6,
};

/* Which of the filters in plan/filter.h the command gets; PLAN_FILTER_NONE: none. */
enum plan_filter {
	PLAN_FILTER_NONE,
	PLAN_FILTER_HOST,          /* terminal injection, setuid bits, io_uring */
	PLAN_FILTER_ISOLATED,      /* and internet sockets only */
	PLAN_FILTER_ISOLATED_UNIX, /* and internet and unix sockets only */
	PLAN_FILTER_OFF,           /* and no connecting, binding, sending */
	/* Beside one of these, for what Landlock forbids where it can: */
	PLAN_FILTER_MOUNTS,  /* no mounting */
	PLAN_FILTER_SIGNALS, /* no signal by a terminal of the host's */
	/* Beside one of them, where the command may mount: */
	PLAN_FILTER_NESTED, /* no mount namespace without the sandbox's mounts */
	PLAN_FILTER_COUNT,
};

enum plan_landlock {
	PLAN_LANDLOCK_NONE,
	PLAN_LANDLOCK_SCOPES, /* signals and abstract sockets */
	PLAN_LANDLOCK_FULL,   /* and writing only beneath what the plan makes writable */
};

struct rind_plan {
	struct arena arena;

	unsigned int namespaces; /* PLAN_NS_*; 0: the command runs as it is, without init */
	uid_t uid;               /* the caller's, mapped to themselves */
	gid_t gid;

	struct plan_op *ops;
	size_t op_count;

	/* Not NULL: the caller says all of it himself.  Then there are no ops, and of what follows only
	   new_session, hostname and env count. */
	struct layout *layout;

	enum rind_proc proc;
	enum plan_filter filter;
	enum plan_landlock landlock;
	bool new_session;
	bool nested;     /* the command may mount */
	bool nested_any; /* and empty a mount namespace: nothing that mounts cover is safe from it */
	bool null_stdin;
	const char *hostname;  /* NULL: unchanged */
	const char *directory; /* the working directory, absolute and without symlinks */
	char **env;            /* NULL-terminated */
	int *keep_fds;         /* ascending, unique, above 2 */
	size_t keep_fd_count;

	struct limits limits;
	/* Where the sandbox's control group is made, and what is enforced by it; NULL, 0: none is. */
	const char *group;
	unsigned int controllers; /* enum limit_controller */
	struct group_limits group_limits;
};

/* Append an operation with this path (copied).  NULL when there is no memory. */
struct plan_op *plan_add_op(struct rind_plan *plan, enum plan_op_type type, const char *path);

/* Is a clean path one of the files that PLAN_DEV puts in /dev, or below one of its directories? */
bool plan_dev_contains(const char *path);

/* The name of an operation, of an access, as `rind explain` shows them. */
const char *plan_op_name(const struct plan_op *op);
const char *plan_access_name(enum rind_access access);

#endif
