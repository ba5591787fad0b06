/* Save the terminal's settings and foreground group, and restore them after the command. */
#ifndef RIND_CLI_TERMINAL_H
#define RIND_CLI_TERMINAL_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>
#include <termios.h>

struct terminal {
	int fd;             /* -1: there is nothing to restore */
	bool in_background; /* rind was in the background: the settings are the shell's */
	struct termios settings;
	int discipline; /* the line discipline; -1: unknown */
	bool has_mode;
	mode_t mode; /* of the device */
};

/* Save the first terminal of our session among descriptors 0 to 2 and the kept ones. */
void terminal_save(struct terminal *ret, const int *kept, size_t kept_count);

/* Restore what has changed.  Everything in the sandbox must have ended. */
void terminal_restore(const struct terminal *terminal);

#endif
