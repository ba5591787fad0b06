/*
 * Child side: init, the first process of the sandbox (pid 1 in its pid namespace).
 *
 * init_main() is the table of contents: identity, mounts, the check of what was built, the end of
 * its own privileges, the command, and then reaping until the command ends.  When init ends, however
 * it ends, the kernel kills everything else in the pid namespace.
 *
 *   supervisor                          host namespaces, the caller's rights
 *     └─ init         new namespaces    capabilities until restrict_drop_privileges(), then none
 *          └─ command the same          none
 */
#include "base/idle.h"
#include "child/close_each.h"
#include "mount/support.h"
#include "ops/layout.h"
#include "sandbox/child.h"

#include <net/if.h>
#include <sched.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/signalfd.h>

/* Say what failed, and end: nothing of what comes after may happen. */
static void __attribute__((noreturn)) fail(const struct child *child, int error)
{
	struct message message = {.type = MESSAGE_FAILED};
	message.failed.stage = child->stage;
	message.failed.call = child->call;
	message.failed.op = child->op;
	message.failed.error = error;
	for (size_t i = 0; child->detail && child->detail[i] && i < NAME_MAX; i++)
		message.failed.detail[i] = child->detail[i];
	/* The supervisor tells a lost message from a started command by its end-of-file. */
	(void)message_send(child->frozen->socket, &message, -1);
	_exit(RIND_EXIT_FAILURE);
}

static void run(struct child *child, enum stage stage, int (*step)(struct child *))
{
	child->stage = stage;
	int error = step(child);
	if (error < 0)
		fail(child, error);
}

/* --- descriptors ------------------------------------------------------------------------------- */

/*
 * End with the supervisor.  The signal is armed before all else; a supervisor that died before that
 * shows as a closed socket, here and at every later use of it, once init's copy of that end is gone.
 */
static int follow_supervisor(struct child *child)
{
	struct pollfd socket = {.fd = child->frozen->socket, .events = POLLIN};
	int error = 0;

	if (child->frozen->arm_parent_death_signal)
		error = sys_die_with_parent();
	if (error < 0)
		return (int)child_noted(child, CALL_PRCTL, error);
	close(child->frozen->supervisor_socket);
	if (sys_poll(&socket, 1, 0) > 0 && socket.revents & POLLHUP)
		_exit(RIND_EXIT_FAILURE);
	return 0;
}

/* A caller without a SIGCHLD disposition of its own would have init's children reap themselves. */
static int reset_child_signal(void)
{
	struct sigaction action = {.sa_handler = SIG_DFL};
	return (int)sys_result(sigaction(SIGCHLD, &action, NULL));
}

/* Open /dev/null as fd, if that is not open. */
static int occupy(struct child *child, int fd)
{
	long flags = sys_result(fcntl(fd, F_GETFD));
	if (flags >= 0)
		return 0;
	if (flags != -EBADF)
		return (int)child_noted(child, CALL_FCNTL, flags);
	int null = sys_openat(AT_FDCWD, "/dev/null", O_RDWR, 0);
	if (null != fd)
		return (int)child_noted(child, CALL_OPEN, null < 0 ? null : -EIO);
	return (int)child_noted(child, CALL_FCNTL, sys_result(fcntl(null, F_SETFD, 0)));
}

/* Where the caller's is not to be the command's. */
static int replace_input(struct child *child)
{
	if (!child->frozen->null_stdin)
		return 0;
	close(STDIN_FILENO);
	return occupy(child, STDIN_FILENO);
}

/* While /proc is the host's; and above the descriptors that are the command's. */
static int open_self(struct child *child)
{
	const struct host_support *support = &child->frozen->support;

	/* Without namespaces nothing is mounted. */
	bool needed = child->frozen->namespaces ? host_support_needs_proc(support)
						: !support->close_range || !support->mount_root;
	if (child->proc_self >= 0 || !needed)
		return 0;
	child->proc_self = sys_openat(AT_FDCWD, "/proc/self", O_PATH | O_DIRECTORY, 0);
	if (child->proc_self < 0)
		return (int)child_noted(child, CALL_OPEN_SELF, child->proc_self);
	return (int)child_noted(child, CALL_FCNTL, fd_move_above_stdio(&child->proc_self));
}

static int close_descriptors(struct child *child, unsigned int first, unsigned int last)
{
	if (first > last)
		return 0;
	if (child->frozen->support.close_range)
		return sys_close_range(first, last, 0);
	return close_each(child->proc_self, first, last, child->proc_self);
}

static int arrange_descriptors(struct child *child)
{
	const struct frozen *frozen = child->frozen;

	int error = follow_supervisor(child);
	if (!error)
		error = reset_child_signal();
	/* Otherwise only after it, since close_range() spares none. */
	if (!error && !frozen->support.close_range)
		error = open_self(child);
	for (size_t i = 0; !error && i < frozen->close_range_count; i++)
		error = (int)child_noted(child, CALL_CLOSE_RANGE,
			close_descriptors(child, frozen->close_ranges[i].first,
				frozen->close_ranges[i].last));
	if (!error)
		error = replace_input(child);
	/* Lowest first, so that each open lands in the gap it is to fill. */
	for (int fd = STDIN_FILENO; !error && fd <= STDERR_FILENO; fd++)
		error = occupy(child, fd);
	return error < 0 ? error : open_self(child);
}

/* --- identity ---------------------------------------------------------------------------------- */

static int write_file(struct child *child, const char *path, const char *text)
{
	_cleanup_close_ int fd = sys_openat(AT_FDCWD, path, O_WRONLY, 0);
	if (fd < 0)
		return (int)child_noted(child, CALL_OPEN, fd);
	return (int)child_noted(child, CALL_WRITE, sys_write_whole(fd, text));
}

static int write_id_maps(struct child *child)
{
	if (!child->frozen->uid_map)
		return 0; /* no user namespace, or one that others map */
	/* The kernel wants setgroups denied before an unprivileged process may map a group. */
	int error = write_file(child, "/proc/self/setgroups", "deny");
	if (!error)
		error = write_file(child, "/proc/self/uid_map", child->frozen->uid_map);
	if (!error)
		error = write_file(child, "/proc/self/gid_map", child->frozen->gid_map);
	return error;
}

static int raise_loopback(struct child *child)
{
	struct ifreq request = {.ifr_name = "lo"};

	if (!(child->frozen->namespaces & PLAN_NS_NET))
		return 0;
	_cleanup_close_ int fd =
		sys_descriptor(sys_result(socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0)));
	if (fd < 0)
		return (int)child_noted(child, CALL_SOCKET, fd);
	/* The kernel gives the loopback its addresses when it is brought up. */
	request.ifr_flags = IFF_UP;
	return (int)child_noted(child, CALL_IOCTL, sys_result(ioctl(fd, SIOCSIFFLAGS, &request)));
}

static int set_hostname(struct child *child)
{
	const char *name = child->frozen->hostname;
	if (!name)
		return 0;
	return (int)child_noted(
		child, CALL_SETHOSTNAME, sys_result(sethostname(name, strlen(name))));
}

/* --- after the mounts -------------------------------------------------------------------------- */

static int join_new_keyring(struct child *child)
{
	/* The caller's session keyring holds the caller's secrets. */
	int error = sys_new_session_keyring();
	return error > 0 ? 0 : (int)child_noted(child, CALL_KEYCTL, error);
}

static int drop_privileges(struct child *child)
{
	int error = restrict_drop_privileges(child);
	return error < 0 ? error : check_privileges(child);
}

static int change_directory(struct child *child)
{
	/* As the command will: with its rights, and without following what was no symlink before. */
	_cleanup_close_ int fd = walk_open(child->frozen->directory);
	if (fd < 0)
		return (int)child_noted(child, CALL_CHDIR, fd);
	int error = (int)child_noted(child, CALL_CHDIR, sys_result(fchdir(fd)));
	return error < 0 ? error : check_directory(child, fd);
}

static int start_session(struct child *child)
{
	if (!child->frozen->new_session)
		return 0;
	return (int)child_noted(child, CALL_SETSID, sys_new_session());
}

static void collect_namespaces(const struct frozen *frozen, struct rind_namespaces *ret)
{
	const struct {
		const char *path;
		uint64_t *inode;
	} files[] = {
		{"/proc/self/ns/cgroup", &ret->cgroup},
		{"/proc/self/ns/ipc", &ret->ipc},
		{"/proc/self/ns/mnt", &ret->mnt},
		{"/proc/self/ns/net", &ret->net},
		{"/proc/self/ns/pid", &ret->pid},
		{"/proc/self/ns/user", &ret->user},
		{"/proc/self/ns/uts", &ret->uts},
	};
	struct stat stat;

	if (!frozen->want_namespaces)
		return;
	/* For information only: what cannot be read (no /proc in the sandbox) stays 0. */
	for (size_t i = 0; i < sizeof(files) / sizeof(*files); i++)
		*files[i].inode =
			sys_fstatat(AT_FDCWD, files[i].path, &stat, 0) < 0 ? 0 : stat.st_ino;
}

/* --- the command ------------------------------------------------------------------------------- */

/*
 * The command's process shares init's memory and stack, and init waits.  It sees that it is one: init
 * itself must not become the command, if ever the call returns as in a child and has made none.
 */
static int __attribute__((noinline)) fork_command(struct child *child)
{
	child->init = getpid();
	int pid = vfork();
	if (pid == 0) {
		child->self = getpid();
		if (child->self == child->init)
			fail(child, child_noted(child, CALL_CLONE, -EIO));
		_exit(command_main(child));
	}
	return (int)sys_result(pid);
}

/* Create the command; it has executed, or failed, when this returns. */
static int create_command(struct child *child)
{
	int pid = fork_command(child);
	if (pid < 0)
		return (int)child_noted(child, CALL_CLONE, pid);
	if (child->command_error < 0)
		fail(child, child->command_error);
	return pid;
}

static void announce_command(struct child *child, const struct rind_namespaces *namespaces, int pid)
{
	struct message message = {.type = MESSAGE_STARTED};
	message.started.pid = pid;
	message.started.proc = child->proc_made;
	message.started.namespaces = *namespaces;
	/* Without a supervisor there is nobody to run for. */
	if (message_send(child->frozen->socket, &message, -1) < 0 &&
		child->frozen->follow_supervisor)
		_exit(RIND_EXIT_FAILURE);
}

/*
 * waitpid(2), but not for what has only stopped.  That is told to a tracer alone, which init becomes of a child
 * that asks its parent to trace it (PTRACE_TRACEME); it goes on untraced, with the signal that stopped it.
 */
static long wait_for_ended(int *status)
{
	long pid;

	while ((pid = sys_result(waitpid(-1, status, WNOHANG))) > 0 && WIFSTOPPED(*status)) {
		/* The kernel's own, after an exec, would end it. */
		long signal = WSTOPSIG(*status) == SIGTRAP ? 0 : WSTOPSIG(*status);
		(void)syscall(SYS_ptrace, PTRACE_DETACH, pid, 0L, signal);
	}
	return pid;
}

/*
 * Reap one process: its id, 0 when there is none to reap yet, -ECHILD when there will be none.  The
 * signal that says that one has ended comes once: so "none", if it is the first answer after it, is
 * not believed at once.
 */
static int next_ended(int *status, bool reaped)
{
	long pid = wait_for_ended(status);
	if (pid == 0 && !reaped)
		pid = wait_for_ended(status);
	if (pid < 0 && pid != -ECHILD)
		_exit(RIND_EXIT_FAILURE);
	return (int)pid;
}

/*
 * Reap what has ended, and end with the command.  In a layout what the command has left behind goes
 * on, as long as it has not been asked to end with the supervisor.
 */
static void reap(struct child *child, int command)
{
	struct message message = {.type = MESSAGE_EXITED};
	bool ended = false, reaped = false;
	int pid, status;

	while ((pid = next_ended(&status, reaped)) > 0) {
		reaped = true;
		if (pid != command)
			continue;
		message.exited.status = status;
		ended = true;
		if (!child->frozen->layout)
			break;
	}
	/* Nothing left to wait for; before the command has ended there always is. */
	message.exited.last = pid < 0 || !child->frozen->layout;
	if (ended) {
		replaced_collect(child, &message.exited.replaced);
		(void)message_send(child->frozen->socket, &message, -1);
	}
	if (pid < 0 || (ended && !child->frozen->layout))
		_exit(0);
}

/*
 * To all but init.  What stops a process in any case comes after what it may prepare for (SIGTSTP): so wait
 * until the first one has stopped, for a moment.
 */
static void signal_all(int number, int signals)
{
	enum { MOMENT_MS = 300 };
	struct pollfd stopped = {.fd = signals, .events = POLLIN};

	if (number == SIGSTOP)
		(void)sys_poll(&stopped, 1, MOMENT_MS);
	kill(-1, number);
}

/* Pass a signal on from the supervisor.  Returns whether it is still there. */
static bool obey(const struct child *child, int command, int signals)
{
	struct message message;
	int fd;
	int received = message_receive(child->frozen->socket, &message, &fd, MSG_DONTWAIT);

	if (received == -EAGAIN)
		return true;
	if (received <= 0 && !child->frozen->follow_supervisor)
		return false;
	if (received <= 0 || message.type != MESSAGE_SIGNAL)
		_exit(RIND_EXIT_FAILURE);
	/* Without a pid namespace of its own "all" would be the host's. */
	if (message.signal.all && child->frozen->namespaces & PLAN_NS_PID) {
		signal_all(message.signal.number, signals);
		(void)message_send_flags(child->frozen->socket, &message, -1, MSG_DONTWAIT);
	} else if (!message.signal.all)
		kill(message.signal.group ? -command : command, message.signal.number);
	return true;
}

/*
 * Poll(2) refuses more descriptors than RLIMIT_NOFILE allows, and limits of init are anybody's of the same user:
 * in a layout, where no filter of ours is, the command's.  select(2) has no such limit.
 */
static int wait_by_select(struct pollfd *fds, size_t count)
{
	enum { BITS = 8 * sizeof(unsigned long) };
	static unsigned long set[1 << 10];
	int end = 0;

	memset(set, 0, sizeof(set));
	for (size_t i = 0; i < count; i++) {
		if (fds[i].fd >= (int)(BITS * (sizeof(set) / sizeof(*set))))
			return -EINVAL;
		if (fds[i].fd < 0)
			continue;
		set[fds[i].fd / BITS] |= 1UL << fds[i].fd % BITS;
		end = fds[i].fd >= end ? fds[i].fd + 1 : end;
	}
	long ready = sys_result(syscall(SYS_pselect6, end, set, NULL, NULL, NULL, NULL));
	if (ready == -EINTR)
		memset(set, 0, sizeof(set));
	else if (ready < 0)
		return (int)ready;
	for (size_t i = 0; i < count; i++)
		fds[i].revents = fds[i].fd >= 0 && set[fds[i].fd / BITS] >> fds[i].fd % BITS & 1
					 ? POLLIN
					 : 0;
	return 0;
}

static void wait_for_events(struct pollfd *fds, size_t count)
{
	int ready = idle_poll(fds, (unsigned int)count, -1);
	if (ready == -EINVAL)
		ready = wait_by_select(fds, count);
	if (ready < 0)
		_exit(RIND_EXIT_FAILURE);
}

static void __attribute__((noreturn)) serve(struct child *child, int command, int signals)
{
	struct pollfd fds[] = {
		{.fd = signals, .events = POLLIN},
		{.fd = child->frozen->socket, .events = POLLIN},
		{.fd = child->frozen->end_fds[0], .events = POLLIN}, /* poll(2) passes over -1 */
		{.fd = child->frozen->end_fds[1], .events = POLLIN},
	};
	struct signalfd_siginfo info;

	for (;;) {
		wait_for_events(fds, sizeof(fds) / sizeof(*fds));
		/* Whoever the sandbox is for has ended. */
		if (fds[2].revents || fds[3].revents)
			_exit(RIND_EXIT_FAILURE);
		if (fds[1].revents && !obey(child, command, signals))
			fds[1].fd = -1; /* poll(2) passes over it */
		if (fds[0].revents && read(signals, &info, sizeof(info)) > 0)
			reap(child, command);
	}
}

/* All signals are blocked in init; the one it waits for is read from here. */
static int open_child_signals(struct child *child)
{
	sigset_t set;
	sigemptyset(&set);
	sigaddset(&set, SIGCHLD);
	return (int)child_noted(child, CALL_SIGNALFD,
		sys_descriptor(sys_result(signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK))));
}

/* Close the others: keep none of the caller's, none that is worth stealing. */
static int close_all_but_held(struct child *child)
{
	unsigned int next = 0;
	int error = 0;

	for (size_t i = 0; !error && i < child->held; i++) {
		unsigned int fd = (unsigned int)child->frozen->held[i];
		if (fd > next)
			error = close_descriptors(child, next, fd - 1);
		next = fd + 1;
	}
	if (!error)
		error = close_descriptors(child, next, ~0U);
	/* Without statx the last look needs it; /proc may be empty by now. */
	if (child->frozen->support.mount_root)
		close_fd(&child->proc_self);
	return (int)child_noted(child, CALL_CLOSE_RANGE, error);
}

/* The command of a layout may have been given rights; from here on init needs none. */
static void give_up_rights(struct child *child)
{
	int error = child->frozen->layout ? layout_restrict_init(child) : 0;
	if (error < 0)
		fail(child, error);
}

static void __attribute__((noreturn)) run_command(struct child *child)
{
	struct rind_namespaces namespaces = {0};

	child->stage = STAGE_COMMAND;
	collect_namespaces(child->frozen, &namespaces);
	int signals = open_child_signals(child);
	if (signals < 0)
		fail(child, signals);
	/* Once more: the command must not find an init that it can trace, however early it looks. */
	int error = child->frozen->layout ? layout_guard_birth(child) : 0;
	if (error < 0)
		fail(child, error);
	int command = create_command(child);
	if (command < 0)
		fail(child, command);
	give_up_rights(child);
	announce_command(child, &namespaces, command);
	child_hold(child, child->frozen->socket);
	child_hold(child, signals);
	for (size_t i = 0; i < FROZEN_ENDS; i++)
		if (child->frozen->end_fds[i] >= 0)
			child_hold(child, child->frozen->end_fds[i]);
	if (child->proc_self >= 0)
		child_hold(child, child->proc_self);
	error = close_all_but_held(child);
	if (error < 0)
		fail(child, error);
	serve(child, command, signals);
}

/*
 * Full access: no namespaces, so no init; this process becomes the command.  Where there are no pidfds,
 * it has an init all the same, only to tell its end.
 */
static void __attribute__((noreturn)) become_command(struct child *child)
{
	run(child, STAGE_DESCRIPTORS, follow_supervisor);
	run(child, STAGE_DESCRIPTORS, replace_input);
	run(child, STAGE_DESCRIPTORS, open_self);
	run(child, STAGE_DIRECTORY, change_directory);
	if (child->frozen->has_init) {
		child->parent = getpid();
		run_command(child);
	}
	(void)command_main(child);
	fail(child, child->command_error);
}

/* A layout, to the point at which its command can begin. */
static void set_up_layout(struct child *child)
{
	run(child, STAGE_DESCRIPTORS, arrange_descriptors);
	run(child, STAGE_RELEASE, layout_await_release);
	run(child, STAGE_IDENTITY, layout_become_user);
	run(child, STAGE_NETWORK, raise_loopback);
	run(child, STAGE_ID_MAPS, write_id_maps);
	run(child, STAGE_HOSTNAME, set_hostname);
	run(child, STAGE_ROOT, layout_open_root);
	run(child, STAGE_SOURCE, layout_gather);
	run(child, STAGE_ENTRY, layout_apply);
	run(child, STAGE_ROOT, layout_enter_root);
	run(child, STAGE_SECOND_USER_NAMESPACE, layout_leave_first_user_namespace);
	run(child, STAGE_PRIVILEGES, layout_restrict);
	run(child, STAGE_BLOCK, layout_await_caller);
	run(child, STAGE_FILTER_DATA, layout_read_filter);
	run(child, STAGE_DIRECTORY, layout_change_directory);
	run(child, STAGE_SESSION, start_session);
	run(child, STAGE_LOCK, layout_take_locks);
	run(child, STAGE_CHECK, layout_check);
}

static void __attribute__((noreturn)) run_layout(struct child *child)
{
	set_up_layout(child);
	if (child->frozen->has_init)
		run_command(child);
	(void)command_main(child);
	fail(child, child->command_error);
}

void init_main(const struct frozen *frozen)
{
	struct child child = {
		.frozen = frozen,
		.devices = {-1, -1, -1, -1, -1, -1},
		.dev = -1,
		.ruleset = -1,
		.proc_self = -1,
		.shelf = -1,
		.lone = -1,
		.root = -1,
		.console = -1,
		.proc = -1,
		.scratch = -1,
		.base = -1,
	};

	if (frozen->layout)
		run_layout(&child);
	if (!frozen->namespaces)
		become_command(&child);

	run(&child, STAGE_DESCRIPTORS, arrange_descriptors);
	run(&child, STAGE_ID_MAPS, write_id_maps);
	run(&child, STAGE_NETWORK, raise_loopback);
	run(&child, STAGE_HOSTNAME, set_hostname);
	run(&child, STAGE_STREAMS, streams_gather);
	run(&child, STAGE_TERMINALS, terminals_replace);
	run(&child, STAGE_MOUNTS, mounts_gather);
	run(&child, STAGE_MOUNTS, mounts_apply);
	run(&child, STAGE_CHECK, check_mounts);
	run(&child, STAGE_STREAMS, streams_replace);
	run(&child, STAGE_TERMINALS, terminals_take_away);
	run(&child, STAGE_LANDLOCK, restrict_make_ruleset);
	run(&child, STAGE_KEYRING, join_new_keyring);
	run(&child, STAGE_PRIVILEGES, drop_privileges);
	run(&child, STAGE_DIRECTORY, change_directory);
	run(&child, STAGE_SESSION, start_session);
	run_command(&child);
}
