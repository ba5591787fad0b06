/*
 * init ATTACK ARGUMENT…: attacks on what the kernel keeps for each process and lets anybody of the
 * same user change: here for the sandbox's init.  See attack.h for how it answers.
 */
#include "attack.h"

#include <signal.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/syscall.h>

enum {
	IOPRIO_WHO_PROCESS_ = 1, /* <linux/ioprio.h>, which older headers lack */
	IOPRIO_WHO_PGRP_,
	IOPRIO_WHO_USER_,
	IOPRIO_IDLE_ = 3 << 13,
};

static long set_ioprio(int which, long who)
{
	return syscall(SYS_ioprio_set, which, who, IOPRIO_IDLE_);
}

static long try_ioprio(char **argument)
{
	int which = !strcmp(argument[0], "user")    ? IOPRIO_WHO_USER_
		    : !strcmp(argument[0], "group") ? IOPRIO_WHO_PGRP_
						    : IOPRIO_WHO_PROCESS_;
	return set_ioprio(which, number(argument[1]));
}

/* Every limit that leaves the process something to run on: 0 from now on, for ever. */
static long try_limits(char **argument)
{
	const struct rlimit none = {0};

	for (int resource = 0; resource < RLIM_NLIMITS; resource++)
		if (resource != RLIMIT_CPU)
			must("prlimit", prlimit((pid_t)number(argument[0]), resource, &none, NULL));
	return 0;
}

/* Into a process group, whose priority it then sets as that of its own. */
static long try_join(char **argument)
{
	must("setpgid", setpgid(0, (pid_t)number(argument[1])));
	return !strcmp(argument[0], "renice") ? setpriority(PRIO_PGRP, 0, 19)
					      : set_ioprio(IOPRIO_WHO_PGRP_, 0);
}

/* Leave init a process that has ended, and return when init has taken it away. */
static long try_orphan(char **argument)
{
	int ends[2], status;
	pid_t orphan;

	(void)argument;
	must("pipe", pipe(ends));
	pid_t parent = (pid_t)must("fork", fork());
	if (!parent) {
		orphan = fork();
		if (!orphan)
			pause();
		if (write(ends[1], &orphan, sizeof(orphan)) < 0)
			_exit(1);
		_exit(0);
	}
	must("waitpid", waitpid(parent, &status, 0));
	must("read", read(ends[0], &orphan, sizeof(orphan)));
	must("kill", kill(orphan, SIGKILL));
	while (kill(orphan, 0) == 0)
		usleep(1000);
	return 0;
}

/* Ask one's parent, which is init where this is the command, to be one's tracer, and stop. */
static long try_traced(char **argument)
{
	must("ptrace", ptrace(PTRACE_TRACEME, 0, NULL, NULL));
	raise((int)number(argument[0]));
	return 0;
}

static const struct attack attacks[] = {
	{"traced", 1, try_traced},
	{"ioprio", 2, try_ioprio},
	{"limits", 1, try_limits},
	{"join", 2, try_join},
	{"orphan", 0, try_orphan},
	{NULL, 0, NULL},
};

int main(int argc, char **argv)
{
	return attack_main(attacks, argc, argv);
}
