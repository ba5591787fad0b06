/*
 * Child side: the command's process, from its creation to exec.
 *
 * It shares init's memory, as after vfork(2), and init waits: copying page tables for the few calls
 * here would cost more than the calls.  So it leaves that memory as it is, but for where it got to in
 * struct child.
 * It was born without capabilities and takes on the last restrictions itself, the filter last, since
 * that may deny what the steps before it need.
 */
#include "child/steps.h"

#include <string.h>

static int enter_process_group(struct child *child)
{
	/*
	 * A group of its own in init's session: stopping it from the terminal works (its parent, init,
	 * is in another group of the same session), and it cannot take a terminal as its own, which
	 * only the leader of a session can.
	 */
	if (!child->plan->new_group)
		return 0;
	long error = sys_result(setpgid(0, 0));
	return (int)child_noted(child, CALL_SETSID, sys_answered(error, getpgid(0) == child->self));
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

/*
 * Outside of a pid namespace init's end takes nobody along: so the signal does.  It follows whoever created us:
 * init, or the supervisor where there is no init; and a change of credentials has disarmed it.
 */
static int follow_parent(struct child *child)
{
	struct pollfd socket = {.fd = child->frozen->socket};
	int armed = 0;

	if (!child->parent && !child->plan->parent_death_signal)
		return 0;
	int error = sys_prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (!error)
		error = sys_prctl(PR_GET_PDEATHSIG, (unsigned long)&armed);
	if (error < 0)
		return (int)child_noted(child, CALL_PRCTL, error);
	if (armed != SIGKILL)
		return child_wrong(child, "the signal at the parent's death");
	/* It may have ended since. */
	if (child->parent ? getppid() != child->parent
			  : !child->frozen->has_init && sys_poll(&socket, 1, 0) > 0)
		_exit(RIND_EXIT_FAILURE);
	return 0;
}

static int run(struct child *child, enum stage stage, int (*step)(struct child *))
{
	child->stage = stage;
	return step(child);
}

/* Signals that came during set-up arrive now, and end what would have become the command. */
static int restore_signals(struct child *child)
{
	return (int)child_noted(child, CALL_NONE, sys_set_sigmask(child->frozen->signal_mask));
}

/* Of the filters the caller's are last: afterwards any call may be denied. */
static int prepare(struct child *child)
{
	int error = run(child, STAGE_COMMAND, follow_parent);
	if (!error)
		error = run(child, STAGE_COMMAND, enter_process_group);
	if (!error)
		error = run(child, STAGE_COMMAND, descriptors_hand_over);
	if (!error)
		error = run(child, STAGE_LIMITS, limits_apply);
	if (!error)
		error = run(child, STAGE_PRIVILEGES, rights_hand_over);
	if (!error)
		error = run(child, STAGE_LANDLOCK, landlock_enter);
	if (!error)
		error = run(child, STAGE_DESCRIPTORS, descriptors_close_on_exec);
	if (!error)
		error = run(child, STAGE_FILTER, filters_load_own);
	if (!error)
		error = run(child, STAGE_COMMAND, restore_signals);
	return error < 0 ? error : run(child, STAGE_FILTER, filters_load_given);
}

int command_main(void *argument)
{
	struct child *child = argument;

	child->command_error = prepare(child);
	if (child->command_error < 0)
		return RIND_EXIT_FAILURE;
	child->stage = STAGE_EXEC;
	child->command_error = (int)child_noted(child, CALL_EXECVE, execute(child->frozen));
	return RIND_EXIT_FAILURE;
}
