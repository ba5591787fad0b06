/*
 * JSON strings.
 *
 * Paths are bytes, JSON strings are Unicode.  A byte B that is not part of valid UTF-8 becomes the
 * lone surrogate U+DC00+B (PEP 383, "surrogateescape"): every path can be written, two different
 * paths never look the same, and Python's os.fsencode() gives the very bytes back.
 */
#ifndef RIND_CLI_JSON_H
#define RIND_CLI_JSON_H

#include <stdbool.h>
#include <stdio.h>

/* Write bytes as a JSON string, with its quotes.  Errors stay in the stream (ferror). */
void json_write_string(FILE *out, const char *bytes);

/* Write `"name": "value"`, and a comma in front of it unless it is the first of its object. */
void json_write_member(FILE *out, bool first, const char *name, const char *value);

#endif
