/*
 * `rind bwrap`, and rind under the name bwrap: bubblewrap's command line -> plan -> sandbox ->
 * exit status.
 *
 * Supervisor, with the caller's rights.  Prints what bubblewrap would print, and exits as it
 * would, with 1 for its own failures.  Signals are neither forwarded nor blocked: a terminal
 * sends them to the command as well, and a signal that kills bwrap does not end the sandbox,
 * unless --die-with-parent is given.
 */
#include "base/fd.h"
#include "base/sys.h"
#include "child/close_each.h"
#include "cli/bwrap/info.h"
#include "cli/bwrap/options.h"
#include "cli/bwrap/report.h"
#include "cli/bwrap/table.h"
#include "cli/front.h"
#include "cli/parent.h"
#include "supervisor/sandbox.h"

#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>

static const char VERSION[] = "bubblewrap 0.12.0";

/* Keep a descriptor from the command.  If it is not open, the code that uses it reports that. */
static int keep_from_command(int fd, struct rind_error *err)
{
	if (fd < 0 || (fcntl(fd, F_SETFD, FD_CLOEXEC) < 0 && errno == EBADF))
		return 0;
	/*
	 * Verify it, in case the call was faked: otherwise the command could write to this
	 * descriptor.
	 */
	int flags = fcntl(fd, F_GETFD);
	if (flags >= 0 && flags & FD_CLOEXEC)
		return 0;
	int error = flags < 0 ? -errno : -ENOTRECOVERABLE;
	return rind_error_set(err, error, "fcntl: %s", errno_text(-error));
}

static int keep_descriptors_from_command(
	const struct bwrap_options *options, struct rind_error *err)
{
	const struct rind_plan *plan = options->plan;
	const int fds[] = {
		options->info_fd,
		options->json_status_fd,
		plan->block_fd,
		plan->filter_fd,
		plan->as_pid_1 ? -1 : plan->sync_fd,
	};
	int error = 0;

	for (size_t i = 0; !error && i < sizeof(fds) / sizeof(*fds); i++)
		error = keep_from_command(fds[i], err);
	for (size_t i = 0; !error && i < plan->op_count; i++)
		error = keep_from_command(plan->ops[i].fd, err);
	return error;
}

/* Is this process, or are its future children, in the namespace that fd names? */
static bool has_joined(int fd, const char *path)
{
	struct stat wanted = {0}, own = {0};

	return !sys_fstat(fd, &wanted) && !sys_fstatat(AT_FDCWD, path, &own, 0) &&
	       wanted.st_ino == own.st_ino && wanted.st_dev == own.st_dev;
}

static int join_users(int fd, struct rind_error *err)
{
	if (fd < 0)
		return 0;
	if (setns(fd, CLONE_NEWUSER) < 0) {
		if (errno == EINVAL)
			return rind_error_set(err, -EINVAL,
				"Joining the specified user namespace failed, it might not be a "
				"descendant of the current user namespace.");
		return rind_error_set(err, -errno, "Joining specified user namespace failed: %s",
			errno_text(errno));
	}
	if (!has_joined(fd, "/proc/self/ns/user"))
		return rind_error_set(err, -ENOTRECOVERABLE,
			"Joining specified user namespace failed: it was not joined");
	return 0;
}

/* Join the namespaces that the caller has made: init is cloned into them. */
static int join_namespaces(const struct bwrap_options *options, struct rind_error *err)
{
	int error = join_users(options->userns_fd, err);
	if (error < 0 || options->pidns_fd < 0)
		return error;
	if (setns(options->pidns_fd, CLONE_NEWPID) < 0)
		return rind_error_set(err, -errno, "Setting pidns failed: %s", errno_text(errno));
	if (!has_joined(options->pidns_fd, "/proc/self/ns/pid_for_children"))
		return rind_error_set(
			err, -ENOTRECOVERABLE, "Setting pidns failed: it was not joined");
	return 0;
}

/* End with the process that holds the other end of the pipe; at once if it has ended already. */
static int end_with(int pipe, struct rind_error *err)
{
	struct pollfd end = {.fd = pipe};

	int error = sys_die_with_parent();
	if (error < 0)
		return rind_error_set(err, error, "prctl: %s", errno_text(-error));
	error = sys_poll(&end, 1, 0);
	if (error < 0)
		return rind_error_set(err, error, "poll: %s", errno_text(-error));
	if (error)
		(void)sys_result(kill(getpid(), SIGKILL));
	return 0;
}

/* Wait for the child, with nothing open but the pipe that the child watches. */
static int wait_for_child(pid_t child, int pipe)
{
	int status = 0;

	/*
	 * If another descriptor stayed open, a process that waits for its end would wait until
	 * the command's end: so give up instead.
	 */
	int error = close_all_but(&pipe, 1);
	if (error < 0)
		(void)sys_result(kill(child, SIGKILL));
	int waited;
	do
		waited = waitpid(child, &status, 0) < 0 ? -errno : 0;
	while (waited == -EINTR);
	if (error < 0 || waited < 0)
		return BWRAP_EXIT_FAILURE;
	return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
}

/*
 * For --pidns with --unshare-pid.  setns(2) into a pid namespace affects children only, and only
 * a process inside can make a pid namespace below it.  So a child does the rest, while this
 * process waits for it.
 */
static int go_on_in_joined_pids(const struct bwrap_options *options, struct rind_error *err)
{
	int ends[2];

	if (options->pidns_fd < 0 || !(options->plan->namespaces & PLAN_NS_PID))
		return 0;
	if (pipe2(ends, O_CLOEXEC) < 0)
		return rind_error_set(err, -errno, "pipe2: %s", errno_text(errno));
	pid_t child = fork();
	if (child < 0)
		return rind_error_set(err, -errno, "Can't fork for --pidns: %s", errno_text(errno));
	if (child)
		_exit(wait_for_child(child, ends[1]));
	close(ends[1]);
	int error = options->plan->die_with_parent ? end_with(ends[0], err) : 0;
	close(ends[0]);
	return error;
}

/* Close what is not needed while the command runs: other processes may wait for end-of-file. */
static void close_others(const struct rind_sandbox *sandbox, int json_fd, int parent_fd)
{
	const int kept[] = {rind_sandbox_fd(sandbox), sandbox_socket(sandbox), json_fd, parent_fd};

	/* A failure is harmless: such a process then waits until the command's end. */
	(void)!close_all_but(kept, sizeof(kept) / sizeof(*kept));
}

static int wait_for_command(
	struct rind_sandbox *sandbox, const struct bwrap_info *info, struct rind_error *err)
{
	struct rind_status status;

	int result = sandbox_wait_command(sandbox, &status, err);
	if (result < 0)
		return result;
	result = status.signaled ? 128 + status.value : status.value;
	bwrap_info_exited(info, result);
	return result;
}

static int run(struct bwrap_options *options, pid_t parent, struct rind_error *err)
{
	const struct rind_plan *plan = options->plan;
	struct rind_sandbox *sandbox = NULL;
	struct bwrap_info info = {
		.info_fd = options->info_fd,
		.json_fd = options->json_status_fd,
		.block_fd = options->userns_block_fd,
		.namespaces = plan->namespaces,
		.joined_pids = options->pidns_fd >= 0,
	};
	const struct sandbox_hook hook = {.created = bwrap_info_created, .data = &info};
	struct rind_spawn_options spawn = {.interrupt_fd = -1};
	_cleanup_close_ int parent_fd = -1;

	int error = keep_descriptors_from_command(options, err);
	if (!error && plan->die_with_parent)
		error = parent_watch(parent, &parent_fd, err);
	spawn.end_fd = info.parent_fd = parent_fd;
	if (!error)
		error = join_namespaces(options, err);
	if (!error)
		error = go_on_in_joined_pids(options, err);
	if (!error)
		error = sandbox_spawn(plan, options->arguments, &spawn, &hook, &sandbox, err);
	if (error < 0)
		return error;
	close_others(sandbox, info.json_fd, parent_fd);
	int result = wait_for_command(sandbox, &info, err);
	rind_sandbox_free(sandbox);
	return result;
}

/* From the options to an exit status, or -errno. */
static int read_and_run(
	struct bwrap_options *options, int argc, char **argv, pid_t parent, struct rind_error *err)
{
	uint64_t capabilities;

	int result = bwrap_read_capabilities(&capabilities, err);
	if (result < 0)
		return result;
	result = bwrap_options_read(options, BWRAP_TO_RUN, argc - 1, argv + 1, capabilities, err);
	if (result < 0)
		return result;
	if (result != BWRAP_GO_ON) {
		if (result == BWRAP_HELP)
			bwrap_table_write_usage(stdout, argv[0]);
		else
			puts(VERSION);
		return fflush(stdout) ? BWRAP_EXIT_FAILURE : 0;
	}
	result = bwrap_options_finish(options, err);
	if (result < 0)
		return result;
	if (!options->argument_count) {
		bwrap_table_write_usage(stderr, argv[0]);
		fflush(stderr);
		return BWRAP_EXIT_FAILURE;
	}
	return run(options, parent, err);
}

int front_bwrap(int argc, char **argv, pid_t parent)
{
	struct bwrap_options options = {0};
	struct rind_error err;

	if (argc <= 1) { /* before Linux 5.18 even argv[0] may be missing */
		bwrap_table_write_usage(stderr, argc ? argv[0] : "bwrap");
		fflush(stderr);
		return BWRAP_EXIT_FAILURE;
	}
	int result = read_and_run(&options, argc, argv, parent, &err);
	bwrap_options_free(&options);
	return result < 0 ? bwrap_report_error(&err) : result;
}
