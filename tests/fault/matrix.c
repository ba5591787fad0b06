/*
 * fault-matrix [-v] [-s SLICE/SLICES] [-n RUNS] [-k CALL] [-t SECONDS] BASE RIND PROBE
 *              [SCENARIO…]
 *
 * For every system call of every process of a sandbox: make it fail, make it a no-op, kill the
 * process in it; then look whether the command ran with less than its full protection, and what is
 * left on the host.  README beside this file says how each run is judged.
 *
 *   -s I/N   only every N-th call, from the I-th: for several at the same time
 *   -n RUNS  about so many runs of each scenario, spread evenly; always the same ones
 *   -k CALL  only the system call of this name
 *   -t SECONDS  a run that takes longer hangs
 *   -v       show what is tolerated, too, and the reports without a fault
 *
 * BASE is a directory for the scene.  To be started in a mount and a pid namespace of its own (run
 * does that): what a sandbox that went wrong does to its host is done to that.
 *
 * Prints one line a scenario for a program to add up (see enum count), and one for each bad run.
 */
#include "../errno_name.h"
#include "inject.h"
#include "scene.h"

#include <errno.h>
#include <linux/keyctl.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

enum {
	COMMAND_STATUS = 42, /* the probe's */
	MAX_CALLS = 16384,
	MAX_ARGUMENTS = 64,
};

/* --- scenarios -------------------------------------------------------------------------------- */

/*
 * "@" at the start of an argument stands for BASE; NAMESPACES, READY, SPARED and REPORT are filled
 * in; DEVICE is an option with a device of this host's, or nothing.
 */
struct scenario {
	const char *name;
	int own_failure; /* the status with which rind says that it failed itself */
	const char *input;
	const char *arguments[MAX_ARGUMENTS];
	/* What this command line does not ask for, by the names in the probe's report. */
	const char *not_asked;
	/* The same, of what would be changed if it were tried. */
	const char *spared;
	enum terminal_place terminal;
	bool refused_root; /* as within `rind run --nested` */
};

#define RUN    "run", "--timeout", "3600", "--json-status-fd", "9", "--keep-fd", "8"
#define PROBED "--", "@/probe", "@", "NAMESPACES", "READY", "SPARED", "REPORT", NULL

/* On a terminal the report goes to a descriptor that is kept. */
#define ON_TERMINAL                                                                                \
	RUN, "--keep-fd", "10", "--exclude-tmp", "--no-default-protect", "--protect", "@/ws/.git", \
		"--protect", "@/tmpdir/.git", PROBED
/* What these do not protect. */
#define TERMINAL_NOT_ASKED                                                             \
	"namespace-cgroup namespace-uts filter-connect hidden-file hidden-file-chmod " \
	"hidden-directory hidden-below hidden-closed hidden-closed-below here-hidden " \
	"here-hidden-below "
#define TERMINAL_SPARED \
	"copied missing missing-parent link pin here-missing here-link gitdir gitdir-pointer"

/*
 * bwrap protects what it is told to, and knows no missing paths and no links.  Its init hands its
 * capabilities on to the command, and gives up its own only then.
 */
#define BWRAP_SPARED "copied init-sets missing missing-parent link pin here-missing here-link"

static const struct scenario scenarios[] = {
	{
		.name = "run-workspace",
		.own_failure = 125,
		.input = "@/ws/.git/config",
		.arguments = {RUN, "--exclude-tmp", "--hide", "**/secret", "--hide", "@/ws/private",
			"--scratch", "@/ws/copied", "--protect", "@/ws/link", "--protect",
			"@/ws/missing/deep", "--protect", "@/ws/pinned/deep/config", "--writable",
			"@/more", PROBED},
		.not_asked = "namespace-cgroup namespace-uts filter-connect hidden-closed "
			     "hidden-closed-below ",
		.spared = "",
	},
	{
		.name = "run-off",
		.own_failure = 125,
		.input = "@/outside/file",
		.arguments = {RUN, "--network", "off", "--exclude-tmp", "--hide", "@/closed",
			"--writable", "@/closed/open", "--readable", "@/closed/shown",
			"--writable-make", "@/made/deep", "DEVICE", "--hostname", "inside",
			"--no-default-protect", "--protect", "@/ws/.git", "--protect",
			"@/ws/.codex", "--protect", "@/ws/link", "--protect", "@/tmpdir/.git",
			PROBED},
		.not_asked =
			"hidden-file hidden-file-chmod hidden-directory hidden-below here-hidden "
			"here-hidden-below namespace-cgroup ",
		.spared = "copied missing-parent pin",
	},
	{
		/* The command commits nothing, so that nothing is published; but rind looks. */
		.name = "run-git",
		.own_failure = 125,
		.input = "@/outside/file",
		.arguments = {RUN, "--exclude-tmp", "--git", "commit", "--protect", "@/ws/link",
			"--protect", "@/tmpdir/.git", PROBED},
		.not_asked =
			"hidden-file hidden-file-chmod hidden-directory hidden-below hidden-closed "
			"hidden-closed-below here-hidden here-hidden-below namespace-cgroup "
			"namespace-uts filter-connect ",
		.spared = "git git-config here-git copied missing-parent pin gitdir gitdir-pointer",
	},
	{
		.name = "bwrap-in-place",
		.own_failure = 1,
		.input = "@/outside/file",
		.arguments = {"bwrap", "--unshare-all", "--ro-bind", "/", "/", "--bind", "@/ws",
			"@/ws", "--ro-bind", "@/ws/.git", "@/ws/.git", "--ro-bind", "/dev/null",
			"@/ws/secret", "--dev", "/dev", "--proc", "/proc", "--tmpfs", "@/closed",
			"--die-with-parent", "--new-session", "--chdir", "@/ws", "--hostname",
			"inside", "--cap-drop", "ALL", PROBED},
		.not_asked = "",
		.spared = BWRAP_SPARED,
	},
	{
		.name = "bwrap-new-root",
		.own_failure = 1,
		.input = "@/outside/file",
		.arguments = {"bwrap", "--unshare-all", "--ro-bind", "/usr", "/usr", "--symlink",
			"usr/lib", "/lib", "--symlink", "usr/bin", "/bin", "--proc", "/proc",
			"--dev", "/dev", "--tmpfs", "/tmp", "--dir", "/run", "--ro-bind", "@", "@",
			"--bind", "@/ws", "@/ws", "--ro-bind-try", "@/ws/.git", "@/ws/.git",
			"--tmpfs", "@/ws/private", "--setenv", "A", "b", "--die-with-parent",
			"--new-session", "--chdir", "@/ws", PROBED},
		.not_asked = "",
		.spared = BWRAP_SPARED,
	},
	{
		.name = "run-foreground",
		.own_failure = 125,
		.arguments = {ON_TERMINAL},
		/* In the foreground the terminal is the command's to read. */
		.not_asked = TERMINAL_NOT_ASKED "terminal-read-0 terminal-read-1 terminal-read-2 "
						"terminal-open-0 terminal-open-1 terminal-open-2 ",
		.spared = TERMINAL_SPARED,
		.terminal = TERMINAL_FOREGROUND,
	},
	{
		.name = "run-background",
		.own_failure = 125,
		.arguments = {ON_TERMINAL},
		.not_asked = TERMINAL_NOT_ASKED,
		.spared = TERMINAL_SPARED,
		.terminal = TERMINAL_BACKGROUND,
	},
	/* With the rights that it takes to leave a root that only covers another. */
	{
		.name = "bwrap-nested",
		.own_failure = 1,
		.input = "@/outside/file",
		.arguments = {"bwrap", "--unshare-all", "--ro-bind", "/usr", "/usr", "--symlink",
			"usr/lib", "/lib", "--symlink", "usr/bin", "/bin", "--proc", "/proc",
			"--dev", "/dev", "--tmpfs", "/tmp", "--ro-bind", "@", "@", "--bind", "@/ws",
			"@/ws", "--ro-bind", "@/ws/.git", "@/ws/.git", "--tmpfs", "@/ws/private",
			"--die-with-parent", "--new-session", "--chdir", "@/ws", "--cap-add", "ALL",
			PROBED},
		.not_asked = "",
		.spared = BWRAP_SPARED,
		.refused_root = true,
	},
};

/* --- names ------------------------------------------------------------------------------------ */

static const char *const role_names[] = {
	[ROLE_SUPERVISOR] = "supervisor",
	[ROLE_INIT] = "init",
	[ROLE_COMMAND] = "command",
	[ROLE_JANITOR] = "janitor",
	[ROLE_OTHER] = "other",
};

static const char *call_name(int number)
{
	static const char *const names[] = {
#define CALL(name) [SYS_##name] = #name
		CALL(arch_prctl),
		CALL(brk),
		CALL(capget),
		CALL(capset),
		CALL(chdir),
		CALL(clone),
		CALL(clone3),
		CALL(close),
		CALL(close_range),
		CALL(dup2),
		CALL(dup3),
		CALL(execve),
		CALL(exit_group),
		CALL(faccessat),
		CALL(faccessat2),
		CALL(fchdir),
		CALL(fchmod),
		CALL(fchmodat),
		CALL(fcntl),
		CALL(flock),
		CALL(fsconfig),
		CALL(fsmount),
		CALL(fsopen),
		CALL(fstat),
		CALL(fstatfs),
		CALL(getcwd),
		CALL(getegid),
		CALL(geteuid),
		CALL(getgid),
		CALL(getpgid),
		CALL(getpgrp),
		CALL(getpid),
		CALL(getppid),
		CALL(getrandom),
		CALL(getsid),
		CALL(gettid),
		CALL(getuid),
		CALL(ioctl),
		CALL(keyctl),
		CALL(kill),
		CALL(landlock_add_rule),
		CALL(landlock_create_ruleset),
		CALL(landlock_restrict_self),
		CALL(lseek),
		CALL(madvise),
		CALL(mkdirat),
		CALL(mknodat),
		CALL(mmap),
		CALL(mount),
		CALL(mount_setattr),
		CALL(move_mount),
		CALL(mprotect),
		CALL(munmap),
		CALL(nanosleep),
		CALL(newfstatat),
		CALL(open_tree),
		CALL(openat),
		CALL(openat2),
		CALL(pidfd_send_signal),
		CALL(pivot_root),
		CALL(poll),
		CALL(prctl),
		CALL(pread64),
		CALL(prlimit64),
		CALL(read),
		CALL(readlink),
		CALL(readlinkat),
		CALL(recvmsg),
		CALL(rseq),
		CALL(rt_sigaction),
		CALL(rt_sigprocmask),
		CALL(seccomp),
		CALL(sendmsg),
		CALL(set_robust_list),
		CALL(set_tid_address),
		CALL(sethostname),
		CALL(setns),
		CALL(setpgid),
		CALL(setsid),
		CALL(signalfd4),
		CALL(socket),
		CALL(socketpair),
		CALL(statfs),
		CALL(statx),
		CALL(symlinkat),
		CALL(umask),
		CALL(umount2),
		CALL(uname),
		CALL(unlinkat),
		CALL(unshare),
		CALL(vfork),
		CALL(wait4),
		CALL(waitid),
		CALL(write),
		CALL(writev),
#undef CALL
	};
	static char text[16];

	if (number >= 0 && (size_t)number < sizeof(names) / sizeof(*names) && names[number])
		return names[number];
	snprintf(text, sizeof(text), "call-%d", number);
	return text;
}

static const char *fault_name(const struct fault *fault)
{
	switch (fault->kind) {
	case FAULT_ERROR:
		return errno_name(fault->error);
	case FAULT_NO_OP:
		return "no-op";
	case FAULT_KILL:
		return "SIGKILL";
	case FAULT_NONE:
		break;
	}
	return "none";
}

/* --- counting --------------------------------------------------------------------------------- */

enum count {
	COUNT_CALLS,
	COUNT_RUNS,
	COUNT_FULL,    /* the command ran, with all its protection */
	COUNT_REFUSED, /* it did not run, and rind said so */
	COUNT_KILLED,  /* a process was killed, and the sandbox ended of that */
	COUNT_MISSED,  /* the call was not made this time */
	COUNT_LESS,
	COUNT_HUNG,
	COUNT_LEFT,
	COUNT_STATUS,
	COUNT_PLACEHOLDERS,
	COUNT_STRAY,
	COUNT_TOLERATED,
	COUNTS,
};

static unsigned counts[COUNTS];
static bool verbose;

/* --- one scenario ----------------------------------------------------------------------------- */

struct stage {
	const struct scenario *scenario;
	char *argv[MAX_ARGUMENTS + 2];
	char *orphan_argv[MAX_ARGUMENTS + 2]; /* the probe says that it is ready, and waits */
	struct launch launch;
	char clean[OUTPUT_SIZE]; /* the report without a fault */
	size_t first_own_call;   /* what comes before is the C library's start */
};

static char base[256], rind[256], namespaces[512];

/* --device with a node of this host's that a sandbox may have; NULL: there is none. */
static const char *device_option(void)
{
	static const char *const options[] = {"--device=/dev/hwrng", "--device=/dev/hpet",
		"--device=/dev/rtc0", "--device=/dev/vga_arbiter"};
	struct stat stat_of;

	for (size_t i = 0; i < sizeof(options) / sizeof(*options); i++)
		if (!lstat(strchr(options[i], '=') + 1, &stat_of) && S_ISCHR(stat_of.st_mode))
			return options[i];
	return NULL;
}

static char *duplicate(const char *text)
{
	char *copy = strdup(text);
	if (!copy)
		abort();
	return copy;
}

static char *expand(const struct scenario *scenario, const char *argument, const char *ready)
{
	char text[1024];

	if (strcmp(argument, "NAMESPACES") == 0)
		return duplicate(namespaces);
	if (strcmp(argument, "READY") == 0)
		return duplicate(ready);
	if (strcmp(argument, "SPARED") == 0)
		return duplicate(scenario->spared);
	if (strcmp(argument, "REPORT") == 0)
		return duplicate(scenario->terminal == TERMINAL_ABSENT ? "1" : "10");
	if (*argument != '@')
		return duplicate(argument);
	snprintf(text, sizeof(text), "%s%s", base, argument + 1);
	return duplicate(text);
}

static void expand_all(const struct scenario *scenario, const char *ready, char **ret)
{
	size_t count = 0;

	ret[count++] = rind;
	for (const char *const *argument = scenario->arguments; *argument; argument++) {
		const char *text = strcmp(*argument, "DEVICE") ? *argument : device_option();
		if (text)
			ret[count++] = expand(scenario, text, ready);
	}
	ret[count] = NULL;
}

static void prepare_stage(struct stage *stage, const struct scenario *scenario)
{
	static char *env[4];

	*stage = (struct stage){.scenario = scenario};
	expand_all(scenario, "-1", stage->argv);
	expand_all(scenario, "8", stage->orphan_argv);
	env[0] = duplicate("PATH=/usr/bin:/bin");
	env[1] = duplicate("HOME=/");
	char text[512];
	snprintf(text, sizeof(text), "TMPDIR=%s/tmpdir", base);
	env[2] = duplicate(text);
	stage->launch = (struct launch){
		.argv = stage->argv,
		.env = env,
		.directory = expand(scenario, "@/ws", ""),
		.input = scenario->input ? expand(scenario, scenario->input, "") : NULL,
		.terminal = scenario->terminal,
		.refused_root = scenario->refused_root,
		.leaked = expand(scenario, "@/outside/file", ""),
	};
}

/* --- judging ---------------------------------------------------------------------------------- */

struct verdict {
	bool bad[COUNTS];
	bool more_than_terminal; /* of what is less: not only that the terminal can be changed */
	char why[2048];
};

static void blame(struct verdict *verdict, enum count what, const char *format, ...)
{
	enum { ROOM = 256 };
	size_t length = strlen(verdict->why);
	va_list arguments;

	verdict->bad[what] = true;
	if (length + ROOM > sizeof(verdict->why))
		return; /* enough has been said */
	va_start(arguments, format);
	int more = snprintf(verdict->why + length, sizeof(verdict->why) - length, "; ");
	vsnprintf(verdict->why + length + (size_t)more,
		sizeof(verdict->why) - length - (size_t)more, format, arguments);
	va_end(arguments);
}

/* Is there this line, which ends with its newline, in the text? */
static bool has_line(const char *text, const char *line)
{
	size_t length = strcspn(line, "\n");

	for (; *text; text += strcspn(text, "\n"), text += *text == '\n')
		if (strncmp(text, line, length + 1) == 0)
			return true;
	return false;
}

/* A set of capabilities that lacks some of those without the fault takes no protection away. */
static bool is_smaller_set(const char *line, const char *clean)
{
	unsigned long long now, before;
	char name[64], place[64];

	return sscanf(line, "- %63s %llx\n", name, &now) == 2 && strstr(name, "-Cap") &&
	       sscanf(clean, "- %63s %llx\n", place, &before) == 2 && !strcmp(name, place) &&
	       !(now & ~before);
}

/*
 * Is there a line that says the same?  For a protection that holds: whatever it was refused with.
 */
static bool has_equal(const char *text, const char *line)
{
	size_t length = strcspn(line, "\n") + 1;

	if (*line == '+')
		length = 2 + strcspn(line + 2, " ") + 1;
	for (; *text; text += strcspn(text, "\n"), text += *text == '\n')
		if (strncmp(text, line, length) == 0 || is_smaller_set(line, text))
			return true;
	return false;
}

/*
 * One more read-only mount takes nothing away; if it is in the place of another, that one is
 * missed.
 */
static bool is_more(const char *line)
{
	static const char MOUNT[] = "= mount ";
	const char *option = strstr(line, " ro,");
	return strncmp(line, MOUNT, strlen(MOUNT)) == 0 && option &&
	       option < line + strcspn(line, "\n");
}

static bool is_about_changing_terminal(const char *line)
{
	static const char NAME[] = "terminal-change-";
	return strncmp(line + 2, NAME, strlen(NAME)) == 0;
}

/* What one report has and the other has not; extra: it is the one with the fault that has it. */
static void compare_lines(
	struct verdict *verdict, const char *kinds, bool extra, const char *from, const char *in)
{
	for (; *from; from += strcspn(from, "\n"), from += *from == '\n')
		if (strchr(kinds, *from) && strchr(from, '\n') && !has_equal(in, from) &&
			!(extra && is_more(from))) {
			verdict->more_than_terminal |= !is_about_changing_terminal(from);
			blame(verdict, COUNT_LESS, "%s '%.*s'", extra ? "now" : "no more",
				(int)strcspn(from, "\n"), from);
		}
}

static bool is_complete(const char *report)
{
	return has_line(report, "end\n");
}

static void judge_protection(
	struct verdict *verdict, const struct stage *stage, const struct outcome *outcome)
{
	if (!has_line(outcome->output, "begin\n"))
		return;
	compare_lines(verdict, "-=", true, outcome->output, stage->clean);
	if (is_complete(outcome->output))
		compare_lines(verdict, "+=", false, stage->clean, outcome->output);
}

/* Does rind, under the name that it was called by, say what went wrong? */
static bool has_message(const struct outcome *outcome)
{
	return strstr(outcome->messages, "rind: ") == outcome->messages ||
	       strstr(outcome->messages, "\nrind: ") ||
	       strstr(outcome->messages, "bwrap: ") == outcome->messages ||
	       strstr(outcome->messages, "\nbwrap: ");
}

/* A fault in the writing of the message itself. */
static bool is_in_message(const struct fault *fault)
{
	return fault->role == ROLE_SUPERVISOR &&
	       (fault->call == SYS_write || fault->call == SYS_writev);
}

/* Memory that the C library was told it has got: whoever uses it is ended by the kernel. */
static bool is_missing_memory(const struct fault *fault, int status)
{
	return fault->role == ROLE_SUPERVISOR && fault->kind == FAULT_NO_OP &&
	       (fault->call == SYS_mmap || fault->call == SYS_brk) && WIFSIGNALED(status) &&
	       WTERMSIG(status) == SIGSEGV;
}

static bool is_own_failure(int own, int status)
{
	return status == own || (own == 125 && (status == 126 || status == 127));
}

/* What kind of end this was; COUNT_STATUS: none that is allowed. */
static enum count classify(const struct stage *stage, const struct fault *fault, bool at_start,
	const struct outcome *outcome)
{
	bool ran = has_line(outcome->output, "begin\n");
	bool killed = fault->kind == FAULT_KILL;
	int status = outcome->status, own = stage->scenario->own_failure;

	if (WIFEXITED(status) && WEXITSTATUS(status) == COMMAND_STATUS)
		return is_complete(outcome->output) ? COUNT_FULL : COUNT_STATUS;
	if (killed && fault->role == ROLE_SUPERVISOR)
		return WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL ? COUNT_KILLED
									  : COUNT_STATUS;
	if (killed && WIFEXITED(status) && WEXITSTATUS(status) == 128 + SIGKILL)
		return COUNT_KILLED;
	if (at_start && !ran)
		return COUNT_REFUSED; /* as the C library has it */
	/* The sandbox ends with its supervisor. */
	if (is_missing_memory(fault, status))
		return ran ? COUNT_KILLED : COUNT_REFUSED;
	if (!WIFEXITED(status) || !is_own_failure(own, WEXITSTATUS(status)))
		return COUNT_STATUS;
	return has_message(outcome) || is_in_message(fault) ? COUNT_REFUSED : COUNT_STATUS;
}

static void describe_status(struct verdict *verdict, const struct outcome *outcome)
{
	size_t length = strcspn(outcome->messages, "\n");
	bool ran = has_line(outcome->output, "begin\n");

	blame(verdict, COUNT_STATUS, "%s %d, the command %s, message '%.*s'",
		WIFEXITED(outcome->status) ? "status" : "signal",
		WIFEXITED(outcome->status) ? WEXITSTATUS(outcome->status)
					   : WTERMSIG(outcome->status),
		ran ? "ran" : "did not run", (int)length, outcome->messages);
}

static void judge_terminal(struct verdict *verdict, const struct stage *stage)
{
	/*
	 * What the command could do to a terminal that it could change is no second finding.  Where
	 * it always can, as without calls for mounts, nobody puts that back when rind is killed.
	 */
	if (stage->launch.terminal == TERMINAL_ABSENT || verdict->bad[COUNT_LESS] ||
		strstr(stage->clean, "- terminal-change-"))
		return;
	struct terminal_change change = terminal_look();
	if (change.any)
		blame(verdict, COUNT_STRAY, "host changed: %s", change.what);
}

static void judge_host(
	struct verdict *verdict, const struct stage *stage, const struct outcome *outcome)
{
	struct scene_change change = scene_look();

	judge_terminal(verdict, stage);

	if (outcome->hung)
		blame(verdict, COUNT_HUNG, "hung");
	else if (outcome->left)
		blame(verdict, COUNT_LEFT, "%u processes left", outcome->left);
	if (change.placeholder)
		blame(verdict, COUNT_PLACEHOLDERS, "placeholder left: %s", change.example);
	if (change.other)
		blame(verdict, COUNT_STRAY, "host changed: %s", change.example);
}

/* --- running ---------------------------------------------------------------------------------- */

/* What is known and meant to be so: README has the reasons. */
static bool is_tolerated(const struct fault *fault, const struct verdict *verdict)
{
	static const struct {
		enum role role;
		int call;
		int error; /* 0: whatever the fault is */
		enum count what;
	} table[] = {
		{ROLE_SUPERVISOR, SYS_getppid, 0, COUNT_STATUS},
		{ROLE_SUPERVISOR, SYS_mount_setattr, ENOSYS, COUNT_LESS},
		{ROLE_INIT, SYS_openat, EPERM, COUNT_LESS},
	};

	for (size_t i = 0; i < sizeof(table) / sizeof(*table); i++) {
		if (table[i].role != fault->role || table[i].call != fault->call ||
			(table[i].error && table[i].error != fault->error))
			continue;
		for (size_t what = 0; what < COUNTS; what++)
			if (verdict->bad[what] && what != table[i].what)
				return false;
		return !verdict->more_than_terminal;
	}
	return false;
}

static void count_verdict(const struct stage *stage, const struct fault *fault, bool before_exec,
	bool orphan, const struct verdict *verdict)
{
	if (!*verdict->why)
		return;
	bool tolerated = is_tolerated(fault, verdict);
	if (tolerated)
		counts[COUNT_TOLERATED]++;
	for (size_t i = 0; i < COUNTS && !tolerated; i++)
		counts[i] += verdict->bad[i];
	if (!tolerated || verbose)
		printf("%s %s: %s %s %s#%u %s%s%s\n", tolerated ? "tolerated" : "BAD",
			stage->scenario->name, role_names[fault->role], fault_name(fault),
			call_name(fault->call), fault->occurrence,
			before_exec ? "" : "(after exec)", orphan ? "(orphan)" : "", verdict->why);
}

/*
 * The sandbox has come up in spite of the fault: what ends it with its parent must not have been
 * lost either.
 */
static void run_orphan(struct stage *stage, const struct fault *fault, bool before_exec)
{
	static struct outcome outcome;
	struct verdict verdict = {0};
	struct launch launch = stage->launch;

	launch.argv = stage->orphan_argv;
	launch.orphan = true;
	inject_run(&launch, fault, NULL, &outcome);
	counts[COUNT_RUNS]++;
	judge_protection(&verdict, stage, &outcome);
	judge_host(&verdict, stage, &outcome);
	count_verdict(stage, fault, before_exec, true, &verdict);
}

static void run_fault(
	struct stage *stage, const struct fault *fault, bool at_start, bool before_exec)
{
	static struct outcome outcome;
	struct verdict verdict = {0};

	inject_run(&stage->launch, fault, NULL, &outcome);
	counts[COUNT_RUNS]++;
	counts[COUNT_MISSED] += !outcome.fired;
	judge_protection(&verdict, stage, &outcome);
	judge_host(&verdict, stage, &outcome);
	enum count end = outcome.hung ? COUNT_HUNG : classify(stage, fault, at_start, &outcome);
	if (end == COUNT_STATUS)
		describe_status(&verdict, &outcome);
	else if (end != COUNT_HUNG)
		counts[end]++;
	count_verdict(stage, fault, before_exec, false, &verdict);
	/*
	 * Supervisor and janitor killed both, nobody is there to clean up: rind promises no more.
	 */
	bool alone = fault->kind == FAULT_KILL && fault->role == ROLE_JANITOR;
	if (end == COUNT_FULL && before_exec && !alone)
		run_orphan(stage, fault, before_exec);
}

static bool is_worth_a_fault(const struct call *call)
{
	/*
	 * Whoever does not end when it wants to end cannot say why either; and what a signal's
	 * handler returns by, which comes where a timer happens to run out, has no result.
	 */
	return call->number != SYS_exit_group && call->number != SYS_exit &&
	       call->number != SYS_rt_sigreturn && call->number != SYS_restart_syscall &&
	       call->role != ROLE_OTHER;
}

static const struct fault fault_kinds[] = {
	{.kind = FAULT_ERROR, .error = EPERM},
	{.kind = FAULT_ERROR, .error = ENOSYS},
	{.kind = FAULT_ERROR, .error = ENOMEM},
	{.kind = FAULT_ERROR, .error = EINTR},
	{.kind = FAULT_ERROR, .error = EAGAIN},
	{.kind = FAULT_ERROR, .error = EMFILE},
	{.kind = FAULT_NO_OP},
	{.kind = FAULT_KILL},
};

enum { KINDS = sizeof(fault_kinds) / sizeof(*fault_kinds) };

struct selection {
	size_t slice, slices;
	size_t runs;      /* 0: all */
	const char *call; /* NULL: all */
	int patience;     /* seconds */
};

static struct call calls[MAX_CALLS];

/* Is the n-th of all runs to be made? */
static bool is_selected(const struct selection *selection, size_t n, size_t all)
{
	if (!selection->runs || selection->runs >= all)
		return true;
	return n * selection->runs / all != (n + 1) * selection->runs / all;
}

static void run_all_faults(
	struct stage *stage, const struct recording *recording, const struct selection *selection)
{
	size_t all = recording->count * KINDS;

	for (size_t i = selection->slice; i < recording->count; i += selection->slices) {
		const struct call *call = &recording->calls[i];
		bool at_start = call->role == ROLE_SUPERVISOR && i < stage->first_own_call;
		if (!is_worth_a_fault(call) ||
			(selection->call && strcmp(selection->call, call_name(call->number)) != 0))
			continue;
		counts[COUNT_CALLS]++;
		for (size_t kind = 0; kind < KINDS; kind++) {
			struct fault fault = fault_kinds[kind];
			fault.role = call->role;
			fault.call = call->number;
			fault.occurrence = call->occurrence;
			if (is_selected(selection, i * KINDS + kind, all))
				run_fault(stage, &fault, at_start, call->before_exec);
		}
	}
}

/* --- the run without a fault ------------------------------------------------------------------ */

static bool is_listed(const char *list, const char *name, size_t length)
{
	for (const char *at = list; (at = strstr(at, name)); at++)
		if ((at == list || at[-1] == ' ') && at[length] == ' ')
			return true;
	return false;
}

/* 6 is the first with what the probe looks for. */
static bool has_landlock(void)
{
	enum { SCOPES = 6, VERSION = 1 };
	const int needed[] = {SYS_landlock_add_rule, SYS_landlock_restrict_self};

	for (size_t i = 0; i < sizeof(needed) / sizeof(*needed); i++)
		if (syscall(needed[i], -1, -1, NULL, -1) < 0 && errno == ENOSYS)
			return false;
	return syscall(SYS_landlock_create_ruleset, NULL, 0, VERSION) >= SCOPES;
}

/* Without them a terminal that the command may read stays on the host's mount. */
static bool has_mount_calls(void)
{
	return syscall(SYS_open_tree, -1, NULL, 0) < 0 && errno != ENOSYS;
}

/* What no sandbox of this scenario has, on this kernel. */
static bool is_not_to_be_had(const struct scenario *scenario, const char *name)
{
	return is_listed(scenario->not_asked, name, strlen(name)) ||
	       (!strncmp(name, "terminal-change-", strlen("terminal-change-")) &&
		       !has_mount_calls()) ||
	       (!strncmp(name, "landlock-", strlen("landlock-")) && !has_landlock());
}

/* A protection that is missing from the start would be missed by nothing that follows. */
static bool check_clean(const struct stage *stage)
{
	bool good = true;

	for (const char *line = stage->clean; *line; line += strcspn(line, "\n") + 1) {
		char name[64];
		if (*line != '-')
			continue;
		snprintf(name, sizeof(name), "%.*s", (int)strcspn(line + 2, " \n"), line + 2);
		if (stage->scenario->own_failure == 125 &&
			!is_not_to_be_had(stage->scenario, name)) {
			printf("BAD %s: without a fault: '%.*s'\n", stage->scenario->name,
				(int)strcspn(line, "\n"), line);
			good = false;
		}
	}
	return good;
}

static bool run_clean(struct stage *stage, struct recording *recording)
{
	static struct outcome outcome;
	struct verdict verdict = {0};

	recording->count = 0;
	inject_run(&stage->launch, NULL, recording, &outcome);
	judge_host(&verdict, stage, &outcome);
	if (!WIFEXITED(outcome.status) || WEXITSTATUS(outcome.status) != COMMAND_STATUS ||
		!is_complete(outcome.output))
		describe_status(&verdict, &outcome);
	if (*verdict.why) {
		printf("BAD %s: without a fault%s\n", stage->scenario->name, verdict.why);
		return false;
	}
	memcpy(stage->clean, outcome.output, sizeof(stage->clean));
	for (size_t i = 0; i < recording->count && !stage->first_own_call; i++)
		if (recording->calls[i].number == SYS_getppid)
			stage->first_own_call = i;
	if (verbose)
		printf("%s%s", stage->clean, outcome.messages);
	return check_clean(stage);
}

static void print_counts(const struct scenario *scenario)
{
	printf("counts %s", scenario->name);
	for (size_t i = 0; i < COUNTS; i++)
		printf(" %u", counts[i]);
	putchar('\n');
	fflush(stdout);
}

static bool is_bad(void)
{
	for (size_t i = COUNT_LESS; i < COUNT_TOLERATED; i++)
		if (counts[i])
			return true;
	return false;
}

static bool run_scenario(const struct scenario *scenario, const struct selection *selection)
{
	static struct stage stage;
	struct recording recording = {.calls = calls, .capacity = MAX_CALLS};

	memset(counts, 0, sizeof(counts));
	prepare_stage(&stage, scenario);
	if (!run_clean(&stage, &recording))
		return false;
	run_all_faults(&stage, &recording, selection);
	print_counts(scenario);
	return !is_bad();
}

/* --- the whole -------------------------------------------------------------------------------- */

static void find_namespaces(void)
{
	static const char *const names[] = {"cgroup", "ipc", "mnt", "net", "pid", "user", "uts"};
	struct stat stat_of;
	char path[64];

	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++) {
		size_t length = strlen(namespaces);
		snprintf(path, sizeof(path), "/proc/self/ns/%s", names[i]);
		if (stat(path, &stat_of) == 0)
			snprintf(namespaces + length, sizeof(namespaces) - length, "%s%s:%lu",
				length ? "," : "", names[i], (unsigned long)stat_of.st_ino);
	}
}

/* A key that the sandbox must not find. */
static void make_keyring(void)
{
	static const char payload[] = "secret";

	syscall(SYS_keyctl, KEYCTL_JOIN_SESSION_KEYRING, NULL);
	syscall(SYS_add_key, "user", "rind-fault", payload, sizeof(payload),
		KEY_SPEC_SESSION_KEYRING);
}

static bool is_wanted(const struct scenario *scenario, char **names)
{
	if (!*names)
		return true;
	for (; *names; names++)
		if (strcmp(scenario->name, *names) == 0)
			return true;
	return false;
}

static void __attribute__((noreturn)) usage(void)
{
	fprintf(stderr,
		"usage: fault-matrix [-v] [-s SLICE/SLICES] [-n RUNS] [-k CALL] [-t SECONDS] BASE "
		"RIND PROBE [SCENARIO...]\n");
	exit(2);
}

static struct selection parse_options(int argc, char **argv)
{
	struct selection selection = {.slices = 1, .patience = 30};
	int option;

	while ((option = getopt(argc, argv, "vs:n:k:t:")) >= 0) {
		if (option == 'v')
			verbose = true;
		else if (option == 's' &&
			 sscanf(optarg, "%zu/%zu", &selection.slice, &selection.slices) == 2)
			continue;
		else if (option == 'n')
			selection.runs = strtoul(optarg, NULL, 10);
		else if (option == 'k')
			selection.call = optarg;
		else if (option == 't')
			selection.patience = (int)strtol(optarg, NULL, 10);
		else
			usage();
	}
	if (argc - optind < 3 || selection.slice >= selection.slices)
		usage();
	return selection;
}

int main(int argc, char **argv)
{
	struct selection selection = parse_options(argc, argv);
	bool good = true;

	argv += optind;
	snprintf(base, sizeof(base), "%s", argv[0]);
	snprintf(rind, sizeof(rind), "%s", argv[1]);
	find_namespaces();
	make_keyring();
	inject_prepare(selection.patience);
	scene_make(base, argv[2]);
	for (size_t i = 0; i < sizeof(scenarios) / sizeof(*scenarios); i++)
		if (is_wanted(&scenarios[i], argv + 3))
			good &= run_scenario(&scenarios[i], &selection);
	return good ? 0 : 1;
}
