/*
 * Finding out what is at a path of the host's tree, without following a symlink and without resolving
 * anything twice; see walk.c.
 */
#ifndef RIND_MOUNT_WALK_H
#define RIND_MOUNT_WALK_H

#include "sandbox/child.h"

/* Open a clean path with O_PATH and no symlink on the way or at the end (-ELOOP). */
int walk_open(const char *path) _must_check_;

/* The same for one that leads down from a directory. */
int walk_open_at(int directory, const char *path) _must_check_;

enum walk_found {
	WALK_PRESENT, /* fd is the path itself */
	WALK_BLOCKED, /* fd is an ancestor that cannot be entered: a file, or unsearchable */
	WALK_SYMLINK, /* fd is a symlink on the way, or at the end */
	WALK_MISSING, /* fd is the directory in which `name` is the first missing component */
};

struct walk_result {
	enum walk_found found;
	int fd;
	struct stat stat; /* of fd */
	char name[NAME_MAX + 1];
};

/*
 * Find out what is at an operation's path, from its base on, without following a symlink.  The
 * descriptor in ret is what was decided on; the caller closes it.
 */
int walk_operation(
	struct child *child, const struct plan_op *op, struct walk_result *ret) _must_check_;

/*
 * Open a path that must lead to what the supervisor saw, with no symlink on the way; -ESTALE when
 * it leads elsewhere by now.
 */
int walk_open_expected(struct child *child, const struct plan_op *op) _must_check_;

/* The same for a path in a hidden directory: what is missing on the way is made there. */
int walk_make_target(struct child *child, const struct plan_op *op, bool directory) _must_check_;

#endif
