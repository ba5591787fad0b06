/* The descriptors that a program gives for the command's standard streams.  Supervisor. */
#ifndef RIND_SUPERVISOR_GIVEN_H
#define RIND_SUPERVISOR_GIVEN_H

#include "plan/plan.h"

#include <rind.h>

/* The options of a caller who gives none. */
extern const struct rind_spawn_options given_none;

/*
 * Copy options (NULL: none), with duplicates of the descriptors that are given (-1: not given).
 * Close them with given_close(), even after a failure.
 */
int given_take(const struct rind_plan *plan, const struct rind_spawn_options *options,
	struct rind_spawn_options *ret, struct rind_error *err) _must_check_;
void given_close(struct rind_spawn_options *taken);

#define _cleanup_given_ __attribute__((cleanup(given_close)))

#endif
