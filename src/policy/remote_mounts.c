/* See remote_mounts.h. */
#include "policy/remote_mounts.h"

#include "policy/host_mounts.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

static bool is_remote(const char *type)
{
	static const char *const types[] = {"9p", "afs", "autofs", "beegfs", "ceph", "cifs", "coda",
		"lustre", "ncpfs", "nfs", "nfs4", "orangefs", "pvfs2", "smb3", "smbfs", "virtiofs",
		NULL};

	if (!strncmp(type, "fuse", 4) && strcmp(type, "fusectl") != 0)
		return true;
	for (const char *const *known = types; *known; known++)
		if (!strcmp(type, *known))
			return true;
	return false;
}

static int compare_mounts(const void *a, const void *b)
{
	const struct remote_mount *x = a, *y = b;
	return strcmp(x->path, y->path);
}

/* One mounted later at the same path covers those before it. */
static void drop_covered(struct remote_mounts *mounts, const char *path)
{
	for (size_t i = 0; i < mounts->count; i++)
		if (!strcmp(mounts->items[i].path, path))
			mounts->items[i--] = mounts->items[--mounts->count];
}

static int add_mount(
	struct remote_mounts *mounts, struct arena *arena, const struct mountinfo *from)
{
	drop_covered(mounts, from->path);
	if (!is_remote(from->type))
		return 0;
	struct remote_mount *items =
		arena_grow(arena, mounts->items, mounts->count, sizeof(*items));
	const struct remote_mount mount = {
		arena_strdup(arena, from->path), arena_strdup(arena, from->type)};
	if (!items || !mount.path || !mount.type)
		return -ENOMEM;
	mounts->items = items;
	items[mounts->count++] = mount;
	return 0;
}

/* The table that is being filled, and what owns its strings. */
struct filling {
	struct remote_mounts *mounts;
	struct arena *arena;
};

static int add_each(void *context, const struct mountinfo *mount)
{
	const struct filling *filling = context;
	return add_mount(filling->mounts, filling->arena, mount);
}

int remote_mounts_read(struct remote_mounts *ret, struct arena *arena, struct rind_error *err)
{
	int result = host_mounts_each(add_each, &(struct filling){ret, arena});

	if (result < 0)
		return rind_error_set(err, result,
			"patterns need the table of mounts, so as not to wait for a file server, "
			"and /proc/self/mountinfo cannot be read: %s; give paths without *, ? and "
			"[",
			errno_text(-result));
	if (ret->count)
		qsort(ret->items, ret->count, sizeof(*ret->items), compare_mounts);
	return 0;
}

const char *remote_mounts_find(const struct remote_mounts *mounts, const char *path)
{
	const struct remote_mount key = {.path = path};
	const struct remote_mount *found =
		mounts->count
			? bsearch(&key, mounts->items, mounts->count, sizeof(key), compare_mounts)
			: NULL;

	return found ? found->type : NULL;
}
