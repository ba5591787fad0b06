/*
 * What the seccomp filters deny, said with libseccomp.  Runs when rind is built (in the generator,
 * filter_compile.c) and in tests; no part of rind itself.
 */
#ifndef RIND_PLAN_FILTER_RULES_H
#define RIND_PLAN_FILTER_RULES_H

#include "plan/plan.h"

#include <linux/filter.h>
#include <seccomp.h>

/*
 * A constant that the rules compare with: how it is spelled in C, and what it is where they were
 * compiled.
 */
struct filter_value {
	const char *spelling;
	unsigned int value;
};

/* All of them; the last has no spelling. */
extern const struct filter_value filter_values[];

/*
 * Write one filter for every ABI that a kernel of an architecture accepts, which is one of
 * libseccomp's numbers, such as seccomp_arch_native(), into code, which has room for BPF_MAXINSNS.
 * Returns how many instructions there are.
 *
 * -EINVAL: no such filter, or PLAN_FILTER_NONE, or no such architecture.  -ENOENT: this libseccomp
 * does not know one of the calls (fchmodat2, before 2.5.5); leaving its rule out would leave a
 * hole.  -E2BIG: more than there is room for.
 */
int filter_export(enum plan_filter which, uint32_t architecture, struct sock_filter *code)
	__attribute__((warn_unused_result));

#endif
