/* See quantity.h.  By hand, since strtod() also takes "nan", "inf", "0x1p3", signs and blanks. */
#include "cli/quantity.h"

#include "base/number.h"

#include <errno.h>
#include <stdbool.h>
#include <string.h>
#include <strings.h>

struct unit {
	const char *name;
	uint64_t size;
};

/* NAME, NAMEb and NAMEib */
static const struct unit bytes[] = {
	{"k", UINT64_C(1) << 10},
	{"m", UINT64_C(1) << 20},
	{"g", UINT64_C(1) << 30},
	{"t", UINT64_C(1) << 40},
	{NULL, 0},
};

enum { MS = 1000 };

static const struct unit times[] = {
	{"", MS},
	{"ms", 1},
	{"s", MS},
	{"m", UINT64_C(60) * MS},
	{"h", UINT64_C(60) * 60 * MS},
	{"d", UINT64_C(24) * 60 * 60 * MS},
	{NULL, 0},
};

/*
 * The decimal fraction from digits to end, of a unit, rounded up.  From its last digit on, so that
 * no product is larger than ten units: the sum of a digit and what comes after it is divided by
 * ten, and rounded up at each digit it is the same as rounded up once.
 */
static uint64_t fraction_of(uint64_t unit, const char *digits, const char *end)
{
	uint64_t sum = 0;

	while (end > digits)
		sum = (sum + number_digit(*--end) * unit + 9) / 10;
	return sum;
}

/* The number that ends at end, in units of this size; false if it is none, or above limit. */
static bool scale(const char *text, const char *end, uint64_t unit, uint64_t limit, uint64_t *ret)
{
	uint64_t whole = 0, result;
	const char *at = text;

	int error = number_take(&at, 10, UINT64_MAX, &whole);
	bool digits = !error;
	if (error == -ERANGE || __builtin_mul_overflow(whole, unit, &result))
		return false;
	if (at < end && *at == '.') {
		const char *first = ++at;
		while (number_digit(*at) < 10)
			at++;
		digits |= at > first;
		if (__builtin_add_overflow(result, fraction_of(unit, first, at), &result))
			return false;
	}
	*ret = result;
	return digits && at == end && result <= limit;
}

/* Where the number ends and the unit begins. */
static const char *find_unit(const char *text)
{
	return text + strspn(text, "0123456789.");
}

uint64_t quantity_bytes(const char *text)
{
	const char *unit = find_unit(text);
	uint64_t result;

	if (!*unit)
		return number_parse(text, 10, UINT64_MAX, &result) < 0 ? 0 : result;
	if (unit[1] && strcasecmp(unit + 1, "b") != 0 && strcasecmp(unit + 1, "ib") != 0)
		return 0;
	for (const struct unit *known = bytes; known->name; known++)
		if (!strncasecmp(unit, known->name, 1))
			return scale(text, unit, known->size, UINT64_MAX, &result) ? result : 0;
	return 0;
}

int64_t quantity_ms(const char *text)
{
	const uint64_t longest = UINT64_C(1000000000) * MS; /* 31 years; no sum overflows */
	const char *unit = find_unit(text);
	uint64_t result;

	for (const struct unit *known = times; known->name; known++)
		if (!strcmp(unit, known->name))
			return scale(text, unit, known->size, longest, &result) && result
				       ? (int64_t)result
				       : -EINVAL;
	return -EINVAL;
}
