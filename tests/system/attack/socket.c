/*
 * socket NAME [ARGUMENT…]: an attack by a socket that was made on the host and is standard input.
 *
 *   socket give KIND [PORT] COMMAND…   on the host: run a command with such a socket
 *
 * What it prints and returns: attack.h.
 */
#include "attack.h"

#include <linux/netlink.h>

static struct sockaddr_in here(const char *port)
{
	return inet_address("127.0.0.1", port);
}

/* TCP lets go of its peer, and takes another: PORT. */
static long try_reconnect(char **argument)
{
	struct sockaddr nobody = {.sa_family = AF_UNSPEC};
	struct sockaddr_in address = here(argument[0]);
	must("disconnect", connect(0, &nobody, sizeof(nobody)));
	return connect(0, (struct sockaddr *)&address, sizeof(address));
}

static long try_connect(char **argument)
{
	struct sockaddr_un address;
	socklen_t length = unix_address(&address, argument[0], false);
	return connect(0, (struct sockaddr *)&address, length);
}

static long message(void *address, socklen_t size)
{
	struct iovec data = {.iov_base = (char[]){'e'}, .iov_len = 1};
	struct msghdr header = {
		.msg_name = address, .msg_namelen = size, .msg_iov = &data, .msg_iovlen = 1};
	return sendmsg(0, &header, MSG_NOSIGNAL);
}

static long try_message(char **argument)
{
	struct sockaddr_in address = here(argument[0]);
	return message(&address, sizeof(address));
}

static long try_message_to_path(char **argument)
{
	struct sockaddr_un address;
	socklen_t length = unix_address(&address, argument[0], false);
	return message(&address, length);
}

static long try_receive(char **argument)
{
	char byte;
	(void)argument;
	return recv(0, &byte, 1, 0) == 1 ? 0 : -1;
}

static const struct attack attacks[] = {
	{"reconnect", 1, try_reconnect},
	{"connect", 1, try_connect},
	{"message", 1, try_message},
	{"message-to-path", 1, try_message_to_path},
	{"receive", 0, try_receive},
	{NULL, 0, NULL},
};

/* --- on the host ----------------------------------------------------------------------------- */

static int connected(const char *port)
{
	struct sockaddr_in address = here(port);
	int fd = (int)must("socket", socket(AF_INET, SOCK_STREAM, 0));
	must("connect", connect(fd, (struct sockaddr *)&address, sizeof(address)));
	return fd;
}

static int listening(void)
{
	int fd = (int)must("socket", socket(AF_INET, SOCK_STREAM, 0));
	must("listen", listen(fd, 1));
	return fd;
}

/* One end, with a byte in it; the other is left open for the command. */
static int pair(int type)
{
	int ends[2];
	must("socketpair", socketpair(AF_UNIX, type, 0, ends));
	must("send", send(ends[1], "x", 1, 0));
	return ends[0];
}

static int make(const char *kind, char ***rest)
{
	if (!strcmp(kind, "tcp"))
		return connected(*(*rest)++);
	if (!strcmp(kind, "tcp-listening"))
		return listening();
	if (!strcmp(kind, "udp"))
		return socket(AF_INET6, SOCK_DGRAM, 0);
	if (!strcmp(kind, "udp4"))
		return socket(AF_INET, SOCK_DGRAM, 0);
	if (!strcmp(kind, "netlink"))
		return socket(AF_NETLINK, SOCK_RAW, NETLINK_ROUTE);
	if (!strcmp(kind, "unix"))
		return socket(AF_UNIX, SOCK_STREAM, 0);
	if (!strcmp(kind, "unix-datagram"))
		return pair(SOCK_DGRAM);
	if (!strcmp(kind, "unix-packet"))
		return pair(SOCK_SEQPACKET);
	if (!strcmp(kind, "unix-pair"))
		return pair(SOCK_STREAM);
	errx(126, "no such kind of socket: %s", kind);
}

static void run_with_socket(int argc, char **argv)
{
	if (argc < 4 || strcmp(argv[1], "give") != 0)
		return;
	char **rest = argv + 3;
	must("dup2", dup2((int)must("socket", make(argv[2], &rest)), 0));
	execv(*rest, rest);
	err(127, "%s", *rest);
}

int main(int argc, char **argv)
{
	setvbuf(stdout, NULL, _IOLBF, 0);
	run_with_socket(argc, argv);
	return attack_main(attacks, argc, argv);
}
