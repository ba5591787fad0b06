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
 *    through.  A rule that denies all *but* a value (NE, LT, GT) may compare the whole register:
 *    a high bit then only makes it deny.
 *  - libseccomp takes one comparison per argument and rule.  Rules on one call are alternatives.
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

/* The type and the number of an ioctl request; without its size, which differs between ABIs and kernels. */
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

/* The part of socket types that is the type; the rest is SOCK_NONBLOCK and SOCK_CLOEXEC. */
#define SOCKET_TYPE_MASK 0xfU

#define ARRAY_SIZE(array) (sizeof(array) / sizeof((array)[0]))

/* An int argument compared as the kernel reads it; see above. */
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
	int error;
	unsigned int count; /* of comparisons; all of them have to hold */
	struct scmp_arg_cmp when[2];
};

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
	{ALWAYS, "ioctl", EPERM, 1, {SCMP_A1(SCMP_CMP_MASKED_EQ, INT_MASK, TIOCSTI)}},
	{ALWAYS, "ioctl", EPERM, 1, {SCMP_A1(SCMP_CMP_MASKED_EQ, INT_MASK, TIOCLINUX)}},

	/*
	 * How the kernel reads a terminal's lines: one way mutes it for good, whoever has it then, and one
	 * that the kernel has not got, it loads a module for.
	 */
	{ALWAYS, "ioctl", EPERM, 1, {SCMP_A1(SCMP_CMP_MASKED_EQ, INT_MASK, TIOCSETD)}},

	/*
	 * To make a key that there is not, the kernel starts /sbin/request-key: as root, in the namespaces of the
	 * host, with a text of the caller's.  The text is an argument, too; but libseccomp compares 32 bits of an
	 * x32 call's pointers, so that the call is denied with or without.
	 */
	{ALWAYS, "request_key", EPERM, 0, {{0}}},

	/*
	 * All that runs on a processor, or in a control group: processes of the host.  Where the host allows it
	 * (kernel.perf_event_paranoid), their stacks and registers show.  A process of the sandbox stays.
	 */
	{ALWAYS, "perf_event_open", EPERM, 1, {SCMP_A1(SCMP_CMP_MASKED_EQ, INT_MASK, INT_MASK)}},
	{ALWAYS, "perf_event_open", EPERM, 1,
		{SCMP_A4(SCMP_CMP_MASKED_EQ, PERF_OF_A_GROUP, PERF_OF_A_GROUP)}},

	/*
	 * A map or program that has a name in a bpf file system is opened, for writing too, by its mode alone:
	 * that the mount is read-only does not count, and root's modes are root's.
	 */
	{ALWAYS, "bpf", EPERM, 0, {{0}}},

	/* The kernel's messages: what happens on the whole machine, with addresses of the kernel. */
	{ALWAYS, "syslog", EPERM, 0, {{0}}},

	/*
	 * Requests to a file system that act through a descriptor that is open for reading, and that neither a
	 * read-only mount stops nor one in between:
	 *  - keys of encrypted directories.  Without its key a directory of the caller's is locked for all;
	 *  - snapshots.  In a copy of a tree nothing is hidden;
	 *  - removing a subvolume, whatever is in it and mounted there, where the mount's options let users.
	 * bcachefs makes snapshots and subvolumes by one request, and tells them by a flag in memory.  All other
	 * requests that change something are the read-only mounts' to stop, and allowed in a writable root.
	 */
	{ALWAYS, "ioctl", EPERM, 1, {SCMP_A1(SCMP_CMP_MASKED_EQ, REQUEST_MASK, REQUEST('f', 23))}},
	{ALWAYS, "ioctl", EPERM, 1, {SCMP_A1(SCMP_CMP_MASKED_EQ, REQUEST_MASK, REQUEST('f', 24))}},
	{ALWAYS, "ioctl", EPERM, 1, {SCMP_A1(SCMP_CMP_MASKED_EQ, REQUEST_MASK, REQUEST('f', 25))}},
	{ALWAYS, "ioctl", EPERM, 1, {SCMP_A1(SCMP_CMP_MASKED_EQ, REQUEST_MASK, REQUEST(BTRFS, 1))}},
	{ALWAYS, "ioctl", EPERM, 1,
		{SCMP_A1(SCMP_CMP_MASKED_EQ, REQUEST_MASK, REQUEST(BTRFS, 15))}},
	{ALWAYS, "ioctl", EPERM, 1,
		{SCMP_A1(SCMP_CMP_MASKED_EQ, REQUEST_MASK, REQUEST(BTRFS, 23))}},
	{ALWAYS, "ioctl", EPERM, 1,
		{SCMP_A1(SCMP_CMP_MASKED_EQ, REQUEST_MASK, REQUEST(BTRFS, 63))}},
	{ALWAYS, "ioctl", EPERM, 1,
		{SCMP_A1(SCMP_CMP_MASKED_EQ, REQUEST_MASK, REQUEST(BCACHEFS, 16))}},
	{ALWAYS, "ioctl", EPERM, 1,
		{SCMP_A1(SCMP_CMP_MASKED_EQ, REQUEST_MASK, REQUEST(BCACHEFS, 17))}},

	/*
	 * The same by fcntl: how a file is stored, and leases, for which programs of the host that open the
	 * file, or change the directory, are kept waiting.
	 */
	{ALWAYS, "fcntl", EPERM, 1, {SCMP_A1(SCMP_CMP_MASKED_EQ, INT_MASK, F_SETLEASE)}},
	{ALWAYS, "fcntl", EPERM, 1, {SCMP_A1(SCMP_CMP_MASKED_EQ, INT_MASK, SET_DELEGATION)}},
	{ALWAYS, "fcntl", EPERM, 1, {SCMP_A1(SCMP_CMP_MASKED_EQ, INT_MASK, SET_WRITE_HINT)}},
	{ALWAYS, "fcntl", EPERM, 1, {SCMP_A1(SCMP_CMP_MASKED_EQ, INT_MASK, SET_FILE_WRITE_HINT)}},
	{ALWAYS, "fcntl64", EPERM, 1, {SCMP_A1(SCMP_CMP_MASKED_EQ, INT_MASK, F_SETLEASE)}},
	{ALWAYS, "fcntl64", EPERM, 1, {SCMP_A1(SCMP_CMP_MASKED_EQ, INT_MASK, SET_DELEGATION)}},
	{ALWAYS, "fcntl64", EPERM, 1, {SCMP_A1(SCMP_CMP_MASKED_EQ, INT_MASK, SET_WRITE_HINT)}},
	{ALWAYS, "fcntl64", EPERM, 1, {SCMP_A1(SCMP_CMP_MASKED_EQ, INT_MASK, SET_FILE_WRITE_HINT)}},

	/*
	 * Mounting, with the capabilities of a user namespace made inside.  What is mounted already is
	 * locked, but a new instance shows what the sandbox has covered: the caller's own control group,
	 * where it can be changed.  An open_tree that clones nothing is an open.
	 */
	{MOUNTS, "mount", EPERM, 0, {{0}}},
	{MOUNTS, "umount", EPERM, 0, {{0}}},
	{MOUNTS, "umount2", EPERM, 0, {{0}}},
	{MOUNTS, "pivot_root", EPERM, 0, {{0}}},
	{MOUNTS, "open_tree", EPERM, 1,
		{SCMP_A2(SCMP_CMP_MASKED_EQ, OPEN_TREE_CLONE, OPEN_TREE_CLONE)}},
	{MOUNTS, "move_mount", EPERM, 0, {{0}}},
	{MOUNTS, "mount_setattr", EPERM, 0, {{0}}},
	{MOUNTS, "fsopen", EPERM, 0, {{0}}},
	{MOUNTS, "fspick", EPERM, 0, {{0}}},
	{MOUNTS, "fsconfig", EPERM, 0, {{0}}},
	{MOUNTS, "fsmount", EPERM, 0, {{0}}},

	/*
	 * Emptying a mount namespace, with the capabilities of a user namespace made inside.  Whoever has one
	 * without the mounts that cover a path may rename that through a descriptor from before: the kernel
	 * asks only whether the name is a mountpoint in the caller's own namespace.  What came with a
	 * namespace is locked, so it goes all together: by another root, or by letting go of a whole tree.
	 * The i386 umount has no flags.  What makes a namespace of less than there is is denied to everyone, in
	 * filter_guard.c.
	 */
	{NESTED, "pivot_root", EPERM, 0, {{0}}},
	{NESTED, "umount2", EPERM, 1, {SCMP_A1(SCMP_CMP_MASKED_EQ, MNT_DETACH, MNT_DETACH)}},

	/*
	 * The way back to a mount namespace begins at the top of its root, which is what another mount has been
	 * taken off: one that nobody was in just then, not even who did it.  Without flags it is any namespace.
	 */
	{NESTED, "setns", EPERM, 1, {SCMP_A1(SCMP_CMP_MASKED_EQ, CLONE_NEWNS, CLONE_NEWNS)}},
	{NESTED, "setns", EPERM, 1, {SCMP_A1(SCMP_CMP_MASKED_EQ, INT_MASK, 0)}},

	/*
	 * A terminal whose file is asynchronous signals its foreground process group, which is the
	 * caller's, with a signal that the command chooses.  Programs do use it for other files.
	 */
	{SIGNALS, "fcntl", EPERM, 2,
		{SCMP_A1(SCMP_CMP_MASKED_EQ, INT_MASK, F_SETFL),
			SCMP_A2(SCMP_CMP_MASKED_EQ, O_ASYNC, O_ASYNC)}},
	{SIGNALS, "fcntl64", EPERM, 2,
		{SCMP_A1(SCMP_CMP_MASKED_EQ, INT_MASK, F_SETFL),
			SCMP_A2(SCMP_CMP_MASKED_EQ, O_ASYNC, O_ASYNC)}},
	{SIGNALS, "ioctl", EPERM, 1, {SCMP_A1(SCMP_CMP_MASKED_EQ, INT_MASK, FIOASYNC)}},

	/*
	 * Its mode is in memory (see setid_calls).  ENOSYS is what a kernel before 5.6 answers, and
	 * what makes callers use openat instead.
	 */
	{ALWAYS, "openat2", ENOSYS, 0, {{0}}},

	/*
	 * A ring's requests are not system calls, so no filter sees them: they create files with
	 * any mode and make, connect and bind sockets.  All three: a ring may be inherited.
	 */
	{ALWAYS, "io_uring_setup", EPERM, 0, {{0}}},
	{ALWAYS, "io_uring_enter", EPERM, 0, {{0}}},
	{ALWAYS, "io_uring_register", EPERM, 0, {{0}}},

	/*
	 * A whiteout, the character device 0:0, needs no capability.  Left in a directory that is, or becomes,
	 * a layer of an overlay, it takes a file of the layers below away: a device of no use to a program.
	 */
	{ALWAYS, "mknod", EPERM, 1, {SCMP_A1(SCMP_CMP_MASKED_EQ, S_IFMT, S_IFCHR)}},
	{ALWAYS, "mknodat", EPERM, 1, {SCMP_A2(SCMP_CMP_MASKED_EQ, S_IFMT, S_IFCHR)}},
	{ALWAYS, "renameat2", EPERM, 1,
		{SCMP_A4(SCMP_CMP_MASKED_EQ, RENAME_WHITEOUT, RENAME_WHITEOUT)}},

	/*
	 * Its flags are in memory.  One puts the new process into any control group that the user
	 * owns, and so out of the limits of the caller's: the kernel asks for no write to a file, so
	 * that the read-only mount does not stop it.  ENOSYS is what makes callers use clone.
	 */
	{ALWAYS, "clone3", ENOSYS, 0, {{0}}},

	/*
	 * Limits of init, which are anybody's of the same user: without descriptors it could not wait
	 * for the command, with no processor time left the kernel ends it, and nobody learns then how
	 * the command ended and what was replaced meanwhile.
	 */
	{ALWAYS, "prlimit64", EPERM, 1, {SCMP_A0(SCMP_CMP_MASKED_EQ, INT_MASK, 1)}},

	/*
	 * Init's share of the processor, which is anybody's of the same user, too: when the sandbox is to
	 * end, init has to run once for it, and behind busy processes with the least of all priorities it
	 * does not for minutes.  Its user and its process group are init as well; and "one's own group", which
	 * is init's for whoever has joined that one, and the launcher's where there is no new session.
	 */
	{ALWAYS, "sched_setaffinity", EPERM, 1, {SCMP_A0(SCMP_CMP_MASKED_EQ, INT_MASK, 1)}},
	{ALWAYS, "sched_setattr", EPERM, 1, {SCMP_A0(SCMP_CMP_MASKED_EQ, INT_MASK, 1)}},
	{ALWAYS, "sched_setparam", EPERM, 1, {SCMP_A0(SCMP_CMP_MASKED_EQ, INT_MASK, 1)}},
	{ALWAYS, "sched_setscheduler", EPERM, 1, {SCMP_A0(SCMP_CMP_MASKED_EQ, INT_MASK, 1)}},
	{ALWAYS, "setpriority", EPERM, 1, {SCMP_A1(SCMP_CMP_MASKED_EQ, INT_MASK, 1)}},
	{ALWAYS, "setpriority", EPERM, 1, {SCMP_A0(SCMP_CMP_MASKED_EQ, INT_MASK, PRIO_USER)}},
	{ALWAYS, "setpriority", EPERM, 2,
		{SCMP_A0(SCMP_CMP_MASKED_EQ, INT_MASK, PRIO_PGRP),
			SCMP_A1(SCMP_CMP_MASKED_EQ, INT_MASK, 0)}},

	/* And its share of the disks, which it needs to look at what was replaced. */
	{ALWAYS, "ioprio_set", EPERM, 1, {SCMP_A1(SCMP_CMP_MASKED_EQ, INT_MASK, 1)}},
	{ALWAYS, "ioprio_set", EPERM, 1, {SCMP_A0(SCMP_CMP_MASKED_EQ, INT_MASK, IO_PRIO_USER)}},
	{ALWAYS, "ioprio_set", EPERM, 2,
		{SCMP_A0(SCMP_CMP_MASKED_EQ, INT_MASK, IO_PRIO_PGRP),
			SCMP_A1(SCMP_CMP_MASKED_EQ, INT_MASK, 0)}},

	/* All of i386's socket calls in one, with the arguments in memory. */
	{NETWORK, "socketcall", EPERM, 0, {{0}}},

	/* Only AF_UNIX has pairs worth having.  deny_socketpair_types() has more on them. */
	{NETWORK, "socketpair", EPERM, 1, {SCMP_A0(SCMP_CMP_NE, AF_UNIX, 0)}},

	/* No peers but those that the command itself made with socketpair. */
	{OFF, "connect", EPERM, 0, {{0}}},
	{OFF, "accept", EPERM, 0, {{0}}},
	{OFF, "accept4", EPERM, 0, {{0}}},
	{OFF, "bind", EPERM, 0, {{0}}},
	{OFF, "listen", EPERM, 0, {{0}}},

	/* Its addresses are in memory, and nobody needs it for a socketpair. */
	{OFF, "sendmmsg", EPERM, 0, {{0}}},

	/*
	 * send() is sendto() without an address, and stays.  The address's length is looked at as
	 * well: libseccomp compares 32 bits of an x32 call's pointer although the kernel takes 64.
	 */
	{OFF, "sendto", EPERM, 1, {SCMP_A4(SCMP_CMP_NE, 0, 0)}},
	{OFF, "sendto", EPERM, 1, {SCMP_A5(SCMP_CMP_NE, 0, 0)}},

	/*
	 * sendmsg stays, since it passes descriptors over socketpairs, but not the flag with which
	 * it connects.  An address in its message leads at most to this network namespace's own
	 * loopback: of the sockets that can be made here, none takes a unix address.
	 */
	{OFF, "sendmsg", EPERM, 1, {SCMP_A2(SCMP_CMP_MASKED_EQ, MSG_FASTOPEN, MSG_FASTOPEN)}},
};

/*
 * Calls that give a file a mode.  A set-ID file planted in a writable root keeps its bits on the
 * host, where whoever runs it becomes its owner or group.  mkdir is not here: it drops the bits.
 */
static const struct setid_call {
	const char *call;
	unsigned int mode;  /* which argument is the mode */
	unsigned int flags; /* which are the flags; 0: none, the mode always counts */
	unsigned int flag;  /* the mode only counts with this one, and is garbage without */
} setid_calls[] = {
	{"chmod", 1, 0, 0},
	{"fchmod", 1, 0, 0},
	{"fchmodat", 2, 0, 0},
	{"fchmodat2", 2, 0, 0},
	{"mknod", 1, 0, 0},
	{"mknodat", 2, 0, 0},
	{"creat", 1, 0, 0},
	{"open", 2, 1, O_CREAT},
	{"open", 2, 1, TMPFILE_BIT},
	{"openat", 3, 2, O_CREAT},
	{"openat", 3, 2, TMPFILE_BIT},
};

static int add_rule(scmp_filter_ctx context, const struct rule *rule)
{
	/* A call that the native ABI lacks has a number too, a negative one: socketcall. */
	int call = seccomp_syscall_resolve_name(rule->call);
	if (call == __NR_SCMP_ERROR)
		return -ENOENT;
	return seccomp_rule_add_array(
		context, SCMP_ACT_ERRNO(rule->error), call, rule->count, rule->when);
}

/* Either bit is enough, and they may come together: that takes a rule for each. */
static int deny_setid_bits(scmp_filter_ctx context, const struct setid_call *call)
{
	static const unsigned int bits[] = {S_ISUID, S_ISGID};
	for (size_t i = 0; i < 2; i++) {
		const struct rule rule = {
			ALWAYS,
			call->call,
			EPERM,
			call->flags ? 2 : 1,
			{
				{call->mode, SCMP_CMP_MASKED_EQ, bits[i], bits[i]},
				{call->flags, SCMP_CMP_MASKED_EQ, call->flag, call->flag},
			},
		};
		int code = add_rule(context, &rule);
		if (code)
			return code;
	}
	return 0;
}

static int deny_family(scmp_filter_ctx context, enum scmp_compare op, unsigned int family)
{
	const struct rule rule = {NETWORK, "socket", EPERM, 1, {{0, op, family, 0}}};
	return add_rule(context, &rule);
}

/*
 * Deny socket() for every family that is not in allowed (ascending): whatever else the kernel has,
 * now or later, is a way out that the network namespace does not close (AF_UNIX by path, AF_VSOCK)
 * or kernel code that nobody asked for.  "Not in a list" is no comparison of libseccomp's; what
 * lies below, between and above its members is.
 */
static int deny_other_families(
	scmp_filter_ctx context, const unsigned int *allowed, size_t allowed_count)
{
	int code = deny_family(context, SCMP_CMP_LT, allowed[0]);
	for (size_t i = 1; i < allowed_count; i++)
		for (unsigned int other = allowed[i - 1] + 1; !code && other < allowed[i]; other++)
			code = deny_family(context, SCMP_CMP_EQ, other);
	return code ? code : deny_family(context, SCMP_CMP_GT, allowed[allowed_count - 1]);
}

/*
 * Without AF_UNIX, only pairs whose ends stay tied to each other: an end of a datagram pair can be
 * connected, or its data sent, to a unix socket of the host by path.
 */
static int deny_socketpair_types(scmp_filter_ctx context)
{
	for (unsigned int type = 0; type <= SOCKET_TYPE_MASK; type++) {
		if (type == SOCK_STREAM || type == SOCK_SEQPACKET)
			continue;
		const struct rule rule = {NO_UNIX, "socketpair", EPERM, 1,
			{SCMP_A1(SCMP_CMP_MASKED_EQ, SOCKET_TYPE_MASK, type)}};
		int code = add_rule(context, &rule);
		if (code)
			return code;
	}
	return 0;
}

static int add_socket_rules(scmp_filter_ctx context, unsigned int filter)
{
	static const unsigned int internet[] = {AF_INET, AF_INET6};
	static const unsigned int internet_and_unix[] = {AF_UNIX, AF_INET, AF_INET6};

	if (filter & NO_UNIX) {
		int code = deny_other_families(context, internet, 2);
		return code ? code : deny_socketpair_types(context);
	}
	if (filter & NETWORK)
		return deny_other_families(context, internet_and_unix, 3);
	return 0;
}

/* Are a call's rules in the tail (filter_guard.h), in the filters that have one? */
static bool is_in_tail(const char *call, unsigned int filter)
{
	if (filter & ALWAYS)
		for (size_t i = 0; filter_tail_calls[i]; i++)
			if (strcmp(filter_tail_calls[i], call) == 0)
				return true;
	return false;
}

/* -EINVAL: a rule that the tail cannot say. */
static int add_to_tail(struct filter_tail *tail, const struct rule *rule)
{
	const struct scmp_arg_cmp *when = &rule->when[0];

	if (tail->command_count == ARRAY_SIZE(tail->commands) || rule->error != EPERM ||
		rule->count != 1 || when->arg != 1 || when->op != SCMP_CMP_MASKED_EQ)
		return -EINVAL;
	tail->commands[tail->command_count++] = (struct filter_command){
		rule->call, (uint32_t)when->datum_a, (uint32_t)when->datum_b};
	return 0;
}

static int make_tail(unsigned int filter, struct filter_tail *ret)
{
	ret->command_count = 0;
	for (size_t i = 0; i < ARRAY_SIZE(rules); i++) {
		bool is_here = rules[i].filters & filter && is_in_tail(rules[i].call, filter);
		int code = is_here ? add_to_tail(ret, &rules[i]) : 0;
		if (code)
			return code;
	}
	return 0;
}

static int add_marks(scmp_filter_ctx context)
{
	for (int i = 0; filter_tail_calls[i]; i++) {
		const struct rule mark = {ALWAYS, filter_tail_calls[i], FILTER_MARK + i, 0, {{0}}};
		int code = add_rule(context, &mark);
		if (code)
			return code;
	}
	return 0;
}

static int add_rules(scmp_filter_ctx context, unsigned int filter)
{
	int code = filter & ALWAYS ? add_marks(context) : 0;
	if (code)
		return code;
	for (size_t i = 0; i < ARRAY_SIZE(rules); i++) {
		if (!(rules[i].filters & filter) || is_in_tail(rules[i].call, filter))
			continue;
		code = add_rule(context, &rules[i]);
		if (code)
			return code;
	}
	for (size_t i = 0; filter & ALWAYS && i < ARRAY_SIZE(setid_calls); i++) {
		code = deny_setid_bits(context, &setid_calls[i]);
		if (code)
			return code;
	}
	return add_socket_rules(context, filter);
}

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

int filter_build(enum plan_filter which, uint32_t architecture, scmp_filter_ctx *ret)
{
	if (which <= PLAN_FILTER_NONE || which >= PLAN_FILTER_COUNT)
		return -EINVAL;

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
		code = add_rules(context, 1U << which);
	if (code)
		return code;
	*ret = take_ptr(context);
	return 0;
}

/* What libseccomp writes: its length or -errno. */
static int export_rules(
	enum plan_filter which, uint32_t architecture, struct sock_filter *code, size_t room)
{
	scmp_filter_ctx context;
	int result = filter_build(which, architecture, &context);
	if (result)
		return result;

	_cleanup_close_ int fd = memfd_create("filter", MFD_CLOEXEC);
	result = fd < 0 ? -errno : seccomp_export_bpf(context, fd);
	seccomp_release(context);
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
	struct filter_tail tail;
	bool guarded = which < PLAN_FILTER_COUNT && 1U << which & ALWAYS;
	size_t head = guarded ? filter_guard_head(architecture, code) : 0;
	size_t room = BPF_MAXINSNS - head - FILTER_TAIL_ROOM;

	int length = export_rules(which, architecture, code + head, room);
	if (length < 0 || !guarded)
		return length;
	int error = make_tail(1U << which, &tail);
	if (error)
		return error;
	length += (int)head;
	return length + (int)filter_guard_tail(code, (size_t)length, &tail);
}
