/*
 * What on this host refused a namespace: the kind of it, the setting, and what to type.  Supervisor
 * only, after a failure: it tries which of several kinds is the one, and reads files of /proc.
 */
#ifndef RIND_SUPERVISOR_BLAME_H
#define RIND_SUPERVISOR_BLAME_H

#include <stdbool.h>
#include <stdint.h>

struct blame {
	const char *thing; /* "a user namespace"; "the namespaces" where which one is not known */
	char reason[640];  /* the setting, the filter, …; "" where none is known */
	char remedy[640];  /* what to do; "" where nothing is known */
};

/* A clone with these namespaces (PLAN_NS_*) has failed with error, a negative errno. */
void blame_clone(unsigned int namespaces, int error, struct blame *ret);

/* The same where it is known which kind of namespace (CLONE_NEW*) was refused. */
void blame_namespace(uint64_t flag, int error, struct blame *ret);

/*
 * The settings that leave a user namespace without rights, or refuse it, to who is not root.
 * False: none of them does that here.
 */
bool blame_setting(struct blame *ret);

#endif
