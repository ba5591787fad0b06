/*
 * embed CASE WORKSPACE: a program with threads that runs sandboxes through librind.
 *
 * Uses nothing but <rind.h>.  Prints "CASE: fine" at the end, or what went wrong, with status 1.
 */
#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <rind.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

enum {
	THREADS = 8,
	ROUNDS = 8,
};

static const char *workspace;

#define CHECK(condition)                                              \
	do {                                                          \
		if (!(condition))                                     \
			errx(1, "line %d: %s", __LINE__, #condition); \
	} while (0)

/* A call that must succeed. */
#define MUST(call)                                                        \
	do {                                                              \
		struct rind_error error_ = {0};                           \
		struct rind_error *error = &error_;                       \
		if ((call) != 0)                                          \
			errx(1, "line %d: %s", __LINE__, error_.message); \
	} while (0)

static struct rind_plan *make_plan(void)
{
	struct rind_policy *policy = rind_policy_new();
	struct rind_plan *plan = NULL;

	CHECK(policy);
	MUST(rind_policy_set_directory(policy, workspace, error));
	MUST(rind_policy_set_env(policy, "FROM_POLICY", "yes", error));
	MUST(rind_plan_from_policy(policy, &plan, error));
	rind_policy_free(policy);
	return plan;
}

static struct rind_sandbox *spawn(const struct rind_plan *plan, const char *script)
{
	char *argv[] = {(char *)"sh", (char *)"-c", (char *)script, NULL};
	struct rind_sandbox *sandbox = NULL;
	MUST(rind_spawn(plan, argv, NULL, &sandbox, error));
	CHECK(rind_sandbox_pid(sandbox) > 1);
	return sandbox;
}

static struct rind_status wait_and_free(struct rind_sandbox *sandbox)
{
	struct rind_status status;
	MUST(rind_wait(sandbox, &status, error));
	rind_sandbox_free(sandbox);
	return status;
}

static unsigned int count_descriptors(void)
{
	unsigned int count = 0;
	for (int fd = 0; fd < 1024; fd++)
		count += fcntl(fd, F_GETFD) >= 0;
	return count;
}

/* --- several threads, one plan -------------------------------------------------------------- */

struct worker {
	pthread_t thread;
	const struct rind_plan *plan;
	int number;
};

static void *spawn_rounds(void *argument)
{
	const struct worker *worker = argument;
	for (int round = 0; round < ROUNDS; round++) {
		char script[256];
		int expected = 10 + worker->number * ROUNDS + round;
		snprintf(script, sizeof(script),
			"mkdir .codex 2>/dev/null && exit 1; test \"$FROM_POLICY\" = yes || exit 2;"
			"echo >ran-%d; exit %d",
			expected, expected);
		struct rind_status status = wait_and_free(spawn(worker->plan, script));
		CHECK(!status.signaled && status.value == expected);
	}
	return NULL;
}

static void test_threads(void)
{
	struct rind_plan *plan = make_plan();
	struct worker workers[THREADS];
	for (int i = 0; i < THREADS; i++) {
		workers[i] = (struct worker){.plan = plan, .number = i};
		CHECK(pthread_create(&workers[i].thread, NULL, spawn_rounds, &workers[i]) == 0);
	}
	for (int i = 0; i < THREADS; i++)
		CHECK(pthread_join(workers[i].thread, NULL) == 0);
	rind_plan_free(plan);
}

/* --- standard streams of its own for each command - */

static struct rind_sandbox *spawn_with(
	const struct rind_plan *plan, const char *script, const struct rind_spawn_options *options)
{
	char *argv[] = {(char *)"sh", (char *)"-c", (char *)script, NULL};
	struct rind_sandbox *sandbox = NULL;
	MUST(rind_spawn(plan, argv, options, &sandbox, error));
	return sandbox;
}

/* All that comes until the last writer has closed its end. */
static void read_all(int fd, char *text, size_t size)
{
	size_t length = 0;
	ssize_t count;
	while ((count = read(fd, text + length, size - 1 - length)) > 0)
		length += (size_t)count;
	CHECK(count == 0);
	text[length] = '\0';
}

/* A line through a pipe into the command, and two back: by its output, and by its error. */
static void converse(const struct rind_plan *plan, int number)
{
	int in[2], out[2], err[2];
	char line[32], expected[64], text[256];

	CHECK(!pipe2(in, O_CLOEXEC) && !pipe2(out, O_CLOEXEC) && !pipe2(err, O_CLOEXEC));
	struct rind_spawn_options options = {
		.stdin_fd = in[0], .stdout_fd = out[1], .stderr_fd = err[1]};
	struct rind_sandbox *sandbox = spawn_with(plan,
		"read -r line; echo \"out $line\"; echo \"err $line\" >&2; cat;"
		"for fd in 3 4 5 6 7 8 9; do test ! -p /proc/$$/fd/$fd || exit $fd; done",
		&options);
	/* They are the program's to close. */
	CHECK(!close(in[0]) && !close(out[1]) && !close(err[1]));
	int length = snprintf(line, sizeof(line), "%d\nrest", number);
	CHECK(write(in[1], line, (size_t)length) == length && !close(in[1]));

	read_all(out[0], text, sizeof(text));
	snprintf(expected, sizeof(expected), "out %d\nrest", number);
	CHECK(!strcmp(text, expected));
	read_all(err[0], text, sizeof(text));
	snprintf(expected, sizeof(expected), "err %d\n", number);
	CHECK(!strcmp(text, expected));
	struct rind_status status = wait_and_free(sandbox);
	CHECK(!status.signaled && status.value == 0);
	CHECK(!close(out[0]) && !close(err[0]));
}

static void *converse_rounds(void *argument)
{
	const struct worker *worker = argument;
	for (int round = 0; round < ROUNDS; round++)
		converse(worker->plan, worker->number * ROUNDS + round);
	return NULL;
}

static struct rind_plan *make_full_access_plan(void)
{
	struct rind_policy *policy = rind_policy_new();
	struct rind_plan *plan = NULL;

	CHECK(policy);
	MUST(rind_policy_set_mode(policy, RIND_MODE_FULL_ACCESS, error));
	MUST(rind_policy_set_directory(policy, workspace, error));
	MUST(rind_plan_from_policy(policy, &plan, error));
	rind_policy_free(policy);
	return plan;
}

static void test_streams(void)
{
	struct rind_plan *plan = make_plan(), *full_access = make_full_access_plan();
	unsigned int descriptors = count_descriptors();
	struct worker workers[THREADS];

	for (int i = 0; i < THREADS; i++) {
		workers[i] = (struct worker){.plan = plan, .number = i};
		CHECK(!pthread_create(&workers[i].thread, NULL, converse_rounds, &workers[i]));
	}
	for (int i = 0; i < THREADS; i++)
		CHECK(!pthread_join(workers[i].thread, NULL));
	converse(full_access, 1000);
	CHECK(count_descriptors() == descriptors);
	rind_plan_free(full_access);
	rind_plan_free(plan);
}

/* --- commits -------------------------------------------------------------------------------- */

static struct rind_plan *make_committing_plan(void)
{
	struct rind_policy *policy = rind_policy_new();
	struct rind_plan *plan = NULL;

	CHECK(policy);
	MUST(rind_policy_set_directory(policy, workspace, error));
	MUST(rind_policy_set_git(policy, RIND_GIT_COMMIT, error));
	MUST(rind_plan_from_policy(policy, &plan, error));
	rind_policy_free(policy);
	return plan;
}

/* A new branch with a commit: published, or dropped with the sandbox. */
static void commit_to(const struct rind_plan *plan, const char *branch, bool publish)
{
	struct rind_error error = {0};
	struct rind_status status;
	char script[256];

	snprintf(script, sizeof(script),
		"read -r line; git update-ref refs/heads/%s $(git commit-tree -m %s -p HEAD "
		"HEAD^{tree})",
		branch, branch);
	int input[2];
	CHECK(!pipe2(input, O_CLOEXEC));
	char *argv[] = {(char *)"sh", (char *)"-ec", script, NULL};
	const struct rind_spawn_options options = {
		.stdin_fd = input[0], .stdout_fd = -1, .stderr_fd = -1};
	struct rind_sandbox *sandbox = NULL;
	MUST(rind_spawn(plan, argv, &options, &sandbox, error));
	CHECK(!close(input[0]));
	CHECK(rind_sandbox_publish(sandbox, -1, &error) == -EBUSY && *error.message);
	CHECK(write(input[1], "\n", 1) == 1);
	MUST(rind_wait(sandbox, &status, error));
	CHECK(!status.signaled && !status.value && !close(input[1]));
	if (publish)
		MUST(rind_sandbox_publish(sandbox, -1, error));
	if (publish) /* nothing is left to do */
		MUST(rind_sandbox_publish(sandbox, -1, error));
	rind_sandbox_free(sandbox);
}

static void *commit_rounds(void *argument)
{
	const struct worker *worker = argument;
	char branch[32];

	snprintf(branch, sizeof(branch), "published-%d", worker->number);
	commit_to(worker->plan, branch, true);
	snprintf(branch, sizeof(branch), "dropped-%d", worker->number);
	commit_to(worker->plan, branch, false);
	return NULL;
}

/* The program sees nothing of the processes that publishing takes. */
static void test_publish(void)
{
	struct rind_plan *plan = make_committing_plan();
	unsigned int descriptors = count_descriptors();
	struct worker workers[THREADS];

	for (int i = 0; i < THREADS; i++) {
		workers[i] = (struct worker){.plan = plan, .number = i};
		CHECK(!pthread_create(&workers[i].thread, NULL, commit_rounds, &workers[i]));
	}
	for (int i = 0; i < THREADS; i++)
		CHECK(!pthread_join(workers[i].thread, NULL));
	CHECK(waitpid(-1, NULL, WNOHANG) < 0 && errno == ECHILD);
	CHECK(count_descriptors() == descriptors);
	rind_plan_free(plan);
}

/* The program's own output and error, each in the other's place; and one for both. */
static void test_streams_crossed(void)
{
	struct rind_plan *plan = make_plan();
	struct rind_spawn_options options = {
		.stdin_fd = -1, .stdout_fd = STDERR_FILENO, .stderr_fd = STDOUT_FILENO};
	int own[2] = {fcntl(1, F_DUPFD_CLOEXEC, 10), fcntl(2, F_DUPFD_CLOEXEC, 10)};
	int pipes[2][2];
	char text[64];

	CHECK(own[0] >= 10 && own[1] >= 10 && !pipe2(pipes[0], 0) && !pipe2(pipes[1], 0));
	/* Close-on-exec in the program, and the command's all the same. */
	CHECK(dup3(pipes[0][1], 1, O_CLOEXEC) == 1 && dup3(pipes[1][1], 2, O_CLOEXEC) == 2);
	struct rind_status status =
		wait_and_free(spawn_with(plan, "echo out; echo err >&2", &options));
	options.stdout_fd = options.stderr_fd = pipes[0][1];
	struct rind_status both =
		wait_and_free(spawn_with(plan, "echo both; echo of them >&2", &options));
	CHECK(dup2(own[0], 1) == 1 && dup2(own[1], 2) == 2);
	CHECK(!close(own[0]) && !close(own[1]) && !close(pipes[0][1]) && !close(pipes[1][1]));
	CHECK(!status.signaled && !status.value && !both.signaled && !both.value);
	read_all(pipes[0][0], text, sizeof(text));
	CHECK(!strcmp(text, "err\nboth\nof them\n"));
	read_all(pipes[1][0], text, sizeof(text));
	CHECK(!strcmp(text, "out\n"));
	rind_plan_free(plan);
}

static int try_streams(
	const struct rind_plan *plan, struct rind_spawn_options options, const char *expected)
{
	char *argv[] = {(char *)"true", NULL};
	struct rind_sandbox *sandbox = NULL;
	struct rind_error error = {0};

	int result = rind_spawn(plan, argv, &options, &sandbox, &error);
	CHECK(result < 0 && !sandbox && error.exit_status == 125);
	if (!strstr(error.message, expected))
		errx(1, "expected '%s' in: %s", expected, error.message);
	return result;
}

static struct rind_plan *make_plan_for_stdin(bool null_stdin, int keep_fd)
{
	struct rind_policy *policy = rind_policy_new();
	struct rind_plan *plan = NULL;

	CHECK(policy);
	MUST(rind_policy_set_directory(policy, workspace, error));
	MUST(rind_policy_set_switch(policy, RIND_NULL_STDIN, null_stdin, error));
	if (keep_fd >= 0)
		MUST(rind_policy_keep_fd(policy, keep_fd, error));
	MUST(rind_plan_from_policy(policy, &plan, error));
	rind_policy_free(policy);
	return plan;
}

/* The lowest that is not open, which a duplicate of rind's would get. */
static int find_closed(void)
{
	int fd = fcntl(STDERR_FILENO, F_DUPFD, STDERR_FILENO + 1);
	CHECK(fd > STDERR_FILENO && !close(fd));
	return fd;
}

static void test_streams_refused(void)
{
	struct rind_plan *plan = make_plan(), *null = make_plan_for_stdin(true, -1);
	struct rind_spawn_options options = {0};
	int directory = open("/", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	int net = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	CHECK(directory > STDERR_FILENO && net > STDERR_FILENO);
	options.stdin_fd = directory;
	CHECK(try_streams(plan, options, "descriptor 0 is a directory") == -EISDIR);
	CHECK(try_streams(null, options, "RIND_NULL_STDIN") == -EINVAL);
	options = (struct rind_spawn_options){.stdout_fd = directory};
	CHECK(try_streams(plan, options, "descriptor 1 is a directory") == -EISDIR);
	options = (struct rind_spawn_options){.stderr_fd = net};
	CHECK(try_streams(plan, options, "descriptor 2 is a socket") == -EPERM);
	options = (struct rind_spawn_options){.stderr_fd = 1000};
	CHECK(try_streams(plan, options, "stderr_fd: descriptor 1000 is not open") == -EBADF);
	rind_plan_free(null);
	/* What is to be kept and is not open has not become open by it. */
	options = (struct rind_spawn_options){.stdout_fd = STDERR_FILENO};
	null = make_plan_for_stdin(false, find_closed());
	CHECK(try_streams(null, options, "no such descriptor is open") == -EBADF);
	CHECK(!close(directory) && !close(net));
	rind_plan_free(null);
	rind_plan_free(plan);
}

/* A file that is protected, open for reading: anew on the sandbox's mount, at the same place. */
static void test_streams_reopened(void)
{
	struct rind_plan *plan = make_plan();
	char path[4096];

	snprintf(path, sizeof(path), "%s/.codex", workspace);
	int made = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0644);
	CHECK(made >= 0 && write(made, "one\ntwo\n", 8) == 8 && !close(made));
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	CHECK(fd >= 0 && lseek(fd, 4, SEEK_SET) == 4);
	struct rind_spawn_options options = {.stdin_fd = fd};
	struct rind_status status = wait_and_free(spawn_with(plan,
		"read -r line; test \"$line\" = two || exit 1;"
		"! chmod 0600 /proc/self/fd/0 2>/dev/null || exit 2;"
		"! { echo evil >/proc/self/fd/0; } 2>/dev/null || exit 3; exit 7",
		&options));
	CHECK(!status.signaled && status.value == 7);
	struct stat stat;
	CHECK(!fstat(fd, &stat) && (stat.st_mode & 0777) == 0644 && stat.st_size == 8);
	CHECK(!close(fd) && !unlink(path));
	rind_plan_free(plan);
}

/* --- the thread that spawned ends while the sandbox runs ------------------------------------ */

struct orphan {
	struct rind_sandbox *sandbox;
	int go[2];
};

static void *spawn_and_end(void *argument)
{
	struct orphan *orphan = argument;
	struct rind_policy *policy = rind_policy_new();
	struct rind_plan *plan = NULL;
	char script[64];

	CHECK(policy);
	MUST(rind_policy_set_directory(policy, workspace, error));
	MUST(rind_policy_keep_fd(policy, orphan->go[0], error));
	MUST(rind_plan_from_policy(policy, &plan, error));
	rind_policy_free(policy);
	snprintf(script, sizeof(script), "read -r line </proc/self/fd/%d; test \"$line\" = go",
		orphan->go[0]);
	orphan->sandbox = spawn(plan, script);
	rind_plan_free(plan);
	return NULL;
}

static void test_orphan(void)
{
	struct orphan orphan = {0};
	pthread_t thread;

	CHECK(pipe2(orphan.go, O_CLOEXEC) == 0);
	CHECK(pthread_create(&thread, NULL, spawn_and_end, &orphan) == 0);
	CHECK(pthread_join(thread, NULL) == 0);

	/* It still runs: nothing to wait for yet, and it reads what is written now. */
	struct pollfd ended = {.fd = rind_sandbox_fd(orphan.sandbox), .events = POLLIN};
	CHECK(poll(&ended, 1, 100) == 0);
	CHECK(write(orphan.go[1], "go\n", 3) == 3);
	CHECK(poll(&ended, 1, 30000) == 1);
	struct rind_status status = wait_and_free(orphan.sandbox);
	CHECK(!status.signaled && status.value == 0);
}

/* --- whose end is the sandbox's --------------------------------------------------------------- */

/* A command that runs until it is killed, and says so by holding the write end of a pipe. */
static struct rind_sandbox *spawn_holder(
	const struct rind_spawn_options *options, int alive, struct rind_error *err)
{
	struct rind_policy *policy = rind_policy_new();
	struct rind_plan *plan = NULL;
	struct rind_sandbox *sandbox = NULL;
	char *argv[] = {(char *)"sleep", (char *)"1000", NULL};

	CHECK(policy);
	MUST(rind_policy_set_directory(policy, workspace, error));
	MUST(rind_policy_keep_fd(policy, alive, error));
	MUST(rind_plan_from_policy(policy, &plan, error));
	rind_policy_free(policy);
	CHECK((rind_spawn(plan, argv, options, &sandbox, err) == 0) == (sandbox != NULL));
	rind_plan_free(plan);
	return sandbox;
}

static void await_hang_up(int fd)
{
	struct pollfd ended = {.fd = fd, .events = POLLIN};
	CHECK(poll(&ended, 1, 30000) == 1 && ended.revents & POLLHUP);
}

static void test_end_fd(void)
{
	int end[2], alive[2];
	struct rind_spawn_options options = {.interrupt_fd = -1};
	struct rind_error error;

	CHECK(pipe2(end, O_CLOEXEC) == 0 && pipe2(alive, O_CLOEXEC) == 0);
	options.end_fd = end[0];
	struct rind_sandbox *sandbox = spawn_holder(&options, alive[1], &error);
	CHECK(sandbox);
	CHECK(close(alive[1]) == 0);
	struct pollfd ended = {.fd = rind_sandbox_fd(sandbox), .events = POLLIN};
	CHECK(poll(&ended, 1, 100) == 0);
	/* Nobody waits for the sandbox: it ends by itself. */
	CHECK(close(end[1]) == 0);
	await_hang_up(alive[0]);
	CHECK(poll(&ended, 1, 30000) == 1);
	rind_sandbox_free(sandbox);

	/* Closed before: no command. */
	CHECK(pipe2(alive, O_CLOEXEC) == 0);
	CHECK(!spawn_holder(&options, alive[1], &error));
	CHECK(error.code == -ECANCELED && strstr(error.message, "ended before the command began"));
}

/*
 * The program ends, by a signal, but leaves a process that it has forked and that has copies of all
 * its descriptors.  Its first thread has ended before: that is not its end.
 */
struct forking {
	pthread_t first;
	int alive, go;
};

static void *end_after_first_thread(void *argument)
{
	struct forking *forking = argument;
	char byte;

	CHECK(pthread_join(forking->first, NULL) == 0);
	if (fork() == 0) {
		close(forking->alive);
		/* Until the test has seen that the sandbox has ended. */
		_exit(read(forking->go, &byte, 1) == 0 ? 0 : 1);
	}
	CHECK(close(forking->alive) == 0);
	raise(SIGKILL);
	return NULL;
}

static void __attribute__((noreturn)) run_forking_program(int alive, int go)
{
	static struct forking forking;
	pthread_t other;

	CHECK(spawn_holder(NULL, alive, NULL));
	forking = (struct forking){pthread_self(), alive, go};
	CHECK(pthread_create(&other, NULL, end_after_first_thread, &forking) == 0);
	pthread_exit(NULL);
}

static void test_forked_copy(void)
{
	int alive[2], go[2], status;

	CHECK(pipe2(alive, O_CLOEXEC) == 0 && pipe2(go, O_CLOEXEC) == 0);
	pid_t program = fork();
	CHECK(program >= 0);
	if (program == 0) {
		close(alive[0]);
		close(go[1]);
		run_forking_program(alive[1], go[0]);
	}
	CHECK(close(alive[1]) == 0);
	CHECK(waitpid(program, &status, 0) == program);
	CHECK(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);
	await_hang_up(alive[0]);
	CHECK(close(go[1]) == 0);
}

/* --- errors ---------------------------------------------------------------------------------- */

static void test_errors(void)
{
	struct rind_policy *policy = rind_policy_new();
	struct rind_plan *plan = NULL;
	struct rind_sandbox *sandbox = NULL;
	struct rind_error error;

	CHECK(policy);
	CHECK(rind_policy_add_writable(policy, "", &error) == -EINVAL);
	CHECK(rind_policy_add_protect(policy, "../x", &error) == -EINVAL);
	CHECK(strstr(error.message, "../x") && error.code == -EINVAL && error.exit_status == 125);
	CHECK(rind_policy_add_writable(policy, "/nowhere/at/all", NULL) == 0);
	CHECK(rind_plan_from_policy(policy, &plan, &error) == -ENOENT);
	CHECK(strstr(error.message, "/nowhere/at/all") && !plan);
	rind_policy_free(policy);

	plan = make_plan();
	CHECK(rind_spawn(plan, (char *[]){(char *)"/nowhere", NULL}, NULL, &sandbox, &error) < 0);
	CHECK(error.exit_status == 127 && !sandbox);
	CHECK(rind_spawn(plan, (char *[]){(char *)"/etc", NULL}, NULL, &sandbox, NULL) < 0);
	CHECK(rind_spawn(plan, (char *[]){(char *)"/etc/passwd", NULL}, NULL, &sandbox, &error) <
		0);
	CHECK(error.exit_status == 126 && !sandbox);
	rind_plan_free(plan);
	rind_plan_free(NULL);
	rind_policy_free(NULL);
	rind_sandbox_free(NULL);
}

/* --- a thread that is cancelled --------------------------------------------------------------- */

struct cancelled {
	pid_t program;
	unsigned int cleanups;
	bool finished; /* with all that it does with librind */
};

/* A program's clean-up handler, which would give a lock back, say. */
static void clean_up(void *argument)
{
	struct cancelled *cancelled = argument;
	/* In the sandbox's init it would have that one's memory: the standard error is shared. */
	if (getpid() != cancelled->program || !cancelled->finished)
		warnx("the clean-up handler runs %s", getpid() == cancelled->program
							      ? "in the middle of librind"
							      : "in the sandbox's init");
	cancelled->cleanups++;
}

static void *run_cancelled(void *argument)
{
	struct cancelled *cancelled = argument;
	struct rind_verdict verdict;
	struct rind_plan *plan;
	char buffer[4096];

	pthread_cleanup_push(clean_up, cancelled);
	/* From here on every call that can act on it would. */
	CHECK(pthread_cancel(pthread_self()) == 0);
	plan = make_plan();
	MUST(rind_plan_verdict(plan, workspace, buffer, &verdict, error));
	struct rind_status status = wait_and_free(spawn(plan, "exit 7"));
	CHECK(!status.signaled && status.value == 7);
	struct rind_sandbox *sandbox = spawn(plan, "exec sleep 1000");
	CHECK(rind_sandbox_signal(sandbox, SIGURG, false) == 0);
	CHECK(rind_sandbox_kill(sandbox) == 0);
	rind_sandbox_free(sandbox);
	/* With a janitor to end, and one that does not start. */
	rind_sandbox_free(spawn(plan, "exec sleep 1000"));
	CHECK(rind_spawn(plan, (char *[]){(char *)"/nowhere", NULL}, NULL, &sandbox, NULL) ==
		-ENOENT);
	rind_plan_free(plan);
	cancelled->finished = true;
	pthread_testcancel();
	errx(1, "the thread is not cancelled at all");
	pthread_cleanup_pop(0);
	return NULL;
}

static void test_cancel(void)
{
	struct cancelled cancelled = {.program = getpid()};
	unsigned int descriptors = count_descriptors();
	pthread_t thread;
	void *result;

	CHECK(pthread_create(&thread, NULL, run_cancelled, &cancelled) == 0);
	CHECK(pthread_join(thread, &result) == 0);
	CHECK(result == PTHREAD_CANCELED && cancelled.finished && cancelled.cleanups == 1);
	CHECK(count_descriptors() == descriptors);
}

/* --- options of which none is given ----------------------------------------------------------- */

struct lease {
	int fd; /* of the command's file: as long as it is leased, nobody can execute it */
	atomic_bool spawned;
};

/* Longer than rind_spawn() waits for a start once it has been interrupted. */
static void *give_back_late(void *argument)
{
	struct lease *lease = argument;
	for (int i = 0; i < 300 && !atomic_load(&lease->spawned); i++)
		poll(NULL, 0, 10);
	CHECK(fcntl(lease->fd, F_SETLEASE, F_UNLCK) == 0);
	return NULL;
}

static void test_zeroed_options(void)
{
	static struct rind_spawn_options options;
	struct lease lease = {0};
	struct rind_sandbox *sandbox = NULL;
	struct pollfd input = {.fd = STDIN_FILENO, .events = POLLIN};
	struct rind_plan *plan = make_plan();
	char path[4096];
	pthread_t thread;

	/* Descriptor 0 is readable, and would have interrupted the start. */
	CHECK(poll(&input, 1, 0) == 1);
	/* The kernel tells the lease's holder by a signal that would end the program. */
	CHECK(signal(SIGIO, SIG_IGN) != SIG_ERR);
	snprintf(path, sizeof(path), "%s/command", workspace);
	lease.fd = open(path, O_RDONLY | O_CLOEXEC);
	CHECK(lease.fd >= 0 && fcntl(lease.fd, F_SETLEASE, F_WRLCK) == 0);
	CHECK(pthread_create(&thread, NULL, give_back_late, &lease) == 0);
	int error = rind_spawn(plan, (char *[]){path, NULL}, &options, &sandbox, NULL);
	atomic_store(&lease.spawned, true);
	CHECK(pthread_join(thread, NULL) == 0);
	CHECK(error == 0);
	struct rind_status status = wait_and_free(sandbox);
	CHECK(!status.signaled && status.value == 0);
	rind_plan_free(plan);
}

/* --- killing --------------------------------------------------------------------------------- */

static void test_kill(void)
{
	struct rind_plan *plan = make_plan();
	struct rind_status status, again;

	struct rind_sandbox *sandbox = spawn(plan, "exec sleep 1000");
	CHECK(rind_sandbox_signal(sandbox, SIGTERM, false) == 0);
	MUST(rind_wait(sandbox, &status, error));
	CHECK(status.signaled && status.value == SIGTERM);
	MUST(rind_wait(sandbox, &again, error));
	CHECK(again.signaled == status.signaled && again.value == status.value);
	CHECK(rind_sandbox_signal(sandbox, SIGTERM, false) == -ESRCH);
	rind_sandbox_free(sandbox);

	sandbox = spawn(plan, "trap '' TERM; sleep 1000; sleep 1000");
	CHECK(rind_sandbox_kill(sandbox) == 0);
	status = wait_and_free(sandbox);
	CHECK(status.signaled && status.value == SIGKILL);

	/* Freed while it runs: killed, and cleaned up. */
	rind_sandbox_free(spawn(plan, "sleep 1000"));
	rind_plan_free(plan);
}

/* --- what is replaced on the host ------------------------------------------------------------ */

static void test_replaced(void)
{
	struct rind_plan *plan = make_plan();
	struct rind_replaced replaced[RIND_REPLACED_NAMED];
	struct rind_status status;
	struct rind_step step;
	char path[4096];

	struct rind_sandbox *sandbox = spawn(plan, "exec sleep 1000");
	CHECK(rind_sandbox_replaced(sandbox, replaced, RIND_REPLACED_NAMED) == -ENODATA);
	snprintf(path, sizeof(path), "%s/.codex", workspace);
	CHECK(remove(path) == 0);
	CHECK(rind_sandbox_signal(sandbox, SIGTERM, false) == 0);
	MUST(rind_wait(sandbox, &status, error));
	CHECK(rind_sandbox_replaced(sandbox, NULL, 0) == 1);
	CHECK(rind_sandbox_replaced(sandbox, replaced, RIND_REPLACED_NAMED) == 1);
	CHECK(!replaced[0].unknown && rind_plan_step(plan, replaced[0].step, &step) == 0);
	CHECK(!strcmp(step.path, path) && !strcmp(step.operation, "protect"));
	rind_sandbox_free(sandbox);

	sandbox = spawn(plan, "true");
	MUST(rind_wait(sandbox, &status, error));
	CHECK(rind_sandbox_replaced(sandbox, NULL, 0) == 0);
	rind_sandbox_free(sandbox);

	sandbox = spawn(plan, "sleep 1000");
	CHECK(rind_sandbox_kill(sandbox) == 0);
	MUST(rind_wait(sandbox, &status, error));
	CHECK(rind_sandbox_replaced(sandbox, NULL, 0) == -ENODATA);
	rind_sandbox_free(sandbox);
	rind_plan_free(plan);
}

/* --- what the program has stays as it is ----------------------------------------------------- */

static volatile sig_atomic_t child_signals;

static void count_signal(int signal)
{
	(void)signal;
	child_signals++;
}

static void test_untouched(void)
{
	struct sigaction action = {.sa_handler = count_signal}, after;
	sigset_t mask, mask_after;
	char directory[4096], directory_after[4096];

	CHECK(sigaction(SIGCHLD, &action, NULL) == 0);
	CHECK(sigemptyset(&mask) == 0 && sigaddset(&mask, SIGUSR2) == 0);
	CHECK(pthread_sigmask(SIG_SETMASK, &mask, NULL) == 0);
	CHECK(getcwd(directory, sizeof(directory)));
	unsigned int descriptors = count_descriptors();

	struct rind_plan *plan = make_plan();
	/* The mask is the command's too; a shell would clear it. */
	char *argv[] = {(char *)"grep", (char *)"-q", (char *)"^SigBlk:.0*800$",
		(char *)"/proc/self/status", NULL};
	struct rind_sandbox *sandbox = NULL;
	MUST(rind_spawn(plan, argv, NULL, &sandbox, error));
	struct rind_status status = wait_and_free(sandbox);
	CHECK(!status.signaled && status.value == 0);
	argv[0] = (char *)"/nowhere";
	CHECK(rind_spawn(plan, argv, NULL, &sandbox, NULL) == -ENOENT);
	rind_plan_free(plan);

	CHECK(waitpid(-1, NULL, WNOHANG) < 0 && errno == ECHILD);
	CHECK(child_signals == 0);
	CHECK(count_descriptors() == descriptors);
	CHECK(sigaction(SIGCHLD, NULL, &after) == 0 && after.sa_handler == count_signal);
	CHECK(pthread_sigmask(SIG_SETMASK, NULL, &mask_after) == 0);
	CHECK(memcmp(&mask, &mask_after, sizeof(long)) == 0);
	CHECK(getcwd(directory_after, sizeof(directory_after)));
	CHECK(strcmp(directory, directory_after) == 0);
}

int main(int argc, char **argv)
{
	static const struct {
		const char *name;
		void (*run)(void);
	} tests[] = {
		{"threads", test_threads},
		{"publish", test_publish},
		{"streams", test_streams},
		{"streams-crossed", test_streams_crossed},
		{"streams-refused", test_streams_refused},
		{"streams-reopened", test_streams_reopened},
		{"orphan", test_orphan},
		{"end-fd", test_end_fd},
		{"forked-copy", test_forked_copy},
		{"errors", test_errors},
		{"cancel", test_cancel},
		{"zeroed-options", test_zeroed_options},
		{"kill", test_kill},
		{"replaced", test_replaced},
		{"untouched", test_untouched},
	};

	if (argc != 3)
		errx(2, "usage: embed CASE WORKSPACE");
	workspace = argv[2];
	for (size_t i = 0; i < sizeof(tests) / sizeof(tests[0]); i++) {
		if (strcmp(argv[1], tests[i].name) != 0)
			continue;
		tests[i].run();
		printf("%s: fine\n", tests[i].name);
		return 0;
	}
	errx(2, "no such case: %s", argv[1]);
}
