/*
 * breach [OPTION…] NAME [ARGUMENT…]: one attack on the sandbox, with the system calls that it is
 * made of.
 *
 * What it prints and returns: attack.h.
 */
#include "attack.h"

#include <limits.h>
#include <linux/keyctl.h>
#include <linux/sched.h>
#include <mqueue.h>
#include <poll.h>
#include <signal.h>
#include <sys/file.h>
#include <sys/ioctl.h>
#include <sys/ipc.h>
#include <sys/mount.h>
#include <sys/msg.h>
#include <sys/prctl.h>
#include <sys/sem.h>
#include <sys/shm.h>
#include <sys/sysmacros.h>
#include <sys/uio.h>
#include <termios.h>

#define INTO_CGROUP 0x200000000ULL /* CLONE_INTO_CGROUP, which older headers lack */

/* --- mounts ---------------------------------------------------------------------------------- */

static long try_remount(char **argument)
{
	return mount("none", argument[0], NULL, MS_REMOUNT | MS_BIND, NULL);
}

/* The file system's own flags rather than the mount's. */
static long try_remount_super(char **argument)
{
	return mount("none", argument[0], NULL, MS_REMOUNT, NULL);
}

static long clear_attributes(const char *path, unsigned int flags, uint64_t clear)
{
	struct attributes attributes = {.clear = clear};
	return syscall(SYS_mount_setattr, AT_FDCWD, path, flags | AT_SYMLINK_NOFOLLOW, &attributes,
		sizeof(attributes));
}

static long try_set_writable(char **argument)
{
	return clear_attributes(argument[0], 0, ATTR_RDONLY);
}

static long try_set_writable_deep(char **argument)
{
	return clear_attributes(argument[0], AT_RECURSIVE, ATTR_RDONLY);
}

static long try_set_suid(char **argument)
{
	return clear_attributes(argument[0], 0, ATTR_NOSUID);
}

static long try_set_dev(char **argument)
{
	return clear_attributes(argument[0], 0, ATTR_NODEV);
}

static long try_umount(char **argument)
{
	return umount2(argument[0], MNT_DETACH | UMOUNT_NOFOLLOW);
}

static long try_move(char **argument)
{
	return mount(argument[0], argument[1], NULL, MS_MOVE, NULL);
}

static long try_move_mount(char **argument)
{
	return syscall(SYS_move_mount, AT_FDCWD, argument[0], AT_FDCWD, argument[1], 0);
}

/* Without what is mounted below it, a copy of a tree would show what is covered. */
static long try_bind_flat(char **argument)
{
	return mount(argument[0], argument[1], NULL, MS_BIND, NULL);
}

static long try_bind_deep(char **argument)
{
	return mount(argument[0], argument[1], NULL, MS_BIND | MS_REC, NULL);
}

static long try_clone_flat(char **argument)
{
	return syscall(SYS_open_tree, AT_FDCWD, argument[0], OPEN_TREE_CLONE);
}

/* A whole copy, in which what covers a path is then unmounted: TREE PATH-IN-IT WHERE. */
static long try_clone_and_uncover(char **argument)
{
	char path[PATH_MAX];
	int tree = clone_tree(AT_FDCWD, argument[0], AT_RECURSIVE);
	must("move_mount", attach(tree, argument[2]));
	snprintf(path, sizeof(path), "%s/%s", argument[2], argument[1]);
	return umount2(path, MNT_DETACH);
}

/* A copy, detached, with the attribute cleared: the copy is the caller's own. */
static long try_clone_and_set_writable(char **argument)
{
	struct attributes attributes = {.clear = ATTR_RDONLY};
	int tree = clone_tree(AT_FDCWD, argument[0], AT_RECURSIVE);
	return syscall(SYS_mount_setattr, tree, "", AT_EMPTY_PATH | AT_RECURSIVE, &attributes,
		sizeof(attributes));
}

/* Put a mount below the one that covers a path, to take that off afterwards. */
static long try_beneath(char **argument)
{
	int tree = new_tmpfs();
	must("beneath",
		syscall(SYS_move_mount, tree, "", AT_FDCWD, argument[0], EMPTY_SOURCE | BENEATH));
	return umount2(argument[0], MNT_DETACH);
}

static long try_fsopen(char **argument)
{
	return syscall(SYS_fsopen, argument[0], 0);
}

/* A new instance of a file system: TYPE TARGET FLAGS. */
static long try_fresh(char **argument)
{
	return mount(
		argument[0], argument[1], argument[0], (unsigned long)number(argument[2]), NULL);
}

/* The layers of an overlay show what is below them, not what is mounted there. */
static long try_overlay(char **argument)
{
	char options[3 * PATH_MAX];
	snprintf(options, sizeof(options), "lowerdir=%s:%s,userxattr", argument[0], argument[1]);
	return mount("overlay", argument[1], "overlay", 0, options);
}

/* UPPER TARGET WORK */
static long try_overlay_upper(char **argument)
{
	char options[3 * PATH_MAX];
	snprintf(options, sizeof(options), "lowerdir=%s,upperdir=%s,workdir=%s,userxattr",
		argument[1], argument[0], argument[2]);
	return mount("overlay", argument[1], "overlay", 0, options);
}

static long try_pivot_root(char **argument)
{
	return syscall(SYS_pivot_root, argument[0], argument[0]);
}

static long try_chroot(char **argument)
{
	return chroot(argument[0]);
}

static long try_setns(char **argument)
{
	return setns(open_to_read(argument[0]), 0);
}

static long try_setns_pid(char **argument)
{
	return setns(open_process(argument[0]), CLONE_NEWNS);
}

/* A file's handle, as hexadecimal digits: made on the host, where everything can be seen. */
static long try_handle(char **argument)
{
	struct {
		struct file_handle handle;
		unsigned char bytes[MAX_HANDLE_SZ];
	} file = {.handle = {.handle_bytes = MAX_HANDLE_SZ}};
	int mount;

	must("name_to_handle_at",
		name_to_handle_at(AT_FDCWD, argument[0], &file.handle, &mount, 0));
	printf("%d:", file.handle.handle_type);
	print_bytes(file.handle.f_handle, file.handle.handle_bytes);
	exit(0);
}

/* MOUNT HANDLE FLAGS: open a file by it, on a mount where it can be written. */
static long try_open_handle(char **argument)
{
	struct {
		struct file_handle handle;
		unsigned char bytes[MAX_HANDLE_SZ];
	} file = {0};
	char *digits;

	file.handle.handle_type = (int)strtol(argument[1], &digits, 10);
	file.handle.handle_bytes = read_bytes(digits + 1, file.handle.f_handle, sizeof(file.bytes));
	int mount = open_to_read(argument[0]);
	return open_by_handle_at(mount, &file.handle, (int)number(argument[2]));
}

/* --- descriptors ----------------------------------------------------------------------------- */

/* FD NAME: through a directory that was opened on the host. */
static long try_create_at(char **argument)
{
	return openat((int)number(argument[0]), argument[1], O_CREAT | O_WRONLY | O_CLOEXEC, 0666);
}

static long try_fchdir(char **argument)
{
	return fchdir((int)number(argument[0]));
}

static long try_reopen(char **argument)
{
	return open(path_of((int)number(argument[0])), O_WRONLY | O_CLOEXEC | O_NONBLOCK);
}

/* Link a file that is open, and has a name elsewhere, to one in the workspace: FD NAME. */
static long try_link_fd(char **argument)
{
	return linkat((int)number(argument[0]), "", AT_FDCWD, argument[1], AT_EMPTY_PATH);
}

static long try_link_fd_proc(char **argument)
{
	const char *path = path_of((int)number(argument[0]));
	return linkat(AT_FDCWD, path, AT_FDCWD, argument[1], AT_SYMLINK_FOLLOW);
}

static long try_truncate_fd(char **argument)
{
	return ftruncate((int)number(argument[0]), 0);
}

/* What was opened for appending need not stay so. */
static long try_overwrite_fd(char **argument)
{
	int fd = (int)number(argument[0]);
	must("F_SETFL", fcntl(fd, F_SETFL, fcntl(fd, F_GETFL) & ~O_APPEND));
	return pwrite(fd, "evil", 4, 0);
}

static long try_lease(char **argument)
{
	return fcntl(open_to_read(argument[0]), F_SETLEASE, F_RDLCK);
}

static long try_lock(char **argument)
{
	return flock(open_to_read(argument[0]), LOCK_EX | LOCK_NB);
}

/* --- processes ------------------------------------------------------------------------------- */

/* A priority that everyone may take: GROUP|USER WHO. */
static long try_renice(char **argument)
{
	return setpriority(priority_of(argument[0]), (id_t)number(argument[1]), 19);
}

static long try_ioprio(char **argument)
{
	return set_io_idle(priority_of(argument[0]), number(argument[1]));
}

static long try_ioprio_get(char **argument)
{
	answer(must("ioprio_get", syscall(SYS_ioprio_get, 1, number(argument[0]))));
}

/* A limit of processor time that has passed: the kernel kills the process. */
static long try_prlimit(char **argument)
{
	struct rlimit limit = {.rlim_cur = 0, .rlim_max = 0};
	return prlimit((pid_t)number(argument[0]), RLIMIT_CPU, &limit, NULL);
}

static long try_prlimit_files(char **argument)
{
	struct rlimit limit = {.rlim_cur = 0, .rlim_max = 0};
	return prlimit((pid_t)number(argument[0]), RLIMIT_NOFILE, &limit, NULL);
}

static long try_write_memory(char **argument)
{
	char byte = 0;
	struct iovec ours = {&byte, 1}, theirs = {(void *)&number, 1};
	return process_vm_writev((pid_t)number(argument[0]), &ours, 1, &theirs, 1, 0);
}

static long try_read_memory(char **argument)
{
	char byte;
	struct iovec ours = {&byte, 1}, theirs = {(void *)&number, 1};
	return process_vm_readv((pid_t)number(argument[0]), &ours, 1, &theirs, 1, 0);
}

static long try_attach(char **argument)
{
	return syscall(SYS_ptrace, 16L, number(argument[0]), NULL, NULL);
}

/* Take back what was armed to end this process with its parent: COMMAND, which goes on with it. */
static long try_outlive(char **argument)
{
	must("PR_SET_PDEATHSIG", prctl(PR_SET_PDEATHSIG, 0));
	must("setsid", setsid());
	for (int number = 1; number < NSIG; number++)
		signal(number, SIG_IGN);
	return execl("/bin/sh", "sh", "-c", argument[0], NULL);
}

/* --- terminal -------------------------------------------------------------------------------- */

/*
 * The terminal tells its foreground process group that there is room for output again, if one of
 * its files asks for it, and by the signal that this one chooses: whoever sets it, sends it.
 */
static long try_async(char **argument)
{
	static char text[1 << 16];
	struct pollfd room = {.fd = 0, .events = POLLOUT};

	signal((int)number(argument[0]), SIG_IGN);
	must("F_SETSIG", fcntl(0, F_SETSIG, (int)number(argument[0])));
	must("F_SETFL", fcntl(0, F_SETFL, O_RDWR | O_NONBLOCK | O_ASYNC));
	memset(text, '\n', sizeof(text));
	for (int i = 0; i < 10; i++) {
		while (write(0, text, sizeof(text)) == (long)sizeof(text))
			;
		must("poll", poll(&room, 1, 20000));
	}
	return 0;
}

static long try_become_controlling(char **argument)
{
	pid_t child = (pid_t)must("fork", fork());

	if (!child) {
		must("setsid", setsid());
		if (ioctl(0, TIOCSCTTY, number(argument[0])) == 0)
			exit(0);
		exit(errno);
	}
	errno = wait_for(child);
	return errno ? -1 : 0;
}

/* What is not in termios: exclusive use, another line discipline, output that is held. */
static long try_exclusive(char **argument)
{
	(void)argument;
	return ioctl(0, TIOCEXCL);
}

static long try_discipline(char **argument)
{
	int discipline = (int)number(argument[0]);
	return ioctl(0, TIOCSETD, &discipline);
}

static long try_hold_output(char **argument)
{
	(void)argument;
	return tcflow(0, TCOOFF);
}

/* How many bytes somebody has typed that nobody has read yet. */
static long try_waiting_input(char **argument)
{
	int count;
	(void)argument;
	if (ioctl(0, FIONREAD, &count))
		return -1;
	answer(count);
}

/* As often as can be, so that it stops between a look at the terminal and a write. */
static long try_flip_output(char **argument)
{
	(void)argument;
	while (tcflow(0, TCOOFF) == 0 && tcflow(0, TCOON) == 0)
		continue;
	return -1;
}

/* Of the open file, which the caller's shell shares. */
static long try_set_flags(char **argument)
{
	return fcntl(0, F_SETFL, fcntl(0, F_GETFL) | (int)number(argument[0]));
}

static long try_get_flags(char **argument)
{
	(void)argument;
	answer(fcntl(0, F_GETFL) & (O_NONBLOCK | O_ASYNC | O_APPEND));
}

static long try_line_discipline(char **argument)
{
	int discipline = -1;
	(void)argument;
	must("TIOCGETD", ioctl(0, TIOCGETD, &discipline));
	answer(discipline);
}

/* --- communication --------------------------------------------------------------------------- */

static long try_make_shm(char **argument)
{
	return shmget((key_t)number(argument[0]), 4096, IPC_CREAT | 0666);
}

static long try_shm(char **argument)
{
	return shmget((key_t)number(argument[0]), 0, 0);
}

static long try_remove_shm(char **argument)
{
	int id = (int)must("shmget", shmget((key_t)number(argument[0]), 0, 0));
	return shmctl(id, IPC_RMID, NULL);
}

static long try_make_queue(char **argument)
{
	return msgget((key_t)number(argument[0]), IPC_CREAT | 0666);
}

static long try_queue(char **argument)
{
	return msgget((key_t)number(argument[0]), 0);
}

static long try_remove_queue(char **argument)
{
	int id = (int)must("msgget", msgget((key_t)number(argument[0]), 0));
	return msgctl(id, IPC_RMID, NULL);
}

static long try_make_semaphore(char **argument)
{
	return semget((key_t)number(argument[0]), 1, IPC_CREAT | 0666);
}

static long try_semaphore(char **argument)
{
	return semget((key_t)number(argument[0]), 0, 0);
}

static long try_remove_semaphore(char **argument)
{
	int id = (int)must("semget", semget((key_t)number(argument[0]), 0, 0));
	return semctl(id, 0, IPC_RMID);
}

static long try_make_mq(char **argument)
{
	return mq_open(argument[0], O_CREAT | O_RDWR, 0666, NULL);
}

static long try_mq(char **argument)
{
	return mq_open(argument[0], O_WRONLY);
}

static long try_remove_mq(char **argument)
{
	return mq_unlink(argument[0]);
}

/* PATH TEXT */
static long try_send_datagram(char **argument)
{
	struct sockaddr_un address;
	socklen_t length = unix_address(&address, argument[0], false);
	int fd = (int)must("socket", socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0));
	return sendto(fd, argument[1], strlen(argument[1]), 0, (struct sockaddr *)&address, length);
}

/* On the host: print the first datagram that comes, and end. */
static long try_receive(char **argument)
{
	struct sockaddr_un address;
	socklen_t length = unix_address(&address, argument[0], false);
	char text[64] = {0};
	int fd = (int)must("socket", socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0));
	must("bind", bind(fd, (struct sockaddr *)&address, length));
	puts("ready");
	must("recv", recv(fd, text, sizeof(text) - 1, 0));
	printf("received %s\n", text);
	exit(0);
}

/* A key in the user's own keyring, with the permissions that a new key has: prints its number. */
static long try_add_key(char **argument)
{
	answer(must("add_key", syscall(SYS_add_key, "user", argument[0], "secret", (size_t)6,
				       KEY_SPEC_USER_KEYRING)));
}

static long try_open_key(char **argument)
{
	return syscall(SYS_keyctl, KEYCTL_SETPERM, number(argument[0]), 0x3f3f0000);
}

static long try_read_key(char **argument)
{
	char data[16];
	return syscall(SYS_keyctl, KEYCTL_READ, number(argument[0]), data, sizeof(data));
}

static long try_link_key(char **argument)
{
	return syscall(SYS_keyctl, KEYCTL_LINK, number(argument[0]), KEY_SPEC_PROCESS_KEYRING, 0);
}

static long try_revoke_key(char **argument)
{
	return syscall(SYS_keyctl, KEYCTL_REVOKE, number(argument[0]));
}

static long try_remove_key(char **argument)
{
	return syscall(SYS_keyctl, KEYCTL_UNLINK, number(argument[0]), KEY_SPEC_USER_KEYRING);
}

static long try_find_user_key(char **argument)
{
	return syscall(SYS_keyctl, KEYCTL_SEARCH, KEY_SPEC_USER_KEYRING, "user", argument[0], 0);
}

/* --- the ways around a filter ---------------------------------------------------------------- */

static long end_of_child(pid_t child)
{
	if (!child)
		_exit(0);
	wait_for(child);
	return 0;
}

#ifdef __x86_64__
/* i386 numbers: open 5, creat 8, mknod 14, ioctl 54, fchmod 94, openat 295, mknodat 297,
   fchmodat 306, socketpair 360, io_uring_setup 425, openat2 437, fchmodat2 452 */
static long try_open_32(char **argument)
{
	return int80(5, (long)low_text(argument[0]), O_CREAT | O_WRONLY, mode(argument[1]), 0, 0);
}

static long try_creat_32(char **argument)
{
	return int80(8, (long)low_text(argument[0]), mode(argument[1]), 0, 0, 0);
}

static long try_mknod_32(char **argument)
{
	return int80(14, (long)low_text(argument[0]), S_IFREG | mode(argument[1]), 0, 0, 0);
}

static long try_openat_32(char **argument)
{
	return int80(295, AT_FDCWD, (long)low_text(argument[0]), O_CREAT | O_WRONLY,
		mode(argument[1]), 0);
}

static long try_fchmodat_32(char **argument)
{
	return int80(306, AT_FDCWD, (long)low_text(argument[0]), mode(argument[1]), 0, 0);
}

static long try_openat2_32(char **argument)
{
	return int80(437, AT_FDCWD, (long)low_text(argument[0]), 0, 0, 0);
}

static long try_io_uring_32(char **argument)
{
	(void)argument;
	return int80(425, 1, (long)low_text(""), 0, 0, 0);
}

static long try_clone3_32(char **argument)
{
	(void)argument;
	long child = int80(435, (long)low_text(""), 64, 0, 0, 0);
	return child < 0 ? child : end_of_child((pid_t)child);
}

static long try_tiocsti_32(char **argument)
{
	(void)argument;
	return int80(54, 0, TIOCSTI, (long)low_text("x"), 0, 0);
}

static long try_socketpair_32(char **argument)
{
	(void)argument;
	return int80(360, AF_UNIX, SOCK_DGRAM, 0, (long)low_text("        "), 0);
}

static long try_chmod_x32(char **argument)
{
	return syscall(X32 | 90, argument[0], mode(argument[1]));
}

static long try_socket_x32(char **argument)
{
	(void)argument;
	return syscall(X32 | 41, AF_UNIX, SOCK_STREAM, 0);
}

static long try_io_uring_x32(char **argument)
{
	char parameters[256] = {0};
	(void)argument;
	return syscall(X32 | 425, 1, parameters);
}

static long try_tiocsti_x32(char **argument)
{
	(void)argument;
	return syscall(X32 | 514, 0, TIOCSTI, "x");
}
#endif

/* A new process by clone3, whose flags no filter can see. */
static long clone3(uint64_t flags, int cgroup)
{
	struct clone_args arguments = {
		.flags = flags,
		.exit_signal = SIGCHLD,
		.cgroup = (uint64_t)cgroup,
	};
	return syscall(SYS_clone3, &arguments, sizeof(arguments));
}

static long try_clone3(char **argument)
{
	long child = clone3((uint64_t)strtoull(argument[0], NULL, 0), 0);
	return child < 0 ? child : end_of_child((pid_t)child);
}

/* Into a control group of the host: its files are read-only in here, but this writes to none. */
static long try_clone3_cgroup(char **argument)
{
	long child = clone3(INTO_CGROUP, open_directory(argument[0]));
	return child < 0 ? child : end_of_child((pid_t)child);
}

/* --- privileges ------------------------------------------------------------------------------ */

static long try_mknod_char(char **argument)
{
	return mknod(argument[0], S_IFCHR | 0666,
		makedev((unsigned int)number(argument[1]), (unsigned int)number(argument[2])));
}

static long try_mknod_block(char **argument)
{
	return mknod(argument[0], S_IFBLK | 0666,
		makedev((unsigned int)number(argument[1]), (unsigned int)number(argument[2])));
}

/* The user that a program runs as, by its file. */
static long try_ids(char **argument)
{
	(void)argument;
	printf("%d %d\n", (int)geteuid(), (int)getegid());
	exit(0);
}

static long try_ambient(char **argument)
{
	return prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE, number(argument[0]), 0, 0);
}

static long try_setuid(char **argument)
{
	return setresuid(
		(uid_t)number(argument[0]), (uid_t)number(argument[0]), (uid_t)number(argument[0]));
}

static long try_setgroups(char **argument)
{
	gid_t group = (gid_t)number(argument[0]);
	return syscall(SYS_setgroups, 1, &group);
}

/* --------------------------------------------------------------------------------------------- */

static const struct attack attacks[] = {
	{"remount", 1, try_remount},
	{"remount-super", 1, try_remount_super},
	{"set-writable", 1, try_set_writable},
	{"set-writable-deep", 1, try_set_writable_deep},
	{"set-suid", 1, try_set_suid},
	{"set-dev", 1, try_set_dev},
	{"umount", 1, try_umount},
	{"move", 2, try_move},
	{"move-mount", 2, try_move_mount},
	{"bind-flat", 2, try_bind_flat},
	{"bind-deep", 2, try_bind_deep},
	{"clone-flat", 1, try_clone_flat},
	{"clone-and-uncover", 3, try_clone_and_uncover},
	{"clone-and-set-writable", 1, try_clone_and_set_writable},
	{"beneath", 1, try_beneath},
	{"fsopen", 1, try_fsopen},
	{"fresh", 3, try_fresh},
	{"overlay", 2, try_overlay},
	{"overlay-upper", 3, try_overlay_upper},
	{"pivot-root", 1, try_pivot_root},
	{"chroot", 1, try_chroot},
	{"setns", 1, try_setns},
	{"setns-pid", 1, try_setns_pid},
	{"handle", 1, try_handle},
	{"open-handle", 3, try_open_handle},
	{"create-at", 2, try_create_at},
	{"fchdir", 1, try_fchdir},
	{"reopen", 1, try_reopen},
	{"link-fd", 2, try_link_fd},
	{"link-fd-proc", 2, try_link_fd_proc},
	{"truncate-fd", 1, try_truncate_fd},
	{"overwrite-fd", 1, try_overwrite_fd},
	{"lease", 1, try_lease},
	{"lock", 1, try_lock},
	{"renice", 2, try_renice},
	{"ioprio", 2, try_ioprio},
	{"ioprio-get", 1, try_ioprio_get},
	{"prlimit", 1, try_prlimit},
	{"prlimit-files", 1, try_prlimit_files},
	{"write-memory", 1, try_write_memory},
	{"read-memory", 1, try_read_memory},
	{"attach", 1, try_attach},
	{"outlive", 1, try_outlive},
	{"async", 1, try_async},
	{"become-controlling", 1, try_become_controlling},
	{"exclusive", 0, try_exclusive},
	{"discipline", 1, try_discipline},
	{"hold-output", 0, try_hold_output},
	{"waiting-input", 0, try_waiting_input},
	{"flip-output", 0, try_flip_output},
	{"set-flags", 1, try_set_flags},
	{"get-flags", 0, try_get_flags},
	{"line-discipline", 0, try_line_discipline},
	{"make-shm", 1, try_make_shm},
	{"shm", 1, try_shm},
	{"remove-shm", 1, try_remove_shm},
	{"make-queue", 1, try_make_queue},
	{"queue", 1, try_queue},
	{"remove-queue", 1, try_remove_queue},
	{"make-semaphore", 1, try_make_semaphore},
	{"semaphore", 1, try_semaphore},
	{"remove-semaphore", 1, try_remove_semaphore},
	{"make-mq", 1, try_make_mq},
	{"mq", 1, try_mq},
	{"remove-mq", 1, try_remove_mq},
	{"send-datagram", 2, try_send_datagram},
	{"receive", 1, try_receive},
	{"add-key", 1, try_add_key},
	{"open-key", 1, try_open_key},
	{"read-key", 1, try_read_key},
	{"link-key", 1, try_link_key},
	{"revoke-key", 1, try_revoke_key},
	{"remove-key", 1, try_remove_key},
	{"find-user-key", 1, try_find_user_key},
#ifdef __x86_64__
	{"open-32", 2, try_open_32},
	{"creat-32", 2, try_creat_32},
	{"mknod-32", 2, try_mknod_32},
	{"openat-32", 2, try_openat_32},
	{"fchmodat-32", 2, try_fchmodat_32},
	{"openat2-32", 1, try_openat2_32},
	{"io-uring-32", 0, try_io_uring_32},
	{"clone3-32", 0, try_clone3_32},
	{"tiocsti-32", 0, try_tiocsti_32},
	{"socketpair-32", 0, try_socketpair_32},
	{"chmod-x32", 2, try_chmod_x32},
	{"socket-x32", 0, try_socket_x32},
	{"io-uring-x32", 0, try_io_uring_x32},
	{"tiocsti-x32", 0, try_tiocsti_x32},
#endif
	{"clone3", 1, try_clone3},
	{"clone3-cgroup", 1, try_clone3_cgroup},
	{"mknod-char", 3, try_mknod_char},
	{"mknod-block", 3, try_mknod_block},
	{"ids", 0, try_ids},
	{"ambient", 1, try_ambient},
	{"setuid", 1, try_setuid},
	{"setgroups", 1, try_setgroups},
	{NULL, 0, NULL},
};

/* --------------------------------------------------------------------------------------------- */

/* with-path FD PATH COMMAND…: run it with a descriptor that only names a path. */
static void run_with_path(int argc, char **argv)
{
	if (argc < 5 || strcmp(argv[1], "with-path") != 0)
		return;
	execute_with(argv + 2, O_PATH);
}

int main(int argc, char **argv)
{
	setvbuf(stdout, NULL, _IOLBF, 0);
	run_with_path(argc, argv);
	return attack_main(attacks, argc, argv);
}
