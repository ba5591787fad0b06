/*
 * See signals.h.  Supervisor; it belongs to the program, not to the library, because it changes the
 * signal mask of the process.  Must not install handlers: nothing here runs asynchronously.
 */
#include "cli/signals.h"

#include "base/fd.h"
#include "base/sys.h"

#include <string.h>

static const int ending_signals[] = {SIGINT, SIGTERM, SIGHUP, SIGQUIT};
static const int other_signals[] = {SIGUSR1, SIGUSR2, SIGWINCH, SIGCONT, SIGTSTP};

/*
 * A blocked signal is queued, and would be read from the signalfd, even if its disposition is to be
 * ignored.  So those are left alone; the command inherits the disposition.
 */
static void add_unless_ignored(sigset_t *set, const int *numbers, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		struct sigaction action;
		if (sigaction(numbers[i], NULL, &action) == 0 && action.sa_handler == SIG_IGN)
			continue;
		sigaddset(set, numbers[i]);
	}
}

static int watch(int fd, const sigset_t *set, struct rind_error *err)
{
	int result = sys_descriptor(sys_result(signalfd(fd, set, SFD_CLOEXEC | SFD_NONBLOCK)));
	if (result < 0)
		return rind_error_set(
			err, result, "cannot watch for signals: signalfd: %s", errno_text(-result));
	return result;
}

/* Block them and verify that; *ret_original is the mask for the command. */
static int block(const sigset_t *signals, sigset_t *ret_original)
{
	sigset_t now;

	sigemptyset(ret_original);
	sigemptyset(&now);
	if (sigprocmask(SIG_BLOCK, signals, ret_original) < 0 ||
		sigprocmask(SIG_BLOCK, NULL, &now) < 0)
		return -errno;
	return sigismember(&now, SIGPIPE) ? 0 : -EIO;
}

int signals_hold(struct signals *ret, struct rind_error *err)
{
	struct signals signals;

	sigemptyset(&signals.ending);
	add_unless_ignored(&signals.ending, ending_signals,
		sizeof(ending_signals) / sizeof(ending_signals[0]));
	signals.forwarded = signals.ending;
	add_unless_ignored(&signals.forwarded, other_signals,
		sizeof(other_signals) / sizeof(other_signals[0]));

	/* And SIGPIPE: a status descriptor that nobody reads must not end the supervisor. */
	sigset_t blocked = signals.forwarded;
	sigaddset(&blocked, SIGPIPE);

	signals.fd = watch(-1, &signals.ending, err);
	if (signals.fd < 0)
		return signals.fd;
	int error = block(&blocked, &signals.original);
	if (error < 0) {
		close_fd(&signals.fd);
		return rind_error_set(
			err, error, "cannot hold signals: sigprocmask: %s", errno_text(-error));
	}
	*ret = signals;
	return 0;
}

int signals_watch(const struct signals *signals, const sigset_t *set, struct rind_error *err)
{
	int result = watch(signals->fd, set, err);
	return result < 0 ? result : 0;
}

bool signals_next(const struct signals *signals, struct signalfd_siginfo *ret)
{
	return read(signals->fd, ret, sizeof(*ret)) == (ssize_t)sizeof(*ret);
}

bool signals_from_terminal(const struct signalfd_siginfo *info)
{
	return info->ssi_code == SI_KERNEL;
}

bool signals_stop_by(int number)
{
	sigset_t stop, pending;

	/*
	 * Send SIGTSTP, not SIGSTOP: in an orphaned process group, where nobody would continue the
	 * process, the kernel ignores SIGTSTP, but carries out SIGSTOP.
	 */
	sigemptyset(&stop);
	sigaddset(&stop, number);
	sigprocmask(SIG_BLOCK, &stop, NULL);
	raise(number);
	sigprocmask(SIG_UNBLOCK, &stop, NULL);
	sigprocmask(SIG_BLOCK, &stop, NULL);

	/*
	 * A stopped process is continued by a SIGCONT, which is blocked here and so still pending.
	 */
	sigpending(&pending);
	return sigismember(&pending, SIGCONT);
}

void signals_die_of(int number)
{
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, number);
	signal(number, SIG_DFL);
	raise(number);
	sigprocmask(SIG_UNBLOCK, &set, NULL);
	_exit(128 + number); /* the first process of a pid namespace survives the signal */
}

void signals_release(struct signals *signals)
{
	close_fd(&signals->fd);
}
