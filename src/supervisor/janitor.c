/*
 * The janitor; see janitor.h.  The supervisor starts it; the janitor is a copy of one thread of a
 * program that may have more.  Both are on the host, with the caller's rights.
 *
 * Child side from janitor_main() on: system calls on memory that was there before.
 */
#include "supervisor/janitor.h"

#include "base/fd.h"
#include "base/sys.h"
#include "base/unmap_code.h"
#include "child/close_each.h"
#include "sandbox/protocol.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { INIT_PAUSE_NS = 10 * 1000 * 1000 };

void janitor_init(struct janitor *janitor, size_t capacity, uid_t uid, const struct group *group)
{
	*janitor = (struct janitor){
		.process = {.fd = -1},
		.socket = -1,
		.group = group,
		.uid = uid,
		.capacity = capacity,
	};
}

/* --- the janitor itself ----------------------------------------------------------------------- */

/* What the janitor works with. */
struct work {
	struct janitor *janitor;
	int socket;
	struct process init; /* fd: -1 where there is none, or it has no pidfd */
};

/* Take over what the supervisor announces. */
static void take(struct work *work, const struct message *message, int fd)
{
	struct janitor *janitor = work->janitor;
	struct placeholder *last = janitor->count ? &janitor->items[janitor->count - 1] : NULL;

	if (message->type == MESSAGE_INIT) {
		work->init = (struct process){.pid = message->init.pid, .fd = fd};
	} else if (message->type == MESSAGE_PLACEHOLDER && janitor->count < janitor->capacity) {
		struct placeholder *item = &janitor->items[janitor->count++];
		item->directory = fd;
		item->lock = -1;
		item->uid = janitor->uid;
		memcpy(item->name, message->placeholder.name, sizeof(item->name));
	} else if (message->type == MESSAGE_HOLD && last) {
		close_fd(&last->lock);
		last->lock = fd;
	}
}

/*
 * Read announcements until the supervisor is gone.  Require two end-of-files in a row: after a
 * faked one, later announcements would be missed and their files left behind.
 */
static void listen_to_supervisor(struct work *work)
{
	enum { ENOUGH = 2 };
	struct pollfd announced = {.fd = work->socket, .events = POLLIN};
	struct message message;
	int fd;

	for (int ended = 0; ended < ENOUGH;) {
		(void)unmap_code_and_poll(&announced, 1, -1);
		if (message_receive(work->socket, &message, &fd, 0) <= 0) {
			ended++;
			continue;
		}
		ended = 0;
		take(work, &message, fd);
	}
}

/*
 * Wait until init, and with it everything in its pid namespace, has ended: until then a mask may
 * be in use.  Init is not the janitor's child, so without a pidfd poll its pid until it is free.
 */
static void await_init(const struct process *init)
{
	const struct timespec pause = {.tv_nsec = INIT_PAUSE_NS};
	struct pollfd ended = {.fd = init->fd, .events = POLLIN};

	if (init->fd >= 0)
		(void)unmap_code_and_poll(&ended, 1, -1);
	else
		while (sys_result(kill(init->pid, 0)) != -ESRCH)
			nanosleep(&pause, NULL);
}

static void remove_placeholders(struct work *work)
{
	struct janitor *janitor = work->janitor;

	await_init(&work->init);
	/* In the order of placeholders_finish(). */
	for (size_t i = janitor->count; i-- > 0;)
		if (placeholder_remove(&janitor->items[i]) < 0)
			(void)!placeholder_remove(&janitor->items[i]);
}

static void CLONED_MAIN janitor_main(struct work *work)
{
	struct janitor *janitor = work->janitor;
	const int kept[] = {work->socket, work->init.fd, janitor->group->parent};

	/*
	 * After a failure go on: an open descriptor makes others wait, but without the janitor
	 * placeholders would be left behind.
	 */
	(void)!close_all_but(kept, sizeof(kept) / sizeof(*kept));
	listen_to_supervisor(work);
	/* Without an init there are no placeholders. */
	if (work->init.pid)
		remove_placeholders(work);
	if (janitor->group->parent >= 0)
		(void)group_remove(janitor->group, 0);
	_exit(0);
}

/* --- the supervisor's side of it -------------------------------------------------------------- */

static int clone_janitor(struct janitor *janitor, int ours, int theirs)
{
	struct work work = {.janitor = janitor, .socket = theirs, .init = {.fd = -1}};
	uint64_t mask;

	if (janitor->init)
		work.init = *janitor->init;
	/*
	 * Block signals before the clone: otherwise one could end the janitor before it blocks
	 * them.
	 */
	int error = sys_set_sigmask(~0ULL, &mask);
	if (error < 0)
		return error;
	long pid = process_clone(0, -1, &janitor->process);
	if (!pid) {
		/*
		 * Close it on its own: close_all_but() may fail, and with a copy of the
		 * supervisor's end the janitor would never see end-of-file.
		 */
		close(ours);
		janitor_main(&work);
	}
	(void)sys_set_sigmask(mask, NULL);
	if (pid < 0)
		return (int)pid;
	/*
	 * Leave the caller's process group, which may be killed as a whole.  The supervisor sets
	 * it, so that it is done before there is anything to remove.
	 */
	long moved = sys_result(setpgid((pid_t)pid, (pid_t)pid));
	return sys_answered(moved, getpgid((pid_t)pid) == (pid_t)pid);
}

int janitor_start(struct janitor *janitor)
{
	_cleanup_close_ int ours = -1, theirs = -1;

	if (janitor->socket >= 0)
		return 0;
	if (!janitor->items)
		janitor->items = calloc(janitor->capacity, sizeof(*janitor->items));
	if (!janitor->items)
		return -ENOMEM;
	int error = process_sockets(&ours, &theirs);
	if (!error)
		error = clone_janitor(janitor, ours, theirs);
	if (error < 0)
		return error;
	janitor->socket = take_fd(&ours);
	janitor->knows_init = janitor->init != NULL;
	return 0;
}

/* The janitor may have been started, for a control group, before init was cloned: tell it now. */
static int announce_init(struct janitor *janitor)
{
	struct message message = {.type = MESSAGE_INIT};

	if (janitor->knows_init)
		return 0;
	message.init.pid = janitor->init->pid;
	int error = message_send(janitor->socket, &message, janitor->init->fd);
	janitor->knows_init = !error;
	return error;
}

int janitor_announce(struct janitor *janitor, const struct placeholder *item)
{
	struct message message = {.type = MESSAGE_PLACEHOLDER};

	int error = announce_init(janitor);
	if (error < 0)
		return error;
	memcpy(message.placeholder.name, item->name, sizeof(item->name));
	return message_send(janitor->socket, &message, item->directory);
}

int janitor_announce_lock(struct janitor *janitor, const struct placeholder *item)
{
	struct message message = {.type = MESSAGE_HOLD};
	return message_send(janitor->socket, &message, item->lock);
}

void janitor_finish(struct janitor *janitor, bool placeholders_removed, bool group_removed)
{
	siginfo_t info;

	if (janitor->process.pid && placeholders_removed && group_removed)
		(void)process_signal(&janitor->process, SIGKILL);
	/*
	 * Close it before the wait: the janitor acts on end-of-file, and a janitor that SIGKILL
	 * has not reached ends.
	 */
	close_fd(&janitor->socket);
	if (janitor->process.pid && group_removed)
		(void)process_wait(&janitor->process, &info);
	janitor->process.pid = 0;
	close_fd(&janitor->process.fd);
	free(take_ptr(janitor->items));
}
