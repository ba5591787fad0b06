/*
 * Paths as text; see path.h.  Supervisor.
 *
 * Child side from path_take_component(): init takes paths apart as well.
 */
#include "base/path.h"

#include <errno.h>
#include <limits.h>
#include <string.h>

int path_check(const char *path, const char *option, struct rind_error *err)
{
	if (!*path)
		return rind_error_set(
			err, -EINVAL, "%s: the path is empty; name a file or directory", option);
	if (strlen(path) >= PATH_MAX)
		return rind_error_set(err, -ENAMETOOLONG,
			"%s: the path starting with %.64s… is longer than the system's limit of %d "
			"bytes; change directory and use a shorter, relative one",
			option, path, PATH_MAX - 1);
	return 0;
}

/* The next component of *cursor: its start, its length in *length; NULL at the end. */
static const char *next_component(const char **cursor, size_t *length)
{
	const char *start = *cursor + strspn(*cursor, "/");
	*length = strcspn(start, "/");
	*cursor = start + *length;
	return *length ? start : NULL;
}

static bool is_dot(const char *component, size_t length)
{
	return length == 1 && component[0] == '.';
}

static bool is_dotdot(const char *component, size_t length)
{
	return length == 2 && component[0] == '.' && component[1] == '.';
}

bool path_take_component(const char **rest, char *name)
{
	*rest += strspn(*rest, "/");
	size_t length = strcspn(*rest, "/");
	if (!length || length > NAME_MAX)
		return false;
	memcpy(name, *rest, length);
	name[length] = '\0';
	*rest += length;
	return true;
}

bool path_has_dotdot(const char *path)
{
	const char *component;
	size_t length;
	while ((component = next_component(&path, &length)))
		if (is_dotdot(component, length))
			return true;
	return false;
}

static size_t append_clean(char *out, size_t used, const char *path)
{
	const char *component;
	size_t length;
	while ((component = next_component(&path, &length))) {
		if (is_dot(component, length))
			continue;
		if (is_dotdot(component, length)) {
			while (used && out[--used] != '/')
				;
			continue;
		}
		out[used++] = '/';
		memcpy(out + used, component, length);
		used += length;
	}
	return used;
}

char *path_join(struct arena *arena, const char *directory, const char *name)
{
	char *out = arena_alloc(arena, strlen(directory) + strlen(name) + 3);
	if (!out)
		return NULL;
	size_t used = *name == '/' ? 0 : append_clean(out, 0, directory);
	used = append_clean(out, used, name);
	if (!used)
		out[used++] = '/';
	out[used] = '\0';
	return out;
}

bool path_is_within(const char *path, const char *directory)
{
	size_t length = strlen(directory);
	if (length == 1)
		return true;
	return !strncmp(path, directory, length) && (path[length] == '/' || !path[length]);
}

int path_compare(const char *a, const char *b)
{
	while (*a && *a == *b)
		a++, b++;
	/* A separator sorts before every other byte: /a, /a/b, /a.b. */
	int x = *a == '/' ? 1 : (unsigned char)*a + (*a ? 1 : 0);
	int y = *b == '/' ? 1 : (unsigned char)*b + (*b ? 1 : 0);
	return x - y;
}
