/*
 * What the seccomp filters deny, as a table.  Used when rind is built (by the generator,
 * filter_compile.c) and in tests; no part of rind itself.
 */
#ifndef RIND_PLAN_FILTER_RULES_H
#define RIND_PLAN_FILTER_RULES_H

#include "plan/filter_guard.h"
#include "plan/plan.h"

/*
 * A constant that the rules compare with: its spelling in C, and its value on the machine that
 * compiled the rules.
 */
struct filter_value {
	const char *spelling;
	unsigned int value;
};

/* All such constants; the last entry has no spelling. */
extern const struct filter_value filter_values[];

/* A row of the table: in which filters (bit N: enum plan_filter N) what is denied of a call. */
struct filter_row {
	unsigned int filters; /* FILTER() bits */
	const char *call;
	struct filter_rule deny;
};

extern const struct filter_row filter_rows[];
extern const size_t filter_row_count;

/*
 * Bits of the filters of which each command gets exactly one; the others are added to one of these.
 */
extern const unsigned int filter_always;

#endif
