/*
 * Child side: the command's process, from its creation to exec.
 *
 * It shares init's memory, as after vfork(2), and init waits: copying page tables for the few calls
 * here would cost more than the calls.  So it leaves that memory as it is, but for where it got to in
 * struct child.
 * It was born without capabilities and takes on the last restrictions itself, the filter last, since
 * that may deny what the steps before it need.
 */
#include "sandbox/child.h"
#include "ops/layout.h"

#include <string.h>

static int enter_process_group(struct child *child)
{
	/*
	 * A group of its own in init's session: stopping it from the terminal works (its parent, init,
	 * is in another group of the same session), and it cannot take a terminal as its own, which
	 * only the leader of a session can.
	 */
	if (!child->frozen->new_session)
		return 0;
	long error = sys_result(setpgid(0, 0));
	return (int)child_noted(child, CALL_SETSID, sys_answered(error, getpgid(0) == child->self));
}

/* Most are open on exec already, which is looked at first: so that clearing it needs no second look. */
static int clear_close_on_exec(struct child *child, int fd)
{
	int flags = (int)sys_result(fcntl(fd, F_GETFD));
	if (flags > 0) {
		flags = (int)sys_result(fcntl(fd, F_SETFD, 0));
		flags = sys_answered(flags, flags < 0 || fcntl(fd, F_GETFD) == 0);
	}
	return (int)child_noted(child, CALL_FCNTL, flags);
}

/* Init has closed the caller's others; that they are closed is what this relies on least. */
static int close_others(struct child *child)
{
	const struct frozen *frozen = child->frozen;
	unsigned int next = STDERR_FILENO + 1;
	int error = 0;

	/* By name, init has looked until there was none left. */
	if (!frozen->support.close_range)
		return 0;
	for (size_t i = 0; !error && i < frozen->keep_fd_count; i++) {
		unsigned int keep = (unsigned int)frozen->keep_fds[i];
		if (keep > next)
			error = sys_close_range(next, keep - 1, 0);
		next = keep + 1;
	}
	if (!error)
		error = sys_close_range(next, ~0U, 0);
	return (int)child_noted(child, CALL_CLOSE_RANGE, error);
}

static int keep_descriptors(struct child *child)
{
	/* A program that embeds rind may have 0 to 2 closed on exec as well. */
	for (int fd = STDIN_FILENO; child->frozen->namespaces && fd <= STDERR_FILENO; fd++) {
		int error = clear_close_on_exec(child, fd);
		if (error < 0)
			return error;
	}
	for (size_t i = 0; i < child->frozen->keep_fd_count; i++) {
		int error = clear_close_on_exec(child, child->frozen->keep_fds[i]);
		if (error < 0)
			return error;
	}
	return 0;
}

static int enter_landlock(struct child *child)
{
	if (child->ruleset < 0)
		return 0;
	int error = sys_landlock_restrict_self(child->ruleset);
	/* Nothing tells who is restricted, but what is refused does: init is out of reach now. */
	if (!error && child->frozen->landlock_scopes & LANDLOCK_SIGNAL_SCOPE &&
		sys_result(kill(child->init, 0)) != -EPERM)
		error = -ENOTRECOVERABLE;
	return (int)child_noted(child, CALL_LANDLOCK, error);
}

static int load_program(const struct sock_fprog *program)
{
	int error = sys_seccomp_filter(program);
	if (!error && sys_prctl(PR_GET_SECCOMP, 0) != SECCOMP_MODE_FILTER)
		error = -ENOTRECOVERABLE;
	return error;
}

static int load_filter(struct child *child)
{
	int error = 0;
	for (const struct sock_fprog *const *filter = child->frozen->filters; !error && *filter;
		filter++)
		error = load_program(*filter);
	return (int)child_noted(child, CALL_SECCOMP, error);
}

/* A call that returns has failed. */
static int execute_file(const char *path, char *const *argv, char *const *env)
{
	long error = sys_result(execve(path, argv, env));
	return sys_answered(error, error < 0);
}

/* A script without "#!" is the shell's, as execvp(3) and POSIX have it. */
static int execute_by_shell(const struct frozen *frozen, char *path)
{
	frozen->shell_argv[1] = path;
	return execute_file(frozen->shell_argv[0], frozen->shell_argv, frozen->env);
}

/*
 * Was it the file itself that execve refused?  In $PATH a directory that cannot be searched must not
 * make "permission denied" of a name that is nowhere.
 */
static bool is_denied(const struct frozen *frozen, const char *path)
{
	struct stat stat;
	return strchr(frozen->argv[0], '/') || sys_fstatat(AT_FDCWD, path, &stat, 0) == 0;
}

/* Try each candidate as execvp(3) does: what cannot be executed is only said if nothing else is. */
static int execute(const struct frozen *frozen)
{
	int denied = 0;

	for (char *const *path = frozen->candidates; *path; path++) {
		int error = execute_file(*path, frozen->argv, frozen->env);
		if (error == -ENOEXEC)
			error = execute_by_shell(frozen, *path);
		if (error == -EACCES && is_denied(frozen, *path))
			denied = error;
		else if (error != -EACCES && error != -ENOENT && error != -ENOTDIR)
			return error;
	}
	return denied ? denied : -ENOENT;
}

/* Outside of a pid namespace init's end takes nobody along: so the signal does. */
static int follow_init(struct child *child)
{
	if (!child->parent)
		return 0;
	int error = sys_prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (!error && getppid() != child->parent)
		_exit(RIND_EXIT_FAILURE);
	return (int)child_noted(child, CALL_PRCTL, error);
}

static int prepare(struct child *child)
{
	child->stage = STAGE_COMMAND;
	int error = follow_init(child);
	if (!error)
		error = enter_process_group(child);
	if (!error)
		error = keep_descriptors(child);
	if (!error && child->frozen->limit_count) {
		child->stage = STAGE_LIMITS;
		error = limits_apply(child);
	}
	if (!error) {
		child->stage = STAGE_LANDLOCK;
		error = enter_landlock(child);
	}
	if (!error && child->frozen->namespaces) {
		child->stage = STAGE_DESCRIPTORS;
		error = close_others(child);
	}
	if (!error) {
		child->stage = STAGE_FILTER;
		error = load_filter(child);
	}
	return error;
}

int command_main(void *argument)
{
	struct child *child = argument;
	const struct frozen *frozen = child->frozen;

	child->command_error = frozen->layout ? layout_prepare_command(child) : prepare(child);
	if (child->command_error < 0)
		return RIND_EXIT_FAILURE;

	/* Signals that came during set-up arrive now, and end what would have become the command. */
	if (!frozen->layout)
		child->command_error = sys_set_sigmask(frozen->signal_mask);
	if (child->command_error < 0)
		return RIND_EXIT_FAILURE;
	child->stage = STAGE_EXEC;
	child->command_error = (int)child_noted(child, CALL_EXECVE, execute(frozen));
	return RIND_EXIT_FAILURE;
}
