/*
 * See path_suggest.h.  Supervisor, with the caller's privileges, only on the way to an error
 * message: so a failure means no suggestion, and only the first names of a huge directory are
 * looked at.
 */
#include "policy/path_suggest.h"

#include "base/path.h"
#include "base/suggest.h"

#include <dirent.h>
#include <limits.h>
#include <string.h>

enum { MOST_NAMES = 10000 };

static void close_directory(DIR **directory)
{
	if (*directory)
		closedir(*directory);
}

const char *path_suggest(struct arena *arena, const char *missing)
{
	const char *name = strrchr(missing, '/') + 1;
	size_t length = (size_t)(name - missing);
	const char *parent = arena_strndup(arena, missing, length);
	struct suggestion best = {0};

	__attribute__((cleanup(close_directory))) DIR *directory = parent ? opendir(parent) : NULL;
	for (int i = 0; directory && i < MOST_NAMES; i++) {
		const struct dirent *entry = readdir(directory);
		if (!entry)
			break;
		if (!strcmp(entry->d_name, ".") || !strcmp(entry->d_name, ".."))
			continue;
		const char *before = best.name;
		suggestion_consider(&best, name, entry->d_name);
		/* readdir(3) may overwrite the entry next time: copy its name. */
		if (best.name != before)
			best.name = arena_strdup(arena, best.name);
	}
	return best.name ? path_join(arena, parent, best.name) : NULL;
}
