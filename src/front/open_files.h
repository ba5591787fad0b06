/* The flags of the open files behind descriptors 0 to 2, which others share: put back after the command. */
#ifndef RIND_FRONT_OPEN_FILES_H
#define RIND_FRONT_OPEN_FILES_H

#include <unistd.h>

struct open_files {
	int flags[STDERR_FILENO + 1]; /* -1: unknown */
};

void open_files_save(struct open_files *ret);

/* Put back what has changed.  Everything in the sandbox must have ended. */
void open_files_restore(const struct open_files *files);

#endif
