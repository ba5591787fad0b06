/*
 * Remedies for error messages: commands that work on this host.  Supervisor only; looks at files
 * and changes nothing.
 */
#ifndef RIND_BASE_ADVICE_H
#define RIND_BASE_ADVICE_H

#include <stdbool.h>
#include <stddef.h>

/* Is there a program of this name, for root or for everybody? */
bool advice_has_program(const char *name);

/*
 * Is this the initial user namespace?  Only there is every user id mapped to itself.  1, 0, or
 * -ENODATA where /proc does not say.
 */
int advice_is_first_user_namespace(void);

/* The same for a text of /proc/self/uid_map, which may be anything. */
bool advice_maps_every_id(const char *text);

/* Is the caller root of the initial user namespace?  True also where /proc does not say. */
bool advice_is_root(void);

/*
 * How to change a setting of /proc/sys ("user.max_net_namespaces").  own: root of the caller's user
 * namespace may change it; otherwise only root of the host.
 */
void advice_set(char *ret, size_t size, const char *name, long value, bool own);

/* How to start rind in a cgroup of its own, by systemd; "" where systemd does not run. */
void advice_start_in_cgroup(char *ret, size_t size);

/* How to start the container around rind with a seccomp filter that allows more. */
const char *advice_container(void);

#endif
