/*
 * Placeholders: empty files on the host that carry the masks over missing paths.
 *
 * A placeholder is a regular file without content, mode 01444: no file of anybody's own looks like
 * that (base/placeholder_mark.h).  Each sandbox that uses one holds a shared flock(2) on it, which the kernel
 * drops when its holders die; whoever gets the lock exclusively is the last and removes the file.
 *
 *   supervisor   makes the file, holds the lock, removes the file at the end
 *   janitor      a copy of the supervisor that holds the same lock and waits; when the supervisor
 *                has been killed it waits for init's end, too, and then removes the file
 *
 * So the file goes whichever one of them is killed.  Where all are killed at once (a power cut, a
 * cgroup kill) the file stays, without a lock, until the next sandbox over the same path takes it
 * over and removes it.
 */
#ifndef RIND_SUPERVISOR_PLACEHOLDER_H
#define RIND_SUPERVISOR_PLACEHOLDER_H

#include "base/error.h"

#include "supervisor/process.h"

#include <limits.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/stat.h>
#include <sys/types.h>

struct placeholder {
	int directory; /* from init, so within a mount that is writable and keeps the host's name */
	int lock;      /* the file, open and locked; -1: not yet */
	char name[NAME_MAX + 1];
};

struct placeholders {
	struct placeholder *items;
	size_t count, capacity;
	const struct process *init; /* not owned; set once there is one */
	struct process janitor;
	int janitor_socket; /* the janitor acts when the other end is closed; -1: no janitor */
};

/* capacity: how many there can be; memory is reserved when the first one is needed. */
void placeholders_init(struct placeholders *set, size_t capacity);

/*
 * Make, or share, the placeholder directory/name; takes over the descriptor.  Returns 0 with its
 * identity in *ret, PLACEHOLDER_NOT_NEEDED, PLACEHOLDER_LOOK_AGAIN or PLACEHOLDER_FOREIGN
 * (sandbox/protocol.h), or -errno.
 */
int placeholders_add(
	struct placeholders *set, int directory, const char *name, struct stat *ret) _must_check_;

/* Remove those that nobody else uses; end the janitor.  Init has ended before. */
void placeholders_finish(struct placeholders *set);

#endif
