/*
 * Child side, in init: fills a file with what a descriptor gives, for FILE and DATA; see
 * contents.c.
 */
#ifndef RIND_OPS_CONTENTS_H
#define RIND_OPS_CONTENTS_H

#include "sandbox/child.h"

/*
 * Keeps *file open, and sets it to -1, where a later operation reads the same descriptor
 * (PLAN_REREAD).
 */
int contents_fill(struct child *child, const struct plan_op *op, int *file) _must_check_;

#endif
