/*
 * What patterns match on the host: one walk for all patterns below the same directory, and for
 * those of a directory in it.
 *
 * Supervisor, with the caller's privileges; changes nothing.  The walk goes by descriptors, follows
 * no symbolic link, and looks at no file but to open directories.
 */
#ifndef RIND_POLICY_GLOB_WALK_H
#define RIND_POLICY_GLOB_WALK_H

#include "policy/glob.h"

#include <stddef.h>
#include <sys/stat.h>

/* What a plan may ask for. */
enum {
	GLOB_MOST_ENTRIES = 1000000, /* looked at, in all walks of a plan */
	GLOB_MOST_MATCHES = 10000,   /* each is a mount */
	GLOB_MOST_DEPTH = 64,        /* directories below the one where a walk begins */
};

/* A pattern, and a directory below which it is looked for. */
struct glob_anchor {
	const struct glob *glob;
	const char *rule; /* for messages: the option and the pattern */
	const char *base; /* clean; no component is a symlink */
	void *owner;      /* for the functions below */
	size_t first;     /* of the walk's own */
	bool begun;
};

struct glob_walk {
	struct glob_anchor *anchors; /* the walk sorts them */
	size_t count;

	/* 0, or a negative errno, with a message in err, which ends the walk. */
	int (*found)(struct glob_walk *walk, const struct glob_anchor *anchor, const char *path);

	/*
	 * A directory at path cannot be read, and belongs to the user owner.  0: the command cannot
	 * read it either, so that it is left out.
	 */
	int (*unreadable)(struct glob_walk *walk, const struct glob_anchor *anchor,
		const char *path, uid_t owner);

	/*
	 * There is a mount at path whose server could keep the walk waiting for ever. 0: leave it
	 * out.
	 */
	int (*remote)(struct glob_walk *walk, const struct glob_anchor *anchor, const char *path,
		const char *type);

	void *context;
	struct rind_error *err;
	size_t entries; /* seen so far, of all walks of the plan */
};

/* 0, or a negative errno with a message in err. */
int glob_walk(struct glob_walk *walk) _must_check_;

#endif
