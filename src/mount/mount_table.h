/*
 * The table of mounts of a process, from /proc/PID/mountinfo.
 *
 * Child side.  Not by libmount, which allocates memory: the table that matters is the one of the
 * new mount namespace, which exists only after the clone.
 */
#ifndef RIND_MOUNT_MOUNT_TABLE_H
#define RIND_MOUNT_MOUNT_TABLE_H

#include "base/error.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum mount_way { MOUNT_WAY_UNKNOWN, MOUNT_WAY_OPEN, MOUNT_WAY_CLOSED };

struct mount_entry {
	int id, parent;
	const char *device; /* of the file system, "MAJOR:MINOR" */
	/* the directory of the file system that is mounted, from the file system's root */
	const char *root;
	const char *path;    /* where it is mounted, from the process's root */
	const char *type;    /* of the file system: "ext4", "fuse.sshfs" */
	uint64_t attributes; /* MOUNT_ATTR_RDONLY, _NOSUID, _NODEV, _NOEXEC, _NOSYMFOLLOW */

	/* Set by mount_table_mark_hidden(): no path leads to this mount; and its working state. */
	bool hidden;
	enum mount_way way;
	struct mount_entry *next; /* for lists that are made afterwards */
};

struct mount_table {
	struct mount_entry *entries; /* in the kernel's order */
	size_t count;
	struct mount_entry **by_id, **by_place; /* sorted by id; by parent and path */
	char *text;                             /* the strings point into it */
	size_t text_size, entries_size;
};

/*
 * Read the table; process is a directory of proc. 0 or -errno: -ENOMEM; -EBADMSG if a line is not
 * as proc(5) says.  The memory comes from mmap(2); mount_table_free() returns it, and accepts an
 * empty table.
 */
int mount_table_read(int process, struct mount_table *ret) _must_check_;
void mount_table_free(struct mount_table *table);

#define _cleanup_mount_table_ __attribute__((cleanup(mount_table_free)))

/*
 * The part of reading that needs no kernel: split a text, in place, into entries; there has to be
 * an entry for each line of the text. text[size] has to exist, and is overwritten.
 */
int mount_table_parse(
	char *text, size_t size, struct mount_entry *entries, size_t *ret_count) _must_check_;

/* Sort the entries for the functions below; by_id and by_place have room for count. */
void mount_table_sort(struct mount_table *table);

/* Which mount is fd on?  Its id in the table, or -errno. */
int mount_table_read_id(int process, int fd) _must_check_;

/* The entry with this id, or NULL. */
struct mount_entry *mount_table_find(const struct mount_table *table, int id);

/* Has the mountpoint been removed?  The kernel shows it in the path. */
bool mount_table_is_gone(const struct mount_entry *entry);

/*
 * Which mounts can no path lead to, since others were mounted on or above them?  Sets hidden in
 * each entry. root: the id of the mount of the process's root directory; that one is visible
 * whatever is mounted on it.  Takes n log n steps.
 */
void mount_table_mark_hidden(struct mount_table *table, int root);

/*
 * The part of path below directory, beginning with a slash; "" if they are the same; NULL if path
 * is elsewhere.
 */
const char *mount_table_below(const char *path, const char *directory);

#endif
