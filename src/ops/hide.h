/* Child side, in init: the entries of the new /dev that are cloned for hidden paths; see hide.c. */
#ifndef RIND_OPS_HIDE_H
#define RIND_OPS_HIDE_H

#include "sandbox/child.h"

/*
 * Make the entries, before anything is hidden; unlink them when all operations are applied; check
 * that they are gone.
 */
int hide_make_entries(struct child *child) _must_check_;
int hide_remove_entries(struct child *child) _must_check_;
int hide_check_entries(struct child *child) _must_check_;

#endif
