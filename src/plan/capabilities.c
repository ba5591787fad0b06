/* Capabilities by name; see capabilities.h.  Supervisor only, changes nothing. */
#include "plan/capabilities.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>
#include <sys/capability.h>

#define CAPABILITY_LIMIT 64 /* the kernel's interface has two words of 32 bits */

int capability_last(void)
{
	return cap_max_bits() - 1;
}

/*
 * libcap parses lists and stops at what cannot be part of a name, so that "cap_kill,cap_chown"
 * would be cap_kill: a second capability silently neither dropped nor kept.
 */
static bool is_one_name(const char *name)
{
	static const char letters[] =
		"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_";
	return *name && name[strspn(name, letters)] == '\0';
}

int capability_from_name(const char *name, int *ret, struct rind_error *err)
{
	cap_value_t number;
	if (!is_one_name(name) || cap_from_name(name, &number) < 0)
		return rind_error_set(err, -EINVAL,
			"unknown capability '%s'; give one name from capabilities(7), such as CAP_NET_ADMIN",
			name);
	*ret = number;
	return 0;
}

int capability_name(int number, char ret[CAPABILITY_NAME_MAX])
{
	if (number < 0 || number >= CAPABILITY_LIMIT)
		return -EINVAL;
	char *name = cap_to_name(number);
	if (!name)
		return -ENOMEM;
	snprintf(ret, CAPABILITY_NAME_MAX, "%s", name);
	cap_free(name);
	return 0;
}

static struct capability_set every_capability(void)
{
	int count = capability_last() + 1;
	return (struct capability_set){
		.bits = count >= CAPABILITY_LIMIT ? UINT64_MAX : (UINT64_C(1) << count) - 1,
	};
}

int capability_set_from_name(const char *name, struct capability_set *ret, struct rind_error *err)
{
	if (strcasecmp(name, "ALL") == 0) {
		*ret = every_capability();
		return 0;
	}
	int number = 0;
	int code = capability_from_name(name, &number, err);
	if (code)
		return code;
	ret->bits = UINT64_C(1) << number;
	return 0;
}
