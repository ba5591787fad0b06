/*
 * Child side: the command's process, from its creation to exec.
 *
 * It shares init's memory, as after vfork(2), while init waits: copying the page tables would
 * cost more than all its system calls.  So it must not change that memory, except for the fields
 * of struct child that say how far it got.
 *
 * It is born without capabilities that the command must not have.  It applies the last
 * restrictions to itself, the filters last: a filter may deny calls that the other steps need.
 */
#include "child/steps.h"

#include <string.h>

static int enter_process_group(struct child *child)
{
	/*
	 * A process group of its own, in init's session.  Its parent, init, is in another group
	 * of the same session, so it is not orphaned and can be stopped from the terminal.  It is
	 * no session leader, so it cannot take a controlling terminal.
	 */
	if (!child->plan->new_group)
		return 0;
	long error = sys_result(setpgid(0, 0));
	return child_noted(child, CALL_SETSID, sys_answered(error, getpgid(0) == child->self));
}

/* execve(2) returns only if it failed; a filter could fake a success. */
static int execute_file(const char *path, char *const *argv, char *const *env)
{
	long error = sys_result(execve(path, argv, env));
	return sys_answered(error, error < 0);
}

/*
 * Is it the file itself that may not be executed?  If only a directory of $PATH cannot be
 * searched, the command must be reported as missing, not as forbidden.
 */
static bool is_denied(const struct frozen *frozen, const char *path)
{
	struct stat stat;
	return strchr(frozen->exec.argv[0], '/') || sys_fstatat(AT_FDCWD, path, &stat, 0) == 0;
}

/*
 * Try each candidate, as execvp(3) does: report "permission denied" only if no other candidate is
 * executed.
 */
static int execute(const struct frozen *frozen)
{
	int denied = 0;

	for (char *const *path = frozen->exec.candidates; *path; path++) {
		int error = execute_file(*path, frozen->exec.argv, frozen->exec.env);
		if (error == -ENOEXEC) {
			/* A script without "#!" is run by the shell, as POSIX has it. */
			frozen->exec.shell_argv[1] = *path;
			error = execute_file(frozen->exec.shell_argv[0], frozen->exec.shell_argv,
				frozen->exec.env);
		}
		if (error == -EACCES && is_denied(frozen, *path))
			denied = error;
		else if (error != -EACCES && error != -ENOENT && error != -ENOTDIR)
			return error;
	}
	return denied ? denied : -ENOENT;
}

/*
 * Without a pid namespace the command outlives its parent, so ask the kernel for SIGKILL at the
 * parent's death.  The parent is init, or the supervisor where there is no init.  Ask only now:
 * the kernel forgets the request when credentials change.
 */
static int follow_parent(struct child *child)
{
	struct pollfd socket = {.fd = child->frozen->socket};

	if (!child->parent && !child->plan->parent_death_signal)
		return 0;
	int error = sys_die_with_parent();
	/* The kernel has not noted the request. */
	if (error == -EIO)
		return child_wrong(child, "the signal at the parent's death");
	if (error < 0)
		return child_noted(child, CALL_PRCTL, error);
	/* The parent may have ended before the request. */
	if (child->parent ? getppid() != child->parent
			  : !child->frozen->has_init && sys_poll(&socket, 1, 0) > 0)
		_exit(RIND_EXIT_FAILURE);
	return 0;
}

/*
 * Unblock signals: those that arrived during the set-up are delivered now, and may end this
 * process.
 */
static int restore_signals(struct child *child)
{
	return child_noted(child, CALL_NONE, sys_set_sigmask(child->frozen->signal_mask, NULL));
}

/* The caller's filters are loaded last: afterwards any call may be denied. */
static const struct {
	enum stage stage;
	int (*run)(struct child *child);
} steps[] = {
	{STAGE_COMMAND, follow_parent},
	{STAGE_COMMAND, enter_process_group},
	{STAGE_COMMAND, descriptors_hand_over},
	{STAGE_LIMITS, limits_apply},
	{STAGE_PRIVILEGES, rights_hand_over},
	{STAGE_LANDLOCK, landlock_enter},
	{STAGE_DESCRIPTORS, descriptors_close_on_exec},
	{STAGE_FILTER, filters_load_own},
	{STAGE_COMMAND, restore_signals},
	{STAGE_FILTER, filters_load_given},
};

static int prepare(struct child *child)
{
	int error = 0;

	for (size_t i = 0; !error && i < sizeof(steps) / sizeof(*steps); i++) {
		child->stage = steps[i].stage;
		error = steps[i].run(child);
	}
	return error;
}

int command_main(void *argument)
{
	struct child *child = argument;

	child->command_error = prepare(child);
	if (child->command_error < 0)
		return RIND_EXIT_FAILURE;
	child->stage = STAGE_EXEC;
	child->command_error = child_noted(child, CALL_EXECVE, execute(child->frozen));
	return RIND_EXIT_FAILURE;
}
