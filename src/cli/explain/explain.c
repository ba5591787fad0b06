/*
 * `rind explain`: prints the plan that `rind run` would carry out, and what the command could do
 * with given paths; or, with --bwrap, the plan of a command line of bwrap.
 *
 * Supervisor only: makes no sandbox, changes nothing.  The whole answer is made before any of it
 * is printed, so that an error leaves no half JSON document on standard output.
 */
#include "base/fd.h"
#include "base/path.h"
#include "base/sys.h"
#include "cli/bwrap/options.h"
#include "cli/bwrap/report.h"
#include "cli/explain/bwrap_view.h"
#include "cli/explain/plan_view.h"
#include "cli/explain/remedy.h"
#include "cli/front.h"
#include "cli/json.h"
#include "cli/options.h"
#include "cli/report.h"
#include "cli/text.h"
#include "plan/limits.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>

/* A plan, and what to print about it. */
struct question {
	/* NULL: a command line of bwrap; then there are no paths. */
	const struct rind_policy *policy;
	const struct rind_plan *plan;
	struct plan_settings settings;
	char **paths; /* NULL-terminated */
	bool json;
};

static void free_plan(struct rind_plan **plan)
{
	rind_plan_free(*plan);
}

/* What the caller has of the path on the host, whatever the sandbox makes of it. */
struct own_access {
	bool of_host, exists, reads, writes;
};

static struct own_access own_access(const struct rind_plan *plan, const char *path)
{
	struct stat stat;
	_cleanup_close_ int directory =
		sys_openat(AT_FDCWD, plan->directories[0], O_PATH | O_DIRECTORY, 0);
	int found = sys_fstatat(directory, path, &stat, 0);

	return (struct own_access){
		.exists = found != -ENOENT && found != -ENOTDIR,
		.reads = sys_access(directory, path, R_OK) != -EACCES,
		.writes = sys_access(directory, path, W_OK) != -EACCES,
	};
}

/* Is it a file of the host's that the verdict is about, and none of the sandbox's own? */
static bool is_of_host(const struct rind_plan *plan, const struct rind_verdict *verdict)
{
	if (verdict->access == RIND_ACCESS_MASKED || verdict->access == RIND_ACCESS_HIDDEN ||
		path_is_within(verdict->path, "/dev") || path_is_within(verdict->path, "/proc"))
		return false;
	for (size_t i = 0; i < plan->op_count; i++)
		if (plan->ops[i].type == PLAN_TMPFS && !strcmp(plan->ops[i].path, verdict->path))
			return false;
	return true;
}

/* What the caller could not do either. */
static void write_own_access(
	FILE *out, const struct rind_verdict *verdict, const struct own_access *own)
{
	bool writable = verdict->access == RIND_ACCESS_WRITABLE;

	if (!own->of_host)
		return;
	if (!own->exists)
		fputs("; it does not exist", out);
	else if (!own->reads)
		fputs("; its mode does not let you read it", out);
	else if (writable && !own->writes)
		fputs("; its mode does not let you write it", out);
}

/* What there is to say of a path. */
struct answer {
	const char *path;
	struct rind_verdict verdict;
	struct own_access own;
	struct remedy remedy;
};

static void write_verdict(FILE *out, const struct answer *answer)
{
	const struct rind_verdict *verdict = &answer->verdict;

	text_write(out, answer->path);
	fprintf(out, ": %s (", verdict->name);
	text_write(out, verdict->rule);
	fputs(": ", out);
	text_write(out, verdict->path);
	putc(')', out);
	write_own_access(out, verdict, &answer->own);
	remedy_write(out, &answer->remedy);
	putc('\n', out);
}

static void write_json_verdict(FILE *out, const struct answer *answer)
{
	const struct rind_verdict *verdict = &answer->verdict;

	json_write_member(out, true, "path", answer->path);
	json_write_member(out, false, "access", verdict->name);
	json_write_member(out, false, "decided-by", verdict->path);
	json_write_member(out, false, "rule", verdict->rule);
	fprintf(out, ", \"exists\": %s, \"change\": ", answer->own.exists ? "true" : "false");
	remedy_write_json(out, &answer->remedy);
	putc('}', out);
}

static int write_path(
	FILE *out, const struct question *question, const char *path, struct rind_error *err)
{
	__attribute__((cleanup(arena_free))) struct arena arena = {NULL};
	struct answer answer = {.path = path};
	char buffer[PATH_MAX];

	int result = rind_plan_verdict(question->plan, path, buffer, &answer.verdict, err);
	if (result < 0)
		return result;
	answer.own = own_access(question->plan, path);
	answer.own.of_host = is_of_host(question->plan, &answer.verdict);
	result = remedy_find(question->policy, question->plan->directories[0], path,
		&answer.verdict, &arena, &answer.remedy);
	if (result < 0)
		return rind_error_no_memory(err);
	if (question->json)
		write_json_verdict(out, &answer);
	else
		write_verdict(out, &answer);
	return 0;
}

static int write_verdicts(FILE *out, const struct question *question, struct rind_error *err)
{
	int result = 0;

	for (char **path = question->paths; !result && *path; path++) {
		if (question->json)
			fputs(path == question->paths ? "\n    {" : ",\n    {", out);
		result = write_path(out, question, *path, err);
	}
	return result;
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

static void write_json_settings(FILE *out, const struct plan_settings *settings)
{
	for (size_t i = 0; i < settings->count; i++)
		json_write_member(out, i == 0, settings->list[i].name, settings->list[i].value);
}

/* The limits that are set, by name. */
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

static void write_json_patterns(FILE *out, const struct rind_plan *plan)
{
	for (size_t i = 0; i < plan->pattern_count; i++) {
		fputs(i == 0 ? "\n    {" : ",\n    {", out);
		json_write_member(out, true, "rule", plan->patterns[i].rule);
		fprintf(out, ", \"paths\": %zu}", plan->patterns[i].count);
	}
}

static int write_json(FILE *out, const struct question *question, struct rind_error *err)
{
	fputs("{\n  \"plan\": [", out);
	write_json_steps(out, question->plan);
	fputs("\n  ],\n  \"settings\": {", out);
	write_json_settings(out, &question->settings);
	fputs("},\n  \"limits\": {", out);
	write_json_limits(out, question->plan);
	fputs("},\n  \"patterns\": [", out);
	write_json_patterns(out, question->plan);
	fputs("\n  ],\n  \"paths\": [", out);
	int result = write_verdicts(out, question, err);
	fputs("\n  ]\n}\n", out);
	return result;
}

static int write_answer(FILE *out, const struct question *question, struct rind_error *err)
{
	if (question->json)
		return write_json(out, question, err);
	if (question->paths[0])
		return write_verdicts(out, question, err);
	plan_view_write(out, question->plan, &question->settings, text_columns(STDOUT_FILENO));
	plan_view_notes(out, question->plan);
	return 0;
}

static int answer(const struct question *question, struct rind_error *err)
{
	_cleanup_free_ char *text = NULL;
	size_t length = 0;
	FILE *out = open_memstream(&text, &length);
	if (!out)
		return rind_error_no_memory(err);
	int result = write_answer(out, question, err);
	bool complete = !ferror(out);
	if (fclose(out) != 0 || !complete)
		return rind_error_no_memory(err);
	if (result == 0)
		fwrite(text, 1, length, stdout);
	return result;
}

/* --- of a policy ------------------------------------------------------------------------------ */

static int explain_policy(const struct run_options *options, struct rind_error *err)
{
	__attribute__((cleanup(free_plan))) struct rind_plan *plan = NULL;

	int result = rind_plan_from_policy(options->policy, &plan, err);
	if (result < 0)
		return result;
	struct question question = {.policy = options->policy,
		.plan = plan,
		.paths = options->arguments,
		.json = options->json};
	plan_view_settings(plan, &question.settings);
	return answer(&question, err);
}

/* --- of a command line of bwrap --------------------------------------------------------------- */

/*
 * Allow only --bwrap and --json before "--": the options of a policy mean nothing to bwrap, and
 * only policies have verdicts.  Called before the parser, which reorders the words.
 */
static int check_words(char **words, struct rind_error *err)
{
	bool has_bwrap = false;
	const char *other = NULL;

	for (; *words && strcmp(*words, "--") != 0; words++) {
		if (!strcmp(*words, "--help") || !strcmp(*words, "-h") ||
			!strcmp(*words, "--version"))
			return 0;
		if (!strcmp(*words, "--bwrap"))
			has_bwrap = true;
		else if (!other && strcmp(*words, "--json") != 0)
			other = *words;
	}
	if (!has_bwrap)
		return 0;
	if (other && *other == '-')
		return rind_error_set(err, -EINVAL,
			"explain: '%s' cannot be given with --bwrap; the options of bwrap come "
			"after '--': rind explain --bwrap -- --ro-bind / / CMD",
			other);
	if (other)
		return rind_error_set(err, -EINVAL,
			"explain: '%s': with --bwrap no path can be asked about, as there are "
			"verdicts for a policy alone; the command line of bwrap comes after '--'",
			other);
	if (!*words)
		return rind_error_set(err, -EINVAL,
			"explain: after --bwrap '--' is missing, and the command line of bwrap "
			"behind it: rind explain --bwrap -- --ro-bind / / CMD");
	return 0;
}

static int explain_bwrap(const struct run_options *options, struct rind_error *err)
{
	__attribute__((cleanup(bwrap_options_free))) struct bwrap_options bwrap = {0};
	char *none[] = {NULL};

	if (bwrap_view_read(&bwrap, options->arguments, err) < 0) {
		/* Print bubblewrap's sentence; the exit status is rind explain's. */
		(void)bwrap_report_error(err);
		return RIND_EXIT_FAILURE;
	}
	struct question question = {.plan = bwrap.plan, .paths = none, .json = options->json};
	int result = bwrap_view_settings(bwrap.plan, &question.settings, err);
	return result < 0 ? result : answer(&question, err);
}

static int explain(const struct run_options *options, pid_t parent, struct rind_error *err)
{
	(void)parent;
	int result = options->bwrap ? explain_bwrap(options, err) : explain_policy(options, err);
	return result ? result : report_finish_output(0);
}

int front_explain(int argc, char **argv, pid_t parent)
{
	struct rind_error err;

	if (check_words(argv + 1, &err) < 0)
		return report_error(&err);
	return front_with_options(argc, argv, parent, &option_face_explain, explain);
}
