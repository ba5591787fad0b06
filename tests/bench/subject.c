/*
 * The command that the bench has started: small, so that what is measured is who starts it.
 *
 *   subject                     end at once
 *   subject begin               write when main() began, in nanoseconds of CLOCK_MONOTONIC
 *   subject getppid COUNT       make so many system calls, and write the nanoseconds that one took
 *   subject open COUNT FILE     the same with open() and close() of a file, as one
 *   subject wait                write a line, then wait for the end of standard input
 */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

static double nanoseconds(void)
{
	struct timespec time;
	clock_gettime(CLOCK_MONOTONIC, &time);
	return (double)time.tv_sec * 1e9 + (double)time.tv_nsec;
}

static int make_getppid(long count)
{
	double start = nanoseconds();
	for (long i = 0; i < count; i++)
		syscall(SYS_getppid);
	printf("%.2f\n", (nanoseconds() - start) / (double)count);
	return 0;
}

static int make_open(long count, const char *file)
{
	double start = nanoseconds();
	for (long i = 0; i < count; i++) {
		int fd = open(file, O_RDONLY | O_CLOEXEC);
		if (fd < 0) {
			perror(file);
			return 1;
		}
		close(fd);
	}
	printf("%.2f\n", (nanoseconds() - start) / (double)count);
	return 0;
}

static int wait_for_end(void)
{
	char byte;
	if (write(STDOUT_FILENO, "started\n", 8) != 8)
		return 1;
	while (read(STDIN_FILENO, &byte, 1) > 0)
		;
	return 0;
}

int main(int argc, char **argv)
{
	if (argc < 2)
		return 0;
	double began = nanoseconds();
	long count = argc > 2 ? strtol(argv[2], NULL, 10) : 0;
	if (!strcmp(argv[1], "begin"))
		return printf("%.0f\n", began) < 0;
	if (!strcmp(argv[1], "getppid") && count > 0)
		return make_getppid(count);
	if (!strcmp(argv[1], "open") && count > 0 && argc > 3)
		return make_open(count, argv[3]);
	if (!strcmp(argv[1], "wait"))
		return wait_for_end();
	fprintf(stderr, "subject: unknown request\n");
	return 1;
}
