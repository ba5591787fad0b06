/* What rind says: one line each on standard error, and answers on standard output. */
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
 * There is something to watch over from now on: what standard error does not take at once waits in
 * the queue, which whoever waits for events has to flush.
 */
void report_without_waiting(void);
struct output *report_queue(void);

/* "rind: MESSAGE".  Returns the status to exit with. */
int report_error(const struct rind_error *err);

/* "rind: TEXT", for a warning that changes nothing else, and for --verbose. */
void report_line(const char *format, ...) __attribute__((format(printf, 1, 2)));

/*
 * Everything has been written to standard output: status, or RIND_EXIT_FAILURE when not all of it
 * arrived (a full disk), which is then reported.
 */
int report_finish_output(int status) _must_check_;

#endif
