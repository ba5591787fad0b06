/*
 * The table of mounts of a process, as /proc/PID/mountinfo has it.
 *
 * Child side.  Not libmount's: that allocates, and the table that counts is the one of the new
 * mount namespace, which does not exist before the clone.
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
	const char *device;  /* of the file system, "MAJOR:MINOR" */
	const char *root;    /* what of the file system is mounted, from its own root */
	const char *path;    /* where it is mounted, from the process's root */
	const char *type;    /* of the file system: "ext4", "fuse.sshfs" */
	uint64_t attributes; /* MOUNT_ATTR_RDONLY, _NOSUID, _NODEV, _NOEXEC, _NOSYMFOLLOW */

	/*
	 * Set by mount_table_mark_hidden(): no path can lead to it, by the table; and what that
	 * takes.
	 */
	bool hidden;
	enum mount_way way;
	struct mount_entry *next; /* of any list that is made of entries after that */
};

struct mount_table {
	struct mount_entry *entries; /* in the kernel's order */
	size_t count;
	struct mount_entry **by_id, **by_place; /* sorted: by their number; by parent and path */
	char *text;                             /* what the strings are in */
	size_t text_size, entries_size;
};

/*
 * Read the table; process is a directory of proc.  0 or -errno: -ENOMEM; -EBADMSG when a line is
 * not as proc(5) says.  The memory comes from the kernel and goes back to it with
 * mount_table_free(), which takes an empty table as well.
 */
int mount_table_read(int process, struct mount_table *ret) _must_check_;
void mount_table_free(struct mount_table *table);

#define _cleanup_mount_table_ __attribute__((cleanup(mount_table_free)))

/*
 * The part of the above that needs no kernel: take a text apart, in place, into entries, of which
 * there have to be as many as the text has lines.  text[size] has to be there, and is overwritten.
 */
int mount_table_parse(
	char *text, size_t size, struct mount_entry *entries, size_t *ret_count) _must_check_;

/* And to sort what came of it, for the functions below; by_id and by_place have room for count. */
void mount_table_sort(struct mount_table *table);

/* Which mount is fd on?  Its id in the table, or -errno. */
int mount_table_read_id(int process, int fd) _must_check_;

/* The entry with this id, or NULL. */
struct mount_entry *mount_table_find(const struct mount_table *table, int id);

/* Has what it is mounted on been removed?  The kernel says so in the path. */
bool mount_table_is_gone(const struct mount_entry *entry);

/*
 * Which mounts can no path lead to, because others have been mounted on them or above them?  Sets
 * hidden in each entry.  root: the id of the mount that the process's root is on, which is seen
 * whatever is mounted on it.  Takes n log n steps.
 */
void mount_table_mark_hidden(struct mount_table *table, int root);

/*
 * What is left of path below directory, beginning with a slash, or "" when they are the same; NULL
 * when it is elsewhere.
 */
const char *mount_table_below(const char *path, const char *directory);

#endif
