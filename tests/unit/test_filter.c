/*
 * The seccomp filters, checked twice against one table of system calls: simulated, which covers
 * every ABI whether this kernel has it or not, and run, in processes under the filter.
 *
 * A run tells "allowed" from "denied" by what the kernel answers: the arguments are such that it
 * answers without doing anything, with another errno than the filter's.  What it answers without a
 * filter is asked first, in a process of its own, so that a denial cannot be the kernel's.
 */
#include "plan/filter.h"
#include "plan/filter_export.h"
#include "plan/filter_rules.h"

#include "base/sys.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/audit.h>
#include <linux/btrfs.h>
#include <linux/fiemap.h>
#include <linux/fs.h>
#include <linux/fscrypt.h>
#include <linux/seccomp.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

/* clang-format off */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>
/* clang-format on */

#define ARRAY_SIZE(array) (sizeof(array) / sizeof((array)[0]))
#define HIGH_BIT          (1ULL << 32)
#define X32_BIT           0x40000000
#define SYS_TIOCLINUX     0x541C
#define A_POINTER         0x1000     /* to nothing; never reached */
#define BAD_FD            0x7fffffff /* open in no process */
#define BAD_FLAGS         0x40000000 /* which no call knows */
#define PATH_FLAGS        0x9900     /* AT_SYMLINK_NOFOLLOW, NO_AUTOMOUNT, EMPTY_PATH, RECURSIVE */
#define EMPTY_NAMESPACE   0x00100000 /* UNSHARE_EMPTY_MNTNS */
#define BAD_TYPE          0x100      /* with a flag that sockets lack: EINVAL whatever the family */

enum {
	HOST = 1 << PLAN_FILTER_HOST,
	ISOLATED = 1 << PLAN_FILTER_ISOLATED,
	ISOLATED_UNIX = 1 << PLAN_FILTER_ISOLATED_UNIX,
	OFF = 1 << PLAN_FILTER_OFF,
	MOUNTS = 1 << PLAN_FILTER_MOUNTS,
	SIGNALS = 1 << PLAN_FILTER_SIGNALS,
	NESTED = 1 << PLAN_FILTER_NESTED,
	NOWHERE = 0,
	NO_UNIX = ISOLATED | OFF,
	NETWORK = ISOLATED | ISOLATED_UNIX | OFF,
	ALWAYS = HOST | NETWORK,
};

/* --- numbers ---------------------------------------------------------------------------------- */

/* The last two are those of another machine: a cross build makes filters for it, here too. */
enum abi { NATIVE, X32, I386, ARM64, ARM, ABI_COUNT };

static const char *const abi_names[] = {"native", "x32", "i386", "arm64", "arm"};

/*
 * The numbers on x86-64 and arm64, written down here rather than taken from libseccomp, which the
 * filters were made with.  -1: the ABI has no such call.
 */
static const struct {
	const char *name;
	int numbers[ABI_COUNT];
} calls[] = {
	{"accept", {43, 43 | X32_BIT, -1, 202, 285}},
	{"accept4", {288, 288 | X32_BIT, 364, 242, 366}},
	{"bind", {49, 49 | X32_BIT, 361, 200, 282}},
	{"bpf", {321, 321 | X32_BIT, 357, 280, 386}},
	{"chmod", {90, 90 | X32_BIT, 15, -1, 15}},
	{"clone3", {435, 435 | X32_BIT, 435, 435, 435}},
	{"connect", {42, 42 | X32_BIT, 362, 203, 283}},
	{"creat", {85, 85 | X32_BIT, 8, -1, 8}},
	{"fchmod", {91, 91 | X32_BIT, 94, 52, 94}},
	{"fchmodat", {268, 268 | X32_BIT, 306, 53, 333}},
	{"fchmodat2", {452, 452 | X32_BIT, 452, 452, 452}},
	{"fcntl", {72, 72 | X32_BIT, 55, 25, 55}},
	{"fcntl64", {-1, -1, 221, -1, 221}},
	{"fsconfig", {431, 431 | X32_BIT, 431, 431, 431}},
	{"fsmount", {432, 432 | X32_BIT, 432, 432, 432}},
	{"fsopen", {430, 430 | X32_BIT, 430, 430, 430}},
	{"fspick", {433, 433 | X32_BIT, 433, 433, 433}},
	{"io_uring_enter", {426, 426 | X32_BIT, 426, 426, 426}},
	{"io_uring_register", {427, 427 | X32_BIT, 427, 427, 427}},
	{"io_uring_setup", {425, 425 | X32_BIT, 425, 425, 425}},
	{"ioctl", {16, 514 | X32_BIT, 54, 29, 54}},
	{"ioprio_set", {251, 251 | X32_BIT, 289, 30, 314}},
	{"listen", {50, 50 | X32_BIT, 363, 201, 284}},
	{"mknod", {133, 133 | X32_BIT, 14, -1, 14}},
	{"mknodat", {259, 259 | X32_BIT, 297, 33, 324}},
	{"mount", {165, 165 | X32_BIT, 21, 40, 21}},
	{"mount_setattr", {442, 442 | X32_BIT, 442, 442, 442}},
	{"move_mount", {429, 429 | X32_BIT, 429, 429, 429}},
	{"open", {2, 2 | X32_BIT, 5, -1, 5}},
	{"openat", {257, 257 | X32_BIT, 295, 56, 322}},
	{"open_tree", {428, 428 | X32_BIT, 428, 428, 428}},
	{"openat2", {437, 437 | X32_BIT, 437, 437, 437}},
	{"perf_event_open", {298, 298 | X32_BIT, 336, 241, 364}},
	{"pivot_root", {155, 155 | X32_BIT, 217, 41, 218}},
	{"prlimit64", {302, 302 | X32_BIT, 340, 261, 369}},
	{"request_key", {249, 249 | X32_BIT, 287, 218, 310}},
	{"renameat2", {316, 316 | X32_BIT, 353, 276, 382}},
	{"sched_setaffinity", {203, 203 | X32_BIT, 241, 122, 241}},
	{"sched_setattr", {314, 314 | X32_BIT, 351, 274, 380}},
	{"sched_setparam", {142, 142 | X32_BIT, 154, 118, 154}},
	{"sched_setscheduler", {144, 144 | X32_BIT, 156, 119, 156}},
	{"sendmmsg", {307, 538 | X32_BIT, 345, 269, 374}},
	{"sendmsg", {46, 518 | X32_BIT, 370, 211, 296}},
	{"sendto", {44, 44 | X32_BIT, 369, 206, 290}},
	{"setns", {308, 308 | X32_BIT, 346, 268, 375}},
	{"setpriority", {141, 141 | X32_BIT, 97, 140, 97}},
	{"socket", {41, 41 | X32_BIT, 359, 198, 281}},
	{"socketcall", {-1, -1, 102, -1, -1}},
	{"socketpair", {53, 53 | X32_BIT, 360, 199, 288}},
	{"syslog", {103, 103 | X32_BIT, 103, 116, 103}},
	{"umount", {-1, -1, 22, -1, -1}},
	{"umount2", {166, 166 | X32_BIT, 52, 39, 52}},
	{"unshare", {272, 272 | X32_BIT, 310, 97, 337}},
};

/* The number of a call, or -1 where the ABI lacks it. */
static int call_number(const char *name, enum abi abi)
{
#ifndef __x86_64__
	if (abi < ARM64) {
		int number = abi == NATIVE ? seccomp_syscall_resolve_name(name) : -1;
		return number < 0 ? -1 : number;
	}
#endif
	for (size_t i = 0; i < ARRAY_SIZE(calls); i++)
		if (strcmp(calls[i].name, name) == 0)
			return calls[i].numbers[abi];
	fail_msg("%s has no row in the table of numbers", name);
	return -1;
}

static uint32_t abi_architecture(enum abi abi)
{
	switch (abi) {
	case I386:
		return AUDIT_ARCH_I386;
	case ARM64:
		return AUDIT_ARCH_AARCH64;
	case ARM:
		return AUDIT_ARCH_ARM;
	default:
		return seccomp_arch_native();
	}
}

/* --- attempts --------------------------------------------------------------------------------- */

struct attempt {
	const char *call;
	uint64_t args[6];
	unsigned int denied; /* by which filters */
	int error;           /* with which errno */
	int otherwise;       /* what the kernel answers: 0, or the errno */
};

static const struct attempt attempts[] = {
	/* call, arguments, denied by, with, otherwise */
	{"ioctl", {BAD_FD, TIOCSTI}, ALWAYS, EPERM, EBADF},
	{"ioctl", {BAD_FD, TIOCSTI | HIGH_BIT}, ALWAYS, EPERM, EBADF},
	{"ioctl", {BAD_FD, TIOCSTI | ~0ULL << 32}, ALWAYS, EPERM, EBADF},
	{"ioctl", {BAD_FD, SYS_TIOCLINUX}, ALWAYS, EPERM, EBADF},
	{"ioctl", {BAD_FD, SYS_TIOCLINUX | HIGH_BIT}, ALWAYS, EPERM, EBADF},
	{"ioctl", {BAD_FD, FIOASYNC}, SIGNALS, EPERM, EBADF},
	{"ioctl", {BAD_FD, FIOASYNC | HIGH_BIT}, SIGNALS, EPERM, EBADF},
	{"fcntl", {BAD_FD, F_SETFL, O_ASYNC}, SIGNALS, EPERM, EBADF},
	{"fcntl", {BAD_FD, F_SETFL | HIGH_BIT, O_ASYNC | O_NONBLOCK}, SIGNALS, EPERM, EBADF},
	{"fcntl", {BAD_FD, F_SETFL, O_NONBLOCK}, NOWHERE, 0, EBADF},
	{"fcntl", {BAD_FD, F_GETFL, O_ASYNC}, NOWHERE, 0, EBADF},
	{"fcntl64", {BAD_FD, F_SETFL, O_ASYNC}, SIGNALS, EPERM, EBADF},
	{"fcntl64", {BAD_FD, F_SETFL, O_NONBLOCK}, NOWHERE, 0, EBADF},
	{"mount", {0, 0, 0, 0, 0}, MOUNTS, EPERM, EFAULT},
	{"mount", {0, 0, 0, MS_BIND | MS_REMOUNT | HIGH_BIT, 0}, MOUNTS, EPERM, EFAULT},
	{"umount", {0}, MOUNTS, EPERM, EFAULT},
	{"umount2", {0, BAD_FLAGS}, MOUNTS, EPERM, EINVAL},
	{"umount2", {0, BAD_FLAGS | MNT_DETACH}, MOUNTS | NESTED, EPERM, EINVAL},
	{"umount2", {0, BAD_FLAGS | MNT_DETACH | HIGH_BIT}, MOUNTS | NESTED, EPERM, EINVAL},
	{"umount2", {0, MNT_EXPIRE | UMOUNT_NOFOLLOW}, MOUNTS, EPERM, EFAULT},
	{"pivot_root", {0, 0}, MOUNTS | NESTED, EPERM, EFAULT},
	{"open_tree", {BAD_FD, 0, OPEN_TREE_CLONE}, MOUNTS, EPERM, EFAULT},
	{"open_tree", {BAD_FD, 0, OPEN_TREE_CLONE | HIGH_BIT}, MOUNTS, EPERM, EFAULT},
	{"open_tree", {BAD_FD, 0, 0x900 | O_CLOEXEC}, NOWHERE, 0, EFAULT},
	{"open_tree", {BAD_FD, 0, BAD_FLAGS}, ALWAYS, EINVAL, EINVAL},
	/* OPEN_TREE_NAMESPACE */
	{"open_tree", {BAD_FD, 0, 2}, ALWAYS, EINVAL, EINVAL},
	{"open_tree", {BAD_FD, 0, PATH_FLAGS | 2 | HIGH_BIT}, ALWAYS, EINVAL, EINVAL},
	{"move_mount", {BAD_FD, 0, BAD_FD, 0, 0x300}, MOUNTS, EPERM, EINVAL},
	{"mount_setattr", {BAD_FD, 0, PATH_FLAGS, 0, 0}, MOUNTS, EPERM, EINVAL},
	{"fsopen", {0, 1}, MOUNTS, EPERM, EFAULT},
	{"fspick", {BAD_FD, 0, 7}, MOUNTS, EPERM, EFAULT},
	{"fsconfig", {BAD_FD, 0, 0, 0, 0}, MOUNTS, EPERM, EINVAL},
	{"fsmount", {BAD_FD, 1, 0}, MOUNTS, EPERM, EBADF},

	{"unshare", {0}, NOWHERE, 0, 0},
	{"unshare", {CLONE_FS | CLONE_FILES | CLONE_SYSVSEM}, NOWHERE, 0, 0},
	{"unshare", {EMPTY_NAMESPACE}, ALWAYS, EINVAL, EINVAL},
	{"unshare", {CLONE_FS | EMPTY_NAMESPACE}, ALWAYS, EINVAL, EINVAL},
	{"setns", {BAD_FD, 0}, NESTED, EPERM, EBADF},
	{"setns", {BAD_FD, HIGH_BIT}, NESTED, EPERM, EBADF},
	{"setns", {BAD_FD, CLONE_NEWNS | HIGH_BIT}, NESTED, EPERM, EBADF},
	{"setns", {BAD_FD, CLONE_NEWNS | CLONE_NEWUSER}, NESTED, EPERM, EBADF},
	{"setns", {BAD_FD, CLONE_NEWUSER | CLONE_NEWNET}, NOWHERE, 0, EBADF},
	{"setns", {BAD_FD, CLONE_FS}, ALWAYS, EINVAL, EBADF},
	{"setns", {BAD_FD, CLONE_NEWNET | CLONE_FS | HIGH_BIT}, ALWAYS, EINVAL, EBADF},

	{"ioctl", {BAD_FD, _IO('f', 46)}, NOWHERE, 0, EBADF},
	{"ioctl", {BAD_FD, _IO('f', 47)}, ALWAYS, ENOTTY, EBADF},
	{"ioctl", {BAD_FD, _IOW('f', 47, int) | HIGH_BIT}, ALWAYS, ENOTTY, EBADF},
	{"ioctl", {BAD_FD, _IO('f', 132)}, ALWAYS, ENOTTY, EBADF},
	{"ioctl", {BAD_FD, _IO('f', 133)}, NOWHERE, 0, EBADF},
	{"ioctl", {BAD_FD, _IO('f', 135)}, NOWHERE, 0, EBADF},
	{"ioctl", {BAD_FD, _IO('f', 136)}, ALWAYS, ENOTTY, EBADF},
	{"ioctl", {BAD_FD, _IO('f', 255)}, ALWAYS, ENOTTY, EBADF},
	{"ioctl", {BAD_FD, _IO('g', 0)}, NOWHERE, 0, EBADF},
	{"ioctl", {BAD_FD, _IO('X', 0)}, NOWHERE, 0, EBADF},
	{"ioctl", {BAD_FD, _IO('X', 133)}, NOWHERE, 0, EBADF},
	{"ioctl", {BAD_FD, _IO('X', 134)}, ALWAYS, ENOTTY, EBADF},
	{"ioctl", {BAD_FD, _IOWR('X', 255, char[8000])}, ALWAYS, ENOTTY, EBADF},
	{"ioctl", {BAD_FD, _IO('Y', 0)}, NOWHERE, 0, EBADF},
	{"ioctl", {BAD_FD, _IO(0x94, 66)}, NOWHERE, 0, EBADF},
	{"ioctl", {BAD_FD, _IO(0x94, 67)}, ALWAYS, ENOTTY, EBADF},
	{"ioctl", {BAD_FD, _IO(0x94, 255)}, ALWAYS, ENOTTY, EBADF},
	{"ioctl", {BAD_FD, _IO(0x95, 0)}, NOWHERE, 0, EBADF},

	{"ioctl", {BAD_FD, TIOCSETD}, ALWAYS, EPERM, EBADF},
	{"ioctl", {BAD_FD, TIOCSETD | HIGH_BIT}, ALWAYS, EPERM, EBADF},
	{"ioctl", {BAD_FD, TIOCGETD}, NOWHERE, 0, EBADF},
	{"ioctl", {BAD_FD, FS_IOC_ADD_ENCRYPTION_KEY}, ALWAYS, EPERM, EBADF},
	{"ioctl", {BAD_FD, FS_IOC_REMOVE_ENCRYPTION_KEY}, ALWAYS, EPERM, EBADF},
	{"ioctl", {BAD_FD, FS_IOC_REMOVE_ENCRYPTION_KEY | HIGH_BIT}, ALWAYS, EPERM, EBADF},
	/* Of another size, as a newer kernel may have it. */
	{"ioctl", {BAD_FD, _IOWR('f', 24, char[128])}, ALWAYS, EPERM, EBADF},
	{"ioctl", {BAD_FD, FS_IOC_REMOVE_ENCRYPTION_KEY_ALL_USERS}, ALWAYS, EPERM, EBADF},
	{"ioctl", {BAD_FD, FS_IOC_GET_ENCRYPTION_KEY_STATUS}, NOWHERE, 0, EBADF},
	{"ioctl", {BAD_FD, FS_IOC_GET_ENCRYPTION_POLICY_EX}, NOWHERE, 0, EBADF},
	{"ioctl", {BAD_FD, FS_IOC_SET_ENCRYPTION_POLICY}, NOWHERE, 0, EBADF},
	{"ioctl", {BAD_FD, FS_IOC_GETFLAGS}, NOWHERE, 0, EBADF},
	{"ioctl", {BAD_FD, FS_IOC_SETFLAGS}, NOWHERE, 0, EBADF},
	{"ioctl", {BAD_FD, FS_IOC32_SETFLAGS}, NOWHERE, 0, EBADF},
	{"ioctl", {BAD_FD, FS_IOC_FSSETXATTR}, NOWHERE, 0, EBADF},
	{"ioctl", {BAD_FD, FS_IOC_FIEMAP}, NOWHERE, 0, EBADF},
	{"ioctl", {BAD_FD, FICLONE}, NOWHERE, 0, EBADF},
	{"ioctl", {BAD_FD, FICLONERANGE}, NOWHERE, 0, EBADF},
	{"ioctl", {BAD_FD, FIDEDUPERANGE}, NOWHERE, 0, EBADF},
	{"ioctl", {BAD_FD, FS_IOC_GETFSLABEL}, NOWHERE, 0, EBADF},
	{"ioctl", {BAD_FD, BTRFS_IOC_SNAP_CREATE}, ALWAYS, EPERM, EBADF},
	{"ioctl", {BAD_FD, BTRFS_IOC_SNAP_CREATE_V2}, ALWAYS, EPERM, EBADF},
	{"ioctl", {BAD_FD, BTRFS_IOC_SNAP_CREATE_V2 | ~0ULL << 32}, ALWAYS, EPERM, EBADF},
	{"ioctl", {BAD_FD, BTRFS_IOC_SNAP_DESTROY}, ALWAYS, EPERM, EBADF},
	{"ioctl", {BAD_FD, BTRFS_IOC_SNAP_DESTROY_V2}, ALWAYS, EPERM, EBADF},
	{"ioctl", {BAD_FD, BTRFS_IOC_SUBVOL_CREATE}, NOWHERE, 0, EBADF},
	{"ioctl", {BAD_FD, BTRFS_IOC_SUBVOL_CREATE_V2}, NOWHERE, 0, EBADF},
	{"ioctl", {BAD_FD, BTRFS_IOC_DEFRAG}, NOWHERE, 0, EBADF},
	{"ioctl", {BAD_FD, _IOW(0xbc, 16, char[32])}, ALWAYS, EPERM, EBADF},
	{"ioctl", {BAD_FD, _IOW(0xbc, 17, char[32])}, ALWAYS, EPERM, EBADF},
	{"fcntl", {BAD_FD, F_SETLEASE, F_RDLCK}, ALWAYS, EPERM, EBADF},
	{"fcntl", {BAD_FD, F_SETLEASE | HIGH_BIT, F_UNLCK}, ALWAYS, EPERM, EBADF},
	{"fcntl", {BAD_FD, F_GETLEASE}, NOWHERE, 0, EBADF},
	{"fcntl", {BAD_FD, 1040, 0}, ALWAYS, EPERM, EBADF},
	{"fcntl", {BAD_FD, 1036, 0}, ALWAYS, EPERM, EBADF},
	{"fcntl", {BAD_FD, 1038 | HIGH_BIT, 0}, ALWAYS, EPERM, EBADF},
	{"fcntl", {BAD_FD, 1035, 0}, NOWHERE, 0, EBADF},
	{"fcntl", {BAD_FD, F_DUPFD_CLOEXEC, 0}, NOWHERE, 0, EBADF},
	{"fcntl64", {BAD_FD, F_SETLEASE, F_RDLCK}, ALWAYS, EPERM, EBADF},
	{"fcntl64", {BAD_FD, 1040, 0}, ALWAYS, EPERM, EBADF},
	{"fcntl64", {BAD_FD, 1036, 0}, ALWAYS, EPERM, EBADF},
	{"fcntl64", {BAD_FD, 1038, 0}, ALWAYS, EPERM, EBADF},

	{"request_key", {0, 0, 0, 0}, ALWAYS, EPERM, EFAULT},
	{"request_key", {0, 0, A_POINTER, 0}, ALWAYS, EPERM, EFAULT},
	{"perf_event_open", {0, 0xffffffff, 0, ~0ULL, 0}, ALWAYS, EACCES, EFAULT},
	{"perf_event_open", {0, ~0ULL, 0, ~0ULL, 0}, ALWAYS, EACCES, EFAULT},
	{"perf_event_open", {0, 0x1ffffffff, 0, ~0ULL, 0}, ALWAYS, EACCES, EFAULT},
	{"perf_event_open", {0, 0, 0, ~0ULL, 4}, ALWAYS, EPERM, EFAULT},
	{"perf_event_open", {0, 0, 0, ~0ULL, 4 | 8}, ALWAYS, EPERM, EFAULT},
	{"perf_event_open", {0, 0, ~0ULL, ~0ULL, 0}, NOWHERE, 0, EFAULT},
	{"perf_event_open", {0, 12345, ~0ULL, ~0ULL, 8}, NOWHERE, 0, EFAULT},
	{"bpf", {~0ULL, 0, 0}, ALWAYS, EPERM, EINVAL},
	{"syslog", {10, 0, 0}, ALWAYS, EPERM, 0},
	{"ioctl", {BAD_FD, TCGETS}, NOWHERE, 0, EBADF},
	{"ioctl", {BAD_FD, TIOCSTI | 0x10000}, NOWHERE, 0, EBADF},
	{"ioctl", {TIOCSTI, TCGETS, TIOCSTI}, NOWHERE, 0, EBADF},

	{"chmod", {0, 04755}, ALWAYS, EPERM, EFAULT},
	{"chmod", {0, 02755}, ALWAYS, EPERM, EFAULT},
	{"chmod", {0, 06000}, ALWAYS, EPERM, EFAULT},
	{"chmod", {0, 04000 | HIGH_BIT}, ALWAYS, EPERM, EFAULT},
	{"chmod", {0, 02000 | 0x10000}, ALWAYS, EPERM, EFAULT},
	{"chmod", {0, 01777}, NOWHERE, 0, EFAULT},
	{"chmod", {0, 0755}, NOWHERE, 0, EFAULT},
	{"fchmod", {BAD_FD, 04755}, ALWAYS, EPERM, EBADF},
	{"fchmod", {BAD_FD, 02755 | HIGH_BIT}, ALWAYS, EPERM, EBADF},
	{"fchmod", {BAD_FD, 0644}, NOWHERE, 0, EBADF},
	{"fchmodat", {BAD_FD, 0, 04755}, ALWAYS, EPERM, EFAULT},
	{"fchmodat", {BAD_FD, 0, 02755}, ALWAYS, EPERM, EFAULT},
	{"fchmodat", {BAD_FD, 0, 0755, 06000}, NOWHERE, 0, EFAULT},
	{"fchmodat2", {BAD_FD, 0, 04755, 0}, ALWAYS, EPERM, EFAULT},
	{"fchmodat2", {BAD_FD, 0, 02755, 0}, ALWAYS, EPERM, EFAULT},
	{"fchmodat2", {BAD_FD, 0, 0755, 0}, NOWHERE, 0, EFAULT},
	{"mknod", {0, S_IFREG | 04755, 0}, ALWAYS, EPERM, EFAULT},
	{"mknod", {0, S_IFIFO | 02755, 0}, ALWAYS, EPERM, EFAULT},
	{"mknod", {0, S_IFIFO | 0755, 06000}, NOWHERE, 0, EFAULT},
	{"mknodat", {BAD_FD, 0, S_IFREG | 04755, 0}, ALWAYS, EPERM, EFAULT},
	{"mknodat", {BAD_FD, 0, S_IFREG | 02755, 0}, ALWAYS, EPERM, EFAULT},
	{"mknodat", {BAD_FD, 0, S_IFREG | 0755, 0}, NOWHERE, 0, EFAULT},
	{"mknod", {0, S_IFCHR | 0600, 0}, ALWAYS, EPERM, EFAULT},
	{"mknod", {0, S_IFCHR | HIGH_BIT, 0}, ALWAYS, EPERM, EFAULT},
	{"mknod", {0, S_IFBLK | 0600, 0}, NOWHERE, 0, EFAULT},
	{"mknod", {0, S_IFSOCK | 0600, S_IFCHR}, NOWHERE, 0, EFAULT},
	{"mknodat", {BAD_FD, 0, S_IFCHR | 0600, 0}, ALWAYS, EPERM, EFAULT},
	{"mknodat", {BAD_FD, 0, S_IFCHR | 0x10000, 0}, ALWAYS, EPERM, EFAULT},
	{"mknodat", {BAD_FD, 0, S_IFIFO | 0600, 0}, NOWHERE, 0, EFAULT},
	{"renameat2", {BAD_FD, 0, BAD_FD, 0, 4}, ALWAYS, EPERM, EFAULT},
	{"renameat2", {BAD_FD, 0, BAD_FD, 0, 5 | HIGH_BIT}, ALWAYS, EPERM, EFAULT},
	{"renameat2", {BAD_FD, 0, BAD_FD, 0, 2}, NOWHERE, 0, EFAULT},
	{"renameat2", {BAD_FD, 0, BAD_FD, 0, 1, 4}, NOWHERE, 0, EFAULT},
	{"creat", {0, 04755}, ALWAYS, EPERM, EFAULT},
	{"creat", {0, 02755}, ALWAYS, EPERM, EFAULT},
	{"creat", {0, 0755}, NOWHERE, 0, EFAULT},

	{"open", {0, O_CREAT | O_WRONLY, 04755}, ALWAYS, EPERM, EFAULT},
	{"open", {0, O_CREAT | O_WRONLY, 02755}, ALWAYS, EPERM, EFAULT},
	{"open", {0, O_CREAT | HIGH_BIT, 04755 | HIGH_BIT}, ALWAYS, EPERM, EFAULT},
	{"open", {0, O_TMPFILE | O_RDWR, 04755}, ALWAYS, EPERM, EFAULT},
	{"open", {0, O_TMPFILE | O_RDWR, 02755}, ALWAYS, EPERM, EFAULT},
	{"open", {0, O_CREAT | O_WRONLY, 0644}, NOWHERE, 0, EFAULT},
	{"open", {0, O_TMPFILE | O_RDWR, 0600}, NOWHERE, 0, EFAULT},
	{"open", {0, O_RDONLY, 06777}, NOWHERE, 0, EFAULT},
	{"open", {0, O_RDWR | O_TRUNC, ~0ULL}, NOWHERE, 0, EFAULT},
	/* O_DIRECTORY is part of O_TMPFILE, but no reason to look at the mode. */
	{"open", {0, O_DIRECTORY, 06777}, NOWHERE, 0, EFAULT},
	{"openat", {BAD_FD, 0, O_CREAT | O_WRONLY, 04755}, ALWAYS, EPERM, EFAULT},
	{"openat", {BAD_FD, 0, O_CREAT | O_WRONLY, 02755}, ALWAYS, EPERM, EFAULT},
	{"openat", {BAD_FD, 0, O_CREAT | HIGH_BIT, 02755}, ALWAYS, EPERM, EFAULT},
	{"openat", {BAD_FD, 0, O_TMPFILE | O_RDWR, 04755}, ALWAYS, EPERM, EFAULT},
	{"openat", {BAD_FD, 0, O_TMPFILE | O_RDWR, 02755}, ALWAYS, EPERM, EFAULT},
	{"openat", {BAD_FD, 0, O_CREAT | O_WRONLY, 01644}, NOWHERE, 0, EFAULT},
	{"openat", {BAD_FD, 0, O_RDONLY, 06777}, NOWHERE, 0, EFAULT},
	{"openat", {BAD_FD, 0, O_DIRECTORY, ~0ULL}, NOWHERE, 0, EFAULT},
	{"openat2", {BAD_FD, 0, 0, 0}, ALWAYS, ENOSYS, EINVAL},

	{"clone3", {0, 0}, ALWAYS, ENOSYS, EINVAL},
	/* Neither does anything: no limit is set, none asked for. */
	{"prlimit64", {1, BAD_TYPE}, ALWAYS, EPERM, EINVAL},
	{"prlimit64", {1 | HIGH_BIT, BAD_TYPE}, ALWAYS, EPERM, EINVAL},
	{"prlimit64", {0, BAD_TYPE}, NOWHERE, 0, EINVAL},
	{"prlimit64", {0, BAD_TYPE, 1, 1}, NOWHERE, 0, EFAULT},
	{"sched_setaffinity", {1, 8, 0}, ALWAYS, EPERM, EFAULT},
	{"sched_setaffinity", {1 | HIGH_BIT, 8, 0}, ALWAYS, EPERM, EFAULT},
	{"sched_setaffinity", {0, 8, 0}, NOWHERE, 0, EFAULT},
	{"sched_setattr", {1, 0, 0}, ALWAYS, EPERM, EINVAL},
	{"sched_setattr", {0, 0, 0}, NOWHERE, 0, EINVAL},
	{"sched_setparam", {1, 0}, ALWAYS, EPERM, EINVAL},
	{"sched_setparam", {0, 0}, NOWHERE, 0, EINVAL},
	{"sched_setscheduler", {1, 0, 0}, ALWAYS, EPERM, EINVAL},
	{"sched_setscheduler", {0, 0, 0}, NOWHERE, 0, EINVAL},
	/* There is neither such a user nor a fourth kind. */
	{"setpriority", {2, 0xfffffffe, 0}, ALWAYS, EPERM, ESRCH},
	{"setpriority", {2 | HIGH_BIT, 0xfffffffe, 0}, ALWAYS, EPERM, ESRCH},
	{"setpriority", {3, 1, 0}, ALWAYS, EPERM, EINVAL},
	{"setpriority", {3, 1 | HIGH_BIT, 0}, ALWAYS, EPERM, EINVAL},
	{"setpriority", {3, 0, 0}, NOWHERE, 0, EINVAL},
	/* There is no such class. */
	{"ioprio_set", {1, 1, 0xffff}, ALWAYS, EPERM, EINVAL},
	{"ioprio_set", {2, 1 | HIGH_BIT, 0xffff}, ALWAYS, EPERM, EINVAL},
	{"ioprio_set", {3, 0xfffffffe, 0xffff}, ALWAYS, EPERM, EINVAL},
	{"ioprio_set", {3 | HIGH_BIT, 0xfffffffe, 0xffff}, ALWAYS, EPERM, EINVAL},
	{"ioprio_set", {2, 0, 0xffff}, ALWAYS, EPERM, EINVAL},
	{"ioprio_set", {2 | HIGH_BIT, HIGH_BIT, 0xffff}, ALWAYS, EPERM, EINVAL},
	{"ioprio_set", {2, 2, 0xffff}, NOWHERE, 0, EINVAL},
	{"ioprio_set", {1, 0, 0xffff}, NOWHERE, 0, EINVAL},
	{"io_uring_setup", {0, 0}, ALWAYS, EPERM, EFAULT},
	{"io_uring_enter", {BAD_FD, 0, 0, 0, 0, 0}, ALWAYS, EPERM, EBADF},
	{"io_uring_register", {BAD_FD, 0, 0, 0}, ALWAYS, EPERM, EBADF},

	{"socket", {AF_INET, SOCK_STREAM, 0}, NOWHERE, 0, 0},
	{"socket", {AF_INET, BAD_TYPE, 0}, NOWHERE, 0, EINVAL},
	{"socket", {AF_INET6, BAD_TYPE, 0}, NOWHERE, 0, EINVAL},
	{"socket", {AF_UNIX, SOCK_STREAM, 0}, NO_UNIX, EPERM, 0},
	{"socket", {AF_UNIX, BAD_TYPE, 0}, NO_UNIX, EPERM, EINVAL},
	{"socket", {AF_UNSPEC, BAD_TYPE, 0}, NETWORK, EPERM, EINVAL},
	{"socket", {AF_AX25, BAD_TYPE, 0}, NETWORK, EPERM, EINVAL},
	{"socket", {AF_NETLINK, BAD_TYPE, 0}, NETWORK, EPERM, EINVAL},
	{"socket", {AF_PACKET, BAD_TYPE, 0}, NETWORK, EPERM, EINVAL},
	{"socket", {AF_ALG, BAD_TYPE, 0}, NETWORK, EPERM, EINVAL},
	{"socket", {AF_VSOCK, BAD_TYPE, 0}, NETWORK, EPERM, EINVAL},
	{"socket", {AF_VSOCK | HIGH_BIT, BAD_TYPE, 0}, NETWORK, EPERM, EINVAL},
	{"socket", {0xffffffff, BAD_TYPE, 0}, NETWORK, EPERM, EINVAL},
	{"socket", {~0ULL, BAD_TYPE, 0}, NETWORK, EPERM, EINVAL},
	{"socketcall", {1, 0}, NETWORK, EPERM, EFAULT},
	{"socketcall", {3, 0}, NETWORK, EPERM, EFAULT},

	{"socketpair", {AF_UNIX, SOCK_STREAM, 0, 0}, NOWHERE, 0, EFAULT},
	{"socketpair", {AF_UNIX, SOCK_SEQPACKET, 0, 0}, NOWHERE, 0, EFAULT},
	{"socketpair", {AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, 0}, NOWHERE, 0,
		EFAULT},
	{"socketpair", {AF_UNIX, SOCK_DGRAM, 0, 0}, NO_UNIX, EPERM, EFAULT},
	{"socketpair", {AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0, 0}, NO_UNIX, EPERM, EFAULT},
	{"socketpair", {AF_UNIX, SOCK_DGRAM | HIGH_BIT, 0, 0}, NO_UNIX, EPERM, EFAULT},
	{"socketpair", {AF_UNIX, SOCK_RAW, 0, 0}, NO_UNIX, EPERM, EFAULT},
	{"socketpair", {AF_INET, SOCK_STREAM, 0, 0}, NETWORK, EPERM, EFAULT},
	{"socketpair", {AF_TIPC, SOCK_STREAM, 0, 0}, NETWORK, EPERM, EFAULT},

	{"connect", {BAD_FD, 0, 0}, OFF, EPERM, EBADF},
	{"accept", {BAD_FD, 0, 0}, OFF, EPERM, EBADF},
	{"accept4", {BAD_FD, 0, 0, 0}, OFF, EPERM, EBADF},
	{"bind", {BAD_FD, 0, 0}, OFF, EPERM, EBADF},
	{"listen", {BAD_FD, 0}, OFF, EPERM, EBADF},
	{"sendmmsg", {BAD_FD, 0, 0, 0}, OFF, EPERM, EBADF},
	{"sendto", {BAD_FD, 0, 0, 0, A_POINTER, 16}, OFF, EPERM, EBADF},
	{"sendto", {BAD_FD, 0, 0, 0, A_POINTER, 0}, OFF, EPERM, EBADF},
	/* A pointer whose lower half is zero. */
	{"sendto", {BAD_FD, 0, 0, 0, HIGH_BIT, 16}, OFF, EPERM, EBADF},
	{"sendto", {BAD_FD, 0, 0, MSG_FASTOPEN, A_POINTER, 16}, OFF, EPERM, EBADF},
	{"sendto", {BAD_FD, 0, 0, MSG_NOSIGNAL, 0, 0}, NOWHERE, 0, EBADF},
	{"sendmsg", {BAD_FD, 0, MSG_NOSIGNAL}, NOWHERE, 0, EBADF},
	{"sendmsg", {BAD_FD, 0, MSG_FASTOPEN}, OFF, EPERM, EBADF},
	{"sendmsg", {BAD_FD, 0, MSG_FASTOPEN | HIGH_BIT}, OFF, EPERM, EBADF},
};

/* What a filter should say to an attempt: 0 allow, or the errno. */
static int expected_error(const struct attempt *attempt, enum plan_filter filter)
{
	return attempt->denied & 1U << filter ? attempt->error : 0;
}

/* --- simulation ------------------------------------------------------------------------------- */

static uint32_t simulate_load(const struct seccomp_data *data, uint32_t offset)
{
	uint32_t word;
	assert_true(offset % sizeof(word) == 0 && offset <= sizeof(*data) - sizeof(word));
	memcpy(&word, (const char *)data + offset, sizeof(word));
	return word;
}

static bool simulate_condition(const struct sock_filter *step, uint32_t accumulator)
{
	switch (BPF_OP(step->code)) {
	case BPF_JEQ:
		return accumulator == step->k;
	case BPF_JGT:
		return accumulator > step->k;
	case BPF_JGE:
		return accumulator >= step->k;
	case BPF_JSET:
		return accumulator & step->k;
	default:
		fail_msg("the simulation lacks the jump 0x%02x", step->code);
		return false;
	}
}

/* The action that a program returns. */
static uint32_t simulate(const struct sock_fprog *program, const struct seccomp_data *data)
{
	uint32_t accumulator = 0;
	for (size_t at = 0; at < program->len; at++) {
		const struct sock_filter *step = &program->filter[at];
		switch (step->code) {
		case BPF_LD | BPF_W | BPF_ABS:
			accumulator = simulate_load(data, step->k);
			break;
		case BPF_ALU | BPF_AND | BPF_K:
			accumulator &= step->k;
			break;
		case BPF_JMP | BPF_JA:
			at += step->k;
			break;
		case BPF_RET | BPF_K:
			return step->k;
		default:
			if (BPF_CLASS(step->code) != BPF_JMP || BPF_SRC(step->code) != BPF_K)
				fail_msg("the simulation lacks the instruction 0x%02x", step->code);
			at += simulate_condition(step, accumulator) ? step->jt : step->jf;
		}
	}
	fail_msg("the program runs off its end");
	return 0;
}

/* The rules compiled for an architecture, into code, which has room for BPF_MAXINSNS. */
static size_t compile(enum plan_filter filter, uint32_t architecture, struct sock_filter *code)
{
	int length = filter_export(filter, architecture, code);
	assert_true(length > 0);
	return (size_t)length;
}

/* As filter_program(), of a rind that was built for arm64. */
static const struct sock_fprog *arm_program(enum plan_filter filter)
{
	static struct sock_filter code[PLAN_FILTER_COUNT][BPF_MAXINSNS];
	static struct sock_fprog programs[PLAN_FILTER_COUNT];
	struct sock_fprog *program = &programs[filter];

	if (!program->len) {
		program->filter = code[filter];
		program->len = (unsigned short)compile(filter, SCMP_ARCH_AARCH64, program->filter);
	}
	return program;
}

static uint32_t simulate_call(
	enum plan_filter filter, enum abi abi, int number, const uint64_t args[6])
{
	struct seccomp_data data = {.nr = number, .arch = abi_architecture(abi)};
	/* A 32-bit kernel entry has 32-bit registers; x32 has 64-bit ones. */
	for (size_t i = 0; i < 6; i++)
		data.args[i] = abi == I386 || abi == ARM ? (uint32_t)args[i] : args[i];
	return simulate(abi >= ARM64 ? arm_program(filter) : filter_program(filter), &data);
}

static uint32_t action_for(int error)
{
	return error ? SECCOMP_RET_ERRNO | (uint32_t)error : SECCOMP_RET_ALLOW;
}

static void assert_simulated(enum plan_filter filter, enum abi abi, const char *call,
	const uint64_t args[6], int expected)
{
	int number = call_number(call, abi);
	if (number < 0)
		return; /* the ABI has no such call: nothing to deny */
	uint32_t action = simulate_call(filter, abi, number, args);
	if (action != action_for(expected))
		fail_msg("filter %d, %s: %s(%#llx, %#llx, %#llx, %#llx, %#llx, %#llx): action %#x, "
			 "expected %#x",
			(int)filter, abi_names[abi], call, (unsigned long long)args[0],
			(unsigned long long)args[1], (unsigned long long)args[2],
			(unsigned long long)args[3], (unsigned long long)args[4],
			(unsigned long long)args[5], action, action_for(expected));
}

#define for_each_filter(filter) \
	for (enum plan_filter filter = PLAN_FILTER_HOST; filter < PLAN_FILTER_COUNT; filter++)
#define for_each_abi(abi) for (enum abi abi = NATIVE; abi < ABI_COUNT; abi++)

static void test_simulated_attempts(void **state)
{
	(void)state;
	for_each_filter(filter) for_each_abi(abi) for (size_t i = 0; i < ARRAY_SIZE(attempts); i++)
		assert_simulated(filter, abi, attempts[i].call, attempts[i].args,
			expected_error(&attempts[i], filter));
}

static void test_every_mode(void **state)
{
	(void)state;
	static const struct {
		const char *call;
		unsigned int mode, flags;
	} setid_calls[] = {
		{"chmod", 1, 0},
		{"fchmod", 1, 0},
		{"fchmodat", 2, 0},
		{"fchmodat2", 2, 0},
		{"mknod", 1, 0},
		{"mknodat", 2, 0},
		{"creat", 1, 0},
		{"open", 2, 1},
		{"openat", 3, 2},
	};
	for_each_filter(filter)
		for_each_abi(abi) for (size_t i = 0; i < ARRAY_SIZE(setid_calls);
				       i++) for (unsigned int mode = 0; mode <= 07777; mode++)
	{
		uint64_t args[6] = {0};
		if (setid_calls[i].flags)
			args[setid_calls[i].flags] = O_CREAT | O_TMPFILE;
		args[setid_calls[i].mode] = mode;
		assert_simulated(filter, abi, setid_calls[i].call, args,
			ALWAYS & 1U << filter && mode & (S_ISUID | S_ISGID) ? EPERM : 0);
	}
}

/* Not among the attempts: where it is allowed, setpriority does something whatever it is given. */
static void test_own_group(void **state)
{
	(void)state;
	static const struct {
		uint64_t which, who;
		bool denied;
	} tries[] = {
		{1, 0, true},
		{1 | HIGH_BIT, HIGH_BIT, true},
		{1, 1, true},
		{1, 2, false},
		{0, 0, false},
	};
	for_each_filter(filter) for_each_abi(abi) for (size_t i = 0; i < ARRAY_SIZE(tries); i++)
	{
		const uint64_t args[6] = {tries[i].which, tries[i].who, 19};
		assert_simulated(filter, abi, "setpriority", args,
			ALWAYS & 1U << filter && tries[i].denied ? EPERM : 0);
	}
}

static bool family_allowed(enum plan_filter filter, unsigned int family)
{
	if (!(NETWORK & 1U << filter) || family == AF_INET || family == AF_INET6)
		return true;
	return family == AF_UNIX && filter == PLAN_FILTER_ISOLATED_UNIX;
}

static void test_every_family(void **state)
{
	(void)state;
	for_each_filter(filter)
		for_each_abi(abi) for (unsigned int family = 0; family < 4096; family++)
	{
		uint64_t args[6] = {family, SOCK_STREAM};
		int expected = family_allowed(filter, family) ? 0 : EPERM;
		assert_simulated(filter, abi, "socket", args, expected);

		args[0] = family | 0x80000000U;
		expected = NETWORK & 1U << filter ? EPERM : 0;
		assert_simulated(filter, abi, "socket", args, expected);
	}
}

/*
 * With a high bit set the kernel sees the same family.  A denied one has to stay denied; that an
 * allowed one is denied on the native ABI is the price of comparing whole registers.
 */
static void test_every_family_with_a_high_bit(void **state)
{
	(void)state;
	for_each_filter(filter)
		for_each_abi(abi) for (unsigned int family = 0; family < 64;
				       family++) for (unsigned int bit = 32; bit < 64; bit++)
	{
		if (family_allowed(filter, family))
			continue;
		const uint64_t args[6] = {family | 1ULL << bit};
		assert_simulated(filter, abi, "socket", args, EPERM);
	}
}

static void test_every_socketpair_type(void **state)
{
	(void)state;
	for_each_filter(filter) for_each_abi(abi) for (unsigned int type = 0; type < 0x2000; type++)
	{
		const uint64_t args[6] = {AF_UNIX, type | HIGH_BIT};
		bool tied = (type & 0xf) == SOCK_STREAM || (type & 0xf) == SOCK_SEQPACKET;
		bool allowed = tied || !(NO_UNIX & 1U << filter);
		assert_simulated(filter, abi, "socketpair", args, allowed ? 0 : EPERM);
	}
}

static bool has_attempt(enum abi abi, int number)
{
	for (size_t i = 0; i < ARRAY_SIZE(attempts); i++)
		if (call_number(attempts[i].call, abi) == number)
			return true;
	return false;
}

/*
 * Newer than the newest that was looked at, denied by its number (open_tree_attr, listns), or one
 * that x32 has another for (ioctl, sendmsg, sendmmsg).
 */
static bool number_is_unknown(enum abi abi, int number)
{
	if (abi == X32 && number >= 512 && number < 548)
		return false;
	if (abi == X32 && (number == 16 || number == 46 || number == 307))
		return true;
	return number > 471 || number == 467 || number == 470;
}

static void test_every_other_call_is_allowed(void **state)
{
	(void)state;
	static const uint64_t all_bits[6] = {~0ULL, ~0ULL, ~0ULL, ~0ULL, ~0ULL, ~0ULL};
	for_each_filter(filter) for_each_abi(abi) for (int number = 0; number < 1024; number++)
	{
		int call = abi == X32 ? number | X32_BIT : number;
		if (has_attempt(abi, call))
			continue;
		uint32_t action = simulate_call(filter, abi, call, all_bits);
		int expected = number_is_unknown(abi, number) && ALWAYS & 1U << filter ? ENOSYS : 0;
		if (action != action_for(expected))
			fail_msg("filter %d, %s, call %d: action %#x, expected %#x", (int)filter,
				abi_names[abi], call, action, action_for(expected));
	}
}

/*
 * Calls that are in no table: an architecture's own, none at all, and numbers with more bits than a
 * table has rows.
 */
static void test_numbers_beyond_the_tables(void **state)
{
	(void)state;
	static const struct {
		enum abi abi;
		uint32_t number;
		int error;
	} numbers[] = {
		{NATIVE, 0xffffffff, 0},
		{I386, 0xffffffff, 0},
		{ARM64, 0xffffffff, 0},
		{ARM, 0xffffffff, 0},
		{ARM, 0xf0001, 0},
		{ARM, 0xf0005, 0},
		{ARM, 0xf07ff, 0},
		{ARM, 0xf0800, ENOSYS},
		{ARM, 0xeffff, ENOSYS},
		{ARM64, 0xf0005, ENOSYS},
		{NATIVE, 514, ENOSYS}, /* x32's ioctl without its bit */
		{NATIVE, 16 | 0x80000000, ENOSYS},
		{NATIVE, X32_BIT | 0x80000000, ENOSYS},
		{NATIVE, X32_BIT | 548, ENOSYS},
		{NATIVE, X32_BIT | 511, ENOSYS},
		{NATIVE, X32_BIT - 1, ENOSYS},
		{I386, 16 | X32_BIT, ENOSYS},
		{I386, 0x7fffffff, ENOSYS},
		{ARM64, 1 << 20, ENOSYS},
	};
	static const uint64_t none[6];
	for_each_filter(filter) for (size_t i = 0; i < ARRAY_SIZE(numbers); i++)
	{
#ifndef __x86_64__
		if (numbers[i].abi < ARM64)
			continue;
#endif
		int expected = ALWAYS & 1U << filter ? numbers[i].error : 0;
		uint32_t action =
			simulate_call(filter, numbers[i].abi, (int)numbers[i].number, none);
		if (action != action_for(expected))
			fail_msg("filter %d, %s, call %#x: action %#x", (int)filter,
				abi_names[numbers[i].abi], numbers[i].number, action);
	}
}

/*
 * Kernels before 5.4 have one table for both, and take the 64-bit calls that x32 has others for
 * with its bit as well: there ioctl is 514 and 16, with the bit or without.
 */
static void test_numbers_that_x32_has_others_for(void **state)
{
	(void)state;
	static const uint64_t none[6];

	for_each_filter(filter) for (size_t i = 0; i < ARRAY_SIZE(calls); i++)
	{
		int number = calls[i].numbers[NATIVE] | X32_BIT;
		if (calls[i].numbers[NATIVE] < 0 || number == calls[i].numbers[X32] ||
			!(ALWAYS & 1U << filter))
			continue;
		uint32_t action = simulate_call(filter, NATIVE, number, none);
		if (action != action_for(ENOSYS))
			fail_msg("filter %d: %s by %#x: action %#x", (int)filter, calls[i].name,
				(unsigned int)number, action);
	}
}

static unsigned int known_flags(const char *call)
{
	static const unsigned int namespaces = CLONE_NEWNS | CLONE_NEWCGROUP | CLONE_NEWUTS |
					       CLONE_NEWIPC | CLONE_NEWUSER | CLONE_NEWPID |
					       CLONE_NEWNET | 0x80; /* CLONE_NEWTIME */
	if (strcmp(call, "unshare") == 0)
		return namespaces | CLONE_VM | CLONE_FS | CLONE_FILES | CLONE_SIGHAND |
		       CLONE_THREAD | CLONE_SYSVSEM;
	if (strcmp(call, "setns") == 0)
		return namespaces;
	if (strcmp(call, "open_tree") == 0)
		return PATH_FLAGS | OPEN_TREE_CLONE | O_CLOEXEC;
	if (strcmp(call, "move_mount") == 0)
		return 0x377;
	if (strcmp(call, "mount_setattr") == 0)
		return PATH_FLAGS;
	return strcmp(call, "fspick") == 0 ? 0xf : 1;
}

/* Of each call that makes or changes mounts and namespaces, each bit. */
static void test_every_flag(void **state)
{
	(void)state;
	static const struct {
		const char *call;
		unsigned int argument;
	} flags[] = {
		{"unshare", 0},
		{"setns", 1},
		{"open_tree", 2},
		{"move_mount", 4},
		{"mount_setattr", 2},
		{"fsopen", 1},
		{"fspick", 2},
		{"fsmount", 1},
	};
	for_each_filter(filter)
		for_each_abi(abi) for (size_t i = 0; i < ARRAY_SIZE(flags);
				       i++) for (unsigned int bit = 0; bit < 32; bit++)
	{
		uint64_t args[6] = {0};
		args[flags[i].argument] = 1U << bit;
		bool known = known_flags(flags[i].call) & 1U << bit;
		if (!(ALWAYS & 1U << filter))
			continue;
		assert_simulated(filter, abi, flags[i].call, args, known ? 0 : EINVAL);
	}
	/* unshare takes a long; 32-bit calls have none with more than 32 bits. */
	for_each_filter(filter) for (unsigned int bit = 32; bit < 64; bit++)
	{
		const uint64_t args[6] = {CLONE_NEWNS | 1ULL << bit};
		int expected = ALWAYS & 1U << filter ? EINVAL : 0;
		assert_simulated(filter, NATIVE, "unshare", args, expected);
		assert_simulated(filter, X32, "unshare", args, expected);
		assert_simulated(filter, ARM64, "unshare", args, expected);
	}
}

static void assert_killed(const struct sock_fprog *program, uint32_t architecture)
{
	for (int number = 0; number < 1024; number++) {
		struct seccomp_data data = {.nr = number, .arch = architecture};
		assert_int_equal(simulate(program, &data), SECCOMP_RET_KILL_PROCESS);
	}
}

static void test_unknown_architecture_is_killed(void **state)
{
	(void)state;
	static const uint32_t unknown[] = {
		0, ~0U, AUDIT_ARCH_PPC64, AUDIT_ARCH_S390X, AUDIT_ARCH_I386 | 0x80000000U};
	for_each_filter(filter)
	{
		for (size_t i = 0; i < ARRAY_SIZE(unknown); i++) {
			assert_killed(filter_program(filter), unknown[i]);
			assert_killed(arm_program(filter), unknown[i]);
		}
		assert_killed(arm_program(filter), AUDIT_ARCH_X86_64);
		assert_killed(arm_program(filter), AUDIT_ARCH_I386);
	}
}

/* --- in processes ----------------------------------------------------------------------------- */

#ifdef __x86_64__
/* A call through the i386 entry, which 64-bit code may use as well. */
static int i386_call(int number, const uint64_t args[6])
{
	int result = number;
	register uint64_t sixth __asm__("r8") = args[5];
	/* The sixth argument goes into ebp, the frame pointer; the red zone is stepped over. */
	__asm__ volatile("lea -128(%%rsp), %%rsp\n\t"
			 "push %%rbp\n\t"
			 "mov %%r8d, %%ebp\n\t"
			 "int $0x80\n\t"
			 "pop %%rbp\n\t"
			 "lea 128(%%rsp), %%rsp"
			 : "+a"(result), "+r"(sixth)
			 : "b"((uint32_t)args[0]), "c"((uint32_t)args[1]), "d"((uint32_t)args[2]),
			 "S"((uint32_t)args[3]), "D"((uint32_t)args[4])
			 : "memory", "cc", "r9", "r10", "r11");
	return result < 0 ? -result : 0;
}
#endif

/* 0 when the call succeeded, or its errno. */
static int call_in_abi(enum abi abi, int number, const uint64_t args[6])
{
#ifdef __x86_64__
	if (abi == I386)
		return i386_call(number, args);
#else
	(void)abi;
#endif
	long result = syscall(number, args[0], args[1], args[2], args[3], args[4], args[5]);
	return result < 0 ? errno : 0;
}

static int attach(enum plan_filter filter)
{
	if (filter == PLAN_FILTER_NONE)
		return 0;
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0)
		return -errno;
	return syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, filter_program(filter)) ? -errno
											: 0;
}

enum { NOT_RUN = -1, NO_CALL = -2 };

/* Run every attempt in a process under the filter.  Returns the process's wait status. */
static int run_attempts(enum plan_filter filter, enum abi abi, int results[ARRAY_SIZE(attempts)])
{
	for (size_t i = 0; i < ARRAY_SIZE(attempts); i++)
		results[i] = NOT_RUN;

	pid_t child = fork();
	assert_true(child >= 0);
	if (child == 0) {
		/* cmocka's handler would go on with the tests in this process. */
		signal(SIGSEGV, SIG_DFL);
		if (attach(filter))
			_exit(1);
		for (size_t i = 0; i < ARRAY_SIZE(attempts); i++) {
			int number = call_number(attempts[i].call, abi);
			results[i] =
				number < 0 ? NO_CALL : call_in_abi(abi, number, attempts[i].args);
		}
		_exit(0);
	}
	int status;
	assert_int_equal(waitpid(child, &status, 0), child);
	return status;
}

/* Memory in which a child leaves its results. */
static int *shared_results(void)
{
	int *results = mmap(NULL, sizeof(int[ARRAY_SIZE(attempts)]), PROT_READ | PROT_WRITE,
		MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	assert_ptr_not_equal(results, MAP_FAILED);
	return results;
}

/*
 * May the kernel answer EPERM, before it looks at anything else?  io_uring can be disabled; mounts,
 * the limits of process 1, and what shows the whole machine may be root's; containers forbid these.
 */
static bool may_be_forbidden(const struct attempt *attempt)
{
	static const char *const roots[] = {"bpf", "perf_event_open", "request_key", "syslog"};

	for (size_t i = 0; i < ARRAY_SIZE(roots); i++)
		if (strcmp(attempt->call, roots[i]) == 0)
			return true;
	return attempt->denied & MOUNTS || strncmp(attempt->call, "io_uring", 8) == 0 ||
	       (strcmp(attempt->call, "prlimit64") == 0 && (int)attempt->args[0] == 1);
}

/*
 * Without a filter the kernel has to answer as the table says.  It may also lack a call (ENOSYS),
 * or refuse it to us; such a row still shows that the filter denies, unless with the same errno.
 * Those are counted and told.
 */
static void check_control(enum abi abi, const int control[ARRAY_SIZE(attempts)])
{
	size_t lacking = 0, alike = 0;
	for (size_t i = 0; i < ARRAY_SIZE(attempts); i++) {
		const struct attempt *attempt = &attempts[i];
		if (control[i] == NO_CALL || control[i] == attempt->otherwise)
			continue;
		if (control[i] != ENOSYS && !(control[i] == EPERM && may_be_forbidden(attempt)))
			fail_msg("%s: row %zu, %s: the kernel answers %s, not %s", abi_names[abi],
				i, attempt->call, strerror(control[i]),
				strerror(attempt->otherwise));
		lacking++;
		alike += attempt->denied && control[i] == attempt->error;
	}
	if (lacking)
		print_message(
			"%s: this kernel lacks or refuses %zu of the table's %zu calls; of those "
			"it answers %zu as the filter does (these are only simulated)\n",
			abi_names[abi], lacking, ARRAY_SIZE(attempts), alike);
}

static void check_filtered(enum plan_filter filter, enum abi abi,
	const int control[ARRAY_SIZE(attempts)], const int results[ARRAY_SIZE(attempts)])
{
	for (size_t i = 0; i < ARRAY_SIZE(attempts); i++) {
		int expected = expected_error(&attempts[i], filter);
		if (!expected || control[i] == NO_CALL)
			expected = control[i];
		if (results[i] != expected)
			fail_msg("filter %d, %s: row %zu, %s: got %d (%s), expected %d (%s)",
				(int)filter, abi_names[abi], i, attempts[i].call, results[i],
				strerror(results[i]), expected, strerror(expected));
	}
}

static void run_in_abi(enum abi abi)
{
	int *results = shared_results();
	int control[ARRAY_SIZE(attempts)];

	int status = run_attempts(PLAN_FILTER_NONE, abi, results);
	if (abi == I386 && WIFSIGNALED(status) && WTERMSIG(status) == SIGSEGV) {
		munmap(results, sizeof(control));
		print_message("this kernel has no i386 calls: they are only simulated\n");
		skip();
	}
	assert_int_equal(status, 0);
	memcpy(control, results, sizeof(control));
	check_control(abi, control);

	for_each_filter(filter)
	{
		assert_int_equal(run_attempts(filter, abi, results), 0);
		check_filtered(filter, abi, control, results);
	}
	munmap(results, sizeof(control));
}

static void test_run_native(void **state)
{
	(void)state;
	run_in_abi(NATIVE);
}

#ifdef __x86_64__
static void test_run_x32(void **state)
{
	(void)state;
	run_in_abi(X32);
}

static void test_run_i386(void **state)
{
	(void)state;
	run_in_abi(I386);
}
#endif

/* Send a descriptor over a socketpair, and a byte back with send(): 0, or the step that failed. */
static int use_socketpair(void)
{
	int pair[2];
	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair))
		return 2;

	char byte = 'x';
	union {
		struct cmsghdr header;
		char space[CMSG_SPACE(sizeof(int))];
	} control = {.header = {CMSG_LEN(sizeof(int)), SOL_SOCKET, SCM_RIGHTS}};
	memcpy(CMSG_DATA(&control.header), &pair[0], sizeof(int));
	struct iovec data = {&byte, 1};
	struct msghdr message = {.msg_iov = &data,
		.msg_iovlen = 1,
		.msg_control = &control,
		.msg_controllen = sizeof(control)};
	if (sendmsg(pair[0], &message, 0) != 1)
		return 3;
	if (recvmsg(pair[1], &message, 0) != 1 || message.msg_controllen < CMSG_LEN(sizeof(int)))
		return 4;

	int passed;
	memcpy(&passed, CMSG_DATA(&control.header), sizeof(int));
	if (send(pair[1], &byte, 1, MSG_NOSIGNAL) != 1)
		return 5;
	return recv(passed, &byte, 1, 0) == 1 ? 0 : 6;
}

static void test_socketpairs_work(void **state)
{
	(void)state;
	for_each_filter(filter)
	{
		pid_t child = fork();
		assert_true(child >= 0);
		if (child == 0)
			_exit(attach(filter) ? 1 : use_socketpair());
		int status;
		assert_int_equal(waitpid(child, &status, 0), child);
		assert_int_equal(status, 0);
	}
}

/* A socket that others can connect to, at an abstract address that the kernel chooses. */
static socklen_t open_target(int type, int *ret, struct sockaddr_un *address)
{
	socklen_t length = sizeof(*address);
	*ret = socket(AF_UNIX, type, 0);
	address->sun_family = AF_UNIX;
	assert_int_equal(bind(*ret, (void *)address, sizeof(address->sun_family)), 0);
	assert_int_equal(getsockname(*ret, (void *)address, &length), 0);
	if (type != SOCK_DGRAM)
		assert_int_equal(listen(*ret, 8), 0);
	return length;
}

static bool can_connect(int fd, const void *address, socklen_t length)
{
	return connect(fd, address, length) == 0;
}

/* Can an end of a socketpair be connected to somebody else, at once or after its peer is gone? */
static bool can_retarget(int type)
{
	static const struct sockaddr unspecified = {.sa_family = AF_UNSPEC};
	struct sockaddr_un address;
	int target, pair[2];
	socklen_t length = open_target(type, &target, &address);
	assert_int_equal(socketpair(AF_UNIX, type, 0, pair), 0);

	bool found = can_connect(pair[0], &address, length);
	found |= can_connect(pair[0], &unspecified, sizeof(unspecified));
	close(pair[1]);
	found |= can_connect(pair[0], &address, length);
	found |= can_connect(pair[0], &unspecified, sizeof(unspecified));
	found |= can_connect(pair[0], &address, length);

	/* The target itself is in order. */
	int other = socket(AF_UNIX, type, 0);
	assert_true(can_connect(other, &address, length));
	close(other);
	close(pair[0]);
	close(target);
	return found;
}

/* What the filters without AF_UNIX rely on: these types cannot be turned to another peer. */
static void test_allowed_socketpairs_stay_tied(void **state)
{
	(void)state;
	assert_false(can_retarget(SOCK_STREAM));
	assert_false(can_retarget(SOCK_SEQPACKET));
	assert_true(can_retarget(SOCK_DGRAM)); /* which is why this type is denied */
}

/* --- the programs ----------------------------------------------------------------------------- */

static void test_no_filter_has_no_program(void **state)
{
	(void)state;
	static struct sock_filter code[BPF_MAXINSNS];
	assert_null(filter_program(PLAN_FILTER_NONE));
	assert_int_equal(filter_export(PLAN_FILTER_NONE, seccomp_arch_native(), code), -EINVAL);
	assert_int_equal(filter_export(PLAN_FILTER_COUNT, seccomp_arch_native(), code), -EINVAL);
	assert_int_equal(filter_export(PLAN_FILTER_OFF, 0x1234, code), -EINVAL);
}

/*
 * Is a call allowed by its number alone, as the kernel sees it when a filter is attached?  Counts
 * its steps.
 */
static bool passes_trial(const struct sock_fprog *program, uint32_t number, size_t *steps)
{
	uint32_t accumulator = 0;

	for (size_t at = 0; at < program->len; at++) {
		const struct sock_filter *step = &program->filter[at];
		(*steps)++;
		if (step->code == (BPF_LD | BPF_W | BPF_ABS)) {
			if (step->k >= offsetof(struct seccomp_data, instruction_pointer))
				return false;
			accumulator = step->k ? seccomp_arch_native() : number;
		} else if (step->code == (BPF_RET | BPF_K)) {
			return step->k == SECCOMP_RET_ALLOW;
		} else if (step->code == (BPF_JMP | BPF_JA)) {
			at += step->k;
		} else if (step->code == (BPF_ALU | BPF_AND | BPF_K)) {
			accumulator &= step->k;
		} else {
			at += simulate_condition(step, accumulator) ? step->jt : step->jf;
		}
	}
	return false;
}

/* What a start pays for, and what a call of a running program that is not filtered need not. */
static void test_programs_are_cheap(void **state)
{
	(void)state;
	for_each_filter(filter)
	{
		const struct sock_fprog *program = filter_program(filter);
		size_t passed = 0, steps = 0;

		for (uint32_t number = 0; number < 472; number++)
			passed += passes_trial(program, number, &steps);
		if (program->len > 350 || passed < 390 || steps > 9000)
			fail_msg("filter %d: %u instructions, %zu calls pass, after %zu steps",
				(int)filter, program->len, passed, steps);
	}
}

/* What is compiled in is what the rules say now, and the same each time they are compiled. */
static void test_programs_are_current(void **state)
{
	(void)state;
	static struct sock_filter code[BPF_MAXINSNS];
	for_each_filter(filter)
	{
		const struct sock_fprog *program = filter_program(filter);
		const size_t size = program->len * sizeof(*code);
		assert_true(program->len >= 1 && program->len < BPF_MAXINSNS);

		assert_int_equal(compile(filter, seccomp_arch_native(), code), program->len);
		assert_memory_equal(code, program->filter, size);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_simulated_attempts),
		cmocka_unit_test(test_every_mode),
		cmocka_unit_test(test_own_group),
		cmocka_unit_test(test_every_family),
		cmocka_unit_test(test_every_family_with_a_high_bit),
		cmocka_unit_test(test_every_socketpair_type),
		cmocka_unit_test(test_every_other_call_is_allowed),
		cmocka_unit_test(test_numbers_beyond_the_tables),
		cmocka_unit_test(test_numbers_that_x32_has_others_for),
		cmocka_unit_test(test_every_flag),
		cmocka_unit_test(test_unknown_architecture_is_killed),
		cmocka_unit_test(test_run_native),
#ifdef __x86_64__
		cmocka_unit_test(test_run_x32),
		cmocka_unit_test(test_run_i386),
#endif
		cmocka_unit_test(test_socketpairs_work),
		cmocka_unit_test(test_allowed_socketpairs_stay_tied),
		cmocka_unit_test(test_no_filter_has_no_program),
		cmocka_unit_test(test_programs_are_cheap),
		cmocka_unit_test(test_programs_are_current),
	};
	return cmocka_run_group_tests_name("filter", tests, NULL, NULL);
}
