/*
 * What the filters deny because rind does not know it, and what libseccomp cannot say: instructions before and after those
 * that libseccomp writes.  Runs when rind is built (in the generator, filter_compile.c) and in tests; no part of rind itself.
 */
#ifndef RIND_PLAN_FILTER_GUARD_H
#define RIND_PLAN_FILTER_GUARD_H

#include <linux/filter.h>
#include <stddef.h>
#include <stdint.h>

/* What the head needs, and what has to be left for the tail. */
enum { FILTER_HEAD_ROOM = 80, FILTER_TAIL_ROOM = 200 };

/* The errno that stands for the first call which the tail looks at, the next for the second; no kernel has them. */
enum { FILTER_MARK = 4000 };

/* Deny a call with EPERM where the low half of its second argument has this value under the mask. */
struct filter_command {
	const char *call;
	uint32_t mask, value;
};

/* What the tail looks at. */
struct filter_tail {
	struct filter_command commands[64];
	size_t command_count;
};

/* The calls that it looks at; NULL after the last.  The first has the mark FILTER_MARK. */
extern const char *const filter_tail_calls[];

/*
 * Write what goes before libseccomp's program for an architecture (AUDIT_ARCH_X86_64 or _AARCH64).  It either answers, or
 * goes on to whatever stands behind it, with nothing kept.  Returns how many instructions there are.
 */
size_t filter_guard_head(uint32_t architecture, struct sock_filter code[FILTER_HEAD_ROOM]);

/*
 * Write the tail behind a program of this length, and have what it answers with a mark jump there.  Returns how many
 * instructions were added.
 */
size_t filter_guard_tail(struct sock_filter *code, size_t length, const struct filter_tail *tail);

#endif
