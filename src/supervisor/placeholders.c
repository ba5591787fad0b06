/*
 * The placeholders of one sandbox; see placeholders.h.  Supervisor, on the host, with the
 * caller's rights.
 */
#include "supervisor/placeholders.h"

#include "base/fd.h"
#include "base/sys.h"

#include <stdlib.h>
#include <string.h>

void placeholders_init(struct placeholders *set, size_t capacity, struct janitor *janitor)
{
	*set = (struct placeholders){.capacity = capacity, .janitor = janitor};
}

/*
 * The last item, if it is for the same path: init asks again when other processes make and remove
 * that path.
 */
static struct placeholder *find_again(struct placeholders *set, int directory, const char *name)
{
	struct placeholder *item = set->count ? &set->items[set->count - 1] : NULL;
	struct stat stat, its;

	if (!item || strcmp(item->name, name) != 0 || sys_fstat(directory, &stat) < 0 ||
		sys_fstat(item->directory, &its) < 0)
		return NULL;
	return stat.st_dev == its.st_dev && stat.st_ino == its.st_ino ? item : NULL;
}

static int add(struct placeholders *set, int directory, const char *name, struct placeholder **ret)
{
	_cleanup_close_ int owned = directory;
	struct placeholder *item = &set->items[set->count];

	if (set->count == set->capacity)
		/*
		 * one for each path, and spare ones for paths that other processes make and
		 * remove
		 */
		return -ESTALE;
	*item = (struct placeholder){
		.directory = owned,
		.lock = -1,
		.uid = set->janitor->uid,
	};
	memcpy(item->name, name, strnlen(name, NAME_MAX));
	/* Tell the janitor before the file exists; it gets the lock as soon as there is one. */
	int error = janitor_announce(set->janitor, item);
	if (error < 0)
		return error;
	take_fd(&owned);
	/* Count it even if making it fails: the janitor has counted it, too. */
	set->count++;
	*ret = item;
	return 0;
}

int placeholders_add(struct placeholders *set, int directory, const char *name, struct stat *ret)
{
	_cleanup_close_ int owned = directory;

	if (!set->items)
		set->items = calloc(set->capacity, sizeof(*set->items));
	int error = set->items ? janitor_start(set->janitor) : -ENOMEM;
	if (error < 0)
		return error;
	struct placeholder *item = find_again(set, directory, name);
	if (!item)
		error = add(set, take_fd(&owned), name, &item);
	if (!error)
		error = placeholder_acquire(item, ret);
	return error ? error : janitor_announce_lock(set->janitor, item);
}

bool placeholders_finish(struct placeholders *set)
{
	bool done = true;

	/*
	 * Last made, first removed: of the parts of a repository (policy/git.c) `commondir` comes
	 * before `refs`.  Where the two are directories, `commondir` is what keeps git from obeying
	 * what the command has left beside them.
	 */
	for (size_t i = set->count; i-- > 0;) {
		/* No lock: it was not made, or is not ours. */
		if (set->items[i].lock >= 0 && placeholder_remove(&set->items[i]) < 0)
			done = false;
		close_fd(&set->items[i].directory);
	}
	free(take_ptr(set->items));
	set->count = 0;
	return done;
}
