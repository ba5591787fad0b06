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
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char *const call_names[] = {
#define X(name, text) [name] = text,
	PROTOCOL_CALLS(X)
#undef X
};

/* A check of our own failed: see child_wrong(). */
#define WRONG "what was built is not what was asked for"

/* --- the sentences ---------------------------------------------------------------------------- */

enum { MOST_CALLS = 4, MOST_ERRORS = 6 };

/*
 * The first row of a table that fits counts.  What stands in braces is replaced by the words of
 * bwrap_failure_describe().
 */
struct row {
	enum stage stage;
	enum bwrap_sentence sentence; /* of the operation; NONE: any */
	enum call calls[MOST_CALLS];  /* one of these; none given: any */
	int errors[MOST_ERRORS];      /* the same, as in errno */
	const char *detail;           /* NULL: any */
	const char *text;
};

#define BIND          "Can't bind mount /oldroot{resolved} on /newroot/{below}: "
#define BIND_FLAGS    BIND "Unable to apply mount flags: remount \"/newroot/{below}\": {mount}"
#define BIND_MOUNT    BIND "Unable to mount source on destination: {mount}"
#define DEVPTS        "Can't mount devpts on /newroot/{below}/{detail}: {mount}"
#define OVERLAY       "Can't make overlay mount on /newroot/{below} with options {source}: "
#define REMOUNT       "Can't remount readonly on /newroot/{below}: "
#define SYMLINK       "Can't make symlink at {path}: "
#define FLAGS_CALLS   CALL_MOUNT_SETATTR, CALL_REMOUNT
#define LOOKUP_ERRORS ENOENT, EACCES, ENOTDIR, ELOOP, ENAMETOOLONG

static const struct row of_operations[] = {
	{STAGE_SOURCE, .errors = {LOOKUP_ERRORS},
		.text = "Can't find source path {source}: {errno}"},
	{STAGE_SOURCE, .calls = {FLAGS_CALLS}, .text = BIND_FLAGS},
	{STAGE_SOURCE, .text = BIND_MOUNT},
	{STAGE_PARENTS, .text = "Can't mkdir parents for {path}: {errno}"},
	{STAGE_TARGET, BWRAP_SENTENCE_FILE, .text = "Can't create file {path}: {errno}"},
	{STAGE_TARGET, BWRAP_SENTENCE_DATA, .text = "Can't create file at {path}: {errno}"},
	{STAGE_TARGET, .errors = {ENOTDIR}, .text = "Can't mkdir {path}: {errno}"},
	{STAGE_TARGET, .calls = {CALL_MKDIR}, .text = "Can't mkdir {path}: {errno}"},
	{STAGE_TARGET, BWRAP_SENTENCE_BIND, .text = "Can't create file at {path}: {errno}"},
	{STAGE_TARGET, .text = "Can't mkdir {path}: {errno}"},
	{STAGE_DATA, .calls = {CALL_READ, CALL_WRITE},
		.text = "Can't write data to file {path}: {errno}"},
	{STAGE_DATA, .text = "Can't create tmpfile for {path}: {errno}"},
	{STAGE_RACE, .text = "Race condition binding dirfd: {source}"},
	{STAGE_DEVICE, .calls = {CALL_OPEN}, .text = "Can't create file {path}/{detail}: {errno}"},
	{STAGE_DEVICE, .calls = {CALL_SYMLINK},
		.text = "Can't create symlink {path}/{detail}: {errno}"},
	{STAGE_DEVICE, .calls = {CALL_MKDIR}, .text = "Can't create {path}/{detail}: {errno}"},
	{STAGE_DEVICE, .calls = {CALL_FSOPEN, CALL_FSCONFIG, CALL_FSMOUNT}, .text = DEVPTS},
	/* mount(2), on the classic backend, binds the nodes and mounts devpts. */
	{STAGE_DEVICE, .detail = "pts", .text = DEVPTS},
	{STAGE_DEVICE, .text = "Can't bind mount /oldroot{detail} on /newroot/{below}: "
			       "Unable to mount source on destination: {mount}"},
	{STAGE_COVER, .text = "Can't cover parts of {path}: {call}: {mount}"},

	{STAGE_ENTRY, BWRAP_SENTENCE_BIND, .calls = {FLAGS_CALLS}, .text = BIND_FLAGS},
	{STAGE_ENTRY, BWRAP_SENTENCE_DATA, .calls = {FLAGS_CALLS}, .text = BIND_FLAGS},
	{STAGE_ENTRY, BWRAP_SENTENCE_BIND, .text = BIND_MOUNT},
	{STAGE_ENTRY, BWRAP_SENTENCE_DATA, .text = BIND_MOUNT},
	{STAGE_ENTRY, BWRAP_SENTENCE_OVERLAY, .errors = {ELOOP},
		.text = OVERLAY "Overlay directories may not overlap"},
	{STAGE_ENTRY, BWRAP_SENTENCE_OVERLAY, .text = OVERLAY "{mount}"},
	{STAGE_ENTRY, BWRAP_SENTENCE_MOUNT,
		.text = "Can't mount {type} on /newroot/{below}: {mount}"},
	{STAGE_ENTRY, BWRAP_SENTENCE_SYMLINK, .calls = {CALL_SYMLINK}, .errors = {EEXIST},
		.text = SYMLINK "existing destination is {detail}"},
	{STAGE_ENTRY, BWRAP_SENTENCE_SYMLINK, .calls = {CALL_READLINK}, .errors = {EINVAL},
		.text = SYMLINK "destination exists and is not a symlink"},
	{STAGE_ENTRY, BWRAP_SENTENCE_SYMLINK, .calls = {CALL_READLINK},
		.text = SYMLINK "destination exists, and cannot read symlink target: {errno}"},
	{STAGE_ENTRY, BWRAP_SENTENCE_SYMLINK, .text = SYMLINK "{errno}"},
	{STAGE_ENTRY, BWRAP_SENTENCE_CHMOD, .text = "Can't chmod {mode} {path}: {mount}"},
	{STAGE_ENTRY, BWRAP_SENTENCE_REMOUNT, .calls = {FLAGS_CALLS}, .errors = {EINVAL},
		.text = REMOUNT "Unable to find \"/newroot/{below}\" in mount table"},
	{STAGE_ENTRY, BWRAP_SENTENCE_REMOUNT, .calls = {FLAGS_CALLS},
		.text = REMOUNT
		"Unable to apply mount flags: remount \"/newroot/{below}\": {mount}"},
	{STAGE_ENTRY, BWRAP_SENTENCE_REMOUNT, .text = REMOUNT "realpath(destination): {errno}"},
	/* The others fail at another stage, or are not bubblewrap's. */
	{STAGE_ENTRY, .text = "Can't create file at {path}: {errno}"},
};

static const struct row of_process[] = {
	{STAGE_ID_MAPS, .text = "setting up uid map: {errno}{blame}"},
	{STAGE_NETWORK, .calls = {CALL_SOCKET},
		.text = "loopback: Failed to create NETLINK_ROUTE socket: {errno}{blame}"},
	{STAGE_NETWORK, .text = "loopback: Failed RTM_NEWADDR: {errno}{blame}"},
	{STAGE_HOSTNAME, .text = "Can't set hostname to {hostname}: {mount}"},
	{STAGE_IDENTITY, .calls = {CALL_SETGID}, .text = "unable to switch to gid {gid}: {mount}"},
	{STAGE_IDENTITY, .text = "unable to switch to uid {uid}: {mount}"},
	{STAGE_RELEASE, .text = "Can't wait for the supervisor: {errno}"},
	{STAGE_ROOT, .calls = {CALL_MOUNT}, .text = "Failed to make / slave: {errno}"},
	{STAGE_ROOT, .calls = {CALL_PIVOT_ROOT}, .text = "pivot_root: {errno}"},
	{STAGE_ROOT, .calls = {CALL_UMOUNT}, .text = "unmount old root: {errno}"},
	{STAGE_ROOT, .calls = {CALL_OPEN}, .text = "Can't open /proc: {errno}"},
	{STAGE_ROOT, .calls = {CALL_PRLIMIT},
		.text = "Can't raise the limit of open files: {errno}"},
	{STAGE_ROOT, .text = "Failed to mount tmpfs: {errno}"},
	{STAGE_CHECK, .errors = {ENOTRECOVERABLE}, .text = "check failed: {detail}: " WRONG},
	{STAGE_SECOND_USER_NAMESPACE, .calls = {CALL_SETNS},
		.text = "Setting userns2 failed: {errno}{blame}"},
	{STAGE_SECOND_USER_NAMESPACE, .calls = {CALL_UNSHARE},
		.text = "unshare user ns: {errno}{blame}"},
	{STAGE_SECOND_USER_NAMESPACE, .text = "setting up uid map: {errno}{blame}"},
	{STAGE_DISABLE_USER_NAMESPACES, .calls = {CALL_OPEN},
		.text = "cannot open /proc/sys/user/max_user_namespaces: {errno}"},
	{STAGE_DISABLE_USER_NAMESPACES, .text = "sysctl user.max_user_namespaces = 1: {errno}"},
	{STAGE_CHECK_USER_NAMESPACES,
		.text = "creation of new user namespaces was not disabled as requested"},
	{STAGE_PRIVILEGES, .calls = {CALL_CAPSET}, .text = "capset failed: {errno}"},
	{STAGE_PRIVILEGES, .text = "prctl: {errno}"},
	{STAGE_BLOCK, .text = "Can't wait for the block fd: {errno}"},
	{STAGE_FILTER_DATA, .calls = {CALL_READ}, .text = "Can't read seccomp data: {errno}"},
	{STAGE_FILTER_DATA, .text = "Invalid seccomp data, must be multiple of 8"},
	{STAGE_FILTER, .errors = {EINVAL},
		.text = "Unable to set up system call filtering as requested: "
			"prctl(PR_SET_SECCOMP) reported EINVAL. (Hint: this requires a kernel "
			"configured with CONFIG_SECCOMP and CONFIG_SECCOMP_FILTER.)"},
	{STAGE_FILTER, .text = "prctl(PR_SET_SECCOMP): {errno}"},
	{STAGE_DIRECTORY, .text = "Can't chdir to {directory}: {mount}"},
	{STAGE_SESSION, .text = "setsid: {errno}"},
	{STAGE_LOCK, .calls = {CALL_OPEN}, .text = "Unable to open lock file {lock}: {mount}"},
	{STAGE_LOCK, .text = "Unable to lock file {lock}: {mount}"},
	{STAGE_COMMAND, .calls = {CALL_PRCTL}, .text = "prctl: {errno}"},
	{STAGE_COMMAND, .text = "Can't fork for pid 1: {errno}"},
	{STAGE_EXEC, .text = "execvp {program}: {mount}"},
};

static const char OTHER[] = "{call}: {errno}";

static bool fits(const struct row *row, enum bwrap_sentence sentence, const struct message *failure)
{
	bool call = !*row->calls, error = !*row->errors;

	for (size_t i = 0; i < MOST_CALLS && row->calls[i]; i++)
		call |= row->calls[i] == failure->failed.call;
	for (size_t i = 0; i < MOST_ERRORS && row->errors[i]; i++)
		error |= row->errors[i] == -failure->failed.error;
	return row->stage == failure->failed.stage && call && error &&
	       (!row->sentence || row->sentence == sentence) &&
	       (!row->detail || !strcmp(row->detail, failure->failed.detail));
}

/* op NULL: the failure is not of an operation. */
static const char *find_text(const struct plan_op *op, const struct message *failure)
{
	const struct row *rows = op ? of_operations : of_process;
	size_t count =
		op ? sizeof(of_operations) / sizeof(*rows) : sizeof(of_process) / sizeof(*rows);

	for (size_t i = 0; i < count; i++)
		if (fits(&rows[i], op ? operation_of(op)->sentence : BWRAP_SENTENCE_NONE, failure))
			return rows[i].text;
	return OTHER;
}

/* --- the words in them ------------------------------------------------------------------------ */

struct word {
	const char *name, *text; /* text NULL: none */
};

/* The errno of a mount call as text.  There, ENOSPC means too many mounts, not a full device. */
static const char *mount_text(int error)
{
	if (error == -ENOTRECOVERABLE)
		return WRONG;
	return error == -ENOSPC ? "Limit exceeded (ENOSPC). (Hint: Check that "
				  "/proc/sys/fs/mount-max is sufficient, typically 100000)"
				: errno_text(-error);
}

/* ": REASON; remedy: REMEDY", as far as they are known. */
static void write_blame(const struct blame *blame, char *ret, size_t size)
{
	snprintf(ret, size, "%s%s%s%s", *blame->reason ? ": " : "", blame->reason,
		*blame->remedy ? "; remedy: " : "", blame->remedy);
}

/* What on this host refused a step in a user namespace, and what to do; or "". */
static void find_blame(const struct message *failure, char *ret, size_t size)
{
	struct blame blame = {0};
	int error = failure->failed.error;

	if (failure->failed.stage == STAGE_SECOND_USER_NAMESPACE && error == -ENOSPC)
		blame_namespace(PLAN_NS_USER, error, &blame);
	else if (error == -EPERM || error == -EACCES)
		(void)!blame_setting(&blame);
	write_blame(&blame, ret, size);
}

/* Append to a text, which is cut at its size. */
static void append(char *text, size_t size, const char *piece, size_t length)
{
	size_t used = strlen(text);

	snprintf(text + used, size - used, "%.*s", (int)length, piece);
}

/* Copy a text with the words in the place of their names. */
static void expand(const char *text, const struct word *words, char *ret, size_t size)
{
	*ret = '\0';
	for (;;) {
		size_t length = strcspn(text, "{");
		append(ret, size, text, length);
		text += length;
		if (!*text++)
			return;
		length = strcspn(text, "}");
		for (const struct word *word = words; word->name; word++)
			if (strlen(word->name) == length && !memcmp(word->name, text, length))
				append(ret, size, word->text ? word->text : "", INT_MAX);
		text += length + 1;
	}
}

int bwrap_failure_describe(const struct rind_plan *plan, const char *command,
	const struct message *failure, struct rind_error *err)
{
	const uint32_t index = failure->failed.op;
	const int error = failure->failed.error;
	const struct plan_op *op = NULL;

	if (stage_is_of_operation(failure->failed.stage) && index < plan->op_count)
		op = &plan->ops[index];
	char mode[16], uid[16], gid[16], blame[sizeof(struct blame) + 32] = "";
	char sentence[sizeof(err->message)];
	const char *text = find_text(op, failure);
	snprintf(mode, sizeof(mode), "%#o", op ? op->perms : 0);
	snprintf(uid, sizeof(uid), "%u", plan->users.uid);
	snprintf(gid, sizeof(gid), "%u", plan->users.gid);
	if (strstr(text, "{blame}"))
		find_blame(failure, blame, sizeof(blame));
	/*
	 * bubblewrap shows a source without symlinks, and a destination without leading slashes.
	 * Look the source up only for such a sentence: on a dead file server it takes long.
	 */
	_cleanup_free_ char *resolved =
		op && strstr(text, "{resolved}") ? realpath(op->source, NULL) : NULL;
	const struct word words[] = {
		{"path", op ? op->path : NULL},
		{"below", op ? op->path + strspn(op->path, "/") : NULL},
		{"source", op ? op->source : NULL},
		{"resolved", resolved || !op ? resolved : op->source},
		{"type", op ? operation_of(op)->file_system : NULL},
		{"mode", mode},
		{"uid", uid},
		{"gid", gid},
		{"hostname", plan->hostname},
		{"directory", plan->directory_count ? plan->directories[0] : NULL},
		{"lock", index < plan->lock_count ? plan->locks[index] : NULL},
		{"program", plan->executable ? plan->executable : command},
		{"detail", failure->failed.detail},
		{"call", call_names[failure->failed.call]},
		{"errno", errno_text(-error)},
		{"mount", mount_text(error)},
		{"blame", blame},
		{0},
	};
	expand(text, words, sentence, sizeof(sentence));
	return rind_error_set(err, error, "%s", sentence);
}

/*
 * bubblewrap's sentence, which programs look for; then what bubblewrap does not say: which
 * namespace, why on this host, and what to type.
 */
int bwrap_failure_describe_clone(const struct rind_plan *plan, int error, struct rind_error *err)
{
	const char *text = "Creating new namespace failed";
	bool user = plan->namespaces & PLAN_NS_USER;
	char reason[sizeof(struct blame) + 32];
	struct blame blame;

	blame_clone(plan->namespaces, error, &blame);
	if (user && error == -EPERM)
		text = "No permissions to create a new namespace";
	else if (error == -ENOSPC)
		text = "Creating new namespace failed: nesting depth or "
		       "/proc/sys/user/max_*_namespaces exceeded (ENOSPC)";
	/* Two of the sentences contain the errno already. */
	bool has_errno = error == -ENOSPC || (user && error == -EPERM);
	write_blame(&blame, reason, sizeof(reason));
	return rind_error_set(err, error, "%s%s%s%s", text, has_errno ? "" : ": ",
		has_errno ? "" : errno_text(-error), reason);
}
