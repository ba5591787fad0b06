/*
 * Child side, and everywhere else: numbers as text, and from text, without stdio and without
 * memory.  Not by strtol: newer glibc headers call it __isoc23_strtol, which other C libraries
 * lack; and it takes blanks, signs and prefixes that no text of the kernel has.
 */
#ifndef RIND_BASE_NUMBER_H
#define RIND_BASE_NUMBER_H

#include "base/error.h"

#include <stdint.h>

enum { NUMBER_SIZE = 12 }; /* of the text, with its end */

/* Write it in decimal. */
void number_format(char *text, unsigned int number);

/*
 * What the digit is worth, in base 16 or a lower one, letters of either case; UINT_MAX for what is
 * none.
 */
unsigned int number_digit(char c);

/*
 * Read the number that the text at *at begins with, in a base from 2 to 16: digits and nothing
 * else, so no blank, no sign and no prefix such as 0x; zeros may lead.  It ends at the first
 * character that is no digit of the base.
 *
 *   0        *ret is the number, at most limit, and *at is what comes after it
 *   -EINVAL  there is no digit
 *   -ERANGE  the number is larger than limit, whatever its length
 *
 * After a failure *at and *ret are as before.
 */
int number_take(const char **at, unsigned int base, uint64_t limit, uint64_t *ret) _must_check_;

/* As number_take(), of all of the text: -EINVAL when anything comes after the number. */
int number_parse(const char *text, unsigned int base, uint64_t limit, uint64_t *ret) _must_check_;

#endif
