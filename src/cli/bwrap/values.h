/* The values of bwrap's options: numbers as bwrap reads them, and what a descriptor has to give. */
#ifndef RIND_CLI_BWRAP_VALUES_H
#define RIND_CLI_BWRAP_VALUES_H

#include "base/arena.h"
#include "base/error.h"

#include <stdint.h>

/* A number from 0 to the largest int.  -EINVAL, without a sentence. */
int bwrap_value_int(const char *text, int64_t *ret) _must_check_;
int bwrap_value_fd(const char *text, int *ret, struct rind_error *err) _must_check_;
/* Permissions; option is for the sentence. */
int bwrap_value_octal(
	const char *option, const char *text, int64_t *ret, struct rind_error *err) _must_check_;
int bwrap_value_size(const char *text, int64_t *ret, struct rind_error *err) _must_check_;

struct bwrap_data {
	char *bytes; /* with a NUL behind the last */
	size_t size;
};

/* All that a descriptor gives, to its end.  -errno of read(2), -ENOMEM. */
int bwrap_read_all(int fd, struct arena *arena, struct bwrap_data *ret) _must_check_;

#endif
