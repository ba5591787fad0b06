/* Making a plan with a layout ready for the child side; see frozen.h.  Runs in the supervisor. */
#ifndef RIND_SUPERVISOR_LAYOUT_FREEZE_H
#define RIND_SUPERVISOR_LAYOUT_FREEZE_H

#include "sandbox/frozen.h"

/* What freeze_plan() does for a layout, besides the command line. */
int layout_freeze(const struct rind_plan *plan, struct arena *arena, struct frozen *ret,
	struct rind_error *err) _must_check_;

#endif
