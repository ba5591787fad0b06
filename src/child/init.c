/*
 * Child side: init, the first process of the sandbox (pid 1 in its pid namespace).
 *
 * init_main() lists the steps: identity, mounts, the check of the result, the end of init's own
 * rights, the command, and then reaping until the command ends.  When init ends, for whatever
 * reason, the kernel kills everything else in the pid namespace.
 *
 *   supervisor            host namespaces   the caller's rights
 *     └─ init             new namespaces    all capabilities until rights_restrict(), none
 *         │                                 after rights_give_up()
 *         └─ the command  the same          those that the plan names: none for `rind run`
 */
#include "child/steps.h"
#include "ops/operations.h"
#include "ops/root.h"

#include <sys/signalfd.h>

/* Report what failed, and end: none of the later steps may happen. */
static void __attribute__((noreturn)) fail(const struct child *child, int error)
{
	struct message message = {.type = MESSAGE_FAILED};
	message.failed.stage = child->stage;
	message.failed.call = child->call;
	message.failed.op = child->op;
	message.failed.error = error;
	for (size_t i = 0; child->detail && child->detail[i] && i < NAME_MAX; i++)
		message.failed.detail[i] = child->detail[i];
	/*
	 * If the message is lost, the supervisor sees the end-of-file instead: not a started
	 * command.
	 */
	(void)message_send(child->frozen->socket, &message, -1);
	_exit(RIND_EXIT_FAILURE);
}

/* Run a step; returns its result. */
static int run(struct child *child, enum stage stage, int (*step)(struct child *))
{
	child->stage = stage;
	int result = step(child);
	if (result < 0)
		fail(child, result);
	return result;
}

static void collect_namespaces(const struct frozen *frozen, struct rind_namespaces *ret)
{
	const struct {
		const char *path;
		uint64_t *inode;
	} files[] = {
		{"/proc/self/ns/cgroup", &ret->cgroup},
		{"/proc/self/ns/ipc", &ret->ipc},
		{"/proc/self/ns/mnt", &ret->mnt},
		{"/proc/self/ns/net", &ret->net},
		{"/proc/self/ns/pid", &ret->pid},
		{"/proc/self/ns/user", &ret->user},
		{"/proc/self/ns/uts", &ret->uts},
	};
	struct stat stat;

	if (!frozen->want_namespaces)
		return;
	/* For information only: where it cannot be read (no /proc in the sandbox), it stays 0. */
	for (size_t i = 0; i < sizeof(files) / sizeof(*files); i++)
		*files[i].inode =
			sys_fstatat(AT_FDCWD, files[i].path, &stat, 0) < 0 ? 0 : stat.st_ino;
}

/*
 * The command's process shares init's memory and stack, while init waits.  Verify that vfork(2)
 * really made a process: if it returned 0 without one, init itself would become the command.
 */
static int __attribute__((noinline)) fork_command(struct child *child)
{
	int pid = vfork();
	if (pid == 0) {
		child->self = getpid();
		if (child->self == child->init)
			fail(child, child_noted(child, CALL_CLONE, -EIO));
		_exit(command_main(child));
	}
	return child_noted(child, CALL_CLONE, sys_result(pid));
}

/* Create the command.  When this returns, it has been executed, or has failed. */
static int create_command(struct child *child)
{
	int pid = fork_command(child);
	return child->command_error < 0 ? child->command_error : pid;
}

static void announce_command(struct child *child, const struct rind_namespaces *namespaces, int pid)
{
	struct message message = {.type = MESSAGE_STARTED};
	message.started.pid = pid;
	message.started.proc = child->proc_made;
	message.started.namespaces = *namespaces;
	/* If the supervisor is gone, end. */
	if (message_send(child->frozen->socket, &message, -1) < 0 && child->plan->die_with_parent)
		_exit(RIND_EXIT_FAILURE);
}

/* All signals are blocked in init; SIGCHLD is read from this descriptor. */
static int open_child_signals(struct child *child)
{
	sigset_t set;
	sigemptyset(&set);
	sigaddset(&set, SIGCHLD);
	return child_noted(child, CALL_SIGNALFD,
		sys_descriptor(sys_result(signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK))));
}

static void keep_own_descriptors(struct child *child, int signals)
{
	descriptors_keep(child, child->frozen->socket);
	descriptors_keep(child, signals);
	for (size_t i = 0; i < FROZEN_ENDS; i++)
		if (child->frozen->end_fds[i] >= 0)
			descriptors_keep(child, child->frozen->end_fds[i]);
	if (child->proc_self >= 0)
		descriptors_keep(child, child->proc_self);
}

static void __attribute__((noreturn)) run_command(struct child *child)
{
	struct rind_namespaces namespaces = {0};

	collect_namespaces(child->frozen, &namespaces);
	int signals = run(child, STAGE_COMMAND, open_child_signals);
	run(child, STAGE_COMMAND, rights_guard);
	int command = run(child, STAGE_COMMAND, create_command);
	run(child, STAGE_COMMAND, rights_give_up);
	announce_command(child, &namespaces, command);
	keep_own_descriptors(child, signals);
	run(child, STAGE_COMMAND, descriptors_close_others);
	reap_until_end(child, command, signals);
}

static void __attribute__((noreturn)) become_command(struct child *child)
{
	(void)command_main(child);
	fail(child, child->command_error);
}

/* Full access, without namespaces: there is little to set up. */
static void set_up_nothing(struct child *child)
{
	run(child, STAGE_DESCRIPTORS, descriptors_follow_supervisor);
	run(child, STAGE_DESCRIPTORS, descriptors_put_given);
	run(child, STAGE_DESCRIPTORS, descriptors_replace_input);
	run(child, STAGE_DESCRIPTORS, descriptors_open_self);
	run(child, STAGE_DIRECTORY, identity_change_directory);
	/*
	 * On a kernel without pidfds the command has an init here, too, which only reports its
	 * end.
	 */
	if (child->frozen->has_init)
		child->parent = child->init;
}

/*
 * Each step does what the plan asks of it, which may be nothing.  The order matters: see each
 * function.
 */
static void set_up(struct child *child)
{
	run(child, STAGE_DESCRIPTORS, descriptors_arrange);
	run(child, STAGE_RELEASE, caller_await_supervisor);
	run(child, STAGE_IDENTITY, identity_become_user);
	run(child, STAGE_NETWORK, identity_raise_loopback);
	run(child, STAGE_ID_MAPS, identity_write_id_maps);
	run(child, STAGE_HOSTNAME, identity_set_hostname);
	run(child, STAGE_STREAMS, streams_gather);
	run(child, STAGE_TERMINALS, terminals_replace);
	run(child, STAGE_ROOT, root_open);
	run(child, STAGE_SOURCE, operations_gather);
	run(child, STAGE_ENTRY, operations_apply);
	run(child, STAGE_ROOT, root_enter);
	run(child, STAGE_CHECK, operations_check);
	run(child, STAGE_STREAMS, streams_replace);
	run(child, STAGE_TERMINALS, terminals_take_away);
	run(child, STAGE_SECOND_USER_NAMESPACE, identity_leave_first_user_namespace);
	run(child, STAGE_LANDLOCK, landlock_make_ruleset);
	run(child, STAGE_KEYRING, identity_join_keyring);
	run(child, STAGE_PRIVILEGES, rights_restrict);
	run(child, STAGE_BLOCK, caller_await_release);
	run(child, STAGE_FILTER_DATA, filters_read);
	run(child, STAGE_DIRECTORY, identity_change_directory);
	run(child, STAGE_SESSION, identity_start_session);
	run(child, STAGE_LOCK, caller_take_locks);
	run(child, STAGE_CHECK, identity_check);
}

void init_main(const struct frozen *frozen)
{
	struct child child = {
		.plan = frozen->plan,
		.frozen = frozen,
		.dev = {.devices = {-1, -1, -1, -1, -1, -1},
			.console = -1,
			.fd = -1,
			.empty_file = -1},
		.root = {.fd = -1, .base = -1, .scratch = -1},
		.classic = {.shelf = -1, .flat_clone = -1},
		.ruleset = -1,
		.proc_self = -1,
		.proc = -1,
		.init = getpid(),
	};

	if (frozen->plan->namespaces)
		set_up(&child);
	else
		set_up_nothing(&child);
	if (!frozen->has_init)
		become_command(&child);
	run_command(&child);
}
