/* The terminal's settings and foreground group, put back as they were before the command. */
#ifndef RIND_FRONT_TERMINAL_H
#define RIND_FRONT_TERMINAL_H

#include <stdbool.h>
#include <sys/types.h>
#include <termios.h>

struct terminal {
	int fd; /* one of 0 to 2; -1: there is nothing to restore */
	struct termios settings;
	int discipline; /* of the line; -1: unknown */
	bool has_mode;
	mode_t mode; /* of the device */
};

/* Look at the first of descriptors 0 to 2 that is a terminal. */
void terminal_save(struct terminal *ret);

/* Put back what has changed.  Everything in the sandbox must have ended. */
void terminal_restore(const struct terminal *terminal);

#endif
