/*
 * The network part of the demonstration: a server on the host, and a client that the sandboxed
 * script sends there, because a shell alone cannot speak to a unix socket.
 *
 *   demo-probe serve SOCKET    listen there and on a free TCP port of 127.0.0.1, which is printed
 *   demo-probe unix SOCKET     connect; exit 0 when that worked
 *   demo-probe tcp PORT        connect to 127.0.0.1; exit 0 when that worked
 *
 * The server runs outside the sandbox and never answers: a connection counts once the kernel has
 * made it, so there is nothing to accept.
 */
#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

union address {
	struct sockaddr any;
	struct sockaddr_un local;
	struct sockaddr_in internet;
};

static void fail(const char *what)
{
	perror(what);
	exit(1);
}

static socklen_t local_address(union address *ret, const char *path)
{
	*ret = (union address){.local.sun_family = AF_UNIX};
	if (strlen(path) >= sizeof(ret->local.sun_path)) {
		fprintf(stderr, "demo-probe: %s: too long for a socket\n", path);
		exit(1);
	}
	memcpy(ret->local.sun_path, path, strlen(path));
	return sizeof(ret->local);
}

static socklen_t loopback_address(union address *ret, int port)
{
	*ret = (union address){
		.internet =
			{
				.sin_family = AF_INET,
				.sin_port = htons((uint16_t)port),
				.sin_addr.s_addr = htonl(INADDR_LOOPBACK),
			},
	};
	return sizeof(ret->internet);
}

static int make_socket(int family)
{
	int fd = socket(family, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (fd < 0)
		fail("socket");
	return fd;
}

static int listen_on(const union address *address, socklen_t length)
{
	int fd = make_socket(address->any.sa_family);
	if (bind(fd, &address->any, length) < 0 || listen(fd, 16) < 0)
		fail("listen");
	return fd;
}

static void connect_to(const union address *address, socklen_t length)
{
	int fd = make_socket(address->any.sa_family);
	if (connect(fd, &address->any, length) < 0)
		fail("connect");
	close(fd);
}

static void serve(const char *path)
{
	union address address;
	listen_on(&address, local_address(&address, path));
	int fd = listen_on(&address, loopback_address(&address, 0));
	socklen_t length = sizeof(address);
	if (getsockname(fd, &address.any, &length) < 0)
		fail("getsockname");
	printf("%d\n", ntohs(address.internet.sin_port));
	if (fflush(stdout))
		fail("standard output");
	for (;;)
		pause();
}

int main(int argc, char **argv)
{
	union address address;

	if (argc == 3 && !strcmp(argv[1], "serve"))
		serve(argv[2]);
	if (argc == 3 && !strcmp(argv[1], "unix")) {
		connect_to(&address, local_address(&address, argv[2]));
		return 0;
	}
	if (argc == 3 && !strcmp(argv[1], "tcp")) {
		connect_to(&address, loopback_address(&address, atoi(argv[2])));
		return 0;
	}
	fprintf(stderr, "usage: demo-probe serve SOCKET | unix SOCKET | tcp PORT\n");
	return 2;
}
