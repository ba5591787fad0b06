/* Sizes and times as people type them: a decimal number, which may have a fraction, and a unit. */
#ifndef RIND_CLI_QUANTITY_H
#define RIND_CLI_QUANTITY_H

#include <stdint.h>

/*
 * Bytes: a whole number; or one with K, M, G or T behind it, powers of 1024, in either case, as
 * well written KB or KiB: "512M", "1.5G", "2gb".  Rounded up; 0 for all else.
 */
uint64_t quantity_bytes(const char *text);

/*
 * Milliseconds: a number of seconds, or one with ms, s, m, h or d behind it: "0.5", "90s", "5m".
 * Rounded up; -EINVAL for all else, for 0, and above 1000000000 seconds.
 */
int64_t quantity_ms(const char *text);

#endif
