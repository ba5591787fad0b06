/*
 * From a message of the child to a sentence, in rind's words (failure.c) and in bubblewrap's
 * (bwrap_failure.c).  Rows are {stage, call, errno, …} and the sentence; what would depend on the
 * host
 * (which setting refuses a user namespace) is left out by the choice of the errno.
 */
#include "supervisor/failure.h"

#include "base/advice.h"
#include "plan/limits.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

/* clang-format off */
#include <setjmp.h>
#include <stdarg.h>
#include <cmocka.h>
/* clang-format on */

#define ARRAY_SIZE(array) (sizeof(array) / sizeof((array)[0]))

#define NO_OP UINT32_MAX
#define WRONG "what was built is not what was asked for"

enum { STAGE_COUNT = STAGE_EXEC + 1 };

/* One operation at most, of which a failure may be. */
struct row {
	enum stage stage;
	enum call call;
	int error; /* as in errno */
	const char *told;
	const struct plan_op *op; /* NULL: the plan has none */
	const char *detail;
};

static int describe(enum plan_face face, const struct row *row, struct rind_error *err)
{
	const char *directories[] = {"/work", NULL};
	const char *locks[] = {"/lock"};
	const struct rind_plan plan = {
		.face = face,
		.ops = (struct plan_op *)row->op,
		.op_count = row->op ? 1 : 0,
		.directories = directories,
		.directory_count = 1,
		.locks = locks,
		.lock_count = 1,
		.hostname = "here",
		.users = {.uid = 11, .gid = 12},
	};
	struct message message = {
		.type = MESSAGE_FAILED,
		.failed = {.stage = row->stage,
			.call = row->call,
			.error = -row->error,
			.op = row->op || row->stage == STAGE_LOCK ? 0 : NO_OP},
	};

	if (row->detail)
		snprintf(message.failed.detail, sizeof(message.failed.detail), "%s", row->detail);
	*err = (struct rind_error){.exit_status = -1};
	return failure_describe(&plan, "command", &message, err);
}

static void expect(enum plan_face face, const struct row *row)
{
	struct rind_error err;

	assert_int_equal(describe(face, row, &err), -row->error);
	assert_int_equal(err.code, -row->error);
	assert_string_equal(err.message, row->told);
	assert_true(err.exit_status > 0);
}

/* Every stage is in a table; one that is not is added to it. */
static void expect_every_stage(const struct row *rows, size_t count)
{
	bool seen[STAGE_COUNT] = {false};

	for (size_t i = 0; i < count; i++)
		seen[rows[i].stage] = true;
	for (int stage = 0; stage < STAGE_COUNT; stage++) {
		if (!seen[stage])
			print_error("stage %d has no row\n", stage);
		assert_true(seen[stage]);
	}
}

/* --- operations ------------------------------------------------------------------------------- */

/* One of each type. */
static const struct plan_op ops[] = {
#define X(NAME, name)                   \
	[PLAN_##NAME] = {               \
		.type = PLAN_##NAME,    \
		.path = "/no/path",     \
		.rule = "--rule",       \
		.source = "/no/source", \
		.perms = 0750,          \
	},
	PLAN_OPERATIONS(X)
#undef X
};

#define AS(kind) .op = &ops[PLAN_##kind]

/*
 * "cannot VERB PATH", and what bubblewrap says of the operation itself; NULL: it has no such one.
 */
static const struct {
	const char *verb, *bwrap;
} operations[PLAN_OP_COUNT] = {
	[PLAN_TREE] = {"make the tree read-only at", NULL},
	[PLAN_PROGRAM] = {"put rind in the place of", NULL},
	[PLAN_WRITABLE] = {"make writable", NULL},
	[PLAN_SCRATCH] = {"make a scratch of", NULL},
	[PLAN_READABLE] = {"make readable", NULL},
	[PLAN_DEVICE] = {"give the command the device", NULL},
	[PLAN_PIN] = {"pin", NULL},
	[PLAN_PROTECT] = {"protect", NULL},
	[PLAN_HIDE] = {"hide", NULL},
	[PLAN_BIND] = {"bind on",
		"Can't bind mount /oldroot/no/source on /newroot/no/path: Unable to mount source "
		"on destination: Bad address"},
	[PLAN_OVERLAY] = {"mount an overlay on",
		"Can't make overlay mount on /newroot/no/path with options /no/source: Bad "
		"address"},
	[PLAN_MQUEUE] = {"mount", "Can't mount mqueue on /newroot/no/path: Bad address"},
	[PLAN_DIRECTORY] = {"make the directory", "Can't create file at /no/path: Bad address"},
	[PLAN_FILE] = {"make the file", "Can't create file at /no/path: Bad address"},
	[PLAN_DATA] = {"bind data on",
		"Can't bind mount /oldroot/no/source on /newroot/no/path: Unable to mount source "
		"on destination: Bad address"},
	[PLAN_SYMLINK] = {"make the symlink", "Can't make symlink at /no/path: Bad address"},
	[PLAN_CHMOD] = {"change the mode of", "Can't chmod 0750 /no/path: Bad address"},
	[PLAN_REMOUNT] = {"make read-only",
		"Can't remount readonly on /newroot/no/path: realpath(destination): Bad address"},
	[PLAN_DEV] = {"make a minimal", "Can't mount tmpfs on /newroot/no/path: Bad address"},
	[PLAN_PROC] = {"mount", "Can't mount proc on /newroot/no/path: Bad address"},
	[PLAN_TMPFS] = {"mount a tmpfs on", "Can't mount tmpfs on /newroot/no/path: Bad address"},
};

static void test_each_operation(void **state)
{
	(void)state;
	for (int type = 0; type < PLAN_OP_COUNT; type++) {
		/* The host's own are told of with a hint: their paths are not the caller's. */
		bool host = type == PLAN_TREE || type == PLAN_DEV || type == PLAN_PROC;
		char text[256];
		struct row row = {STAGE_ENTRY, CALL_MOUNT, EFAULT, text, &ops[type], NULL};

		assert_non_null(operations[type].verb);
		snprintf(text, sizeof(text), "cannot %s /no/path (--rule): mount: Bad address%s",
			operations[type].verb, host ? "; see 'rind doctor'" : "");
		expect(PLAN_FACE_RUN, &row);
		row.stage = STAGE_CHECK;
		snprintf(text, sizeof(text),
			"check failed: cannot %s /no/path (--rule): mount: Bad address%s",
			operations[type].verb, host ? "; see 'rind doctor'" : "");
		expect(PLAN_FACE_RUN, &row);
		row.stage = STAGE_ENTRY;
		row.told = operations[type].bwrap;
		if (row.told)
			expect(PLAN_FACE_BWRAP, &row);
	}
}

/* --- rind's words ----------------------------------------------------------------------------- */

#define DOCTOR "; see 'rind doctor'"

static const struct row rows_of_run[] = {
	/* Each stage. */
	{STAGE_CLONE, CALL_CLONE, EIO,
		.told = "cannot create the sandbox: clone: Input/output error" DOCTOR},
	{STAGE_DESCRIPTORS, CALL_CLOSE_RANGE, EIO,
		.told = "cannot arrange descriptors: close_range: Input/output error" DOCTOR},
	{STAGE_RELEASE, CALL_NONE, EIO,
		.told = "cannot set up the sandbox: Input/output error" DOCTOR},
	{STAGE_IDENTITY, CALL_SETUID, EIO,
		.told = "cannot set up the sandbox: setuid: Input/output error" DOCTOR},
	{STAGE_NETWORK, CALL_SOCKET, EIO,
		.told = "cannot bring up the loopback of the sandbox: socket: "
			"Input/output error" DOCTOR},
	{STAGE_ID_MAPS, CALL_WRITE, EIO,
		.told = "cannot map the user's ids into a user namespace: write: "
			"Input/output error" DOCTOR},
	{STAGE_ID_MAPS, CALL_OPEN, EROFS,
		.told = "cannot map the user's ids into a user namespace: open: Read-only file "
			"system; "
			"/proc is mounted read-only: mount one that can be written to" DOCTOR},
	{STAGE_HOSTNAME, CALL_SETHOSTNAME, EPERM,
		.told = "cannot set the host name: sethostname: Operation not permitted" DOCTOR},
	{STAGE_TERMINALS, CALL_OPEN, EIO,
		.told = "cannot open the terminal for the command: open: Input/output error; rind "
			"is in the "
			"background, where the command must not read it: redirect its input, "
			"output and "
			"errors, as in </dev/null 2>&1 | cat"},
	{STAGE_ROOT, CALL_PIVOT_ROOT, EIO,
		.told = "cannot set up the sandbox: pivot_root: Input/output error" DOCTOR},
	{STAGE_SOURCE, CALL_OPEN, ENOENT,
		.told = "cannot make writable /no/path (--rule): open: No such file or directory",
		AS(WRITABLE)},
	{STAGE_ENTRY, CALL_MOUNT_SETATTR, ENOTRECOVERABLE,
		.told = "cannot protect /no/path (--rule): mount_setattr: " WRONG, AS(PROTECT)},
	{STAGE_PARENTS, CALL_MKDIR, EIO,
		.told = "cannot pin /no/path (--rule): mkdir: Input/output error", AS(PIN)},
	{STAGE_TARGET, CALL_NONE, EIO, .told = "cannot hide /no/path (--rule): Input/output error",
		AS(HIDE)},
	{STAGE_DATA, CALL_READ, EIO,
		.told = "cannot bind data on /no/path (--rule): read: Input/output error",
		AS(DATA)},
	{STAGE_RACE, CALL_OPEN_TREE, ESTALE,
		.told = "cannot bind on /no/path (--rule): open_tree: it is not what it was a "
			"moment ago; "
			"something changed there while the sandbox was starting: try again",
		AS(BIND)},
	{STAGE_DEVICE, CALL_OPEN, EIO,
		.told = "cannot make a minimal /no/path (--rule): open: Input/output error" DOCTOR,
		AS(DEV)},
	{STAGE_COVER, CALL_MOUNT, EIO,
		.told = "cannot mount /no/path (--rule): mount: Input/output error" DOCTOR,
		AS(PROC)},
	{STAGE_DISABLE_USER_NAMESPACES, CALL_OPEN, EIO,
		.told = "cannot set up the sandbox: open: Input/output error" DOCTOR},
	{STAGE_SECOND_USER_NAMESPACE, CALL_SETNS, EIO,
		.told = "cannot set up the sandbox: setns: Input/output error" DOCTOR},
	{STAGE_CHECK_USER_NAMESPACES, CALL_NONE, EIO,
		.told = "cannot set up the sandbox: Input/output error" DOCTOR},
	{STAGE_LANDLOCK, CALL_LANDLOCK, EIO,
		.told = "cannot restrict writing with Landlock: landlock: Input/output "
			"error" DOCTOR},
	{STAGE_KEYRING, CALL_KEYCTL, EIO,
		.told = "cannot join a new session keyring: keyctl: Input/output error" DOCTOR},
	{STAGE_PRIVILEGES, CALL_CAPSET, EPERM,
		.told = "cannot give up capabilities: capset: Operation not permitted" DOCTOR},
	{STAGE_BLOCK, CALL_READ, EIO,
		.told = "cannot set up the sandbox: read: Input/output error" DOCTOR},
	{STAGE_FILTER_DATA, CALL_READ, EIO,
		.told = "cannot set up the sandbox: read: Input/output error" DOCTOR},
	{STAGE_DIRECTORY, CALL_CHDIR, EACCES,
		.told = "cannot change to the working directory /work in the sandbox: Permission "
			"denied"},
	{STAGE_DIRECTORY, CALL_CHDIR, ENOMEM,
		.told = "cannot change to the working directory /work in the sandbox: Cannot "
			"allocate "
			"memory; free some memory, or raise the limit"},
	{STAGE_SESSION, CALL_SETSID, EIO,
		.told = "cannot start a new session: setsid: Input/output error" DOCTOR},
	{STAGE_LOCK, CALL_OPEN, EIO,
		.told = "cannot set up the sandbox: open: Input/output error" DOCTOR},
	{STAGE_COMMAND, CALL_CLONE, EAGAIN,
		.told = "cannot create the command's process: clone: Resource temporarily "
			"unavailable; the "
			"limit of processes is reached: raise it ('ulimit -u')"},
	{STAGE_LIMITS, CALL_PRLIMIT, EPERM,
		.told = "cannot limit the command's resources: prlimit: Operation not "
			"permitted" DOCTOR},
	{STAGE_FILTER, CALL_SECCOMP, EIO,
		.told = "cannot load the seccomp filter: seccomp: Input/output error" DOCTOR},

	/* The end of a sentence, by errno. */
	{STAGE_DESCRIPTORS, CALL_FCNTL, EMFILE,
		.told = "cannot arrange descriptors: fcntl: Too many open files; raise the limit "
			"of open files "
			"('ulimit -n')"},
	{STAGE_DESCRIPTORS, CALL_FCNTL, ENFILE,
		.told = "cannot arrange descriptors: fcntl: Too many open files in system; raise "
			"the limit of "
			"open files ('ulimit -n')"},
	{STAGE_FILTER, CALL_SECCOMP, ENOSYS,
		.told = "cannot load the seccomp filter: seccomp: Function not implemented; this "
			"kernel, or a "
			"filter around rind, lacks it, and it cannot be done without" DOCTOR},
	{STAGE_HOSTNAME, CALL_SETHOSTNAME, ENOTRECOVERABLE,
		.told = "cannot set the host name: sethostname: " WRONG DOCTOR},
	{STAGE_DESCRIPTORS, CALL_OPEN_SELF, ENOENT,
		.told = "cannot arrange descriptors: open /proc/self: No such file or directory; "
			"on a kernel "
			"without statx, close_range or the newer mount calls rind needs a /proc: "
			"mount -t "
			"proc proc /proc" DOCTOR},

	/* And of one about an operation. */
	{STAGE_ENTRY, CALL_MOUNT, ENOSPC,
		.told = "cannot mount a tmpfs on /no/path (--rule): mount: No space left on "
			"device; the disk is "
			"full, or there are more mounts than fs.mount-max allows",
		AS(TMPFS)},
	{STAGE_ENTRY, CALL_MOUNT, EBUSY,
		.told = "cannot hide /no/path (--rule): mount: Device or resource busy; another "
			"process holds "
			"it: try again",
		AS(HIDE)},
	{STAGE_ENTRY, CALL_FSOPEN, ENOSYS,
		.told = "cannot mount a tmpfs on /no/path (--rule): fsopen: Function not "
			"implemented; this "
			"kernel, or a filter around rind, lacks it, and it cannot be done "
			"without" DOCTOR,
		AS(TMPFS)},
	{STAGE_ENTRY, CALL_FSMOUNT, EPERM,
		.told = "cannot mount /no/path (--rule): fsmount: Operation not permitted; the "
			"host's /proc is "
			"partly masked, so the kernel refuses a new one: use --proc auto or "
			"--proc host" DOCTOR,
		AS(PROC)},
	{STAGE_ENTRY, CALL_MOUNT, EACCES,
		.told = "cannot mount /no/path (--rule): mount: Permission denied; the host's "
			"/proc is partly "
			"masked, so the kernel refuses a new one: use --proc auto or --proc "
			"host" DOCTOR,
		AS(PROC)},
	{STAGE_ENTRY, CALL_MOUNT, EPERM,
		.told = "cannot make a minimal /no/path (--rule): mount: Operation not permitted; "
			"a sandbox "
			"around this one denies mounting: start that one with --nested" DOCTOR,
		AS(DEV)},
	{STAGE_ENTRY, CALL_OPEN, EPERM,
		.told = "cannot make a minimal /no/path (--rule): open: Operation not "
			"permitted" DOCTOR,
		AS(DEV)},
	{STAGE_ENTRY, CALL_MOUNT_SETATTR, EINVAL,
		.told = "cannot make the tree read-only at /no/path (--rule): mount_setattr: "
			"Invalid argument; "
			"/ is not a mount here (a chroot?)" DOCTOR,
		AS(TREE)},
	{STAGE_ENTRY, CALL_PLACEHOLDER, EACCES,
		.told = "cannot protect /no/path (--rule): placeholder: Permission denied; the "
			"directory is "
			"yours but not writable: make it writable, or leave the protected name out",
		AS(PROTECT)},
	{STAGE_ENTRY, CALL_PLACEHOLDER, EPERM,
		.told = "cannot protect /no/path (--rule): placeholder: Operation not permitted; "
			"the directory "
			"is yours but not writable: make it writable, or leave the protected name "
			"out",
		AS(PROTECT)},
	{STAGE_ENTRY, CALL_PLACEHOLDER, EOPNOTSUPP,
		.told = "cannot protect /no/path (--rule): placeholder: Operation not supported; "
			"the file system "
			"there cannot carry the mask of a missing path, which takes a new "
			"directory with a sticky bit "
			"and locks: leave the protected name out (--no-default-protect), or use "
			"another directory",
		AS(PROTECT)},
	{STAGE_ENTRY, CALL_OPEN, EOPNOTSUPP,
		.told = "cannot protect /no/path (--rule): open: Operation not supported",
		AS(PROTECT)},

	/* The check of what was built. */
	{STAGE_CHECK, CALL_MOUNT, EXDEV,
		.told = "check failed: what is mounted on /covered is covered by another mount "
			"and cannot be "
			"made read-only by this kernel, and the command could uncover it: unmount "
			"it, or run "
			"Linux 5.12 or later",
		.detail = "/covered"},
	{STAGE_CHECK, CALL_MOUNT, ENOTRECOVERABLE, .told = "check failed: /extra: " WRONG, AS(HIDE),
		.detail = "/extra"},
	{STAGE_CHECK, CALL_MOUNT, ENOTRECOVERABLE,
		.told = "check failed: cannot hide /no/path (--rule): mount: " WRONG, AS(HIDE)},
	{STAGE_CHECK, CALL_MOUNT, EIO,
		.told = "cannot set up the sandbox: mount: Input/output error"},
	{STAGE_ENTRY, CALL_MOUNT, EIO,
		.told = "cannot set up the sandbox: mount: Input/output error" DOCTOR},

	{STAGE_EXEC, CALL_EXECVE, ENOENT,
		.told = "command: command not found in the sandbox; give its path, or check "
			"$PATH, hidden paths "
			"and, for a script, the interpreter on its first line"},
	{STAGE_EXEC, CALL_EXECVE, EACCES,
		.told = "command: cannot be executed: Permission denied; is it a file with the x "
			"bit, on a mount "
			"without noexec?"},
	{STAGE_EXEC, CALL_EXECVE, ENOEXEC,
		.told = "command: cannot be executed: Exec format error"},

	/* Of a stream; the operation's number is a descriptor, which is not open here. */
	{STAGE_STREAMS, CALL_OPEN, EROFS,
		.told = "descriptor -1 is open on a file, which the sandbox can neither open anew "
			"on a read-only "
			"mount nor leave as it is, as the command could change it: open: "
			"Read-only file system; "
			"give it a pipe instead: cat FILE | rind"},
};

static void test_run(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows_of_run); i++)
		expect(PLAN_FACE_RUN, &rows_of_run[i]);
	expect_every_stage(rows_of_run, ARRAY_SIZE(rows_of_run));
}

static void test_exit_statuses(void **state)
{
	static const struct {
		enum stage stage;
		int error, status;
	} statuses[] = {
		{STAGE_EXEC, ENOENT, RIND_EXIT_NOT_FOUND},
		{STAGE_EXEC, ENOTDIR, RIND_EXIT_NOT_FOUND},
		{STAGE_EXEC, EACCES, RIND_EXIT_CANNOT_EXECUTE},
		{STAGE_EXEC, ENOEXEC, RIND_EXIT_CANNOT_EXECUTE},
		{STAGE_DIRECTORY, ENOENT, RIND_EXIT_FAILURE},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(statuses); i++) {
		const struct row row = {
			statuses[i].stage, CALL_NONE, statuses[i].error, NULL, NULL, NULL};
		struct rind_error err;

		assert_int_equal(describe(PLAN_FACE_RUN, &row, &err), -row.error);
		assert_int_equal(err.exit_status, statuses[i].status);
	}
}

static void test_stream_has_a_name(void **state)
{
	int fd = open("/dev/null", O_RDONLY | O_CLOEXEC);
	const struct rind_plan plan = {.face = PLAN_FACE_RUN};
	const struct message message = {
		.failed = {STAGE_STREAMS, CALL_NONE, -EPERM, (uint32_t)fd, ""}};
	struct rind_error err;
	char expected[512];

	(void)state;
	assert_true(fd >= 0);
	assert_int_equal(failure_describe(&plan, "command", &message, &err), -EPERM);
	close(fd);
	snprintf(expected, sizeof(expected),
		"descriptor %d is open on /dev/null, which the sandbox can neither open anew on a "
		"read-only mount nor leave as it is, as the command could change it: Operation not "
		"permitted; give it a pipe instead: cat FILE | rind",
		fd);
	assert_string_equal(err.message, expected);
}

/* What to do about it depends on the service manager of the host. */
static void test_limit_of_root(void **state)
{
	const struct row row = {STAGE_LIMITS, CALL_CLONE, EPERM, NULL, NULL, NULL};
	struct rind_error err, expected;
	char advice[256];

	(void)state;
	advice_start_in_cgroup(advice, sizeof(advice));
	assert_int_equal(limits_refuse_pids(advice, &expected), -EPERM);
	assert_int_equal(describe(PLAN_FACE_RUN, &row, &err), -EPERM);
	assert_string_equal(err.message, expected.message);
}

/* No sandbox could be cloned.  With ENOMEM no namespace is to blame, on any host. */
static void test_clone(void **state)
{
	static const struct {
		enum plan_face face;
		unsigned int namespaces;
		const char *expected;
	} clones[] = {
		{PLAN_FACE_RUN, 0, "cannot create a process: clone3: Cannot allocate memory"},
		{PLAN_FACE_RUN, PLAN_NS_MOUNT,
			"cannot create the namespaces: Cannot allocate memory; free some memory, "
			"or "
			"raise the limit"},
		{PLAN_FACE_BWRAP, PLAN_NS_MOUNT,
			"Creating new namespace failed: Cannot allocate memory"},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(clones); i++) {
		const struct rind_plan plan = {
			.face = clones[i].face, .namespaces = clones[i].namespaces};
		struct rind_error err;

		assert_int_equal(failure_describe_clone(&plan, -ENOMEM, &err), -ENOMEM);
		assert_string_equal(err.message, clones[i].expected);
	}
}

/* bubblewrap's own sentences, which a reason of this host follows. */
static void test_clone_of_bwrap(void **state)
{
	static const struct {
		unsigned int namespaces;
		int error;
		const char *begins;
	} clones[] = {
		{PLAN_NS_USER | PLAN_NS_MOUNT, EPERM, "No permissions to create a new namespace"},
		{PLAN_NS_MOUNT, EPERM, "Creating new namespace failed: Operation not permitted"},
		{PLAN_NS_MOUNT, ENOSPC,
			"Creating new namespace failed: nesting depth or "
			"/proc/sys/user/max_*_namespaces exceeded (ENOSPC)"},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(clones); i++) {
		const struct rind_plan plan = {
			.face = PLAN_FACE_BWRAP, .namespaces = clones[i].namespaces};
		struct rind_error err;

		assert_int_equal(
			failure_describe_clone(&plan, -clones[i].error, &err), -clones[i].error);
		size_t length = strlen(clones[i].begins);
		assert_memory_equal(err.message, clones[i].begins, length);
		assert_true(!err.message[length] || !strncmp(err.message + length, ": ", 2));
	}
}

/* --- bubblewrap's words ----------------------------------------------------------------------- */

#define BIND_TO    "Can't bind mount /oldroot/no/source on /newroot/no/path: "
#define REMOUNT_OF "Can't remount readonly on /newroot/no/path: "
#define MOUNTMAX                                                                            \
	"Limit exceeded (ENOSPC). (Hint: Check that /proc/sys/fs/mount-max is sufficient, " \
	"typically 100000)"

static const struct row rows_of_bwrap[] = {
	/* Sources. */
	{STAGE_SOURCE, CALL_OPEN, ENOENT,
		.told = "Can't find source path /no/source: No such file or directory", AS(BIND)},
	{STAGE_SOURCE, CALL_OPEN, EACCES,
		.told = "Can't find source path /no/source: Permission denied", AS(BIND)},
	{STAGE_SOURCE, CALL_OPEN, ENOTDIR,
		.told = "Can't find source path /no/source: Not a directory", AS(BIND)},
	{STAGE_SOURCE, CALL_OPEN, ELOOP,
		.told = "Can't find source path /no/source: Too many levels of symbolic links",
		AS(BIND)},
	{STAGE_SOURCE, CALL_OPEN, ENAMETOOLONG,
		.told = "Can't find source path /no/source: File name too long", AS(BIND)},
	{STAGE_SOURCE, CALL_OPEN_TREE, EINVAL,
		.told = BIND_TO "Unable to mount source on destination: Invalid argument",
		AS(BIND)},

	/* Binds and mounts. */
	{STAGE_ENTRY, CALL_MOUNT_SETATTR, EPERM,
		.told = BIND_TO
		"Unable to apply mount flags: remount \"/newroot/no/path\": Operation not "
		"permitted",
		AS(BIND)},
	{STAGE_ENTRY, CALL_REMOUNT, EPERM,
		.told = BIND_TO
		"Unable to apply mount flags: remount \"/newroot/no/path\": Operation not "
		"permitted",
		AS(DATA)},
	{STAGE_ENTRY, CALL_MOVE_MOUNT, ENOSPC,
		.told = BIND_TO "Unable to mount source on destination: " MOUNTMAX, AS(BIND)},
	{STAGE_ENTRY, CALL_MOUNT, ENOTRECOVERABLE,
		.told = BIND_TO "Unable to mount source on destination: " WRONG, AS(BIND)},
	{STAGE_ENTRY, CALL_MOUNT, ELOOP,
		.told = "Can't make overlay mount on /newroot/no/path with options /no/source: "
			"Overlay "
			"directories may not overlap",
		AS(OVERLAY)},
	{STAGE_ENTRY, CALL_MOUNT, ENOSPC,
		.told = "Can't mount tmpfs on /newroot/no/path: " MOUNTMAX, AS(TMPFS)},
	{STAGE_ENTRY, CALL_MOUNT, EPERM,
		.told = "Can't mount proc on /newroot/no/path: Operation not permitted", AS(PROC)},
	{STAGE_ENTRY, CALL_OPEN, ENOENT,
		.told = REMOUNT_OF "realpath(destination): No such file or directory", AS(REMOUNT)},
	{STAGE_ENTRY, CALL_MOUNT_SETATTR, EINVAL,
		.told = REMOUNT_OF "Unable to find \"/newroot/no/path\" in mount table",
		AS(REMOUNT)},
	{STAGE_ENTRY, CALL_REMOUNT, EPERM,
		.told = REMOUNT_OF
		"Unable to apply mount flags: remount \"/newroot/no/path\": Operation not "
		"permitted",
		AS(REMOUNT)},

	/* Symlinks. */
	{STAGE_ENTRY, CALL_SYMLINK, EEXIST,
		.told = "Can't make symlink at /no/path: existing destination is there",
		AS(SYMLINK), .detail = "there"},
	{STAGE_ENTRY, CALL_READLINK, EINVAL,
		.told = "Can't make symlink at /no/path: destination exists and is not a symlink",
		AS(SYMLINK)},
	{STAGE_ENTRY, CALL_READLINK, EIO,
		.told = "Can't make symlink at /no/path: destination exists, and cannot read "
			"symlink target: "
			"Input/output error",
		AS(SYMLINK)},

	/* What is mounted on. */
	{STAGE_PARENTS, CALL_MKDIR, EROFS,
		.told = "Can't mkdir parents for /no/path: Read-only file system", AS(BIND)},
	{STAGE_TARGET, CALL_MKDIR, EROFS, .told = "Can't mkdir /no/path: Read-only file system",
		AS(BIND)},
	{STAGE_TARGET, CALL_OPEN, ENOTDIR, .told = "Can't mkdir /no/path: Not a directory",
		AS(BIND)},
	{STAGE_TARGET, CALL_OPEN, EROFS,
		.told = "Can't create file at /no/path: Read-only file system", AS(BIND)},
	{STAGE_TARGET, CALL_OPEN, EROFS,
		.told = "Can't create file at /no/path: Read-only file system", AS(DATA)},
	{STAGE_TARGET, CALL_OPEN, EROFS,
		.told = "Can't create file /no/path: Read-only file system", AS(FILE)},
	{STAGE_TARGET, CALL_MKDIR, EROFS, .told = "Can't mkdir /no/path: Read-only file system",
		AS(DIRECTORY)},

	/* Data. */
	{STAGE_DATA, CALL_READ, EIO,
		.told = "Can't write data to file /no/path: Input/output error", AS(FILE)},
	{STAGE_DATA, CALL_WRITE, ENOSPC,
		.told = "Can't write data to file /no/path: No space left on device", AS(DATA)},
	{STAGE_DATA, CALL_OPEN, EIO,
		.told = "Can't create tmpfile for /no/path: Input/output error", AS(DATA)},
	{STAGE_RACE, CALL_FSTAT, ESTALE, .told = "Race condition binding dirfd: /no/source",
		AS(BIND)},

	/* A new /dev, entry by entry. */
	{STAGE_DEVICE, CALL_OPEN, EIO,
		.told = "Can't create file /no/path/null: Input/output error", AS(DEV),
		.detail = "null"},
	{STAGE_DEVICE, CALL_SYMLINK, EIO,
		.told = "Can't create symlink /no/path/fd: Input/output error", AS(DEV),
		.detail = "fd"},
	{STAGE_DEVICE, CALL_MKDIR, EIO, .told = "Can't create /no/path/shm: Input/output error",
		AS(DEV), .detail = "shm"},
	{STAGE_DEVICE, CALL_FSMOUNT, EINVAL,
		.told = "Can't mount devpts on /newroot/no/path/pts: Invalid argument", AS(DEV),
		.detail = "pts"},
	{STAGE_DEVICE, CALL_FSOPEN, EIO,
		.told = "Can't mount devpts on /newroot/no/path/pts: Input/output error", AS(DEV),
		.detail = "pts"},
	{STAGE_DEVICE, CALL_FSCONFIG, EIO,
		.told = "Can't mount devpts on /newroot/no/path/pts: Input/output error", AS(DEV),
		.detail = "pts"},
	{STAGE_DEVICE, CALL_MOUNT, EIO,
		.told = "Can't mount devpts on /newroot/no/path/pts: Input/output error", AS(DEV),
		.detail = "pts"},
	{STAGE_DEVICE, CALL_MOUNT, EIO,
		.told = "Can't bind mount /oldroot/dev/null on /newroot/no/path: Unable to mount "
			"source on "
			"destination: Input/output error",
		AS(DEV), .detail = "/dev/null"},
	{STAGE_COVER, CALL_MOUNT, EIO,
		.told = "Can't cover parts of /no/path: mount: Input/output error", AS(PROC)},

	/* The check. */
	{STAGE_CHECK, CALL_MOUNT, ENOTRECOVERABLE, .told = "check failed: /extra: " WRONG, AS(BIND),
		.detail = "/extra"},
	{STAGE_CHECK, CALL_MOUNT, EIO, .told = "mount: Input/output error", AS(BIND)},
	{STAGE_CHECK_USER_NAMESPACES, CALL_NONE, EIO,
		.told = "creation of new user namespaces was not disabled as requested"},

	/* The process. */
	{STAGE_CLONE, CALL_CLONE, EIO, .told = "clone: Input/output error"},
	{STAGE_DESCRIPTORS, CALL_FCNTL, EIO, .told = "fcntl: Input/output error"},
	{STAGE_STREAMS, CALL_OPEN, EIO, .told = "open: Input/output error"},
	{STAGE_TERMINALS, CALL_OPEN, EIO, .told = "open: Input/output error"},
	{STAGE_LANDLOCK, CALL_LANDLOCK, EIO, .told = "landlock: Input/output error"},
	{STAGE_KEYRING, CALL_KEYCTL, EIO, .told = "keyctl: Input/output error"},
	{STAGE_LIMITS, CALL_PRLIMIT, EIO, .told = "prlimit: Input/output error"},
	{STAGE_RELEASE, CALL_READ, EIO,
		.told = "Can't wait for the supervisor: Input/output error"},
	{STAGE_ID_MAPS, CALL_WRITE, EIO, .told = "setting up uid map: Input/output error"},
	{STAGE_NETWORK, CALL_SOCKET, EIO,
		.told = "loopback: Failed to create NETLINK_ROUTE socket: Input/output error"},
	{STAGE_NETWORK, CALL_WRITE, EIO,
		.told = "loopback: Failed RTM_NEWADDR: Input/output error"},
	{STAGE_ROOT, CALL_MOUNT, EIO, .told = "Failed to make / slave: Input/output error"},
	{STAGE_ROOT, CALL_PIVOT_ROOT, EIO, .told = "pivot_root: Input/output error"},
	{STAGE_ROOT, CALL_UMOUNT, EIO, .told = "unmount old root: Input/output error"},
	{STAGE_ROOT, CALL_OPEN, EIO, .told = "Can't open /proc: Input/output error"},
	{STAGE_ROOT, CALL_PRLIMIT, EIO,
		.told = "Can't raise the limit of open files: Input/output error"},
	{STAGE_ROOT, CALL_FSOPEN, EIO, .told = "Failed to mount tmpfs: Input/output error"},
	{STAGE_SECOND_USER_NAMESPACE, CALL_SETNS, EIO,
		.told = "Setting userns2 failed: Input/output error"},
	{STAGE_SECOND_USER_NAMESPACE, CALL_UNSHARE, EIO,
		.told = "unshare user ns: Input/output error"},
	{STAGE_SECOND_USER_NAMESPACE, CALL_WRITE, EIO,
		.told = "setting up uid map: Input/output error"},
	{STAGE_DISABLE_USER_NAMESPACES, CALL_OPEN, EIO,
		.told = "cannot open /proc/sys/user/max_user_namespaces: Input/output error"},
	{STAGE_DISABLE_USER_NAMESPACES, CALL_WRITE, EIO,
		.told = "sysctl user.max_user_namespaces = 1: Input/output error"},
	{STAGE_PRIVILEGES, CALL_CAPSET, EPERM, .told = "capset failed: Operation not permitted"},
	{STAGE_PRIVILEGES, CALL_PRCTL, EPERM, .told = "prctl: Operation not permitted"},
	{STAGE_BLOCK, CALL_READ, EIO, .told = "Can't wait for the block fd: Input/output error"},
	{STAGE_FILTER_DATA, CALL_READ, EBADF,
		.told = "Can't read seccomp data: Bad file descriptor"},
	{STAGE_FILTER_DATA, CALL_NONE, EINVAL,
		.told = "Invalid seccomp data, must be multiple of 8"},
	{STAGE_FILTER, CALL_SECCOMP, EINVAL,
		.told = "Unable to set up system call filtering as requested: "
			"prctl(PR_SET_SECCOMP) reported "
			"EINVAL. (Hint: this requires a kernel configured with CONFIG_SECCOMP and "
			"CONFIG_SECCOMP_FILTER.)"},
	{STAGE_FILTER, CALL_SECCOMP, EPERM,
		.told = "prctl(PR_SET_SECCOMP): Operation not permitted"},
	{STAGE_SESSION, CALL_SETSID, EPERM, .told = "setsid: Operation not permitted"},
	{STAGE_COMMAND, CALL_PRCTL, EIO, .told = "prctl: Input/output error"},
	{STAGE_COMMAND, CALL_CLONE, EIO, .told = "Can't fork for pid 1: Input/output error"},
	{STAGE_HOSTNAME, CALL_SETHOSTNAME, EPERM,
		.told = "Can't set hostname to here: Operation not permitted"},
	{STAGE_IDENTITY, CALL_SETGID, EINVAL,
		.told = "unable to switch to gid 12: Invalid argument"},
	{STAGE_IDENTITY, CALL_SETUID, EINVAL,
		.told = "unable to switch to uid 11: Invalid argument"},
	{STAGE_DIRECTORY, CALL_CHDIR, ENOENT,
		.told = "Can't chdir to /work: No such file or directory"},
	{STAGE_LOCK, CALL_OPEN, ENOENT,
		.told = "Unable to open lock file /lock: No such file or directory"},
	{STAGE_LOCK, CALL_FCNTL, EAGAIN,
		.told = "Unable to lock file /lock: Resource temporarily unavailable"},
	{STAGE_EXEC, CALL_EXECVE, ENOENT, .told = "execvp command: No such file or directory"},
	/* A stage of an operation without one: it cannot be named. */
	{STAGE_ENTRY, CALL_MOUNT, EIO, .told = "mount: Input/output error"},
};

static void test_bwrap(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows_of_bwrap); i++)
		expect(PLAN_FACE_BWRAP, &rows_of_bwrap[i]);
	expect_every_stage(rows_of_bwrap, ARRAY_SIZE(rows_of_bwrap));
}

/* --argv0: what is executed has another name than the command's own. */
static void test_bwrap_executable(void **state)
{
	const struct rind_plan plan = {.face = PLAN_FACE_BWRAP, .executable = "/bin/file"};
	const struct message message = {.failed = {STAGE_EXEC, CALL_EXECVE, -EACCES, NO_OP, ""}};
	struct rind_error err;

	(void)state;
	assert_int_equal(failure_describe(&plan, "argv0", &message, &err), -EACCES);
	assert_string_equal(err.message, "execvp /bin/file: Permission denied");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_each_operation),
		cmocka_unit_test(test_run),
		cmocka_unit_test(test_exit_statuses),
		cmocka_unit_test(test_stream_has_a_name),
		cmocka_unit_test(test_limit_of_root),
		cmocka_unit_test(test_clone),
		cmocka_unit_test(test_clone_of_bwrap),
		cmocka_unit_test(test_bwrap),
		cmocka_unit_test(test_bwrap_executable),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
