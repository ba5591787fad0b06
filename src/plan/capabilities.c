/* Capabilities by name; see capabilities.h.  Supervisor only, changes nothing. */
#include "plan/capabilities.h"

#include "base/number.h"
#include "base/sys.h"

#include "capability_names.h"

#include <errno.h>
#include <stdio.h>
#include <strings.h>

#define CAPABILITY_LIMIT 64 /* the kernel's interface has two words of 32 bits */
#define CAPABILITY_NAMES ((int)(sizeof(capability_names) / sizeof(capability_names[0])))

/*
 * The kernel numbers capabilities without gaps and answers EINVAL after the last one: search for
 * it.
 */
int capability_last(void)
{
	int known = 0, unknown = CAPABILITY_LIMIT;
	while (unknown - known > 1) {
		int middle = (known + unknown) / 2;
		if (sys_prctl(PR_CAPBSET_READ, middle) < 0)
			unknown = middle;
		else
			known = middle;
	}
	return known;
}

/* A number as cap_from_name(3) accepts it, in base 10, 8 or 16; otherwise -EINVAL. */
static int number_from_text(const char *text)
{
	const bool hex = text[0] == '0' && (text[1] == 'x' || text[1] == 'X');
	const unsigned int base = hex ? 16 : *text == '0' ? 8 : 10;
	uint64_t number;

	if (number_parse(hex ? text + 2 : text, base, CAPABILITY_LIMIT - 1, &number) < 0)
		return -EINVAL;
	return (int)number;
}

int capability_from_name(const char *name)
{
	for (int number = 0; number < CAPABILITY_NAMES; number++)
		if (capability_names[number] && strcasecmp(name, capability_names[number]) == 0)
			return number;
	return number_from_text(name);
}

int capability_name(int number, char ret[CAPABILITY_NAME_MAX])
{
	if (number < 0 || number >= CAPABILITY_LIMIT)
		return -EINVAL;
	if (number < CAPABILITY_NAMES && capability_names[number])
		snprintf(ret, CAPABILITY_NAME_MAX, "%s", capability_names[number]);
	else
		snprintf(ret, CAPABILITY_NAME_MAX, "%d", number);
	return 0;
}

int capability_set_from_name(const char *name, uint64_t *ret)
{
	if (strcasecmp(name, "ALL") == 0) {
		*ret = UINT64_MAX >> (CAPABILITY_LIMIT - 1 - capability_last());
		return 0;
	}
	int number = capability_from_name(name);
	if (number < 0)
		return number;
	*ret = UINT64_C(1) << number;
	return 0;
}
