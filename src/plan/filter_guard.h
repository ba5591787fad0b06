/*
 * Instructions before and after those that libseccomp writes: they deny calls and flags that rind
 * does not know, and test arguments in ways that libseccomp cannot.  Runs when rind is built (in
 * the generator, filter_compile.c) and in tests; no part of rind itself.
 */
#ifndef RIND_PLAN_FILTER_GUARD_H
#define RIND_PLAN_FILTER_GUARD_H

#include <linux/filter.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Room for the head and for the tail, in instructions, and the number of bodies in the tail. */
enum { FILTER_HEAD_ROOM = 80, FILTER_TAIL_ROOM = 250, FILTER_BODIES = 48 };

/*
 * A placeholder errno for each body of the tail, counted from this; the kernel has no such errno.
 */
enum { FILTER_TAIL_ERRNO = 4000 };

/*
 * How to test an argument.  The kernel reads an int from the low half of a 64-bit register, and a
 * caller may put anything into the high half: a mask of at most 32 bits tests the low half only.
 */
enum filter_test_kind {
	FILTER_EQUAL,   /* masked (32 bits), it is values[0] */
	FILTER_ANY_BIT, /* it has any bit of the mask */
	FILTER_BETWEEN, /* masked (32 bits), it is from values[0] to values[1] */
	FILTER_NONE_OF, /* masked (32 or all bits), it is none of the values */
};

/* These three structures have no padding, since they are compared by memcmp(3). */
struct filter_test {
	enum filter_test_kind kind;
	uint32_t argument;
	uint64_t mask;
	uint32_t count; /* of values */
	uint32_t values[3];
};

/* Deny with this error if all tests hold. */
struct filter_rule {
	int error; /* EPERM, EACCES, EINVAL or ENOTTY */
	uint32_t count;
	struct filter_test tests[2];
};

/* The rules for one call; the first one that holds decides. */
struct filter_body {
	struct filter_rule rules[32];
	size_t count;
};

struct filter_tail {
	struct filter_body bodies[FILTER_BODIES];
	bool used[FILTER_BODIES]; /* bodies that a placeholder errno refers to */
	size_t count;
};

/*
 * Write the head, which goes before libseccomp's program for an architecture (AUDIT_ARCH_X86_64 or
 * _AARCH64).  It either answers the call or goes on to the code behind it, which must not expect
 * anything to be loaded.  Returns the number of instructions.
 */
size_t filter_guard_head(uint32_t architecture, struct sock_filter code[FILTER_HEAD_ROOM]);

/*
 * Write the tail behind a program of this length, and replace each placeholder errno in the program
 * by a jump to its body.  Returns the number of instructions that were added.
 */
size_t filter_guard_tail(struct sock_filter *code, size_t length, const struct filter_tail *tail);

#endif
