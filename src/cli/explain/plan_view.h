/* A plan as people see it: what `rind explain` and `rind run --verbose` print. */
#ifndef RIND_CLI_EXPLAIN_PLAN_VIEW_H
#define RIND_CLI_EXPLAIN_PLAN_VIEW_H

#include <rind.h>
#include <stdio.h>

/* A property of a plan that is no step. */
struct plan_setting {
	const char *name;
	const char *value;
};

enum { PLAN_SETTINGS_MOST = 8 };

struct plan_settings {
	struct plan_setting list[PLAN_SETTINGS_MOST];
	size_t count;
};

/* Of a policy's plan.  The strings live as long as the plan. */
void plan_view_settings(const struct rind_plan *plan, struct plan_settings *ret);

/* What enforces a limit of the plan. */
struct plan_limit {
	const char *name;     /* "pids", "memory", "cpu-time", "cpu-share", "files" */
	uint64_t value;       /* 0: there is no such limit */
	const char *resource; /* of each process: "RLIMIT_…"; NULL: none does */
	const char *group; /* of all together: where the control group is made; NULL: none does */
};

void plan_view_limit(const struct rind_plan *plan, enum rind_limit which, struct plan_limit *ret);

/* A line for each step of which there is something to say. */
void plan_view_notes(FILE *out, const struct rind_plan *plan);

/*
 * The steps as an aligned table, and the settings after it; and the same with the settings of a
 * policy's plan.  Errors stay in the stream (ferror).
 */
void plan_view_write(FILE *out, const struct rind_plan *plan, const struct plan_settings *settings);
void plan_view_policy(FILE *out, const struct rind_plan *plan);

#endif
