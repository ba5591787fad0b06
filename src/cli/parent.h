/* The process that started rind, with which the sandbox is to end. */
#ifndef RIND_CLI_PARENT_H
#define RIND_CLI_PARENT_H

#include "base/error.h"

#include <sys/types.h>

/*
 * parent: what getppid() said first of all.  *ret_fd becomes readable when that process has ended:
 * its last thread, not the one that started rind.  -1 where there is no pidfd to be had of it; then
 * the kernel has been asked to kill rind instead, which it does when that thread ends.
 */
int parent_watch(pid_t parent, int *ret_fd, struct rind_error *err) _must_check_;

#endif
