/* Restore the status flags of open files after the command: it shares these with other programs. */
#ifndef RIND_CLI_OPEN_FILES_H
#define RIND_CLI_OPEN_FILES_H

#include "base/error.h"

#include <stddef.h>

struct open_files {
	const int *kept; /* besides descriptors 0 to 2 */
	size_t kept_count;
	int *flags; /* of 0 to 2, then of the kept ones; -1: unknown */
};

/* The kept descriptors have to outlive *ret. */
int open_files_save(struct open_files *ret, const int *kept, size_t kept_count,
	struct rind_error *err) _must_check_;

/* Restore the flags that have changed.  Everything in the sandbox must have ended. */
void open_files_restore(const struct open_files *files);

void open_files_release(struct open_files *files);

#endif
