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
#include "plan/limits.h"

#include <linux/filter.h>
#include <rind.h>
#include <sched.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

/*
 * The operations, one row each: NAME of the enumerator, and name of the file in ops/, which defines
 * name_operation.  A row without such a definition does not link.
 *
 * Where the root stays in place, paths are clean and are never followed through a symlink: rind
 * has found them.  Where it is built they are the caller's text, resolved in that root.
 *
 *   where the root stays in place
 *
 *   TREE       the host's whole tree: recursively nosuid, nodev, private; and read-only, unless
 *              `access` says otherwise.  Always the first where a policy makes mounts.
 *   PROGRAM    another file, read-only, in the place of this one
 *   WRITABLE   the host's file at this path, bound there read-write
 *   SCRATCH    the host's directory at this path, copy on write
 *   READABLE   the same read-only, in a hidden directory or a tmpfs
 *   DEVICE     the host's device node at this path, which then works
 *   PIN        a directory bound over itself, writable, so that it cannot be renamed
 *   PROTECT    bound over itself read-only; masked when a symlink or missing
 *   HIDE       an empty unreadable directory or file in its place
 *
 *   where it is built
 *
 *   BIND       the host's source on path, with all that is mounted below it
 *   OVERLAY    an overlay of the host's directories
 *   MQUEUE     the message queues of the ipc namespace
 *   DIRECTORY  a directory, unless there is one
 *   FILE       a file with what descriptor fd gives
 *   DATA       the same in a file that only this sandbox has, bound on path
 *   SYMLINK    a symlink to source
 *   CHMOD      the permissions of what is there
 *   REMOUNT    the mount there read-only, without those below it
 *
 *   with a variant for each
 *
 *   DEV        a minimal /dev
 *   PROC       proc: new, or the host's where the pid namespace is
 *   TMPFS      a new tmpfs
 */
#define PLAN_OPERATIONS(X)      \
	X(TREE, tree)           \
	X(PROGRAM, program)     \
	X(WRITABLE, writable)   \
	X(SCRATCH, scratch)     \
	X(READABLE, readable)   \
	X(DEVICE, device)       \
	X(PIN, pin)             \
	X(PROTECT, protect)     \
	X(HIDE, hide)           \
	X(BIND, bind)           \
	X(OVERLAY, overlay)     \
	X(MQUEUE, mqueue)       \
	X(DIRECTORY, directory) \
	X(FILE, file)           \
	X(DATA, data)           \
	X(SYMLINK, symlink)     \
	X(CHMOD, chmod)         \
	X(REMOUNT, remount)     \
	X(DEV, dev)             \
	X(PROC, proc)           \
	X(TMPFS, tmpfs)

enum plan_op_type {
#define X(NAME, name) PLAN_##NAME,
	PLAN_OPERATIONS(X)
#undef X
		PLAN_OP_COUNT,
};

enum plan_op_flag {
	PLAN_IF_PRESENT = 1 << 0, /* nothing is done where the path, or its source, is missing */
	PLAN_EXPECT = 1 << 1,  /* the path must lead to `expected`, or the sandbox does not start */
	PLAN_EXPOSES = 1 << 2, /* a hidden directory that has to be passed to reach a root in it */
	PLAN_COVERED = 1 << 3, /* an earlier operation put another mount above or at this path */
	PLAN_READ_ONLY = 1 << 4,
	PLAN_DEVICES = 1 << 5,   /* device nodes in it work */
	PLAN_PERMS = 1 << 6,     /* the caller named perms, which then narrow new parents too */
	PLAN_REREAD = 1 << 7,    /* a later operation reads the same descriptor */
	PLAN_TEMPORARY = 1 << 8, /* an overlay whose writes go to a tmpfs */
	PLAN_MAKE = 1 << 9,      /* a directory that the supervisor makes before the clone */
	PLAN_PUBLISH = 1 << 10,  /* the supervisor gets a scratch's layers, to take from them */
};

/* Which file a path led to when the supervisor looked, and what it was like. */
struct plan_identity {
	uint64_t device, inode;
	uint64_t node; /* the number of a device node; checked by DEVICE only */
	/* Not what makes it that file: for what is told of it. */
	uint64_t links;
	unsigned int mode, owner, group;
};

struct plan_op {
	enum plan_op_type type;
	unsigned int flags;
	enum rind_access access;
	const char *path;
	const char *rule;              /* for people: where this operation comes from */
	struct plan_identity expected; /* of PROGRAM: of the other file */
	/* Of PROGRAM and BIND the other file; of SYMLINK its text; of OVERLAY mount options. */
	const char *source;
	size_t base; /* length of the prefix of path that is the outermost writable root */
	unsigned int perms;
	int fd; /* of BIND (its source), FILE or DATA; -1 */
	/* Of TMPFS and SCRATCH, as a tmpfs has them in its options; NULL: the default. */
	const char *mode, *size;
	size_t first_reader; /* the operation that reads fd first: this one, or an earlier */
};

/* A pattern of the policy, and how many paths matched it when the plan was made. */
struct plan_pattern {
	const char *rule;
	size_t count;
};

/*
 * A repository whose git directory is a scratch, from which the supervisor publishes.  Both paths
 * are clean; the second is at or below the first: other for a worktree.
 */
struct plan_repository {
	const char *common, *directory;
};

/* The bits by which clone(2) knows them. */
enum plan_namespace {
	PLAN_NS_USER = CLONE_NEWUSER,
	PLAN_NS_MOUNT = CLONE_NEWNS,
	PLAN_NS_PID = CLONE_NEWPID,
	PLAN_NS_IPC = CLONE_NEWIPC,
	PLAN_NS_NET = CLONE_NEWNET,
	PLAN_NS_UTS = CLONE_NEWUTS,
	PLAN_NS_CGROUP = CLONE_NEWCGROUP,
};

/*
 * The filters in plan/filter.h, and their names in the generated filter_programs.h: HOST denies
 * terminal injection, setuid bits and io_uring; ISOLATED all but internet sockets as well,
 * ISOLATED_UNIX all but internet and unix sockets, OFF also connecting, binding and sending.
 *
 * Beside one of these, for what Landlock forbids where it can: MOUNTS, no mounting; SIGNALS, no
 * signal by a terminal of the host's.  Beside one of them, where the command may mount: NESTED, no
 * mount namespace without the sandbox's mounts.
 */
#define PLAN_FILTERS(X)                 \
	X(HOST, host)                   \
	X(ISOLATED, isolated)           \
	X(ISOLATED_UNIX, isolated_unix) \
	X(OFF, off)                     \
	X(MOUNTS, mounts)               \
	X(SIGNALS, signals)             \
	X(NESTED, nested)

/* Which of them the command gets; PLAN_FILTER_NONE: none. */
enum plan_filter {
	PLAN_FILTER_NONE,
#define X(NAME, name) PLAN_FILTER_##NAME,
	PLAN_FILTERS(X)
#undef X
		PLAN_FILTER_COUNT,
};

enum plan_landlock {
	PLAN_LANDLOCK_NONE,
	PLAN_LANDLOCK_SCOPES, /* signals and abstract sockets */
	PLAN_LANDLOCK_FULL,   /* and writing only beneath what the plan makes writable */
};

/* In whose words failures are told. */
enum plan_face { PLAN_FACE_RUN, PLAN_FACE_BWRAP };

/*
 * The host's tree stays the root, changed in place; or one is built of the operations (which the
 * executor does in place as well, where they begin with the whole tree).
 */
enum plan_root { PLAN_ROOT_IN_PLACE, PLAN_ROOT_BUILT };

/* Who the command is, and which user namespaces there are besides the one that the plan makes. */
struct plan_users {
	uid_t uid; /* as the command sees itself */
	gid_t gid;
	bool joined;       /* the supervisor has joined one that the caller made */
	bool mapped_later; /* the caller writes the id maps, from outside */
	int second;        /* a descriptor of the one to enter after the mounts; -1 */
	bool disable;      /* no further ones can be made inside */
	bool check_disabled;
};

struct rind_plan {
	struct arena arena;
	enum plan_face face;

	/* --- identity and namespaces --- */

	unsigned int namespaces; /* PLAN_NS_*; 0: the command runs as it is, without init */
	uid_t uid;               /* the caller's */
	gid_t gid;
	struct plan_users users;

	/* --- what is where --- */

	enum plan_root root;
	struct plan_op *ops;
	size_t op_count;
	struct plan_pattern *patterns; /* that operations come from: for people */
	size_t pattern_count;
	struct plan_repository *repositories;
	size_t repository_count;
	enum rind_proc proc; /* of a PROC that is not in a built root */
	bool new_proc;       /* of one that is: the pid namespace is not the caller's */

	/* --- the process --- */

	enum plan_filter filter;
	enum plan_landlock landlock;
	struct sock_fprog *filters; /* the caller's, in the order in which they are loaded */
	size_t filter_count;
	int filter_fd; /* one more, read last, when the caller lets go on; -1 */

	bool keep_capabilities; /* whatever the caller has */
	uint64_t capabilities;  /* otherwise: exactly these, bit N for capability N */

	/* On the host the sandbox's owner can look into init and join its namespaces. */
	bool owner_may_enter;

	bool new_session;
	bool new_group; /* a process group of its own for the command */
	bool new_keyring;
	bool nested; /* the command may mount */
	/* And empty a mount namespace: nothing that mounts cover is safe from it. */
	bool nested_any;
	bool null_stdin;
	bool keep_all_fds;
	int *keep_fds; /* otherwise: these besides 0-2, ascending, unique */
	size_t keep_fd_count;

	const char *hostname;     /* NULL: unchanged */
	const char **directories; /* the first that can be entered is the working directory */
	size_t directory_count;
	bool directory_required;    /* otherwise / where none can be */
	char **env;                 /* NULL-terminated */
	uint64_t unblocked_signals; /* whatever the caller has blocked; bit N-1 for signal N */
	const char *executable;     /* looked up instead of argv[0]; NULL: argv[0] */
	const char *console;        /* the terminal that /dev/console is; NULL: none */

	struct limits limits;
	/* Where the sandbox's cgroup is made, and what it enforces; NULL, 0: there is none. */
	const char *cgroup;
	unsigned int controllers; /* enum limit_controller */
	struct cgroup_limits cgroup_limits;

	/* --- when it begins and ends --- */

	bool wait;          /* set up nothing before the supervisor says so */
	int status_fds[2];  /* the supervisor's alone, closed in init first; -1: none */
	int block_fd;       /* wait until it can be read; -1 */
	int sync_fd;        /* held until the sandbox ends; -1 */
	const char **locks; /* files in the sandbox, locked until it ends */
	size_t lock_count;
	bool as_pid_1;            /* no init beside the command */
	bool die_with_parent;     /* the sandbox ends with the supervisor */
	bool parent_death_signal; /* the command has one, as well as init */
	bool background; /* it lasts until the last process in it has ended, not only the command */
};

/* An empty plan: no memory is needed, rind_plan_free() ends it.  Returns NULL without memory. */
struct rind_plan *plan_new(enum plan_face face);

/* Is there an init beside the command?  has_pidfds: of the kernel. */
bool plan_has_init(const struct rind_plan *plan, bool has_pidfds);

/* Append an operation with this path (copied).  Valid until the next one.  NULL: no memory. */
struct plan_op *plan_add_op(struct rind_plan *plan, enum plan_op_type type, const char *path);

/* Is a clean path one of the files that PLAN_DEV puts in /dev, or below one of its directories? */
bool plan_dev_contains(const char *path);

/* The name of an operation, of an access, as `rind explain` shows them. */
const char *plan_op_name(const struct plan_op *op);
const char *plan_access_name(enum rind_access access);

#endif
