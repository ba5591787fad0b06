/*
 * rind run: options -> policy -> plan -> sandbox -> exit status.
 *
 * Supervisor, with the caller's privileges.  The library makes the sandbox; here is what only a
 * program may do: change the signal mask and the terminal, end with its parent, exit.
 */
#include "base/fd.h"
#include "base/sys.h"
#include "cli/explain/plan_view.h"
#include "cli/front.h"
#include "cli/open_files.h"
#include "cli/options.h"
#include "cli/parent.h"
#include "cli/report.h"
#include "cli/signals.h"
#include "cli/status.h"
#include "cli/supervise.h"
#include "cli/terminal.h"
#include "plan/plan.h"
#include "policy/policy.h"
#include "supervisor/foreground.h"
#include "supervisor/sandbox.h"

#include <string.h>

static void free_plan(struct rind_plan **plan)
{
	rind_plan_free(*plan);
}

static void free_sandbox(struct rind_sandbox **sandbox)
{
	rind_sandbox_free(*sandbox);
}

#define _cleanup_plan_       __attribute__((cleanup(free_plan)))
#define _cleanup_sandbox_    __attribute__((cleanup(free_sandbox)))
#define _cleanup_open_files_ __attribute__((cleanup(open_files_release)))
#define _cleanup_status_     __attribute__((cleanup(status_release)))
#define _cleanup_signals_    __attribute__((cleanup(signals_release)))

/*
 * Check this before rind opens anything: a descriptor of rind's own could get the number, and would
 * be handed to the command.
 */
static int check_kept_fds(const struct rind_policy *policy, struct rind_error *err)
{
	for (size_t i = 0; i < policy->keep_fd_count; i++) {
		int fd = policy->keep_fds[i];
		if (fcntl(fd, F_GETFD) < 0)
			return rind_error_set(err, -EBADF,
				"--keep-fd %d: the descriptor is not open; open it in the shell "
				"with %d<FILE",
				fd, fd);
	}
	return 0;
}

static int start(const struct rind_plan *plan, const struct run_options *options, int parent_fd,
	struct signals *signals, struct rind_sandbox **ret, struct rind_error *err)
{
	const struct rind_spawn_options spawn = {
		.interrupt_fd = signals->fd,
		.end_fd = parent_fd,
		.want_namespaces = options->json_status_fd >= 0,
		.signal_mask = &signals->original,
	};
	struct signalfd_siginfo info;
	int result = sandbox_spawn(plan, options->arguments, &spawn, NULL, ret, err);

	/* The sender expects rind to end by the signal; nothing has been started. */
	if (result == -EINTR && signals_next(signals, &info))
		signals_die_of((int)info.ssi_signo);
	return result;
}

/*
 * Warn of paths that were protected when the command began and no longer were when it had ended.
 * The exit status remains the command's own.
 */
static void report_replaced(const struct rind_plan *plan, const struct rind_sandbox *sandbox,
	struct status_queue *status)
{
	struct rind_replaced replaced[RIND_REPLACED_NAMED];
	struct rind_step step;
	int count = rind_sandbox_replaced(sandbox, replaced, RIND_REPLACED_NAMED);

	if (count == -ENODATA && plan->namespaces)
		report_line("the sandbox was killed as a whole: whether a protected path was "
			    "replaced on the host while the command ran is not known");
	for (int i = 0; i < count && i < RIND_REPLACED_NAMED; i++) {
		if (rind_plan_step(plan, replaced[i].step, &step) < 0)
			continue;
		if (replaced[i].unknown)
			report_line("%s (%s): cannot be reached now that the command has ended: it "
				    "may have been replaced; look at it",
				step.path, step.rule);
		else
			report_line("%s (%s): was replaced on the host while the command ran: the "
				    "replacement was not %s; look at it",
				step.path, step.rule, step.access);
	}
	if (count > RIND_REPLACED_NAMED)
		report_line("%d more paths were replaced", count - RIND_REPLACED_NAMED);
	if (count > 0)
		status_replaced(status, plan, replaced, (size_t)count);
}

/* Show the notes that were made about steps of the plan. */
static void report_notes(const struct rind_plan *plan)
{
	struct rind_step step;

	for (size_t i = 0; rind_plan_step(plan, i, &step) == 0; i++)
		if (step.note)
			report_line("note: %s (%s) %s", step.path, step.rule, step.note);
}

/* Warn of writable roots whose mode, owner or group has changed, which no mount can prevent. */
static void report_altered(const struct rind_plan *plan, struct status_queue *status)
{
	enum { NAMED = 16 };
	struct rind_altered altered[NAMED];
	struct rind_step step;
	size_t count = rind_plan_altered(plan, altered, NAMED);
	size_t named = count < NAMED ? count : NAMED;

	for (size_t i = 0; i < named; i++) {
		const struct rind_attributes *before = &altered[i].before,
					     *after = &altered[i].after;
		if (rind_plan_step(plan, altered[i].step, &step) < 0)
			continue;
		if (before->mode != after->mode)
			report_line("%s (%s): its mode was %04o before the command ran and is %04o "
				    "now; put it back with chmod %04o",
				step.path, step.rule, before->mode, after->mode, before->mode);
		if (before->uid != after->uid || before->gid != after->gid)
			report_line("%s (%s): its owner was %u:%u before the command ran and is "
				    "%u:%u now; put it back with chown %u:%u",
				step.path, step.rule, before->uid, before->gid, after->uid,
				after->gid, before->uid, before->gid);
	}
	if (named)
		status_altered(status, plan, altered, named);
}

/* Say if the kernel refused a new /proc, and what the sandbox has instead. */
static void note_empty_proc(const struct rind_plan *plan, const struct rind_sandbox *sandbox)
{
	if (plan->proc == RIND_PROC_AUTO && rind_sandbox_proc(sandbox) == RIND_PROC_NONE)
		report_line(
			"note: the host's /proc is partly masked, so the kernel refuses a new one: "
			"the sandbox has an empty /proc (--proc auto)");
}

/* Say that the names protected by default are not safe with --nested=any. */
static void note_nested_any(const struct rind_plan *plan)
{
	if (plan->nested_any)
		report_line(
			"note: with --nested=any the command can undo every mount of the sandbox: "
			".git, .codex and .agents are not protected from it");
}

/*
 * The terminal that the command may read while rind is in the foreground, see terminals.c; -1:
 * none.
 */
static int find_readable_terminal(const struct rind_plan *plan)
{
	if (!plan->null_stdin && foreground_ask(STDIN_FILENO) == FOREGROUND_OURS)
		return STDIN_FILENO;
	for (size_t i = 0; i < plan->keep_fd_count; i++)
		if (foreground_ask(plan->keep_fds[i]) == FOREGROUND_OURS)
			return plan->keep_fds[i];
	return -1;
}

/*
 * Publish what the command has committed (--git commit).  Where that fails after a command that
 * succeeded, its status would say that what it did is done.
 */
static int publish(struct rind_sandbox *sandbox, const struct signals *signals, int status)
{
	struct rind_error err = {0};

	int result = rind_sandbox_publish(sandbox, signals->fd, &err);
	if (result)
		report_line("%s%s", result > 0 ? "note: " : "", err.message);
	return status || result >= 0 ? status : RIND_EXIT_FAILURE;
}

/* Start the command and watch over it until all has ended; the exit status, or -errno. */
static int run_command(const struct rind_plan *plan, const struct run_options *options,
	struct supervision *supervision, struct rind_error *err)
{
	_cleanup_sandbox_ struct rind_sandbox *sandbox = NULL;
	_cleanup_open_files_ struct open_files files = {0};
	struct terminal terminal;

	terminal_save(&terminal, plan->keep_fds, plan->keep_fd_count);
	int result = open_files_save(&files, plan->keep_fds, plan->keep_fd_count, err);
	if (!result)
		result = start(
			plan, options, supervision->parent_fd, supervision->signals, &sandbox, err);
	if (result < 0)
		return result;
	if (options->verbose)
		report_line(
			"started %s, process %d", options->arguments[0], rind_sandbox_pid(sandbox));
	note_empty_proc(plan, sandbox);
	note_nested_any(plan);
	status_started(supervision->status, sandbox);
	supervision->sandbox = sandbox;
	if (plan->new_session && plan->namespaces & PLAN_NS_PID)
		supervision->terminal = find_readable_terminal(plan);
	result = supervise(supervision, err);
	if (result < 0) /* a process that still runs could change the terminal again */
		rind_sandbox_free(take_ptr(sandbox));
	terminal_restore(&terminal);
	open_files_restore(&files);
	if (result < 0)
		return result;
	report_replaced(plan, sandbox, supervision->status);
	report_altered(plan, supervision->status);
	result = publish(sandbox, supervision->signals, result);
	status_exited(supervision->status, result);
	return result;
}

/* Run the command of a finished plan; the exit status, or -errno. */
static int run_plan(const struct rind_plan *plan, const struct run_options *options, int parent_fd,
	struct status_queue *status, struct rind_error *err)
{
	_cleanup_signals_ struct signals signals = {.fd = -1};
	struct supervision supervision = {
		.signals = &signals,
		.status = status,
		.parent_fd = parent_fd,
		.terminal = -1,
		.new_session = plan->new_session,
		.verbose = options->verbose,
		.timeout_ms = options->timeout_ms,
		.end_by = INT64_MAX,
	};

	int result = signals_hold(&signals, err);
	if (result < 0)
		return result;
	report_without_waiting();
	result = run_command(plan, options, &supervision, err);
	if (result < 0)
		result = report_error(err);
	supervise_last_words(&supervision);
	return result;
}

/* Check what can be checked before anything is done. */
static int check_options(
	const struct run_options *options, struct status_queue *status, struct rind_error *err)
{
	if (!options->arguments[0])
		return rind_error_set(
			err, -EINVAL, "run: no command given; usage: %s", option_face_run.usage);
	int result = check_kept_fds(options->policy, err);
	if (result < 0)
		return result;
	return status_open(status, options->json_status_fd, err);
}

static int run(const struct run_options *options, pid_t parent, struct rind_error *err)
{
	_cleanup_plan_ struct rind_plan *plan = NULL;
	_cleanup_status_ struct status_queue status = {.output = {.fd = -1}};
	_cleanup_close_ int parent_fd = -1;

	int result = check_options(options, &status, err);
	if (!result && options->die_with_parent)
		result = parent_watch(parent, &parent_fd, err);
	if (result < 0)
		return result;
	result = rind_plan_from_policy(options->policy, &plan, err);
	if (result < 0)
		return result;
	if (options->verbose) {
		plan_view_policy(stderr, plan);
		fflush(stderr);
	}
	report_notes(plan);
	return run_plan(plan, options, parent_fd, &status, err);
}

int front_run(int argc, char **argv, pid_t parent)
{
	return front_with_options(argc, argv, parent, &option_face_run, run);
}
