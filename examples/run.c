/*
 * run COMMAND: run a shell command in a sandbox, in the working directory, and print what it
 * prints, line by line.
 *
 *   cc -o run run.c $(pkg-config --cflags --libs rind)
 *   cc -static -o run run.c $(pkg-config --cflags --libs --static rind)
 *   ./run 'echo hello; touch .git/config'
 *
 * Only the working directory is writable, without .git; the network is off.
 */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE /* pipe2(2) */
#endif
#include <err.h>
#include <fcntl.h>
#include <rind.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

/* What is wrong here is told by one line, and the status says whose it is: 125, 126 or 127. */
static void check(int result, const struct rind_error *error)
{
	if (result >= 0)
		return;
	warnx("%s", error->message);
	exit(error->exit_status);
}

static struct rind_plan *make_plan(void)
{
	struct rind_policy *policy = rind_policy_new();
	struct rind_plan *plan = NULL;
	struct rind_error error;

	if (!policy)
		errx(125, "no memory");
	check(rind_policy_set_switch(policy, RIND_EXCLUDE_TMP, true, &error), &error);
	check(rind_policy_set_switch(policy, RIND_EXCLUDE_TMPDIR, true, &error), &error);
	check(rind_policy_set_network(policy, RIND_NETWORK_OFF, &error), &error);
	check(rind_policy_set_switch(policy, RIND_NULL_STDIN, true, &error), &error);
	check(rind_plan_from_policy(policy, &plan, &error), &error);
	rind_policy_free(policy);
	return plan;
}

/* Until the command, and all that it has started, has closed its end. */
static void print_lines(int fd)
{
	FILE *lines = fdopen(fd, "r");
	char *line = NULL;
	size_t size = 0;

	if (!lines)
		err(125, "fdopen");
	while (getline(&line, &size, lines) >= 0)
		printf("sandbox: %s", line);
	free(line);
	fclose(lines);
}

int main(int argc, char **argv)
{
	struct rind_plan *plan;
	struct rind_sandbox *sandbox;
	struct rind_status status;
	struct rind_error error;
	int output[2];

	if (argc != 2)
		errx(2, "usage: run COMMAND");
	if (pipe2(output, O_CLOEXEC) < 0)
		err(125, "pipe2");
	plan = make_plan();
	check(rind_spawn(plan, (char *[]){(char *)"sh", (char *)"-c", argv[1], NULL},
		      &(struct rind_spawn_options){.stdout_fd = output[1], .stderr_fd = output[1]},
		      &sandbox, &error),
		&error);
	/* The pipe has an end only when nobody can write to it any more. */
	close(output[1]);
	print_lines(output[0]);
	check(rind_wait(sandbox, &status, &error), &error);
	rind_sandbox_free(sandbox);
	rind_plan_free(plan);
	return status.signaled ? 128 + status.value : status.value;
}
