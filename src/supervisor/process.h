/*
 * Child processes of the supervisor, by pidfd, or by pid where the kernel, or a filter around
 * rind, has no pidfds.  A pid is as safe: the kernel does not reuse it until the child has been
 * waited for.  But it cannot be polled.
 */
#ifndef RIND_SUPERVISOR_PROCESS_H
#define RIND_SUPERVISOR_PROCESS_H

#include "base/error.h"
#include "base/sys.h"

struct process {
	pid_t pid; /* 0: no process */
	int fd;    /* -1: no pidfd */
};

/* Would process_clone() give a pidfd? */
bool process_has_pidfds(void);

/*
 * As fork(2), with new namespaces as flags say, and into a control group (-1: the caller's;
 * otherwise clone3 is needed).  The child sends no signal when it ends, and only a wait with
 * __WALL or __WCLONE sees it.  Returns the pid, 0 in the child, or -errno.
 */
long process_clone(uint64_t flags, int group, struct process *ret) _must_check_;

/*
 * A function that such a child runs and that never returns.  It is kept as a symbol of its own,
 * so that scripts/check-child-symbols can check what is called from there.
 */
#define CLONED_MAIN __attribute__((noreturn, noinline, used))

/*
 * Two connected sockets, for messages to such a child and from it; neither is on 0, 1 or 2, where
 * the command would get it.  0 or -errno.
 */
int process_sockets(int *ret_ours, int *ret_theirs) _must_check_;

/* 0 or -errno, as kill(2). */
int process_signal(const struct process *process, int signal);

/* Wait for the process's end, and reap it.  0 or -errno. */
int process_wait(const struct process *process, siginfo_t *ret);

#endif
