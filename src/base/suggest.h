/* "Did you mean": the known name nearest to a mistyped one. */
#ifndef RIND_BASE_SUGGEST_H
#define RIND_BASE_SUGGEST_H

#include <stddef.h>

/* Start with {0}; name stays NULL while nothing considered was near enough. */
struct suggestion {
	const char *name;
	size_t distance;
};

/* Take name for the suggestion when it is nearer to given than what is there. */
void suggestion_consider(struct suggestion *best, const char *given, const char *name);

#endif
