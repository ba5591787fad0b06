/*
 * What `rind bwrap` prints on standard error: "bwrap: TEXT", byte for byte as bubblewrap.
 * Supervisor.
 */
#ifndef RIND_CLI_BWRAP_REPORT_H
#define RIND_CLI_BWRAP_REPORT_H

#include "base/error.h"

enum { BWRAP_EXIT_FAILURE = 1 };

/* --level-prefix: from now on each line begins with its syslog priority, as "<3>". */
void bwrap_report_levels(void);

/* Print the error; returns the exit status. */
int bwrap_report_error(const struct rind_error *err);

/* Warn: "Only the last NAME option will take effect". */
void bwrap_report_repeated(const char *name);

#endif
