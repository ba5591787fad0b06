/*
 * rind explain: the plan that rind run would carry out, and what it means for given paths.
 *
 * Supervisor only: makes no sandbox, changes nothing.  The whole answer is put together before any
 * of it is printed, so that an error does not leave half a JSON document on standard output.
 */
#include "base/fd.h"
#include "cli/explain/plan_view.h"
#include "cli/front.h"
#include "cli/json.h"
#include "cli/options.h"
#include "cli/report.h"
#include "cli/text.h"
#include "plan/limits.h"

#include <errno.h>
#include <inttypes.h>
#include <limits.h>
#include <stdlib.h>

static void free_plan(struct rind_plan **plan)
{
	rind_plan_free(*plan);
}

static int write_verdicts(
	FILE *out, const struct rind_plan *plan, char **paths, struct rind_error *err)
{
	for (; *paths; paths++) {
		char buffer[PATH_MAX];
		struct rind_verdict verdict;
		int result = rind_plan_verdict(plan, *paths, buffer, &verdict, err);

		if (result < 0)
			return result;
		text_write(out, *paths);
		fprintf(out, ": %s (", verdict.name);
		text_write(out, verdict.rule);
		fputs(": ", out);
		text_write(out, verdict.path);
		fputs(")\n", out);
	}
	return 0;
}

static void write_json_steps(FILE *out, const struct rind_plan *plan)
{
	struct rind_step step;

	for (size_t i = 0; rind_plan_step(plan, i, &step) == 0; i++) {
		fputs(i == 0 ? "\n    {" : ",\n    {", out);
		json_write_member(out, true, "operation", step.operation);
		json_write_member(out, false, "path", step.path);
		json_write_member(out, false, "access", step.access);
		json_write_member(out, false, "rule", step.rule);
		if (step.note)
			json_write_member(out, false, "note", step.note);
		putc('}', out);
	}
}

static void write_json_settings(FILE *out, const struct rind_plan *plan)
{
	struct plan_setting settings[PLAN_SETTING_COUNT];

	plan_view_settings(plan, settings);
	for (size_t i = 0; i < PLAN_SETTING_COUNT; i++)
		json_write_member(out, i == 0, settings[i].name, settings[i].value);
}

/* The limits that there are, by name. */
static void write_json_limits(FILE *out, const struct rind_plan *plan)
{
	struct plan_limit limit;
	bool first = true;

	for (size_t i = 0; i < LIMIT_COUNT; i++) {
		plan_view_limit(plan, (enum rind_limit)i, &limit);
		if (!limit.value)
			continue;
		fputs(first ? "\n    " : ",\n    ", out);
		json_write_string(out, limit.name);
		fprintf(out, ": {\"value\": %" PRIu64, limit.value);
		if (limit.resource)
			json_write_member(out, false, "resource-limit", limit.resource);
		if (limit.group)
			json_write_member(out, false, "control-group-in", limit.group);
		putc('}', out);
		first = false;
	}
}

static int write_json_verdicts(
	FILE *out, const struct rind_plan *plan, char **paths, struct rind_error *err)
{
	for (size_t i = 0; paths[i]; i++) {
		char buffer[PATH_MAX];
		struct rind_verdict verdict;
		int result = rind_plan_verdict(plan, paths[i], buffer, &verdict, err);

		if (result < 0)
			return result;
		fputs(i == 0 ? "\n    {" : ",\n    {", out);
		json_write_member(out, true, "path", paths[i]);
		json_write_member(out, false, "access", verdict.name);
		json_write_member(out, false, "decided-by", verdict.path);
		json_write_member(out, false, "rule", verdict.rule);
		putc('}', out);
	}
	return 0;
}

static int write_json(FILE *out, const struct rind_plan *plan, char **paths, struct rind_error *err)
{
	fputs("{\n  \"plan\": [", out);
	write_json_steps(out, plan);
	fputs("\n  ],\n  \"settings\": {", out);
	write_json_settings(out, plan);
	fputs("},\n  \"limits\": {", out);
	write_json_limits(out, plan);
	fputs("},\n  \"paths\": [", out);
	int result = write_json_verdicts(out, plan, paths, err);
	fputs("\n  ]\n}\n", out);
	return result;
}

static int write_answer(FILE *out, const struct rind_plan *plan, const struct run_options *options,
	struct rind_error *err)
{
	if (options->json)
		return write_json(out, plan, options->arguments, err);
	plan_view_write(out, plan);
	plan_view_notes(out, plan);
	if (options->arguments[0])
		putc('\n', out);
	return write_verdicts(out, plan, options->arguments, err);
}

/* Make the plan, and print what is asked about it. */
static int explain(const struct run_options *options, struct rind_error *err)
{
	__attribute__((cleanup(free_plan))) struct rind_plan *plan = NULL;
	int result = rind_plan_from_policy(options->policy, &plan, err);
	if (result < 0)
		return result;

	_cleanup_free_ char *answer = NULL;
	size_t length = 0;
	FILE *out = open_memstream(&answer, &length);
	if (!out)
		return rind_error_no_memory(err);
	result = write_answer(out, plan, options, err);
	bool complete = !ferror(out);
	if (fclose(out) != 0 || !complete)
		return rind_error_no_memory(err);
	if (result == 0)
		fwrite(answer, 1, length, stdout);
	return result;
}

int front_explain(int argc, char **argv, pid_t parent)
{
	struct run_options options;
	struct rind_error err;
	int result = 0;

	(void)parent;
	if (run_options_parse(argc, argv, &option_face_explain, &options, &err) < 0)
		return report_error(&err);

	if (options.help)
		option_write_help(stdout, &option_face_explain);
	else if (options.version)
		puts("rind " RIND_VERSION);
	else
		result = explain(&options, &err);
	run_options_release(&options);
	return result < 0 ? report_error(&err) : report_finish_output(0);
}
