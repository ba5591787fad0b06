/*
 * A placeholder: an empty file on the host on which a mask over a missing path is mounted.
 * Supervisor and janitor.
 *
 * It is a regular file without content, mode 01444, which no ordinary file has
 * (base/placeholder_mark.h).  Each sandbox that uses it holds a shared flock(2), which the kernel
 * drops when its holders end.  A sandbox that gets the lock exclusively is the last one, and
 * removes the file.
 *
 *   supervisor   makes the file, holds the lock, removes the file at the end
 *   janitor      a copy of the supervisor: holds the same lock; if the supervisor is killed, waits
 *                for init's end and then removes the file
 *
 * So the file is removed whichever process is killed.  If all are killed at once (a power cut, a
 * cgroup kill), it stays, without a lock, until the next sandbox over the same path uses and
 * removes it.
 */
#ifndef RIND_SUPERVISOR_PLACEHOLDER_H
#define RIND_SUPERVISOR_PLACEHOLDER_H

#include "base/error.h"

#include <limits.h>
#include <sys/stat.h>

struct placeholder {
	/* from init; hence on a mount that is writable, where the host has the same name */
	int directory;
	int lock; /* the open and locked file; -1: not yet */
	char name[NAME_MAX + 1];
};

/*
 * Make the file, or share it, and lock it; a lock from an earlier attempt is kept until there is
 * a new one.  Returns 0 with its identity in *ret, PLACEHOLDER_NOT_NEEDED, PLACEHOLDER_LOOK_AGAIN
 * or PLACEHOLDER_FOREIGN (sandbox/protocol.h), or -errno.  In all cases call placeholder_remove()
 * later.
 */
int placeholder_acquire(struct placeholder *item, struct stat *ret) _must_check_;

/*
 * Remove the file, unless another sandbox uses it or it is not a placeholder.  0: removed, or
 * nothing to remove; -errno: it may still be there.  If the item has no lock (its supervisor was
 * killed before), the file is looked up again.
 */
int placeholder_remove(struct placeholder *item) _must_check_;

#endif
