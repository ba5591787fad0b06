/* The terminal's settings and foreground group, put back as they were before the command. */
#ifndef RIND_CLI_TERMINAL_H
#define RIND_CLI_TERMINAL_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>
#include <termios.h>

struct terminal {
	int fd;             /* -1: there is nothing to restore */
	bool in_background; /* rind was: the settings are the shell's */
	struct termios settings;
	int discipline; /* of the line; -1: unknown */
	bool has_mode;
	mode_t mode; /* of the device */
};

/*
 * Look at the first of descriptors 0 to 2 and of those that are kept that is a terminal of our
 * session.
 */
void terminal_save(struct terminal *ret, const int *kept, size_t kept_count);

/* Put back what has changed.  Everything in the sandbox must have ended. */
void terminal_restore(const struct terminal *terminal);

#endif
