/* --info-fd and --json-status-fd: what rind tells the caller about the sandbox.  Supervisor. */
#ifndef RIND_CLI_BWRAP_INFO_H
#define RIND_CLI_BWRAP_INFO_H

#include "base/error.h"

#include <stdbool.h>
#include <sys/types.h>

struct bwrap_info {
	int info_fd, json_fd, block_fd; /* -1: not wanted */
	/* becomes readable when the process ends with which the sandbox ends; -1: none */
	int parent_fd;
	unsigned int namespaces; /* PLAN_NS_*: the new ones */
	/* the pids that the supervisor sees may not be those of the caller's /proc */
	bool joined_pids;
};

/* For sandbox_hook: write init's pid; then wait until the caller has mapped its ids. */
int bwrap_info_created(void *info, pid_t pid, int pidfd, struct rind_error *err);

/* The command has ended: write its status. */
void bwrap_info_exited(const struct bwrap_info *info, int status);

#endif
