/*
 * The seccomp filters, compiled ahead: filter_rules.c says with libseccomp what they deny, a
 * generator run by the build exports each as a BPF program, and the program ends up as constant
 * data in the binary.  So a start neither links nor calls libseccomp.
 */
#ifndef RIND_PLAN_FILTER_H
#define RIND_PLAN_FILTER_H

#include "plan/plan.h"

#include <linux/filter.h>

/*
 * The program for a filter, to be given to seccomp(2) as it is; NULL for PLAN_FILTER_NONE.
 * Constant data: any thread, no ownership.
 */
const struct sock_fprog *filter_program(enum plan_filter filter);

#endif
