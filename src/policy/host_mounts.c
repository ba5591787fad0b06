/* See host_mounts.h. */
#include "policy/host_mounts.h"

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>

static int each_line(
	FILE *file, int (*each)(void *context, const struct mountinfo *mount), void *context)
{
	char *line = NULL;
	size_t size = 0;
	ssize_t length;
	int result = 0;
	bool any = false;

	while (!result && (length = getline(&line, &size, file)) > 0) {
		struct mountinfo mount;
		if (line[length - 1] == '\n')
			line[length - 1] = '\0';
		result = mountinfo_parse(line, &mount);
		if (!result)
			result = each(context, &mount);
		any = true;
	}
	if (!result && (ferror(file) || !any))
		result = -EIO;
	free(line);
	return result;
}

int host_mounts_each(int (*each)(void *context, const struct mountinfo *mount), void *context)
{
	FILE *file = fopen("/proc/self/mountinfo", "re");
	int result = file ? each_line(file, each, context) : -errno;

	if (file)
		fclose(file);
	return result;
}
