/*
 * Child side: the descriptors of init and of the command.  init closes those of the caller that
 * it does not need, so that none can be stolen from it; the command gets those that the plan
 * gives it.
 */
#include "child/close_each.h"
#include "child/steps.h"
#include "mount/support.h"

/* --- when init begins ------------------------------------------------------------------------- */

/*
 * Make init end when the supervisor ends.  Arm the parent death signal first.  A supervisor that
 * has died before shows as a closed socket, now and whenever the socket is used; for that init
 * must close its own copy of the supervisor's end.
 */
int descriptors_follow_supervisor(struct child *child)
{
	struct pollfd socket = {.fd = child->frozen->socket, .events = POLLIN};
	int error = 0;

	if (child->frozen->arm_parent_death_signal)
		error = sys_die_with_parent();
	if (error < 0)
		return child_noted(child, CALL_PRCTL, error);
	close(child->frozen->supervisor_socket);
	if (sys_poll(&socket, 1, 0) > 0 && socket.revents & POLLHUP)
		_exit(RIND_EXIT_FAILURE);
	return 0;
}

/*
 * If the caller ignores SIGCHLD, the kernel reaps init's children before init can: restore the
 * default.
 */
static int reset_child_signal(void)
{
	struct sigaction action = {.sa_handler = SIG_DFL};
	return (int)sys_result(sigaction(SIGCHLD, &action, NULL));
}

/* If descriptor fd is closed, open /dev/null there, so that no file of init's gets that number. */
static int occupy(struct child *child, int fd)
{
	long flags = sys_result(fcntl(fd, F_GETFD));
	if (flags >= 0)
		return 0;
	if (flags != -EBADF)
		return child_noted(child, CALL_FCNTL, flags);
	int null = sys_openat(AT_FDCWD, "/dev/null", O_RDWR, 0);
	if (null != fd)
		return child_noted(child, CALL_OPEN, null < 0 ? null : -EIO);
	return child_noted(child, CALL_FCNTL, sys_result(fcntl(null, F_SETFD, 0)));
}

/*
 * Move a duplicate to its place, and detect a dup2(2) that did nothing: the caller's own file
 * would stay.
 */
static int put_given(struct child *child, int given, int fd)
{
	struct stat expected = {0}, stat = {0};

	long result = sys_result(dup2(given, fd));
	if (result < 0)
		return child_noted(child, CALL_FCNTL, result);
	int error = sys_fstat(given, &expected);
	if (!error)
		error = sys_fstat(fd, &stat);
	error = sys_answered(
		error, stat.st_dev == expected.st_dev && stat.st_ino == expected.st_ino);
	return child_noted(child, CALL_FSTAT, error);
}

/* Put the files that the caller gives for the command's standard input, output and error there. */
int descriptors_put_given(struct child *child)
{
	int error = 0;

	for (int fd = STDIN_FILENO; !error && fd <= STDERR_FILENO; fd++)
		if (child->frozen->fds.given[fd] >= 0)
			error = put_given(child, child->frozen->fds.given[fd], fd);
	return error;
}

/* Where the plan says so, make the command's standard input /dev/null. */
int descriptors_replace_input(struct child *child)
{
	if (!child->plan->null_stdin)
		return 0;
	close(STDIN_FILENO);
	return occupy(child, STDIN_FILENO);
}

/* Open /proc/self while /proc is still the host's, with a number above the command's 0-2. */
int descriptors_open_self(struct child *child)
{
	const struct host_support *support = &child->frozen->support;

	/* Without namespaces nothing is mounted, so the mount calls do not matter. */
	bool needed = child->plan->namespaces ? host_support_needs_proc(support)
					      : !support->close_range || !support->mount_root;
	if (child->proc_self >= 0 || !needed)
		return 0;
	child->proc_self = sys_openat(AT_FDCWD, "/proc/self", O_PATH | O_DIRECTORY, 0);
	if (child->proc_self < 0)
		return child_noted(child, CALL_OPEN_SELF, child->proc_self);
	return child_noted(child, CALL_FCNTL, fd_move_above_stdio(&child->proc_self));
}

static int close_descriptors(struct child *child, unsigned int first, unsigned int last)
{
	if (first > last)
		return 0;
	if (child->frozen->support.close_range)
		return sys_close_range(first, last, 0);
	return close_each(child->proc_self, first, last, child->proc_self);
}

int descriptors_arrange(struct child *child)
{
	const struct frozen *frozen = child->frozen;

	int error = descriptors_follow_supervisor(child);
	if (!error)
		error = reset_child_signal();
	if (!error)
		error = descriptors_put_given(child);
	/* With close_range() open it afterwards, or that would close it. */
	if (!error && !frozen->support.close_range)
		error = descriptors_open_self(child);
	for (size_t i = 0; !error && i < frozen->fds.close_range_count; i++)
		error = child_noted(child, CALL_CLOSE_RANGE,
			close_descriptors(child, frozen->fds.close_ranges[i].first,
				frozen->fds.close_ranges[i].last));
	if (!error)
		error = descriptors_replace_input(child);
	/* In ascending order: open(2) returns the lowest free number. */
	for (int fd = STDIN_FILENO; !error && fd <= STDERR_FILENO; fd++)
		error = occupy(child, fd);
	return error < 0 ? error : descriptors_open_self(child);
}

/* --- when the command exists ------------------------------------------------------------------ */

void descriptors_keep(struct child *child, int fd)
{
	int *fds = child->frozen->fds.kept;
	size_t i = child->init_fd_count++;

	/* Insert in ascending order, as close_descriptors() needs it. */
	for (; i && fds[i - 1] > fd; i--)
		fds[i] = fds[i - 1];
	fds[i] = fd;
}

/* Close all descriptors from next on but these, which are in ascending order. */
static int close_gaps(struct child *child, unsigned int next, const int *fds, size_t count)
{
	int error = 0;

	for (size_t i = 0; !error && i < count; i++) {
		unsigned int fd = (unsigned int)fds[i];
		if (fd > next)
			error = close_descriptors(child, next, fd - 1);
		next = fd + 1;
	}
	if (!error)
		error = close_descriptors(child, next, ~0U);
	return child_noted(child, CALL_CLOSE_RANGE, error);
}

/*
 * Close all descriptors that descriptors_keep() has not noted: a process that gets into init
 * finds none of the caller's.
 */
int descriptors_close_others(struct child *child)
{
	int error = close_gaps(child, 0, child->frozen->fds.kept, child->init_fd_count);
	/* Without statx(2), operations_inspect() needs it; the sandbox's /proc may be empty. */
	if (child->frozen->support.mount_root)
		close_fd(&child->proc_self);
	return error;
}

/* --- in the command --------------------------------------------------------------------------- */

int descriptors_each(struct child *child, int (*function)(struct child *child, int fd))
{
	const struct rind_plan *plan = child->plan;
	int error = 0;

	for (int fd = STDIN_FILENO; plan->namespaces && !error && fd <= STDERR_FILENO; fd++)
		error = function(child, fd);
	for (size_t i = 0; !error && i < plan->keep_fd_count; i++)
		error = function(child, plan->keep_fds[i]);
	return error;
}

/*
 * Read the flag first: it is mostly clear already, and then there is no change to verify.  A
 * program that embeds rind may have set it on 0 to 2 as well.
 */
static int clear_close_on_exec(struct child *child, int fd)
{
	int flags = (int)sys_result(fcntl(fd, F_GETFD));
	if (flags > 0) {
		flags = (int)sys_result(fcntl(fd, F_SETFD, 0));
		flags = sys_answered(flags, flags < 0 || fcntl(fd, F_GETFD) == 0);
	}
	return child_noted(child, CALL_FCNTL, flags);
}

/* Close what is not the command's once more, in case init's close_range() was faked. */
int descriptors_close_on_exec(struct child *child)
{
	const struct rind_plan *plan = child->plan;

	/* Without close_range(2), init has listed and closed them until none was left. */
	if (!plan->namespaces || plan->keep_all_fds || !child->frozen->support.close_range)
		return 0;
	return close_gaps(child, STDERR_FILENO + 1, plan->keep_fds, plan->keep_fd_count);
}

int descriptors_hand_over(struct child *child)
{
	return child->plan->keep_all_fds ? 0 : descriptors_each(child, clear_close_on_exec);
}
