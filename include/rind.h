/*
 * rind.h - run a command in a rootless Linux sandbox, from a program.
 *
 *   struct rind_error err;
 *   struct rind_policy *policy = rind_policy_new();
 *   rind_policy_add_writable(policy, "/home/me/project", &err);
 *
 *   struct rind_plan *plan;
 *   rind_plan_from_policy(policy, &plan, &err);
 *
 *   struct rind_sandbox *sandbox;
 *   struct rind_status status;
 *   rind_spawn(plan, (char *[]){"make", NULL}, NULL, &sandbox, &err);
 *   rind_wait(sandbox, &status, &err);
 *   rind_sandbox_free(sandbox);
 *
 * A *policy* says in people's terms what a command may do.  A *plan* is what will be done for it:
 * an ordered list of mount operations and the process settings.  A *sandbox* is a plan at work.
 *
 * Conventions, for every function here:
 *
 *  - Functions that can fail return 0, or a negative errno; then *err (which may be NULL) holds the
 *    sentence to show, and the ret_ parameters are as they were.
 *  - Strings are copied: the caller may free its own at once.  Paths are bytes without NUL; an
 *    empty path is refused (-EINVAL), one of PATH_MAX (4096) bytes or more too (-ENAMETOOLONG).
 *  - A _free function takes NULL.
 *  - Different objects may be used by different threads at the same time.  One object may not,
 *    except that a plan is constant once made: any number of threads may spawn from it at once.
 *  - Threads may be cancelled: pthread_cancel(3) is acted on after the function, not in it.  To
 *    cancel a long rind_wait(), poll rind_sandbox_fd() before it.
 *  - librind.a and librind.so have no other global names than these: they clash with no other name
 *    of the program or of its libraries.  librind.a can be linked into a shared object, which does
 *    not export it.
 *  - Nothing is printed, no signal handler is installed, no signal disposition is changed, the
 *    environment and the working directory of the program are only read.
 */
#ifndef RIND_H
#define RIND_H

#include <signal.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#ifdef __cplusplus
extern "C" {
#endif

#define RIND_VERSION "0.2.0"

struct rind_policy;
struct rind_plan;
struct rind_sandbox;

/* What went wrong. message is one line, without "rind: " in front and without a full stop. */
struct rind_error {
	int code; /* the negative errno that the function returned */
	/*
	 * What a command line tool exits with: 125, and for rind_spawn() 126 when the command
	 * cannot be executed, 127 when it is not found
	 */
	int exit_status;
	char message[6144];
};

/* --- policy ----------------------------------------------------------------------------------- */

enum rind_mode {
	RIND_MODE_WORKSPACE_WRITE, /* working directory, /tmp and $TMPDIR writable: the default */
	RIND_MODE_READ_ONLY,       /* nothing writable but what rind_policy_add_writable() names */
	RIND_MODE_FULL_ACCESS,     /* the whole tree writable; see rind_policy_set_mode() */
};

enum rind_network {
	RIND_NETWORK_ISOLATED, /* own loopback; internet socket families only: the default */
	RIND_NETWORK_OFF,      /* as isolated, and no connecting, binding or sending at all */
	RIND_NETWORK_HOST,     /* the host's network, unix sockets included */
};

enum rind_proc {
	RIND_PROC_FRESH, /* a new proc for the new pid namespace: the default */
	RIND_PROC_HOST,  /* the host's, read-only */
	RIND_PROC_NONE,  /* an empty directory */
	RIND_PROC_AUTO, /* fresh, or none where the kernel refuses a new one; rind_sandbox_proc() */
};

enum rind_switch {
	RIND_DEFAULT_PROTECT,    /* protect .git, .codex, .agents under every root; see below; on */
	RIND_EXCLUDE_TMP,        /* /tmp is no implicit writable root; off */
	RIND_EXCLUDE_TMPDIR,     /* $TMPDIR is no implicit writable root; off */
	RIND_ALLOW_UNIX_SOCKETS, /* with RIND_NETWORK_ISOLATED, allow AF_UNIX; off */
	RIND_NEW_SESSION,        /* the command gets its own session, so no terminal; on */
	RIND_NESTED,     /* allow sandboxes within, without pivot_root(2) and detaching; off */
	RIND_NULL_STDIN, /* the command's standard input is /dev/null; off */
	RIND_NESTED_ANY, /* the same with these two; then nothing can be protected or hidden; off */
	RIND_PRIVATE_TMP, /* as rind_policy_add_tmpfs() of /tmp; off */
};

/* A policy with every default, or NULL when there is no memory. */
struct rind_policy *rind_policy_new(void);
void rind_policy_free(struct rind_policy *policy);

/*
 * RIND_MODE_FULL_ACCESS runs the command unchanged and in no namespace, unless a network level
 * other than RIND_NETWORK_HOST, a protected or a hidden path, a host name or a limit asks for one.
 * Its network level is RIND_NETWORK_HOST as long as rind_policy_set_network() is not called.
 * -EINVAL: no such mode.
 */
int rind_policy_set_mode(struct rind_policy *policy, enum rind_mode mode, struct rind_error *err);
int rind_policy_set_network(
	struct rind_policy *policy, enum rind_network level, struct rind_error *err);
int rind_policy_set_proc(struct rind_policy *policy, enum rind_proc proc, struct rind_error *err);

/*
 * RIND_DEFAULT_PROTECT: the names are protected in every root that is a directory; in /tmp and
 * $TMPDIR, unless they are also roots of the caller's, only names that exist.
 *
 * git takes a directory with HEAD, objects and refs in it for a repository.  So in every other root
 * without a repository at .git, refs and commondir are protected too; if one of these exists, only
 * HEAD.  When the plan is made, -EINVAL: a root has no repository at .git but a HEAD, so that it is
 * a repository itself.  This does not apply to a .git that was given to rind_policy_add_writable().
 *
 * Where a root has a repository at .git, the .git of every submodule that its index names is
 * protected too, and of the submodules in these; of one that is not checked out, the directory.
 * When the plan is made, -EINVAL: an index cannot be read.
 */
int rind_policy_set_switch(
	struct rind_policy *policy, enum rind_switch which, bool on, struct rind_error *err);

/*
 * Patterns.  The path given to rind_policy_add_writable(), _protect(), _hide(), _hide_if_present()
 * and _readable() is a pattern if it contains "*", "?" or "[": as fnmatch(3) has them within one
 * name, and "**" as a component for any number of directories.  A backslash takes the meaning from
 * the character after it.  rind_plan_from_policy() expands patterns; rind(1) says where, and what
 * they match.
 *
 * -EINVAL: a ".." in a pattern, a class such as [:alpha:], a backslash at the end of a name.  When
 * the plan is made: -ENOENT, nothing matches, except by _hide_if_present(); -E2BIG, there are more
 * than 1000000 files to look at, 10000 matches or 64 directories in each other; -EACCES, a
 * directory in a root is unreadable to its owner, the caller; -EXDEV, a FUSE or network file system
 * would have to be asked; -EINVAL, a relative pattern of _protect() or _hide() where "/" is a root.
 */

/*
 * A directory, or a file, that the command may write to.  It has to exist when the plan is made
 * (-ENOENT then), and to be the same file when the sandbox starts.
 *
 * When the plan is made, -EXDEV: the way to it, or to another root (the working directory,
 * $TMPDIR), contains a symbolic link that lies in /tmp, $TMPDIR or another root, where an earlier
 * command could have put it, and that leads out of all of these.
 */
int rind_policy_add_writable(struct rind_policy *policy, const char *path, struct rind_error *err);

/*
 * The same for a directory that may be missing: then it is made, of mode 0700, when a sandbox
 * starts, with what is missing above it; it stays.  When the plan is made: -ENOTDIR; -EINVAL, with
 * RIND_MODE_FULL_ACCESS; -ENOENT, ".." after what is missing.
 */
int rind_policy_add_writable_make(
	struct rind_policy *policy, const char *path, struct rind_error *err);

/*
 * Protect a path from writing.  A relative path is protected under every writable root, an absolute
 * one exactly there, whether it exists or not.  If the path is a file .git that points to a git
 * directory, or a symbolic link to such a file, that git directory and its common directory are
 * protected too.
 *
 * -EINVAL: a relative path with a ".." in it, or "~", or one that begins with "~/", which no shell
 * has replaced; "./~" is a name like any other.  When the plan is made, -ENOENT: an absolute path
 * that does not exist and is in no writable root, so that it would protect nothing.
 */
int rind_policy_add_protect(struct rind_policy *policy, const char *path, struct rind_error *err);

/*
 * Make a file or directory unreadable.  It has to exist when the plan is made (-ENOENT, -ENOTDIR
 * then); the variant _if_present ignores a missing one.  If it is a file .git that points to a git
 * directory, that directory stays readable, and is protected as by rind_policy_add_protect().
 */
int rind_policy_add_hide(struct rind_policy *policy, const char *path, struct rind_error *err);
int rind_policy_add_hide_if_present(
	struct rind_policy *policy, const char *path, struct rind_error *err);

/*
 * Leave a file or directory readable, and read-only, in a directory that is hidden or covered by a
 * tmpfs; with what hides most and this one a policy lists what can be read.  When the plan is made:
 * -ENOENT, -ENOTDIR, there is no such path; -EINVAL, nothing covers it, or the same path is
 * covered; -EXDEV, a symbolic link that a command could have made leads to it.
 */
int rind_policy_add_readable(struct rind_policy *policy, const char *path, struct rind_error *err);

/*
 * Give the command a device of the host, at its own path in the new /dev: a node in /dev, or by a
 * short name all that the host has of a kind: "dri" (/dev/dri/...), "kvm" (/dev/kvm), "nvidia"
 * (/dev/nvidia...).  What the command may do with it is up to its permissions, as outside.  A
 * symbolic link stands for the node that it leads to; names that the new /dev has anyway change
 * nothing.
 *
 * When the plan is made: -ENOENT, -ENOTDIR, there is no such path, or no device of that kind;
 * -EISDIR, -ENODEV, it is no device; -EPERM, a device by which a command could leave the sandbox or
 * undo it, such as a disk, whatever its name is; -EACCES, it is on a mount with nodev; -EINVAL, it
 * is outside of /dev, hidden, or no short name, or RIND_MODE_FULL_ACCESS restricts nothing; -EXDEV,
 * a symbolic link that a command could have made leads to it.
 */
int rind_policy_add_device(struct rind_policy *policy, const char *device, struct rind_error *err);

/*
 * Make a directory copy on write: the command reads what is there and writes as it likes, to a
 * tmpfs of the sandbox's own, which is gone at the end; the host's files stay as they are.  Roots
 * below it are written to themselves; what is protected or hidden in it stays so.  The caller's own
 * files can be changed in it; those of others not, as the kernel cannot copy their owner.
 *
 * When the plan is made: -ENOENT, -ENOTDIR, there is no such directory; -EINVAL, it is /, in /dev
 * or /proc, in another scratch, a root as well, or has a mount in it.
 */
int rind_policy_add_scratch(struct rind_policy *policy, const char *path, struct rind_error *err);

enum rind_git {
	/* .git is read-only, if the default names are protected: the default */
	RIND_GIT_PROTECTED,
	/* commits, stashes and branches are made in a copy, and published at the end */
	RIND_GIT_COMMIT,
	/* .git is as writable as what is around it */
	RIND_GIT_OPEN,
};

/*
 * What the command may do to git repositories: to the one of its working directory, and to that of
 * each root that is named.
 *
 * RIND_GIT_COMMIT makes the git directory, which may be that of a worktree or a submodule, copy on
 * write, except for what git executes or obeys (hooks, info, the submodules' own directories),
 * which is read-only; the configuration can be written to, and is dropped.
 * rind_sandbox_publish() then takes over to the host what it can check: objects, branches, tags,
 * notes, new stashes, HEAD and the index.
 *
 * When the plan is made: -EINVAL, no such level, or the mode is full access, in which nothing is
 * protected; -ENOENT, there is no repository, or a .git file leads to none; -ENOTSUP, its format,
 * or the place it is at, is one that cannot be published to; -EINVAL also where the git directory
 * lies in a scratch, is a root, or has a mount in it.
 */
int rind_policy_set_git(struct rind_policy *policy, enum rind_git level, struct rind_error *err);

/*
 * Cover a directory with a tmpfs of the sandbox's own: empty, writable, of the same mode, gone at
 * the end.  What the host has there is out of reach; roots below it are mounted in it, so that they
 * are where they were.  When the plan is made: -ENOENT, there is no such directory; -ENOTDIR;
 * -EINVAL, it is /, or in /dev or /proc.  The memory limit of the policy is its size, too.
 */
int rind_policy_add_tmpfs(struct rind_policy *policy, const char *path, struct rind_error *err);

enum rind_limit {
	RIND_LIMIT_PIDS,      /* processes and threads at a time, of all the sandbox */
	RIND_LIMIT_MEMORY,    /* bytes, of all together; see rind_policy_set_limit() */
	RIND_LIMIT_CPU_TIME,  /* seconds of processor time, of each process */
	RIND_LIMIT_CPU_SHARE, /* percent of one processor, of all together */
	RIND_LIMIT_FILES,     /* open descriptors of each process */
	RIND_LIMIT_DISK,      /* bytes in each file system that only the sandbox has */
};

/*
 * Limit what the command and its children may use; 0, the default: no limit of the sandbox's own.
 * The command cannot raise a limit; if the caller has a lower limit already, that one stays.
 *
 * Resource limits (setrlimit(2)) hold for each process: RLIMIT_NPROC, which counts the user's
 * processes in the sandbox's user namespace (Linux 5.14; before, all processes of the user),
 * RLIMIT_CPU (SIGKILL at its end), RLIMIT_NOFILE; and RLIMIT_AS, the address space, where no cgroup
 * limits memory.  If the caller may make a cgroup (version 2) beside its own or in its own, the
 * sandbox gets one, which limits all its processes together: pids.max, memory.max without swap,
 * cpu.max.  It is removed at the end.
 *
 * The file systems that only the sandbox has are a private /tmp, each tmpfs and scratch, /dev/shm;
 * the least of this limit and that of memory is the size of each.
 *
 * A limit that nothing would enforce is refused when the plan is made, or by rind_spawn(): without
 * a cgroup, the number of processes for root, whom the kernel exempts from RLIMIT_NPROC, and the
 * share of a processor; of disk, without a private /tmp, a tmpfs or a scratch.  Any limit makes
 * even RIND_MODE_FULL_ACCESS use namespaces.
 *
 * -EINVAL: no such limit.  -ERANGE: pids above 4194303, memory or disk below 1 MiB, time or share
 * above 1000000000 s or 1000000 %, files above INT_MAX.
 */
int rind_policy_set_limit(
	struct rind_policy *policy, enum rind_limit which, uint64_t value, struct rind_error *err);

/* The command's working directory; NULL, the default: the caller's. */
int rind_policy_set_directory(struct rind_policy *policy, const char *path, struct rind_error *err);

/* A host name of the command's own (at most 64 bytes). */
int rind_policy_set_hostname(struct rind_policy *policy, const char *name, struct rind_error *err);

/*
 * The command's environment: the caller's, as it is when the plan is made, with these changes in
 * order.
 */
int rind_policy_set_env(
	struct rind_policy *policy, const char *name, const char *value, struct rind_error *err);
int rind_policy_unset_env(struct rind_policy *policy, const char *name, struct rind_error *err);
int rind_policy_clear_env(struct rind_policy *policy, struct rind_error *err);

/*
 * A descriptor above 2 that the command gets under the same number.  It has to be open when the
 * sandbox starts.  It must not be a directory, which would lead around every mount.  Unless with
 * RIND_NETWORK_HOST, it must not be a socket that can be connected or addressed anew, which would
 * lead to the host's network; the same applies to 0 to 2.  A unix stream socket with a peer is
 * allowed; where the network is off, so is TCP.
 */
int rind_policy_keep_fd(struct rind_policy *policy, int fd, struct rind_error *err);

/* --- plan ------------------------------------------------------------------------------------- */

/*
 * Lower a policy to a plan.  Reads the host (where roots lead, what .git files point to) and the
 * environment; changes nothing.  The policy may be changed or freed afterwards.
 *
 * -EPERM, besides the errors of what it reads: the command's working directory would be writable
 * unnamed, and is /, a home directory itself or a directory of the system
 * (RIND_MODE_WORKSPACE_WRITE).
 */
int rind_plan_from_policy(
	const struct rind_policy *policy, struct rind_plan **ret, struct rind_error *err);
void rind_plan_free(struct rind_plan *plan);

/* One step of a plan, for showing.  The strings live as long as the plan. */
struct rind_step {
	const char
		*operation; /* "read-only", "dev", "writable", "pin", "protect", "hide", "proc" */
	const char *path;
	const char *access; /* "readable", "writable", "protected", "hidden" */
	const char *rule;   /* where it comes from: "--protect NAME", "default protected name" */
	const char *note;   /* what the step cannot do, and what to do about it; NULL: nothing */
};

size_t rind_plan_count(const struct rind_plan *plan);

/*
 * An altered root: a writable root whose mode, owner or group has changed since the plan was made.
 * A mount that lets the owner of a directory write to it also lets the owner change these: a
 * command that is run by root can remove the sticky bit from /tmp.
 */
struct rind_attributes {
	mode_t mode; /* the permissions, without the type */
	uid_t uid;
	gid_t gid;
};

struct rind_altered {
	size_t step; /* of the plan, for rind_plan_step() */
	struct rind_attributes before, after;
};

/*
 * The number of altered roots; ret gets the first ones.  Call it after rind_wait().  It does not
 * know whether the command or a process on the host has made the change.  One system call for each
 * root.
 */
size_t rind_plan_altered(const struct rind_plan *plan, struct rind_altered *ret, size_t capacity);

/* -ERANGE: index is not below rind_plan_count(). */
int rind_plan_step(const struct rind_plan *plan, size_t index, struct rind_step *ret);

enum rind_access {
	RIND_ACCESS_READABLE,
	RIND_ACCESS_WRITABLE,
	RIND_ACCESS_PROTECTED, /* read-only although a writable root contains it */
	/* an empty file or directory covers it: it can be neither read nor made */
	RIND_ACCESS_MASKED,
	RIND_ACCESS_HIDDEN,
};

struct rind_verdict {
	enum rind_access access;
	const char *name; /* of the access: "readable", … */
	const char *path; /* of the step that decided, or the masked component */
	const char *rule; /* the step's rule */
};

/*
 * What may the command do with a path (relative: to the command's working directory), apart from
 * the file's own permissions?  Looks at the host.  The strings live until the next call with this
 * buffer: buffer has to hold PATH_MAX bytes.
 */
int rind_plan_verdict(const struct rind_plan *plan, const char *path, char *buffer,
	struct rind_verdict *ret, struct rind_error *err);

/* --- sandbox ---------------------------------------------------------------------------------- */

/* All zeros: none of these. */
struct rind_spawn_options {
	/*
	 * A descriptor (-1 or 0: none), such as a signalfd: if it becomes readable before the
	 * command has started, rind_spawn() gives up with -EINTR.
	 */
	int interrupt_fd;
	/*
	 * A descriptor (-1 or 0: none), such as a pidfd of the process that the sandbox works for,
	 * or the read end of a pipe: when it becomes readable or its other end is closed, the
	 * sandbox ends, whatever the caller is doing.  If the command has not started yet,
	 * rind_spawn() gives up with -ECANCELED.  Without an init (full access) that is its only
	 * effect.
	 */
	int end_fd;
	/* Collect the ids for rind_sandbox_namespaces(): seven more system calls. */
	bool want_namespaces;
	/* The command's signal mask; NULL: the calling thread's. */
	const sigset_t *signal_mask;
	/*
	 * The command's standard input, output and error; -1 or 0: the program's own.  Any open
	 * descriptor, the same one for two of them as well, and 1 and 2 for each other; for the
	 * program's standard input as another stream a duplicate of it (dup(2)).  It does not
	 * matter whether it is close-on-exec.  The caller keeps it, and may close it when
	 * rind_spawn() has returned: the reader of a pipe sees its end only when the caller has
	 * closed its own copy of the write end, too.
	 *
	 * They are looked at as the program's own are: -EISDIR for a directory, -EPERM for a socket
	 * that rind_policy_keep_fd() would refuse, and what is open for reading on a file is opened
	 * anew, read-only.  Messages call them by the command's numbers, 0 to 2.  -EBADF: it is not
	 * open.  -EINVAL: stdin_fd with RIND_NULL_STDIN.
	 */
	int stdin_fd, stdout_fd, stderr_fd;
};

/*
 * Start argv[0] (looked up in the command's $PATH when it has no slash) as the plan says.  Returns
 * when the command has been executed; on failure nothing is left running, and nothing is left on
 * the host.
 *
 * Descriptors 0 to 2 are the command's, but for those that options name; closed ones are opened on
 * /dev/null.  Through /proc/self/fd the command can open a pipe, or a file in memory or without a
 * name, the other way round, and others who read from it then read what the command writes: use
 * RIND_NULL_STDIN, or a pipe that nobody else reads from.
 *
 * options: NULL for none.  The calling thread may end while the sandbox runs; when the whole
 * program ends, however it ends, the sandbox ends, and what it made on the host is removed.  With
 * full access that holds only if the calling thread was the program's first, which must then not
 * end before the sandbox.  The children that this creates send no SIGCHLD and are invisible to
 * wait(-1).
 *
 * err->exit_status tells a command that could not be executed from a sandbox that could not be
 * made; err->code is the errno of the step that err->message names.
 */
int rind_spawn(const struct rind_plan *plan, char *const argv[],
	const struct rind_spawn_options *options, struct rind_sandbox **ret,
	struct rind_error *err);

struct rind_status {
	bool signaled; /* ended by a signal */
	int value;     /* the exit status, or the signal's number */
};

/*
 * Wait until the command and everything in the sandbox have ended; then remove what was made on the
 * host.  Further calls return the same status.  -EPROTO: init has failed and has taken the command
 * along; the command's status is unknown.
 */
int rind_wait(struct rind_sandbox *sandbox, struct rind_status *ret, struct rind_error *err);

/*
 * A replaced path: a protected or hidden path that no longer was so when the command had ended.
 * The kernel removes the mount that protects a path when somebody on the host removes the file or
 * directory, or renames another over it; and it moves the mount along when the path itself is
 * renamed.  Editors and git do this with files.  The command could write to the new file (or read
 * it, if it was hidden).
 */
enum { RIND_REPLACED_NAMED = 16 };

struct rind_replaced {
	size_t step;  /* of the plan, for rind_plan_step() */
	bool unknown; /* unknown: a directory on the way had been made unsearchable */
};

/*
 * Call it after rind_wait().  The number of replaced paths; ret gets the first ones; at most
 * RIND_REPLACED_NAMED are known by name. 0: all were in place when the command had ended.
 * -ENODATA: not checked, because the sandbox has not ended, has no init (full access), or was
 * killed as a whole.  The check costs four system calls for each path, once, after the command's
 * end.
 */
int rind_sandbox_replaced(
	const struct rind_sandbox *sandbox, struct rind_replaced *ret, size_t capacity);

/* A descriptor to poll: readable when rind_wait() would not block.  The sandbox owns it. */
int rind_sandbox_fd(const struct rind_sandbox *sandbox);

/*
 * Send a signal to the command, or, with group, to its whole process group.  -ESRCH: it has ended.
 * -EAGAIN: init accepts no signals at the moment (it has been stopped).
 */
int rind_sandbox_signal(struct rind_sandbox *sandbox, int signal, bool group);

/* Kill everything in the sandbox, at once.  rind_wait() still has to be called. */
int rind_sandbox_kill(struct rind_sandbox *sandbox);

/* The process id, on the host, of the sandbox's init; of the command where there is no init. */
pid_t rind_sandbox_pid(const struct rind_sandbox *sandbox);

struct rind_namespaces {
	uint64_t cgroup, ipc, mnt, net, pid, user, uts; /* inode numbers, as in /proc/PID/ns */
};

/* -ENODATA: not asked for in rind_spawn_options. */
int rind_sandbox_namespaces(const struct rind_sandbox *sandbox, struct rind_namespaces *ret);

/*
 * What is on /proc in the sandbox: as the policy says, but for RIND_PROC_AUTO, which became
 * RIND_PROC_FRESH or RIND_PROC_NONE.  -ENODATA: the sandbox has no namespaces.
 */
int rind_sandbox_proc(const struct rind_sandbox *sandbox);

/*
 * After rind_wait(), take over to the host what the command has committed: see
 * rind_policy_set_git().  Without this call it is dropped with the sandbox.  It runs the git that
 * rind_spawn() has found in $PATH, in a directory that the command cannot write to, with no hook
 * and no configuration but the repository's own.  It takes up to five minutes, and ends with -EINTR
 * when interrupt_fd (-1 or 0: none) becomes readable.
 *
 * 0: all was published, or there was nothing.  Otherwise, with a message: 1, all but what nobody
 * expects to be, such as a change of the configuration; -ECANCELED, a part was left out; -EBUSY,
 * the command still runs, or a branch has changed meanwhile, so that what the command has committed
 * was kept under refs/rind/; -EPERM, it would bring a submodule; -EBADMSG, what the command has
 * left is damaged; -EFBIG, there is more than is taken over; -ETIMEDOUT; or another -errno of a
 * step that failed.
 */
int rind_sandbox_publish(struct rind_sandbox *sandbox, int interrupt_fd, struct rind_error *err);

/* Kills and reaps what still runs, removes what was made on the host. */
void rind_sandbox_free(struct rind_sandbox *sandbox);

#ifdef __cplusplus
}
#endif

#endif
