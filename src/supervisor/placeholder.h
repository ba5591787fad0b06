/*
 * A placeholder: an empty file on the host that carries the mask over a missing path.
 *
 * A placeholder is a regular file without content, mode 01444: no file of anybody's own looks like
 * that (base/placeholder_mark.h).  Each sandbox that uses one holds a shared flock(2) on it, which
 * the kernel drops when its holders die; whoever gets the lock exclusively is the last and removes
 * the file.
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

#include <limits.h>
#include <sys/stat.h>

struct placeholder {
	int directory; /* from init, so within a mount that is writable and keeps the host's name */
	int lock;      /* the file, open and locked; -1: not yet */
	char name[NAME_MAX + 1];
};

/*
 * Make it, or share it, and lock it against removal; a lock that it has from before is kept until
 * there is another.  Returns 0 with its identity in *ret, PLACEHOLDER_NOT_NEEDED,
 * PLACEHOLDER_LOOK_AGAIN or PLACEHOLDER_FOREIGN (sandbox/protocol.h), or -errno; whichever it is,
 * placeholder_remove() is for what was made.
 */
int placeholder_acquire(struct placeholder *item, struct stat *ret) _must_check_;

/*
 * Remove it, unless somebody else uses it or it is not what we made.  0: done, or nothing to be
 * done; -errno: it may still be there.  Without a lock of its own (its maker was killed in between)
 * it is looked up again.
 */
int placeholder_remove(struct placeholder *item) _must_check_;

#endif
