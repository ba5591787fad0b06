/* End the sandbox with the process that started rind. */
#ifndef RIND_CLI_PARENT_H
#define RIND_CLI_PARENT_H

#include "base/error.h"

#include <sys/types.h>

/*
 * parent: from getppid(), before anything else.  *ret_fd becomes readable when that process has
 * ended: its last thread, not the thread that started rind.  -1 if no pidfd is available: then the
 * kernel kills rind when that thread ends.
 */
int parent_watch(pid_t parent, int *ret_fd, struct rind_error *err) _must_check_;

#endif
