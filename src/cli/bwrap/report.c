/*
 * Messages of `rind bwrap`; see report.h.  Supervisor.  Unlike cli/report.c it escapes nothing:
 * programs compare these lines with bubblewrap's.
 */
#include "cli/bwrap/report.h"

#include <stdbool.h>
#include <stdio.h>
#include <syslog.h>

static bool with_levels;

void bwrap_report_levels(void)
{
	with_levels = true;
}

static void begin(int level)
{
	if (with_levels)
		fprintf(stderr, "<%d>", level);
	fputs("bwrap: ", stderr);
}

int bwrap_report_error(const struct rind_error *err)
{
	begin(LOG_ERR);
	fprintf(stderr, "%s\n", err->message);
	fflush(stderr);
	return BWRAP_EXIT_FAILURE;
}

void bwrap_report_repeated(const char *name)
{
	begin(LOG_WARNING);
	fprintf(stderr, "Only the last %s option will take effect\n", name);
	fflush(stderr);
}
