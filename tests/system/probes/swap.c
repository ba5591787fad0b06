/*
 * swap A B: exchange two paths, over and over, on the host, while a sandbox starts.
 *
 * Prints "ready" when it has begun.  For each line on standard input it stops with A and B at their
 * first places, prints "stopped", waits for another line and goes on.  Ends, with both in place,
 * when standard input does.
 */
#include <err.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <sys/syscall.h>
#include <unistd.h>

#ifndef RENAME_EXCHANGE
#define RENAME_EXCHANGE 2
#endif

static void exchange(const char *a, const char *b)
{
	if (syscall(SYS_renameat2, AT_FDCWD, a, AT_FDCWD, b, RENAME_EXCHANGE))
		err(1, "exchange %s and %s", a, b);
}

static int read_line(void)
{
	char byte = 0;
	while (byte != '\n')
		if (read(0, &byte, 1) <= 0)
			return 0;
	return 1;
}

int main(int argc, char **argv)
{
	if (argc != 3)
		errx(2, "usage: swap A B");
	setvbuf(stdout, NULL, _IOLBF, 0);
	puts("ready");
	for (;;) {
		struct pollfd input = {.fd = 0, .events = POLLIN};
		exchange(argv[1], argv[2]);
		exchange(argv[1], argv[2]);
		if (poll(&input, 1, 0) <= 0)
			continue;
		if (!read_line())
			return 0;
		puts("stopped");
		if (!read_line())
			return 0;
		puts("ready");
	}
}
