/* See resolve.h.  Supervisor only; reads the host, changes nothing. */
#include "policy/resolve.h"

#include "base/path.h"
#include "base/sys.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

enum { MAX_LINKS = 40 /* the kernel's own limit, MAXSYMLINKS */ };

static void set_length(struct resolve *walk, size_t length)
{
	walk->length = length;
	/* Only the path of the root ends in '/'. */
	strcpy(walk->path + length, length ? "" : "/");
}

static void drop_component(struct resolve *walk)
{
	size_t length = walk->length;
	while (length && walk->path[--length] != '/')
		;
	set_length(walk, length);
	walk->known = false;
}

static int append_component(struct resolve *walk, const char *name, size_t length)
{
	if (walk->length + 1 + length >= sizeof(walk->path))
		return -ENAMETOOLONG;
	walk->path[walk->length] = '/';
	memcpy(walk->path + walk->length + 1, name, length);
	set_length(walk, walk->length + 1 + length);
	return 0;
}

int resolve_start(struct resolve *walk, const char *directory, const char *path)
{
	size_t length = *path == '/' || !strcmp(directory, "/") ? 0 : strlen(directory);

	walk->known = false;
	walk->links = 0;
	if (length >= sizeof(walk->path) || strlen(path) >= sizeof(walk->rest))
		return -ENAMETOOLONG;
	memcpy(walk->path, directory, length);
	set_length(walk, length);
	strcpy(walk->rest, path);
	return 0;
}

/* Put the symlink's target in front of what is left, and go on from the link's directory. */
static int follow(struct resolve *walk)
{
	char target[PATH_MAX], rest[PATH_MAX];

	if (++walk->links > MAX_LINKS)
		return -ELOOP;
	long length = sys_readlinkat(AT_FDCWD, walk->path, target, sizeof(target));
	if (length < 0)
		return (int)length;
	if ((size_t)length + 1 + strlen(walk->rest) >= sizeof(rest))
		return -ENAMETOOLONG;
	memcpy(rest, target, (size_t)length);
	rest[length] = '/';
	strcpy(rest + length + 1, walk->rest);
	strcpy(walk->rest, rest);

	drop_component(walk);
	if (*walk->rest == '/')
		set_length(walk, 0);
	return 0;
}

/* Take the next component off rest: 1; 0 at the end; -ENAMETOOLONG. */
static int take_component(struct resolve *walk, char name[static NAME_MAX + 1])
{
	const char *rest = walk->rest;
	bool taken = path_take_component(&rest, name);

	if (!taken && *rest)
		return -ENAMETOOLONG;
	rest += strspn(rest, "/");
	memmove(walk->rest, rest, strlen(rest) + 1);
	return taken;
}

static int look(struct resolve *walk)
{
	int error = sys_fstatat(AT_FDCWD, walk->path, &walk->stat, AT_SYMLINK_NOFOLLOW);
	walk->known = error == 0;
	return error;
}

static int enter(struct resolve *walk, const char *name)
{
	int result = append_component(walk, name, strlen(name));
	if (result < 0)
		return result;
	result = look(walk);
	return result < 0 ? result : 1;
}

int resolve_next(struct resolve *walk)
{
	if (resolve_at_symlink(walk)) {
		int result = follow(walk);
		if (result < 0)
			return result;
	}

	char name[NAME_MAX + 1];
	int taken;
	while ((taken = take_component(walk, name)) > 0) {
		if (!strcmp(name, "."))
			continue;
		if (strcmp(name, "..") != 0)
			return enter(walk, name);
		/* As in the kernel: ".." of a file is an error. */
		if (walk->known && !S_ISDIR(walk->stat.st_mode))
			return -ENOTDIR;
		drop_component(walk);
	}
	return taken;
}

int resolve_finish(struct resolve *walk)
{
	int result;
	do
		result = resolve_next(walk);
	while (result > 0);
	if (result < 0 || walk->known)
		return result;
	return look(walk);
}
