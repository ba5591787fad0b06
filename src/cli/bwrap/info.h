/* --info-fd and --json-status-fd: what the caller is told about the sandbox. */
#ifndef RIND_CLI_BWRAP_INFO_H
#define RIND_CLI_BWRAP_INFO_H

#include "base/error.h"

#include <stdbool.h>
#include <sys/types.h>

struct bwrap_info {
	int info_fd, json_fd, block_fd; /* -1: not wanted */
	int parent_fd;                  /* of the process with which the sandbox ends, -1: none */
	unsigned int namespaces;        /* PLAN_NS_*: those that are new */
	bool joined_pids; /* the supervisor's pids may not be those of the caller's /proc */
};

/* For sandbox_hook: tell who init is; then wait until the caller has mapped its ids. */
int bwrap_info_created(void *info, pid_t pid, int pidfd, struct rind_error *err);

/* The command has ended. */
void bwrap_info_exited(const struct bwrap_info *info, int status);

#endif
