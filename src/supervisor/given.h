/* The descriptors that a program gives for the command's standard streams.  Supervisor. */
#ifndef RIND_SUPERVISOR_GIVEN_H
#define RIND_SUPERVISOR_GIVEN_H

#include "plan/plan.h"

#include <rind.h>

/* No options, and no streams. */
extern const struct rind_spawn_options given_none;

/*
 * options (NULL: none) once more, of which the streams are duplicates, -1: none.  They are the
 * caller's to close, also when this has failed.
 */
int given_take(const struct rind_plan *plan, const struct rind_spawn_options *options,
	struct rind_spawn_options *ret, struct rind_error *err) _must_check_;
void given_close(struct rind_spawn_options *taken);

#define _cleanup_given_ __attribute__((cleanup(given_close)))

#endif
