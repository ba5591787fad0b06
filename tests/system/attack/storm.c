/*
 * storm COUNT COMMAND…: run a command so often, one after the other, as fast as it goes.
 *
 * Prints "started N, refused M": how often it returned 0, and 125.  Any other status ends it, with
 * status 1, and so does one that takes longer than half a minute.
 */
#include <err.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

extern char **environ;

enum { REFUSED = 125, PATIENCE = 30 };

static int run(char **argv)
{
	pid_t pid;
	int status;

	/* Ends this process by its signal when the command hangs. */
	alarm(PATIENCE);
	if (posix_spawn(&pid, argv[0], NULL, NULL, argv, environ) ||
		waitpid(pid, &status, 0) != pid)
		errx(1, "cannot run %s", argv[0]);
	if (!WIFEXITED(status) || (WEXITSTATUS(status) && WEXITSTATUS(status) != REFUSED))
		errx(1, "%s: wait status %#x", argv[0], status);
	return WEXITSTATUS(status);
}

int main(int argc, char **argv)
{
	int started = 0, refused = 0;

	if (argc < 3)
		errx(2, "usage: storm COUNT COMMAND...");
	for (long i = strtol(argv[1], NULL, 10); i > 0; i--) {
		if (run(argv + 2) == REFUSED)
			refused++;
		else
			started++;
	}
	printf("started %d, refused %d\n", started, refused);
	return 0;
}
