/* See suggest.h.  Supervisor, only on the way to an error message; pure. */
#include "base/suggest.h"

#include <string.h>

enum {
	LONGEST = 31, /* no option is longer; a longer word is no typing mistake */
};

static size_t min(size_t a, size_t b)
{
	return a < b ? a : b;
}

/*
 * Insertions, deletions, substitutions and swaps of neighbours that lead from a to b (the optimal
 * string alignment distance).  Both are at most LONGEST bytes long.
 */
static size_t edit_distance(const char *a, const char *b)
{
	size_t cost[LONGEST + 1][LONGEST + 1];
	size_t a_length = strlen(a), b_length = strlen(b);

	for (size_t i = 0; i <= a_length; i++)
		cost[i][0] = i;
	for (size_t j = 0; j <= b_length; j++)
		cost[0][j] = j;
	for (size_t i = 1; i <= a_length; i++) {
		for (size_t j = 1; j <= b_length; j++) {
			size_t substituted = cost[i - 1][j - 1] + (a[i - 1] != b[j - 1]);
			size_t best = min(min(cost[i - 1][j], cost[i][j - 1]) + 1, substituted);

			if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
				best = min(best, cost[i - 2][j - 2] + 1);
			cost[i][j] = best;
		}
	}
	return cost[a_length][b_length];
}

void suggestion_consider(struct suggestion *best, const char *given, const char *name)
{
	size_t length = strlen(given);
	if (length == 0 || length > LONGEST || strlen(name) > LONGEST)
		return;

	/* A shortened name counts as one mistyped letter: --net for --network. */
	size_t distance = edit_distance(given, name);
	if (length > 1 && strncmp(given, name, length) == 0)
		distance = min(distance, 1);

	if (distance <= 1 + length / 4 && (!best->name || distance < best->distance))
		*best = (struct suggestion){.name = name, .distance = distance};
}
