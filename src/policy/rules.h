/*
 * Rules: which path is to be writable, protected or hidden, and why, in any order and with
 * contradictions.  This module settles them (the most specific path wins; at one path the kind of
 * rule decides) and writes the mount operations that make them true, in the order of the design.
 *
 * Pure: paths are text here.  Everything is done on sorted paths, where a directory is followed by
 * all that is in it, so that thousands of rules cost no more each than a few.
 */
#ifndef RIND_POLICY_RULES_H
#define RIND_POLICY_RULES_H

#include "plan/plan.h"

/* At one and the same path the higher kind wins. */
enum rule_kind {
	RULE_WRITABLE_IMPLICIT,
	RULE_PROTECT_DEFAULT,
	RULE_WRITABLE_EXPLICIT,
	RULE_PROTECT_EXPLICIT,
	RULE_HIDE,
	RULE_DEV,
	RULE_PROC,
};

/* Whether the directories on the way to a path have to be pinned. */
enum rule_pins {
	PINS_NONE,
	PINS_IF_PRESENT, /* only optional paths need it */
	PINS_ALWAYS,
};

struct rule {
	/* To be given to rules_add(). */
	const char *path, *text; /* clean; for people: where the rule comes from */
	enum rule_kind kind;
	enum rind_access access;
	unsigned int flags; /* PLAN_IF_PRESENT, PLAN_EXPECT */
	struct plan_identity expected;

	/* Filled in by rules_settle(). */
	size_t order;
	struct rule *parent; /* the nearest rule above */
	struct rule *outer;  /* the outermost writable root above */
	bool late;           /* something above is mounted in the protect or hide phase */
	enum rule_pins pins;
	struct rule *pinned;        /* the latest rule below whose parents were pinned … */
	struct rule *pinned_always; /* … and the latest for which that was PINS_ALWAYS */
};

struct rules {
	struct arena arena;
	struct rule *items;
	size_t count;
	/* Operations that are no rules: written as they are, before all that covers a path. */
	struct plan_op *programs;
	size_t program_count;
};

/* Add a rule; the strings are not copied.  0 or -ENOMEM. */
int rules_add(struct rules *rules, const struct rule *rule) _must_check_;

/* Sort the rules, and drop those that lose or change nothing.  Once, before what follows. */
void rules_settle(struct rules *rules);

/* The most specific rule at or above path, or NULL. */
const struct rule *rules_nearest(const struct rules *rules, const char *path);

/* Is what the rule governs writable? */
bool rule_is_writable(const struct rule *rule);

/* Append the operations to the plan, PLAN_TREE first.  0 or -ENOMEM. */
int rules_write(struct rules *rules, struct rind_plan *plan) _must_check_;

void rules_free(struct rules *rules);

#endif
