/*
 * The rules of the seccomp filters; see filter_rules.h.  Runs at build time, without privileges,
 * and touches nothing but the libseccomp context it returns.
 *
 * Everything is allowed unless a rule denies it: the filters take single abilities away from
 * programs that are otherwise free to use the kernel.  Three things to know when adding a rule:
 *
 *  - The kernel reads an int argument from the low half of a 64-bit register, a filter sees the
 *    whole register, and a caller may put anything into the high half.  So a rule that denies a
 *    value compares it under a mask of at most 32 bits, or the value with a high bit set slips
 *    through.  A rule that denies all *but* a value (NONE_OF) may compare the whole register:
 *    a high bit then only makes it deny.
 *  - Rules on one call are alternatives; the first that holds gives the answer.
 *  - A filter sees registers, never memory.  A call that takes a mode, a flag or an address in
 *    memory (openat2, clone3, io_uring, socketcall, sendmmsg) is denied whole or not at all.
 *
 * The values (O_CREAT, TIOCSTI, …) are those of the architecture that this is compiled for.  They
 * are the same in its 32-bit ABIs: x86-64, x32 and i386 agree, and so do arm64 and arm.  Where the
 * filters are for another architecture, its compiler is made to check that its values are the same:
 * filter_values.
 */
#include "plan/filter_rules.h"

#include "plan/filter_guard.h"

#include "base/fd.h"
#include "base/sys.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>

/* In no header of the C library; the same everywhere but on MIPS, which has no such console. */
#ifndef TIOCLINUX
#define TIOCLINUX 0x541C
#endif

/* Of ioprio_set(2), which older headers of the kernel have not. */
#define IO_PRIO_PGRP 2
#define IO_PRIO_USER 3
/* Also in none of them, or in newer ones only. */
#define SET_DELEGATION      1040 /* F_SETDELEG, Linux 6.19 */
#define SET_WRITE_HINT      1036 /* F_SET_RW_HINT, Linux 4.13 */
#define SET_FILE_WRITE_HINT 1038 /* F_SET_FILE_RW_HINT, Linux 4.13 to 5.16 */
#define PERF_OF_A_GROUP     4    /* PERF_FLAG_PID_CGROUP */

/*
 * The type and the number of an ioctl request; without its size, which differs between ABIs and
 * kernels.
 */
#define REQUEST_MASK          0xffffU
#define REQUEST(type, number) ((unsigned int)(type) << 8 | (number))

/* The types of these file systems' requests. */
#define BTRFS    0x94
#define BCACHEFS 0xbc
/* musl has none; the same everywhere. */
#ifndef RENAME_WHITEOUT
#define RENAME_WHITEOUT (1 << 2)
#endif

/* O_TMPFILE is two bits; this one alone makes the kernel take the mode argument. */
#define TMPFILE_BIT (O_TMPFILE & ~O_DIRECTORY)

#define SETID        (S_ISUID | S_ISGID)
#define MAKES_A_FILE (O_CREAT | TMPFILE_BIT)

/* CLONE_NEW*: time, mount, control group, UTS, IPC, user, pid and network namespaces. */
#define NAMESPACES 0x7e020080U

/* And what unshare undoes besides: CLONE_VM, FS, FILES, SIGHAND, THREAD, SYSVSEM. */
#define UNSHARED (NAMESPACES | 0x00050f00U)

/* The part of socket types that is the type; the rest is SOCK_NONBLOCK and SOCK_CLOEXEC. */
#define SOCKET_TYPE_MASK 0xfU

#define ARRAY_SIZE(array) (sizeof(array) / sizeof((array)[0]))

/* An int argument as the kernel reads it; see above. */
#define INT_MASK 0xffffffffU

#define FILTER(name) (1U << PLAN_FILTER_##name)

enum {
	OFF = FILTER(OFF),
	NETWORK = FILTER(ISOLATED) | FILTER(ISOLATED_UNIX) | OFF,
	NO_UNIX = FILTER(ISOLATED) | OFF,
	ALWAYS = FILTER(HOST) | NETWORK,
	/* Each alone, in a filter of its own. */
	MOUNTS = FILTER(MOUNTS),
	SIGNALS = FILTER(SIGNALS),
	NESTED = FILTER(NESTED),
};

struct rule {
	unsigned int filters; /* in which of them: FILTER() bits */
	const char *call;
	struct filter_rule deny;
};

/* clang-format off */
#define EQUAL(argument, value)        MASKED(argument, INT_MASK, value)
#define MASKED(argument, mask, value) {FILTER_EQUAL, argument, mask, 1, {(unsigned int)(value)}}
#define ANY_BIT(argument, bits)       {FILTER_ANY_BIT, argument, bits, 0, {0}}
#define REQUESTED(request)            {FILTER_EQUAL, 1, REQUEST_MASK, 1, {request}}
#define BETWEEN(first, last)          {FILTER_BETWEEN, 1, REQUEST_MASK, 2, {first, last}}
/* The whole register: with a high bit it is none of them, however the kernel reads it. */
#define NONE_OF(argument, count, ...) {FILTER_NONE_OF, argument, ~0ULL, count, {__VA_ARGS__}}
/* clang-format on */

const struct filter_value filter_values[] = {
#define VALUE(name)                         \
	{                                   \
#name, (unsigned int)(name) \
	}
	VALUE(TIOCSTI),
	VALUE(PRIO_PGRP),
	VALUE(TIOCSETD),
	VALUE(PRIO_USER),
	VALUE(FIOASYNC),
	VALUE(F_SETFL),
	VALUE(O_ASYNC),
	VALUE(F_SETLEASE),
	VALUE(O_CREAT),
	{"O_TMPFILE & ~O_DIRECTORY", TMPFILE_BIT},
	VALUE(S_IFMT),
	VALUE(S_IFCHR),
	VALUE(S_ISUID),
	VALUE(S_ISGID),
	VALUE(AF_UNIX),
	VALUE(AF_INET),
	VALUE(AF_INET6),
	VALUE(SOCK_STREAM),
	VALUE(SOCK_SEQPACKET),
	VALUE(MSG_FASTOPEN),
	VALUE(MNT_DETACH),
	VALUE(CLONE_NEWNS),
	VALUE(EPERM),
	VALUE(ENOSYS),
#undef VALUE
	{NULL, 0},
};

static const struct rule rules[] = {
	/*
	 * Typing into the terminal: TIOCSTI puts characters into its input, TIOCLINUX pastes the
	 * console's selection; the shell outside reads them as the user's.  The command is an
	 * unsigned int to the kernel (CVE-2019-10063: compared as 64 bits, it slipped through).
	 */
	{ALWAYS, "ioctl", {EPERM, 1, {EQUAL(1, TIOCSTI)}}},
	{ALWAYS, "ioctl", {EPERM, 1, {EQUAL(1, TIOCLINUX)}}},

	/*
	 * How the kernel reads a terminal's lines: one way mutes it for good, whoever has it then,
	 * and one that the kernel has not got, it loads a module for.
	 */
	{ALWAYS, "ioctl", {EPERM, 1, {EQUAL(1, TIOCSETD)}}},

	/*
	 * To make a key that there is not, the kernel starts /sbin/request-key: as root, in the
	 * namespaces of the host, with a text of the caller's.
	 */
	{ALWAYS, "request_key", {EPERM, 0, {{0}}}},

	/*
	 * All that runs on a processor, or in a control group: processes of the host.  Where the
	 * host allows it (kernel.perf_event_paranoid), their stacks and registers show.  A process
	 * of the sandbox stays.  EACCES is what the kernel answers where the host does not allow
	 * it, and what makes perf try its own process instead.
	 */
	{ALWAYS, "perf_event_open", {EACCES, 1, {EQUAL(1, -1)}}},
	{ALWAYS, "perf_event_open", {EPERM, 1, {ANY_BIT(4, PERF_OF_A_GROUP)}}},

	/*
	 * A map or program that has a name in a bpf file system is opened, for writing too, by its
	 * mode alone: that the mount is read-only does not count, and root's modes are root's.
	 */
	{ALWAYS, "bpf", {EPERM, 0, {{0}}}},

	/*
	 * The kernel's messages: what happens on the whole machine, with addresses of the kernel.
	 */
	{ALWAYS, "syslog", {EPERM, 0, {{0}}}},

	/*
	 * Requests to a file system that act through a descriptor that is open for reading, and
	 * that neither a read-only mount stops nor one in between:
	 *  - keys of encrypted directories.  Without its key a directory of the caller's is locked
	 *    for all;
	 *  - snapshots.  In a copy of a tree nothing is hidden;
	 *  - removing a subvolume, whatever is in it and mounted there, where the mount's options
	 *    let users.
	 * bcachefs makes snapshots and subvolumes by one request, and tells them by a flag in
	 * memory.  All other requests that change something are the read-only mounts' to stop, and
	 * allowed in a writable root.
	 */
	{ALWAYS, "ioctl", {EPERM, 1, {REQUESTED(REQUEST('f', 23))}}},
	{ALWAYS, "ioctl", {EPERM, 1, {REQUESTED(REQUEST('f', 24))}}},
	{ALWAYS, "ioctl", {EPERM, 1, {REQUESTED(REQUEST('f', 25))}}},
	{ALWAYS, "ioctl", {EPERM, 1, {REQUESTED(REQUEST(BTRFS, 1))}}},
	{ALWAYS, "ioctl", {EPERM, 1, {REQUESTED(REQUEST(BTRFS, 15))}}},
	{ALWAYS, "ioctl", {EPERM, 1, {REQUESTED(REQUEST(BTRFS, 23))}}},
	{ALWAYS, "ioctl", {EPERM, 1, {REQUESTED(REQUEST(BTRFS, 63))}}},
	{ALWAYS, "ioctl", {EPERM, 1, {REQUESTED(REQUEST(BCACHEFS, 16))}}},
	{ALWAYS, "ioctl", {EPERM, 1, {REQUESTED(REQUEST(BCACHEFS, 17))}}},

	/*
	 * The same by fcntl: how a file is stored, and leases, for which programs of the host that
	 * open the file, or change the directory, are kept waiting.
	 */
	{ALWAYS, "fcntl", {EPERM, 1, {EQUAL(1, F_SETLEASE)}}},
	{ALWAYS, "fcntl", {EPERM, 1, {EQUAL(1, SET_DELEGATION)}}},
	{ALWAYS, "fcntl", {EPERM, 1, {EQUAL(1, SET_WRITE_HINT)}}},
	{ALWAYS, "fcntl", {EPERM, 1, {EQUAL(1, SET_FILE_WRITE_HINT)}}},
	{ALWAYS, "fcntl64", {EPERM, 1, {EQUAL(1, F_SETLEASE)}}},
	{ALWAYS, "fcntl64", {EPERM, 1, {EQUAL(1, SET_DELEGATION)}}},
	{ALWAYS, "fcntl64", {EPERM, 1, {EQUAL(1, SET_WRITE_HINT)}}},
	{ALWAYS, "fcntl64", {EPERM, 1, {EQUAL(1, SET_FILE_WRITE_HINT)}}},

	/*
	 * Mounting, with the capabilities of a user namespace made inside.  What is mounted already
	 * is locked, but a new instance shows what the sandbox has covered: the caller's own
	 * control group, where it can be changed.  An open_tree that clones nothing is an open.
	 */
	{MOUNTS, "mount", {EPERM, 0, {{0}}}},
	{MOUNTS, "umount", {EPERM, 0, {{0}}}},
	{MOUNTS, "umount2", {EPERM, 0, {{0}}}},
	{MOUNTS, "pivot_root", {EPERM, 0, {{0}}}},
	{MOUNTS, "open_tree", {EPERM, 1, {ANY_BIT(2, OPEN_TREE_CLONE)}}},
	{MOUNTS, "move_mount", {EPERM, 0, {{0}}}},
	{MOUNTS, "mount_setattr", {EPERM, 0, {{0}}}},
	{MOUNTS, "fsopen", {EPERM, 0, {{0}}}},
	{MOUNTS, "fspick", {EPERM, 0, {{0}}}},
	{MOUNTS, "fsconfig", {EPERM, 0, {{0}}}},
	{MOUNTS, "fsmount", {EPERM, 0, {{0}}}},

	/*
	 * Emptying a mount namespace, with the capabilities of a user namespace made inside.
	 * Whoever has one without the mounts that cover a path may rename that through a descriptor
	 * from before: the kernel asks only whether the name is a mountpoint in the caller's own
	 * namespace.  What came with a namespace is locked, so it goes all together: by another
	 * root, or by letting go of a whole tree.  The i386 umount has no flags.  What makes a
	 * namespace of less than there is is denied to everyone, in filter_guard.c.
	 */
	{NESTED, "pivot_root", {EPERM, 0, {{0}}}},
	{NESTED, "umount2", {EPERM, 1, {ANY_BIT(1, MNT_DETACH)}}},

	/*
	 * The way back to a mount namespace begins at the top of its root, which is what another
	 * mount has been taken off: one that nobody was in just then, not even who did it.  Without
	 * flags it is any namespace.
	 */
	{NESTED, "setns", {EPERM, 1, {ANY_BIT(1, CLONE_NEWNS)}}},
	{NESTED, "setns", {EPERM, 1, {EQUAL(1, 0)}}},

	/*
	 * A terminal whose file is asynchronous signals its foreground process group, which is the
	 * caller's, with a signal that the command chooses.  Programs do use it for other files.
	 */
	{SIGNALS, "fcntl", {EPERM, 2, {EQUAL(1, F_SETFL), ANY_BIT(2, O_ASYNC)}}},
	{SIGNALS, "fcntl64", {EPERM, 2, {EQUAL(1, F_SETFL), ANY_BIT(2, O_ASYNC)}}},
	{SIGNALS, "ioctl", {EPERM, 1, {EQUAL(1, FIOASYNC)}}},

	/*
	 * Its mode is in memory (see setid_calls).  ENOSYS is what a kernel before 5.6 answers, and
	 * what makes callers use openat instead.
	 */
	{ALWAYS, "openat2", {ENOSYS, 0, {{0}}}},

	/*
	 * A ring's requests are not system calls, so no filter sees them: they create files with
	 * any mode and make, connect and bind sockets.  All three: a ring may be inherited.
	 */
	{ALWAYS, "io_uring_setup", {EPERM, 0, {{0}}}},
	{ALWAYS, "io_uring_enter", {EPERM, 0, {{0}}}},
	{ALWAYS, "io_uring_register", {EPERM, 0, {{0}}}},

	/*
	 * A whiteout, the character device 0:0, needs no capability.  Left in a directory that is,
	 * or becomes, a layer of an overlay, it takes a file of the layers below away: a device of
	 * no use to a program.
	 */
	{ALWAYS, "mknod", {EPERM, 1, {MASKED(1, S_IFMT, S_IFCHR)}}},
	{ALWAYS, "mknodat", {EPERM, 1, {MASKED(2, S_IFMT, S_IFCHR)}}},
	{ALWAYS, "renameat2", {EPERM, 1, {ANY_BIT(4, RENAME_WHITEOUT)}}},

	/*
	 * Its flags are in memory.  One puts the new process into any control group that the user
	 * owns, and so out of the limits of the caller's: the kernel asks for no write to a file,
	 * so that the read-only mount does not stop it.  ENOSYS is what makes callers use clone.
	 */
	{ALWAYS, "clone3", {ENOSYS, 0, {{0}}}},

	/*
	 * Limits of init, which are anybody's of the same user: without descriptors it could not
	 * wait for the command, with no processor time left the kernel ends it, and nobody learns
	 * then how the command ended and what was replaced meanwhile.
	 */
	{ALWAYS, "prlimit64", {EPERM, 1, {EQUAL(0, 1)}}},

	/*
	 * Init's share of the processor, which is anybody's of the same user, too: when the sandbox
	 * is to end, init has to run once for it, and behind busy processes with the least of all
	 * priorities it does not for minutes.  Its user and its process group are init as well; and
	 * "one's own group", which is init's for whoever has joined that one, and the launcher's
	 * where there is no new session.
	 */
	{ALWAYS, "sched_setaffinity", {EPERM, 1, {EQUAL(0, 1)}}},
	{ALWAYS, "sched_setattr", {EPERM, 1, {EQUAL(0, 1)}}},
	{ALWAYS, "sched_setparam", {EPERM, 1, {EQUAL(0, 1)}}},
	{ALWAYS, "sched_setscheduler", {EPERM, 1, {EQUAL(0, 1)}}},
	{ALWAYS, "setpriority", {EPERM, 1, {EQUAL(1, 1)}}},
	{ALWAYS, "setpriority", {EPERM, 1, {EQUAL(0, PRIO_USER)}}},
	{ALWAYS, "setpriority", {EPERM, 2, {EQUAL(0, PRIO_PGRP), EQUAL(1, 0)}}},

	/* And its share of the disks, which it needs to look at what was replaced. */
	{ALWAYS, "ioprio_set", {EPERM, 1, {EQUAL(1, 1)}}},
	{ALWAYS, "ioprio_set", {EPERM, 1, {EQUAL(0, IO_PRIO_USER)}}},
	{ALWAYS, "ioprio_set", {EPERM, 2, {EQUAL(0, IO_PRIO_PGRP), EQUAL(1, 0)}}},

	/* All of i386's socket calls in one, with the arguments in memory. */
	{NETWORK, "socketcall", {EPERM, 0, {{0}}}},

	/*
	 * Whatever else the kernel has, now or later, is a way out that the network namespace does
	 * not close (AF_UNIX by path, AF_VSOCK) or kernel code that nobody asked for.
	 */
	{NO_UNIX, "socket", {EPERM, 1, {NONE_OF(0, 2, AF_INET, AF_INET6)}}},
	{FILTER(ISOLATED_UNIX), "socket", {EPERM, 1, {NONE_OF(0, 3, AF_UNIX, AF_INET, AF_INET6)}}},

	/*
	 * Only AF_UNIX has pairs worth having.  Without it, only those whose ends stay tied to each
	 * other: an end of a datagram pair can be connected, or its data sent, to a unix socket of
	 * the host by path.
	 */
	{NETWORK, "socketpair", {EPERM, 1, {NONE_OF(0, 1, AF_UNIX)}}},
	{NO_UNIX, "socketpair",
		{EPERM, 1,
			{{FILTER_NONE_OF, 1, SOCKET_TYPE_MASK, 2, {SOCK_STREAM, SOCK_SEQPACKET}}}}},

	/* No peers but those that the command itself made with socketpair. */
	{OFF, "connect", {EPERM, 0, {{0}}}},
	{OFF, "accept", {EPERM, 0, {{0}}}},
	{OFF, "accept4", {EPERM, 0, {{0}}}},
	{OFF, "bind", {EPERM, 0, {{0}}}},
	{OFF, "listen", {EPERM, 0, {{0}}}},

	/* Its addresses are in memory, and nobody needs it for a socketpair. */
	{OFF, "sendmmsg", {EPERM, 0, {{0}}}},

	/*
	 * send() is sendto() without an address, and stays.  The address's length is looked at as
	 * well.
	 */
	{OFF, "sendto", {EPERM, 1, {NONE_OF(4, 1, 0)}}},
	{OFF, "sendto", {EPERM, 1, {NONE_OF(5, 1, 0)}}},

	/*
	 * sendmsg stays, since it passes descriptors over socketpairs, but not the flag with which
	 * it connects.  An address in its message leads at most to this network namespace's own
	 * loopback: of the sockets that can be made here, none takes a unix address.
	 */
	{OFF, "sendmsg", {EPERM, 1, {ANY_BIT(2, MSG_FASTOPEN)}}},

	/*
	 * Calls that give a file a mode.  A set-ID file planted in a writable root keeps its bits
	 * on the host, where whoever runs it becomes its owner or group.  mkdir is not here: it
	 * drops the bits.
	 */
	{ALWAYS, "chmod", {EPERM, 1, {ANY_BIT(1, SETID)}}},
	{ALWAYS, "fchmod", {EPERM, 1, {ANY_BIT(1, SETID)}}},
	{ALWAYS, "fchmodat", {EPERM, 1, {ANY_BIT(2, SETID)}}},
	{ALWAYS, "fchmodat2", {EPERM, 1, {ANY_BIT(2, SETID)}}},
	{ALWAYS, "mknod", {EPERM, 1, {ANY_BIT(1, SETID)}}},
	{ALWAYS, "mknodat", {EPERM, 1, {ANY_BIT(2, SETID)}}},
	{ALWAYS, "creat", {EPERM, 1, {ANY_BIT(1, SETID)}}},

	/* The mode counts only where a file is made, and is garbage otherwise. */
	{ALWAYS, "open", {EPERM, 2, {ANY_BIT(1, MAKES_A_FILE), ANY_BIT(2, SETID)}}},
	{ALWAYS, "openat", {EPERM, 2, {ANY_BIT(2, MAKES_A_FILE), ANY_BIT(3, SETID)}}},

	/*
	 * Flags that are not known: new kinds of namespaces, and what may be done with old ones
	 * (filter_guard.c).
	 */
	{ALWAYS, "setns", {EINVAL, 1, {ANY_BIT(1, INT_MASK & ~NAMESPACES)}}},
	/* It takes a long, and looks at all of it. */
	{ALWAYS, "unshare", {EINVAL, 1, {ANY_BIT(0, ~(uint64_t)UNSHARED)}}},

	/*
	 * Requests to file systems that no kernel had yet.  'X' is XFS and what others took from
	 * it, 'f' ext4, fscrypt and fsverity.  Drivers of devices do not use these numbers.
	 */
	{ALWAYS, "ioctl", {ENOTTY, 1, {BETWEEN(REQUEST('X', 0x86), REQUEST('X', 0xff))}}},
	{ALWAYS, "ioctl", {ENOTTY, 1, {BETWEEN(REQUEST('f', 0x2f), REQUEST('f', 0x84))}}},
	{ALWAYS, "ioctl", {ENOTTY, 1, {BETWEEN(REQUEST('f', 0x88), REQUEST('f', 0xff))}}},
	{ALWAYS, "ioctl", {ENOTTY, 1, {BETWEEN(REQUEST(BTRFS, 0x43), REQUEST(BTRFS, 0xff))}}},
};

static int add_rule(scmp_filter_ctx context, const char *name, int error)
{
	/* A call that the native ABI lacks has a number too, a negative one: socketcall. */
	int call = seccomp_syscall_resolve_name(name);
	if (call == __NR_SCMP_ERROR)
		return -ENOENT;
	return seccomp_rule_add(context, SCMP_ACT_ERRNO(error), call, 0);
}

/* --- the tail: what looks at arguments -------------------------------------------------------- */

/*
 * The calls that it is for; each has the body with its own number, or that of an earlier one which
 * is the same.
 */
struct tail_calls {
	struct filter_tail tail;
	const char *names[FILTER_BODIES];
};

/*
 * The number of a call's body, which is a new one if it has none; FILTER_BODIES: there is no room.
 */
static size_t find_body(struct tail_calls *calls, const char *name)
{
	size_t i = 0;

	while (i < calls->tail.count && strcmp(calls->names[i], name) != 0)
		i++;
	if (i == calls->tail.count && i < FILTER_BODIES) {
		calls->names[i] = name;
		calls->tail.bodies[calls->tail.count++].count = 0;
	}
	return i;
}

/* -E2BIG: there is no room for it. */
static int make_tail(unsigned int filter, struct tail_calls *ret)
{
	memset(ret, 0, sizeof(*ret));
	for (size_t i = 0; i < ARRAY_SIZE(rules); i++) {
		if (!(rules[i].filters & filter) || !rules[i].deny.count)
			continue;
		size_t number = find_body(ret, rules[i].call);
		if (number == FILTER_BODIES)
			return -E2BIG;
		struct filter_body *body = &ret->tail.bodies[number];
		if (body->count == ARRAY_SIZE(body->rules))
			return -E2BIG;
		body->rules[body->count++] = rules[i].deny;
	}
	return 0;
}

/* Calls that are denied by the same rules share a body. */
static int add_marks(scmp_filter_ctx context, struct tail_calls *calls)
{
	struct filter_body *bodies = calls->tail.bodies;
	int code = 0;

	for (size_t i = 0; !code && i < calls->tail.count; i++) {
		size_t same = 0;
		while (memcmp(&bodies[same], &bodies[i], sizeof(*bodies)) != 0)
			same++;
		calls->tail.used[same] = true;
		code = add_rule(context, calls->names[i], FILTER_MARK + (int)same);
	}
	return code;
}

static int add_rules(scmp_filter_ctx context, unsigned int filter, struct tail_calls *calls)
{
	int code = add_marks(context, calls);

	for (size_t i = 0; !code && i < ARRAY_SIZE(rules); i++)
		if (rules[i].filters & filter && !rules[i].deny.count)
			code = add_rule(context, rules[i].call, rules[i].deny.error);
	return code;
}

/* --- libseccomp's part ------------------------------------------------------------------------ */

/* The ABIs beside the architecture's own through which a process can call the same kernel. */
static int add_other_abis(scmp_filter_ctx context, uint32_t architecture)
{
	switch (architecture) {
	case SCMP_ARCH_X86_64: {
		int code = seccomp_arch_add(context, SCMP_ARCH_X86);
		return code ? code : seccomp_arch_add(context, SCMP_ARCH_X32);
	}
	case SCMP_ARCH_AARCH64:
		return seccomp_arch_add(context, SCMP_ARCH_ARM);
	default:
		/* None that rind knows; if there is one, a call through it kills. */
		return 0;
	}
}

static int set_architecture(scmp_filter_ctx context, uint32_t architecture)
{
	uint32_t native = seccomp_arch_native();

	if (architecture != native) {
		int code = seccomp_arch_add(context, architecture);
		if (!code)
			code = seccomp_arch_remove(context, native);
		if (code)
			return code;
	}
	return add_other_abis(context, architecture);
}

static int set_attributes(scmp_filter_ctx context)
{
	int code = seccomp_attr_set(context, SCMP_FLTATR_ACT_BADARCH, SCMP_ACT_KILL_PROCESS);
	if (code)
		return code;
	/*
	 * A binary search for the call's number instead of a list.  When a filter is attached the
	 * kernel runs it once for every call number there is, so this is paid at every start.
	 */
	return seccomp_attr_set(context, SCMP_FLTATR_CTL_OPTIMIZE, 2);
}

static void release_context(scmp_filter_ctx *context)
{
	if (*context)
		seccomp_release(*context);
}

/* The marks are for the bodies of these calls. */
static int build(
	unsigned int filter, uint32_t architecture, struct tail_calls *calls, scmp_filter_ctx *ret)
{
	/*
	 * By itself libseccomp asks the running kernel what it can do; but that is the build
	 * machine's.  Level 3 is Linux 4.14, which has every action used here.
	 */
	int code = seccomp_api_set(3);
	if (code)
		return code;
	__attribute__((cleanup(release_context))) scmp_filter_ctx context =
		seccomp_init(SCMP_ACT_ALLOW);
	if (!context)
		return -ENOMEM;
	code = set_attributes(context);
	if (!code)
		code = set_architecture(context, architecture);
	if (!code)
		code = add_rules(context, filter, calls);
	if (code)
		return code;
	*ret = take_ptr(context);
	return 0;
}

/* What libseccomp writes: its length or -errno. */
static int export_calls(scmp_filter_ctx context, struct sock_filter *code, size_t room)
{
	_cleanup_close_ int fd = memfd_create("filter", MFD_CLOEXEC);
	int result = fd < 0 ? -errno : seccomp_export_bpf(context, fd);
	if (result)
		return result;

	off_t size = lseek(fd, 0, SEEK_END);
	if (size < 0)
		return -errno;
	if (size == 0 || size % sizeof(*code) || size > (off_t)(room * sizeof(*code)))
		return -E2BIG;
	ssize_t got = pread(fd, code, size, 0);
	if (got < 0)
		return -errno;
	return got == size ? (int)(size / sizeof(*code)) : -EIO;
}

int filter_export(enum plan_filter which, uint32_t architecture, struct sock_filter *code)
{
	__attribute__((cleanup(release_context))) scmp_filter_ctx context = NULL;
	struct tail_calls calls;

	if (which <= PLAN_FILTER_NONE || which >= PLAN_FILTER_COUNT)
		return -EINVAL;
	unsigned int filter = 1U << which;
	int error = make_tail(filter, &calls);
	if (!error)
		error = build(filter, architecture, &calls, &context);
	if (error)
		return error;

	/* In the others, which are never alone, there is nothing to guard. */
	size_t head = filter & ALWAYS ? filter_guard_head(architecture, code) : 0;
	int length = export_calls(
		context, code + head, BPF_MAXINSNS - FILTER_HEAD_ROOM - FILTER_TAIL_ROOM);
	if (length < 0)
		return length;
	length += (int)head;
	return length + (int)filter_guard_tail(code, (size_t)length, &calls.tail);
}
