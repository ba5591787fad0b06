/* Turns a failure report of init into a sentence; see failure.h.  Supervisor only. */
#include "supervisor/failure.h"

#include "base/advice.h"
#include "base/fd.h"
#include "base/sys.h"
#include "mount/mount_table.h"
#include "ops/operation.h"
#include "supervisor/blame.h"
#include "supervisor/bwrap_failure.h"

#include <limits.h>
#include <stdio.h>
#include <string.h>

static const char *const call_names[] = {
#define X(name, text) [name] = text,
	PROTOCOL_CALLS(X)
#undef X
};

/* --- the host --------------------------------------------------------------------------------- */

/* If it was the host that refused, end the sentence with a hint to 'rind doctor'. */
static const char *doctor_hint(enum stage stage, const struct plan_op *op, int error)
{
	bool by_host = stage != STAGE_DIRECTORY && stage != STAGE_STREAMS && stage != STAGE_CHECK &&
		       stage != STAGE_TERMINALS;

	if (error == -EMFILE || error == -ENFILE || error == -ENOMEM || error == -EAGAIN ||
		error == -ESTALE || error == -EBUSY)
		return "";
	/* The paths of other operations are the caller's choice. */
	if (op && error != -ENOSYS)
		by_host = op->type == PLAN_TREE || op->type == PLAN_DEV || op->type == PLAN_PROC;
	return by_host ? "; see 'rind doctor'" : "";
}

/* What to do about an errno, as the end of a sentence, for any step; "" if unknown. */
static const char *failure_remedy(int error)
{
	switch (-error) {
	case EMFILE:
	case ENFILE:
		return "; raise the limit of open files ('ulimit -n')";
	case ENOSYS:
		return "; this kernel, or a filter around rind, lacks it, and it cannot be done "
		       "without";
	case ENOSPC:
		return "; the disk is full, or there are more mounts than fs.mount-max allows";
	case ESTALE:
		return "; something changed there while the sandbox was starting: try again";
	case EAGAIN:
		return "; the limit of processes is reached: raise it ('ulimit -u')";
	case EBUSY:
		return "; another process holds it: try again";
	case ENOMEM:
		return "; free some memory, or raise the limit";
	default:
		return "";
	}
}

int failure_describe_clone(const struct rind_plan *plan, int error, struct rind_error *err)
{
	if (plan->face == PLAN_FACE_BWRAP)
		return bwrap_failure_describe_clone(plan, error, err);
	if (!plan->namespaces)
		return rind_error_set(
			err, error, "cannot create a process: clone3: %s", errno_text(-error));

	struct blame blame;
	blame_clone(plan->namespaces, error, &blame);
	bool known = *blame.reason;
	return rind_error_set(err, error, "cannot create %s: %s%s%s%s%s%s%s", blame.thing,
		errno_text(-error), known ? " (" : "", blame.reason, known ? ")" : "",
		*blame.remedy ? "; remedy: " : failure_remedy(error), blame.remedy,
		doctor_hint(STAGE_CLONE, NULL, error));
}

/* --- stages ----------------------------------------------------------------------------------- */

int failure_of_call(const char *call, int error, struct rind_error *err)
{
	return rind_error_set(err, error, "cannot start: %s: %s%s", call, errno_text(-error),
		failure_remedy(error));
}

static const char *reason_text(int error)
{
	if (error == -ENOTRECOVERABLE)
		return "what was built is not what was asked for";
	if (error == -ESTALE)
		return "it is not what it was a moment ago";
	return errno_text(-error);
}

/*
 * Is the path on an autofs?  Ask the mount table only: a lookup could trigger a mount, and wait
 * for it.
 */
static bool is_on_autofs(const char *path)
{
	_cleanup_mount_table_ struct mount_table table = {0};
	_cleanup_close_ int self = sys_openat(AT_FDCWD, "/proc/self", O_PATH | O_DIRECTORY, 0);
	const struct mount_entry *deepest = NULL;

	if (self < 0 || mount_table_read(self, &table) < 0)
		return false;
	for (size_t i = 0; i < table.count; i++) {
		const struct mount_entry *entry = &table.entries[i];
		if (mount_table_below(path, entry->path) &&
			(!deepest || strlen(entry->path) >= strlen(deepest->path)))
			deepest = entry;
	}
	return deepest && !strcmp(deepest->type, "autofs");
}

/*
 * Has the directory in which the path would be made an attribute that forbids it (chattr +i, +a)?
 */
static bool is_immutable(const char *path)
{
	const uint64_t fixed = SYS_STATX_ATTR_IMMUTABLE | SYS_STATX_ATTR_APPEND;
	char parent[PATH_MAX];
	struct sys_statx stat = {0};

	if (snprintf(parent, sizeof(parent), "%s", path) >= PATH_MAX)
		return false;
	for (char *slash; (slash = strrchr(parent, '/')) && slash > parent;) {
		*slash = '\0';
		long error = sys_result(syscall(
			SYS_statx, AT_FDCWD, parent, AT_NO_AUTOMOUNT, SYS_STATX_TYPE, &stat));
		if (error != -ENOENT)
			break;
	}
	return stat.attributes & fixed;
}

/* The placeholder for a missing path could not be made. */
static const char *placeholder_remedy(const char *path)
{
	if (is_on_autofs(path))
		return "; this is an autofs, in which nothing but its daemon makes names: name a "
		       "directory in it that is mounted, as the working directory or with "
		       "--writable, or leave the protected name out: --no-default-protect";
	if (is_immutable(path))
		return "; the directory is immutable or append-only: chattr -i -a it as root, or "
		       "leave the protected name out: --no-default-protect";
	return "; the directory is yours but not writable: make it writable, or leave the "
	       "protected name out";
}

/* What the user can do about the failure of one operation. */
static const char *operation_remedy(const struct plan_op *op, const struct message *failure)
{
	int error = failure->failed.error;

	if (op->type == PLAN_PROC && (error == -EPERM || error == -EACCES))
		return "; the host's /proc is partly masked, so the kernel refuses a new one: use "
		       "--proc auto or --proc host";
	if (failure->failed.call == CALL_PLACEHOLDER && (error == -EACCES || error == -EPERM))
		return placeholder_remedy(op->path);
	if (failure->failed.call == CALL_PLACEHOLDER && error == -EOPNOTSUPP)
		return "; the file system there cannot carry the mask of a missing path, which "
		       "takes a new directory with a sticky bit and locks: leave the protected "
		       "name out (--no-default-protect), or use another directory";
	if (op->type == PLAN_DEV && failure->failed.call == CALL_MOUNT && error == -EPERM)
		return "; a sandbox around this one denies mounting: start that one with --nested";
	if (op->type == PLAN_TREE && error == -EINVAL)
		return "; / is not a mount here (a chroot?)";
	return failure_remedy(error);
}

static int describe_operation(const struct rind_plan *plan, const struct message *failure,
	const char *prefix, struct rind_error *err)
{
	const struct plan_op *op = &plan->ops[failure->failed.op];
	const char *call = call_names[failure->failed.call];

	return rind_error_set(err, failure->failed.error, "%s%s %s (%s): %s%s%s%s%s", prefix,
		operation_of(op)->verb, op->path, op->rule, call, *call ? ": " : "",
		reason_text(failure->failed.error), operation_remedy(op, failure),
		doctor_hint(failure->failed.stage, op, failure->failed.error));
}

/* A security module may have left the user namespace without rights: name the setting. */
static void describe_setting(int error, char *ret, size_t size)
{
	struct blame blame = {0};

	if ((error == -EPERM || error == -EACCES) && blame_setting(&blame))
		snprintf(ret, size, " (%s); remedy: %s", blame.reason, blame.remedy);
}

static int describe_exec(const char *command, int error, struct rind_error *err)
{
	bool missing = error == -ENOENT || error == -ENOTDIR;
	int code;

	if (missing)
		code = rind_error_set(err, error,
			"%s: command not found in the sandbox; give its path, or check $PATH, "
			"hidden paths and, for a script, the interpreter on its first line",
			command);
	else
		code = rind_error_set(err, error, "%s: cannot be executed: %s%s", command,
			errno_text(-error),
			error == -EACCES
				? "; is it a file with the x bit, on a mount without noexec?"
				: "");
	if (err)
		err->exit_status = missing ? RIND_EXIT_NOT_FOUND : RIND_EXIT_CANNOT_EXECUTE;
	return code;
}

/* RLIMIT_NPROC does not bind the caller: it is the kernel's root under another id. */
static int describe_limit(struct rind_error *err)
{
	char advice[256];

	advice_start_in_cgroup(advice, sizeof(advice));
	return limits_refuse_pids(advice, err);
}

/* The descriptor has the same number in the supervisor: so read the path there. */
static int describe_stream(const struct message *failure, struct rind_error *err)
{
	char link[32], path[PATH_MAX] = "";
	int fd = (int)failure->failed.op, error = failure->failed.error;
	const char *call = call_names[failure->failed.call];

	snprintf(link, sizeof(link), "/proc/self/fd/%d", fd);
	(void)sys_readlinkat(AT_FDCWD, link, path, sizeof(path) - 1);
	return rind_error_set(err, error,
		"descriptor %d is open on %s, which the sandbox can neither open anew on a "
		"read-only mount nor leave as it is, as the command could change it: %s%s%s; give "
		"it a pipe instead: cat FILE | rind",
		fd, *path ? path : "a file", call, *call ? ": " : "", reason_text(error));
}

/* A check has failed: of a mount, or of what init has become. */
static int describe_check(
	const struct rind_plan *plan, const struct message *failure, struct rind_error *err)
{
	const char *detail = failure->failed.detail;
	int error = failure->failed.error;

	if (*detail && error == -EXDEV)
		return rind_error_set(err, error,
			"check failed: what is mounted on %s is covered by another mount and "
			"cannot be made read-only by this kernel, and the command could uncover "
			"it: unmount it, or run Linux 5.12 or later",
			detail);
	if (*detail && error == -ENOTRECOVERABLE)
		return rind_error_set(
			err, error, "check failed: %s: %s", detail, reason_text(error));
	if (failure->failed.op >= plan->op_count)
		return rind_error_set(
			err, error, "check failed: %s: %s", detail, reason_text(error));
	return describe_operation(plan, failure, "check failed: cannot ", err);
}

/* Why a stage failed, or what to do about it; "" if only the errno is known. */
static const char *stage_advice(const struct message *failure, char *buffer, size_t size)
{
	enum stage stage = failure->failed.stage;
	int error = failure->failed.error;

	if (failure->failed.call == CALL_OPEN_SELF)
		return "; on a kernel without statx, close_range or the newer mount calls rind "
		       "needs a /proc: mount -t proc proc /proc";
	if (stage == STAGE_TERMINALS)
		return "; rind is in the background, where the command must not read it: redirect "
		       "its input, output and errors, as in </dev/null 2>&1 | cat";
	if (stage == STAGE_ID_MAPS && error == -EROFS)
		return "; /proc is mounted read-only: mount one that can be written to";
	if (stage == STAGE_ID_MAPS || stage == STAGE_NETWORK)
		describe_setting(error, buffer, size);
	return buffer;
}

static int describe_stage(const struct message *failure, struct rind_error *err)
{
	static const char *const verbs[] = {
		[STAGE_CLONE] = "create the sandbox",
		[STAGE_DESCRIPTORS] = "arrange descriptors",
		[STAGE_ID_MAPS] = "map the user's ids into a user namespace",
		[STAGE_NETWORK] = "bring up the loopback of the sandbox",
		[STAGE_HOSTNAME] = "set the host name",
		[STAGE_TERMINALS] = "open the terminal for the command",
		[STAGE_KEYRING] = "join a new session keyring",
		[STAGE_PRIVILEGES] = "give up capabilities",
		[STAGE_SESSION] = "start a new session",
		[STAGE_COMMAND] = "create the command's process",
		[STAGE_LIMITS] = "limit the command's resources",
		[STAGE_LANDLOCK] = "restrict writing with Landlock",
		[STAGE_FILTER] = "load the seccomp filter",
	};
	enum stage stage = failure->failed.stage;
	int error = failure->failed.error;
	const char *verb = (size_t)stage < sizeof(verbs) / sizeof(*verbs) ? verbs[stage] : NULL;
	const char *call = call_names[failure->failed.call];
	char buffer[sizeof(struct blame) + 32] = "";
	const char *advice = stage_advice(failure, buffer, sizeof(buffer));

	return rind_error_set(err, error, "cannot %s: %s%s%s%s%s",
		verb ? verb : "set up the sandbox", call, *call ? ": " : "", reason_text(error),
		*advice ? advice : failure_remedy(error), doctor_hint(stage, NULL, error));
}

int failure_describe(const struct rind_plan *plan, const char *command,
	const struct message *failure, struct rind_error *err)
{
	enum stage stage = failure->failed.stage;
	int error = failure->failed.error;
	bool known_op = failure->failed.op < plan->op_count;

	if (plan->face == PLAN_FACE_BWRAP)
		return bwrap_failure_describe(plan, command, failure, err);
	if (stage == STAGE_EXEC)
		return describe_exec(command, error, err);
	if (stage == STAGE_STREAMS)
		return describe_stream(failure, err);
	if (stage == STAGE_LIMITS && failure->failed.call == CALL_CLONE && error == -EPERM)
		return describe_limit(err);
	if (stage_is_of_operation(stage) && known_op)
		return describe_operation(plan, failure, "cannot ", err);
	if (stage == STAGE_CHECK && (known_op || *failure->failed.detail))
		return describe_check(plan, failure, err);
	if (stage == STAGE_DIRECTORY)
		return rind_error_set(err, error,
			"cannot change to the working directory %s in the sandbox: %s%s",
			plan->directories[0], reason_text(error), failure_remedy(error));
	return describe_stage(failure, err);
}
