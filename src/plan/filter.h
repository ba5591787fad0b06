/*
 * The seccomp filters, compiled at build time: filter_rules.c lists what they deny, filter_export.c
 * compiles that with libseccomp, and the programs are constant data in the binary.  So a start
 * neither links nor calls libseccomp.
 */
#ifndef RIND_PLAN_FILTER_H
#define RIND_PLAN_FILTER_H

#include "plan/plan.h"

#include <linux/filter.h>

/*
 * The program for a filter, as seccomp(2) takes it; NULL for PLAN_FILTER_NONE.  Constant data, for
 * any thread; the caller does not own it.
 */
const struct sock_fprog *filter_program(enum plan_filter filter);

#endif
