/*
 * Queue lines, and write them when the descriptor accepts them.
 *
 * The supervisor has other duties than its messages: it forwards signals, keeps the time limit, and
 * ends the sandbox with rind's parent.  So it never waits in a write, even to a pipe that nobody
 * reads or a terminal whose output the command has stopped.
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

/* Queue text. 0; -ENOMEM, also if too much is waiting already. */
int output_append(struct output *output, const char *text, size_t length);

/* Is something waiting to be written? */
bool output_pending(const struct output *output);

/* Write what the descriptor accepts now. 0; -errno: it will never accept more. */
int output_flush(struct output *output);

/* Drop what is waiting. */
void output_discard(struct output *output);

void output_release(struct output *output);

#endif
