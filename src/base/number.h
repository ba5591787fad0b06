/* A number as text, without stdio and without memory: names of descriptors, in /proc/self/fd for one. */
#ifndef RIND_BASE_NUMBER_H
#define RIND_BASE_NUMBER_H

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

#endif
