/*
 * rind doctor: what of rind run this host allows, and what to change.
 *
 * Supervisor only.  Every check runs in a child of its own (probe.c), and nothing on the host is
 * changed.  The last check, a real sandbox, decides whether a failed check is fatal: if it starts,
 * rind works without what is missing.
 */
#include "cli/doctor/doctor.h"

#include "cli/front.h"
#include "cli/json.h"
#include "cli/options.h"
#include "cli/report.h"
#include "cli/text.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

/* The exit statuses, and what each line says. */
enum verdict {
	VERDICT_OK,
	VERDICT_DEGRADED,
	VERDICT_BLOCKED,
};

enum { MAX_CHECKS = 40, NAME_WIDTH = 18 };

struct result {
	const struct check *check;
	struct finding finding;
	enum verdict verdict;
};

struct examination {
	struct result results[MAX_CHECKS];
	size_t count;
	enum verdict verdict;
};

static const char *verdict_name(enum verdict verdict)
{
	switch (verdict) {
	case VERDICT_OK:
		return "ok";
	case VERDICT_DEGRADED:
		return "degraded";
	case VERDICT_BLOCKED:
		return "blocked";
	}
	return "unknown"; /* no such enumerator */
}

static const char *conclusion(enum verdict verdict)
{
	switch (verdict) {
	case VERDICT_OK:
		return "rind run works here, with full protection";
	case VERDICT_DEGRADED:
		return "rind run works here, with less than full protection or by other means";
	case VERDICT_BLOCKED:
		return "rind run does not work here";
	}
	return "";
}

/* --- examining -------------------------------------------------------------------------------- */

static struct result *add_result(struct examination *examination, const struct check *check)
{
	struct result *result = &examination->results[examination->count++];
	*result = (struct result){.check = check};
	return result;
}

/* Run the checks of a list; false when one of the vital ones has failed. */
static bool run_checks(struct examination *examination, const struct check *checks)
{
	bool complete = true;

	for (; checks->name && examination->count < MAX_CHECKS; checks++) {
		struct result *result = add_result(examination, checks);
		doctor_run_probe(checks, &result->finding);
		if (result->finding.error && checks->weight == WEIGHT_VITAL)
			complete = false;
	}
	return complete;
}

/* Skip the other checks of a list whose common requirement fails: they would only repeat it. */
static void pass_over(
	struct examination *examination, const struct check *checks, const struct check *missing)
{
	for (; checks->name && examination->count < MAX_CHECKS; checks++)
		finding_set(&add_result(examination, checks)->finding, -ECANCELED,
			"not tried without %s", missing->text);
}

static void run_namespace_checks(struct examination *examination)
{
	const struct check *check = doctor_namespace_checks;

	/* The checks that the others depend on have a name for what they make. */
	for (; check->weight == WEIGHT_VITAL && check->text && !check->number; check++) {
		struct finding *finding = &add_result(examination, check)->finding;
		doctor_run_probe(check, finding);
		if (finding->error) {
			pass_over(examination, check + 1, check);
			return;
		}
	}
	(void)run_checks(examination, check);
}

static enum verdict judge(const struct result *result, bool sandbox_starts)
{
	if (!result->finding.error)
		return VERDICT_OK;
	if (result->check->weight == WEIGHT_VITAL && !sandbox_starts)
		return VERDICT_BLOCKED;
	return VERDICT_DEGRADED;
}

static void examine(struct examination *ret)
{
	ret->count = 0;
	ret->verdict = VERDICT_OK;
	(void)run_checks(ret, doctor_call_checks);
	(void)run_checks(ret, doctor_mount_checks);
	run_namespace_checks(ret);
	(void)run_checks(ret, doctor_feature_checks);
	bool sandbox_starts = run_checks(ret, doctor_sandbox_checks);

	for (size_t i = 0; i < ret->count; i++) {
		struct result *result = &ret->results[i];
		result->verdict = judge(result, sandbox_starts);
		if (result->check->weight != WEIGHT_OPTION && result->verdict > ret->verdict)
			ret->verdict = result->verdict;
	}
}

/* --- saying ----------------------------------------------------------------------------------- */

static void write_line(const struct result *result)
{
	const struct finding *finding = &result->finding;

	printf("%-8s  %-*s  ", verdict_name(result->verdict), NAME_WIDTH, result->check->name);
	text_write(stdout, finding->detail);
	if (finding->error && result->check->needs)
		printf(" (only for %s)", result->check->needs);
	if (*finding->remedy) {
		fputs("; remedy: ", stdout);
		text_write(stdout, finding->remedy);
	}
	putchar('\n');
}

static void write_text(const struct examination *examination)
{
	for (size_t i = 0; i < examination->count; i++)
		write_line(&examination->results[i]);
	printf("\n%s\n", conclusion(examination->verdict));
}

static void write_json(const struct examination *examination)
{
	fputs("{\n  ", stdout);
	json_write_member(stdout, true, "verdict", verdict_name(examination->verdict));
	fputs(",\n  \"checks\": [", stdout);
	for (size_t i = 0; i < examination->count; i++) {
		const struct result *result = &examination->results[i];
		fputs(i == 0 ? "\n    {" : ",\n    {", stdout);
		json_write_member(stdout, true, "check", result->check->name);
		json_write_member(stdout, false, "verdict", verdict_name(result->verdict));
		json_write_member(stdout, false, "detail", result->finding.detail);
		json_write_member(stdout, false, "remedy", result->finding.remedy);
		json_write_member(stdout, false, "needed-by",
			result->check->needs ? result->check->needs : "run");
		putchar('}');
	}
	fputs("\n  ]\n}\n", stdout);
}

static int doctor(const struct run_options *options)
{
	static struct examination examination;

	/* Otherwise each child would write what is still in the buffer, too. */
	fflush(stdout);
	examine(&examination);
	if (options->json)
		write_json(&examination);
	else
		write_text(&examination);
	return report_finish_output((int)examination.verdict);
}

static int answer(const struct run_options *options)
{
	char *const *arguments = options->arguments;

	if (options->help)
		option_write_help(stdout, &option_face_doctor);
	else if (options->version)
		puts("rind " RIND_VERSION);
	else if (!arguments[0])
		return doctor(options);
	else if (strcmp(arguments[0], DOCTOR_INSIDE) == 0 && !arguments[1])
		return doctor_inside();
	else {
		report_line("doctor: takes no arguments, but was given '%s'", arguments[0]);
		return RIND_EXIT_FAILURE;
	}
	return report_finish_output(0);
}

int front_doctor(int argc, char **argv, pid_t parent)
{
	struct run_options options;
	struct rind_error err;

	(void)parent;
	if (run_options_parse(argc, argv, &option_face_doctor, &options, &err) < 0)
		return report_error(&err);
	int status = answer(&options);
	run_options_release(&options);
	return status;
}
