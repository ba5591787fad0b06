/*
 * Numbers as text, without stdio and without memory: names of descriptors, in /proc/self/fd for one.  And numbers
 * from text, without strtol: newer glibc headers call it __isoc23_strtol, which other C libraries lack.
 */
#ifndef RIND_BASE_NUMBER_H
#define RIND_BASE_NUMBER_H

#include <limits.h>
#include <stdbool.h>
#include <stddef.h>

enum { NUMBER_SIZE = 12 }; /* of the text, with its end */

/* Write it in decimal. */
static inline void number_format(char *text, unsigned int number)
{
	char digits[NUMBER_SIZE];
	size_t count = 0;

	do
		digits[count++] = (char)('0' + number % 10);
	while (number /= 10);
	while (count)
		*text++ = digits[--count];
	*text = '\0';
}

static inline unsigned int number_digit(char c)
{
	const char letter = (char)(c | 0x20);

	if (c >= '0' && c <= '9')
		return (unsigned int)(c - '0');
	return letter >= 'a' && letter <= 'f' ? (unsigned int)(letter - 'a') + 10 : ~0U;
}

/*
 * The number that the text begins with, of base 8, 10 or 16, or ULONG_MAX if it is larger; 0 where there is none.
 * *ret_end is what comes after it.
 */
static inline unsigned long number_read(const char *text, unsigned int base, const char **ret_end)
{
	unsigned long number = 0;
	bool large = false;

	for (; number_digit(*text) < base; text++) {
		large |= __builtin_mul_overflow(number, base, &number);
		large |= __builtin_add_overflow(number, number_digit(*text), &number);
	}
	*ret_end = text;
	return large ? ULONG_MAX : number;
}

#endif
