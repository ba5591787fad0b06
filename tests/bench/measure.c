/*
 * Measure candidates against each other: commands that do the same in different ways.
 *
 *   measure [OPTION...] KEY X NAME COMMAND [ARG...] [--- NAME COMMAND [ARG...]]...
 *
 *   -w WHAT       whole  from posix_spawn() to the end of the wait, in microseconds (the default)
 *                 cpu    the processor time of that, in microseconds
 *                 begin  from posix_spawn() to the moment that the command writes, in microseconds
 *                 self   the number that the command writes
 *                 rate   starts a second, with LAUNCHERS that each start one after the other
 *   -n ROUNDS     at most so many rounds
 *   -t SECONDS    begin no other round after this time
 *   -l LAUNCHERS  for rate
 *   -m MIB        have so much memory in use, as a large program has
 *
 * Each round measures every candidate once, in turn, so that what else the machine does meets all
 * of them alike; and a ratio is the median of the rounds' own ratios.  Writes one line for each
 * candidate, with tabs between the fields:
 *
 *   result KEY X NAME MEDIAN BEST TENTH ROUNDS FLOOR FLOOR_BEST BARE BWRAP
 *
 * TENTH: the value that one round in ten is worse than.  FLOOR, BARE, BWRAP: the ratio to the
 * candidate of that name, "-" where there is none; FLOOR_BEST: that of the best values.
 *
 * Exit status: 0; 1 when a command could not be run or did not exit with 0.
 */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum {
	CANDIDATES_MAX = 12,
	ROUNDS_MAX = 10000,
	WARM_UP_ROUNDS = 3,       /* at most, and at least one: they fill the caches */
	WARM_UP_SHARE = 4,        /* and this part of the time */
	STARTS_PER_LAUNCHER = 12, /* in one measurement of a rate */
};

struct candidate {
	const char *name;
	char **argv;
	double *values; /* one a round */
};

struct bench {
	const char *key, *x;
	double (*measure)(const struct bench *, const struct candidate *);
	bool more_is_better;
	long rounds, launchers;
	double seconds;
	struct candidate candidates[CANDIDATES_MAX];
	int count;
};

extern char **environ;

static void __attribute__((noreturn)) die(const char *what, const char *why)
{
	fprintf(stderr, "measure: %s: %s\n", what, why);
	exit(1);
}

static double now(void)
{
	struct timespec time;
	clock_gettime(CLOCK_MONOTONIC, &time);
	return (double)time.tv_sec + (double)time.tv_nsec / 1e9;
}

/* --- one start -------------------------------------------------------------------------------- */

/* output: the descriptor that becomes the command's standard output, -1 for /dev/null. */
static pid_t spawn(const struct candidate *candidate, int output)
{
	posix_spawn_file_actions_t actions;
	pid_t pid;

	int error = posix_spawn_file_actions_init(&actions);
	if (!error && output < 0)
		error = posix_spawn_file_actions_addopen(
			&actions, STDOUT_FILENO, "/dev/null", O_WRONLY, 0);
	else if (!error)
		error = posix_spawn_file_actions_adddup2(&actions, output, STDOUT_FILENO);
	if (!error)
		error = posix_spawn(
			&pid, candidate->argv[0], &actions, NULL, candidate->argv, environ);
	if (error)
		die(candidate->argv[0], strerror(error));
	posix_spawn_file_actions_destroy(&actions);
	return pid;
}

static void await(const struct candidate *candidate, pid_t pid)
{
	int status;
	if (waitpid(pid, &status, 0) < 0)
		die("waitpid", strerror(errno));
	if (!WIFEXITED(status) || WEXITSTATUS(status) != 0)
		die(candidate->name, "did not exit with 0");
}

/* Run a command that writes a number. */
static double run_for_number(const struct candidate *candidate)
{
	char text[64];
	size_t length = 0;
	ssize_t got;
	int ends[2];

	if (pipe2(ends, O_CLOEXEC) < 0)
		die("pipe", strerror(errno));
	pid_t pid = spawn(candidate, ends[1]);
	close(ends[1]);
	while ((got = read(ends[0], text + length, sizeof(text) - 1 - length)) > 0)
		length += (size_t)got;
	close(ends[0]);
	await(candidate, pid);
	text[length] = '\0';
	if (!length)
		die(candidate->name, "wrote no number");
	return strtod(text, NULL);
}

/* --- what is measured ------------------------------------------------------------------------- */

static double measure_whole(const struct bench *bench, const struct candidate *candidate)
{
	(void)bench;
	double start = now();
	await(candidate, spawn(candidate, -1));
	return (now() - start) * 1e6;
}

/* What busy neighbours do not add to; nor is counted what the kernel does later, for nobody. */
static double measure_cpu(const struct bench *bench, const struct candidate *candidate)
{
	struct rusage usage;
	int status;

	(void)bench;
	pid_t pid = spawn(candidate, -1);
	if (wait4(pid, &status, 0, &usage) < 0)
		die("wait4", strerror(errno));
	if (!WIFEXITED(status) || WEXITSTATUS(status) != 0)
		die(candidate->name, "did not exit with 0");
	return (double)(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) * 1e6 +
	       (double)(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec);
}

static double measure_begin(const struct bench *bench, const struct candidate *candidate)
{
	(void)bench;
	double start = now();
	return run_for_number(candidate) / 1e3 - start * 1e6;
}

static double measure_self(const struct bench *bench, const struct candidate *candidate)
{
	(void)bench;
	return run_for_number(candidate);
}

/*
 * A launcher is a process of its own, as it would be; it begins when the pipe's other end closes.
 */
static void __attribute__((noreturn))
launch_repeatedly(const struct candidate *candidate, const int gate[2])
{
	char byte;

	close(gate[1]);
	if (read(gate[0], &byte, 1) != 0)
		_exit(1);
	for (int i = 0; i < STARTS_PER_LAUNCHER; i++)
		await(candidate, spawn(candidate, -1));
	_exit(0);
}

static double measure_rate(const struct bench *bench, const struct candidate *candidate)
{
	int gate[2], status;

	if (pipe2(gate, O_CLOEXEC) < 0)
		die("pipe", strerror(errno));
	for (long i = 0; i < bench->launchers; i++) {
		pid_t pid = fork();
		if (pid < 0)
			die("fork", strerror(errno));
		if (!pid)
			launch_repeatedly(candidate, gate);
	}
	close(gate[0]);
	double start = now();
	close(gate[1]);
	for (long i = 0; i < bench->launchers; i++)
		if (wait(&status) < 0 || status != 0)
			die(candidate->name, "a launcher failed");
	return (double)(bench->launchers * STARTS_PER_LAUNCHER) / (now() - start);
}

/* --- rounds ----------------------------------------------------------------------------------- */

static void warm_up(const struct bench *bench)
{
	double end = now() + bench->seconds / WARM_UP_SHARE;

	for (int round = 0; round < WARM_UP_ROUNDS && (!round || now() < end); round++)
		for (int i = 0; i < bench->count; i++)
			(void)bench->measure(bench, &bench->candidates[i]);
}

/* Returns how many rounds there were. */
static long run_rounds(const struct bench *bench)
{
	double end = now() + bench->seconds;
	long round = 0;

	warm_up(bench);
	do {
		for (int i = 0; i < bench->count; i++)
			bench->candidates[i].values[round] =
				bench->measure(bench, &bench->candidates[i]);
		round++;
	} while (round < bench->rounds && now() < end);
	return round;
}

/* --- results ---------------------------------------------------------------------------------- */

static int compare_doubles(const void *a, const void *b)
{
	double left = *(const double *)a, right = *(const double *)b;
	return (left > right) - (left < right);
}

static double *new_array(long count)
{
	double *array = calloc((size_t)count, sizeof(*array));
	if (!array)
		die("memory", strerror(ENOMEM));
	return array;
}

/* The value that this share of the values is below. */
static double quantile(const double *values, long count, double share)
{
	double *sorted = new_array(count);
	memcpy(sorted, values, (size_t)count * sizeof(*values));
	qsort(sorted, (size_t)count, sizeof(*sorted), compare_doubles);
	double value = sorted[(long)(share * (double)(count - 1))];
	free(sorted);
	return value;
}

static double best(const struct bench *bench, const struct candidate *candidate, long rounds)
{
	return quantile(candidate->values, rounds, bench->more_is_better ? 1 : 0);
}

static const struct candidate *find(const struct bench *bench, const char *name)
{
	for (int i = 0; i < bench->count; i++)
		if (!strcmp(bench->candidates[i].name, name))
			return &bench->candidates[i];
	return NULL;
}

static void print_ratio(
	const struct candidate *candidate, const struct candidate *yardstick, long rounds)
{
	if (!yardstick) {
		printf("\t-");
		return;
	}
	double *ratios = new_array(rounds);
	for (long i = 0; i < rounds; i++)
		ratios[i] = candidate->values[i] / yardstick->values[i];
	printf("\t%.4f", quantile(ratios, rounds, 0.5));
	free(ratios);
}

static void print_result(const struct bench *bench, const struct candidate *candidate, long rounds)
{
	const struct candidate *floor = find(bench, "floor");
	double tenth = quantile(candidate->values, rounds, bench->more_is_better ? 0.1 : 0.9);

	printf("result\t%s\t%s\t%s\t%.3f\t%.3f\t%.3f\t%ld", bench->key, bench->x, candidate->name,
		quantile(candidate->values, rounds, 0.5), best(bench, candidate, rounds), tenth,
		rounds);
	print_ratio(candidate, floor, rounds);
	if (floor)
		printf("\t%.4f", best(bench, candidate, rounds) / best(bench, floor, rounds));
	else
		printf("\t-");
	print_ratio(candidate, find(bench, "bare"), rounds);
	print_ratio(candidate, find(bench, "bwrap"), rounds);
	printf("\n");
}

/* --- the command line ------------------------------------------------------------------------- */

static void choose(struct bench *bench, const char *what)
{
	static const struct {
		const char *name;
		double (*measure)(const struct bench *, const struct candidate *);
	} table[] = {
		{"whole", measure_whole},
		{"cpu", measure_cpu},
		{"begin", measure_begin},
		{"self", measure_self},
		{"rate", measure_rate},
	};
	bench->measure = NULL;
	for (size_t i = 0; i < sizeof(table) / sizeof(*table); i++)
		if (!strcmp(table[i].name, what))
			bench->measure = table[i].measure;
	if (!bench->measure)
		die("-w", "whole, cpu, begin, self or rate");
	bench->more_is_better = bench->measure == measure_rate;
}

static long parse_number(const char *text, long max)
{
	char *end;
	long number = strtol(text, &end, 10);
	if (*end || number < 1 || number > max)
		die(text, "not a number that is allowed here");
	return number;
}

/* Written to, so that it is there. */
static void use_memory(long mib)
{
	size_t size = (size_t)mib << 20;
	char *memory = malloc(size);
	if (!memory)
		die("memory", strerror(ENOMEM));
	memset(memory, 1, size);
	/* The compiler must not see that nobody reads it. */
	__asm__ volatile("" : : "r"(memory) : "memory");
}

/* Split the arguments at "---". */
static void parse_candidates(struct bench *bench, char **argv)
{
	while (*argv) {
		if (bench->count == CANDIDATES_MAX || !argv[1])
			die("arguments", "too many candidates, or one without its command");
		bench->candidates[bench->count++] = (struct candidate){
			.name = argv[0],
			.argv = argv + 1,
			.values = new_array(bench->rounds),
		};
		while (*argv && strcmp(*argv, "---") != 0)
			argv++;
		if (*argv)
			*argv++ = NULL;
	}
}

static void parse(struct bench *bench, int argc, char **argv)
{
	int option;

	/* "+": what comes after KEY is not ours to read. */
	while ((option = getopt(argc, argv, "+w:n:t:l:m:")) >= 0)
		switch (option) {
		case 'w':
			choose(bench, optarg);
			break;
		case 'n':
			bench->rounds = parse_number(optarg, ROUNDS_MAX);
			break;
		case 't':
			bench->seconds = (double)parse_number(optarg, 3600);
			break;
		case 'l':
			bench->launchers = parse_number(optarg, 1000);
			break;
		case 'm':
			use_memory(parse_number(optarg, 1 << 20));
			break;
		default:
			exit(1);
		}
	if (argc - optind < 4)
		die("arguments", "KEY X NAME COMMAND");
	bench->key = argv[optind];
	bench->x = argv[optind + 1];
	parse_candidates(bench, argv + optind + 2);
}

int main(int argc, char **argv)
{
	struct bench bench = {
		.measure = measure_whole,
		.rounds = 100,
		.seconds = 60,
		.launchers = 1,
	};

	parse(&bench, argc, argv);
	long rounds = run_rounds(&bench);
	for (int i = 0; i < bench.count; i++)
		print_result(&bench, &bench.candidates[i], rounds);
	for (int i = 0; i < bench.count; i++)
		free(bench.candidates[i].values);
	return 0;
}
