/*
 * See cgroup.h.  Supervisor, with the caller's privileges; reads, and changes nothing.  If
 * something cannot be read, no cgroup can be made: then resource limits have to do, or the limit is
 * refused.
 */
#include "plan/cgroup.h"

#include "base/fd.h"
#include "base/number.h"
#include "base/path.h"
#include "base/sys.h"
#include "plan/limits.h"

#include <linux/magic.h>
#include <stdio.h>
#include <string.h>
#include <sys/statfs.h>

/* --- texts of the kernel ---------------------------------------------------------------------- */

bool cgroup_parse_own(const char *text, char ret[static PATH_MAX])
{
	/* "HIERARCHY:CONTROLLERS:PATH": version 2 is number 0, without controllers. */
	for (const char *line = text; line; line = strchr(line, '\n')) {
		line += *line == '\n';
		if (strncmp(line, "0::/", 4) != 0)
			continue;
		size_t length = strcspn(line + 3, "\n");
		if (length >= PATH_MAX)
			return false;
		memcpy(ret, line + 3, length);
		ret[length] = '\0';
		/* ".." means: outside the caller's cgroup namespace. */
		return !path_has_dotdot(ret);
	}
	return false;
}

bool cgroup_parse_mount(char *line, struct mountinfo *ret)
{
	return !mountinfo_parse(line, ret) && !strcmp(ret->type, "cgroup2") && *ret->root == '/';
}

bool cgroup_locate(const char *own, const char *root, const char *point, char ret[static PATH_MAX])
{
	if (!path_is_within(own, root))
		return false;
	const char *rest = own + (root[1] ? strlen(root) : 0);
	if (!rest[0] || !rest[1])
		rest = "";
	int length = snprintf(ret, PATH_MAX, "%s%s", point[1] ? point : "", rest);
	if (!length)
		length = snprintf(ret, PATH_MAX, "/");
	return length < PATH_MAX;
}

unsigned int cgroup_parse_controllers(const char *text)
{
	unsigned int controllers = 0;

	for (; *text; text += strcspn(text, " \n"), text += strspn(text, " \n"))
		for (size_t i = 0; limit_controller_names[i]; i++) {
			size_t length = strlen(limit_controller_names[i]);
			if (strcspn(text, " \n") == length &&
				!strncmp(text, limit_controller_names[i], length))
				controllers |= 1U << i;
		}
	return controllers;
}

uint64_t cgroup_parse_number(const char *text)
{
	uint64_t number;

	if (number_take(&text, 10, UINT64_MAX, &number) < 0)
		return UINT64_MAX;
	return *text && !strchr(" \n", *text) ? UINT64_MAX : number;
}

uint64_t cgroup_parse_share(const char *text)
{
	uint64_t quota = cgroup_parse_number(text);
	const char *blank = strchr(text, ' ');
	uint64_t period = blank ? cgroup_parse_number(blank + 1) : UINT64_MAX;

	if (quota >= UINT64_MAX / 100 || period == UINT64_MAX || !period)
		return UINT64_MAX;
	uint64_t share = quota * 100 / period;
	return share ? share : 1;
}

/* --- files ------------------------------------------------------------------------------------ */

/* Read the first bytes of a file as a text; false if it cannot be read. */
static bool read_text(int directory, const char *name, char *ret, size_t size)
{
	_cleanup_close_ int fd = openat(directory, name, O_RDONLY | O_CLOEXEC);
	ssize_t length = fd < 0 ? -1 : 1;
	size_t used = 0;

	while (length > 0 && used < size - 1) {
		length = read(fd, ret + used, size - 1 - used);
		used += length > 0 ? (size_t)length : 0;
	}
	ret[used] = '\0';
	return length >= 0;
}

/* --- the groups ------------------------------------------------------------------------------- */

static int add_mount(struct arena *arena, const char *point, struct cgroup_place *ret)
{
	const char **mounts = arena_grow(arena, ret->mounts, ret->mount_count, sizeof(*mounts));
	const char *copy = arena_strdup(arena, point);
	if (!mounts || !copy)
		return -ENOMEM;
	ret->mounts = mounts;
	ret->mounts[ret->mount_count++] = copy;
	return 0;
}

/* Read a whole file as a text, into the arena; NULL if it cannot be read. */
static char *read_all(struct arena *arena, const char *path)
{
	_cleanup_close_ int fd = open(path, O_RDONLY | O_CLOEXEC);
	size_t used = 0, capacity = 16384;
	char *text = fd < 0 ? NULL : arena_alloc(arena, capacity);
	ssize_t length;

	while (text && (length = read(fd, text + used, capacity - 1 - used)) != 0) {
		if (length < 0)
			return NULL;
		used += (size_t)length;
		if (used + 1 < capacity)
			continue;
		char *larger = arena_alloc(arena, capacity *= 2);
		if (larger)
			memcpy(larger, text, used);
		text = larger;
	}
	return text; /* the arena is zeroed: the text ends with NUL */
}

/*
 * Find all mounts of cgroup2, and the path of the caller's own cgroup in one of them ("": in none).
 */
static int read_mounts(struct arena *arena, const char *own, char ret_path[static PATH_MAX],
	struct cgroup_place *ret)
{
	struct mountinfo mount;
	char *rest = NULL;
	int error = 0;

	*ret_path = '\0';
	char *text = read_all(arena, "/proc/self/mountinfo");
	char *line = text ? strtok_r(text, "\n", &rest) : NULL;
	for (; line && !error; line = strtok_r(NULL, "\n", &rest)) {
		if (!cgroup_parse_mount(line, &mount))
			continue;
		error = add_mount(arena, mount.path, ret);
		if (!*ret_path && !cgroup_locate(own, mount.root, mount.path, ret_path))
			*ret_path = '\0';
	}
	return error;
}

static int open_cgroup(const char *path)
{
	struct statfs system;
	_cleanup_close_ int fd = open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);

	/* Another file system may be mounted over it: check that it is cgroup2. */
	if (fd < 0 || fstatfs(fd, &system) < 0 || system.f_type != CGROUP2_SUPER_MAGIC)
		return -1;
	return take_fd(&fd);
}

/*
 * The controllers that a new cgroup in this one would have; 0 if the caller may not make and enter
 * one.
 */
static unsigned int offered_controllers(int group)
{
	char text[1024];

	/* A threaded cgroup can only separate threads.  The root cgroup has no cgroup.type. */
	if (read_text(group, "cgroup.type", text, sizeof(text)) && strcmp(text, "domain\n") != 0)
		return 0;
	if (sys_access(group, ".", W_OK | X_OK) < 0 || sys_access(group, "cgroup.procs", W_OK) < 0)
		return 0;
	if (!read_text(group, "cgroup.subtree_control", text, sizeof(text)))
		return 0;
	return cgroup_parse_controllers(text);
}

static int try_place(
	struct arena *arena, const char *path, unsigned int controllers, struct cgroup_place *ret)
{
	_cleanup_close_ int group = open_cgroup(path);
	unsigned int offered = group < 0 ? 0 : offered_controllers(group) & controllers;

	if (!offered)
		return 0;
	ret->directory = arena_strdup(arena, path);
	ret->controllers = offered;
	return ret->directory ? 0 : -ENOMEM;
}

static uint64_t read_limit(int group, const char *name, uint64_t (*parse)(const char *text))
{
	char text[64];
	return read_text(group, name, text, sizeof(text)) ? parse(text) : UINT64_MAX;
}

/* Try the cgroup around the caller's own, if it is in the same mount. */
static int try_parent(struct arena *arena, char path[static PATH_MAX], unsigned int controllers,
	struct cgroup_place *ret)
{
	_cleanup_close_ int own = open_cgroup(path);
	char *slash = strrchr(path, '/');

	if (own < 0 || slash == path)
		return 0;
	*slash = '\0';
	int error = try_place(arena, path, controllers, ret);
	if (!error && ret->directory) {
		ret->own.pids = read_limit(own, "pids.max", cgroup_parse_number);
		ret->own.memory = read_limit(own, "memory.max", cgroup_parse_number);
		ret->own.cpu = read_limit(own, "cpu.max", cgroup_parse_share);
	}
	return error;
}

int cgroup_find_place(struct arena *arena, unsigned int controllers, struct cgroup_place *ret)
{
	char text[2 * PATH_MAX], own[PATH_MAX], path[PATH_MAX];

	*ret = (struct cgroup_place){.own = {UINT64_MAX, UINT64_MAX, UINT64_MAX}};
	if (!read_text(AT_FDCWD, "/proc/self/cgroup", text, sizeof(text)) ||
		!cgroup_parse_own(text, own))
		return 0;
	int error = read_mounts(arena, own, path, ret);
	if (error < 0 || !*path)
		return error;
	error = try_place(arena, path, controllers, ret);
	/* The top of the mount has no cgroup around it. */
	if (error < 0 || ret->directory || !own[1])
		return error;
	return try_parent(arena, path, controllers, ret);
}
