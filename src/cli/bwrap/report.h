/* What `rind bwrap` says on standard error: as bwrap does, "bwrap: TEXT", byte for byte. */
#ifndef RIND_CLI_BWRAP_REPORT_H
#define RIND_CLI_BWRAP_REPORT_H

#include "base/error.h"

enum { BWRAP_EXIT_FAILURE = 1 };

/* --level-prefix: from here on each line begins with its syslog priority, as "<3>". */
void bwrap_report_levels(void);

/* Returns the status to exit with. */
int bwrap_report_error(const struct rind_error *err);

/* "Only the last NAME option will take effect", a warning. */
void bwrap_report_repeated(const char *name);

#endif
