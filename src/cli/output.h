/*
 * Lines that are queued and written when the descriptor takes them.
 *
 * The supervisor has promised more than its messages: signals are passed on, the time limit holds,
 * the sandbox ends with rind's parent.  So it never waits in a write, whatever it writes to: a pipe
 * that nobody reads, a terminal whose output the command has stopped.
 */
#ifndef RIND_CLI_OUTPUT_H
#define RIND_CLI_OUTPUT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct output {
	int fd; /* -1: nothing is written */
	size_t length, written;
	char *text;
};

/* Queue it.  0; -ENOMEM, also when more is waiting than anybody will ever read. */
int output_append(struct output *output, const char *text, size_t length);

/* Is something waiting to be written? */
bool output_pending(const struct output *output);

/* Write what the descriptor takes now.  0 or -errno: more will never be written. */
int output_flush(struct output *output);

/* Forget what is waiting. */
void output_discard(struct output *output);

void output_release(struct output *output);

#endif
