/*
 * The values of bwrap's options: numbers, as bwrap reads them, and the data of a descriptor.
 * Supervisor.
 */
#ifndef RIND_CLI_BWRAP_VALUES_H
#define RIND_CLI_BWRAP_VALUES_H

#include "base/arena.h"
#include "base/error.h"

#include <stdint.h>

/* A number from 0 to the largest int.  -EINVAL; sets no error message. */
int bwrap_value_int(const char *text, int64_t *ret) _must_check_;
int bwrap_value_fd(const char *text, int *ret, struct rind_error *err) _must_check_;
/* A file mode; option is its name, for the error message. */
int bwrap_value_octal(
	const char *option, const char *text, int64_t *ret, struct rind_error *err) _must_check_;
int bwrap_value_size(const char *text, int64_t *ret, struct rind_error *err) _must_check_;

struct bwrap_data {
	char *bytes; /* with a NUL at the end */
	size_t size;
};

/* Read a descriptor to its end.  -errno of read(2), or -ENOMEM. */
int bwrap_read_all(int fd, struct arena *arena, struct bwrap_data *ret) _must_check_;

#endif
