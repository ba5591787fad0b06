/*
 * System calls, one wrapper each: the result, or -errno.
 *
 * All of rind's own kernel work goes through here, on both sides of the clone.  Nothing in this
 * file allocates, locks, buffers or caches: between clone and exec the child may only do what is
 * async-signal-safe, since the program that cloned it may have threads.  Where the C library's
 * wrapper is missing on older systems, does more than the call, or caches, syscall(2) is used
 * instead.
 */
#ifndef RIND_BASE_SYS_H
#define RIND_BASE_SYS_H

#include <errno.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <linux/close_range.h>
#include <linux/filter.h>
#include <linux/keyctl.h>
#include <linux/landlock.h>
#include <linux/openat2.h>
#include <linux/sched.h>
#include <linux/seccomp.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/statfs.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

/*
 * Structures and constants of the kernel come from its own headers (<linux/…>).  Where these clash
 * with the C library's headers, they are declared here as the kernel lays them out, under names
 * that neither has.  The C library's copy is not used, since it may be older than the kernel: musl
 * 1.2.5 has a struct statx without mount ids, and no version of it has struct dirent64.
 */

/* Constants that the oldest supported headers (Linux 5.12) or the C library may lack. */
#ifndef AT_RECURSIVE
#define AT_RECURSIVE 0x8000
#endif
#ifndef OPEN_TREE_CLONE
#define OPEN_TREE_CLONE 1
#endif
#ifndef OPEN_TREE_CLOEXEC
#define OPEN_TREE_CLOEXEC O_CLOEXEC
#endif
#ifndef MOVE_MOUNT_F_EMPTY_PATH
#define MOVE_MOUNT_F_EMPTY_PATH 0x00000004
#define MOVE_MOUNT_T_EMPTY_PATH 0x00000040
#endif
#ifndef MOUNT_ATTR_RDONLY
#define MOUNT_ATTR_RDONLY 0x00000001
#define MOUNT_ATTR_NOSUID 0x00000002
#define MOUNT_ATTR_NODEV  0x00000004
#define MOUNT_ATTR_NOEXEC 0x00000008
#endif
#ifndef MOUNT_ATTR_NOSYMFOLLOW
#define MOUNT_ATTR_NOSYMFOLLOW 0x00200000
#endif
#ifndef FSOPEN_CLOEXEC
#define FSOPEN_CLOEXEC  0x00000001
#define FSMOUNT_CLOEXEC 0x00000001
#endif
#ifndef SYS_faccessat2
#define SYS_faccessat2 439
#endif
#ifndef SYS_statmount
#define SYS_statmount 457 /* on all machines but alpha */
#endif
#ifndef P_PIDFD
#define P_PIDFD 3
#endif
enum {
	SYS_FSCONFIG_SET_STRING =
		1, /* FSCONFIG_SET_STRING: <linux/mount.h> and <sys/mount.h> clash */
	SYS_FSCONFIG_CMD_CREATE = 6, /* FSCONFIG_CMD_CREATE */
};

/* struct mount_attr, under a name that neither <linux/mount.h> nor <sys/mount.h> defines. */
struct sys_mount_attr {
	uint64_t set;
	uint64_t clear;
	uint64_t propagation;
	uint64_t userns_fd;
};

/* struct landlock_ruleset_attr as of Landlock ABI 6; older kernels are given a shorter size. */
struct sys_landlock_ruleset {
	uint64_t handled_access_fs;
	uint64_t handled_access_net;
	uint64_t scoped;
};

/* struct statx: the fields that Linux 5.8 writes, and room for those of newer kernels. */
struct sys_statx {
	uint32_t mask;
	uint32_t blksize;
	uint64_t attributes;
	uint32_t nlink;
	uint32_t uid, gid;
	uint16_t mode;
	uint16_t reserved;
	uint64_t ino;
	uint64_t size;
	uint64_t blocks;
	uint64_t attributes_mask;
	struct {
		int64_t sec;
		uint32_t nsec;
		int32_t reserved;
	} times[4];
	uint32_t rdev_major, rdev_minor;
	uint32_t dev_major, dev_minor;
	uint64_t mnt_id;
	uint64_t later[13];
};

_Static_assert(sizeof(struct sys_statx) == 256, "struct sys_statx is not the kernel's");

enum {
	SYS_STATX_TYPE = 0x1,               /* STATX_TYPE */
	SYS_STATX_MODE = 0x2,               /* STATX_MODE */
	SYS_STATX_INO = 0x100,              /* STATX_INO */
	SYS_STATX_MNT_ID = 0x1000,          /* STATX_MNT_ID */
	SYS_STATX_MNT_ID_UNIQUE = 0x4000,   /* STATX_MNT_ID_UNIQUE */
	SYS_STATX_ATTR_IMMUTABLE = 0x10,    /* STATX_ATTR_IMMUTABLE */
	SYS_STATX_ATTR_APPEND = 0x20,       /* STATX_ATTR_APPEND */
	SYS_STATX_ATTR_MOUNT_ROOT = 0x2000, /* STATX_ATTR_MOUNT_ROOT */
	SYS_AT_STATX_DONT_SYNC = 0x4000,    /* AT_STATX_DONT_SYNC */
};

/* What getdents64(2) writes: struct linux_dirent64, which is in no header of the kernel. */
struct sys_dirent {
	uint64_t ino;
	int64_t offset;
	uint16_t length; /* of the whole entry */
	uint8_t type;
	char name[];
};

static inline long sys_result(long result)
{
	return result < 0 ? -errno : result;
}

/* Entries of struct sys_dirent, their size in bytes; 0 at the end. */
static inline long sys_getdents(int fd, void *entries, size_t size)
{
	return sys_result(syscall(SYS_getdents64, fd, entries, size));
}

/*
 * Detect calls that report success but did nothing: a seccomp filter around rind may do that, and
 * rind would then decide by what was in memory before.  So each wrapper first fills the result with
 * a value that the kernel never writes; if that value is still there after the call, it returns
 * -EIO.
 */
static inline int sys_answered(long result, bool answered)
{
	return result < 0 ? (int)result : answered ? 0 : -EIO;
}

/*
 * The same for a call that returns a new descriptor.  A call that did nothing returns 0, which is
 * the caller's own standard input.  A new descriptor may be below 3 too, where the caller had
 * closed that one; but it is close-on-exec, as all of ours are.
 */
static inline int sys_descriptor(long fd)
{
	if (fd < 0 || fd > STDERR_FILENO)
		return (int)fd;
	int flags = fcntl((int)fd, F_GETFD);
	return flags >= 0 && flags & FD_CLOEXEC ? (int)fd : -EIO;
}

/* Processes */

/*
 * Clone the caller; args has no stack and no exit signal.  Returns 0 in the child, in the parent
 * the child's id or -errno.  The kernel writes the child's id to the child's memory.  Where 0 was
 * returned and no id was written, this is still the parent, and must not go on as the child: -EIO.
 */
static inline long sys_clone3(const struct clone_args *args)
{
	volatile pid_t born = 0;
	struct clone_args all = *args;

	all.flags |= CLONE_CHILD_SETTID;
	all.child_tid = (uintptr_t)&born;
	long pid = sys_result(syscall(SYS_clone3, &all, sizeof(all)));
	/*
	 * Before Linux 5.3 clone3 and pidfd_open were missing and no pidfd could be polled: use
	 * none.
	 */
	bool fallback = pid == -ENOSYS || pid == -EPERM;
	if (fallback && sys_result(syscall(SYS_pidfd_open, -1, 0)) == -ENOSYS)
		all.flags &= ~(uint64_t)CLONE_PIDFD;
	/*
	 * Container engines, and a rind around this one, deny clone3: with ENOSYS, older engines
	 * with EPERM.  Fall back to clone, which takes 32 bits of flags; if the EPERM came from the
	 * kernel, clone returns it again.  Which of the last two arguments is child_tid and which
	 * is the thread's memory (not used here) depends on the machine: pass child_tid as both.
	 */
	if (fallback && all.flags <= UINT32_MAX)
		pid = sys_result(
			syscall(SYS_clone, all.flags, 0L, all.pidfd, all.child_tid, all.child_tid));
	return pid == 0 && !born ? -EIO : pid;
}

/* pid: of a process, not of a thread; readable when all its threads have ended (Linux 5.3). */
static inline int sys_pidfd_open(pid_t pid)
{
	return sys_descriptor(sys_result(syscall(SYS_pidfd_open, pid, 0)));
}

static inline int sys_pidfd_send_signal(int pidfd, int signal)
{
	return (int)sys_result(syscall(SYS_pidfd_send_signal, pidfd, signal, NULL, 0));
}

/* __WALL: rind's children have no exit signal, so the program's own wait loop never sees them. */
static inline int sys_waitid(idtype_t type, int id, siginfo_t *info)
{
	info->si_pid = 0;
	long error = sys_result(syscall(SYS_waitid, type, id, info, WEXITED | __WALL, NULL));
	return sys_answered(error, info->si_pid != 0);
}

static inline int sys_prctl(int option, unsigned long value)
{
	return (int)sys_result(syscall(SYS_prctl, option, value, 0, 0, 0));
}

/* Have the kernel kill this process when its parent ends, and verify that this was set. */
static inline int sys_die_with_parent(void)
{
	int armed = 0;
	int error = sys_prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (!error)
		error = sys_prctl(PR_GET_PDEATHSIG, (unsigned long)&armed);
	return sys_answered(error, armed == SIGKILL);
}

/* The capabilities of this process: bit N of a set is capability N. */
struct sys_capabilities {
	uint64_t effective, permitted, inheritable;
};

static inline int sys_set_capabilities(const struct sys_capabilities *sets)
{
	struct __user_cap_header_struct header = {.version = _LINUX_CAPABILITY_VERSION_3};
	struct __user_cap_data_struct words[_LINUX_CAPABILITY_U32S_3];

	for (size_t i = 0; i < _LINUX_CAPABILITY_U32S_3; i++)
		words[i] = (struct __user_cap_data_struct){
			.effective = (uint32_t)(sets->effective >> (32 * i)),
			.permitted = (uint32_t)(sets->permitted >> (32 * i)),
			.inheritable = (uint32_t)(sets->inheritable >> (32 * i)),
		};
	return (int)sys_result(syscall(SYS_capset, &header, words));
}

static inline int sys_get_capabilities(struct sys_capabilities *ret)
{
	struct __user_cap_header_struct header = {.version = _LINUX_CAPABILITY_VERSION_3};
	struct __user_cap_data_struct words[_LINUX_CAPABILITY_U32S_3];

	/* No kernel has all 64 capabilities. */
	memset(words, 0xff, sizeof(words));
	long error = sys_result(syscall(SYS_capget, &header, words));
	*ret = (struct sys_capabilities){
		.effective = words[0].effective | (uint64_t)words[1].effective << 32,
		.permitted = words[0].permitted | (uint64_t)words[1].permitted << 32,
		.inheritable = words[0].inheritable | (uint64_t)words[1].inheritable << 32,
	};
	return sys_answered(error, words[1].permitted != ~0U);
}

/*
 * Set the mask; ret_before may be NULL.  Detect a faked call by the mask of before, which the
 * kernel writes: it never has all signals, since SIGKILL and SIGSTOP cannot be blocked.
 */
static inline int sys_set_sigmask(uint64_t mask, uint64_t *ret_before)
{
	uint64_t before = ~0ULL;
	long error =
		sys_result(syscall(SYS_rt_sigprocmask, SIG_SETMASK, &mask, &before, sizeof(mask)));
	if (ret_before)
		*ret_before = before;
	return sys_answered(error, before != ~0ULL);
}

/*
 * Leave the caller's session keyring for a new one. 0; 1 where the kernel has no keyrings; -errno.
 * A kernel has all three calls for keys or none.  If only keyctl is missing, a filter hides it:
 * then the command could add to the caller's keys and replace them, so that is an error, -ENOSYS.
 * request_key may also fail with EPERM: a rind around this one refuses it whatever the kernel has.
 */
static inline int sys_new_session_keyring(void)
{
	long serial = sys_result(syscall(SYS_keyctl, KEYCTL_JOIN_SESSION_KEYRING, NULL));
	if (serial == -ENOSYS &&
		sys_result(syscall(SYS_add_key, NULL, NULL, NULL, 0, 0)) == -ENOSYS) {
		long request = sys_result(syscall(SYS_request_key, NULL, NULL, NULL, 0));
		if (request == -ENOSYS || request == -EPERM)
			return 1;
	}
	return sys_answered(serial, serial > 0);
}

static inline int sys_seccomp_filter(const struct sock_fprog *program)
{
	int error = (int)sys_result(syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, program));
	/* Before Linux 3.17 only prctl(2) could do this. */
	if (error == -ENOSYS)
		error = (int)sys_result(
			syscall(SYS_prctl, PR_SET_SECCOMP, SECCOMP_MODE_FILTER, program, 0, 0));
	return error;
}

static inline int sys_landlock_create_ruleset(const struct sys_landlock_ruleset *attr, size_t size)
{
	return sys_descriptor(sys_result(syscall(SYS_landlock_create_ruleset, attr, size, 0)));
}

/*
 * Landlock's version; -ENOSYS, -EOPNOTSUPP or -EPERM where there is no Landlock, or another -errno.
 * Without Landlock the command is held by one layer less, so ask twice before giving it up.
 */
static inline int sys_landlock_version(void)
{
	long version = 0;
	for (int i = 0; version <= 0 && i < 2; i++)
		version = sys_result(syscall(
			SYS_landlock_create_ruleset, NULL, 0, LANDLOCK_CREATE_RULESET_VERSION));
	return version ? (int)version : -EIO;
}

static inline int sys_landlock_allow_beneath(int ruleset, int directory, uint64_t access)
{
	struct landlock_path_beneath_attr rule = {
		.allowed_access = access,
		.parent_fd = directory,
	};
	return (int)sys_result(
		syscall(SYS_landlock_add_rule, ruleset, LANDLOCK_RULE_PATH_BENEATH, &rule, 0));
}

static inline int sys_landlock_restrict_self(int ruleset)
{
	return (int)sys_result(syscall(SYS_landlock_restrict_self, ruleset, 0));
}

/* Descriptors */

static inline int sys_openat(int directory, const char *path, int flags, unsigned int mode)
{
	return sys_descriptor(
		sys_result(syscall(SYS_openat, directory, path, flags | O_CLOEXEC, mode)));
}

/* resolve: RESOLVE_*; never follows a magic link of /proc. */
static inline int sys_openat2(int directory, const char *path, uint64_t flags, uint64_t resolve)
{
	struct open_how how = {
		.flags = flags | O_CLOEXEC,
		.resolve = resolve | RESOLVE_NO_MAGICLINKS,
	};
	return sys_descriptor(sys_result(syscall(SYS_openat2, directory, path, &how, sizeof(how))));
}

/*
 * Open path as a process would that has root as its root directory: symlinks and ".." stay within.
 * mode: of the new file, with O_CREAT in flags.
 */
static inline int sys_open_in_root(int root, const char *path, uint64_t flags, unsigned int mode)
{
	struct open_how how = {
		.flags = flags | O_CLOEXEC,
		.mode = mode,
		.resolve = RESOLVE_IN_ROOT | RESOLVE_NO_MAGICLINKS,
	};
	enum { ATTEMPTS = 1000 };
	int result = -EAGAIN;
	/* EAGAIN: while ".." was looked up, somebody renamed something, anywhere in the system. */
	for (int i = 0; result == -EAGAIN && i < ATTEMPTS; i++)
		result = (int)sys_result(syscall(SYS_openat2, root, path, &how, sizeof(how)));
	return sys_descriptor(result);
}

/*
 * May this process access path, with its effective ids? mode: R_OK, W_OK, X_OK. 0 or -errno.
 * Before Linux 5.8 the kernel could only check the real ids: -ENOSYS where the effective ones
 * differ.  Do not use faccessat(3): where the call is missing, musl forks a process to check.
 */
static inline int sys_access(int directory, const char *path, int mode)
{
	int error = (int)sys_result(syscall(SYS_faccessat2, directory, path, mode, AT_EACCESS));
	if (error == -ENOSYS && getuid() == geteuid() && getgid() == getegid())
		error = (int)sys_result(syscall(SYS_faccessat, directory, path, mode));
	return error;
}

/* May path be written to?  True unless the kernel says that it may not or does not exist. */
static inline bool sys_may_write(int directory, const char *path)
{
	int error = sys_access(directory, path, W_OK);
	return error != -EACCES && error != -EROFS && error != -ENOENT;
}

/* A pair of connected sockets that keep messages apart, close-on-exec. */
struct sys_limit {
	uint64_t soft, hard; /* struct rlimit64 */
};

static inline int sys_get_limit(int resource, struct sys_limit *ret)
{
	struct sys_limit found = {1, 0}; /* a soft limit is never above the hard one */
	long error = sys_result(syscall(SYS_prlimit64, 0, resource, NULL, &found));
	error = sys_answered(error, found.soft <= found.hard);
	if (!error)
		*ret = found;
	return (int)error;
}

static inline int sys_set_limit(int resource, const struct sys_limit *limit)
{
	return (int)sys_result(syscall(SYS_prlimit64, 0, resource, limit, NULL));
}

/* Set the soft limit of a resource; the hard one stays. */
static inline int sys_set_soft_limit(int resource, uint64_t limit)
{
	struct sys_limit limits;
	int error = sys_get_limit(resource, &limits);
	if (error < 0)
		return error;
	limits.soft = limit;
	return sys_set_limit(resource, &limits);
}

static inline int sys_close_range(unsigned int first, unsigned int last, unsigned int flags)
{
	return first > last ? 0 : (int)sys_result(syscall(SYS_close_range, first, last, flags));
}

/*
 * The calls below write the kernel's struct stat; on 64-bit machines the C library's is the same.
 * Do not use the C library's functions: musl calls with memory of its own and copies from there, so
 * a call that did nothing would give whatever that memory held before.
 */
_Static_assert(sizeof(struct stat) == (sizeof(nlink_t) == 8 ? 144 : 128) && sizeof(long) == 8,
	"struct stat is not the kernel's");

/* st_blksize is never 0 in an answer of the kernel. */
static inline int sys_fstat(int fd, struct stat *ret)
{
	ret->st_blksize = 0;
	long error = sys_result(syscall(SYS_fstat, fd, ret));
	return sys_answered(error, ret->st_blksize != 0);
}

static inline int sys_fstatat(int directory, const char *path, struct stat *ret, int flags)
{
	ret->st_blksize = 0;
	long error = sys_result(syscall(SYS_newfstatat, directory, path, ret, flags));
	return sys_answered(error, ret->st_blksize != 0);
}

/* The length of a symlink's text, which is never 0, or -errno; no NUL is written. */
static inline long sys_readlinkat(int directory, const char *path, char *text, size_t size)
{
	long length = sys_result(readlinkat(directory, path, text, size));
	return length ? length : -EIO;
}

/* Write the text in one call: files of /proc take their new content only so. */
static inline int sys_write_whole(int fd, const char *text)
{
	long written = sys_result(write(fd, text, strlen(text)));
	return sys_answered(written, written == (long)strlen(text));
}

/*
 * The calls below use what the kernel already knows of an open file (DONT_SYNC).  They do not ask
 * the server of a network file system or of FUSE, which may never answer.
 */

/* Is fd the root of a mount?  1, 0 or -errno. */
static inline int sys_is_mount_root(int fd)
{
	struct sys_statx stat = {0};
	long error = sys_result(
		syscall(SYS_statx, fd, "", AT_EMPTY_PATH | SYS_AT_STATX_DONT_SYNC, 0, &stat));
	error = sys_answered(error, stat.attributes_mask & SYS_STATX_ATTR_MOUNT_ROOT);
	return error < 0 ? (int)error : (stat.attributes & SYS_STATX_ATTR_MOUNT_ROOT) != 0;
}

/* fd may be AT_FDCWD: the working directory. */
static inline int sys_statx(int fd, unsigned int mask, struct sys_statx *ret)
{
	ret->mask = 0;
	long error = sys_result(
		syscall(SYS_statx, fd, "", AT_EMPTY_PATH | SYS_AT_STATX_DONT_SYNC, mask, ret));
	return sys_answered(error, (ret->mask & mask) == mask);
}

static inline int sys_statx_path(const char *path, unsigned int mask, struct sys_statx *ret)
{
	ret->mask = 0;
	long error =
		sys_result(syscall(SYS_statx, AT_FDCWD, path, SYS_AT_STATX_DONT_SYNC, mask, ret));
	return sys_answered(error, (ret->mask & mask) == mask);
}

/* The kind of file that fd is, as S_IFMT has it, or -errno; without asking a file server. */
static inline int sys_file_kind(int fd)
{
	/* In init, which has one thread and asks this of each component of many paths. */
	static bool is_missing;
	struct sys_statx stat = {0};
	struct stat old;

	int error = is_missing ? -ENOSYS : sys_statx(fd, SYS_STATX_TYPE, &stat);
	/* Before Linux 4.11, or where a filter denies it. */
	is_missing = error == -ENOSYS || error == -EPERM;
	if (!is_missing)
		return error < 0 ? error : stat.mode & S_IFMT;
	error = sys_fstat(fd, &old);
	return error < 0 ? error : (int)(old.st_mode & S_IFMT);
}

/* Is fd a directory?  1, 0 or -errno. */
static inline int sys_is_directory(int fd)
{
	int kind = sys_file_kind(fd);
	return kind < 0 ? kind : S_ISDIR(kind);
}

/* How many bytes can be read from fd without waiting; 0 if unknown. */
static inline int sys_readable(int fd)
{
	int count = 0;
	return sys_result(ioctl(fd, FIONREAD, &count)) < 0 ? 0 : count;
}

/* ST_VALID: the kernel sets it in f_flags of every answer. */
enum { SYS_STATFS_VALID = 0x20 };

static inline int sys_fstatfs(int fd, struct statfs *ret)
{
	ret->f_flags = 0;
	long error = sys_result(fstatfs(fd, ret));
	return sys_answered(error, ret->f_flags & SYS_STATFS_VALID);
}

static inline int sys_statfs(const char *path, struct statfs *ret)
{
	ret->f_flags = 0;
	long error = sys_result(statfs(path, ret));
	return sys_answered(error, ret->f_flags & SYS_STATFS_VALID);
}

/*
 * Must a poll(2) without time limit be called again?  Yes after EINTR, and when it returned without
 * an event.  If it does the latter again and again, a filter fakes it, and rind would never wait:
 * after a few times *result becomes -EIO.  *attempts starts at 0.
 */
static inline bool sys_poll_again(long *result, int timeout_ms, int *attempts)
{
	enum { MOST = 8 };

	if (timeout_ms >= 0 || (*result != -EINTR && *result != 0))
		return false;
	if (*result == 0 && ++*attempts > MOST) {
		*result = -EIO;
		return false;
	}
	return true;
}

static inline int sys_poll(struct pollfd *fds, unsigned int count, int timeout_ms)
{
	int attempts = 0;
	long result;
	do
		result = sys_result(poll(fds, count, timeout_ms));
	while (sys_poll_again(&result, timeout_ms, &attempts));
	return (int)result;
}

/* Mounts */

static inline int sys_open_tree(int directory, const char *path, unsigned int flags)
{
	return sys_descriptor(
		sys_result(syscall(SYS_open_tree, directory, path, flags | OPEN_TREE_CLOEXEC)));
}

static inline int sys_mount_setattr(
	int directory, const char *path, unsigned int flags, const struct sys_mount_attr *attr)
{
	return (int)sys_result(
		syscall(SYS_mount_setattr, directory, path, flags, attr, sizeof(*attr)));
}

/* Attach a detached tree exactly where the descriptor target is, also on a symlink itself. */
static inline int sys_move_mount_onto(int tree, int target)
{
	return (int)sys_result(syscall(SYS_move_mount, tree, "", target, "",
		MOVE_MOUNT_F_EMPTY_PATH | MOVE_MOUNT_T_EMPTY_PATH));
}

static inline int sys_fsopen(const char *type)
{
	return sys_descriptor(sys_result(syscall(SYS_fsopen, type, FSOPEN_CLOEXEC)));
}

static inline int sys_fsconfig_string(int context, const char *key, const char *value)
{
	return (int)sys_result(
		syscall(SYS_fsconfig, context, SYS_FSCONFIG_SET_STRING, key, value, 0));
}

static inline int sys_fsconfig_create(int context)
{
	return (int)sys_result(
		syscall(SYS_fsconfig, context, SYS_FSCONFIG_CMD_CREATE, NULL, NULL, 0));
}

/*
 * struct statmount and struct mnt_id_req as of Linux 6.8; the kernel may add to them at the end.
 * Not from the headers, which may be too old.
 */
struct sys_statmount {
	uint32_t size, reserved;
	uint64_t mask;
	uint32_t device_major, device_minor;
	uint64_t magic;
	uint32_t flags, type;
	uint64_t id, parent_id;
	uint32_t id_old, parent_id_old;
	uint64_t attributes; /* MOUNT_ATTR_* */
	uint64_t rest[55];
};
struct sys_statmount_request {
	uint32_t size, reserved;
	uint64_t id, mask;
};
_Static_assert(
	offsetof(struct sys_statmount, attributes) == 64 && sizeof(struct sys_statmount) == 512,
	"struct sys_statmount is not the kernel's");

/*
 * The attributes of the mount that fd is on; the mount has to be attached in this mount namespace.
 * -ENOSYS before Linux 6.8.  Unlike statfs(2) this does not ask the file system, whose server may
 * refuse or be gone.
 */
static inline int sys_mount_attributes(int fd, uint64_t *ret)
{
	enum { BASIC = 2 /* STATMOUNT_MNT_BASIC */ };
	struct sys_statx stat = {0};
	struct sys_statmount mount = {0};

	long error = sys_result(syscall(SYS_statx, fd, "", AT_EMPTY_PATH | SYS_AT_STATX_DONT_SYNC,
		SYS_STATX_MNT_ID_UNIQUE, &stat));
	error = sys_answered(error, stat.mask & SYS_STATX_MNT_ID_UNIQUE);
	if (error < 0)
		return error == -EIO ? -ENOSYS : (int)error;
	const struct sys_statmount_request request = {
		.size = sizeof(request),
		.id = stat.mnt_id,
		.mask = BASIC,
	};
	error = sys_result(syscall(SYS_statmount, &request, &mount, sizeof(mount), 0));
	error = sys_answered(error, mount.mask & BASIC);
	if (!error)
		*ret = mount.attributes;
	return (int)error;
}

static inline int sys_pivot_root(const char *new_root, const char *old_root)
{
	return (int)sys_result(syscall(SYS_pivot_root, new_root, old_root));
}

static inline int sys_fsmount(int context, unsigned int attributes)
{
	return sys_descriptor(
		sys_result(syscall(SYS_fsmount, context, FSMOUNT_CLOEXEC, attributes)));
}

#endif
