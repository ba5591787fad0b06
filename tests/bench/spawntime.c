/*
 * Time how long whole commands take, from posix_spawn() to the wait, side by side.
 *
 *   spawntime ROUNDS NAME COMMAND [ARG...] [--- NAME COMMAND [ARG...]]...
 *
 * Each round runs every command once, in turn, so that what else the machine does meets all alike.
 * Prints for each the median time and the median, over the rounds, of its ratio to the first one.
 * Exit status: 0; 1 when a command could not be run or did not exit with 0.
 */
#include <errno.h>
#include <fcntl.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>

enum {
	COMMANDS_MAX = 8,
	ROUNDS_MAX = 10000,
	WARM_UP = 3, /* rounds whose times do not count: they fill the caches */
};

struct command {
	const char *name;
	char **argv;
	double *seconds; /* one a round */
	double *ratios;  /* to the first command, one a round */
};

extern char **environ;

static void die(const char *what, const char *why)
{
	fprintf(stderr, "spawntime: %s: %s\n", what, why);
	exit(1);
}

static double *new_array(long count)
{
	double *array = calloc((size_t)count, sizeof(*array));
	if (!array)
		die("memory", strerror(ENOMEM));
	return array;
}

/* Split the arguments at "---"; returns how many commands there are. */
static int parse_commands(char **argv, long rounds, struct command *commands)
{
	int count = 0;
	while (*argv) {
		if (count == COMMANDS_MAX || !argv[1])
			die("arguments", "too many commands, or one without its name");
		commands[count++] = (struct command){
			.name = argv[0],
			.argv = argv + 1,
			.seconds = new_array(rounds),
			.ratios = new_array(rounds),
		};
		while (*argv && strcmp(*argv, "---") != 0)
			argv++;
		if (*argv)
			*argv++ = NULL;
	}
	return count;
}

static double now(void)
{
	struct timespec time;
	clock_gettime(CLOCK_MONOTONIC, &time);
	return (double)time.tv_sec + (double)time.tv_nsec / 1e9;
}

static double run(const struct command *command, const posix_spawn_file_actions_t *actions)
{
	pid_t pid;
	int status;
	double start = now();
	int error = posix_spawnp(&pid, command->argv[0], actions, NULL, command->argv, environ);
	if (error)
		die(command->argv[0], strerror(error));
	if (waitpid(pid, &status, 0) < 0)
		die("waitpid", strerror(errno));
	double end = now();
	if (!WIFEXITED(status) || WEXITSTATUS(status) != 0)
		die(command->name, "did not exit with 0");
	return end - start;
}

static int compare_doubles(const void *a, const void *b)
{
	double left = *(const double *)a, right = *(const double *)b;
	return (left > right) - (left < right);
}

/* Sorts the values. */
static double median(double *values, long count)
{
	qsort(values, (size_t)count, sizeof(*values), compare_doubles);
	return values[count / 2];
}

static void measure(struct command *commands, int count, long rounds)
{
	posix_spawn_file_actions_t actions;
	if (posix_spawn_file_actions_init(&actions) ||
		posix_spawn_file_actions_addopen(&actions, 1, "/dev/null", O_WRONLY, 0))
		die("posix_spawn_file_actions", strerror(ENOMEM));
	for (long round = -WARM_UP; round < rounds; round++)
		for (int i = 0; i < count; i++) {
			double seconds = run(&commands[i], &actions);
			if (round < 0)
				continue;
			commands[i].seconds[round] = seconds;
			commands[i].ratios[round] = seconds / commands[0].seconds[round];
		}
	posix_spawn_file_actions_destroy(&actions);
}

int main(int argc, char **argv)
{
	long rounds = argc > 3 ? strtol(argv[1], NULL, 10) : 0;
	if (rounds < 1 || rounds > ROUNDS_MAX) {
		fprintf(stderr, "usage: spawntime ROUNDS NAME COMMAND [ARG...] [--- …]...\n");
		return 1;
	}
	struct command commands[COMMANDS_MAX];
	int count = parse_commands(argv + 2, rounds, commands);
	measure(commands, count, rounds);
	for (int i = 0; i < count; i++) {
		printf("  %-24s %8.0f us %8.2f x\n", commands[i].name,
			median(commands[i].seconds, rounds) * 1e6,
			median(commands[i].ratios, rounds));
		free(commands[i].seconds);
		free(commands[i].ratios);
	}
	return 0;
}
