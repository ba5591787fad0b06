/*
 * swap A B: exchange two paths, over and over, on the host, while a sandbox starts.
 * swap --replace A B: instead, make B anew and rename it over A, as editors and git do.
 * swap --flicker A B: instead, make B, rename it to A and remove it.
 *
 * Prints "ready" when it has begun.  For each line on standard input it stops with A and B at their
 * first places, prints "stopped", waits for another line and goes on.  Ends, with both in place,
 * when standard input does.
 */
#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
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

static void replace(const char *a, const char *b)
{
	int fd = open(b, O_WRONLY | O_CREAT | O_EXCL, 0644);
	if (fd < 0 || write(fd, "new\n", 4) != 4 || close(fd))
		err(1, "make %s", b);
	/* A placeholder that is a directory is in the way of a file, but is removed as easily. */
	while (rename(b, a))
		if (errno != EISDIR || (rmdir(a) && errno != ENOENT && errno != ENOTDIR))
			err(1, "replace %s by %s", a, b);
}

static void flicker(const char *a, const char *b)
{
	replace(a, b);
	/*
	 * A sandbox that ends may take it for its own placeholder, which it was a moment ago; and
	 * one that starts may have put a directory in its place.
	 */
	if (unlink(a) && errno != ENOENT && errno != EISDIR)
		err(1, "remove %s", a);
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
	bool replaces = argc > 1 && !strcmp(argv[1], "--replace");
	bool flickers = argc > 1 && !strcmp(argv[1], "--flicker");
	argv += replaces || flickers;
	if (argc - (replaces || flickers) != 3)
		errx(2, "usage: swap [--replace|--flicker] A B");
	setvbuf(stdout, NULL, _IOLBF, 0);
	puts("ready");
	for (;;) {
		struct pollfd input = {.fd = 0, .events = POLLIN};
		if (replaces) {
			replace(argv[1], argv[2]);
		} else if (flickers) {
			flicker(argv[1], argv[2]);
		} else {
			exchange(argv[1], argv[2]);
			exchange(argv[1], argv[2]);
		}
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
