/*
 * Find out what is at a path of the host's tree, without following a symlink and without resolving
 * anything twice; see walk.c.
 */
#ifndef RIND_MOUNT_WALK_H
#define RIND_MOUNT_WALK_H

#include "sandbox/child.h"

/* Open a clean path with O_PATH and no symlink on the way or at the end (-ELOOP). */
int walk_open(const char *path) _must_check_;

/* The same for a path relative to a directory. */
int walk_open_at(int directory, const char *path) _must_check_;

enum walk_found {
	WALK_PRESENT, /* fd is the path itself */
	WALK_BLOCKED, /* fd is an ancestor that cannot be entered: a file, or unsearchable */
	WALK_SYMLINK, /* fd is a symlink on the way, or at the end */
	/*
	 * fd is the directory in which `name` is the first missing component; for an operation
	 * that is PLAN_IF_PRESENT it may be -1, and nobody has looked for that one
	 */
	WALK_MISSING,
};

struct walk_result {
	enum walk_found found;
	int fd;
	struct stat stat; /* of fd */
	char name[NAME_MAX + 1];
	bool marked; /* missing, but a placeholder is there */
};

/*
 * Find out what is at an operation's path, beginning at its base, without following a symlink.
 * ret->fd is the file that the decision is about; the caller closes it.
 */
int walk_operation(
	struct child *child, const struct plan_op *op, struct walk_result *ret) _must_check_;

/*
 * Open a path that has to lead to the file that the supervisor saw, with no symlink on the way;
 * -ESTALE if it leads elsewhere by now.
 */
int walk_open_expected(struct child *child, const struct plan_op *op) _must_check_;

/* Open a path in a hidden directory or in the sandbox's /dev; make there what is missing. */
int walk_make_target(struct child *child, const struct plan_op *op, bool directory) _must_check_;

#endif
