/* Child side: the entries of the new /dev that hidden paths are made of; see hide.c. */
#ifndef RIND_OPS_HIDE_H
#define RIND_OPS_HIDE_H

#include "sandbox/child.h"

/* Make them, before anything is hidden; take them away when all operations are applied; are they gone? */
int hide_make_entries(struct child *child) _must_check_;
int hide_remove_entries(struct child *child) _must_check_;
int hide_check_entries(struct child *child) _must_check_;

#endif
