/*
 * lease FILE: hold up whoever opens or executes a file, by a lease for writing (fcntl(2)).
 *
 * Prints "held", and "asked" when somebody is waiting for it.  They go on when the input ends, or
 * when the kernel has had enough of it (/proc/sys/fs/lease-break-time).
 */
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <unistd.h>

int main(int argc, char **argv)
{
	sigset_t set;
	char byte;
	int signal, fd;

	if (argc != 2) {
		fprintf(stderr, "usage: lease FILE\n");
		return 2;
	}
	sigemptyset(&set);
	sigaddset(&set, SIGIO);
	/* Not for writing: it could still be open, and not be executed, when who waits goes on. */
	fd = open(argv[1], O_RDONLY | O_CLOEXEC);
	if (sigprocmask(SIG_BLOCK, &set, NULL) < 0 || fd < 0 ||
		fcntl(fd, F_SETLEASE, F_WRLCK) < 0) {
		perror("lease");
		return 2;
	}
	if (puts("held") < 0 || fflush(stdout) || sigwait(&set, &signal) || puts("asked") < 0 ||
		fflush(stdout))
		return 2;
	while (read(STDIN_FILENO, &byte, 1) > 0)
		continue;
	return 0;
}
