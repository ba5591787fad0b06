/* Makes a plan ready for the child side; see sandbox/frozen.h.  Supervisor, before the clone. */
#ifndef RIND_SUPERVISOR_FREEZE_H
#define RIND_SUPERVISOR_FREEZE_H

#include "sandbox/frozen.h"

#include <sys/stat.h>
#include <unistd.h>

/*
 * Fill in *ret from a plan and a command line.  The memory is arena's; plan and argv have to
 * outlive *ret.  Refuses descriptors that would lead around the mounts.
 */
int freeze_plan(const struct rind_plan *plan, char *const argv[],
	const struct rind_spawn_options *options, struct arena *arena, struct frozen *ret,
	struct rind_error *err) _must_check_;

/*
 * The number under which the command's descriptor fd is open in the supervisor: the same, unless
 * the caller gives another file for it.
 */
static inline int freeze_source(const struct frozen *frozen, int fd)
{
	return fd <= STDERR_FILENO && frozen->fds.given[fd] >= 0 ? frozen->fds.given[fd] : fd;
}

/* What all steps of freezing work on. */
struct freeze {
	const struct rind_plan *plan;
	struct arena *arena;
	struct frozen *ret;
	struct rind_error *err;
};

/* The sentence for a call that has failed on the command's descriptor fd; returns error. */
int freeze_fail(struct freeze *f, int fd, const char *call, int error);

/* If fd is a terminal, note it for terminals.c.  1 if it is one, 0 or -errno. */
int freeze_terminal(struct freeze *f, int fd, const struct stat *stat) _must_check_;

/*
 * The path of the file that the command's descriptor fd is open on; -ENOENT if it has none (a
 * pipe).
 */
int freeze_path(struct freeze *f, int fd, char *path, size_t size) _must_check_;

/* freeze_root.c: for a built root; and the command's ids and user namespaces. */
void freeze_root(const struct rind_plan *plan, struct frozen *ret);
int freeze_users(struct freeze *f) _must_check_;

/* The text that maps one id; NULL, with the reason in err, if it cannot be mapped. */
char *freeze_id_map(struct freeze *f, uint32_t inside, uint32_t outside);

/* List what init closes, once its socket is known; nothing if the command keeps all descriptors. */
int freeze_descriptors(
	struct frozen *frozen, struct arena *arena, struct rind_error *err) _must_check_;

#endif
