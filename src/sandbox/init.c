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
#include "sandbox/child.h"
#include "sandbox/idle.h"
#include "sandbox/layout.h"

#include <net/if.h>
#include <sched.h>
#include <string.h>
#include <sys/signalfd.h>

enum { COMMAND_STACK_SIZE = 64 * 1024 };

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
		error = sys_prctl(PR_SET_PDEATHSIG, SIGKILL);
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

static int arrange_descriptors(struct child *child)
{
	const struct frozen *frozen = child->frozen;

	int error = follow_supervisor(child);
	if (!error)
		error = reset_child_signal();
	for (size_t i = 0; !error && i < frozen->close_range_count; i++)
		error = (int)child_noted(child, CALL_CLOSE_RANGE,
			sys_close_range(
				frozen->close_ranges[i].first, frozen->close_ranges[i].last, 0));
	/* Lowest first, so that each open lands in the gap it is to fill. */
	for (int fd = STDIN_FILENO; !error && fd <= STDERR_FILENO; fd++) {
		if (fcntl(fd, F_GETFD) >= 0)
			continue;
		int null = (int)child_noted(
			child, CALL_OPEN, sys_openat(AT_FDCWD, "/dev/null", O_RDWR, 0));
		if (null >= 0)
			error = (int)child_noted(
				child, CALL_FCNTL, sys_result(fcntl(null, F_SETFD, 0)));
		else
			error = null;
	}
	return error;
}

/* --- identity ---------------------------------------------------------------------------------- */

static int write_file(struct child *child, const char *path, const char *text)
{
	_cleanup_close_ int fd = sys_openat(AT_FDCWD, path, O_WRONLY, 0);
	if (fd < 0)
		return (int)child_noted(child, CALL_OPEN, fd);
	long written = sys_result(write(fd, text, strlen(text)));
	return (int)child_noted(child, CALL_WRITE, written < 0 ? written : 0);
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
	_cleanup_close_ int fd = (int)sys_result(socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0));
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
	long error = sys_new_session_keyring();
	if (error == -ENOSYS)
		return 0; /* a kernel without keyrings has none to leave */
	return error < 0 ? (int)child_noted(child, CALL_KEYCTL, error) : 0;
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
	return (int)child_noted(child, CALL_CHDIR, sys_result(fchdir(fd)));
}

static int start_session(struct child *child)
{
	if (!child->frozen->new_session)
		return 0;
	return (int)child_noted(child, CALL_SETSID, sys_result(setsid()) < 0 ? -errno : 0);
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

/* Create the command; it has executed, or failed, when this returns. */
static int create_command(struct child *child)
{
	static char stack[COMMAND_STACK_SIZE] __attribute__((aligned(16)));

	int pid = (int)sys_result(clone(
		command_main, stack + sizeof(stack), CLONE_VM | CLONE_VFORK | SIGCHLD, child));
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
	message.started.namespaces = *namespaces;
	/* Without a supervisor there is nobody to run for. */
	if (message_send(child->frozen->socket, &message, -1) < 0 &&
		child->frozen->follow_supervisor)
		_exit(RIND_EXIT_FAILURE);
}

/*
 * Reap what has ended, and end with the command.  In a layout what the command has left behind goes
 * on, as long as it has not been asked to end with the supervisor.
 */
static void reap(struct child *child, int command)
{
	struct message message = {.type = MESSAGE_EXITED};
	bool ended = false;
	int pid, status;

	while ((pid = waitpid(-1, &status, WNOHANG)) > 0) {
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

/* Pass a signal on from the supervisor.  Returns whether it is still there. */
static bool obey(const struct child *child, int command)
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
	kill(message.signal.group ? -command : command, message.signal.number);
	return true;
}

static void __attribute__((noreturn)) serve(struct child *child, int command, int signals)
{
	struct pollfd fds[] = {
		{.fd = signals, .events = POLLIN},
		{.fd = child->frozen->socket, .events = POLLIN},
	};
	struct signalfd_siginfo info;

	for (;;) {
		if (idle_poll(fds, 2, -1) < 0)
			_exit(RIND_EXIT_FAILURE);
		if (fds[1].revents && !obey(child, command))
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
	return (int)child_noted(
		child, CALL_SIGNALFD, sys_result(signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK)));
}

/* Close the others: keep none of the caller's, none that is worth stealing. */
static void close_all_but_held(const struct child *child)
{
	unsigned int next = 0;

	for (size_t i = 0; i < child->held; i++) {
		unsigned int fd = (unsigned int)child->frozen->held[i];
		if (fd > next)
			(void)sys_close_range(next, fd - 1, 0);
		next = fd + 1;
	}
	(void)sys_close_range(next, ~0U, 0);
}

/* The command of a layout may have been given rights; from here on init needs none. */
static void give_up_rights(struct child *child)
{
	if (!child->frozen->layout)
		return;
	int error = restrict_drop_capabilities(child);
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
	int command = create_command(child);
	if (command < 0)
		fail(child, command);
	give_up_rights(child);
	announce_command(child, &namespaces, command);
	child_hold(child, child->frozen->socket);
	child_hold(child, signals);
	close_all_but_held(child);
	serve(child, command, signals);
}

/* Full access: no namespaces, so no init; this process becomes the command. */
static void __attribute__((noreturn)) become_command(struct child *child)
{
	run(child, STAGE_DESCRIPTORS, follow_supervisor);
	run(child, STAGE_DIRECTORY, change_directory);
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
	run(&child, STAGE_MOUNTS, mounts_gather);
	run(&child, STAGE_MOUNTS, mounts_apply);
	run(&child, STAGE_CHECK, check_mounts);
	run(&child, STAGE_STREAMS, streams_replace);
	run(&child, STAGE_LANDLOCK, restrict_make_ruleset);
	run(&child, STAGE_KEYRING, join_new_keyring);
	run(&child, STAGE_PRIVILEGES, drop_privileges);
	run(&child, STAGE_DIRECTORY, change_directory);
	run(&child, STAGE_SESSION, start_session);
	run_command(&child);
}
