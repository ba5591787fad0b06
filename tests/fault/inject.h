/* Run a command with one fault in one system call of one of its processes. */
#ifndef FAULT_INJECT_H
#define FAULT_INJECT_H

#include "terminal.h"

#include <stdbool.h>
#include <stddef.h>

/* The processes of a sandbox, in the order in which rind makes them. */
enum role {
	ROLE_SUPERVISOR, /* the program itself */
	ROLE_INIT,       /* its first child */
	ROLE_COMMAND,    /* init's first child, until it executes */
	ROLE_JANITOR,    /* the supervisor's second child */
	ROLE_OTHER,
};

enum fault_kind {
	FAULT_NONE,
	FAULT_ERROR, /* the call is not made, and fails */
	FAULT_NO_OP, /* the call is not made, and returns 0 */
	FAULT_KILL,  /* the process is killed as it makes the call */
};

struct fault {
	enum fault_kind kind;
	int error; /* for FAULT_ERROR */
	enum role role;
	int call;            /* its number */
	unsigned occurrence; /* which call of that number in that process, from 1 */
};

/* A system call of the run, in the order in which they were made. */
struct call {
	enum role role;
	int number;
	unsigned occurrence;
	bool before_exec; /* of the command */
};

struct recording {
	struct call *calls; /* room for capacity */
	size_t count, capacity;
};

struct launch {
	char *const *argv;
	char *const *env;
	const char *directory;
	const char *input; /* standard input, opened for reading, where there is no terminal */
	enum terminal_place terminal; /* what 0 to 2 are then */
	bool refused_root;  /* a filter answers with EPERM what it takes to have another root */
	const char *leaked; /* opened for reading and writing as descriptor 7, for nobody's use */
	bool orphan;        /* kill the parent of the supervisor as soon as the command is ready */
};

/* Which descriptors the command line may name, besides 0 to 2. */
enum {
	LAUNCH_LEAKED_FD = 7,
	LAUNCH_READY_FD = 8,
	LAUNCH_STATUS_FD = 9,
	LAUNCH_OUTPUT_FD = 10, /* on a terminal: what standard output is otherwise */
};

enum { OUTPUT_SIZE = 64 * 1024 };

struct outcome {
	bool fired;       /* the faulty call was made */
	bool hung;        /* the supervisor did not end by itself */
	unsigned left;    /* other processes that did not */
	bool have_status; /* not when its parent has been killed */
	int status;       /* as wait(2) gives it */
	char output[OUTPUT_SIZE];
	char messages[OUTPUT_SIZE];
};

/*
 * Once, before all else: become the process that orphans are handed to.  What takes longer than
 * these seconds hangs.
 */
void inject_prepare(int seconds);

/* fault and recording may be NULL.  Returns when every process has ended, or been ended. */
void inject_run(const struct launch *launch, const struct fault *fault, struct recording *recording,
	struct outcome *ret);

#endif
