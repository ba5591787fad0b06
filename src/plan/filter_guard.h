/*
 * What the filters deny because rind does not know it, and what libseccomp cannot say: instructions
 * before and after those that libseccomp writes.  Runs when rind is built (in the generator,
 * filter_compile.c) and in tests; no part of rind itself.
 */
#ifndef RIND_PLAN_FILTER_GUARD_H
#define RIND_PLAN_FILTER_GUARD_H

#include <linux/filter.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* What the head needs, and what has to be left for the tail; how many bodies the tail can have. */
enum { FILTER_HEAD_ROOM = 80, FILTER_TAIL_ROOM = 250, FILTER_BODIES = 48 };

/*
 * The errno that stands for the first body of the tail, the next for the second; no kernel has
 * them.
 */
enum { FILTER_MARK = 4000 };

/*
 * What an argument is tested for.  The kernel reads an int from the low half of a 64-bit register,
 * and a caller may put anything into the other one: a mask of at most 32 bits looks at the low half
 * only.
 */
enum filter_test_kind {
	FILTER_EQUAL,   /* under the mask (32 bits) it is values[0] */
	FILTER_ANY_BIT, /* it has a bit of the mask */
	FILTER_BETWEEN, /* under the mask (32 bits) it is values[0] to values[1] */
	FILTER_NONE_OF, /* under the mask (32 bits or all) it is none of the values */
};

/* Without padding, as the other two: they are compared as they lie in memory. */
struct filter_test {
	enum filter_test_kind kind;
	uint32_t argument;
	uint64_t mask;
	uint32_t count; /* of values */
	uint32_t values[3];
};

/* Answer with the error where all tests hold. */
struct filter_rule {
	int error; /* EPERM, EACCES, EINVAL or ENOTTY */
	uint32_t count;
	struct filter_test tests[2];
};

/* What is denied of a call.  The first rule that holds counts. */
struct filter_body {
	struct filter_rule rules[32];
	size_t count;
};

struct filter_tail {
	struct filter_body bodies[FILTER_BODIES];
	bool used[FILTER_BODIES]; /* which of them a mark is for */
	size_t count;
};

/*
 * Write what goes before libseccomp's program for an architecture (AUDIT_ARCH_X86_64 or _AARCH64).
 * It either answers, or goes on to whatever stands behind it, with nothing kept.  Returns how many
 * instructions there are.
 */
size_t filter_guard_head(uint32_t architecture, struct sock_filter code[FILTER_HEAD_ROOM]);

/*
 * Write the tail behind a program of this length, and have what it answers with the mark of a body
 * jump there.  Returns how many instructions were added.
 */
size_t filter_guard_tail(struct sock_filter *code, size_t length, const struct filter_tail *tail);

#endif
