/*
 * server unix PATH | abstract NAME | tcp: listen, on the host, for whoever gets through.
 *
 * Prints "ready" (for tcp "ready PORT"), then "accepted" for each connection.  Ends when standard
 * input does.
 */
#include <arpa/inet.h>
#include <err.h>
#include <poll.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

static int listen_unix(const char *name, int abstract)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	size_t length = strlen(name);
	if (length >= sizeof(address.sun_path) - 1)
		errx(1, "the name is too long");
	memcpy(address.sun_path + abstract, name, length);

	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	size_t size = offsetof(struct sockaddr_un, sun_path) + (size_t)abstract + length;
	if (fd < 0 || bind(fd, (struct sockaddr *)&address, (socklen_t)size) || listen(fd, 8))
		err(1, "listen on %s", name);
	puts("ready");
	return fd;
}

static int listen_tcp(void)
{
	struct sockaddr_in address = {
		.sin_family = AF_INET, .sin_addr = {.s_addr = htonl(INADDR_LOOPBACK)}};
	socklen_t length = sizeof(address);
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (fd < 0 || bind(fd, (struct sockaddr *)&address, length) || listen(fd, 8) ||
		getsockname(fd, (struct sockaddr *)&address, &length))
		err(1, "listen");
	printf("ready %d\n", ntohs(address.sin_port));
	return fd;
}

int main(int argc, char **argv)
{
	struct pollfd fds[2] = {{.fd = 0, .events = POLLIN}, {.events = POLLIN}};
	char byte;

	setvbuf(stdout, NULL, _IOLBF, 0);
	if (argc == 3 && !strcmp(argv[1], "unix"))
		fds[1].fd = listen_unix(argv[2], 0);
	else if (argc == 3 && !strcmp(argv[1], "abstract"))
		fds[1].fd = listen_unix(argv[2], 1);
	else if (argc == 2 && !strcmp(argv[1], "tcp"))
		fds[1].fd = listen_tcp();
	else
		errx(2, "usage: server unix PATH | abstract NAME | tcp");

	while (poll(fds, 2, -1) > 0) {
		/* Connections first: those made before the input ended still count. */
		if (fds[1].revents) {
			int fd = accept(fds[1].fd, NULL, NULL);
			if (fd >= 0) {
				puts("accepted");
				close(fd);
			}
		} else if (fds[0].revents && read(0, &byte, 1) <= 0) {
			return 0;
		}
	}
	return 1;
}
