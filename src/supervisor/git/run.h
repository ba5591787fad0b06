/*
 * Running the host's git.  Supervisor.
 *
 * It obeys the configuration of the directory that it is given, and nobody else's: no hook, no
 * monitor of files, no pager, no program but git itself is started, and it asks no other host.
 */
#ifndef RIND_SUPERVISOR_GIT_RUN_H
#define RIND_SUPERVISOR_GIT_RUN_H

#include "base/error.h"
#include "supervisor/git/file.h"

struct git {
	const char *program; /* its path */
	int work;            /* the directory that it runs in */
	int interrupt_fd;    /* if it becomes readable git is ended, -EINTR; -1: none */
	int64_t deadline;    /* in milliseconds of CLOCK_MONOTONIC; -ETIMEDOUT */
	struct rind_error *err;
};

/* What one call of git gets.  Descriptors that are -1 are /dev/null. */
struct git_call {
	const char *const *arguments; /* after "git", ends with NULL */
	const char *directory;        /* GIT_DIR */
	const char *objects;          /* where it writes objects; NULL: where directory has them */
	const char *index;            /* NULL: the directory's */
	bool needs_work_tree;         /* it asks for one, and looks at nothing in it */
	/* It is not ended in the middle: what git has locked would stay so. */
	bool writes_to_host;
	int input, output;
	size_t limit; /* bytes that it may write to a file; 0: no limit */
};

/* -EINTR, -ETIMEDOUT: everything is to end. */
int git_may_go_on(const struct git *git) _must_check_;

/*
 * Find git for a sandbox: in a directory of $PATH that no operation of the plan lets the command
 * write to.  NULL: there is none.
 */
struct rind_plan;
const char *git_find(const struct rind_plan *plan, struct arena *arena);

/* 0; 1: git ended with a status other than 0, and said why in err; -errno, with a message. */
int git_run(const struct git *git, const struct git_call *call) _must_check_;

/*
 * The same with input from memory (NULL: none), and the output, at most limit bytes of it, to
 * memory of the arena.
 */
int git_ask(const struct git *git, struct git_call *call, const struct content *input,
	struct arena *arena, size_t limit, struct content *ret) _must_check_;

#endif
