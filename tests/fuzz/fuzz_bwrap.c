/*
 * The parser of `rind bwrap`: its command line, and what it reads from descriptors (--args,
 * --add-seccomp-fd).  The bytes are words with a NUL after each; a byte 0xff ends them, and what is
 * behind it is what a descriptor gives.
 *
 * The calls that would touch more than that are replaced: only descriptor 9 can be read, nothing is
 * closed, the environment stays, every absolute path resolves to itself.
 */
#include "cli/bwrap/options.h"
#include "cli/bwrap/values.h"
#include "fuzz.h"

#include <errno.h>
#include <limits.h>
#include <sys/mman.h>
#include <unistd.h>

enum { READABLE = 9, WORDS_END = 0xff, MAX_PERMS = 07777 };

static struct {
	const uint8_t *data;
	size_t size;
	bool reading; /* the command line is being read */
} stream;

/* --- what is replaced ------------------------------------------------------------------------- */

int __wrap_bwrap_read_all(int fd, struct arena *arena, struct bwrap_data *ret);
int __real_bwrap_read_all(int fd, struct arena *arena, struct bwrap_data *ret);
int __wrap_close(int fd);
int __real_close(int fd);
int __wrap_setenv(const char *name, const char *value, int overwrite);
int __wrap_unsetenv(const char *name);
int __wrap_clearenv(void);
char *__wrap_realpath(const char *path, char *resolved);
void __wrap_bwrap_report_repeated(const char *name);

int __wrap_bwrap_read_all(int fd, struct arena *arena, struct bwrap_data *ret)
{
	if (fd != READABLE)
		return -EBADF;
	int file = memfd_create("stream", MFD_CLOEXEC);
	fuzz_check(file >= 0);
	fuzz_check(write(file, stream.data, stream.size) == (ssize_t)stream.size);
	fuzz_check(lseek(file, 0, SEEK_SET) == 0);
	int result = __real_bwrap_read_all(file, arena, ret);
	__real_close(file);
	fuzz_check(result == 0 && ret->size == stream.size && !ret->bytes[ret->size]);
	/* A descriptor is read to its end once. */
	stream.size = 0;
	return result;
}

int __wrap_close(int fd)
{
	return stream.reading ? 0 : __real_close(fd);
}

static int check_name(const char *name)
{
	if (*name && !strchr(name, '='))
		return 0;
	errno = EINVAL;
	return -1;
}

int __wrap_setenv(const char *name, const char *value, int overwrite)
{
	fuzz_check(value && overwrite);
	return check_name(name);
}

int __wrap_unsetenv(const char *name)
{
	return check_name(name);
}

int __wrap_clearenv(void)
{
	return 0;
}

char *__wrap_realpath(const char *path, char *resolved)
{
	fuzz_check(!resolved);
	if (*path == '/' && strlen(path) < PATH_MAX)
		return strdup(path);
	errno = *path == '/' ? ENAMETOOLONG : ENOENT;
	return NULL;
}

void __wrap_bwrap_report_repeated(const char *name)
{
	fuzz_check(name[0] == '-' && name[1] == '-');
}

/* --- what has to hold ------------------------------------------------------------------------- */

static void check_operation(const struct rind_plan *plan, size_t i)
{
	const struct plan_op *op = &plan->ops[i];

	fuzz_check(op->path && *op->path);
	fuzz_check(op->perms <= MAX_PERMS && op->fd >= -1);
	fuzz_check(op->type != PLAN_BIND || op->source);
	if (op->type != PLAN_FILE && op->type != PLAN_DATA)
		return;
	fuzz_check(op->fd >= 0 && op->first_reader <= i);
	if (op->first_reader)
		fuzz_check(plan->ops[op->first_reader].fd == op->fd);
}

static void check_plan(const struct rind_plan *plan)
{
	for (size_t i = 0; i < plan->op_count; i++)
		check_operation(plan, i);
	for (size_t i = 0; i < plan->filter_count; i++)
		fuzz_check(!plan->filters[i].len || plan->filters[i].filter);
	for (size_t i = 0; i < plan->lock_count; i++)
		fuzz_check(plan->locks[i]);
	fuzz_check(!plan->filter_count || plan->filter_fd < 0);
}

static void check_finished(const struct bwrap_options *options)
{
	const struct rind_plan *plan = options->plan;

	fuzz_check(options->plan->env && options->arguments[0]);
	fuzz_check(plan->directory_count <= 2);
	fuzz_check(!plan->as_pid_1 || options->plan->namespaces & PLAN_NS_PID);
	fuzz_check(!options->plan->hostname || options->plan->namespaces & PLAN_NS_UTS);
}

static void check_error(int result, const struct rind_error *err)
{
	fuzz_check(err->code == result && *err->message);
	fuzz_check(strlen(err->message) < sizeof(err->message));
}

static int read_options(
	struct bwrap_options *options, size_t count, char **words, struct rind_error *err)
{
	stream.reading = true;
	int result = bwrap_options_read(options, BWRAP_TO_RUN, (int)count, words, 0, err);
	stream.reading = false;
	return result;
}

static void parse(size_t count, char **words)
{
	struct bwrap_options options;
	struct rind_error err;

	int result = read_options(&options, count, words, &err);
	if (result < 0)
		check_error(result, &err);
	check_plan(options.plan);
	if (result == BWRAP_GO_ON) {
		fuzz_check(options.arguments + options.argument_count == words + count);
		result = bwrap_options_finish(&options, &err);
		if (result < 0)
			check_error(result, &err);
		else if (options.argument_count)
			check_finished(&options);
	}
	fuzz_check(result < 0 || result == BWRAP_GO_ON || result == BWRAP_HELP ||
		   result == BWRAP_VERSION);
	bwrap_options_free(&options);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const uint8_t *end = size ? memchr(data, WORDS_END, size) : NULL;
	size_t length = end ? (size_t)(end - data) : size, count;
	static const uint8_t nothing[1];

	stream.data = end ? end + 1 : nothing;
	stream.size = end ? size - length - 1 : 0;
	char **words = fuzz_split(data, length, &count);
	parse(count, words);
	free(words);
	return 0;
}
