/*
 * What a user would type so that the command could do more with a path: for `rind explain`.
 *
 * Supervisor; makes plans and no sandbox, changes nothing.
 */
#ifndef RIND_CLI_EXPLAIN_REMEDY_H
#define RIND_CLI_EXPLAIN_REMEDY_H

#include "base/arena.h"

#include <rind.h>
#include <stdio.h>

/* Nothing of an option is told that was not tried: its plan lets the command do it. */
struct remedy {
	const char *verb;   /* "read", "write": what it is about; NULL: there is nothing to tell */
	const char *option; /* one to add; NULL: none */
	const char *path;   /* that option's; NULL: it takes none */
	const char *left_out; /* where option is NULL: the rule to leave out; NULL: nothing helps */
};

/*
 * verdict: what the policy's plan says of path, which is looked up from directory.  The strings of
 * ret live as long as the arena and the verdict.  -ENOMEM.
 */
int remedy_find(const struct rind_policy *policy, const char *directory, const char *path,
	const struct rind_verdict *verdict, struct arena *arena, struct remedy *ret);

/* As text: "; to write it: --writable /data"; nothing where there is nothing to tell. */
void remedy_write(FILE *out, const struct remedy *remedy);

/* As the value of a JSON member; null where there is nothing to tell. */
void remedy_write_json(FILE *out, const struct remedy *remedy);

#endif
