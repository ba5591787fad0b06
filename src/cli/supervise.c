/*
 * See supervise.h.  Supervisor, on the host's side, while the command runs.  It waits only in the
 * two poll() below: everything else returns at once, messages too.
 */
#include "cli/supervise.h"

#include "base/sys.h"
#include "base/unmap_code.h"
#include "cli/report.h"
#include "supervisor/foreground.h"
#include "supervisor/sandbox.h"

#include <limits.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

enum {
	/* from SIGTERM to SIGKILL of the command, and from there to SIGKILL of init */
	GRACE_MS = 2000,
};

/* The timeout's next step, at its deadline. */
enum next_step {
	STEP_NONE,
	STEP_TERMINATE,
	STEP_KILL_COMMAND,
	STEP_KILL,
};

struct timeout {
	enum next_step next;
	int64_t deadline; /* in milliseconds of CLOCK_MONOTONIC */
	bool expired;
};

static int64_t now_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static void start_timeout(struct timeout *timeout, int64_t ms)
{
	*timeout = (struct timeout){.next = STEP_NONE};
	if (ms == 0)
		return;
	/* One more, since now_ms() rounds down and the given time is a minimum. */
	timeout->deadline = now_ms() + ms + 1;
	timeout->next = STEP_TERMINATE;
}

static int poll_timeout(const struct timeout *timeout)
{
	if (timeout->next == STEP_NONE)
		return -1;
	int64_t left = timeout->deadline - now_ms();
	if (left < 0)
		return 0;
	return left > INT_MAX ? INT_MAX : (int)left;
}

/* ESRCH: the command has just ended, which is fine. */
static void pass_on(const struct supervision *supervision, int number, bool group)
{
	int result = rind_sandbox_signal(supervision->sandbox, number, group);

	if (result < 0 && result != -ESRCH)
		report_line(
			"cannot pass signal %d on to the command: %s", number, errno_text(-result));
	else if (supervision->verbose)
		report_line("signal %d passed on to the command", number);
}

static void kill_sandbox(const struct supervision *supervision)
{
	int result = rind_sandbox_kill(supervision->sandbox);
	if (result < 0 && result != -ESRCH)
		report_line("cannot kill the sandbox: %s", errno_text(-result));
}

static void advance_timeout(const struct supervision *supervision, struct timeout *timeout)
{
	if (timeout->next == STEP_NONE || now_ms() < timeout->deadline)
		return;
	timeout->expired = true;
	if (timeout->next == STEP_KILL) {
		if (supervision->verbose)
			report_line("the command does not end: killing the sandbox");
		kill_sandbox(supervision);
		timeout->next = STEP_NONE;
		return;
	}
	if (timeout->next == STEP_TERMINATE) {
		if (supervision->verbose)
			report_line("the time is up: asking the command to end");
		/* A stopped process acts on SIGTERM only when it is continued. */
		pass_on(supervision, SIGTERM, supervision->new_session);
		pass_on(supervision, SIGCONT, supervision->new_session);
		timeout->next = STEP_KILL_COMMAND;
	} else {
		/*
		 * Kill only the command, so that init can still look for replaced paths: otherwise
		 * a command could prevent that by ignoring SIGTERM.
		 */
		pass_on(supervision, SIGKILL, supervision->new_session);
		timeout->next = STEP_KILL;
	}
	timeout->deadline = now_ms() + GRACE_MS;
}

/*
 * The command is in rind's own process group: a signal that the terminal sends to the group has
 * reached it already, and a second one could, for example, end a shell that the first only
 * interrupted.
 */
static void forward_in_shared_group(
	const struct supervision *supervision, const struct signalfd_siginfo *info)
{
	int number = (int)info->ssi_signo;

	if (!signals_from_terminal(info))
		pass_on(supervision, number, false);
	if (number == SIGTSTP)
		(void)signals_stop_by(SIGTSTP);
}

/*
 * Before rind leaves the foreground, stop all processes in the sandbox until it is back: the kernel
 * stops a process that reads the terminal in the background only if it is in the terminal's own
 * session.
 */
static void stop_sandbox(struct supervision *supervision)
{
	if (supervision->terminal < 0)
		return;
	(void)sandbox_signal_all(supervision->sandbox, SIGSTOP);
	supervision->sandbox_stopped = true;
	supervision->asked_to_end = false;
}

static void continue_sandbox(struct supervision *supervision)
{
	if (supervision->sandbox_stopped)
		(void)sandbox_signal_all(supervision->sandbox, SIGCONT);
	supervision->sandbox_stopped = false;
}

/*
 * rind was continued: by `fg`; by `bg`, and then it stops again, as any process that reads the
 * terminal; or by `kill %1`, where the shell wants the earlier signal to take effect.  In the last
 * case kill the command: continuing it would let it read the terminal.
 */
static bool resume(struct supervision *supervision)
{
	/* If the terminal is gone, nobody can read it. */
	if (foreground_ask(supervision->terminal) != FOREGROUND_OTHERS) {
		continue_sandbox(supervision);
		return true;
	}
	if (supervision->asked_to_end)
		pass_on(supervision, SIGKILL, true);
	else
		(void)signals_stop_by(SIGTTIN);
	return false;
}

/*
 * The command is in a session of its own, to which no terminal sends signals.  Pass signals of our
 * terminal on to the command's whole group, as the terminal would; a signal from a process was
 * meant for one process only.  SIGCONT always goes to the group: everything that was stopped has to
 * go on.
 */
static void forward_to_session(struct supervision *supervision, const struct signalfd_siginfo *info)
{
	int number = (int)info->ssi_signo;
	bool terminal = signals_from_terminal(info);

	if (number == SIGCONT && supervision->sandbox_stopped && !resume(supervision))
		return;
	pass_on(supervision, number, terminal || number == SIGCONT);
	supervision->asked_to_end |= number == SIGTERM || number == SIGHUP;
	if (number != SIGTSTP)
		return;
	stop_sandbox(supervision);
	bool stopped = signals_stop_by(SIGTSTP);
	if (!stopped)
		continue_sandbox(supervision);
	/*
	 * In an orphaned process group ^Z has no effect, since nobody would continue rind: so
	 * continue the command too.
	 */
	if (terminal && !stopped)
		pass_on(supervision, SIGCONT, true);
}

static void forward_signals(struct supervision *supervision)
{
	struct signalfd_siginfo info;

	while (signals_next(supervision->signals, &info)) {
		if (supervision->new_session)
			forward_to_session(supervision, &info);
		else
			forward_in_shared_group(supervision, &info);
	}
}

/* poll(2) ignores -1. */
static struct pollfd await_room(const struct output *output)
{
	return (struct pollfd){.fd = output_pending(output) ? output->fd : -1, .events = POLLOUT};
}

/* Standard error last: it reports if the status cannot be written. */
static bool flush(const struct supervision *supervision)
{
	status_flush(supervision->status);
	(void)output_flush(report_queue());
	return output_pending(&supervision->status->output) || output_pending(report_queue());
}

static int watch_until_ended(
	struct supervision *supervision, struct timeout *timeout, struct rind_error *err)
{
	for (;;) {
		struct pollfd fds[] = {
			{.fd = rind_sandbox_fd(supervision->sandbox), .events = POLLIN},
			{.fd = supervision->signals->fd, .events = POLLIN},
			{.fd = supervision->parent_fd, .events = POLLIN},
			await_room(&supervision->status->output),
			await_room(report_queue()),
		};
		int result =
			unmap_code_and_poll(fds, sizeof(fds) / sizeof(*fds), poll_timeout(timeout));

		if (result < 0 && result != -EINTR)
			return rind_error_set(err, result, "cannot watch the sandbox: poll: %s",
				errno_text(-result));
		if (result > 0 && fds[2].revents) {
			kill_sandbox(supervision);
			return 0;
		}
		if (result > 0 && fds[0].revents && sandbox_has_ended(supervision->sandbox))
			return 0;
		if (result > 0 && fds[1].revents)
			forward_signals(supervision);
		flush(supervision);
		advance_timeout(supervision, timeout);
	}
}

int supervise(struct supervision *supervision, struct rind_error *err)
{
	struct rind_status status;
	struct timeout timeout;

	start_timeout(&timeout, supervision->timeout_ms);
	supervision->end_by = timeout.deadline + GRACE_MS;
	int result = signals_watch(supervision->signals, &supervision->signals->forwarded, err);
	if (result == 0)
		result = watch_until_ended(supervision, &timeout, err);
	if (result < 0) {
		kill_sandbox(supervision);
		return result;
	}
	result = rind_wait(supervision->sandbox, &status, err);
	if (result < 0)
		return result;
	if (supervision->verbose)
		report_line("the command %s %d",
			status.signaled ? "was ended by signal" : "exited with", status.value);
	if (timeout.expired)
		return RIND_EXIT_TIMEOUT;
	return status.signaled ? 128 + status.value : status.value;
}

/* The reason not to write the waiting lines any more; NULL: go on. */
static const char *reason_to_end(const struct supervision *supervision, const struct pollfd *fds)
{
	if (fds[0].revents)
		return "interrupted";
	if (fds[1].revents)
		return "the process that started rind has ended";
	if (supervision->timeout_ms && now_ms() >= supervision->end_by)
		return "the time is up";
	return NULL;
}

void supervise_last_words(const struct supervision *supervision)
{
	const char *reason = NULL;
	struct rind_error err;

	if (!flush(supervision))
		return;
	if (signals_watch(supervision->signals, &supervision->signals->ending, &err) < 0)
		reason = err.message;
	while (!reason && flush(supervision)) {
		struct pollfd fds[] = {
			{.fd = supervision->signals->fd, .events = POLLIN},
			{.fd = supervision->parent_fd, .events = POLLIN},
			await_room(&supervision->status->output),
			await_room(report_queue()),
		};
		const struct timeout end = {
			.next = supervision->timeout_ms ? STEP_KILL : STEP_NONE,
			.deadline = supervision->end_by,
		};
		int result = sys_poll(fds, sizeof(fds) / sizeof(*fds), poll_timeout(&end));
		reason = result < 0 ? errno_text(-result) : reason_to_end(supervision, fds);
	}
	if (output_pending(&supervision->status->output))
		status_give_up(supervision->status, reason);
	(void)output_flush(report_queue());
	output_discard(report_queue());
}
