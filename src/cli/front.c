/*
 * What the subcommands with options in option_table.c have in common.  Supervisor, before there is
 * a sandbox.
 */
#include "cli/front.h"

#include "cli/options.h"
#include "cli/report.h"

int front_with_options(int argc, char **argv, pid_t parent, const struct option_face *face,
	int (*act)(const struct run_options *options, pid_t parent, struct rind_error *err))
{
	struct run_options options;
	struct rind_error err;
	int status = 0;

	if (run_options_parse(argc, argv, face, &options, &err) < 0)
		return report_error(&err);
	bool answered = options.help || options.version;
	if (options.help)
		option_write_help(stdout, face);
	else if (options.version)
		puts("rind " RIND_VERSION);
	else
		status = act(&options, parent, &err);
	run_options_release(&options);
	if (status < 0)
		return report_error(&err);
	return answered ? report_finish_output(0) : status;
}
