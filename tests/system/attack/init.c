/*
 * init ATTACK ARGUMENT…: attacks on what the kernel keeps for each process and lets anybody of the
 * same user change: here for the sandbox's init.  See attack.h for how it answers.
 */
#include "attack.h"

#include <signal.h>
#include <sys/ptrace.h>

static long try_ioprio(char **argument)
{
	return set_io_idle(priority_of(argument[0]), number(argument[1]));
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
					      : set_io_idle(PRIO_PGRP, 0);
}

/* Leave init a process that has ended, and return when init has taken it away. */
static long try_orphan(char **argument)
{
	int ends[2];
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
	wait_for(parent);
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
