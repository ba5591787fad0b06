/*
 * Child side: open a path as a process would that has a given directory as its root.
 *
 * openat2(2) does it in one call.  Where it is missing (before Linux 5.6, and inside a sandbox of
 * rind, which denies it), walk the path component by component and let the kernel follow no
 * symlink: read each symlink, and put its text in place of the component.
 *
 * For ".." use the descriptor that the walk came through, and never look ".." up: if somebody moves
 * a directory out of the root meanwhile, ".." would lead out of the root.
 */
#include "mount/in_root.h"

#include "base/fd.h"
#include "base/path.h"
#include "base/sys.h"

#include <limits.h>
#include <stdbool.h>
#include <string.h>

enum {
	LINKS_MAX = 40,  /* the kernel's limit */
	DEPTH_MAX = 256, /* how many directories are open at a time */
	PROC_MAGIC = 0x9fa0,
};

struct walk {
	int directories[DEPTH_MAX]; /* from the root, which the caller owns, to the current one */
	size_t depth;
	unsigned int links;
	char rest[2 * PATH_MAX]; /* of the path */
};

static void release(struct walk *walk)
{
	while (walk->depth > 1)
		close_fd(&walk->directories[--walk->depth]);
}

static int here(const struct walk *walk)
{
	return walk->directories[walk->depth - 1];
}

/* Put a text in front of the rest of the path. */
static int prepend(struct walk *walk, const char *text, size_t length)
{
	size_t rest = strlen(walk->rest);

	if (length + 1 + rest >= sizeof(walk->rest))
		return -ENAMETOOLONG;
	memmove(walk->rest + length + 1, walk->rest, rest + 1);
	memcpy(walk->rest, text, length);
	walk->rest[length] = '/';
	/* At the end of the path add no slash: "a/" would have to be a directory. */
	if (!rest)
		walk->rest[length] = '\0';
	return 0;
}

/*
 * Is it a magic link of proc, which leads to an open file whatever its text says: "/path",
 * "pipe:[1]"?
 */
static bool is_magic(int link, const char *text)
{
	struct statfs stat;
	return sys_fstatfs(link, &stat) < 0 ||
	       (stat.f_type == PROC_MAGIC && (*text == '/' || strchr(text, ':')));
}

static int follow(struct walk *walk, int link)
{
	char text[PATH_MAX];
	long length = sys_result(readlinkat(link, "", text, sizeof(text) - 1));
	if (length < 0)
		return (int)length;
	text[length] = '\0';
	if (!length)
		return -ENOENT;
	if (++walk->links > LINKS_MAX || is_magic(link, text))
		return -ELOOP;
	if (*text == '/')
		release(walk);
	return prepend(walk, text, (size_t)length);
}

static int enter(struct walk *walk, int *directory)
{
	if (walk->depth == DEPTH_MAX)
		return -ENAMETOOLONG;
	walk->directories[walk->depth++] = take_fd(directory);
	return 0;
}

/* Enter a component that is not the last one. */
static int step(struct walk *walk, const char *name)
{
	if (!strcmp(name, "."))
		return 0;
	if (!strcmp(name, "..")) {
		if (walk->depth > 1)
			close_fd(&walk->directories[--walk->depth]);
		return 0;
	}
	_cleanup_close_ int fd = sys_openat(here(walk), name, O_PATH | O_NOFOLLOW, 0);
	int kind = fd < 0 ? fd : sys_file_kind(fd);
	if (kind < 0)
		return kind;
	if (S_ISLNK(kind))
		return follow(walk, fd);
	return S_ISDIR(kind) ? enter(walk, &fd) : -ENOTDIR;
}

/* Neither a descriptor nor an errno; an open can fail with any errno. */
enum { IS_LINK = -0x10000 };

/*
 * Open the last component as the caller wants it.  IS_LINK: it is a symlink, and the walk goes on.
 */
static int finish(struct walk *walk, const char *name, uint64_t flags, unsigned int mode)
{
	_cleanup_close_ int fd = sys_openat(here(walk), name, O_PATH | O_NOFOLLOW, 0);
	if (fd == -ENOENT && flags & O_CREAT)
		/* With O_EXCL, so that a symlink that somebody makes now is not followed either. */
		return sys_openat(here(walk), name, (int)flags | O_EXCL | O_NOFOLLOW, mode);
	int kind = fd < 0 ? fd : sys_file_kind(fd);
	if (kind < 0)
		return kind;
	if (S_ISLNK(kind)) {
		int error = follow(walk, fd);
		return error < 0 ? error : IS_LINK;
	}
	if (!(flags & O_PATH))
		return sys_openat(here(walk), name, ((int)flags & ~O_CREAT) | O_NOFOLLOW, 0);
	return flags & O_DIRECTORY && !S_ISDIR(kind) ? -ENOTDIR : take_fd(&fd);
}

/* Take the next component, and the slashes after it, off the rest of the path. */
static int take(struct walk *walk, char *name, bool *ret_last, bool *ret_directory)
{
	const char *rest = walk->rest;

	*name = '\0';
	if (!path_take_component(&rest, name) && *rest)
		return -ENAMETOOLONG;
	size_t slashes = strspn(rest, "/");
	*ret_last = !rest[slashes];
	*ret_directory = slashes > 0;
	memmove(walk->rest, rest + slashes, strlen(rest + slashes) + 1);
	return 0;
}

static int walk_to_end(struct walk *walk, uint64_t flags, unsigned int mode)
{
	char name[NAME_MAX + 1];
	bool last, directory;

	for (;;) {
		int error = take(walk, name, &last, &directory);
		if (error < 0)
			return error;
		/* "", "." and ".." lead to a directory that is open already. */
		bool back = !*name || !strcmp(name, ".") || !strcmp(name, "..");
		if (last && !back) {
			int fd = finish(walk, name, flags | (directory ? O_DIRECTORY : 0), mode);
			if (fd != IS_LINK)
				return fd;
			/* A link with a slash behind it has to lead to a directory. */
			if (directory)
				flags |= O_DIRECTORY;
			continue;
		}
		error = *name ? step(walk, name) : 0;
		if (error < 0)
			return error;
		if (last)
			return sys_openat(here(walk), ".", (int)flags & ~O_CREAT, 0);
	}
}

int in_root_walk(int root, const char *path, uint64_t flags, unsigned int mode)
{
	static struct walk walk;

	if (!*path)
		return -ENOENT;
	if (strlen(path) >= PATH_MAX)
		return -ENAMETOOLONG;

	walk.directories[0] = root;
	walk.depth = 1;
	walk.links = 0;
	memcpy(walk.rest, path, strlen(path) + 1);
	int fd = walk_to_end(&walk, flags, mode);
	release(&walk);
	return fd;
}

int in_root_open(int root, const char *path, uint64_t flags, unsigned int mode)
{
	int fd = sys_open_in_root(root, path, flags, mode);
	return fd == -ENOSYS ? in_root_walk(root, path, flags, mode) : fd;
}
