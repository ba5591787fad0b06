/*
 * threads WHICH COMMAND…: a program of several threads, one of which starts a command and ends.
 *
 *   worker   one that was made for it ends, as those of pools do; the first goes on
 *   first    the first thread of the program ends, and another goes on
 *
 * Prints "thread ended" when it has, waits for the command and prints "status N", or "signal N".
 */
#include <err.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

static char **command;
static pthread_t starter;
static pid_t pid;

static void start(void)
{
	pid = fork();
	if (pid == 0) {
		execv(command[0], command);
		err(127, "%s", command[0]);
	}
	if (pid < 0)
		err(2, "fork");
}

static void *start_in_thread(void *unused)
{
	start();
	return unused;
}

static void *wait_for_command(void *unused)
{
	int status;

	/* It has ended when it can be joined: with the first thread that works, too. */
	if (pthread_join(starter, NULL))
		errx(2, "pthread_join");
	puts("thread ended");
	fflush(stdout);
	if (waitpid(pid, &status, 0) != pid)
		err(2, "waitpid");
	if (WIFSIGNALED(status))
		printf("signal %d\n", WTERMSIG(status));
	else
		printf("status %d\n", WEXITSTATUS(status));
	fflush(stdout);
	_exit(0);
	return unused;
}

int main(int argc, char **argv)
{
	pthread_t waiter;

	if (argc < 3)
		errx(2, "usage: threads worker|first COMMAND...");
	command = argv + 2;
	if (strcmp(argv[1], "worker") == 0) {
		if (pthread_create(&starter, NULL, start_in_thread, NULL))
			errx(2, "pthread_create");
		wait_for_command(NULL);
	}
	starter = pthread_self();
	start();
	if (pthread_create(&waiter, NULL, wait_for_command, NULL))
		errx(2, "pthread_create");
	pthread_exit(NULL);
}
