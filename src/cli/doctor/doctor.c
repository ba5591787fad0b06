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

static const struct {
	const char *name, *conclusion;
} verdicts[] = {
	[VERDICT_OK] = {"ok", "rind run works here, with full protection"},
	[VERDICT_DEGRADED] = {"degraded",
		"rind run works here, with less than full protection or by other means"},
	[VERDICT_BLOCKED] = {"blocked", "rind run does not work here"},
};

/* --- examining -------------------------------------------------------------------------------- */

/*
 * Run the checks of a list.  Skip those whose common requirement fails: they would only repeat it.
 * Returns whether the last one has succeeded.
 */
static bool run_checks(struct examination *examination, const struct check *checks)
{
	const char *missing = NULL;
	bool succeeded = true;

	for (; checks->name && examination->count < MAX_CHECKS; checks++) {
		struct result *result = &examination->results[examination->count++];
		*result = (struct result){.check = checks};
		if (missing)
			finding_set(&result->finding, -ECANCELED, "not tried without %s", missing);
		else
			doctor_run_probe(checks, &result->finding);
		succeeded = !result->finding.error;
		if (!succeeded && !missing)
			missing = checks->provides;
	}
	return succeeded;
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
	(void)run_checks(ret, doctor_namespace_checks);
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

	printf("%-8s  %-*s  ", verdicts[result->verdict].name, NAME_WIDTH, result->check->name);
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
	printf("\n%s\n", verdicts[examination->verdict].conclusion);
}

static void write_json(const struct examination *examination)
{
	fputs("{\n  ", stdout);
	json_write_member(stdout, true, "verdict", verdicts[examination->verdict].name);
	fputs(",\n  \"checks\": [", stdout);
	for (size_t i = 0; i < examination->count; i++) {
		const struct result *result = &examination->results[i];
		fputs(i == 0 ? "\n    {" : ",\n    {", stdout);
		json_write_member(stdout, true, "check", result->check->name);
		json_write_member(stdout, false, "verdict", verdicts[result->verdict].name);
		json_write_member(stdout, false, "detail", result->finding.detail);
		json_write_member(stdout, false, "remedy", result->finding.remedy);
		json_write_member(stdout, false, "needed-by",
			result->check->needs ? result->check->needs : "run");
		putchar('}');
	}
	fputs("\n  ]\n}\n", stdout);
}

static int doctor(const struct run_options *options, pid_t parent, struct rind_error *err)
{
	static struct examination examination;
	char *const *arguments = options->arguments;

	(void)parent;
	if (arguments[0] && strcmp(arguments[0], DOCTOR_INSIDE) == 0 && !arguments[1])
		return doctor_inside();
	if (arguments[0])
		return rind_error_set(err, -EINVAL,
			"doctor: takes no arguments, but was given '%s'", arguments[0]);
	/* Otherwise each child would write what is still in the buffer, too. */
	fflush(stdout);
	examine(&examination);
	if (options->json)
		write_json(&examination);
	else
		write_text(&examination);
	return report_finish_output((int)examination.verdict);
}

int front_doctor(int argc, char **argv, pid_t parent)
{
	return front_with_options(argc, argv, parent, &option_face_doctor, doctor);
}
