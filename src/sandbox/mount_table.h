/*
 * The table of mounts of a process, as /proc/PID/mountinfo has it.
 *
 * Child side.  Not libmount's: that allocates, and the table that counts is the one of the new mount
 * namespace, which does not exist before the clone.
 */
#ifndef RIND_SANDBOX_MOUNT_TABLE_H
#define RIND_SANDBOX_MOUNT_TABLE_H

#include "base/error.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct mount_entry {
	int id, parent;
	const char *path;    /* where it is mounted, from the process's root */
	const char *type;    /* of the file system: "ext4", "fuse.sshfs" */
	uint64_t attributes; /* MOUNT_ATTR_RDONLY, _NOSUID, _NODEV, _NOEXEC, _NOSYMFOLLOW */
};

struct mount_table {
	struct mount_entry *entries;
	size_t count;
	char *text; /* what the strings are in */
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

/* Which mount is fd on?  Its id in the table, or -errno. */
int mount_table_read_id(int process, int fd) _must_check_;

/* The entry with this id, or NULL. */
const struct mount_entry *mount_table_find(const struct mount_table *table, int id);

/* Has what it is mounted on been removed?  The kernel says so in the path. */
bool mount_table_is_gone(const struct mount_entry *entry);

/*
 * Can no path lead to this mount, because others have been mounted on it or above it?  root: the id
 * of the mount that the process's root is on, which is seen whatever is mounted on it.
 */
bool mount_table_is_hidden(
	const struct mount_table *table, const struct mount_entry *entry, int root);

/*
 * What is left of path below directory, beginning with a slash, or "" when they are the same; NULL
 * when it is elsewhere.
 */
const char *mount_table_below(const char *path, const char *directory);

#endif
