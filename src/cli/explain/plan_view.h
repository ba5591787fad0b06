/* A plan as people see it: printed by `rind explain` and `rind run --verbose`.  Supervisor. */
#ifndef RIND_CLI_EXPLAIN_PLAN_VIEW_H
#define RIND_CLI_EXPLAIN_PLAN_VIEW_H

#include <rind.h>
#include <stdio.h>

/* A property of a plan that is not a step. */
struct plan_setting {
	const char *name;
	const char *value;
};

enum { PLAN_SETTINGS_MOST = 8 };

struct plan_settings {
	struct plan_setting list[PLAN_SETTINGS_MOST];
	size_t count;
};

/* For a policy's plan.  The strings are valid as long as the plan. */
void plan_view_settings(const struct rind_plan *plan, struct plan_settings *ret);

/* A limit of the plan, and what enforces it. */
struct plan_limit {
	const char *name;     /* "pids", "memory", "cpu-time", "cpu-share", "files" */
	uint64_t value;       /* 0: there is no such limit */
	const char *unit;     /* for people: what the value counts */
	const char *resource; /* of each process: "RLIMIT_…"; NULL: none */
	const char *group;    /* of all together: the directory of the control group; NULL: none */
};

void plan_view_limit(const struct rind_plan *plan, enum rind_limit which, struct plan_limit *ret);

/* Print a line for each step that has a note. */
void plan_view_notes(FILE *out, const struct rind_plan *plan);

/*
 * Print the steps as a table, then the settings.  Where the table is wider than columns, each step
 * takes two lines.  Errors stay in the stream (ferror).
 */
void plan_view_write(FILE *out, const struct rind_plan *plan, const struct plan_settings *settings,
	size_t columns);

/* The same of a policy's plan, with its settings, as wide as the terminal that out may be. */
void plan_view_policy(FILE *out, const struct rind_plan *plan);

#endif
