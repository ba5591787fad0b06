/* "Did you mean": the known name nearest to a mistyped one. */
#ifndef RIND_BASE_SUGGEST_H
#define RIND_BASE_SUGGEST_H

#include <stddef.h>

/* Start with {0}; name stays NULL until a considered name is near enough. */
struct suggestion {
	const char *name;
	size_t distance;
};

/* Make name the suggestion if it is nearer to given than the best name so far. */
void suggestion_consider(struct suggestion *best, const char *given, const char *name);

#endif
