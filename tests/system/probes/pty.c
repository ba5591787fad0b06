/*
 * pty COMMAND…: run a command on a terminal of its own, as a shell with job control would.
 *
 * Standard input goes to the terminal, what the terminal shows to standard output.  At the end a
 * line says what the command left behind:
 *
 *   terminal: kept|changed, foreground: kept|changed, input: N bytes, status: N
 *
 * "input" counts the bytes that are in the terminal's input queue and that nobody has typed.
 */
#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pty.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/wait.h>
#include <termios.h>
#include <unistd.h>

/* In the session of the terminal: its leader, as a login shell is. */
static int lead(char **argv)
{
	struct termios before, after;
	int status, typed;

	signal(SIGTTOU, SIG_IGN);
	/* What a waiting shell would read: so input is counted at once, without a newline. */
	if (tcgetattr(0, &before))
		err(1, "tcgetattr");
	pid_t group = tcgetpgrp(0);

	pid_t job = fork();
	if (job < 0)
		err(1, "fork");
	if (job == 0) {
		/* A job of its own in the foreground. */
		setpgid(0, 0);
		tcsetpgrp(0, getpid());
		signal(SIGTTOU, SIG_DFL);
		execv(argv[0], argv);
		err(127, "%s", argv[0]);
	}
	if (waitpid(job, &status, 0) != job)
		err(1, "waitpid");

	bool foreground = tcgetpgrp(0) == job;
	tcsetpgrp(0, group);
	if (tcgetattr(0, &after))
		err(1, "tcgetattr");
	bool kept = before.c_iflag == after.c_iflag && before.c_oflag == after.c_oflag &&
		    before.c_lflag == after.c_lflag && before.c_cflag == after.c_cflag;
	/* In canonical mode only whole lines count: look at the queue as it is. */
	after.c_lflag &= ~(tcflag_t)(ICANON | ECHO);
	tcsetattr(0, TCSANOW, &after);
	if (ioctl(0, FIONREAD, &typed))
		err(1, "FIONREAD");
	printf("terminal: %s, foreground: %s, input: %d bytes, status: %d\n",
		kept ? "kept" : "changed", foreground ? "kept" : "changed", typed,
		WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status));
	return 0;
}

static void copy(int from, int to)
{
	char data[4096];
	ssize_t size = read(from, data, sizeof(data));
	for (ssize_t done = 0, written; done < size; done += written) {
		written = write(to, data + done, (size_t)(size - done));
		if (written < 0)
			return;
	}
}

int main(int argc, char **argv)
{
	int master, status;

	if (argc < 2)
		errx(2, "usage: pty COMMAND...");
	pid_t leader = forkpty(&master, NULL, NULL, NULL);
	if (leader < 0)
		err(1, "forkpty");
	if (leader == 0) {
		setvbuf(stdout, NULL, _IOLBF, 0);
		return lead(argv + 1);
	}

	/* The master reads EIO when the last process has closed the terminal. */
	struct pollfd fds[2] = {{.fd = master, .events = POLLIN}, {.fd = 0, .events = POLLIN}};
	while (poll(fds, 2, -1) > 0) {
		if (fds[0].revents & POLLIN)
			copy(master, 1);
		else if (fds[0].revents)
			break;
		if (fds[1].revents & POLLIN) {
			char data[256];
			ssize_t size = read(0, data, sizeof(data));
			if (size <= 0 || write(master, data, (size_t)size) != size)
				fds[1].fd = -1;
		} else if (fds[1].revents) {
			fds[1].fd = -1;
		}
	}
	if (waitpid(leader, &status, 0) != leader)
		err(1, "waitpid");
	return WIFEXITED(status) ? WEXITSTATUS(status) : 1;
}
