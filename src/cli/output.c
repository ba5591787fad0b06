/*
 * See output.h.  Supervisor.  Does not set O_NONBLOCK: that would affect all who share the open
 * file, the command included.
 */
#include "cli/output.h"

#include "base/fd.h"
#include "base/sys.h"

#include <limits.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

enum {
	MOST_WAITING = 1 << 20,
	TICK_NS = 1000 * 1000,
};

/* Free the written part: with a slow reader it would otherwise be kept for ever. */
static void forget_written(struct output *output)
{
	if (!output->written)
		return;
	output->length -= output->written;
	memmove(output->text, output->text + output->written, output->length);
	output->written = 0;
}

int output_append(struct output *output, const char *text, size_t length)
{
	if (output->fd < 0)
		return 0;
	forget_written(output);
	if (output->length > MOST_WAITING)
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
	(void)number; /* it only has to interrupt write(2) */
}

/* From tick_start() to tick_end() a signal arrives again and again. */
struct tick {
	int number;
	int timer;              /* the kernel's number of it */
	bool is_alarm;          /* uses the process's only alarm, not a timer */
	struct itimerval alarm; /* the caller's own */
	struct sigaction action;
};

/*
 * The kernel's own calls: timer_create(3) of musl follows a pointer that it finds in what a faked
 * success has left there.
 */
static long create_timer(struct sigevent *event, int *ret)
{
	return syscall(SYS_timer_create, CLOCK_MONOTONIC, event, ret);
}

static long set_timer(int timer, const struct itimerspec *every)
{
	return syscall(SYS_timer_settime, timer, 0, every, NULL);
}

static long delete_timer(int timer)
{
	return syscall(SYS_timer_delete, timer);
}

/*
 * Start a timer of our own, which leaves the caller's alarm alone.  If the user may have no more
 * pending signals (RLIMIT_SIGPENDING, which a command of the same user can use up), use the alarm.
 */
static int tick_start(struct tick *ret)
{
	const struct sigaction action = {.sa_handler = on_tick}; /* no SA_RESTART */
	const struct itimerspec every = {{0, TICK_NS}, {0, TICK_NS}};
	const struct itimerval alarm = {{0, TICK_NS / 1000}, {0, TICK_NS / 1000}};
	struct sigevent event = {.sigev_notify = SIGEV_SIGNAL, .sigev_signo = SIGVTALRM};

	ret->timer = -1;
	ret->is_alarm = create_timer(&event, &ret->timer) < 0;
	ret->number = ret->is_alarm ? SIGALRM : SIGVTALRM;
	sigset_t set;
	sigemptyset(&set);
	sigaddset(&set, ret->number);
	int error = (int)sys_result(sigaction(ret->number, &action, &ret->action));
	if (!error)
		error = (int)sys_result(sigprocmask(SIG_UNBLOCK, &set, NULL));
	if (!error)
		error = (int)sys_result(ret->is_alarm ? setitimer(ITIMER_REAL, &alarm, &ret->alarm)
						      : set_timer(ret->timer, &every));
	if (error < 0 && !ret->is_alarm)
		(void)delete_timer(ret->timer);
	return error;
}

static bool is_stopped(const struct tick *tick)
{
	struct itimerspec left;
	if (tick->is_alarm)
		return setitimer(ITIMER_REAL, &tick->alarm, NULL) == 0;
	return delete_timer(tick->timer) == 0 && syscall(SYS_timer_gettime, tick->timer, &left) < 0;
}

/*
 * The signal is still unblocked, so none is pending after the timer has stopped.  If the timer
 * cannot be stopped, keep the handler: without it the signal would end rind.
 */
static void tick_end(const struct tick *tick)
{
	if (is_stopped(tick))
		(void)sigaction(tick->number, &tick->action, NULL);
}

/*
 * write(2), interrupted by a signal if it has to wait.  It may, although poll(2) said otherwise:
 * another process may fill the pipe, or stop the terminal, in between.  The signal repeats, since
 * the first one may arrive before the write.
 */
static ssize_t write_under_tick(int fd, const char *text, size_t length)
{
	struct tick tick;

	int error = tick_start(&tick);
	if (error < 0)
		return error;
	ssize_t result = sys_result(write(fd, text, length));
	tick_end(&tick);
	return result;
}

/*
 * Write no more than a pipe accepts without waiting once poll(2) says that it accepts anything.  On
 * a terminal with `stty tostop` a background process may write only while SIGTTOU is blocked;
 * otherwise it is stopped, and forwards nothing any more.
 */
static ssize_t write_now(int fd, const char *text, size_t length)
{
	struct pollfd ready = {.fd = fd, .events = POLLOUT};
	sigset_t stop, before;

	int polled = sys_poll(&ready, 1, 0);
	if (polled <= 0)
		return polled < 0 && polled != -EINTR ? polled : -EAGAIN;
	sigemptyset(&stop);
	sigaddset(&stop, SIGTTOU);
	sigaddset(&stop, SIGPIPE);
	sigprocmask(SIG_BLOCK, &stop, &before);
	ssize_t result = write_under_tick(fd, text, length < PIPE_BUF ? length : PIPE_BUF);
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
