/*
 * surface NAME [ARGUMENT…]: one attack by what kernels have learnt lately: file systems of
 * processes and of namespaces, questions about mounts and namespaces, calls that change a file in a
 * new way; and by the old calls that act on another process.
 *
 * What it prints and returns: attack.h.
 */
#include "attack.h"

#include <linux/fs.h>
#include <linux/kcmp.h>
#include <linux/reboot.h>
#include <signal.h>
#include <sys/ioctl.h>
#include <sys/timex.h>
#include <sys/uio.h>

/* What older headers lack.  These numbers are the same on every architecture. */
enum {
	CALL_STATMOUNT = 457,
	CALL_LISTMOUNT = 458,
	CALL_SETXATTRAT = 463,
	CALL_REMOVEXATTRAT = 466,
	CALL_OPEN_TREE_ATTR = 467,
	CALL_FILE_SETATTR = 469,
	CALL_PROCESS_MRELEASE = 448,
};

enum {
	CONFIG_SET_FLAG = 0,
	CONFIG_RECONFIGURE = 7,
	NODUMP = 0x80, /* FS_XFLAG_NODUMP */
	PEER_PIDFD = 77,
	PIDFS_ROOT = -10002,
	NSFS_ROOT = -10003,
};

#define NAMESPACE_OWNER  _IO(0xb7, 0x1)
#define NAMESPACE_PARENT _IO(0xb7, 0x2)
#define NAMESPACE_MOUNTS _IOR(0xb7, 0x5, uint64_t)
#define NEXT_MOUNTS      _IOR(0xb7, 11, uint64_t[2])
#define PREVIOUS_MOUNTS  _IOR(0xb7, 12, uint64_t[2])

/* --- mounts ---------------------------------------------------------------------------------- */

/* A copy of a tree, writable from its birth. */
static long try_copy_writable(char **argument)
{
	struct attributes attributes = {.clear = ATTR_RDONLY};
	return syscall(CALL_OPEN_TREE_ATTR, AT_FDCWD, argument[0], OPEN_TREE_CLONE | AT_RECURSIVE,
		&attributes, sizeof(attributes));
}

/* The mount itself, which takes no mount namespace of one's own. */
static long try_open_writable(char **argument)
{
	struct attributes attributes = {.clear = ATTR_RDONLY};
	return syscall(
		CALL_OPEN_TREE_ATTR, AT_FDCWD, argument[0], 0, &attributes, sizeof(attributes));
}

/* The file system that a mount shows: PATH FLAG. */
static long try_reconfigure(char **argument)
{
	int context = (int)syscall(SYS_fspick, AT_FDCWD, argument[0], 0);
	if (context < 0)
		return -1;
	must("fsconfig", syscall(SYS_fsconfig, context, CONFIG_SET_FLAG, argument[1], NULL, 0));
	return syscall(SYS_fsconfig, context, CONFIG_RECONFIGURE, NULL, NULL, 0);
}

/* The number of a mount namespace, or the caller's own: what a host tells about itself. */
static long try_mount_namespace(char **argument)
{
	uint64_t id = 0;
	int fd = open_to_read(argument[0]);
	must("NS_GET_MNTNS_ID", ioctl(fd, NAMESPACE_MOUNTS, &id));
	answer((long long)id);
}

/* The mounts of another mount namespace, by its number. */
static long try_list_mounts(char **argument)
{
	struct {
		uint32_t size, spare;
		uint64_t mount, parameter, namespace;
	} request = {.size = sizeof(request),
		.mount = ~0ULL,
		.namespace = strtoull(argument[0], NULL, 0)};
	uint64_t mounts[16];
	return syscall(CALL_LISTMOUNT, &request, mounts, 16UL, 0U);
}

/* From one's own mount namespace to any other: FILE next|previous. */
static long try_neighbour(char **argument)
{
	uint64_t info[2] = {0};
	int fd = open_to_read(argument[0]);
	info[0] = sizeof(info);
	return ioctl(fd, !strcmp(argument[1], "next") ? NEXT_MOUNTS : PREVIOUS_MOUNTS, info);
}

/* --- namespaces ------------------------------------------------------------------------------ */

static long try_owner(char **argument)
{
	return ioctl(open_to_read(argument[0]), NAMESPACE_OWNER);
}

static long try_parent(char **argument)
{
	return ioctl(open_to_read(argument[0]), NAMESPACE_PARENT);
}

/* Of a process, by its descriptor: PID NUMBER, where 1 to 10 are the kinds of namespaces. */
static long try_namespace_of(char **argument)
{
	return ioctl(open_process(argument[0]), _IO(0xff, number(argument[1])), 0);
}

/* --- file handles without a mount ------------------------------------------------------------ */

struct handle {
	unsigned int size;
	int type;
	unsigned char bytes[128];
};

static void print_handle(int fd)
{
	struct handle handle = {.size = sizeof(handle.bytes)};
	int mount[2];

	must("name_to_handle_at",
		syscall(SYS_name_to_handle_at, fd, "", &handle, mount, AT_EMPTY_PATH));
	printf("%d:", handle.type);
	print_bytes(handle.bytes, handle.size);
	exit(0);
}

static long try_process_handle(char **argument)
{
	print_handle(open_process(argument[0]));
	return 0;
}

static long try_namespace_handle(char **argument)
{
	print_handle(open_to_read(argument[0]));
	return 0;
}

static long open_handle(int root, const char *text)
{
	struct handle handle = {0};
	char *digits;

	handle.type = (int)strtol(text, &digits, 10);
	handle.size = read_bytes(digits + 1, handle.bytes, sizeof(handle.bytes));
	return syscall(SYS_open_by_handle_at, root, &handle, O_RDONLY);
}

static long try_open_process_handle(char **argument)
{
	return open_handle(PIDFS_ROOT, argument[0]);
}

static long try_open_namespace(char **argument)
{
	return open_handle(NSFS_ROOT, argument[0]);
}

/* --- files ----------------------------------------------------------------------------------- */

static long try_setxattrat(char **argument)
{
	struct {
		uint64_t value;
		uint32_t size, flags;
	} arguments = {.value = (uintptr_t) "evil", .size = 4};
	return syscall(CALL_SETXATTRAT, AT_FDCWD, argument[0], 0, "user.evil", &arguments,
		sizeof(arguments));
}

static long try_removexattrat(char **argument)
{
	return syscall(CALL_REMOVEXATTRAT, AT_FDCWD, argument[0], 0, argument[1]);
}

static long try_file_setattr(char **argument)
{
	struct {
		uint64_t flags;
		uint32_t extent, extents, project, cow;
	} attributes = {.flags = NODUMP};
	return syscall(
		CALL_FILE_SETATTR, AT_FDCWD, argument[0], &attributes, sizeof(attributes), 0);
}

/* The old way, on a descriptor that is open for reading. */
static long try_setflags(char **argument)
{
	long flags = 0;
	int fd = open_to_read(argument[0]);
	must("FS_IOC_GETFLAGS", ioctl(fd, FS_IOC_GETFLAGS, &flags));
	flags |= FS_NODUMP_FL;
	return ioctl(fd, FS_IOC_SETFLAGS, &flags);
}

/* --- other processes ------------------------------------------------------------------------- */

static long try_advise(char **argument)
{
	struct iovec memory = {(void *)((uintptr_t)&open_handle & ~4095UL), 4096};
	return syscall(SYS_process_madvise, open_process(argument[0]), &memory, 1UL, MADV_COLD, 0U);
}

static long try_release_memory(char **argument)
{
	return syscall(CALL_PROCESS_MRELEASE, open_process(argument[0]), 0U);
}

static long try_compare(char **argument)
{
	return syscall(SYS_kcmp, number(argument[0]), getpid(), KCMP_FILE, 0UL, 0UL);
}

static long try_robust_list(char **argument)
{
	void *list;
	size_t size;
	return syscall(SYS_get_robust_list, number(argument[0]), &list, &size);
}

static long try_move_pages(char **argument)
{
	void *page = &page;
	int status;
	return syscall(SYS_move_pages, number(argument[0]), 1UL, &page, NULL, &status, 0);
}

/* Only where nobody else wants the processor; and on one processor only. */
static long try_idle(char **argument)
{
	struct sched_param parameters = {0};
	return syscall(SYS_sched_setscheduler, number(argument[0]), SCHED_IDLE, &parameters);
}

static long try_pin(char **argument)
{
	unsigned long processors = 0;
	must("sched_getaffinity",
		syscall(SYS_sched_getaffinity, 0, sizeof(processors), &processors));
	processors &= -processors;
	return syscall(SYS_sched_setaffinity, number(argument[0]), sizeof(processors), &processors);
}

static long try_perf(char **argument)
{
	return open_event(number(argument[0]), -1, 0);
}

/* --- a peer on the host ---------------------------------------------------------------------- */

/* peer-…: who is at the other end of the socket that standard input is. */
static int peer(void)
{
	int fd = -1;
	socklen_t size = sizeof(fd);
	must("SO_PEERPIDFD", getsockopt(0, SOL_SOCKET, PEER_PIDFD, &fd, &size));
	return fd;
}

static long try_peer_signal(char **argument)
{
	return syscall(SYS_pidfd_send_signal, peer(), number(argument[0]), NULL, 0U);
}

static long try_peer_descriptor(char **argument)
{
	return syscall(SYS_pidfd_getfd, peer(), number(argument[0]), 0U);
}

static long try_peer_namespace(char **argument)
{
	return ioctl(peer(), _IO(0xff, number(argument[0])), 0);
}

static long try_peer_enter(char **argument)
{
	(void)argument;
	return setns(peer(), CLONE_NEWNS);
}

static long try_peer_advise(char **argument)
{
	struct iovec memory = {(void *)((uintptr_t)&open_handle & ~4095UL), 4096};
	(void)argument;
	return syscall(SYS_process_madvise, peer(), &memory, 1UL, MADV_COLD, 0U);
}

/* --- the machine ----------------------------------------------------------------------------- */

/* Each with arguments that the kernel refuses at once from whoever has the right to ask. */
static long try_kexec(char **argument)
{
	(void)argument;
	return syscall(SYS_kexec_load, 0UL, 0UL, NULL, ~0UL);
}

static long try_reboot(char **argument)
{
	(void)argument;
	return syscall(SYS_reboot, LINUX_REBOOT_MAGIC1, LINUX_REBOOT_MAGIC2, ~0U, NULL);
}

static long try_module(char **argument)
{
	(void)argument;
	return syscall(SYS_finit_module, -1, "", ~0);
}

static long try_bpf(char **argument)
{
	/* BPF_PROG_GET_NEXT_ID, which answers ENOENT to whoever may ask. */
	struct {
		uint32_t start, next, flags;
	} attributes = {0};
	(void)argument;
	return syscall(SYS_bpf, 11, &attributes, sizeof(attributes));
}

static long try_clock(char **argument)
{
	struct timex change = {.modes = ADJ_TICK};
	(void)argument;
	return syscall(SYS_adjtimex, &change);
}

static long try_log(char **argument)
{
	(void)argument;
	return syscall(SYS_syslog, 8, NULL, 0); /* CONSOLE_LEVEL 0: an error by itself */
}

static long try_swap(char **argument)
{
	(void)argument;
	return syscall(SYS_swapon, "", 0);
}

static long try_accounting(char **argument)
{
	return syscall(SYS_acct, argument[0]);
}

/* --------------------------------------------------------------------------------------------- */

static const struct attack attacks[] = {
	{"copy-writable", 1, try_copy_writable},
	{"open-writable", 1, try_open_writable},
	{"reconfigure", 2, try_reconfigure},
	{"mount-namespace", 1, try_mount_namespace},
	{"list-mounts", 1, try_list_mounts},
	{"neighbour", 2, try_neighbour},
	{"owner", 1, try_owner},
	{"parent", 1, try_parent},
	{"namespace-of", 2, try_namespace_of},
	{"process-handle", 1, try_process_handle},
	{"namespace-handle", 1, try_namespace_handle},
	{"open-process", 1, try_open_process_handle},
	{"open-namespace", 1, try_open_namespace},
	{"setxattrat", 1, try_setxattrat},
	{"removexattrat", 2, try_removexattrat},
	{"file-setattr", 1, try_file_setattr},
	{"setflags", 1, try_setflags},
	{"advise", 1, try_advise},
	{"release-memory", 1, try_release_memory},
	{"compare", 1, try_compare},
	{"robust-list", 1, try_robust_list},
	{"move-pages", 1, try_move_pages},
	{"idle", 1, try_idle},
	{"pin", 1, try_pin},
	{"perf", 1, try_perf},
	{"peer-signal", 1, try_peer_signal},
	{"peer-descriptor", 1, try_peer_descriptor},
	{"peer-namespace", 1, try_peer_namespace},
	{"peer-enter", 0, try_peer_enter},
	{"peer-advise", 0, try_peer_advise},
	{"kexec", 0, try_kexec},
	{"reboot", 0, try_reboot},
	{"module", 0, try_module},
	{"bpf", 0, try_bpf},
	{"clock", 0, try_clock},
	{"log", 0, try_log},
	{"swap", 0, try_swap},
	{"accounting", 1, try_accounting},
	{NULL, 0, NULL},
};

/*
 * with-peer COMMAND…: run it with a socket as standard input, whose other end this process holds.
 */
static void run_with_peer(int argc, char **argv)
{
	int pair[2];

	if (argc < 3 || strcmp(argv[1], "with-peer") != 0)
		return;
	must("socketpair", socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair));
	pid_t child = (pid_t)must("fork", fork());
	if (!child) {
		must("dup2", dup2(pair[0], 0));
		execv(argv[2], argv + 2);
		err(127, "%s", argv[2]);
	}
	close(pair[0]);
	exit(wait_for(child));
}

int main(int argc, char **argv)
{
	setvbuf(stdout, NULL, _IOLBF, 0);
	run_with_peer(argc, argv);
	return attack_main(attacks, argc, argv);
}
