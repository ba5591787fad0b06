/*
 * The options: a table, and above it the function that applies each.  Supervisor, before there is a
 * sandbox.  Only the spelling of values is checked here: names of choices, numbers, NAME=VALUE.
 * The policy and the lowering check what they mean for the sandbox.
 */
#include "cli/options.h"
#include "cli/quantity.h"

#include "base/fd.h"
#include "base/number.h"
#include "base/sys.h"
#include "policy/policy.h"

#include <limits.h>
#include <string.h>

static const struct option_choice modes[] = {
	{"read-only", RIND_MODE_READ_ONLY},
	{"workspace-write", RIND_MODE_WORKSPACE_WRITE},
	{"full-access", RIND_MODE_FULL_ACCESS},
	{NULL, 0},
};

static const struct option_choice networks[] = {
	{"host", RIND_NETWORK_HOST},
	{"isolated", RIND_NETWORK_ISOLATED},
	{"off", RIND_NETWORK_OFF},
	{NULL, 0},
};

static const struct option_choice gits[] = {
	{"protected", RIND_GIT_PROTECTED},
	{"commit", RIND_GIT_COMMIT},
	{"open", RIND_GIT_OPEN},
	{NULL, 0},
};

static const struct option_choice procs[] = {
	{"fresh", RIND_PROC_FRESH},
	{"host", RIND_PROC_HOST},
	{"none", RIND_PROC_NONE},
	{"auto", RIND_PROC_AUTO},
	{NULL, 0},
};

static const struct option_choice nestings[] = {
	{"any", RIND_NESTED_ANY},
	{NULL, 0},
};

static const struct option_choice stdins[] = {
	{"inherit", false},
	{"null", true},
	{NULL, 0},
};

/* Refuse the value; reason says what is wrong with it and what to give. */
static int refuse(const struct option_use *use, const char *reason, struct rind_error *err)
{
	return rind_error_set(err, -EINVAL, "--%s %s: %s", use->row->name, use->value, reason);
}

/* The number of the choice that was given, or -EINVAL with all of them listed. */
static int find_choice(const struct option_use *use, struct rind_error *err)
{
	const struct option_choice *choices = use->row->choices;
	char reason[160] = "no such choice; use ";

	for (const struct option_choice *choice = choices; choice->name; choice++) {
		size_t used = strlen(reason);
		const char *separator = choice == choices ? "" : choice[1].name ? ", " : " or ";

		if (strcmp(choice->name, use->value) == 0)
			return choice->value;
		snprintf(reason + used, sizeof(reason) - used, "%s%s", separator, choice->name);
	}
	return refuse(use, reason, err);
}

/* A descriptor's number: decimal digits and nothing else. */
static int parse_fd(const struct option_use *use, struct rind_error *err)
{
	uint64_t number;

	if (number_parse(use->value, 10, INT_MAX, &number) < 0)
		return refuse(use, "not the number of a descriptor; give one such as 3", err);
	return (int)number;
}

/* A number of things; 0 for all else. */
static uint64_t parse_count(const char *text)
{
	uint64_t number;
	return number_parse(text, 10, UINT64_MAX, &number) < 0 ? 0 : number;
}

#define NOT_A_SIZE                                                                                 \
	"not a size; give a number of bytes, or one with K, M, G or T behind it, such as 512M or " \
	"1.5G"

static bool is_size(enum rind_limit limit)
{
	return limit == RIND_LIMIT_MEMORY || limit == RIND_LIMIT_DISK;
}

/* A number that is not 0: of things, or of bytes. */
static int apply_limit(const struct option_use *use, struct rind_error *err)
{
	uint64_t number =
		is_size(use->row->limit) ? quantity_bytes(use->value) : parse_count(use->value);
	if (!number)
		return refuse(use, use->row->refusal, err);
	return rind_policy_set_limit(use->options->policy, use->row->limit, number, err);
}

/*
 * Seconds, as ulimit(1) and prlimit(1) have them, or a time of whole seconds; percent, as systemd's
 * CPUQuota= has them.
 */
static int apply_limit_cpu(const struct option_use *use, struct rind_error *err)
{
	const char *rest = use->value;
	uint64_t number = 0;
	int error = number_take(&rest, 10, UINT64_MAX, &number);
	bool share = !error && !strcmp(rest, "%");

	if (*rest && !share) {
		int64_t ms = quantity_ms(use->value);
		number = ms > 0 && ms % 1000 == 0 ? (uint64_t)ms / 1000 : 0;
	} else if (error < 0) {
		number = 0;
	}
	if (!number)
		return refuse(use, use->row->refusal, err);
	return rind_policy_set_limit(use->options->policy,
		share ? RIND_LIMIT_CPU_SHARE : RIND_LIMIT_CPU_TIME, number, err);
}

static int apply_nested(const struct option_use *use, struct rind_error *err)
{
	struct rind_policy *policy = use->options->policy;
	char program[PATH_MAX];
	int which = use->value ? find_choice(use, err) : (int)RIND_NESTED;
	if (which < 0)
		return which;
	/* If rind's own path is unknown, or the file is deleted, nothing replaces bwrap. */
	long length = sys_readlinkat(AT_FDCWD, "/proc/self/exe", program, sizeof(program) - 1);
	program[length < 0 ? 0 : length] = '\0';
	int result = *program == '/' ? policy_set_program(policy, program, err) : 0;
	if (result < 0)
		return result;
	return rind_policy_set_switch(policy, (enum rind_switch)which, true, err);
}

static int apply_mode(const struct option_use *use, struct rind_error *err)
{
	int mode = find_choice(use, err);
	return mode < 0 ? mode
			: rind_policy_set_mode(use->options->policy, (enum rind_mode)mode, err);
}

static int apply_network(const struct option_use *use, struct rind_error *err)
{
	int level = find_choice(use, err);
	return level < 0 ? level
			 : rind_policy_set_network(
				   use->options->policy, (enum rind_network)level, err);
}

static int apply_git(const struct option_use *use, struct rind_error *err)
{
	int level = find_choice(use, err);
	return level < 0 ? level
			 : rind_policy_set_git(use->options->policy, (enum rind_git)level, err);
}

static int apply_proc(const struct option_use *use, struct rind_error *err)
{
	int proc = use->value ? find_choice(use, err) : (int)RIND_PROC_HOST; /* --no-proc */
	return proc < 0 ? proc
			: rind_policy_set_proc(use->options->policy, (enum rind_proc)proc, err);
}

static int apply_stdin(const struct option_use *use, struct rind_error *err)
{
	int null = find_choice(use, err);
	return null < 0 ? null
			: rind_policy_set_switch(use->options->policy, RIND_NULL_STDIN, null, err);
}

static int apply_switch(const struct option_use *use, struct rind_error *err)
{
	return rind_policy_set_switch(use->options->policy, use->row->which, use->row->on, err);
}

/* A value that the policy's setter checks. */
static int apply_text(const struct option_use *use, struct rind_error *err)
{
	return use->row->set(use->options->policy, use->value, err);
}

static int apply_flag(const struct option_use *use, struct rind_error *err)
{
	(void)err;
	*(bool *)((char *)use->options + use->row->flag) = use->row->on;
	return 0;
}

static int apply_setenv(const struct option_use *use, struct rind_error *err)
{
	size_t length = strcspn(use->value, "=");
	if (length == 0 || use->value[length] == '\0')
		return refuse(use, "not of the form NAME=VALUE; give both in one word", err);

	_cleanup_free_ char *name = strndup(use->value, length);
	if (!name)
		return rind_error_no_memory(err);
	return rind_policy_set_env(use->options->policy, name, use->value + length + 1, err);
}

static int apply_clearenv(const struct option_use *use, struct rind_error *err)
{
	return rind_policy_clear_env(use->options->policy, err);
}

/*
 * The command must not have the status descriptor: it could write a status of its own, which the
 * reader would trust.
 */
static int refuse_shared_status_fd(int fd, struct rind_error *err)
{
	return rind_error_set(err, -EINVAL,
		"--keep-fd %d: the descriptor is that of --json-status-fd, which the command must "
		"not have; use another one",
		fd);
}

static int apply_keep_fd(const struct option_use *use, struct rind_error *err)
{
	int fd = parse_fd(use, err);
	if (fd < 0)
		return fd;
	if (fd == use->options->json_status_fd)
		return refuse_shared_status_fd(fd, err);
	return rind_policy_keep_fd(use->options->policy, fd, err);
}

static int apply_json_status_fd(const struct option_use *use, struct rind_error *err)
{
	const struct rind_policy *policy = use->options->policy;
	int fd = parse_fd(use, err);
	if (fd < 0)
		return fd;

	for (size_t i = 0; i < policy->keep_fd_count; i++) {
		if (policy->keep_fds[i] == fd)
			return refuse_shared_status_fd(fd, err);
	}
	use->options->json_status_fd = fd;
	return 0;
}

static int apply_timeout(const struct option_use *use, struct rind_error *err)
{
	int64_t ms = quantity_ms(use->value);
	if (ms < 0)
		return refuse(use,
			"not a time; give seconds above 0, such as 30 or 0.5, at most 1000000000, "
			"or a number with ms, s, m, h or d behind it, such as 5m",
			err);
	use->options->timeout_ms = ms;
	return 0;
}

/*
 * explain accepts every option of run, also those that do not change the plan: so a command line
 * can be explained by changing one word of it.
 */
#define BOTH (FACE_RUN | FACE_EXPLAIN)
#define ALL  (BOTH | FACE_DOCTOR)

#define FILES   "Files"
#define NETWORK "Network"
#define PROCESS "The command's surroundings"
#define LIMITS  "Limits"
#define RUNNING "Running it"
#define OUTPUT  "Output"

/* section, name, letter, faces, name of the value, help; then how it is applied */
const struct option_row option_rows[] = {
	{FILES, "mode", 0, BOTH, "MODE",
		"read-only: nothing is writable; workspace-write (default): the working directory, "
		"/tmp and $TMPDIR are; full-access: the command runs unchanged",
		.apply = apply_mode, .choices = modes},
	{FILES, "writable", 'w', BOTH, "DIR",
		"make DIR, or a file, writable, in any mode; may be a pattern, and be repeated",
		.apply = apply_text, .set = rind_policy_add_writable},
	{FILES, "writable-make", 0, BOTH, "DIR",
		"the same for a directory, and make it, for its owner only, where there is none",
		.apply = apply_text, .set = rind_policy_add_writable_make},
	{FILES, "protect", 'p', BOTH, "PATH",
		"keep PATH read-only within what is writable, also while it does not exist; a "
		"relative one under every writable root; may be a pattern ('**/.git'), and be "
		"repeated",
		.apply = apply_text, .set = rind_policy_add_protect},
	{FILES, "no-default-protect", 0, BOTH, NULL,
		"do not protect .git, .codex, .agents and the .git of submodules, nor refs where "
		"there is no .git",
		.apply = apply_switch, .which = RIND_DEFAULT_PROTECT, .on = false},
	{FILES, "git", 0, BOTH, "LEVEL",
		"commit: let the command commit, stash and switch branches, and take over at the "
		"end what git neither runs nor obeys; open: let it write to all of .git; protected "
		"(default): neither",
		.apply = apply_git, .choices = gits},
	{FILES, "hide", 0, BOTH, "PATH",
		"make PATH, which has to exist, unreadable; may be a pattern ('**/.env'), and be "
		"repeated",
		.apply = apply_text, .set = rind_policy_add_hide},
	{FILES, "hide-if-present", 0, BOTH, "PATH",
		"as --hide, and do nothing where there is no PATH; may be repeated",
		.apply = apply_text, .set = rind_policy_add_hide_if_present},
	{FILES, "readable", 0, BOTH, "PATH",
		"leave PATH readable, and read-only, in a directory that is hidden or covered by a "
		"tmpfs; may be a pattern, and be repeated",
		.apply = apply_text, .set = rind_policy_add_readable},
	{FILES, "device", 0, BOTH, "NODE",
		"give the command the host's device NODE, a path in /dev, or all of a kind: dri, "
		"kvm, nvidia; may be repeated",
		.apply = apply_text, .set = rind_policy_add_device},
	{FILES, "scratch", 0, BOTH, "DIR",
		"let the command write to DIR, and drop what it has written at the end; may be "
		"repeated",
		.apply = apply_text, .set = rind_policy_add_scratch},
	{FILES, "tmpfs", 0, BOTH, "DIR",
		"cover DIR with an empty, writable directory of the sandbox's own, which is gone "
		"at the end; may be repeated",
		.apply = apply_text, .set = rind_policy_add_tmpfs},
	{FILES, "private-tmp", 0, BOTH, NULL, "the same as --tmpfs /tmp", .apply = apply_switch,
		.which = RIND_PRIVATE_TMP, .on = true},
	{FILES, "exclude-tmp", 0, BOTH, NULL, "do not make /tmp writable", .apply = apply_switch,
		.which = RIND_EXCLUDE_TMP, .on = true},
	{FILES, "exclude-tmpdir", 0, BOTH, NULL, "do not make $TMPDIR writable",
		.apply = apply_switch, .which = RIND_EXCLUDE_TMPDIR, .on = true},

	{NETWORK, "network", 'n', BOTH, "LEVEL",
		"host: the host's network; isolated (default): a loopback of its own and internet "
		"sockets only; off: as isolated, and no connecting, binding or sending",
		.apply = apply_network, .choices = networks},
	{NETWORK, "allow-unix-sockets", 0, BOTH, NULL,
		"allow unix sockets while the network is isolated: services of the host that "
		"listen on one can then be reached",
		.apply = apply_switch, .which = RIND_ALLOW_UNIX_SOCKETS, .on = true},

	{PROCESS, "proc", 0, BOTH, "KIND",
		"/proc is fresh (default): shows the sandbox's processes only; host: the host's, "
		"read-only; none: an empty directory; auto: fresh, or none where the kernel "
		"refuses it",
		.apply = apply_proc, .choices = procs},
	{PROCESS, "no-proc", 0, BOTH, NULL, "the same as --proc host", .apply = apply_proc},
	{PROCESS, "chdir", 'C', BOTH, "DIR", "run the command in DIR, which is then the workspace",
		.apply = apply_text, .set = rind_policy_set_directory},
	{PROCESS, "setenv", 0, BOTH, "NAME=VALUE", "set an environment variable; may be repeated",
		.apply = apply_setenv},
	{PROCESS, "unsetenv", 0, BOTH, "NAME", "remove an environment variable; may be repeated",
		.apply = apply_text, .set = rind_policy_unset_env},
	{PROCESS, "clearenv", 0, BOTH, NULL, "remove every environment variable set so far",
		.apply = apply_clearenv},
	{PROCESS, "hostname", 0, BOTH, "NAME", "give the command a host name of its own",
		.apply = apply_text, .set = rind_policy_set_hostname},
	{PROCESS, "stdin", 0, BOTH, "KIND",
		"standard input is inherit (default): the caller's; null: /dev/null, for commands "
		"that are to read nothing: a script that a shell reads from a pipe, for one, could "
		"be written to",
		.apply = apply_stdin, .choices = stdins},
	{PROCESS, "keep-fd", 0, BOTH, "N",
		"leave descriptor N (above 2, no directory) open for the command; may be repeated",
		.apply = apply_keep_fd},
	{PROCESS, "new-session", 0, BOTH, NULL,
		"run the command in a new session, without a terminal to control (default)",
		.apply = apply_switch, .which = RIND_NEW_SESSION, .on = true},
	{PROCESS, "no-new-session", 0, BOTH, NULL,
		"leave the command in the caller's session, with its terminal and job control",
		.apply = apply_switch, .which = RIND_NEW_SESSION, .on = false},
	{PROCESS, "nested", 0, BOTH, "any",
		"let the command make sandboxes of its own: leaves out the Landlock rules for "
		"files; any: also those that need pivot_root, and nothing is protected from it "
		"then",
		.optional = true, .choices = nestings, .apply = apply_nested},

	{LIMITS, "limit-pids", 0, BOTH, "N",
		"let at most N processes and threads exist at a time; more cannot be created",
		.apply = apply_limit, .limit = RIND_LIMIT_PIDS,
		.refusal = "not a number of processes; give one from 1 on, such as 100"},
	{LIMITS, "limit-memory", 0, BOTH, "SIZE",
		"let each process have SIZE bytes of address space, and, where a control group can "
		"be made, all together that much memory; with K, M, G or T, powers of 1024: "
		"1.5G",
		.apply = apply_limit, .limit = RIND_LIMIT_MEMORY, .refusal = NOT_A_SIZE},
	{LIMITS, "limit-cpu", 0, BOTH, "SEC|N%",
		"kill each process that has used SEC seconds of processor time (or 5m, 2h); or, "
		"where a control group can be made, give all together N percent of one processor; "
		"both may be given",
		.apply = apply_limit_cpu,
		.refusal = "neither a time nor a share; give whole seconds of processor "
			   "time, such as 60 or 5m, or percent of one processor, such as 150%"},
	{LIMITS, "limit-files", 0, BOTH, "N",
		"let each process have descriptors below N only, so at most N open",
		.apply = apply_limit, .limit = RIND_LIMIT_FILES,
		.refusal = "not a number of open files; give one from 1 on, such as 256"},
	{LIMITS, "limit-disk", 0, BOTH, "SIZE",
		"let each file system that only the sandbox has (--private-tmp, --tmpfs, "
		"--scratch, /dev/shm) hold SIZE bytes",
		.apply = apply_limit, .limit = RIND_LIMIT_DISK, .refusal = NOT_A_SIZE},

	{RUNNING, "timeout", 0, BOTH, "SEC",
		"end the command after SEC seconds, or 500ms, 5m, 1.5h, 2d: SIGTERM, 2 seconds "
		"later SIGKILL; the exit status is then 124",
		.apply = apply_timeout},
	{RUNNING, "die-with-parent", 0, BOTH, NULL,
		"kill the sandbox when the process that started rind ends (default)",
		.apply = apply_flag, .flag = offsetof(struct run_options, die_with_parent),
		.on = true},
	{RUNNING, "no-die-with-parent", 0, BOTH, NULL,
		"let the sandbox outlive the process that started rind", .apply = apply_flag,
		.flag = offsetof(struct run_options, die_with_parent), .on = false},

	{OUTPUT, "json-status-fd", 0, BOTH, "N",
		"write to descriptor N, a JSON object a line: child-pid with the ids of the "
		"namespaces once the command runs, exit-code when it has ended",
		.apply = apply_json_status_fd},
	{OUTPUT, "json", 0, FACE_EXPLAIN | FACE_DOCTOR, NULL,
		"print one JSON document instead of text", .apply = apply_flag,
		.flag = offsetof(struct run_options, json), .on = true},
	{OUTPUT, "bwrap", 0, FACE_EXPLAIN, NULL,
		"print the plan of a command line of bwrap, which follows '--' without the name, "
		"in the place of a policy's",
		.apply = apply_flag, .flag = offsetof(struct run_options, bwrap), .on = true},
	{OUTPUT, "verbose", 0, BOTH, NULL, "say on standard error what is done",
		.apply = apply_flag, .flag = offsetof(struct run_options, verbose), .on = true},
	{OUTPUT, "help", 'h', ALL, NULL, "print this and exit", .apply = apply_flag,
		.flag = offsetof(struct run_options, help), .on = true},
	{OUTPUT, "version", 0, ALL, NULL, "print the version and exit", .apply = apply_flag,
		.flag = offsetof(struct run_options, version), .on = true},
};

const size_t option_row_count = sizeof(option_rows) / sizeof(option_rows[0]);

const struct option_face option_face_run = {
	.bit = FACE_RUN,
	.name = "run",
	.usage = "rind run [options] -- CMD [ARG...]",
	.summary =
		"Run CMD with the whole file system read-only but for the workspace, and without "
		"the host's network.",
};

const struct option_face option_face_explain = {
	.bit = FACE_EXPLAIN,
	.name = "explain",
	.usage = "rind explain [--json] [options] [PATH...]\n"
		 "       rind explain [--json] --bwrap -- BWRAP-OPTION... [--] CMD [ARG...]",
	.summary = "Print the plan that 'rind run' with the same options would carry out, and for "
		   "each PATH the access that the command will have and which rule decides.",
	.mixed = true,
};

const struct option_face option_face_doctor = {
	.bit = FACE_DOCTOR,
	.name = "doctor",
	.usage = "rind doctor [--json]",
	.summary =
		"Check on this host everything that 'rind run' needs, in throw-away processes and "
		"a real sandbox, and say for each what is wrong and what to type. Changes nothing. "
		"Exit status: 0 when 'rind run' works with full protection, 1 with less, 2 when it "
		"does not work.",
	.mixed = true,
};
