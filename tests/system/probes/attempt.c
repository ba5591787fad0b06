/*
 * attempt NAME [ARGUMENT…]: try one thing, with one system call where that is possible.
 *
 * What it prints and returns: attack.h.
 */
#include "../attack/attack.h"

#include <linux/keyctl.h>
#include <linux/tiocl.h>
#include <poll.h>
#include <signal.h>
#include <sys/ioctl.h>
#include <sys/ptrace.h>
#include <sys/uio.h>
#include <sys/xattr.h>

#ifndef SYS_fchmodat2
#define SYS_fchmodat2 452
#endif
#ifndef RENAME_EXCHANGE
#define RENAME_EXCHANGE 2
#endif

/* --- terminal -------------------------------------------------------------------------------- */

/* The kernel looks at the low 32 bits of an ioctl's command only; a filter has to do the same. */
static const unsigned long high_bits = 0xdeadbeef00000000;

static long try_tiocsti(char **argument)
{
	(void)argument;
	return syscall(SYS_ioctl, 0, (unsigned long)TIOCSTI, "x");
}

static long try_tiocsti_high(char **argument)
{
	(void)argument;
	return syscall(SYS_ioctl, 0, high_bits | TIOCSTI, "x");
}

static long try_tioclinux(char **argument)
{
	char paste = TIOCL_PASTESEL;
	(void)argument;
	return syscall(SYS_ioctl, 0, (unsigned long)TIOCLINUX, &paste);
}

/* --- modes of files: PATH MODE ---------------------------------------------------------------- */

static long try_chmod(char **argument)
{
#ifdef SYS_chmod
	return syscall(SYS_chmod, argument[0], mode(argument[1]));
#else
	return chmod(argument[0], mode(argument[1]));
#endif
}

static long try_fchmod(char **argument)
{
	int fd = open(argument[0], O_RDONLY | O_CLOEXEC);
	return fd < 0 ? fd : syscall(SYS_fchmod, fd, mode(argument[1]));
}

static long try_fchmodat(char **argument)
{
	return syscall(SYS_fchmodat, AT_FDCWD, argument[0], mode(argument[1]));
}

static long try_fchmodat2(char **argument)
{
	return syscall(SYS_fchmodat2, AT_FDCWD, argument[0], mode(argument[1]), 0);
}

static long try_creat(char **argument)
{
#ifdef SYS_creat
	return syscall(SYS_creat, argument[0], mode(argument[1]));
#else
	return creat(argument[0], mode(argument[1]));
#endif
}

static long try_open(char **argument)
{
#ifdef SYS_open
	return syscall(SYS_open, argument[0], O_CREAT | O_WRONLY, mode(argument[1]));
#else
	return open(argument[0], O_CREAT | O_WRONLY, mode(argument[1]));
#endif
}

static long try_openat(char **argument)
{
	return syscall(SYS_openat, AT_FDCWD, argument[0], O_CREAT | O_WRONLY, mode(argument[1]));
}

static long try_openat2(char **argument)
{
	struct {
		uint64_t flags, mode, resolve;
	} how = {.flags = O_CREAT | O_WRONLY, .mode = mode(argument[1])};
	return syscall(SYS_openat2, AT_FDCWD, argument[0], &how, sizeof(how));
}

/* A file without a name in a directory, which a link would give one. */
static long try_tmpfile(char **argument)
{
	return syscall(SYS_openat, AT_FDCWD, argument[0], O_TMPFILE | O_WRONLY, mode(argument[1]));
}

static long try_mknod(char **argument)
{
#ifdef SYS_mknod
	return syscall(SYS_mknod, argument[0], S_IFREG | mode(argument[1]), 0);
#else
	return mknod(argument[0], S_IFREG | mode(argument[1]), 0);
#endif
}

static long try_mknodat(char **argument)
{
	return syscall(SYS_mknodat, AT_FDCWD, argument[0], S_IFREG | mode(argument[1]), 0);
}

#ifdef __x86_64__
static long try_chmod_32(char **argument)
{
	enum { I386_CHMOD = 15 };
	return int80(I386_CHMOD, (long)low_text(argument[0]), mode(argument[1]), 0, 0, 0);
}

static long try_socketcall(char **argument)
{
	enum { I386_SOCKETCALL = 102, CALL_SOCKET = 1 };
	uint32_t arguments[3] = {AF_UNIX, SOCK_STREAM, 0};
	(void)argument;
	return int80(I386_SOCKETCALL, CALL_SOCKET, (long)low_memory(arguments, sizeof(arguments)),
		0, 0, 0);
}

static long try_socket_32(char **argument)
{
	enum { I386_SOCKET = 359 };
	(void)argument;
	return int80(I386_SOCKET, AF_UNIX, SOCK_STREAM, 0, 0, 0);
}

/* The control: no filter forbids it.  A kernel without this table sends SIGSEGV. */
static long try_getpid_32(char **argument)
{
	enum { I386_GETPID = 20 };
	(void)argument;
	signal(SIGSEGV, _exit);
	return int80(I386_GETPID, 0, 0, 0, 0, 0);
}
#endif

/* File capabilities of version 3 with every bit set: worth as much as a setuid bit. */
static long try_file_capabilities(char **argument)
{
	uint32_t data[6] = {0x03000001, UINT32_MAX, 0, UINT32_MAX, 0, 0};
	return setxattr(argument[0], "security.capability", data, sizeof(data), 0);
}

/* --- files ----------------------------------------------------------------------------------- */

/* What mv does first: where that gives EXDEV it copies, which is no rename. */
static long try_rename(char **argument)
{
	return syscall(SYS_renameat2, AT_FDCWD, argument[0], AT_FDCWD, argument[1], 0);
}

static long try_exchange(char **argument)
{
	return syscall(
		SYS_renameat2, AT_FDCWD, argument[0], AT_FDCWD, argument[1], RENAME_EXCHANGE);
}

static long try_open_read(char **argument)
{
	return open(argument[0], O_RDONLY | O_CLOEXEC | O_NONBLOCK);
}

static long try_open_write(char **argument)
{
	return open(argument[0], O_WRONLY | O_CLOEXEC | O_NONBLOCK);
}

/* --- other processes ------------------------------------------------------------------------- */

static long try_pidfd_getfd(char **argument)
{
	long pidfd = syscall(SYS_pidfd_open, number(argument[0]), 0);
	return pidfd < 0 ? pidfd : syscall(SYS_pidfd_getfd, pidfd, number(argument[1]), 0);
}

static long try_pidfd_signal(char **argument)
{
	return syscall(SYS_pidfd_send_signal, number(argument[0]), number(argument[1]), NULL, 0);
}

static long try_trace(char **argument)
{
	return ptrace(PTRACE_SEIZE, number(argument[0]), NULL, NULL);
}

/* As nsenter joins, by one call: the user namespace and the one of host names. */
static long try_join(char **argument)
{
	long pidfd = syscall(SYS_pidfd_open, number(argument[0]), 0);
	return pidfd < 0 ? pidfd : setns((int)pidfd, CLONE_NEWUSER | CLONE_NEWUTS);
}

/*
 * The first page of the program, which every process has mapped somewhere: where does not matter.
 */
static long try_read_memory(char **argument)
{
	char byte;
	struct iovec here = {&byte, 1}, there = {(void *)4096, 1};
	long count = process_vm_readv((pid_t)number(argument[0]), &here, 1, &there, 1, 0);

	/* Nothing is mapped there; that this is said means that one may look. */
	return count < 0 && errno == EFAULT ? 0 : count;
}

static long try_no_signal(char **argument)
{
	return kill((pid_t)number(argument[0]), 0);
}

/* A key that the caller's session keyring holds: DESCRIPTION. */
static long try_find_key(char **argument)
{
	return syscall(SYS_keyctl, KEYCTL_SEARCH, KEY_SPEC_SESSION_KEYRING, "user", argument[0], 0);
}

/* --- sockets --------------------------------------------------------------------------------- */

static long try_socket(char **argument)
{
	return socket((int)number(argument[0]), (int)number(argument[1]), 0);
}

/* The kernel takes an int: what is above it must not confuse the filter. */
static long try_socket_high(char **argument)
{
	return syscall(SYS_socket, high_bits | (unsigned long)number(argument[0]),
		(unsigned long)number(argument[1]), 0);
}

static long try_socketpair(char **argument)
{
	int pair[2];
	return socketpair((int)number(argument[0]), (int)number(argument[1]), 0, pair);
}

/* A pair works as one expects: bytes, and a descriptor that opens /dev/null. */
static long try_talk(char **argument)
{
	int pair[2], null = open("/dev/null", O_WRONLY | O_CLOEXEC);
	char byte, space[CMSG_SPACE(sizeof(int))] = {0};
	struct iovec data = {.iov_base = &byte, .iov_len = 1};
	struct msghdr message = {.msg_iov = &data,
		.msg_iovlen = 1,
		.msg_control = space,
		.msg_controllen = sizeof(space)};
	struct cmsghdr *header = CMSG_FIRSTHDR(&message);
	(void)argument;

	if (null < 0 || socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) ||
		send(pair[0], "a", 1, 0) != 1 || recv(pair[1], &byte, 1, 0) != 1 || byte != 'a')
		return -1;
	header->cmsg_level = SOL_SOCKET;
	header->cmsg_type = SCM_RIGHTS;
	header->cmsg_len = CMSG_LEN(sizeof(int));
	memcpy(CMSG_DATA(header), &null, sizeof(null));
	if (sendmsg(pair[0], &message, 0) != 1 || recvmsg(pair[1], &message, 0) != 1)
		return -1;
	return message.msg_controllen ? 0 : -1;
}

static long unix_connect(const char *name, bool abstract)
{
	struct sockaddr_un address;
	socklen_t length = unix_address(&address, name, abstract);
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	return fd < 0 ? fd : connect(fd, (struct sockaddr *)&address, length);
}

static long try_unix_connect(char **argument)
{
	return unix_connect(argument[0], false);
}

static long try_abstract_connect(char **argument)
{
	return unix_connect(argument[0], true);
}

/* One end of a datagram pair could be connected to a path of the host. */
static long try_pair_connect(char **argument)
{
	struct sockaddr_un address;
	socklen_t length = unix_address(&address, argument[0], false);
	int pair[2];
	if (socketpair(AF_UNIX, SOCK_DGRAM, 0, pair))
		return -1;
	return connect(pair[0], (struct sockaddr *)&address, length);
}

static long try_tcp_connect(char **argument)
{
	struct sockaddr_in address = inet_address(argument[0], argument[1]);
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	return fd < 0 ? fd : connect(fd, (struct sockaddr *)&address, sizeof(address));
}

static long try_bind(char **argument)
{
	struct sockaddr_in address = inet_address("127.0.0.1", "0");
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	(void)argument;
	return fd < 0 ? fd : bind(fd, (struct sockaddr *)&address, sizeof(address));
}

static long try_listen(char **argument)
{
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	(void)argument;
	return fd < 0 ? fd : listen(fd, 1);
}

static long try_accept(char **argument)
{
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	(void)argument;
	return fd < 0 ? fd : accept4(fd, NULL, NULL, 0);
}

static long try_sendto(char **argument)
{
	struct sockaddr_in address = inet_address("127.0.0.1", "9");
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	(void)argument;
	return fd < 0 ? fd : sendto(fd, "x", 1, 0, (struct sockaddr *)&address, sizeof(address));
}

static long try_sendmmsg(char **argument)
{
	struct sockaddr_in address = inet_address("127.0.0.1", "9");
	struct iovec data = {.iov_base = (char[]){'x'}, .iov_len = 1};
	struct mmsghdr message = {.msg_hdr = {.msg_name = &address,
					  .msg_namelen = sizeof(address),
					  .msg_iov = &data,
					  .msg_iovlen = 1}};
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	(void)argument;
	return fd < 0 ? fd : sendmmsg(fd, &message, 1, 0);
}

/* The loopback is up: listen there, connect, and get a byte across. */
static long try_loopback(char **argument)
{
	struct sockaddr_in address = inet_address("127.0.0.1", "0");
	socklen_t length = sizeof(address);
	int server = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	int client = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	char byte;
	(void)argument;

	if (server < 0 || client < 0 ||
		bind(server, (struct sockaddr *)&address, sizeof(address)) || listen(server, 1) ||
		getsockname(server, (struct sockaddr *)&address, &length) ||
		connect(client, (struct sockaddr *)&address, sizeof(address)))
		return -1;
	int accepted = accept(server, NULL, NULL);
	if (accepted < 0 || send(client, "b", 1, 0) != 1)
		return -1;
	return recv(accepted, &byte, 1, 0) == 1 && byte == 'b' ? 0 : -1;
}

static long try_io_uring(char **argument)
{
	char parameters[256] = {0};
	(void)argument;
	return syscall(SYS_io_uring_setup, 1, parameters);
}

static long try_landlock_version(char **argument)
{
	enum { CREATE_RULESET_VERSION = 1 };
	long version = syscall(SYS_landlock_create_ruleset, NULL, 0, CREATE_RULESET_VERSION);
	(void)argument;
	answer(version < 0 ? 0 : version);
}

static const struct attack attempts[] = {
	{"tiocsti", 0, try_tiocsti},
	{"tiocsti-high", 0, try_tiocsti_high},
	{"tioclinux", 0, try_tioclinux},
	{"chmod", 2, try_chmod},
	{"fchmod", 2, try_fchmod},
	{"fchmodat", 2, try_fchmodat},
	{"fchmodat2", 2, try_fchmodat2},
	{"creat", 2, try_creat},
	{"open", 2, try_open},
	{"openat", 2, try_openat},
	{"openat2", 2, try_openat2},
	{"tmpfile", 2, try_tmpfile},
	{"mknod", 2, try_mknod},
	{"mknodat", 2, try_mknodat},
#ifdef __x86_64__
	{"chmod-32", 2, try_chmod_32},
	{"socketcall", 0, try_socketcall},
	{"socket-32", 0, try_socket_32},
	{"getpid-32", 0, try_getpid_32},
#endif
	{"file-capabilities", 1, try_file_capabilities},
	{"rename", 2, try_rename},
	{"exchange", 2, try_exchange},
	{"open-read", 1, try_open_read},
	{"open-write", 1, try_open_write},
	{"pidfd-getfd", 2, try_pidfd_getfd},
	{"pidfd-signal", 2, try_pidfd_signal},
	{"trace", 1, try_trace},
	{"join", 1, try_join},
	{"read-memory", 1, try_read_memory},
	{"no-signal", 1, try_no_signal},
	{"find-key", 1, try_find_key},
	{"socket", 2, try_socket},
	{"socket-high", 2, try_socket_high},
	{"socketpair", 2, try_socketpair},
	{"talk", 0, try_talk},
	{"unix-connect", 1, try_unix_connect},
	{"abstract-connect", 1, try_abstract_connect},
	{"pair-connect", 1, try_pair_connect},
	{"tcp-connect", 2, try_tcp_connect},
	{"bind", 0, try_bind},
	{"listen", 0, try_listen},
	{"accept", 0, try_accept},
	{"sendto", 0, try_sendto},
	{"sendmmsg", 0, try_sendmmsg},
	{"loopback", 0, try_loopback},
	{"io-uring", 0, try_io_uring},
	{"landlock-version", 0, try_landlock_version},
	{NULL, 0, NULL},
};

int main(int argc, char **argv)
{
	return attack_main(attempts, argc, argv);
}
