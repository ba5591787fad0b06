/*
 * bubblewrap's sentences for failures; see bwrap_failure.h.  Supervisor only.
 *
 * The texts are bubblewrap's word for word where it has one for the case.  It calls the host's
 * tree "/oldroot" and the sandbox's "/newroot".
 */
#include "supervisor/bwrap_failure.h"

#include "ops/operation.h"
#include "supervisor/blame.h"

#include <errno.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>

static const char *const call_names[] = {
#define X(name, text) [name] = text,
	PROTOCOL_CALLS(X)
#undef X
};

/* A check of our own failed: see child_wrong(). */
static const char WRONG[] = "what was built is not what was asked for";

/* The errno of a mount call as text.  There, ENOSPC means too many mounts, not a full device. */
static const char *mount_text(int error)
{
	if (error == -ENOTRECOVERABLE)
		return WRONG;
	return error == -ENOSPC ? "Limit exceeded (ENOSPC). (Hint: Check that "
				  "/proc/sys/fs/mount-max is sufficient, typically 100000)"
				: errno_text(-error);
}

/* The destination without leading slashes, as it follows "/newroot/". */
static const char *below_root(const char *dest)
{
	return dest + strspn(dest, "/");
}

/* Was it the change of attributes that failed, on either backend? */
static bool set_attributes(const struct message *failure)
{
	return failure->failed.call == CALL_MOUNT_SETATTR || failure->failed.call == CALL_REMOUNT;
}

static int describe_bind(
	const struct plan_op *op, const struct message *failure, struct rind_error *err)
{
	int error = failure->failed.error;
	char *resolved = realpath(op->source, NULL);
	const char *source = resolved ? resolved : op->source;
	const char *dest = below_root(op->path);
	int code;

	if (set_attributes(failure))
		code = rind_error_set(err, error,
			"Can't bind mount /oldroot%s on /newroot/%s: Unable to apply mount flags: "
			"remount \"/newroot/%s\": %s",
			source, dest, dest, mount_text(error));
	else
		code = rind_error_set(err, error,
			"Can't bind mount /oldroot%s on /newroot/%s: Unable to mount source on "
			"destination: %s",
			source, dest, mount_text(error));
	free(resolved);
	return code;
}

static int describe_source(
	const struct plan_op *op, const struct message *failure, struct rind_error *err)
{
	int error = failure->failed.error;

	switch (-error) {
	case ENOENT:
	case EACCES:
	case ENOTDIR:
	case ELOOP:
	case ENAMETOOLONG:
		return rind_error_set(err, error, "Can't find source path %s: %s", op->source,
			errno_text(-error));
	default:
		return describe_bind(op, failure, err);
	}
}

static int describe_remount(
	const struct plan_op *op, const struct message *failure, struct rind_error *err)
{
	int error = failure->failed.error;
	const char *dest = below_root(op->path);

	if (!set_attributes(failure))
		return rind_error_set(err, error,
			"Can't remount readonly on /newroot/%s: realpath(destination): %s", dest,
			errno_text(-error));
	if (error == -EINVAL)
		return rind_error_set(err, error,
			"Can't remount readonly on /newroot/%s: Unable to find \"/newroot/%s\" in "
			"mount table",
			dest, dest);
	return rind_error_set(err, error,
		"Can't remount readonly on /newroot/%s: Unable to apply mount flags: remount "
		"\"/newroot/%s\": %s",
		dest, dest, mount_text(error));
}

static int describe_symlink(
	const struct plan_op *op, const struct message *failure, struct rind_error *err)
{
	int error = failure->failed.error;

	if (failure->failed.call == CALL_SYMLINK && error == -EEXIST)
		return rind_error_set(err, error,
			"Can't make symlink at %s: existing destination is %s", op->path,
			failure->failed.detail);
	if (failure->failed.call == CALL_READLINK && error == -EINVAL)
		return rind_error_set(err, error,
			"Can't make symlink at %s: destination exists and is not a symlink",
			op->path);
	if (failure->failed.call == CALL_READLINK)
		return rind_error_set(err, error,
			"Can't make symlink at %s: destination exists, and cannot read symlink "
			"target: %s",
			op->path, errno_text(-error));
	return rind_error_set(
		err, error, "Can't make symlink at %s: %s", op->path, errno_text(-error));
}

static int describe_overlay(const struct plan_op *op, int error, struct rind_error *err)
{
	return rind_error_set(err, error,
		"Can't make overlay mount on /newroot/%s with options %s: %s", below_root(op->path),
		op->source,
		error == -ELOOP ? "Overlay directories may not overlap" : mount_text(error));
}

static int describe_mount(const struct plan_op *op, int error, struct rind_error *err)
{
	return rind_error_set(err, error, "Can't mount %s on /newroot/%s: %s",
		operation_of(op)->file_system, below_root(op->path), mount_text(error));
}

static int describe_entry(
	const struct plan_op *op, const struct message *failure, struct rind_error *err)
{
	int error = failure->failed.error;

	switch (operation_of(op)->sentence) {
	case BWRAP_SENTENCE_BIND:
	case BWRAP_SENTENCE_DATA:
		return describe_bind(op, failure, err);
	case BWRAP_SENTENCE_OVERLAY:
		return describe_overlay(op, error, err);
	case BWRAP_SENTENCE_MOUNT:
		return describe_mount(op, error, err);
	case BWRAP_SENTENCE_SYMLINK:
		return describe_symlink(op, failure, err);
	case BWRAP_SENTENCE_CHMOD:
		return rind_error_set(err, error, "Can't chmod %#o %s: %s", op->perms, op->path,
			mount_text(error));
	case BWRAP_SENTENCE_REMOUNT:
		return describe_remount(op, failure, err);
	case BWRAP_SENTENCE_DIRECTORY:
	case BWRAP_SENTENCE_FILE:
	case BWRAP_SENTENCE_NONE:
		break; /* they fail at another stage, or are not bubblewrap's */
	}
	return rind_error_set(
		err, error, "Can't create file at %s: %s", op->path, errno_text(-error));
}

static int describe_target(
	const struct plan_op *op, const struct message *failure, struct rind_error *err)
{
	int error = failure->failed.error;
	enum bwrap_sentence sentence = operation_of(op)->sentence;
	const char *text = "Can't mkdir";

	if (sentence == BWRAP_SENTENCE_FILE)
		text = "Can't create file";
	else if (sentence == BWRAP_SENTENCE_DATA ||
		 (sentence == BWRAP_SENTENCE_BIND && error != -ENOTDIR &&
			 failure->failed.call != CALL_MKDIR))
		text = "Can't create file at";
	return rind_error_set(err, error, "%s %s: %s", text, op->path, errno_text(-error));
}

static int describe_devpts(const char *dest, const char *name, int error, struct rind_error *err)
{
	return rind_error_set(err, error, "Can't mount devpts on /newroot/%s/%s: %s", dest, name,
		mount_text(error));
}

static int describe_device(
	const struct plan_op *op, const struct message *failure, struct rind_error *err)
{
	int error = failure->failed.error;
	const char *name = failure->failed.detail, *dest = below_root(op->path);

	switch (failure->failed.call) {
	case CALL_OPEN:
		return rind_error_set(err, error, "Can't create file %s/%s: %s", op->path, name,
			errno_text(-error));
	case CALL_SYMLINK:
		return rind_error_set(err, error, "Can't create symlink %s/%s: %s", op->path, name,
			errno_text(-error));
	case CALL_MKDIR:
		return rind_error_set(
			err, error, "Can't create %s/%s: %s", op->path, name, errno_text(-error));
	case CALL_FSOPEN:
	case CALL_FSCONFIG:
	case CALL_FSMOUNT:
		return describe_devpts(dest, name, error, err);
	default:
		/* mount(2), on the classic backend, binds the nodes and mounts devpts. */
		if (!strcmp(name, "pts"))
			return describe_devpts(dest, name, error, err);
		return rind_error_set(err, error,
			"Can't bind mount /oldroot%s on /newroot/%s: Unable to mount source on "
			"destination: %s",
			name, dest, mount_text(error));
	}
}

static int describe_data(
	const struct plan_op *op, const struct message *failure, struct rind_error *err)
{
	int error = failure->failed.error;
	bool made = failure->failed.call == CALL_READ || failure->failed.call == CALL_WRITE;

	return rind_error_set(err, error,
		made ? "Can't write data to file %s: %s" : "Can't create tmpfile for %s: %s",
		op->path, errno_text(-error));
}

/* Stages that belong to an operation. */
static int describe_operation(
	const struct plan_op *op, const struct message *failure, struct rind_error *err)
{
	int error = failure->failed.error;

	switch (failure->failed.stage) {
	case STAGE_SOURCE:
		return describe_source(op, failure, err);
	case STAGE_PARENTS:
		return rind_error_set(
			err, error, "Can't mkdir parents for %s: %s", op->path, errno_text(-error));
	case STAGE_TARGET:
		return describe_target(op, failure, err);
	case STAGE_DATA:
		return describe_data(op, failure, err);
	case STAGE_RACE:
		return rind_error_set(err, error, "Race condition binding dirfd: %s", op->source);
	case STAGE_DEVICE:
		return describe_device(op, failure, err);
	case STAGE_COVER:
		return rind_error_set(err, error, "Can't cover parts of %s: %s: %s", op->path,
			call_names[failure->failed.call], mount_text(error));
	default:
		return describe_entry(op, failure, err);
	}
}

/* --- the other stages ------------------------------------------------------------------------- */

struct stage_text {
	enum stage stage;
	enum call call; /* CALL_NONE: any */
	const char *text;
};

/* The first row that fits counts. */
static const struct stage_text texts[] = {
	{STAGE_ID_MAPS, CALL_NONE, "setting up uid map"},
	{STAGE_NETWORK, CALL_SOCKET, "loopback: Failed to create NETLINK_ROUTE socket"},
	{STAGE_NETWORK, CALL_NONE, "loopback: Failed RTM_NEWADDR"},
	{STAGE_RELEASE, CALL_NONE, "Can't wait for the supervisor"},
	{STAGE_ROOT, CALL_MOUNT, "Failed to make / slave"},
	{STAGE_ROOT, CALL_PIVOT_ROOT, "pivot_root"},
	{STAGE_ROOT, CALL_UMOUNT, "unmount old root"},
	{STAGE_ROOT, CALL_OPEN, "Can't open /proc"},
	{STAGE_ROOT, CALL_PRLIMIT, "Can't raise the limit of open files"},
	{STAGE_ROOT, CALL_NONE, "Failed to mount tmpfs"},
	{STAGE_SECOND_USER_NAMESPACE, CALL_SETNS, "Setting userns2 failed"},
	{STAGE_SECOND_USER_NAMESPACE, CALL_UNSHARE, "unshare user ns"},
	{STAGE_SECOND_USER_NAMESPACE, CALL_NONE, "setting up uid map"},
	{STAGE_DISABLE_USER_NAMESPACES, CALL_OPEN,
		"cannot open /proc/sys/user/max_user_namespaces"},
	{STAGE_DISABLE_USER_NAMESPACES, CALL_NONE, "sysctl user.max_user_namespaces = 1"},
	{STAGE_PRIVILEGES, CALL_CAPSET, "capset failed"},
	{STAGE_PRIVILEGES, CALL_NONE, "prctl"},
	{STAGE_BLOCK, CALL_NONE, "Can't wait for the block fd"},
	{STAGE_FILTER_DATA, CALL_NONE, "Can't read seccomp data"},
	{STAGE_FILTER, CALL_NONE, "prctl(PR_SET_SECCOMP)"},
	{STAGE_SESSION, CALL_NONE, "setsid"},
	{STAGE_COMMAND, CALL_PRCTL, "prctl"},
	{STAGE_COMMAND, CALL_NONE, "Can't fork for pid 1"},
};

/* Stages whose sentence names a host name, a user, a path, … */
static int describe_named(const struct rind_plan *plan, const char *command,
	const struct message *failure, struct rind_error *err)
{
	int error = failure->failed.error;
	const char *reason = mount_text(error);

	switch (failure->failed.stage) {
	case STAGE_HOSTNAME:
		return rind_error_set(
			err, error, "Can't set hostname to %s: %s", plan->hostname, reason);
	case STAGE_IDENTITY:
		if (failure->failed.call == CALL_SETGID)
			return rind_error_set(err, error, "unable to switch to gid %u: %s",
				plan->users.gid, reason);
		return rind_error_set(
			err, error, "unable to switch to uid %u: %s", plan->users.uid, reason);
	case STAGE_DIRECTORY:
		return rind_error_set(
			err, error, "Can't chdir to %s: %s", plan->directories[0], reason);
	case STAGE_LOCK:
		return rind_error_set(err, error,
			failure->failed.call == CALL_OPEN ? "Unable to open lock file %s: %s"
							  : "Unable to lock file %s: %s",
			plan->locks[failure->failed.op], reason);
	case STAGE_EXEC:
		return rind_error_set(err, error, "execvp %s: %s",
			plan->executable ? plan->executable : command, reason);
	default:
		return 1; /* not one of these */
	}
}

/* Stages whose sentence does not end with an errno. */
static int describe_plain(const struct message *failure, struct rind_error *err)
{
	int error = failure->failed.error;

	if (failure->failed.stage == STAGE_CHECK && error == -ENOTRECOVERABLE)
		return rind_error_set(
			err, error, "check failed: %s: %s", failure->failed.detail, WRONG);
	if (failure->failed.stage == STAGE_CHECK_USER_NAMESPACES)
		return rind_error_set(err, error,
			"creation of new user namespaces was not disabled as requested");
	if (failure->failed.stage == STAGE_FILTER && error == -EINVAL)
		return rind_error_set(err, error,
			"Unable to set up system call filtering as requested: "
			"prctl(PR_SET_SECCOMP) reported EINVAL. (Hint: this requires a kernel "
			"configured with CONFIG_SECCOMP and CONFIG_SECCOMP_FILTER.)");
	if (failure->failed.stage == STAGE_FILTER_DATA && failure->failed.call == CALL_NONE)
		return rind_error_set(err, error, "Invalid seccomp data, must be multiple of 8");
	return 1;
}

static int describe_other(const struct stage_text *text, int error, struct rind_error *err)
{
	struct blame blame = {0};
	bool in_user_namespace = text->stage == STAGE_ID_MAPS || text->stage == STAGE_NETWORK ||
				 text->stage == STAGE_SECOND_USER_NAMESPACE;

	if (text->stage == STAGE_SECOND_USER_NAMESPACE && error == -ENOSPC)
		blame_namespace(CLONE_NEWUSER, error, &blame);
	else if (in_user_namespace && (error == -EPERM || error == -EACCES))
		(void)!blame_setting(&blame);
	return rind_error_set(err, error, "%s: %s%s%s%s%s", text->text, errno_text(-error),
		*blame.reason ? ": " : "", blame.reason, *blame.remedy ? "; remedy: " : "",
		blame.remedy);
}

int bwrap_failure_describe(const struct rind_plan *plan, const char *command,
	const struct message *failure, struct rind_error *err)
{
	int error = failure->failed.error;

	if (stage_is_of_operation(failure->failed.stage) && failure->failed.op < plan->op_count)
		return describe_operation(&plan->ops[failure->failed.op], failure, err);
	int code = describe_plain(failure, err);
	if (code > 0)
		code = describe_named(plan, command, failure, err);
	for (size_t i = 0; code > 0 && i < sizeof(texts) / sizeof(*texts); i++)
		if (texts[i].stage == failure->failed.stage &&
			(!texts[i].call || texts[i].call == failure->failed.call))
			code = describe_other(&texts[i], error, err);
	return code <= 0 ? code
			 : rind_error_set(err, error, "%s: %s", call_names[failure->failed.call],
				   errno_text(-error));
}

/*
 * bubblewrap's sentence, which programs look for; then what bubblewrap does not say: which
 * namespace, why on this host, and what to type.
 */
int bwrap_failure_describe_clone(const struct rind_plan *plan, int error, struct rind_error *err)
{
	const char *text = "Creating new namespace failed";
	bool user = plan->namespaces & PLAN_NS_USER;
	struct blame blame;

	blame_clone(plan->namespaces, error, &blame);
	if (user && error == -EPERM)
		text = "No permissions to create a new namespace";
	else if (error == -ENOSPC)
		text = "Creating new namespace failed: nesting depth or "
		       "/proc/sys/user/max_*_namespaces exceeded (ENOSPC)";
	/* Two of the sentences contain the errno already. */
	bool has_errno = error == -ENOSPC || (user && error == -EPERM);
	return rind_error_set(err, error, "%s%s%s%s%s%s%s", text, has_errno ? "" : ": ",
		has_errno ? "" : errno_text(-error), *blame.reason ? ": " : "", blame.reason,
		*blame.remedy ? "; remedy: " : "", blame.remedy);
}
