/*
 * Errors as functions of rind report them: a negative errno to act on, and a sentence for people.
 *
 * Runs in the supervisor only: formatting a text needs stdio.  The child side reports numbers
 * (see sandbox/protocol.h) and the supervisor writes the sentence.
 */
#ifndef RIND_BASE_ERROR_H
#define RIND_BASE_ERROR_H

#include <rind.h>

/* Exit statuses of rind's own, as env(1), timeout(1) and the shells use them. */
enum {
	RIND_EXIT_TIMEOUT = 124,
	RIND_EXIT_FAILURE = 125,
	RIND_EXIT_CANNOT_EXECUTE = 126,
	RIND_EXIT_NOT_FOUND = 127,
};

#define _must_check_ __attribute__((warn_unused_result))

/*
 * Write a sentence into err (NULL: drop it) and return code, which is negative, so that a
 * caller can `return rind_error_set(err, -ENOENT, "…")`.  A sentence longer than the buffer is cut.
 */
int rind_error_set(struct rind_error *err, int code, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

/*
 * The English text of an errno, as strerror(3) of the build machine's C library words it, whatever
 * C library rind is linked with: people and programs know these words.  Unlike strerror(3) it is
 * thread-safe, and has one text for all numbers that no kernel returns.
 */
const char *errno_text(int error);

/* The usual sentence for "no memory"; returns -ENOMEM. */
int rind_error_no_memory(struct rind_error *err);

#endif
