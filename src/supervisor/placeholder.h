/*
 * A placeholder: what is made on the host where a protected path is missing, to mount its mask on.
 * Supervisor and janitor.
 *
 * Of all forms these disturb other programs least, in the sandbox and on the host
 * (tests/system/daily/test-names.sh):
 *
 *   most names   an empty directory: git neither shows nor adds it, a program that reads it fails
 *                at once, and git looks for a repository above a .git that is one.
 *   .agents      a FIFO: git does not stash or clean it either, where it would remove an empty
 *   .codex       directory, under a running sandbox, or fail since it cannot.
 *   refs         the same; and without a directory `refs` git takes the root for no repository.
 *
 * A FIFO is made only where its mode keeps its owner from reading it: a program that did would wait
 * for a writer.  So root gets directories, as where the file system has no FIFOs.
 *
 * Its mode is one that no ordinary file has (base/placeholder_mark.h).  Each sandbox that uses it
 * holds a shared flock(2), which the kernel drops when its holders end.  A sandbox that gets the
 * lock exclusively is the last one, and removes it; a directory by rmdir(2), so that what somebody
 * has put there stays.
 *
 *   supervisor   makes it, holds the lock, removes it at the end
 *   janitor      a copy of the supervisor: holds the same lock; if the supervisor is killed, waits
 *                for init's end and then removes it
 *
 * So it is removed whichever process is killed.  If all are killed at once (a power cut, a
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
	int lock;  /* the open and locked placeholder; -1: not yet */
	uid_t uid; /* the caller's, who makes it */
	char name[NAME_MAX + 1];
};

/*
 * Make it, or share it, and lock it; a lock from an earlier attempt is kept until there is a new
 * one.  Returns 0 with its identity in *ret, PLACEHOLDER_NOT_NEEDED, PLACEHOLDER_LOOK_AGAIN or
 * PLACEHOLDER_FOREIGN (sandbox/protocol.h), or -errno.  In all cases call placeholder_remove()
 * later.
 */
int placeholder_acquire(struct placeholder *item, struct stat *ret) _must_check_;

/*
 * Remove it, unless another sandbox uses it or it is not a placeholder.  0: removed, or nothing to
 * remove; -errno: it may still be there.  If the item has no lock (its supervisor was killed
 * before), it is looked up again.
 */
int placeholder_remove(struct placeholder *item) _must_check_;

#endif
