/*
 * Child side, in init: waits for what the caller asks to wait for before the command may begin,
 * and takes the locks that it wants held until the sandbox ends.
 */
#include "child/steps.h"

/*
 * Wait for the supervisor's GO: first it tells the caller init's pid.  If the supervisor ends
 * meanwhile, init ends too, so that no command runs without a supervisor.
 */
int caller_await_supervisor(struct child *child)
{
	struct message message;
	int fd;

	if (!child->plan->wait)
		return 0;
	/*
	 * A reader of these waits for end-of-file, perhaps before it lets init go on: so close
	 * our copies.
	 */
	for (size_t i = 0; i < sizeof(child->plan->status_fds) / sizeof(int); i++)
		if (child->plan->status_fds[i] > STDERR_FILENO)
			close(child->plan->status_fds[i]);
	int received = message_receive(child->frozen->socket, &message, &fd, 0);
	if (received == 1 && message.type == MESSAGE_GO)
		return 0;
	return received < 0 ? received : -EPIPE;
}

/* Wait until the caller writes a byte or closes its end, or until the supervisor ends. */
int caller_await_release(struct child *child)
{
	struct pollfd fds[] = {
		{.fd = child->plan->block_fd, .events = POLLIN},
		{.fd = child->frozen->socket},
	};
	char byte;

	if (fds[0].fd < 0)
		return 0;
	int ready = sys_poll(fds, 2, -1);
	if (ready < 0)
		return ready;
	if (!fds[0].revents)
		return -EPIPE;
	/* A byte, end-of-file or an error: each means that the caller lets init go on. */
	(void)sys_result(read(fds[0].fd, &byte, 1));
	close(fds[0].fd);
	return 0;
}

int caller_take_locks(struct child *child)
{
	const struct rind_plan *plan = child->plan;
	struct flock lock = {.l_type = F_RDLCK, .l_whence = SEEK_SET};

	for (size_t i = 0; i < plan->lock_count; i++) {
		child->op = (uint32_t)i;
		int fd = sys_openat(AT_FDCWD, plan->locks[i], O_RDONLY, 0);
		if (fd < 0)
			return child_noted(child, CALL_OPEN, fd);
		descriptors_keep(child, fd);
		long error = sys_result(fcntl(fd, F_SETLK, &lock));
		if (error < 0)
			return child_noted(child, CALL_FCNTL, error);
	}
	if (plan->sync_fd >= 0)
		descriptors_keep(child, plan->sync_fd);
	return 0;
}
