/* What rind writes: messages of one line on standard error, and answers on standard output. */
#ifndef RIND_CLI_REPORT_H
#define RIND_CLI_REPORT_H

#include "base/error.h"
#include "cli/output.h"

/*
 * Collect each line of standard error and write it at once, so that lines of several sandboxes on
 * one terminal do not mix.  Call it once, before anything is reported.
 */
void report_init(void);

/*
 * From now on there is a sandbox to watch: lines that standard error does not accept at once wait
 * in the queue; the loop that waits for events has to flush it.
 */
void report_without_waiting(void);
struct output *report_queue(void);

/* "rind: MESSAGE".  Returns the status to exit with. */
int report_error(const struct rind_error *err);

/* "rind: TEXT", for warnings and for --verbose. */
void report_line(const char *format, ...) __attribute__((format(printf, 1, 2)));

/*
 * Flush standard output.  Returns status, or RIND_EXIT_FAILURE, with a message, if not all of it
 * could be written (a full disk).
 */
int report_finish_output(int status) _must_check_;

#endif
