/*
 * See terminal.h.  This process leads the terminal's session, so that no other process's end hangs
 * the terminal up: a case may kill the parent of rind.
 *
 * The terminal shows what is written to it as it is written, and does not echo.
 */
#include "terminal.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <termios.h>
#include <unistd.h>

static int master = -1, terminal = -1;
static struct stat first;
static struct termios settings;

static void __attribute__((noreturn)) die(const char *what)
{
	fprintf(stderr, "fault matrix: terminal: %s: %s\n", what, strerror(errno));
	exit(2);
}

static int open_again(int flags)
{
	char path[64];

	if (ptsname_r(master, path, sizeof(path)) != 0)
		die("ptsname");
	int fd = open(path, flags | O_NOCTTY | O_CLOEXEC);
	if (fd < 0)
		die(path);
	return fd;
}

static void make_terminal(void)
{
	if (setsid() < 0)
		die("setsid");
	master = posix_openpt(O_RDWR | O_NOCTTY | O_NONBLOCK | O_CLOEXEC);
	if (master < 0 || grantpt(master) < 0 || unlockpt(master) < 0)
		die("posix_openpt");
	terminal = open_again(O_RDWR);
	if (ioctl(terminal, TIOCSCTTY, 0) < 0 || tcgetattr(terminal, &settings) < 0 ||
		fstat(terminal, &first) < 0)
		die("cannot be made");
	settings.c_lflag &= ~(tcflag_t)ECHO;
	settings.c_oflag &= ~(tcflag_t)OPOST;
}

/* Whoever is in the background may do this only when the signal for it is blocked. */
static void set_foreground(pid_t group)
{
	sigset_t stop, before;

	sigemptyset(&stop);
	sigaddset(&stop, SIGTTOU);
	sigprocmask(SIG_BLOCK, &stop, &before);
	if (tcsetpgrp(terminal, group) < 0)
		die("tcsetpgrp");
	sigprocmask(SIG_SETMASK, &before, NULL);
}

/* Its group may be one that has no number here, which can be kept and not be given. */
static int give_back(void)
{
	struct stat now;

	if (fstat(terminal, &now) < 0)
		return -1;
	return now.st_uid == first.st_uid && now.st_gid == first.st_gid
		       ? 0
		       : fchown(terminal, first.st_uid, first.st_gid);
}

/* What a run that went wrong may have left. */
static void reset(void)
{
	/* The settings can only be restored from the foreground. */
	set_foreground(getpgrp());
	if (give_back() < 0 || fchmod(terminal, first.st_mode & 07777) < 0 ||
		fcntl(terminal, F_SETFL, O_RDWR) < 0 ||
		tcsetattr(terminal, TCSANOW, &settings) < 0 || tcflush(terminal, TCIOFLUSH) < 0 ||
		tcflush(master, TCIOFLUSH) < 0)
		die("cannot be reset");
}

void terminal_prepare(void)
{
	static const char lines[] = "typed\ntyped\ntyped\ntyped\ntyped\ntyped\ntyped\ntyped\n"
				    "typed\ntyped\ntyped\ntyped\ntyped\ntyped\ntyped\ntyped\n";
	int waiting = 0;

	if (master < 0)
		make_terminal();
	reset();
	if (write(master, lines, strlen(lines)) != (ssize_t)strlen(lines))
		die("write");
	/* They arrive a little later; in canonical mode only whole lines count. */
	while (waiting < (int)strlen(lines))
		if (ioctl(terminal, FIONREAD, &waiting) < 0)
			die("FIONREAD");
}

void terminal_join(enum terminal_place place)
{
	if (setpgid(0, 0) < 0)
		die("setpgid");
	if (place == TERMINAL_FOREGROUND)
		set_foreground(getpgrp());
}

int terminal_input(enum terminal_place place)
{
	/* For reading only: as it stands in for a /dev/null that is opened for that. */
	if (place == TERMINAL_BACKGROUND)
		return open_again(O_RDONLY);
	int fd = fcntl(terminal, F_DUPFD_CLOEXEC, 0);
	if (fd < 0)
		die("F_DUPFD_CLOEXEC");
	return fd;
}

int terminal_output(void)
{
	return terminal;
}

void terminal_read(char *text, size_t size)
{
	size_t length = 0;
	ssize_t more;

	while (length < size - 1 && (more = read(master, text + length, size - 1 - length)) > 0)
		length += (size_t)more;
	text[length] = '\0';
}

struct terminal_change terminal_look(void)
{
	struct terminal_change change = {0};
	struct stat now;
	int flags = fcntl(terminal, F_GETFL);

	if (fstat(terminal, &now) < 0 || flags < 0)
		die("cannot be looked at");
	change.any = now.st_mode != first.st_mode || now.st_uid != first.st_uid ||
		     now.st_gid != first.st_gid || flags & (O_NONBLOCK | O_ASYNC);
	snprintf(change.what, sizeof(change.what), "terminal %o %u:%u, flags %o", now.st_mode,
		now.st_uid, now.st_gid, (unsigned int)flags);
	return change;
}
