/*
 * The references of a repository, as they stand in its files.  Supervisor.
 *
 * Read without git, so that nothing in a directory that a sandboxed command wrote to is obeyed, and
 * none of its names means a path of the host.
 */
#ifndef RIND_SUPERVISOR_GIT_REFS_H
#define RIND_SUPERVISOR_GIT_REFS_H

#include "base/arena.h"
#include "base/error.h"

#include <stdbool.h>
#include <stddef.h>

struct ref {
	const char *name;  /* "refs/heads/main" */
	const char *value; /* the name of an object; "": another reference, or nonsense */
};

/* An entry of the stash: the commit, and what is said of it. */
struct stash {
	const char *value, *message;
};

struct refs {
	struct arena arena;
	struct ref *items; /* ascending by name */
	size_t count;
	const char *head;      /* "ref: refs/heads/main", or the name of an object; "" */
	struct stash *stashes; /* the oldest first */
	size_t stash_count;
};

/*
 * Read those that are published, which are all but git's own, as of a bisection or a rebase; and
 * the stash.  common: the git directory; directory: that of the worktree in it, "." for its own.
 * -EFBIG, -ELOOP: there are more, or they are deeper, than rind takes; -errno.  Call refs_free() in
 * both cases.
 */
int refs_read(int common, const char *directory, struct refs *ret) _must_check_;

void refs_free(struct refs *refs);

/* Is it the name of an object, of either hash? */
bool refs_is_object(const char *text);

/* NULL: there is none by this name. */
const struct ref *refs_find(const struct refs *refs, const char *name);

/*
 * Parse packed-refs, a log of the stash, and what stands in HEAD.  data may be anything, and is
 * changed; what is found points into it.  0, -ENOMEM, or -EFBIG.
 */
int refs_parse_packed(struct refs *refs, char *data) _must_check_;
int refs_parse_stash(struct refs *refs, char *data) _must_check_;
const char *refs_parse_head(char *data);

#endif
