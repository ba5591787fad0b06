/* Settling rules and putting operations in order; see rules.h.  Supervisor only. */
#include "policy/rules.h"

#include "base/path.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

static const enum plan_op_type type_of_kind[] = {
	[RULE_WRITABLE_IMPLICIT] = PLAN_WRITABLE,
	[RULE_PROTECT_DEFAULT] = PLAN_PROTECT,
	[RULE_SCRATCH] = PLAN_SCRATCH,
	[RULE_WRITABLE_EXPLICIT] = PLAN_WRITABLE,
	[RULE_PROTECT_EXPLICIT] = PLAN_PROTECT,
	[RULE_READABLE] = PLAN_READABLE,
	[RULE_DEVICE] = PLAN_DEVICE,
	[RULE_TMPFS] = PLAN_TMPFS,
	[RULE_HIDE] = PLAN_HIDE,
	[RULE_DEV] = PLAN_DEV,
	[RULE_PROC] = PLAN_PROC,
};

static enum plan_op_type rule_type(const struct rule *rule)
{
	return type_of_kind[rule->kind];
}

bool rule_is_writable(const struct rule *rule)
{
	return rule_type(rule) == PLAN_WRITABLE || rule->kind == RULE_SCRATCH;
}

/* The tree itself is never mounted anew: a rule for "/" becomes the access of PLAN_TREE. */
static bool is_tree(const struct rule *rule)
{
	return !rule->path[1];
}

int rules_add(struct rules *rules, const struct rule *rule)
{
	struct rule *items = arena_grow(&rules->arena, rules->items, rules->count, sizeof(*items));
	if (!items)
		return -ENOMEM;
	rules->items = items;
	rules->items[rules->count] = *rule;
	rules->items[rules->count].order = rules->count;
	rules->count++;
	return 0;
}

void rules_free(struct rules *rules)
{
	arena_free(&rules->arena);
}

/* --- settling --------------------------------------------------------------------------------- */

/* By path; at one path the winner first; of one kind the rule that was added first. */
static int compare_rules(const void *a, const void *b)
{
	const struct rule *x = a, *y = b;
	int order = path_compare(x->path, y->path);
	if (order)
		return order;
	if (x->kind != y->kind)
		return x->kind > y->kind ? -1 : 1;
	return x->order < y->order ? -1 : 1;
}

/* Keep one rule for each path.  It is optional only if all rules of its kind at this path are. */
static void drop_losers(struct rules *rules)
{
	size_t kept = 0;
	for (size_t i = 0; i < rules->count; i++) {
		const struct rule *rule = &rules->items[i];
		struct rule *winner = kept ? &rules->items[kept - 1] : NULL;
		if (!winner || strcmp(winner->path, rule->path) != 0)
			rules->items[kept++] = *rule;
		else if (winner->kind == rule->kind && !(rule->flags & PLAN_IF_PRESENT))
			winner->flags &= ~(unsigned int)PLAN_IF_PRESENT;
	}
	rules->count = kept;
}

/* Does the rule change nothing below its parent rule? */
static bool is_redundant(const struct rule *rule, const struct rule *parent)
{
	switch (rule_type(rule)) {
	case PLAN_PROTECT:
		return !parent || !rule_is_writable(parent);
	case PLAN_HIDE:
		return parent && parent->kind >= RULE_TMPFS;
	case PLAN_READABLE:
		return parent && parent->kind == RULE_READABLE;
	case PLAN_WRITABLE:
	case PLAN_SCRATCH:
		return parent && parent->kind == RULE_PROC;
	default:
		return false;
	}
}

/*
 * A root, or a readable path, in a hidden directory is reached through that directory: mark all
 * hidden directories above.
 */
static void expose(struct rule *parent)
{
	for (; parent && !(parent->flags & PLAN_EXPOSES); parent = parent->parent)
		if (parent->kind == RULE_HIDE)
			parent->flags |= PLAN_EXPOSES;
}

static void place(struct rule *rule, struct rule *parent)
{
	rule->copied = rule->kind == RULE_SCRATCH;
	rule->parent = parent;
	if (!parent)
		return;
	rule->copied |= parent->copied && !(rule_is_writable(rule) || rule->kind == RULE_READABLE);
	if (parent->outer)
		rule->outer = parent->outer;
	else if (rule_is_writable(parent))
		rule->outer = parent;

	enum plan_op_type above = rule_type(parent);
	rule->late = parent->late || above == PLAN_PROTECT || above == PLAN_HIDE ||
		     above == PLAN_TMPFS || above == PLAN_SCRATCH;
	/* An overlay gives a file another identity: init finds there what it has. */
	if (parent->copied && rule->kind == RULE_HIDE)
		rule->flags &= ~(unsigned int)PLAN_EXPECT;
	if (!rule_is_writable(rule) && rule->kind != RULE_READABLE && rule->kind != RULE_DEVICE &&
		rule->kind != RULE_TMPFS)
		return;
	expose(parent);
	if (!is_tree(parent))
		rule->flags |= PLAN_COVERED;
}

/*
 * A protected path lies below a path that is protected only if present.  If that one is missing,
 * the command could create both at once.  So protect the upper one also if missing.
 */
static void hand_insistence_on(const struct rule *rule, struct rule *parent)
{
	if (parent && rule_type(rule) == PLAN_PROTECT && !(rule->flags & PLAN_IF_PRESENT))
		parent->flags &= ~(unsigned int)PLAN_IF_PRESENT;
}

/*
 * Find each rule's parent and drop rules that change nothing below it.  In sorted order, the rules
 * above a rule are found in the chain of parents of the rule before it.
 */
static void nest(struct rules *rules)
{
	struct rule *above = NULL;
	size_t kept = 0;

	for (size_t i = 0; i < rules->count; i++) {
		struct rule rule = rules->items[i];
		while (above && !path_is_within(rule.path, above->path))
			above = above->parent;
		if (is_redundant(&rule, above)) {
			hand_insistence_on(&rule, above);
			continue;
		}
		place(&rule, above);
		rules->items[kept] = rule;
		above = &rules->items[kept++];
	}
	rules->count = kept;
}

static enum rule_pins own_pins(const struct rule *rule)
{
	if (rule_type(rule) != PLAN_PROTECT && rule->kind != RULE_HIDE &&
		rule->kind != RULE_TMPFS && rule->kind != RULE_SCRATCH)
		return PINS_NONE;
	return rule->flags & PLAN_IF_PRESENT ? PINS_IF_PRESENT : PINS_ALWAYS;
}

/*
 * A directory around a protected or hidden path or a tmpfs must not be renamed away, or the command
 * could make another one there, for the host; nor a directory around a root that contains such a
 * path.  So pass the need for pins from each rule to its parent, deepest first.
 */
static void raise_pins(struct rules *rules)
{
	for (size_t i = rules->count; i--;) {
		struct rule *rule = &rules->items[i];
		if (own_pins(rule) > rule->pins)
			rule->pins = own_pins(rule);
		if (rule->parent && rule->pins > rule->parent->pins)
			rule->parent->pins = rule->pins;
	}
}

void rules_settle(struct rules *rules)
{
	if (!rules->count)
		return;
	qsort(rules->items, rules->count, sizeof(*rules->items), compare_rules);
	drop_losers(rules);
	nest(rules);
	raise_pins(rules);
}

const struct rule *rules_most_specific(const struct rules *rules, const char *path)
{
	const struct rule *nearest = NULL;
	/* Sorted: of two rules above path, the later one is the deeper. */
	for (size_t i = 0; i < rules->count; i++)
		if (path_is_within(path, rules->items[i].path))
			nearest = &rules->items[i];
	return nearest;
}

/* --- operations ------------------------------------------------------------------------------- */

/*
 * The order of the design.  What lies in a protected or hidden path has to be mounted after that
 * one: it comes last, all kinds together, sorted by path, which is then the order of mounting.
 */
enum phase {
	PHASE_WRITABLE,
	PHASE_PROTECT, /* with the pins: a parent before what is in it */
	PHASE_HIDE,
	PHASE_LATE,
};

struct step {
	enum phase phase;
	size_t order; /* of the rule it comes from */
	struct plan_op op;
};

struct steps {
	struct arena *arena;
	struct step *items;
	size_t count;
};

static int compare_steps(const void *a, const void *b)
{
	const struct step *x = a, *y = b;
	if (x->phase != y->phase)
		return x->phase < y->phase ? -1 : 1;
	int order = path_compare(x->op.path, y->op.path);
	if (order)
		return order;
	return (x->order > y->order) - (x->order < y->order);
}

static enum phase rule_phase(const struct rule *rule)
{
	if (rule->late)
		return PHASE_LATE;
	/* A scratch in a root comes after the pins that lead to it. */
	if (rule->kind == RULE_HIDE || rule->kind == RULE_TMPFS || rule->kind == RULE_SCRATCH)
		return PHASE_HIDE;
	return rule_is_writable(rule) ? PHASE_WRITABLE : PHASE_PROTECT;
}

static int add_step(struct steps *steps, const struct step *step)
{
	struct step *items = arena_grow(steps->arena, steps->items, steps->count, sizeof(*items));
	if (!items || !step->op.path || !step->op.rule)
		return -ENOMEM;
	steps->items = items;
	steps->items[steps->count++] = *step;
	return 0;
}

static int add_pin(struct steps *steps, const struct rule *rule, size_t length)
{
	const struct step step = {
		.phase = rule->late ? PHASE_LATE : PHASE_PROTECT,
		.order = rule->order,
		.op =
			{
				.type = PLAN_PIN,
				.flags = rule->pins == PINS_ALWAYS ? 0 : PLAN_IF_PRESENT,
				.access = RIND_ACCESS_WRITABLE,
				.path = arena_strndup(steps->arena, rule->path, length),
				.rule = arena_printf(steps->arena, "parent of %s", rule->path),
				.base = strlen(rule->outer->path),
			},
	};
	return add_step(steps, &step);
}

/* Is the directory path[0..length) on the way to pinned, and so pinned with it?  NULL: no. */
static bool is_pinned(const char *path, size_t length, const struct rule *pinned)
{
	return pinned && !strncmp(pinned->path, path, length) && pinned->path[length] == '/';
}

/*
 * Pin every directory strictly between a rule and its writable parent rule.  Directories that the
 * rule before (of the same parent) shares with this one are pinned already, if its pins were as
 * strict.  In sorted order no earlier rule shares more of them.
 */
static int add_pins(struct steps *steps, struct rule *rule)
{
	struct rule *parent = rule->parent;
	if (rule->pins == PINS_NONE || !parent || !rule_is_writable(parent))
		return 0;

	const char *start = rule->path + (is_tree(parent) ? 0 : strlen(parent->path));
	for (const char *end = strchr(start + 1, '/'); end; end = strchr(end + 1, '/')) {
		size_t length = (size_t)(end - rule->path);
		if (is_pinned(rule->path, length, parent->pinned_always))
			continue;
		if (rule->pins != PINS_ALWAYS && is_pinned(rule->path, length, parent->pinned))
			continue;
		if (add_pin(steps, rule, length) < 0)
			return -ENOMEM;
	}
	parent->pinned = rule;
	if (rule->pins == PINS_ALWAYS)
		parent->pinned_always = rule;
	return 0;
}

static struct plan_op rule_op(const struct rule *rule)
{
	enum { ALL_MODE_BITS = 07777 };
	enum plan_op_type type = rule_type(rule);
	/* Does init walk the path, beginning at its root? */
	bool walked = type == PLAN_PROTECT || type == PLAN_HIDE;

	return (struct plan_op){
		.type = type,
		.flags = rule->flags,
		.access = rule->access,
		.path = rule->path,
		.rule = rule->text,
		.expected = rule->expected,
		.perms = rule->expected.mode & ALL_MODE_BITS,
		.base = walked && rule->outer ? strlen(rule->outer->path) : 0,
	};
}

static int collect_steps(struct rules *rules, struct steps *steps)
{
	for (size_t i = 0; i < rules->count; i++) {
		struct rule *rule = &rules->items[i];
		if (rule->kind >= RULE_DEV || is_tree(rule))
			continue;
		const struct step step = {
			.phase = rule_phase(rule),
			.order = rule->order,
			.op = rule_op(rule),
		};
		if (add_pins(steps, rule) < 0 || add_step(steps, &step) < 0)
			return -ENOMEM;
	}
	return 0;
}

/* Two pins at one path (an optional one, then one that is not) become one. */
static void merge_pins(struct steps *steps)
{
	size_t kept = 0;
	for (size_t i = 0; i < steps->count; i++) {
		struct step *step = &steps->items[i];
		struct step *last = kept ? &steps->items[kept - 1] : NULL;
		if (last && last->op.type == PLAN_PIN && step->op.type == PLAN_PIN &&
			!strcmp(last->op.path, step->op.path))
			last->op.flags &= step->op.flags;
		else
			steps->items[kept++] = *step;
	}
	steps->count = kept;
}

static int write_op(struct rind_plan *plan, const struct plan_op *from)
{
	struct plan_op *op = plan_add_op(plan, from->type, from->path);
	const char *rule = arena_strdup(&plan->arena, from->rule);
	const char *source = from->source ? arena_strdup(&plan->arena, from->source) : NULL;
	if (!op || !rule || (from->source && !source))
		return -ENOMEM;
	const char *path = op->path;
	*op = *from;
	op->path = path;
	op->rule = rule;
	op->source = source;
	op->fd = -1;
	return 0;
}

static int write_tree(const struct rules *rules, struct rind_plan *plan)
{
	/* Sorted: a rule for "/" is the first. */
	const struct rule *first = rules->count ? &rules->items[0] : NULL;
	bool writable = first && is_tree(first) && rule_is_writable(first);
	const struct plan_op op = {
		.type = PLAN_TREE,
		.access = writable ? RIND_ACCESS_WRITABLE : RIND_ACCESS_READABLE,
		.path = "/",
		.rule = writable ? first->text : "whole tree",
	};
	return write_op(plan, &op);
}

/* Write the rule of a kind with a fixed place: DEV, PROC. */
static int write_fixed(const struct rules *rules, enum rule_kind kind, struct rind_plan *plan)
{
	for (size_t i = 0; i < rules->count; i++) {
		if (rules->items[i].kind != kind)
			continue;
		const struct plan_op op = rule_op(&rules->items[i]);
		return write_op(plan, &op);
	}
	return 0;
}

int rules_write(struct rules *rules, struct rind_plan *plan)
{
	struct steps steps = {.arena = &rules->arena};

	if (collect_steps(rules, &steps) < 0)
		return -ENOMEM;
	if (steps.count)
		qsort(steps.items, steps.count, sizeof(*steps.items), compare_steps);
	merge_pins(&steps);

	if (write_tree(rules, plan) < 0 || write_fixed(rules, RULE_DEV, plan) < 0)
		return -ENOMEM;
	for (size_t i = 0; i < rules->program_count; i++)
		if (write_op(plan, &rules->programs[i]) < 0)
			return -ENOMEM;
	for (size_t i = 0; i < steps.count; i++)
		if (write_op(plan, &steps.items[i].op) < 0)
			return -ENOMEM;
	return write_fixed(rules, RULE_PROC, plan);
}
