/*
 * Child side: what the caller of the sandbox is waited for before the command may begin, and what is held for
 * it as long as the sandbox lasts.
 */
#include "child/steps.h"

/*
 * The supervisor says when: it has first told the caller who we are.  Its end is an end for us: the
 * command never runs for nobody.
 */
int caller_await_supervisor(struct child *child)
{
	struct message message;
	int fd;

	if (!child->plan->wait)
		return 0;
	/* Who reads from these waits for their end, perhaps before it lets us go on. */
	for (size_t i = 0; i < sizeof(child->plan->status_fds) / sizeof(int); i++)
		if (child->plan->status_fds[i] > STDERR_FILENO)
			close(child->plan->status_fds[i]);
	int received = message_receive(child->frozen->socket, &message, &fd, 0);
	if (received == 1 && message.type == MESSAGE_GO)
		return 0;
	return received < 0 ? received : -EPIPE;
}

/* Until the caller writes a byte or closes its end; the supervisor's end counts as well. */
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
	/* Whatever it reads, the caller has let go on. */
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
			return (int)child_noted(child, CALL_OPEN, fd);
		descriptors_keep(child, fd);
		long error = sys_result(fcntl(fd, F_SETLK, &lock));
		if (error < 0)
			return (int)child_noted(child, CALL_FCNTL, error);
	}
	if (plan->sync_fd >= 0)
		descriptors_keep(child, plan->sync_fd);
	return 0;
}
