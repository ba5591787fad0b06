/*
 * Child side: find mounts in a table, and those that no path leads to; see mount_table.h.
 *
 * A path reaches a mount by way of the mount that it is mounted on, and so on from the process's
 * root.  It does not get there if on this way
 *
 * - another mount lies on the root of a mount, unless the path goes on through that one; or -
 * another mount on the same parent covers a directory above.
 *
 * The process's root is where every path begins, whatever is mounted on it.
 *
 * A host may have thousands of mounts, all of them hidden: so they are sorted, by id and by place
 * (the parent and the path), and the result for a mount is kept for the mounts on it.
 */
#include "mount/mount_table.h"

#include <string.h>

typedef int compare_function(const struct mount_entry *a, const struct mount_entry *b);

static int compare_numbers(int a, int b)
{
	return (a > b) - (a < b);
}

static int compare_ids(const struct mount_entry *a, const struct mount_entry *b)
{
	return compare_numbers(a->id, b->id);
}

static int compare_places(const struct mount_entry *a, const struct mount_entry *b)
{
	int parents = compare_numbers(a->parent, b->parent);
	return parents ? parents : strcmp(a->path, b->path);
}

/* --- heap sort, since qsort(3) may allocate --------------------------------------------------- */

/* Move the item at `at` down until no item below it is greater. */
static void sink(struct mount_entry **items, size_t at, size_t count, compare_function *compare)
{
	for (size_t greater = 2 * at + 1; greater < count; greater = 2 * at + 1) {
		if (greater + 1 < count && compare(items[greater], items[greater + 1]) < 0)
			greater++;
		if (compare(items[at], items[greater]) >= 0)
			return;
		struct mount_entry *item = items[at];
		items[at] = items[greater];
		items[greater] = item;
		at = greater;
	}
}

static void sort(struct mount_entry **items, size_t count, compare_function *compare)
{
	for (size_t at = count / 2; at--;)
		sink(items, at, count, compare);
	while (count-- > 1) {
		struct mount_entry *greatest = items[0];
		items[0] = items[count];
		items[count] = greatest;
		sink(items, 0, count, compare);
	}
}

void mount_table_sort(struct mount_table *table)
{
	for (size_t i = 0; i < table->count; i++)
		table->by_id[i] = table->by_place[i] = &table->entries[i];
	sort(table->by_id, table->count, compare_ids);
	sort(table->by_place, table->count, compare_places);
}

/* --- finding ---------------------------------------------------------------------------------- */

struct mount_entry *mount_table_find(const struct mount_table *table, int id)
{
	size_t low = 0, high = table->count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;
		if (table->by_id[middle]->id < id)
			low = middle + 1;
		else
			high = middle;
	}
	return low < table->count && table->by_id[low]->id == id ? table->by_id[low] : NULL;
}

/*
 * Is an entry sorted before a place (< 0), at it (0) or after it (> 0)?  The path ends at length.
 */
static int compare_with(
	const struct mount_entry *entry, int parent, const char *path, size_t length)
{
	int order = compare_numbers(entry->parent, parent);
	if (!order)
		order = strncmp(entry->path, path, length);
	return order ? order : entry->path[length] != '\0';
}

/* Is a mount at this place, other than except? */
static bool is_taken(const struct mount_table *table, int parent, const char *path, size_t length,
	const struct mount_entry *except)
{
	size_t low = 0, high = table->count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;
		if (compare_with(table->by_place[middle], parent, path, length) < 0)
			low = middle + 1;
		else
			high = middle;
	}
	low += low < table->count && table->by_place[low] == except;
	return low < table->count && !compare_with(table->by_place[low], parent, path, length);
}

/* --- hidden ----------------------------------------------------------------------------------- */

/* Is another mount on the root of this one, other than through, by which the path goes on? */
static bool is_covered(const struct mount_table *table, const struct mount_entry *entry,
	const struct mount_entry *through)
{
	return is_taken(table, entry->id, entry->path, strlen(entry->path), through);
}

/*
 * Is another mount of the same parent on a directory above this one?  A mount on the process's root
 * covers nothing.
 */
static bool is_below_another(
	const struct mount_table *table, const struct mount_entry *entry, int root)
{
	const char *path = entry->path;

	for (size_t length = 1; path[0] && path[length]; length++)
		if ((length == 1 ? entry->parent != root : path[length] == '/') &&
			is_taken(table, entry->parent, path, length, entry))
			return true;
	return false;
}

/* Is the last step of the way blocked, from a mount's parent to the mount? */
static bool is_blocked(const struct mount_table *table, const struct mount_entry *entry,
	const struct mount_entry *parent, int root)
{
	return is_below_another(table, entry, root) ||
	       (parent->id != root && is_covered(table, parent, entry));
}

/* Find out whether a path leads to the directory that a mount is on. */
static void find_way(const struct mount_table *table, struct mount_entry *entry, int root)
{
	struct mount_entry *at = entry, *passed = NULL;

	/*
	 * Go up to a mount with a known result.  Stop on cycles: a mount counts as closed while we
	 * are above it.
	 */
	while (at->way == MOUNT_WAY_UNKNOWN && at->id != root) {
		struct mount_entry *parent = mount_table_find(table, at->parent);
		at->way = MOUNT_WAY_CLOSED;
		if (!parent || is_blocked(table, at, parent, root))
			return;
		at->next = passed;
		passed = at;
		at = parent;
	}
	if (at->id == root || at->way == MOUNT_WAY_OPEN)
		for (; passed; passed = passed->next)
			passed->way = MOUNT_WAY_OPEN;
}

void mount_table_mark_hidden(struct mount_table *table, int root)
{
	for (size_t i = 0; i < table->count; i++) {
		struct mount_entry *entry = &table->entries[i];
		find_way(table, entry, root);
		entry->hidden = entry->id != root &&
				(entry->way != MOUNT_WAY_OPEN || is_covered(table, entry, NULL));
	}
}
