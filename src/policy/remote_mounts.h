/*
 * The mounts whose file system has a server that need not answer: FUSE, automounts, networks.
 *
 * Supervisor; reads the table of mounts, and asks none of them.
 */
#ifndef RIND_POLICY_REMOTE_MOUNTS_H
#define RIND_POLICY_REMOTE_MOUNTS_H

#include "base/arena.h"
#include "base/error.h"

struct remote_mount {
	const char *path, *type;
};

struct remote_mounts {
	struct remote_mount *items; /* by path */
	size_t count;
};

/* The strings are the arena's.  0 or -errno, with a message in err. */
int remote_mounts_read(
	struct remote_mounts *ret, struct arena *arena, struct rind_error *err) _must_check_;

/* The type of the one mounted at path; NULL: there is none. */
const char *remote_mounts_find(const struct remote_mounts *mounts, const char *path);

#endif
