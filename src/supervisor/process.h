/*
 * Child processes of the supervisor, known by a pidfd; by their number where the kernel, or a
 * filter around us, has no pidfds.  The number is as good: a child keeps it until it has been
 * waited for.  What a number cannot do is to be polled.
 */
#ifndef RIND_SUPERVISOR_PROCESS_H
#define RIND_SUPERVISOR_PROCESS_H

#include "base/error.h"
#include "base/sys.h"

struct process {
	pid_t pid; /* 0: none */
	int fd;    /* -1: there are no pidfds */
};

/* Would process_clone() give a pidfd? */
bool process_has_pidfds(void);

/*
 * As fork(2), into new namespaces as flags say, and into a control group (-1: ours), for which
 * there has to be clone3.  The child sends no signal at its end, and is seen only by a wait that
 * asks for such children.  Returns the number, 0 in the child, or -errno.
 */
long process_clone(uint64_t flags, int group, struct process *ret) _must_check_;

/*
 * A function that such a child runs and never leaves.  It stays a function of its own, by its name,
 * so that scripts/check-child-symbols can look at what is called from there.
 */
#define CLONED_MAIN __attribute__((noreturn, noinline, used))

/* 0 or -errno, as kill(2). */
int process_signal(const struct process *process, int signal);

/* Wait for its end, and free its number.  0 or -errno. */
int process_wait(const struct process *process, siginfo_t *ret);

#endif
