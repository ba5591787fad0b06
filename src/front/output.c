/*
 * See output.h.  Supervisor.  Does not set O_NONBLOCK: that would set it for everybody who shares the
 * open file, the command included.
 */
#include "front/output.h"

#include "base/fd.h"
#include "base/sys.h"

#include <limits.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum {
	MOST_WAITING = 1 << 20,
	TICK_NS = 1000 * 1000,
};

int output_append(struct output *output, const char *text, size_t length)
{
	if (output->fd < 0)
		return 0;
	if (output->length - output->written > MOST_WAITING)
		return -ENOMEM;
	char *longer = realloc(output->text, output->length + length);
	if (!longer)
		return -ENOMEM;
	memcpy(longer + output->length, text, length);
	output->text = longer;
	output->length += length;
	return 0;
}

bool output_pending(const struct output *output)
{
	return output->fd >= 0 && output->written < output->length;
}

static void on_tick(int number)
{
	(void)number; /* that it interrupts the write is all that it is for */
}

/*
 * write(2), ended by a timer when it has to wait.  That poll(2) has said yes does not rule it out: another
 * process may fill the pipe, or stop the terminal, in between.  The timer goes on, since its first signal may
 * come before the write.  One of its own: an alarm that the caller has set stays what it is.
 */
static ssize_t write_under_timer(int fd, const char *text, size_t length)
{
	const struct sigaction action = {.sa_handler = on_tick}; /* no SA_RESTART */
	const struct itimerspec tick = {{0, TICK_NS}, {0, TICK_NS}};
	struct sigevent event = {.sigev_notify = SIGEV_SIGNAL, .sigev_signo = SIGVTALRM};
	struct sigaction before;
	timer_t timer;

	if (timer_create(CLOCK_MONOTONIC, &event, &timer) < 0)
		return -errno;
	ssize_t result = sigaction(SIGVTALRM, &action, &before) < 0 ? -errno : 0;
	if (!result) {
		result = timer_settime(timer, 0, &tick, NULL) < 0 ? -errno : 0;
		if (!result)
			result = sys_result(write(fd, text, length));
		timer_delete(timer);
		sigaction(SIGVTALRM, &before, NULL);
		return result;
	}
	timer_delete(timer);
	return result;
}

/*
 * As much as a pipe takes without waiting once poll(2) says that it takes anything.  To a terminal with
 * `stty tostop` a process in the background may write only while SIGTTOU is blocked: otherwise it is stopped,
 * and passes nothing on any more.
 */
static ssize_t write_now(int fd, const char *text, size_t length)
{
	struct pollfd ready = {.fd = fd, .events = POLLOUT};
	sigset_t tick, stop, before;

	int polled = sys_poll(&ready, 1, 0);
	if (polled <= 0)
		return polled < 0 && polled != -EINTR ? polled : -EAGAIN;
	sigemptyset(&tick);
	sigaddset(&tick, SIGVTALRM);
	sigemptyset(&stop);
	sigaddset(&stop, SIGTTOU);
	sigaddset(&stop, SIGPIPE);
	sigprocmask(SIG_BLOCK, &stop, &before);
	sigprocmask(SIG_UNBLOCK, &tick, NULL);
	ssize_t result = write_under_timer(fd, text, length < PIPE_BUF ? length : PIPE_BUF);
	sigprocmask(SIG_SETMASK, &before, NULL);
	return result;
}

int output_flush(struct output *output)
{
	while (output_pending(output)) {
		ssize_t count = write_now(output->fd, output->text + output->written,
			output->length - output->written);
		if (count == -EAGAIN || count == -EINTR || count == 0)
			return 0;
		if (count < 0) {
			output_discard(output);
			return (int)count;
		}
		output->written += (size_t)count;
	}
	output_discard(output);
	return 0;
}

void output_discard(struct output *output)
{
	output->length = output->written = 0;
}

void output_release(struct output *output)
{
	output_discard(output);
	free(take_ptr(output->text));
}
