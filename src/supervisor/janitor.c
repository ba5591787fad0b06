/*
 * See janitor.h.  Supervisor, and the janitor itself: both work on the host with the caller's
 * rights and nothing else.  The janitor may be the copy of one thread of a threaded program: it
 * only makes system calls on memory that was there before.  Child side from janitor_main() on.
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

void janitor_init(struct janitor *janitor, size_t capacity, const struct group *group)
{
	*janitor = (struct janitor){
		.process = {.fd = -1},
		.socket = -1,
		.group = group,
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

/* Take over what the supervisor has announced. */
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
		memcpy(item->name, message->placeholder.name, sizeof(item->name));
	} else if (message->type == MESSAGE_HOLD && last) {
		close_fd(&last->lock);
		last->lock = fd;
	}
}

/*
 * Listen to the supervisor until it is gone.  Believe that only when it is said twice: what the
 * supervisor announces after that would be left behind.
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
 * Init, and all that it takes along, has to have ended: a mask may still be in use.  It is no child
 * of ours, and without a pidfd there is nothing to wait for: so look until its number is free.
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
	for (size_t i = 0; i < janitor->count; i++)
		if (placeholder_remove(&janitor->items[i]) < 0)
			(void)!placeholder_remove(&janitor->items[i]);
}

/* Of the descriptors above 2: the lowest that is kept, and is not below first; -1: none. */
static int lowest_kept(const int *kept, size_t count, int first)
{
	int lowest = -1;

	for (size_t i = 0; i < count; i++)
		if (kept[i] >= first && (lowest < 0 || kept[i] < lowest))
			lowest = kept[i];
	return lowest;
}

/*
 * Keep its socket, init's pidfd and the place of the group, where there are any, and 0-2, whose
 * end-of-file says that all is done.
 */
static int close_all_but(const int *kept, size_t count)
{
	int next = STDERR_FILENO + 1, keep, error = 0;

	while (!error && (keep = lowest_kept(kept, count, next)) >= 0) {
		error = close_range_or_each((unsigned int)next, (unsigned int)keep - 1);
		next = keep + 1;
	}
	return error < 0 ? error : close_range_or_each((unsigned int)next, ~0U);
}

static void CLONED_MAIN janitor_main(struct work *work)
{
	struct janitor *janitor = work->janitor;
	const int kept[] = {work->socket, work->init.fd, janitor->group->parent};

	/* What stays open is at worst waited for by others; without us placeholders are left. */
	(void)!close_all_but(kept, sizeof(kept) / sizeof(*kept));
	listen_to_supervisor(work);
	/* Of an init that it was not told of there are no placeholders. */
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
	const uint64_t all = ~0ULL;
	uint64_t mask;

	if (janitor->init)
		work.init = *janitor->init;
	/* Blocked before, not in the janitor: no moment in which a signal could end it. */
	int error = sys_sigmask(SIG_SETMASK, &all, &mask);
	if (error < 0)
		return error;
	long pid = process_clone(0, -1, &janitor->process);
	if (!pid) {
		/*
		 * By itself: closing the others may fail, and this one would hide the supervisor's
		 * end.
		 */
		close(ours);
		janitor_main(&work);
	}
	(void)sys_sigmask(SIG_SETMASK, &mask, NULL);
	if (pid < 0)
		return (int)pid;
	/*
	 * Out of the caller's process group, which may be killed as a whole; and set from here, so
	 * that it is done before there is anything to remove.
	 */
	long moved = sys_result(setpgid((pid_t)pid, (pid_t)pid));
	return sys_answered(moved, getpgid((pid_t)pid) == (pid_t)pid);
}

int janitor_start(struct janitor *janitor)
{
	int pair[2];

	if (janitor->socket >= 0)
		return 0;
	if (!janitor->items)
		janitor->items = calloc(janitor->capacity, sizeof(*janitor->items));
	if (!janitor->items)
		return -ENOMEM;
	int error = sys_socket_pair(pair);
	if (error < 0)
		return error;
	_cleanup_close_ int ours = pair[0], theirs = pair[1];

	error = fd_move_above_stdio(&ours);
	if (!error)
		error = fd_move_above_stdio(&theirs);
	if (!error)
		error = clone_janitor(janitor, ours, theirs);
	if (error < 0)
		return error;
	janitor->socket = take_fd(&ours);
	janitor->knows_init = janitor->init != NULL;
	return 0;
}

/* One that was started for a group, before there was an init. */
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
	/* Before the wait: the janitor acts on it, and one that no signal has reached ends. */
	close_fd(&janitor->socket);
	if (janitor->process.pid && group_removed)
		(void)process_wait(&janitor->process, &info);
	janitor->process.pid = 0;
	close_fd(&janitor->process.fd);
	free(take_ptr(janitor->items));
}
