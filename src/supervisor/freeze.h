/* Making a plan ready for the child side; see frozen.h.  Runs in the supervisor. */
#ifndef RIND_SUPERVISOR_FREEZE_H
#define RIND_SUPERVISOR_FREEZE_H

#include "sandbox/frozen.h"

#include <sys/stat.h>
#include <unistd.h>

/*
 * Fill in *ret from a plan and a command line; the memory comes from arena and lives as long.
 * Refuses descriptors that would lead around the mounts.  The plan and argv have to outlive *ret.
 */
int freeze_plan(const struct rind_plan *plan, char *const argv[],
	const struct rind_spawn_options *options, struct arena *arena, struct frozen *ret,
	struct rind_error *err) _must_check_;

/*
 * Where the command's descriptor fd is open in the supervisor: under the same number, unless the
 * caller has given another one for it.
 */
static inline int freeze_source(const struct frozen *frozen, int fd)
{
	return fd <= STDERR_FILENO && frozen->given[fd] >= 0 ? frozen->given[fd] : fd;
}

/* Note fd if it is a terminal.  Returns whether it is. */
int freeze_terminal(const struct rind_plan *plan, int fd, const struct stat *stat,
	struct arena *arena, struct frozen *frozen, struct rind_error *err) _must_check_;

/* Where the file of the command's descriptor fd lies; -ENOENT when it has no name (a pipe). */
int freeze_path(const struct frozen *frozen, int fd, char *path, size_t size,
	struct rind_error *err) _must_check_;

/* freeze_root.c: where a root is built; who the command is, in which user namespaces. */
void freeze_root(const struct rind_plan *plan, struct frozen *ret);
int freeze_users(const struct rind_plan *plan, struct arena *arena, struct frozen *ret,
	struct rind_error *err) _must_check_;

/* The text that maps one id; NULL, with the reason in err, when it cannot be. */
char *freeze_id_map(struct arena *arena, uint32_t inside, uint32_t outside, struct rind_error *err);

/*
 * Note what init closes, once it is known which socket it keeps; nothing where all is the
 * command's.
 */
int freeze_descriptors(
	struct frozen *frozen, struct arena *arena, struct rind_error *err) _must_check_;

#endif
