/*
 * Running the host's git; see run.h.  Supervisor.
 *
 * Child side from git_main() on, which runs in a copy of the calling thread.
 */
#include "supervisor/git/run.h"

#include "base/fd.h"
#include "base/path.h"
#include "base/sys.h"
#include "child/close_each.h"
#include "plan/plan.h"
#include "supervisor/process.h"

#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <time.h>

enum {
	CANNOT_RUN = 127,
	MOST_ARGUMENTS = 24,
	SAID_MAX = 200,
	LEAST_LIMIT = 512 << 20, /* of a file: an index that it writes, for one */
};

/* --- finding it ------------------------------------------------------------------------------- */

static bool is_writable_in(const struct rind_plan *plan, const char *path)
{
	for (size_t i = 0; i < plan->op_count; i++)
		if (plan->ops[i].access == RIND_ACCESS_WRITABLE && plan->ops[i].path[1] &&
			path_is_within(path, plan->ops[i].path))
			return true;
	return false;
}

const char *git_find(const struct rind_plan *plan, struct arena *arena)
{
	const char *list = getenv("PATH"), *next;
	char real[PATH_MAX];

	for (list = list ? list : "/usr/bin:/bin"; list; list = next) {
		const char *end = strchrnul(list, ':');
		next = *end ? end + 1 : NULL;
		const char *path = arena_printf(arena, "%.*s/git", (int)(end - list), list);
		/* The command could put another one there, for rind to start on the host. */
		if (!path || *path != '/' || sys_access(AT_FDCWD, path, X_OK) < 0 ||
			!realpath(path, real))
			continue;
		/* Without symlinks: one on the way could be the command's. */
		if (!is_writable_in(plan, real))
			return arena_strdup(arena, real);
	}
	return NULL;
}

/* --- one call --------------------------------------------------------------------------------- */

/* All that the child needs, made before it. */
struct start {
	const char *program;
	char *const *arguments, *const *environment;
	int work, fds[3];
	uint64_t mask;
	struct sys_limit file_size, memory;
};

static void CLONED_MAIN git_main(const struct start *start)
{
	const int kept[] = {STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO};

	/* It reads what the command has made to grow in its hands: an index, an object. */
	if (sys_set_limit(RLIMIT_FSIZE, &start->file_size) < 0 ||
		sys_set_limit(RLIMIT_DATA, &start->memory) < 0)
		_exit(CANNOT_RUN);
	if (fchdir(start->work) < 0)
		_exit(CANNOT_RUN);
	/* None of rind's own is 0, 1 or 2. */
	for (int i = 0; i < 3; i++)
		if (dup2(start->fds[i], i) < 0)
			_exit(CANNOT_RUN);
	if (close_all_but(kept, sizeof(kept) / sizeof(*kept)) < 0)
		_exit(CANNOT_RUN);
	(void)sys_set_sigmask(0, NULL);
	execve(start->program, start->arguments, start->environment);
	_exit(CANNOT_RUN);
}

static int64_t now_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

/* The time that is left, at least 0. */
static int time_left(const struct git *git)
{
	const int64_t left = git->deadline - now_ms();
	return left <= 0 ? 0 : left > INT_MAX ? INT_MAX : (int)left;
}

int git_may_go_on(const struct git *git)
{
	struct pollfd interrupt = {.fd = git->interrupt_fd, .events = POLLIN};

	if (!time_left(git))
		return -ETIMEDOUT;
	int ready = sys_poll(&interrupt, 1, 0);
	return ready > 0 ? -EINTR : ready;
}

/* Wait for the end of git, an interrupt, or the deadline.  Without a pidfd for the end alone. */
static int await(const struct git *git, const struct git_call *call, const struct process *process)
{
	struct pollfd fds[] = {
		{.fd = process->fd, .events = POLLIN},
		{.fd = git->interrupt_fd, .events = POLLIN}, /* poll(2) passes over -1 */
	};

	if (process->fd < 0 || call->writes_to_host)
		return 0;
	int ready = sys_poll(fds, 2, time_left(git));
	if (ready <= 0)
		return ready < 0 ? ready : -ETIMEDOUT;
	return fds[0].revents ? 0 : -EINTR;
}

static int start_git(const struct start *start, struct process *ret)
{
	struct start own = *start;

	/* No handler of the program may run in the child. */
	int error = sys_set_sigmask(~0ULL, &own.mask);
	if (error < 0)
		return error;
	long pid = process_clone(0, -1, ret);
	if (!pid)
		git_main(&own);
	(void)sys_set_sigmask(own.mask, NULL);
	if (pid < 0)
		return (int)pid;
	return ret->fd >= 0 ? fd_move_above_stdio(&ret->fd) : 0;
}

/* The last line that git has said: the one that tells why. */
static int describe(const struct git *git, const struct git_call *call, int said)
{
	struct arena arena = {0};
	char nothing[] = "";
	struct content content = {.data = nothing};
	const char *line;

	(void)!file_read_open(&arena, said, 1 << 16, &content);
	while (content.size && strchr("\n ", content.data[content.size - 1]))
		content.data[--content.size] = '\0';
	line = strrchr(content.data, '\n');
	(void)rind_error_set(git->err, -EPROTO, "git %s: %.*s", call->arguments[0], SAID_MAX,
		*content.data ? (line ? line + 1 : content.data)
			      : "it has failed, and said no more");
	arena_free(&arena);
	return 1;
}

static int say(const struct git *git, const struct git_call *call, int error)
{
	return rind_error_set(
		git->err, error, "git %s: %s", call->arguments[0], errno_text(-error));
}

static int run_started(
	const struct git *git, const struct git_call *call, const struct start *start)
{
	struct process process = {.fd = -1};
	siginfo_t info = {0};

	int error = start_git(start, &process);
	if (error < 0 && !process.pid)
		return say(git, call, error);
	int waited = error < 0 ? error : await(git, call, &process);
	if (waited < 0)
		(void)process_signal(&process, SIGKILL);
	error = process_wait(&process, &info);
	close_fd(&process.fd);
	if (waited < 0 || error < 0)
		return say(git, call, waited < 0 ? waited : error);
	if (info.si_code == CLD_EXITED && !info.si_status)
		return 0;
	return describe(git, call, start->fds[STDERR_FILENO]);
}

/* The variables that make git one that obeys what it is given alone. */
static char **make_environment(const struct git_call *call, struct arena *arena)
{
	static const char *const fixed[] = {
		"LC_ALL=C",
		"PATH=/usr/bin:/bin",
		"HOME=/nonexistent",
		"GIT_CONFIG_NOSYSTEM=1",
		"GIT_CONFIG_SYSTEM=/dev/null",
		"GIT_CONFIG_GLOBAL=/dev/null",
		"GIT_ATTR_NOSYSTEM=1",
		"GIT_NO_REPLACE_OBJECTS=1",
		"GIT_NO_LAZY_FETCH=1",
		"GIT_TERMINAL_PROMPT=0",
		"GIT_ALLOW_PROTOCOL=none",
		"GIT_AUTHOR_NAME=rind",
		"GIT_AUTHOR_EMAIL=rind@localhost",
		"GIT_COMMITTER_NAME=rind",
		"GIT_COMMITTER_EMAIL=rind@localhost",
	};
	enum { FIXED = sizeof(fixed) / sizeof(*fixed) };
	char **environment = arena_alloc(arena, (FIXED + 5) * sizeof(*environment));
	size_t count = FIXED;

	if (!environment)
		return NULL;
	memcpy(environment, fixed, sizeof(fixed));
	environment[count++] = arena_printf(arena, "GIT_DIR=%s", call->directory);
	if (call->objects)
		environment[count++] =
			arena_printf(arena, "GIT_OBJECT_DIRECTORY=%s", call->objects);
	if (call->index)
		environment[count++] = arena_printf(arena, "GIT_INDEX_FILE=%s", call->index);
	if (call->needs_work_tree)
		environment[count++] = arena_strdup(arena, "GIT_WORK_TREE=.");
	for (size_t i = FIXED; i < count; i++)
		if (!environment[i])
			return NULL;
	return environment;
}

/* Hooks may lie in the work tree, where the command writes: none may be started. */
static char **make_arguments(const struct git_call *call, struct arena *arena)
{
	static const char *const fixed[] = {"git", "-c", "core.hooksPath=/dev/null", "-c",
		"core.fsmonitor=false", "-c", "core.splitIndex=false", "-c", "gc.auto=0"};
	enum { FIXED = sizeof(fixed) / sizeof(*fixed) };
	char **arguments = arena_alloc(arena, (FIXED + MOST_ARGUMENTS + 1) * sizeof(*arguments));

	if (!arguments)
		return NULL;
	memcpy(arguments, fixed, sizeof(fixed));
	for (size_t i = 0; i < MOST_ARGUMENTS && call->arguments[i]; i++)
		arguments[FIXED + i] = (char *)call->arguments[i];
	return arguments;
}

/* The limit, or what the caller has where that is less; 0: what the caller has. */
static struct sys_limit at_most(int which, uint64_t limit)
{
	struct sys_limit ret = {RLIM_INFINITY, RLIM_INFINITY};

	(void)sys_get_limit(which, &ret);
	if (limit && limit < ret.soft)
		ret.soft = limit;
	if (limit && limit < ret.hard)
		ret.hard = limit;
	return ret;
}

int git_run(const struct git *git, const struct git_call *call)
{
	struct arena arena = {0};
	_cleanup_close_ int null = sys_openat(AT_FDCWD, "/dev/null", O_RDWR, 0);
	_cleanup_close_ int said = (int)sys_result(memfd_create("git", MFD_CLOEXEC));

	int error = null < 0 ? null : said < 0 ? said : fd_move_above_stdio(&said);
	const struct start start = {
		.program = git->program,
		.arguments = make_arguments(call, &arena),
		.environment = make_environment(call, &arena),
		.work = git->work,
		.fds = {call->input < 0 ? null : call->input,
			call->output < 0 ? null : call->output, said},
		.file_size = at_most(RLIMIT_FSIZE, call->limit),
		.memory = at_most(RLIMIT_DATA, UINT64_C(2) << 30),
	};
	if (!error && (!start.arguments || !start.environment))
		error = -ENOMEM;
	int result = error < 0 ? say(git, call, error) : run_started(git, call, &start);
	arena_free(&arena);
	return result;
}

static int open_input(const struct content *input)
{
	_cleanup_close_ int fd = (int)sys_result(memfd_create("git", MFD_CLOEXEC));
	size_t written = 0;

	int error = fd < 0 ? fd : fd_move_above_stdio(&fd);
	while (!error && written < input->size) {
		long done = sys_result(write(fd, input->data + written, input->size - written));
		if (done <= 0)
			return done < 0 ? (int)done : -EIO;
		written += (size_t)done;
	}
	if (!error && lseek(fd, 0, SEEK_SET) < 0)
		error = -errno;
	return error < 0 ? error : take_fd(&fd);
}

int git_ask(const struct git *git, struct git_call *call, const struct content *input,
	struct arena *arena, size_t limit, struct content *ret)
{
	_cleanup_close_ int in = input ? open_input(input) : -1;
	_cleanup_close_ int out = (int)sys_result(memfd_create("git", MFD_CLOEXEC));

	if (input && in < 0)
		return say(git, call, in);
	int error = out < 0 ? out : fd_move_above_stdio(&out);
	if (error < 0)
		return say(git, call, error);
	call->input = in;
	call->output = out;
	call->limit = call->writes_to_host ? 0 : limit < LEAST_LIMIT ? LEAST_LIMIT : limit;
	int result = git_run(git, call);
	if (result)
		return result;
	error = file_read_open(arena, out, limit, ret);
	return error < 0 ? say(git, call, error) : 0;
}
