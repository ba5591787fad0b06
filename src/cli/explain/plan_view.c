/*
 * Prints a plan for people; see plan_view.h.  Supervisor; asks the kernel which Landlock it has.
 * text_write() escapes every string that may hold a path, so that each step stays on one line.
 */
#include "cli/explain/plan_view.h"

#include "cli/text.h"
#include "mount/support.h"
#include "plan/plan.h"

#include <inttypes.h>

enum {
	STEP_COLUMNS = 4,
	COLUMN_GAP = 2,
	SETTING_COLUMNS = 10,
	WIDEST_PATH = 60, /* a longer path widens its own row only */
};

/* The width of each column that is padded. */
struct widths {
	size_t operation, path, access, rule;
	size_t narrow; /* the columns of a terminal that the table is too wide for; otherwise 0 */
};

static const char *network_name(const struct rind_plan *plan)
{
	if (!(plan->namespaces & PLAN_NS_NET))
		return "host";
	return plan->filter == PLAN_FILTER_OFF ? "off" : "isolated";
}

#define ANY_FILTER "no terminal injection, no setuid bits, no io_uring"

static const char *filter_text(enum plan_filter filter)
{
	/* The other filters are never the plan's own. */
	static const char *const texts[PLAN_FILTER_COUNT] = {
		[PLAN_FILTER_NONE] = "none",
		[PLAN_FILTER_HOST] = ANY_FILTER,
		[PLAN_FILTER_ISOLATED] = ANY_FILTER ", internet sockets only",
		[PLAN_FILTER_ISOLATED_UNIX] = ANY_FILTER ", internet and unix sockets only",
		[PLAN_FILTER_OFF] = ANY_FILTER ", no connecting, binding or sending",
	};
	return texts[filter] ? texts[filter] : "unknown";
}

/*
 * The parts of Landlock that the plan asks for and this kernel has: without them the sandbox
 * starts all the same.
 */
static const char *landlock_text(enum plan_landlock landlock)
{
	if (landlock == PLAN_LANDLOCK_NONE)
		return "none";
	int version = host_landlock_version(host_has_landlock_calls());
	if (version <= 0 && landlock == PLAN_LANDLOCK_FULL)
		return "none: there is none here to be used, see 'rind doctor'; "
		       "the filter forbids mounting";
	if (version <= 0)
		return "none: there is none here to be used, see 'rind doctor'";
	if (landlock == PLAN_LANDLOCK_FULL && version < LANDLOCK_ABI_SCOPES)
		return "writing beneath writable paths only; no scopes here, see 'rind doctor'";
	if (version < LANDLOCK_ABI_SCOPES)
		return "none: there are no scopes here, see 'rind doctor'";
	if (landlock == PLAN_LANDLOCK_SCOPES)
		return "signals and abstract sockets stay inside";
	return "writing beneath writable paths only; "
	       "signals and abstract sockets stay inside";
}

static const char *nested_text(const struct rind_plan *plan)
{
	if (plan->nested_any)
		return "any: the command can undo what is protected";
	return plan->nested ? "yes: the command can mount, but not pivot_root or detach" : "no";
}

void plan_view_settings(const struct rind_plan *plan, struct plan_settings *ret)
{
	*ret = (struct plan_settings){
		.list = {{"directory", plan->directories[0]}, {"network", network_name(plan)},
			{"filter", filter_text(plan->filter)},
			{"landlock", landlock_text(plan->landlock)},
			{"stdin", plan->null_stdin ? "null" : "inherit"},
			{"nested", nested_text(plan)}},
		.count = 6,
	};
}

void plan_view_limit(const struct rind_plan *plan, enum rind_limit which, struct plan_limit *ret)
{
	static const struct {
		const char *name, *unit;
	} texts[LIMIT_COUNT] = {
		[RIND_LIMIT_PIDS] = {"pids", "processes and threads"},
		[RIND_LIMIT_MEMORY] = {"memory", "bytes"},
		[RIND_LIMIT_CPU_TIME] = {"cpu-time", "s of processor time"},
		[RIND_LIMIT_CPU_SHARE] = {"cpu-share", "% of one processor"},
		[RIND_LIMIT_FILES] = {"files", "open files"},
		[RIND_LIMIT_DISK] = {"disk", "bytes"},
	};
	const struct limit_kind *kind = &limit_kinds[which];

	*ret = (struct plan_limit){
		.name = texts[which].name,
		.value = plan->limits.values[which],
		.unit = texts[which].unit,
		.resource =
			limit_needs_resource(kind, plan->controllers) ? kind->resource_name : NULL,
		.group = plan->controllers & kind->controller ? plan->cgroup : NULL,
	};
}

/*
 * RLIMIT_NPROC counts all processes of the sandbox; the other resource limits apply to each
 * process.
 */
static void write_limit(FILE *out, const struct rind_plan *plan, enum rind_limit which)
{
	struct plan_limit limit;

	plan_view_limit(plan, which, &limit);
	if (!limit.value)
		return;
	fprintf(out, "%-*s %" PRIu64 " %s: ", SETTING_COLUMNS, limit.name, limit.value, limit.unit);
	if (limit.resource)
		fprintf(out, "%s, %s%s", which == RIND_LIMIT_PIDS ? "all together" : "each process",
			limit.resource,
			which == RIND_LIMIT_MEMORY
				? " (address space, of which node, java and go reserve far more "
				  "than they use)"
				: "");
	if (which == RIND_LIMIT_DISK)
		fputs("each tmpfs of the sandbox's own", out);
	if (limit.group) {
		fprintf(out, "%sall together, a control group in ", limit.resource ? "; " : "");
		text_write(out, limit.group);
	}
	putc('\n', out);
}

static void widen(size_t *width, const char *text, size_t limit)
{
	size_t columns = text_write(NULL, text);
	if (columns > *width && columns <= limit)
		*width = columns;
}

static void write_cell(FILE *out, const char *text, size_t width)
{
	size_t columns = text_write(out, text);
	size_t padding = columns < width ? width - columns : 0;
	fprintf(out, "%*s", (int)(padding + COLUMN_GAP), "");
}

/* In two lines: the access under the operation, the rule under the path. */
static void write_narrow_row(
	FILE *out, const struct widths *widths, const char *number, const struct rind_step *step)
{
	size_t first = widths->operation > widths->access ? widths->operation : widths->access;

	fprintf(out, "%*s%*s", STEP_COLUMNS, number, COLUMN_GAP, "");
	write_cell(out, step->operation, first);
	text_write(out, step->path);
	fprintf(out, "\n%*s", STEP_COLUMNS + COLUMN_GAP, "");
	write_cell(out, step->access, first);
	text_write_wrapped(
		out, step->rule, STEP_COLUMNS + first + (size_t)2 * COLUMN_GAP, widths->narrow);
	putc('\n', out);
}

static void write_row(
	FILE *out, const struct widths *widths, const char *number, const struct rind_step *step)
{
	if (widths->narrow) {
		write_narrow_row(out, widths, number, step);
		return;
	}
	fprintf(out, "%*s%*s", STEP_COLUMNS, number, COLUMN_GAP, "");
	write_cell(out, step->operation, widths->operation);
	write_cell(out, step->path, widths->path);
	write_cell(out, step->access, widths->access);
	text_write(out, step->rule);
	putc('\n', out);
}

static void write_steps(FILE *out, const struct rind_plan *plan, size_t columns)
{
	const struct rind_step header = {"OPERATION", "PATH", "ACCESS", "RULE", NULL};
	struct widths widths = {0};
	struct rind_step step = header;

	for (size_t i = 0;; i++) {
		widen(&widths.operation, step.operation, SIZE_MAX);
		widen(&widths.path, step.path, WIDEST_PATH);
		widen(&widths.access, step.access, SIZE_MAX);
		widen(&widths.rule, step.rule, WIDEST_PATH);
		if (rind_plan_step(plan, i, &step) < 0)
			break;
	}

	size_t table = STEP_COLUMNS + widths.operation + widths.path + widths.access + widths.rule +
		       (size_t)4 * COLUMN_GAP;
	widths.narrow = table > columns ? columns : 0;

	write_row(out, &widths, "STEP", &header);
	for (size_t i = 0; rind_plan_step(plan, i, &step) == 0; i++) {
		char number[24];
		snprintf(number, sizeof(number), "%zu", i + 1);
		write_row(out, &widths, number, &step);
	}
}

void plan_view_notes(FILE *out, const struct rind_plan *plan)
{
	struct rind_step step;

	for (size_t i = 0; rind_plan_step(plan, i, &step) == 0; i++) {
		if (!step.note)
			continue;
		fputs("note: ", out);
		text_write(out, step.path);
		fprintf(out, " %s\n", step.note);
	}
}

static void write_settings(FILE *out, const struct plan_settings *settings, size_t columns)
{
	size_t width = SETTING_COLUMNS;

	for (size_t i = 0; i < settings->count; i++)
		widen(&width, settings->list[i].name, SIZE_MAX);
	for (size_t i = 0; i < settings->count; i++) {
		fprintf(out, "%-*s ", (int)width, settings->list[i].name);
		text_write_wrapped(out, settings->list[i].value, width + 1, columns);
		putc('\n', out);
	}
}

static void write_patterns(FILE *out, const struct rind_plan *plan)
{
	for (size_t i = 0; i < plan->pattern_count; i++) {
		size_t count = plan->patterns[i].count;
		fprintf(out, "%-*s ", SETTING_COLUMNS, "pattern");
		text_write(out, plan->patterns[i].rule);
		fprintf(out, ": %zu path%s\n", count, count == 1 ? "" : "s");
	}
}

void plan_view_write(FILE *out, const struct rind_plan *plan, const struct plan_settings *settings,
	size_t columns)
{
	if (rind_plan_count(plan) > 0)
		write_steps(out, plan, columns);
	else if (plan->namespaces)
		fputs("no steps: the root is empty\n", out);
	else
		fputs("no steps: the command runs without namespaces, as it is\n", out);

	putc('\n', out);
	write_settings(out, settings, columns);
	for (size_t i = 0; i < LIMIT_COUNT; i++)
		write_limit(out, plan, (enum rind_limit)i);
	write_patterns(out, plan);
}

void plan_view_policy(FILE *out, const struct rind_plan *plan)
{
	struct plan_settings settings;

	plan_view_settings(plan, &settings);
	plan_view_write(out, plan, &settings, text_columns(fileno(out)));
}
