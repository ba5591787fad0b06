/*
 * Patterns for paths, as text: nothing here looks at the file system.  glob_walk.h does.
 *
 *   *       any characters of one name, none as well
 *   ?       one character
 *   [a-z]   one of these; [!a-z] and [^a-z]: one other than these
 *   **      as a whole component: any number of directories, none as well; at the end: all below
 *   \x      x itself
 *
 * A character is one of UTF-8, or a byte that belongs to none.  Other than in a shell all of these
 * match names that begin with a dot, so that a pattern that takes rights away misses none.  In one
 * that gives rights they do not, nor do they match a name that is protected by default.
 *
 * Patterns come from the caller, names from whoever can make files: the time that a name takes is
 * bounded by its length times that of the component.
 */
#ifndef RIND_POLICY_GLOB_H
#define RIND_POLICY_GLOB_H

#include "base/arena.h"
#include "base/error.h"

#include <stdbool.h>

enum glob_part_kind {
	GLOB_NAME,     /* text is the name */
	GLOB_WILD,     /* text is a pattern for one */
	GLOB_ANYWHERE, /* a component that is two asterisks; never the last part */
};

struct glob_part {
	enum glob_part_kind kind;
	const char *text;
};

struct glob {
	const char *prefix; /* its first components, as far as these are names; "" or "/": none */
	struct glob_part *parts; /* what comes after them */
	size_t count;            /* 0: it is only a path, written with backslashes */
	bool opens;              /* it gives rights */
	bool only_directories;   /* it ends in a slash */
	bool names_modules;      /* one component is node_modules */
	bool names_objects;      /* one component is objects, as in .git/objects */
};

/* Has path a character that makes it a pattern?  All other paths are meant as they are. */
bool glob_is_pattern(const char *path);

/* Refuse what has no meaning, -EINVAL.  option: for the message. */
int glob_check(const char *path, const char *option, struct rind_error *err) _must_check_;

/* Take a pattern that glob_check() has passed apart.  -ENOMEM. */
int glob_compile(struct arena *arena, const char *path, bool opens, struct glob *ret) _must_check_;

/* Does a part other than GLOB_ANYWHERE match the name of a file? */
bool glob_part_matches(const struct glob *glob, const struct glob_part *part, const char *name);

/*
 * Does GLOB_ANYWHERE stand for this directory, whose parent's name is parent?  What a package
 * manager or git has written is large, and is left out where the pattern does not name it.
 */
bool glob_enters(const struct glob *glob, const char *parent, const char *name);

#endif
