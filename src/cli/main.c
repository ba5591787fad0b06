/*
 * The entry of the rind program: find out by which name it was called (name.c), and, as rind, which
 * subcommand to run.
 *
 * Runs in the supervisor, with the caller's privileges and no more.  Must not open anything before
 * descriptors 0 to 2 are occupied, and must not set a locale: paths are bytes.
 */
#include "base/error.h"
#include "base/suggest.h"
#include "cli/bwrap/report.h"
#include "cli/front.h"
#include "cli/name.h"
#include "cli/report.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

/*
 * Open /dev/null on those of descriptors 0 to 2 that the caller has closed.  Otherwise rind's next
 * descriptors would get these numbers, and a pipe of rind's own would be the command's standard
 * input or output.
 */
static int occupy_stdio(void)
{
	for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++) {
		if (fcntl(fd, F_GETFD) >= 0)
			continue;
		if (errno != EBADF)
			return -errno;
		int null = open("/dev/null", O_RDWR);
		if (null != fd)
			return null < 0 ? -errno : -EBUSY;
	}
	return 0;
}

/*
 * Some programs ignore SIGCHLD, and the processes they start inherit that: the kernel then reaps
 * the command by itself, and its status is lost.  The command gets the default too, as from
 * bubblewrap.
 */
static int restore_sigchld(void)
{
	const struct sigaction action = {.sa_handler = SIG_DFL};

	return sigaction(SIGCHLD, &action, NULL) < 0 ? -errno : 0;
}

static void write_usage(FILE *out)
{
	fputs("Usage: rind SUBCOMMAND [options] ...\n\n", out);
	for (const struct front_subcommand *sub = front_subcommands; sub->name; sub++)
		fprintf(out, "  %-10s %s\n", sub->name, sub->help);
	fputs("\n  --help     print this and exit\n"
	      "  --version  print the version and exit\n"
	      "\nEach subcommand has its own --help.\n",
		out);
}

static const struct front_subcommand *find_subcommand(const char *name)
{
	for (const struct front_subcommand *sub = front_subcommands; sub->name; sub++) {
		if (strcmp(sub->name, name) == 0)
			return sub;
	}
	return NULL;
}

static int unknown_subcommand(const char *name)
{
	const char *kind = name[0] == '-' ? "option" : "subcommand";
	struct suggestion best = {0};

	for (const struct front_subcommand *sub = front_subcommands; sub->name; sub++)
		suggestion_consider(&best, name, sub->name);
	suggestion_consider(&best, name, "--help");
	suggestion_consider(&best, name, "--version");
	if (best.name)
		report_line("unknown %s '%s'; did you mean '%s'?", kind, name, best.name);
	else
		report_line("unknown %s '%s'; see 'rind --help'", kind, name);
	return RIND_EXIT_FAILURE;
}

/* `rind help` and `rind help SUBCOMMAND`, the latter the same as `rind SUBCOMMAND --help`. */
static int help(const char *topic, pid_t parent)
{
	if (!topic) {
		write_usage(stdout);
		return report_finish_output(0);
	}

	const struct front_subcommand *sub = find_subcommand(topic);
	if (!sub)
		return unknown_subcommand(topic);
	char option[] = "--help";
	char *argv[] = {(char *)sub->name, option, NULL};
	return sub->run(2, argv, parent);
}

static int refuse(
	const struct program_name *name, int argc, char **argv, const char *step, int result)
{
	struct rind_error err;

	(void)rind_error_set(&err, result, "%s: %s", step, errno_text(-result));
	if (argc > 1 && strcmp(argv[1], "bwrap") == 0)
		return bwrap_report_error(&err);
	return name->report_error(&err);
}

int front_rind(int argc, char **argv, pid_t parent)
{
	const char *word = argc > 1 ? argv[1] : NULL;
	if (!word) {
		write_usage(stderr);
		fflush(stderr);
		return RIND_EXIT_FAILURE;
	}
	const struct front_subcommand *sub = find_subcommand(word);
	if (sub)
		return sub->run(argc - 1, argv + 1, parent);
	if (strcmp(word, "help") == 0 || strcmp(word, "--help") == 0 || strcmp(word, "-h") == 0)
		return help(argv[2], parent);
	if (strcmp(word, "--version") == 0) {
		puts("rind " RIND_VERSION);
		return report_finish_output(0);
	}
	return unknown_subcommand(word);
}

int main(int argc, char **argv)
{
	/*
	 * Before anything else, so that a later comparison shows whether the parent has ended
	 * since.
	 */
	pid_t parent = getppid();

	report_init();
	/* Needs no descriptor: it only reads links. */
	const struct program_name *name = program_find_name(argv[0]);
	int result = occupy_stdio();
	if (result < 0)
		return refuse(name, argc, argv,
			"cannot open /dev/null in place of a closed descriptor", result);
	result = restore_sigchld();
	if (result < 0)
		return refuse(name, argc, argv, "cannot set SIGCHLD to its default", result);
	return name->run(argc, argv, parent);
}
