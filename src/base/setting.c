/* See setting.h.  Supervisor only; reads one file and changes nothing. */
#include "base/setting.h"

#include "base/fd.h"
#include "base/number.h"
#include "base/sys.h"

#include <limits.h>

long setting_read(const char *path)
{
	char text[32];
	_cleanup_close_ int fd = sys_openat(AT_FDCWD, path, O_RDONLY, 0);
	if (fd < 0)
		return -1;
	ssize_t size = read(fd, text, sizeof(text) - 1);
	if (size <= 0)
		return -1;
	text[size] = '\0';
	bool negative = *text == '-';
	const char *digits = text + negative;
	uint64_t number = 0;
	if (number_take(&digits, 10, LONG_MAX, &number) == -ERANGE)
		number = LONG_MAX;
	return negative ? -(long)number : (long)number;
}
