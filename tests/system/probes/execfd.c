/*
 * execfd FILE [ARG0 [ARG...]]: execute a file by its descriptor, as fexecve(3) does, which says
 * nothing of its name; with any argv[0], or none at all.
 */
#include <fcntl.h>
#include <stdio.h>
#include <sys/syscall.h>
#include <unistd.h>

extern char **environ;

int main(int argc, char **argv)
{
	int fd = argc < 2 ? -1 : open(argv[1], O_PATH | O_CLOEXEC);

	if (argc < 2) {
		fprintf(stderr, "usage: execfd FILE [ARG0 [ARG...]]\n");
		return 2;
	}
	/* An empty path is the descriptor itself. */
	syscall(SYS_execveat, fd, "", argv + 2, environ, AT_EMPTY_PATH);
	perror(argv[1]);
	return 127;
}
