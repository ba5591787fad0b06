/*
 * The supervisor's side of a sandbox: rind_spawn(), rind_wait() and the like.
 *
 * Runs in the caller's process, on the host, with the caller's rights.  It holds the plan, makes
 * placeholders for init, and turns failure reports into sentences.  When it ends, the sandbox
 * ends, unless the plan says otherwise.  rind_spawn() in order: freeze the plan, clone init,
 * answer its messages until the command has been executed.
 */
#include "supervisor/sandbox.h"
#include "base/cancel.h"
#include "base/error.h"
#include "base/fd.h"
#include "base/sys.h"
#include "base/unmap_code.h"
#include "child/steps.h"
#include "sandbox/child.h"
#include "sandbox/protocol.h"
#include "supervisor/failure.h"
#include "supervisor/freeze.h"
#include "supervisor/git/publish.h"
#include "supervisor/given.h"
#include "supervisor/group.h"
#include "supervisor/janitor.h"
#include "supervisor/make_roots.h"
#include "supervisor/placeholders.h"
#include "supervisor/process.h"

#include <stdlib.h>
#include <string.h>

struct rind_sandbox {
	struct process process; /* init; the command itself if there is no init */
	int socket;             /* to init */
	int end_fd;             /* the caller's, -1: none */
	bool has_init;
	bool one_thread; /* the program has one thread: see sandbox_spawn() */
	bool ended;
	bool may_outlive;          /* background processes may outlive the command */
	bool outlived;             /* and some did: they are still running */
	struct rind_status status; /* valid once ended */
	bool looked;               /* replaced is valid: init has inspected the paths */
	struct replaced replaced;
	bool has_proc; /* proc is valid */
	enum rind_proc proc;
	bool has_namespaces;
	struct rind_namespaces namespaces;
	struct placeholders placeholders;
	struct group group;
	struct janitor janitor;
	struct publication *publication; /* NULL: nothing is published */
};

/* How long to wait, after an interrupt, for a command that may just have been executed. */
enum { INTERRUPT_GRACE_MS = 500 };

/* How long to wait until init has signalled all processes; many busy ones delay it. */
enum { ANSWER_MS = 5000 };

/* An operation needs more than one only if other processes make and remove the same path. */
enum { SPARE_PLACEHOLDERS = 128 };

/* --- ending ----------------------------------------------------------------------------------- */

/* Wait for init's end.  Then the kernel has killed everything in its pid namespace. */
static int reap(struct rind_sandbox *sandbox, siginfo_t *ret)
{
	int error = process_wait(&sandbox->process, ret);
	sandbox->ended = true;
	return error;
}

/* Remove what the sandbox has made on the host. */
static void clean_up(struct rind_sandbox *sandbox)
{
	bool placeholders_removed = placeholders_finish(&sandbox->placeholders);
	bool group_removed = group_finish(&sandbox->group);

	janitor_finish(&sandbox->janitor, placeholders_removed, group_removed);
}

static void destroy(struct rind_sandbox *sandbox)
{
	siginfo_t info;

	if (!sandbox->ended && !sandbox->outlived && sandbox->process.pid) {
		(void)process_signal(&sandbox->process, SIGKILL);
		/*
		 * Close it before the wait: an init that SIGKILL has not reached ends at
		 * end-of-file.
		 */
		close_fd(&sandbox->socket);
		(void)reap(sandbox, &info);
	}
	clean_up(sandbox);
	publication_free(sandbox->publication);
	close_fd(&sandbox->socket);
	close_fd(&sandbox->process.fd);
	free(sandbox);
}

static void destroy_pointer(struct rind_sandbox **sandbox)
{
	if (*sandbox)
		destroy(*sandbox);
}

#define _cleanup_sandbox_ __attribute__((cleanup(destroy_pointer)))

/* --- starting --------------------------------------------------------------------------------- */

/*
 * Clone init with all signals blocked, so that no signal handler of the program runs in it.  It
 * has no exit signal: the program's own SIGCHLD handler and wait(2) do not see it.
 */
static int clone_init(
	struct rind_sandbox *sandbox, struct frozen *frozen, const sigset_t *command_mask)
{
	uint64_t mask;

	int error = sys_set_sigmask(~0ULL, &mask);
	if (error < 0)
		return error;
	frozen->signal_mask = mask;
	if (command_mask)
		memcpy(&frozen->signal_mask, command_mask, sizeof(frozen->signal_mask));
	frozen->signal_mask &= ~frozen->plan->unblocked_signals;
	long pid = process_clone(frozen->plan->namespaces, sandbox->group.inner, &sandbox->process);
	if (!pid)
		init_main(frozen);
	(void)sys_set_sigmask(mask, NULL);
	return pid < 0 ? (int)pid : 0;
}

/* --- conversing ------------------------------------------------------------------------------- */

/*
 * Send a message.  If init is gone, the next receive tells; any other failure must be reported,
 * or init would wait for ever.
 */
static int send_to_init(const struct rind_sandbox *sandbox, const struct message *message)
{
	int error = message_send(sandbox->socket, message, -1);
	return error == -EPIPE || error == -ECONNRESET ? 0 : error;
}

/* Init asks for a placeholder.  Check the request, although the command does not run yet. */
static int answer_placeholder(struct rind_sandbox *sandbox, struct message *request, int directory)
{
	struct message answer = {.type = MESSAGE_PLACEHOLDER_RESULT};
	struct stat stat;
	char *name = request->placeholder.name;

	name[NAME_MAX] = '\0';
	if (directory < 0 || !*name || strchr(name, '/') || !strcmp(name, ".") ||
		!strcmp(name, "..")) {
		close_fd(&directory);
		return -EPROTO;
	}
	answer.placeholder_result.result =
		placeholders_add(&sandbox->placeholders, directory, name, &stat);
	if (!answer.placeholder_result.result) {
		answer.placeholder_result.device = stat.st_dev;
		answer.placeholder_result.inode = stat.st_ino;
	}
	return send_to_init(sandbox, &answer);
}

/* Init has ended without a report. */
static int describe_silent_end(struct rind_sandbox *sandbox, struct rind_error *err)
{
	siginfo_t info;
	/* If the end-of-file was faked, init ends now, since its socket is closed. */
	close_fd(&sandbox->socket);
	int error = reap(sandbox, &info);
	if (error < 0)
		return failure_of_call("waitid", error, err);
	if (info.si_code == CLD_EXITED)
		return rind_error_set(err, -EPROTO,
			"cannot start: the sandbox's init ended with status %d before the command "
			"began",
			info.si_status);
	return rind_error_set(err, -EINTR,
		"cannot start: the sandbox's init was killed by signal %d before the command began",
		info.si_status);
}

/*
 * Wait for init's next message.  -EINTR: the caller's interrupt_fd became readable first;
 * -ECANCELED: its end_fd did.
 */
static int next_message(
	struct rind_sandbox *sandbox, int interrupt_fd, struct message *ret, int *ret_fd)
{
	struct pollfd fds[] = {
		{.fd = sandbox->socket, .events = POLLIN},
		{.fd = interrupt_fd, .events = POLLIN}, /* poll(2) passes over -1 */
		{.fd = sandbox->end_fd, .events = POLLIN},
	};
	int error = sys_poll(fds, 3, -1);
	if (error > 0 && fds[2].revents)
		return -ECANCELED;
	/*
	 * The command may be running already, with init's message on the way: then a user who saw
	 * it run and pressed Ctrl-C meant the command.  So wait a moment before giving up.
	 */
	if (error > 0 && !fds[0].revents)
		error = sys_poll(fds, 1, INTERRUPT_GRACE_MS);
	if (error < 0)
		return error;
	if (!fds[0].revents)
		return -EINTR;
	return message_receive(sandbox->socket, ret, ret_fd, 0);
}

static int placeholder_asked(
	struct rind_sandbox *sandbox, struct message *message, int fd, struct rind_error *err)
{
	int error = answer_placeholder(sandbox, message, fd);
	if (!error)
		return 1;
	if (error == -EPROTO)
		return rind_error_set(err, error, "cannot start: init sent a malformed request");
	return failure_of_call("sendmsg", error, err);
}

static int scratch_given(
	struct rind_sandbox *sandbox, const struct message *message, int fd, struct rind_error *err)
{
	const struct message taken = {.type = MESSAGE_SCRATCH_TAKEN};

	int result = publication_take(sandbox->publication, message, fd, err);
	/* The first of its two layers. */
	if (result <= 0)
		return result < 0 ? result : 1;
	int error = send_to_init(sandbox, &taken);
	return error < 0 ? failure_of_call("sendmsg", error, err) : 1;
}

/* Handle one message.  1: go on; 0: the command has been executed. */
static int handle(struct rind_sandbox *sandbox, const struct rind_plan *plan, const char *command,
	struct message *message, int fd, struct rind_error *err)
{
	switch (message->type) {
	case MESSAGE_PLACEHOLDER:
		return placeholder_asked(sandbox, message, fd, err);
	case MESSAGE_FAILED:
		return failure_describe(plan, command, message, err);
	case MESSAGE_SCRATCH:
		return scratch_given(sandbox, message, fd, err);
	case MESSAGE_STARTED:
		sandbox->proc = message->started.proc;
		sandbox->namespaces = message->started.namespaces;
		return 0;
	case MESSAGE_EXITED:
	case MESSAGE_PLACEHOLDER_RESULT:
	case MESSAGE_SIGNAL:
	case MESSAGE_GO:
	case MESSAGE_HOLD:
	case MESSAGE_INIT:
	case MESSAGE_SCRATCH_TAKEN:
		break;
	}
	close_fd(&fd);
	return rind_error_set(err, -EPROTO, "cannot start: init sent an unexpected message");
}

static int converse(struct rind_sandbox *sandbox, const struct rind_plan *plan, const char *command,
	int interrupt_fd, struct rind_error *err)
{
	struct message message;
	int fd, result = 1;

	while (result > 0) {
		int received = next_message(sandbox, interrupt_fd, &message, &fd);
		if (received == -EINTR)
			return rind_error_set(err, -EINTR, "interrupted before the command began");
		if (received == -ECANCELED)
			return rind_error_set(err, received,
				"the process that the sandbox is for ended before the command "
				"began");
		if (received < 0)
			return failure_of_call("recvmsg", received, err);
		if (received == 0) {
			/* Without an init, the command has the socket, and exec closes it. */
			if (!sandbox->has_init)
				return 0;
			return describe_silent_end(sandbox, err);
		}
		result = handle(sandbox, plan, command, &message, fd, err);
	}
	return result;
}

/* 0 and -1 mean "not given": 0 is the command's, and the default in an options struct of zeros. */
static int given_fd(int fd)
{
	return fd > 0 ? fd : -1;
}

static struct rind_sandbox *sandbox_new(
	const struct rind_plan *plan, const struct rind_spawn_options *options)
{
	struct rind_sandbox *sandbox = calloc(1, sizeof(*sandbox));
	if (!sandbox)
		return NULL;
	sandbox->process.fd = sandbox->socket = -1;
	sandbox->end_fd = given_fd(options ? options->end_fd : -1);
	sandbox->may_outlive = !plan->die_with_parent;
	sandbox->has_init = plan_has_init(plan, plan->namespaces || process_has_pidfds());
	group_init(&sandbox->group);
	const size_t capacity = plan->op_count + SPARE_PLACEHOLDERS;
	janitor_init(&sandbox->janitor, capacity, plan->uid, &sandbox->group);
	placeholders_init(&sandbox->placeholders, capacity, &sandbox->janitor);
	return sandbox;
}

/*
 * Open what init watches.  If the program has forked another process, that has a copy of the
 * supervisor's end of the socket, and init would not see that the program has ended.  There is no
 * such copy of the process behind a pidfd.
 */
static int open_ends(
	struct rind_sandbox *sandbox, struct frozen *frozen, int *ret_self, struct rind_error *err)
{
	frozen->end_fds[0] = -1;
	frozen->end_fds[1] = frozen->plan->die_with_parent ? sandbox->end_fd : -1;
	/* The rind program has one thread, and forks no process that keeps a copy. */
	if (!frozen->has_init || !frozen->plan->die_with_parent || sandbox->one_thread)
		return 0;
	_cleanup_close_ int self = sys_pidfd_open(getpid());
	/* Without pidfd_open (before Linux 5.3, or by a filter) init relies on the socket. */
	if (self == -ENOSYS || self == -EPERM)
		return 0;
	int error = self < 0 ? self : fd_move_above_stdio(&self);
	if (error < 0)
		return failure_of_call("pidfd_open", error, err);
	*ret_self = frozen->end_fds[0] = take_fd(&self);
	return 0;
}

static int make_group(
	struct rind_sandbox *sandbox, const struct rind_plan *plan, struct rind_error *err)
{
	if (!plan->cgroup)
		return 0;
	int error = group_find(&sandbox->group, plan->cgroup);
	/* Start the janitor, which knows the names, before the groups are made. */
	if (!error)
		error = janitor_start(&sandbox->janitor);
	if (!error)
		error = group_make(&sandbox->group, &plan->cgroup_limits);
	if (error < 0)
		return rind_error_set(err, error, "cannot make a control group in %s: %s",
			plan->cgroup, errno_text(-error));
	return 0;
}

/* Freeze the plan, and clone init. */
static int launch_frozen(struct rind_sandbox *sandbox, const struct rind_plan *plan,
	char *const argv[], const struct rind_spawn_options *options, struct arena *arena,
	struct rind_error *err)
{
	struct frozen frozen;
	_cleanup_close_ int theirs = -1, self = -1;

	int error = freeze_plan(plan, argv, options, arena, &frozen, err);
	if (error < 0)
		return error;
	frozen.has_init = sandbox->has_init;
	error = process_sockets(&sandbox->socket, &theirs);
	if (error < 0)
		return failure_of_call("socketpair", error, err);
	frozen.socket = theirs;
	frozen.supervisor_socket = sandbox->socket;
	error = open_ends(sandbox, &frozen, &self, err);
	if (error < 0)
		return error;
	/* Without an init no process watches the program: arm the signal anyway. */
	frozen.arm_parent_death_signal &= sandbox->one_thread || !frozen.has_init;
	error = freeze_descriptors(&frozen, arena, err);
	if (error < 0)
		return error;
	error = publication_begin(plan, &sandbox->publication, err);
	if (error < 0)
		return error;
	error = make_roots(plan, err);
	if (error < 0)
		return error;
	error = make_group(sandbox, plan, err);
	if (error < 0)
		return error;
	error = clone_init(sandbox, &frozen, options ? options->signal_mask : NULL);
	close_fd(&sandbox->group.inner);
	if (error < 0 && group_describe_clone(&sandbox->group, plan, error, err) < 0)
		return error;
	if (error < 0)
		return failure_describe_clone(plan, error, err);
	error = sandbox->process.fd >= 0 ? fd_move_above_stdio(&sandbox->process.fd) : 0;
	if (error < 0)
		return failure_of_call("fcntl", error, err);
	sandbox->janitor.init = &sandbox->process;
	return 0;
}

static int launch(struct rind_sandbox *sandbox, const struct rind_plan *plan, char *const argv[],
	const struct rind_spawn_options *options, struct arena *arena, struct rind_error *err)
{
	_cleanup_given_ struct rind_spawn_options own = given_none;

	int error = given_take(plan, options, &own, err);
	return error < 0 ? error : launch_frozen(sandbox, plan, argv, &own, arena, err);
}

/* Call the hook with init's pid, then let init go on. */
static int release(const struct rind_sandbox *sandbox, const struct rind_plan *plan,
	const struct sandbox_hook *hook, struct rind_error *err)
{
	const struct message go = {.type = MESSAGE_GO};

	if (!plan->wait)
		return 0;
	int error = hook ? hook->created(
				   hook->data, sandbox->process.pid, rind_sandbox_fd(sandbox), err)
			 : 0;
	if (error < 0)
		return error;
	error = send_to_init(sandbox, &go);
	return error < 0 ? failure_of_call("sendmsg", error, err) : 0;
}

/* Takes over the sandbox, also if it fails. */
static int spawn(struct rind_sandbox *owned, const struct rind_plan *plan, char *const argv[],
	const struct rind_spawn_options *options, const struct sandbox_hook *hook,
	struct rind_sandbox **ret, struct rind_error *err)
{
	struct arena arena = {0};
	_cleanup_sandbox_ struct rind_sandbox *sandbox = owned;

	int error = launch(sandbox, plan, argv, options, &arena, err);
	arena_free(&arena);
	if (!error)
		error = release(sandbox, plan, hook, err);
	if (error < 0)
		return error;
	error = converse(
		sandbox, plan, argv[0], given_fd(options ? options->interrupt_fd : -1), err);
	if (error < 0)
		return error;
	sandbox->has_proc = plan->namespaces && plan->root == PLAN_ROOT_IN_PLACE;
	sandbox->has_namespaces = sandbox->has_init && options && options->want_namespaces;
	*ret = take_ptr(sandbox);
	return 0;
}

int rind_spawn(const struct rind_plan *plan, char *const argv[],
	const struct rind_spawn_options *options, struct rind_sandbox **ret, struct rind_error *err)
{
	WITHOUT_CANCELLATION;
	struct rind_sandbox *sandbox = sandbox_new(plan, options);
	if (!sandbox)
		return rind_error_no_memory(err);
	return spawn(sandbox, plan, argv, options, NULL, ret, err);
}

int sandbox_spawn(const struct rind_plan *plan, char *const argv[],
	const struct rind_spawn_options *options, const struct sandbox_hook *hook,
	struct rind_sandbox **ret, struct rind_error *err)
{
	struct rind_sandbox *sandbox = sandbox_new(plan, options);
	if (!sandbox)
		return rind_error_no_memory(err);
	sandbox->one_thread = true;
	return spawn(sandbox, plan, argv, options, hook, ret, err);
}

/* --- while it runs ---------------------------------------------------------------------------- */

int rind_sandbox_fd(const struct rind_sandbox *sandbox)
{
	/*
	 * Without a pidfd the socket becomes readable: at init's last message, or at end-of-file.
	 */
	return sandbox->process.fd >= 0 ? sandbox->process.fd : sandbox->socket;
}

pid_t rind_sandbox_pid(const struct rind_sandbox *sandbox)
{
	return sandbox->process.pid;
}

int rind_sandbox_namespaces(const struct rind_sandbox *sandbox, struct rind_namespaces *ret)
{
	if (!sandbox->has_namespaces)
		return -ENODATA;
	*ret = sandbox->namespaces;
	return 0;
}

int rind_sandbox_proc(const struct rind_sandbox *sandbox)
{
	return sandbox->has_proc ? (int)sandbox->proc : -ENODATA;
}

/* A stopped init reads no messages: do not block the caller. */
static int ask_init(const struct rind_sandbox *sandbox, const struct message *message)
{
	int error = message_send_flags(sandbox->socket, message, -1, MSG_DONTWAIT);
	return error == -EPIPE || error == -ECONNRESET ? -ESRCH : error;
}

int rind_sandbox_signal(struct rind_sandbox *sandbox, int signal, bool group)
{
	WITHOUT_CANCELLATION;
	struct message message = {.type = MESSAGE_SIGNAL};

	if (sandbox->ended)
		return -ESRCH;
	if (!sandbox->has_init)
		return process_signal(&sandbox->process, signal);
	message.signal.number = signal;
	message.signal.group = group;
	return ask_init(sandbox, &message);
}

/*
 * Take init's answer from the socket.  Any other message, such as its last one, is left there:
 * -ESRCH.
 */
static int take_answer(const struct rind_sandbox *sandbox)
{
	struct message message;
	int fd;

	long size = sys_result(
		recv(sandbox->socket, &message, sizeof(message), MSG_PEEK | MSG_DONTWAIT));
	if (size != sizeof(message) || message.type != MESSAGE_SIGNAL)
		return size < 0 ? (int)size : -ESRCH;
	int received = message_receive(sandbox->socket, &message, &fd, MSG_DONTWAIT);
	return received < 0 ? received : 0;
}

static int await_answer(const struct rind_sandbox *sandbox)
{
	struct pollfd answer = {.fd = sandbox->socket, .events = POLLIN};

	int ready = sys_poll(&answer, 1, ANSWER_MS);
	if (ready <= 0)
		return ready < 0 ? ready : -ETIMEDOUT;
	return take_answer(sandbox);
}

int sandbox_signal_all(struct rind_sandbox *sandbox, int signal)
{
	struct message message = {.type = MESSAGE_SIGNAL};

	if (sandbox->ended || !sandbox->has_init)
		return -ESRCH;
	/* Discard answers to earlier requests. */
	while (take_answer(sandbox) == 0)
		;
	message.signal.number = signal;
	message.signal.all = true;
	int error = ask_init(sandbox, &message);
	return error < 0 ? error : await_answer(sandbox);
}

bool sandbox_has_ended(const struct rind_sandbox *sandbox)
{
	if (sandbox->process.fd >= 0)
		return true;
	int error = take_answer(sandbox);
	return error < 0 && error != -EAGAIN;
}

int rind_sandbox_kill(struct rind_sandbox *sandbox)
{
	WITHOUT_CANCELLATION;
	return sandbox->ended ? -ESRCH : process_signal(&sandbox->process, SIGKILL);
}

/* --- the end ---------------------------------------------------------------------------------- */

static struct rind_status status_from_wait(int status)
{
	if (WIFSIGNALED(status))
		return (struct rind_status){.signaled = true, .value = WTERMSIG(status)};
	return (struct rind_status){.value = WEXITSTATUS(status)};
}

/*
 * Take the status from init's last message.  Without one, init was killed, and the command with
 * it; or init gave up, which is a failure of rind, not a status of the command.  Only init can
 * have sent the message: the command cannot reach its socket.
 */
static int status_from_init(struct rind_sandbox *sandbox, const siginfo_t *end,
	struct rind_status *ret, struct rind_error *err)
{
	struct message message;
	int fd;

	while (message_receive(sandbox->socket, &message, &fd, MSG_DONTWAIT) > 0) {
		close_fd(&fd);
		if (message.type != MESSAGE_EXITED)
			continue;
		sandbox->looked = true;
		sandbox->replaced = message.exited.replaced;
		*ret = status_from_wait(message.exited.status);
		return 0;
	}
	if (end->si_code == CLD_EXITED)
		return rind_error_set(err, -EPROTO,
			"the sandbox's init ended with status %d while the command was running, "
			"which it has taken along",
			end->si_status);
	*ret = (struct rind_status){.signaled = true, .value = SIGKILL};
	return 0;
}

int rind_wait(struct rind_sandbox *sandbox, struct rind_status *ret, struct rind_error *err)
{
	WITHOUT_CANCELLATION;
	if (!sandbox->ended) {
		siginfo_t info;
		int error = reap(sandbox, &info);
		if (error < 0)
			return rind_error_set(
				err, error, "cannot wait: waitid: %s", errno_text(-error));
		clean_up(sandbox);
		sandbox->status = (struct rind_status){
			.signaled = info.si_code != CLD_EXITED,
			.value = info.si_status,
		};
		if (sandbox->has_init)
			error = status_from_init(sandbox, &info, &sandbox->status, err);
		if (error < 0)
			return error;
	}
	*ret = sandbox->status;
	return 0;
}

int rind_sandbox_replaced(
	const struct rind_sandbox *sandbox, struct rind_replaced *ret, size_t capacity)
{
	if (!sandbox->looked)
		return -ENODATA;
	size_t named = sandbox->replaced.count;
	if (named > RIND_REPLACED_NAMED)
		named = RIND_REPLACED_NAMED;
	for (size_t i = 0; i < capacity && i < named; i++) {
		ret[i].step = sandbox->replaced.ops[i].op;
		ret[i].unknown = sandbox->replaced.ops[i].unknown;
	}
	return (int)sandbox->replaced.count;
}

int rind_sandbox_publish(struct rind_sandbox *sandbox, int interrupt_fd, struct rind_error *err)
{
	WITHOUT_CANCELLATION;
	if (!sandbox->ended && !sandbox->outlived)
		return rind_error_set(err, -EBUSY,
			"the command still runs: what it commits can be published later");
	return publication_publish(sandbox->publication, given_fd(interrupt_fd), err);
}

int sandbox_socket(const struct rind_sandbox *sandbox)
{
	return sandbox->socket;
}

int sandbox_wait_command(
	struct rind_sandbox *sandbox, struct rind_status *ret, struct rind_error *err)
{
	struct pollfd events[] = {
		{.fd = sandbox->has_init ? sandbox->socket : sandbox->process.fd, .events = POLLIN},
		{.fd = sandbox->end_fd, .events = POLLIN},
	};
	struct message message = {0};
	int fd = -1, received = 0;

	/* The command itself, without a pidfd: it cannot be polled, only waited for. */
	int error = events[0].fd >= 0 ? unmap_code_and_poll(events, 2, -1) : 0;
	if (error < 0)
		return rind_error_set(err, error, "cannot wait: poll: %s", errno_text(-error));
	if (events[1].revents) {
		(void)rind_sandbox_kill(sandbox);
		return rind_wait(sandbox, ret, err);
	}
	if (sandbox->has_init)
		received = message_receive(sandbox->socket, &message, &fd, 0);
	close_fd(&fd);
	if (received <= 0 || message.type != MESSAGE_EXITED)
		return rind_wait(sandbox, ret, err);
	*ret = status_from_wait(message.exited.status);
	sandbox->outlived = sandbox->may_outlive && !message.exited.last;
	return 0;
}

void rind_sandbox_free(struct rind_sandbox *sandbox)
{
	WITHOUT_CANCELLATION;
	if (sandbox)
		destroy(sandbox);
}
