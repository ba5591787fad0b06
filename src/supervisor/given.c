/*
 * The descriptors that a program gives for the command's standard input, output and error.
 * Supervisor, with the caller's rights.
 *
 * They are duplicated before they are inspected, so that the command gets the inspected files,
 * whatever other threads of the program do with these numbers meanwhile.
 */
#include "supervisor/given.h"

#include "base/error.h"
#include "base/fd.h"

const struct rind_spawn_options given_none = {.stdin_fd = -1, .stdout_fd = -1, .stderr_fd = -1};

static int duplicate(int given, const char *name, int *ret, struct rind_error *err)
{
	/* Zero, as in an options struct of zeros: not given. */
	if (given <= 0)
		return 0;
	int fd = fd_duplicate(given);
	if (fd == -EBADF)
		return rind_error_set(err, fd, "%s: descriptor %d is not open", name, given);
	if (fd < 0)
		return rind_error_set(err, fd, "%s: cannot duplicate descriptor %d: %s", name,
			given, errno_text(-fd));
	*ret = fd;
	return 0;
}

int given_take(const struct rind_plan *plan, const struct rind_spawn_options *options,
	struct rind_spawn_options *ret, struct rind_error *err)
{
	*ret = options ? *options : given_none;
	ret->stdin_fd = ret->stdout_fd = ret->stderr_fd = -1;
	if (!options)
		return 0;
	if (plan->null_stdin && options->stdin_fd > 0)
		return rind_error_set(err, -EINVAL,
			"stdin_fd: the policy has /dev/null as standard input (RIND_NULL_STDIN)");
	int error = duplicate(options->stdin_fd, "stdin_fd", &ret->stdin_fd, err);
	if (!error)
		error = duplicate(options->stdout_fd, "stdout_fd", &ret->stdout_fd, err);
	return error < 0 ? error : duplicate(options->stderr_fd, "stderr_fd", &ret->stderr_fd, err);
}

void given_close(struct rind_spawn_options *taken)
{
	close_fd(&taken->stdin_fd);
	close_fd(&taken->stdout_fd);
	close_fd(&taken->stderr_fd);
}
