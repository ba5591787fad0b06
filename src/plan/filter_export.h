/*
 * The seccomp filters as BPF programs, compiled with libseccomp.  Runs when rind is built (in the
 * generator, filter_compile.c) and in tests; no part of rind itself.
 */
#ifndef RIND_PLAN_FILTER_EXPORT_H
#define RIND_PLAN_FILTER_EXPORT_H

#include "plan/plan.h"

#include <linux/filter.h>
#include <seccomp.h>

/*
 * Write a filter, for every ABI that a kernel of this architecture accepts, into code, which has
 * room for BPF_MAXINSNS instructions. architecture: a number of libseccomp's, such as
 * seccomp_arch_native().  Returns the number of instructions.
 *
 * -EINVAL: no such filter, or PLAN_FILTER_NONE, or no such architecture.  -ENOENT: this libseccomp
 * lacks one of the calls (fchmodat2, before 2.5.5), and without its rule the filter would have a
 * hole.  -E2BIG: not enough room.
 */
int filter_export(enum plan_filter which, uint32_t architecture, struct sock_filter *code)
	__attribute__((warn_unused_result));

#endif
