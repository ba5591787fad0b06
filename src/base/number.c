/* Child side, and everywhere else: numbers and texts; see number.h. */
#include "base/number.h"

#include <errno.h>
#include <limits.h>
#include <stdbool.h>
#include <stddef.h>

void number_format(char *text, unsigned int number)
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

unsigned int number_digit(char c)
{
	const char letter = (char)(c | 0x20);

	if (c >= '0' && c <= '9')
		return (unsigned int)(c - '0');
	return letter >= 'a' && letter <= 'f' ? (unsigned int)(letter - 'a') + 10 : UINT_MAX;
}

int number_take(const char **at, unsigned int base, uint64_t limit, uint64_t *ret)
{
	const char *text = *at;
	uint64_t number = 0;
	bool large = false;

	for (; number_digit(*text) < base; text++) {
		large |= __builtin_mul_overflow(number, base, &number);
		large |= __builtin_add_overflow(number, number_digit(*text), &number);
	}
	if (text == *at)
		return -EINVAL;
	if (large || number > limit)
		return -ERANGE;
	*at = text;
	*ret = number;
	return 0;
}

int number_parse(const char *text, unsigned int base, uint64_t limit, uint64_t *ret)
{
	uint64_t number;

	int error = number_take(&text, base, limit, &number);
	if (error < 0)
		return error;
	if (*text)
		return -EINVAL;
	*ret = number;
	return 0;
}
