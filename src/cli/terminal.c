/*
 * See terminal.h.  Supervisor, with the terminal that it shares with the command: a command that is
 * killed in raw mode, or that made another group the foreground one, would leave the caller's shell
 * without echo or without input.  Must not touch a terminal that is a shell's at that moment.
 */
#include "cli/terminal.h"

#include "base/sys.h"
#include "supervisor/foreground.h"

#include <errno.h>
#include <signal.h>
#include <stdbool.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <unistd.h>

static bool save(struct terminal *ret, int fd)
{
	struct stat stat;
	struct terminal terminal = {.fd = -1, .discipline = -1};

	if (tcgetattr(fd, &terminal.settings) < 0)
		return false;
	enum foreground foreground = foreground_ask(fd);
	if (foreground != FOREGROUND_NONE)
		terminal.fd = fd;
	terminal.in_background = foreground == FOREGROUND_OTHERS;
	if (ioctl(fd, TIOCGETD, &terminal.discipline) < 0)
		terminal.discipline = -1;
	terminal.has_mode = sys_fstat(fd, &stat) == 0;
	terminal.mode = terminal.has_mode ? stat.st_mode : 0;
	*ret = terminal;
	return terminal.fd >= 0;
}

void terminal_save(struct terminal *ret, const int *kept, size_t kept_count)
{
	*ret = (struct terminal){.fd = -1, .discipline = -1};
	for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++)
		if (save(ret, fd))
			return;
	for (size_t i = 0; i < kept_count; i++)
		if (save(ret, kept[i]))
			return;
}

/*
 * May we still restore the terminal?  Not if another group that has processes is in the foreground:
 * a shell has put it there (^Z, then bg), and the settings are that shell's now.  A group of the
 * command's has no processes left.
 */
static bool is_ours(const struct terminal *terminal, pid_t foreground)
{
	if (terminal->in_background)
		return false;
	if (foreground <= 0 || foreground == getpgrp())
		return foreground_ask(terminal->fd) != FOREGROUND_OTHERS;
	return kill(-foreground, 0) < 0 && errno == ESRCH;
}

/* Restore the mode, which rind changed only where it could not mount the terminal read-only. */
static void restore_mode(const struct terminal *terminal)
{
	enum { PERMISSIONS = 07777 };
	struct stat stat;

	if (terminal->has_mode && sys_fstat(terminal->fd, &stat) == 0 &&
		stat.st_mode != terminal->mode)
		(void)fchmod(terminal->fd, terminal->mode & PERMISSIONS);
}

static void restore(const struct terminal *terminal)
{
	pid_t foreground = tcgetpgrp(terminal->fd);

	/*
	 * What no shell restores.  Output stopped by tcflow() would stay stopped, whatever key is
	 * pressed; exclusive mode would keep the caller's own programs from opening the terminal.
	 */
	(void)tcflow(terminal->fd, TCOON);
	(void)ioctl(terminal->fd, TIOCNXCL);
	/* If the terminal is gone, ignore it. */
	if (!is_ours(terminal, foreground))
		return;
	if (foreground != getpgrp())
		(void)tcsetpgrp(terminal->fd, getpgrp());
	if (terminal->discipline >= 0)
		(void)ioctl(terminal->fd, TIOCSETD, &terminal->discipline);
	(void)tcsetattr(terminal->fd, TCSANOW, &terminal->settings);
	restore_mode(terminal);
}

/* Changing a terminal from a background group stops the group, unless this is blocked. */
static bool block_stop(sigset_t *ret_original)
{
	sigset_t stop, now;

	sigemptyset(&stop);
	sigaddset(&stop, SIGTTOU);
	sigemptyset(&now);
	return sigprocmask(SIG_BLOCK, &stop, ret_original) == 0 &&
	       sigprocmask(SIG_BLOCK, NULL, &now) == 0 && sigismember(&now, SIGTTOU) == 1;
}

void terminal_restore(const struct terminal *terminal)
{
	sigset_t original;

	if (terminal->fd < 0 || !block_stop(&original))
		return;
	restore(terminal);
	sigprocmask(SIG_SETMASK, &original, NULL);
}
