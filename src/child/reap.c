/*
 * Child side: init while the command runs.  It reaps processes, passes on signals from the
 * supervisor, and ends with the command, or, where background processes may outlive the command,
 * with the last of them.  It has no capabilities, or one that only guards it (rights.c).
 */
#include "base/unmap_code.h"
#include "child/steps.h"
#include "ops/operations.h"

#include <string.h>
#include <sys/ptrace.h>
#include <sys/signalfd.h>

/*
 * waitpid(2) for processes that have ended.  To a tracer it also reports stopped ones, and a child
 * can make init its tracer (PTRACE_TRACEME).  Detach from it; it goes on with the signal that
 * stopped it.
 */
static long wait_for_ended(int *status)
{
	long pid;

	while ((pid = sys_result(waitpid(-1, status, WNOHANG))) > 0 && WIFSTOPPED(*status)) {
		/*
		 * SIGTRAP comes from the kernel after an exec, and would end the process: drop
		 * it.
		 */
		long signal = WSTOPSIG(*status) == SIGTRAP ? 0 : WSTOPSIG(*status);
		(void)syscall(SYS_ptrace, PTRACE_DETACH, pid, 0L, signal);
	}
	return pid;
}

/*
 * Reap one process.  Returns its id, 0 when none has ended, -ECHILD when there are none.  SIGCHLD
 * is reported once: so if the first answer after it is "none", ask a second time, in case the
 * first was faked.
 */
static int next_ended(int *status, bool reaped)
{
	long pid = wait_for_ended(status);
	if (pid == 0 && !reaped)
		pid = wait_for_ended(status);
	if (pid < 0 && pid != -ECHILD)
		_exit(RIND_EXIT_FAILURE);
	return (int)pid;
}

/*
 * Reap what has ended, and end with the command.  Where background processes may outlive the
 * command, init stays until they have ended.
 */
static void reap(struct child *child, int command)
{
	struct message message = {.type = MESSAGE_EXITED};
	bool ended = false, reaped = false;
	int pid, status;

	while ((pid = next_ended(&status, reaped)) > 0) {
		reaped = true;
		if (pid != command)
			continue;
		message.exited.status = status;
		ended = true;
		if (!child->plan->background)
			break;
	}
	/* No process is left.  While the command runs there always is one. */
	message.exited.last = pid < 0 || !child->plan->background;
	if (ended) {
		operations_inspect(child, &message.exited.replaced);
		(void)message_send(child->frozen->socket, &message, -1);
	}
	if (pid < 0 || (ended && !child->plan->background))
		_exit(0);
}

/*
 * Signal all processes but init.  SIGSTOP cannot be caught; SIGTSTP, which the supervisor has
 * sent before, can: wait a moment until a first process has stopped by it.
 */
static void signal_all(int number, int signals)
{
	enum { MOMENT_MS = 300 };
	struct pollfd stopped = {.fd = signals, .events = POLLIN};

	if (number == SIGSTOP)
		(void)sys_poll(&stopped, 1, MOMENT_MS);
	kill(-1, number);
}

/* Pass on a signal from the supervisor.  Returns whether the supervisor is still there. */
static bool obey(const struct child *child, int command, int signals)
{
	struct message message;
	int fd;
	int received = message_receive(child->frozen->socket, &message, &fd, MSG_DONTWAIT);

	if (received == -EAGAIN)
		return true;
	if (received <= 0 && !child->plan->die_with_parent)
		return false;
	if (received <= 0 || message.type != MESSAGE_SIGNAL)
		_exit(RIND_EXIT_FAILURE);
	/* Without a pid namespace of its own, "all" would be processes of the host. */
	if (message.signal.all && child->plan->namespaces & PLAN_NS_PID) {
		signal_all(message.signal.number, signals);
		(void)message_send_flags(child->frozen->socket, &message, -1, MSG_DONTWAIT);
	} else if (!message.signal.all)
		kill(message.signal.group ? -command : command, message.signal.number);
	return true;
}

/*
 * poll(2) refuses more descriptors than RLIMIT_NOFILE allows, and any process of the same user
 * can lower init's limit: in a sandbox without our filter, the command.  select(2) has no such
 * limit.
 */
static int wait_by_select(struct pollfd *fds, size_t count)
{
	enum { BITS = 8 * sizeof(unsigned long) };
	static unsigned long set[1 << 10];
	int end = 0;

	memset(set, 0, sizeof(set));
	for (size_t i = 0; i < count; i++) {
		if (fds[i].fd >= (int)(BITS * (sizeof(set) / sizeof(*set))))
			return -EINVAL;
		if (fds[i].fd < 0)
			continue;
		set[fds[i].fd / BITS] |= 1UL << fds[i].fd % BITS;
		end = fds[i].fd >= end ? fds[i].fd + 1 : end;
	}
	long ready = sys_result(syscall(SYS_pselect6, end, set, NULL, NULL, NULL, NULL));
	if (ready == -EINTR)
		memset(set, 0, sizeof(set));
	else if (ready < 0)
		return (int)ready;
	for (size_t i = 0; i < count; i++)
		fds[i].revents = fds[i].fd >= 0 && set[fds[i].fd / BITS] >> fds[i].fd % BITS & 1
					 ? POLLIN
					 : 0;
	return 0;
}

static void wait_for_events(struct pollfd *fds, size_t count)
{
	int ready = unmap_code_and_poll(fds, (unsigned int)count, -1);
	if (ready == -EINVAL)
		ready = wait_by_select(fds, count);
	if (ready < 0)
		_exit(RIND_EXIT_FAILURE);
}

void reap_until_end(struct child *child, int command, int signals)
{
	struct pollfd fds[] = {
		{.fd = signals, .events = POLLIN},
		{.fd = child->frozen->socket, .events = POLLIN},
		{.fd = child->frozen->end_fds[0], .events = POLLIN}, /* poll(2) passes over -1 */
		{.fd = child->frozen->end_fds[1], .events = POLLIN},
	};
	struct signalfd_siginfo info;

	for (;;) {
		wait_for_events(fds, sizeof(fds) / sizeof(*fds));
		/* The supervisor, or the process that the sandbox is for, has ended. */
		if (fds[2].revents || fds[3].revents)
			_exit(RIND_EXIT_FAILURE);
		if (fds[1].revents && !obey(child, command, signals))
			fds[1].fd = -1; /* poll(2) passes over it */
		if (fds[0].revents && read(signals, &info, sizeof(info)) > 0)
			reap(child, command);
	}
}
