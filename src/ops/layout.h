/*
 * Child side: the steps of a layout, in the order in which init takes them.  Every function returns
 * 0 or -errno, with child->stage, op and call saying where it was.
 */
#ifndef RIND_OPS_LAYOUT_H
#define RIND_OPS_LAYOUT_H

#include "sandbox/child.h"

/* layout_root.c: where the sandbox is built */

/* Open what is needed before anything changes, and the tree to build in. */
int layout_open_root(struct child *child) _must_check_;
/* Make that tree the root, and let go of the old one. */
int layout_enter_root(struct child *child) _must_check_;
/*
 * Attach a tree at an operation's destination, which target is, and see that it is there.  Takes it
 * over when that is the root, which it then is.
 */
int layout_attach(
	struct child *child, const struct layout_op *op, int *tree, int target) _must_check_;
/* Something has been mounted on the root by its name: that is the root now. */
int layout_climb_root(struct child *child) _must_check_;

/* layout_target.c: destinations, resolved in the sandbox's root and never outside */

/* Open the file at dest, O_PATH; -ENOENT. */
int layout_open_target(struct child *child, const char *dest) _must_check_;
/* The same; where there is nothing, make a directory or an empty file, and what leads there. */
int layout_make_target(
	struct child *child, const struct layout_op *op, bool directory) _must_check_;
/* Make what leads to dest; returns the directory, with dest's last component in *ret_name. */
int layout_make_parents(
	struct child *child, const struct layout_op *op, const char **ret_name) _must_check_;

/* layout.c: the operations */
int layout_gather(struct child *child) _must_check_;
int layout_apply(struct child *child) _must_check_;
/* A detached copy of the source of an operation, with its attributes. */
int layout_clone_source(struct child *child, const struct layout_op *op) _must_check_;
/* Write prefix and a number to text, which has room for it. */
void layout_format_number(char *text, const char *prefix, unsigned int number);

/* layout_systems.c: file systems of the sandbox's own */
int layout_gather_dev(struct child *child) _must_check_;
int layout_apply_dev(struct child *child, const struct layout_op *op) _must_check_;
int layout_apply_proc(struct child *child, const struct layout_op *op) _must_check_;
int layout_apply_tmpfs(struct child *child, const struct layout_op *op) _must_check_;
int layout_apply_mqueue(struct child *child, const struct layout_op *op) _must_check_;
int layout_apply_overlay(struct child *child, const struct layout_op *op) _must_check_;

/* layout_files.c: directories, files and links */
int layout_apply_directory(struct child *child, const struct layout_op *op) _must_check_;
int layout_apply_file(struct child *child, const struct layout_op *op) _must_check_;
int layout_apply_data(struct child *child, const struct layout_op *op) _must_check_;
int layout_apply_symlink(struct child *child, const struct layout_op *op) _must_check_;
int layout_apply_chmod(struct child *child, const struct layout_op *op) _must_check_;

/* layout_process.c: what the command is to be, besides what it sees */
int layout_await_release(struct child *child) _must_check_;
int layout_become_user(struct child *child) _must_check_;
int layout_leave_first_user_namespace(struct child *child) _must_check_;
int layout_restrict(struct child *child) _must_check_;
/* The command exists: init needs no rights any more. */
int layout_restrict_init(struct child *child) _must_check_;
/* Who may trace init: its owner on the host, or nobody; never the command. */
int layout_guard_init(struct child *child) _must_check_;
/* As that, while the command is in init's memory. */
int layout_guard_birth(struct child *child) _must_check_;
int layout_await_caller(struct child *child) _must_check_;
int layout_change_directory(struct child *child) _must_check_;
int layout_take_locks(struct child *child) _must_check_;
/* In the command: its last steps before exec. */
int layout_prepare_command(struct child *child) _must_check_;

/* layout_filter.c: the caller's filters */
int layout_read_filter(struct child *child) _must_check_;
int layout_load_filters(struct child *child) _must_check_;

/* layout_check.c: a last look at what init has become, which the command is born as */
int layout_check(struct child *child) _must_check_;
/* Note what a check is about, for its sentence, and that it has failed. */
int layout_wrong(struct child *child, const char *what);

#endif
