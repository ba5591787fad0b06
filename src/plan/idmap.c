/* Id maps as text; see idmap.h.  Supervisor only, touches nothing. */
#include "plan/idmap.h"

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

/*
 * Are there count ids, starting at first?  The kernel refuses other maps too, but only at the
 * write.
 */
static bool range_exists(uint32_t first, uint32_t count)
{
	return count > 0 && first <= UINT32_MAX - count;
}

int idmap_format(char *buffer, size_t size, uint32_t inside, uint32_t outside, uint32_t count)
{
	if (!range_exists(inside, count) || !range_exists(outside, count))
		return -EINVAL;

	char text[IDMAP_TEXT_MAX];
	size_t length = (size_t)snprintf(text, sizeof(text), "%u %u %u\n", inside, outside, count);
	if (length >= size)
		return -ENOSPC;
	memcpy(buffer, text, length + 1);
	return 0;
}
