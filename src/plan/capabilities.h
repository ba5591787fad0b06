/*
 * Names and sets of capabilities.  The names are those that libcap had when rind was built.
 * Supervisor only: the child, which drops capabilities, uses numbers.
 *
 * Thread-safe.
 */
#ifndef RIND_PLAN_CAPABILITIES_H
#define RIND_PLAN_CAPABILITIES_H

#include "base/error.h"

#include <stdint.h>

#define CAPABILITY_NAME_MAX 64 /* the longest name with its NUL, and room for new names */

/* The number of the last capability that the running kernel knows. */
int capability_last(void);

/*
 * The number of a capability, from a name such as "CAP_SYS_ADMIN" (capitals or not) or a number, as
 * cap_from_name(3) accepts it; but nothing may follow it.  The running kernel may not know it.
 * -EINVAL: no such capability.
 */
int capability_from_name(const char *name) _must_check_;

/*
 * The name of a capability in small letters; the number as text if libcap had no name for it.
 * -EINVAL: number is not in 0…63.
 */
int capability_name(int number, char ret[CAPABILITY_NAME_MAX]) _must_check_;

/*
 * The set of one capability by name or number, or for "ALL" of all that the running kernel knows.
 * Bit N is capability N, as in the Cap… lines of /proc/PID/status.  -EINVAL: no such capability.
 */
int capability_set_from_name(const char *name, uint64_t *ret) _must_check_;

#endif
