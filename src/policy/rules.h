/*
 * Rules say which path is writable, protected or hidden, and why; they may come in any order and
 * contradict each other.  This module settles them (the most specific path wins; at one path the
 * kind of rule decides) and writes the mount operations for them, in the order of the design.
 *
 * Pure: paths are text here.  All work is done on sorted paths, where a directory comes directly
 * before everything in it, so the cost for each rule stays small with thousands of rules.
 */
#ifndef RIND_POLICY_RULES_H
#define RIND_POLICY_RULES_H

#include "plan/plan.h"

/* At one and the same path the later kind in this list wins. */
enum rule_kind {
	RULE_WRITABLE_IMPLICIT,
	RULE_PROTECT_DEFAULT,
	RULE_SCRATCH,
	RULE_WRITABLE_EXPLICIT,
	RULE_PROTECT_EXPLICIT,
	RULE_READABLE,
	RULE_DEVICE,
	RULE_TMPFS,
	RULE_HIDE,
	RULE_DEV,
	RULE_PROC,
};

/* Do the directories on the way to a path have to be pinned? */
enum rule_pins {
	PINS_NONE,
	PINS_IF_PRESENT, /* only if an optional path below exists */
	PINS_ALWAYS,
};

struct rule {
	/* The caller of rules_add() fills these in. */
	const char *path, *text; /* path: clean; text: where the rule comes from, for people */
	enum rule_kind kind;
	enum rind_access access;
	unsigned int flags; /* PLAN_IF_PRESENT, PLAN_EXPECT, PLAN_MAKE */
	struct plan_identity expected;

	/* Filled in by rules_settle(). */
	size_t order;
	struct rule *parent; /* the nearest rule above */
	struct rule *outer;  /* the outermost writable root above */
	bool copied;         /* what is there is of an overlay: below a scratch */
	bool late;           /* a rule above is mounted in the protect or hide phase */
	enum rule_pins pins;
	struct rule *pinned;        /* the last rule below whose parents were pinned … */
	struct rule *pinned_always; /* … and the last one of these with PINS_ALWAYS */
};

struct rules {
	struct arena arena;
	struct rule *items;
	size_t count;
	/*
	 * Operations that come from no rule: written unchanged, before everything that covers a
	 * path.
	 */
	struct plan_op *programs;
	size_t program_count;
};

/* Add a rule; the strings are not copied.  0 or -ENOMEM. */
int rules_add(struct rules *rules, const struct rule *rule) _must_check_;

/*
 * Sort the rules, and drop those that lose or change nothing.  Call it once, before the functions
 * below.
 */
void rules_settle(struct rules *rules);

/* The most specific rule at or above path, or NULL. */
const struct rule *rules_most_specific(const struct rules *rules, const char *path);

/* Does the rule make its path writable? */
bool rule_is_writable(const struct rule *rule);

/* Append the operations to the plan, PLAN_TREE first.  0 or -ENOMEM. */
int rules_write(struct rules *rules, struct rind_plan *plan) _must_check_;

void rules_free(struct rules *rules);

#endif
