/* The terminal that a sandbox of the fault matrix is started on. */
#ifndef FAULT_TERMINAL_H
#define FAULT_TERMINAL_H

#include <stdbool.h>
#include <stddef.h>

enum terminal_place {
	TERMINAL_ABSENT,
	TERMINAL_FOREGROUND, /* rind's process group is the one in the foreground */
	TERMINAL_BACKGROUND, /* another one is */
};

/* What a look at the terminal found to be different from before. */
struct terminal_change {
	bool any;
	char what[256];
};

/* Lines are waiting in its input, and nothing in its output.  Makes the terminal the first time. */
void terminal_prepare(void);

/*
 * In the process that starts rind: put it into a process group of its own in the terminal's
 * session, in the foreground or not.
 */
void terminal_join(enum terminal_place place);

/* Standard input for a rind in that place, a new descriptor. */
int terminal_input(enum terminal_place place);

/* Standard output and error: a descriptor of this module's. */
int terminal_output(void);

/* What has been written to it since terminal_prepare(), as far as there is room for it. */
void terminal_read(char *text, size_t size);

struct terminal_change terminal_look(void);

#endif
