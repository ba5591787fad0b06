/*
 * After a namespace was refused: which kind, which setting of the host refused it, and what to
 * type.  Supervisor only; tries the kinds one by one, and reads files of /proc.
 */
#ifndef RIND_SUPERVISOR_BLAME_H
#define RIND_SUPERVISOR_BLAME_H

#include <stdbool.h>
#include <stdint.h>

struct blame {
	const char *thing; /* "a user namespace"; "the namespaces" where the kind is not known */
	char reason[640];  /* the setting, the filter, …; "" if unknown */
	char remedy[640];  /* what to do; "" if unknown */
};

/* A clone with these namespaces (PLAN_NS_*) has failed with error, a negative errno. */
void blame_clone(unsigned int namespaces, int error, struct blame *ret);

/* The same where the refused kind is known. */
void blame_namespace(uint64_t flag, int error, struct blame *ret);

/*
 * Does a setting of this host refuse user namespaces to users other than root, or leave them
 * without rights?  If so, fill in *ret.
 */
bool blame_setting(struct blame *ret);

#endif
