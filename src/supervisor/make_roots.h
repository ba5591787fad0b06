/* Writable roots that are made where they are missing: PLAN_MAKE.  Supervisor. */
#ifndef RIND_SUPERVISOR_MAKE_ROOTS_H
#define RIND_SUPERVISOR_MAKE_ROOTS_H

#include "plan/plan.h"

/*
 * Make what is missing of these roots' paths: directories of mode 0700.  0 or -errno, with the
 * message in err; then nothing is left of the path that failed.
 */
int make_roots(const struct rind_plan *plan, struct rind_error *err) _must_check_;

#endif
