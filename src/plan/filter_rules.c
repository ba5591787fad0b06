/*
 * The rules of the seccomp filters; see filter_rules.h.  Used at build time only.
 *
 * Everything is allowed unless a rule denies it: the filters take single abilities from programs
 * that may otherwise use the kernel freely.  When you add a rule, know this:
 *
 *  - The kernel reads an int argument from the low half of a 64-bit register; a filter sees the
 *    whole register, and a caller may put anything into the high half.  So a rule that denies a
 *    value compares it under a mask of at most 32 bits; otherwise the value with a high bit set
 *    would pass.  A rule that denies all *but* a value (NONE_OF) may compare the whole register: a
 *    high bit only makes it deny.
 *  - Rules on one call are alternatives; the first that holds gives the answer.
 *  - A filter sees registers, never memory.  A call that takes a mode, a flag or an address in
 *    memory (openat2, clone3, io_uring, socketcall, sendmmsg) can only be denied completely or not
 *    at all.
 *
 * The values (O_CREAT, TIOCSTI, …) are those of the architecture that compiles this.  They are the
 * same in its 32-bit ABIs: x86-64, x32 and i386 agree, and so do arm64 and arm.  If the filters are
 * for another architecture, its compiler checks that the values are the same there: filter_values.
 */
#include "plan/filter_rules.h"

#include "base/sys.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>

/*
 * In no header of the C library; the same everywhere except on MIPS, which rind does not support.
 */
#ifndef TIOCLINUX
#define TIOCLINUX 0x541C
#endif

/* For ioprio_set(2); older kernel headers lack them. */
#define IO_PRIO_PGRP 2
#define IO_PRIO_USER 3
/* These too are missing in older headers, or in all. */
#define SET_DELEGATION      1040 /* F_SETDELEG, Linux 6.19 */
#define SET_WRITE_HINT      1036 /* F_SET_RW_HINT, Linux 4.13 */
#define SET_FILE_WRITE_HINT 1038 /* F_SET_FILE_RW_HINT, Linux 4.13 to 5.16 */
#define PERF_OF_A_GROUP     4    /* PERF_FLAG_PID_CGROUP */

/*
 * The type and the number of an ioctl request.  The size in it is ignored: it differs between ABIs
 * and kernels.
 */
#define REQUEST_MASK          0xffffU
#define REQUEST(type, number) ((unsigned int)(type) << 8 | (number))

/* The types of these file systems' ioctl requests. */
#define BTRFS    0x94
#define BCACHEFS 0xbc
/* musl has none; the same everywhere. */
#ifndef RENAME_WHITEOUT
#define RENAME_WHITEOUT (1 << 2)
#endif

/* O_TMPFILE has two bits; this one makes the kernel use the mode argument. */
#define TMPFILE_BIT (O_TMPFILE & ~O_DIRECTORY)

#define SETID        (S_ISUID | S_ISGID)
#define MAKES_A_FILE (O_CREAT | TMPFILE_BIT)

/* CLONE_NEW*: time, mount, cgroup, UTS, IPC, user, pid and network namespaces. */
#define NAMESPACES 0x7e020080U

/* The other flags of unshare: CLONE_VM, FS, FILES, SIGHAND, THREAD, SYSVSEM. */
#define UNSHARED (NAMESPACES | 0x00050f00U)

/* The bits of a socket's type; the others are SOCK_NONBLOCK and SOCK_CLOEXEC. */
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
	/* Each of these is a filter of its own, added to one of the above. */
	MOUNTS = FILTER(MOUNTS),
	SIGNALS = FILTER(SIGNALS),
	NESTED = FILTER(NESTED),
};

/* clang-format off */
#define EQUAL(argument, value)        MASKED(argument, INT_MASK, value)
#define MASKED(argument, mask, value) {FILTER_EQUAL, argument, mask, 1, {(unsigned int)(value)}}
#define ANY_BIT(argument, bits)       {FILTER_ANY_BIT, argument, bits, 0, {0}}
#define REQUESTED(request)            {FILTER_EQUAL, 1, REQUEST_MASK, 1, {request}}
#define BETWEEN(first, last)          {FILTER_BETWEEN, 1, REQUEST_MASK, 2, {first, last}}
/* Compares the whole register: with a high bit it is none of the values, and so denied. */
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

const struct filter_row filter_rows[] = {
	/*
	 * Typing into the terminal: TIOCSTI puts characters into its input, TIOCLINUX pastes the
	 * console's selection; the shell outside then reads them as if the user had typed them.
	 * The kernel reads the request as an unsigned int; a filter that compared 64 bits could be
	 * passed (CVE-2019-10063).
	 */
	{ALWAYS, "ioctl", {EPERM, 1, {EQUAL(1, TIOCSTI)}}},
	{ALWAYS, "ioctl", {EPERM, 1, {EQUAL(1, TIOCLINUX)}}},

	/*
	 * The line discipline of a terminal: one of them mutes the terminal for good, for every
	 * program that uses it; and for one that the kernel lacks it loads a module.
	 */
	{ALWAYS, "ioctl", {EPERM, 1, {EQUAL(1, TIOCSETD)}}},

	/*
	 * To create a missing key, the kernel starts /sbin/request-key on the host: as root, in the
	 * host's namespaces, with a text that the caller chooses.
	 */
	{ALWAYS, "request_key", {EPERM, 0, {{0}}}},

	/*
	 * With pid -1 or a cgroup, perf sees every process on a processor or in the cgroup, also
	 * the host's: if the host allows it (kernel.perf_event_paranoid), their stacks and
	 * registers.  A process of the sandbox remains allowed.  EACCES is the kernel's answer
	 * where the host does not allow it; perf then tries its own process.
	 */
	{ALWAYS, "perf_event_open", {EACCES, 1, {EQUAL(1, -1)}}},
	{ALWAYS, "perf_event_open", {EPERM, 1, {ANY_BIT(4, PERF_OF_A_GROUP)}}},

	/*
	 * A map or program in a bpf file system is opened, also for writing, by its mode alone: the
	 * kernel does not check whether the mount is read-only, and for root the mode does not
	 * matter.
	 */
	{ALWAYS, "bpf", {EPERM, 0, {{0}}}},

	/* The kernel's log: it tells about the whole machine, with addresses of the kernel. */
	{ALWAYS, "syslog", {EPERM, 0, {{0}}}},

	/*
	 * Requests to a file system that work through a descriptor opened for reading, and that no
	 * read-only mount stops:
	 *  - keys of encrypted directories.  Without its key nobody can use a directory of the
	 *    caller's;
	 *  - snapshots.  In a copy of a tree nothing is hidden;
	 *  - removing a subvolume with everything in it and mounted there, where mount options let
	 *    users.
	 *
	 * bcachefs creates snapshots and subvolumes by the same request, with a flag in memory.
	 * Read-only mounts stop all other requests that change something; in a writable root these
	 * are allowed.
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
	 * The same by fcntl: hints about how a file is stored, and leases, which keep programs of
	 * the host waiting when they open the file or change the directory.
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
	 * Mounting, with the capabilities of a user namespace made inside.  Existing mounts are
	 * locked there, but a new mount of a file system shows what the sandbox has covered:
	 * cgroup2, for one, shows the caller's own cgroup, writable.  An open_tree that clones
	 * nothing is only an open.
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
	 * Removing mounts from a mount namespace, with the capabilities of a user namespace made
	 * inside.  A process in a namespace without the mounts that cover a path may rename that
	 * path through a descriptor opened before: the kernel only checks whether the name is a
	 * mountpoint in the caller's own namespace.  Inherited mounts are locked, so they can only
	 * go all together: by a new root (pivot_root), or by detaching a whole tree (MNT_DETACH).
	 * The i386 umount has no flags.  Calls that make a namespace without all the mounts are
	 * denied in every sandbox, in filter_guard.c.
	 */
	{NESTED, "pivot_root", {EPERM, 0, {{0}}}},
	{NESTED, "umount2", {EPERM, 1, {ANY_BIT(1, MNT_DETACH)}}},

	/*
	 * setns into a mount namespace puts the process at the top of its root.  If a mount on the
	 * root has been unmounted while no process used it, not even the attacker's own, the
	 * process is then below that mount.  Deny mount namespaces; and flags 0, which stands for
	 * any kind of namespace.
	 */
	{NESTED, "setns", {EPERM, 1, {ANY_BIT(1, CLONE_NEWNS)}}},
	{NESTED, "setns", {EPERM, 1, {EQUAL(1, 0)}}},

	/*
	 * With O_ASYNC a terminal sends a signal, which the command chooses, to its foreground
	 * process group: that is the caller's.  Programs do use O_ASYNC for other files.
	 */
	{SIGNALS, "fcntl", {EPERM, 2, {EQUAL(1, F_SETFL), ANY_BIT(2, O_ASYNC)}}},
	{SIGNALS, "fcntl64", {EPERM, 2, {EQUAL(1, F_SETFL), ANY_BIT(2, O_ASYNC)}}},
	{SIGNALS, "ioctl", {EPERM, 1, {EQUAL(1, FIOASYNC)}}},

	/*
	 * The mode of the new file is in memory (see the set-ID rules below).  ENOSYS is what
	 * kernels before 5.6 answer; callers then use openat.
	 */
	{ALWAYS, "openat2", {ENOSYS, 0, {{0}}}},

	/*
	 * The requests of a ring are not system calls, so no filter sees them: they create files
	 * with any mode and make, connect and bind sockets.  Deny all three calls, since a ring may
	 * be inherited.
	 */
	{ALWAYS, "io_uring_setup", {EPERM, 0, {{0}}}},
	{ALWAYS, "io_uring_enter", {EPERM, 0, {{0}}}},
	{ALWAYS, "io_uring_register", {EPERM, 0, {{0}}}},

	/*
	 * A whiteout, the character device 0:0, needs no capability.  In a directory that is or
	 * becomes a layer of an overlay, it removes a file of the layers below.  Programs have no
	 * other use for it.
	 */
	{ALWAYS, "mknod", {EPERM, 1, {MASKED(1, S_IFMT, S_IFCHR)}}},
	{ALWAYS, "mknodat", {EPERM, 1, {MASKED(2, S_IFMT, S_IFCHR)}}},
	{ALWAYS, "renameat2", {EPERM, 1, {ANY_BIT(4, RENAME_WHITEOUT)}}},

	/*
	 * The flags of clone3 are in memory.  One of them puts the new process into any cgroup that
	 * the user owns, and so out of the caller's limits: no file is written, so a read-only
	 * mount does not stop it.  After ENOSYS callers use clone.
	 */
	{ALWAYS, "clone3", {ENOSYS, 0, {{0}}}},

	/*
	 * Limits of init, which any process of the same user could change.  Without descriptors
	 * init could not wait for the command; without processor time the kernel kills init, and it
	 * could not report how the command ended and which protected paths were replaced.
	 */
	{ALWAYS, "prlimit64", {EPERM, 1, {EQUAL(0, 1)}}},

	/*
	 * Init's scheduling, which any process of the same user could change.  To end the sandbox
	 * init has to run once; with the lowest priority, behind busy processes, that can take
	 * minutes.  Init is also meant by its user, by its process group, and by "the caller's own
	 * group" (0): for a process that has joined init's group, and, without a new session, that
	 * is even the launcher's.
	 */
	{ALWAYS, "sched_setaffinity", {EPERM, 1, {EQUAL(0, 1)}}},
	{ALWAYS, "sched_setattr", {EPERM, 1, {EQUAL(0, 1)}}},
	{ALWAYS, "sched_setparam", {EPERM, 1, {EQUAL(0, 1)}}},
	{ALWAYS, "sched_setscheduler", {EPERM, 1, {EQUAL(0, 1)}}},
	{ALWAYS, "setpriority", {EPERM, 1, {EQUAL(1, 1)}}},
	{ALWAYS, "setpriority", {EPERM, 1, {EQUAL(0, PRIO_USER)}}},
	{ALWAYS, "setpriority", {EPERM, 2, {EQUAL(0, PRIO_PGRP), EQUAL(1, 0)}}},

	/* Init's disk priority: init reads the disk to find replaced paths. */
	{ALWAYS, "ioprio_set", {EPERM, 1, {EQUAL(1, 1)}}},
	{ALWAYS, "ioprio_set", {EPERM, 1, {EQUAL(0, IO_PRIO_USER)}}},
	{ALWAYS, "ioprio_set", {EPERM, 2, {EQUAL(0, IO_PRIO_PGRP), EQUAL(1, 0)}}},

	/* i386's single call for all socket calls, with the arguments in memory. */
	{NETWORK, "socketcall", {EPERM, 0, {{0}}}},

	/*
	 * Any other address family, now or later, is either a way out that the network namespace
	 * does not close (AF_UNIX by path, AF_VSOCK) or kernel code that the user did not ask for.
	 */
	{NO_UNIX, "socket", {EPERM, 1, {NONE_OF(0, 2, AF_INET, AF_INET6)}}},
	{FILTER(ISOLATED_UNIX), "socket", {EPERM, 1, {NONE_OF(0, 3, AF_UNIX, AF_INET, AF_INET6)}}},

	/*
	 * Socket pairs: AF_UNIX only.  If unix sockets are not allowed, also only types whose ends
	 * stay connected to each other: one end of a datagram pair could be connected, or send, to
	 * a unix socket of the host by its path.
	 */
	{NETWORK, "socketpair", {EPERM, 1, {NONE_OF(0, 1, AF_UNIX)}}},
	{NO_UNIX, "socketpair",
		{EPERM, 1,
			{{FILTER_NONE_OF, 1, SOCKET_TYPE_MASK, 2, {SOCK_STREAM, SOCK_SEQPACKET}}}}},

	/* The only peers left are those that the command itself makes with socketpair. */
	{OFF, "connect", {EPERM, 0, {{0}}}},
	{OFF, "accept", {EPERM, 0, {{0}}}},
	{OFF, "accept4", {EPERM, 0, {{0}}}},
	{OFF, "bind", {EPERM, 0, {{0}}}},
	{OFF, "listen", {EPERM, 0, {{0}}}},

	/* The addresses are in memory, and no program needs this call for a socketpair. */
	{OFF, "sendmmsg", {EPERM, 0, {{0}}}},

	/*
	 * send() is sendto() without an address, and remains allowed.  Test the address's length as
	 * well.
	 */
	{OFF, "sendto", {EPERM, 1, {NONE_OF(4, 1, 0)}}},
	{OFF, "sendto", {EPERM, 1, {NONE_OF(5, 1, 0)}}},

	/*
	 * sendmsg remains allowed, since it passes descriptors over socketpairs, but not with the
	 * flag that connects.  An address in its message leads at most to the loopback of this
	 * network namespace: no socket that can be made here accepts a unix address.
	 */
	{OFF, "sendmsg", {EPERM, 1, {ANY_BIT(2, MSG_FASTOPEN)}}},

	/*
	 * Calls that set the mode of a file.  A set-ID file in a writable root keeps its bits on
	 * the host: there, whoever executes it becomes its owner or group. mkdir is not in the
	 * list: it drops the bits.
	 */
	{ALWAYS, "chmod", {EPERM, 1, {ANY_BIT(1, SETID)}}},
	{ALWAYS, "fchmod", {EPERM, 1, {ANY_BIT(1, SETID)}}},
	{ALWAYS, "fchmodat", {EPERM, 1, {ANY_BIT(2, SETID)}}},
	{ALWAYS, "fchmodat2", {EPERM, 1, {ANY_BIT(2, SETID)}}},
	{ALWAYS, "mknod", {EPERM, 1, {ANY_BIT(1, SETID)}}},
	{ALWAYS, "mknodat", {EPERM, 1, {ANY_BIT(2, SETID)}}},
	{ALWAYS, "creat", {EPERM, 1, {ANY_BIT(1, SETID)}}},

	/* The mode argument matters only if a file is made; otherwise it is garbage. */
	{ALWAYS, "open", {EPERM, 2, {ANY_BIT(1, MAKES_A_FILE), ANY_BIT(2, SETID)}}},
	{ALWAYS, "openat", {EPERM, 2, {ANY_BIT(2, MAKES_A_FILE), ANY_BIT(3, SETID)}}},

	/*
	 * Unknown flags: new kinds of namespaces, and new ways to use old ones (see
	 * filter_guard.c).
	 */
	{ALWAYS, "setns", {EINVAL, 1, {ANY_BIT(1, INT_MASK & ~NAMESPACES)}}},
	/* The argument is a long; the kernel reads all of it. */
	{ALWAYS, "unshare", {EINVAL, 1, {ANY_BIT(0, ~(uint64_t)UNSHARED)}}},

	/*
	 * Requests to file systems that no kernel has yet. 'X' is XFS and file systems that use its
	 * numbers, 'f' ext4, fscrypt and fsverity.  Device drivers do not use these numbers.
	 */
	{ALWAYS, "ioctl", {ENOTTY, 1, {BETWEEN(REQUEST('X', 0x86), REQUEST('X', 0xff))}}},
	{ALWAYS, "ioctl", {ENOTTY, 1, {BETWEEN(REQUEST('f', 0x2f), REQUEST('f', 0x84))}}},
	{ALWAYS, "ioctl", {ENOTTY, 1, {BETWEEN(REQUEST('f', 0x88), REQUEST('f', 0xff))}}},
	{ALWAYS, "ioctl", {ENOTTY, 1, {BETWEEN(REQUEST(BTRFS, 0x43), REQUEST(BTRFS, 0xff))}}},
};

const size_t filter_row_count = ARRAY_SIZE(filter_rows);
const unsigned int filter_always = ALWAYS;
