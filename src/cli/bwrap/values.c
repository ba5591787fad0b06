/* Reads the values of bwrap's options; see values.h.  Supervisor. */
#include "cli/bwrap/values.h"

#include "base/sys.h"

#include <ctype.h>
#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

int bwrap_value_int(const char *text, int64_t *ret)
{
	char *end;
	long number = strtol(text, &end, 10);

	if (!*text || *end || number < 0 || number > INT_MAX)
		return -EINVAL;
	*ret = number;
	return 0;
}

int bwrap_value_fd(const char *text, int *ret, struct rind_error *err)
{
	int64_t number;

	if (bwrap_value_int(text, &number) < 0)
		return rind_error_set(err, -EINVAL, "Invalid fd: %s", text);
	*ret = (int)number;
	return 0;
}

int bwrap_value_octal(const char *option, const char *text, int64_t *ret, struct rind_error *err)
{
	enum { MAX_PERMS = 07777 };
	char *end;
	unsigned long perms = strtoul(text, &end, 8);

	if (!*text || *end || perms > MAX_PERMS)
		return rind_error_set(err, -EINVAL, "%s takes an octal argument <= 07777", option);
	*ret = (int64_t)perms;
	return 0;
}

int bwrap_value_size(const char *text, int64_t *ret, struct rind_error *err)
{
	char *end;

	errno = 0;
	unsigned long long size = strtoull(text, &end, 0);
	/* Require a digit first: strtoull(3) also accepts blanks and a minus sign. */
	if (errno || !isdigit((unsigned char)*text) || *end || !size)
		return rind_error_set(err, -EINVAL, "--size takes a non-zero number of bytes");
	if (size > INT64_MAX)
		return rind_error_set(
			err, -EINVAL, "--size (for tmpfs) is limited to %lld", LLONG_MAX);
	*ret = (int64_t)size;
	return 0;
}

int bwrap_read_all(int fd, struct arena *arena, struct bwrap_data *ret)
{
	size_t capacity = 8192;

	*ret = (struct bwrap_data){.bytes = arena_alloc(arena, capacity)};
	while (ret->bytes) {
		ssize_t count = read(fd, ret->bytes + ret->size, capacity - ret->size - 1);
		if (count < 0 && errno == EINTR)
			continue;
		if (count < 0)
			return -errno;
		/* A faked end-of-file would leave options out. */
		if (count == 0 && sys_readable(fd) > 0)
			return -EIO;
		if (count == 0) {
			ret->bytes[ret->size] = '\0';
			return 0;
		}
		ret->size += (size_t)count;
		if (ret->size + 1 < capacity)
			continue;
		char *larger = arena_alloc(arena, capacity *= 2);
		if (larger)
			memcpy(larger, ret->bytes, ret->size);
		ret->bytes = larger;
	}
	return -ENOMEM;
}
