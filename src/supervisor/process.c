/*
 * Child processes; see process.h.  Supervisor.
 *
 * Child side from process_clone() on, since it also returns in the child: no lock, no allocation.
 */
#include "supervisor/process.h"

#include "base/fd.h"

/* pidfds can be polled since Linux 5.3, which also has clone3. */
bool process_has_pidfds(void)
{
	if (sys_result(syscall(SYS_clone3, NULL, 0)) == -EINVAL)
		return true;
	int fd = (int)sys_result(syscall(SYS_pidfd_open, getpid(), 0));
	if (fd >= 0)
		close(fd);
	return fd >= 0;
}

long process_clone(uint64_t flags, int group, struct process *ret)
{
	struct clone_args args = {
		.flags = flags | CLONE_PIDFD,
		.pidfd = (uintptr_t)&ret->fd,
	};
	*ret = (struct process){.fd = -1};

	/* Cloned into the group, it is limited from its first instruction on. */
	if (group >= 0) {
		args.flags |= CLONE_INTO_CGROUP;
		args.cgroup = (uint64_t)group;
	}
	long pid = sys_clone3(&args);
	if (pid > 0)
		ret->pid = (pid_t)pid;
	return pid;
}

int process_sockets(int *ret_ours, int *ret_theirs)
{
	int pair[2] = {-1, -1};
	long made = sys_result(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair));
	int error = sys_answered(made, pair[0] >= 0);

	if (error < 0)
		return error;
	_cleanup_close_ int ours = pair[0], theirs = pair[1];
	error = fd_move_above_stdio(&ours);
	if (!error)
		error = fd_move_above_stdio(&theirs);
	if (error < 0)
		return error;
	*ret_ours = take_fd(&ours);
	*ret_theirs = take_fd(&theirs);
	return 0;
}

int process_signal(const struct process *process, int signal)
{
	int error = process->fd >= 0 ? sys_pidfd_send_signal(process->fd, signal) : -ENOSYS;
	return error == -ENOSYS ? (int)sys_result(kill(process->pid, signal)) : error;
}

int process_wait(const struct process *process, siginfo_t *ret)
{
	int error;

	do
		error = process->fd >= 0 ? sys_waitid(P_PIDFD, process->fd, ret) : -EINVAL;
	while (error == -EINTR);
	/* EINVAL: before Linux 5.4, waitid(2) takes no pidfd. */
	if (error != -EINVAL && error != -ENOSYS)
		return error;
	do
		error = sys_waitid(P_PID, process->pid, ret);
	while (error == -EINTR);
	return error;
}
