/*
 * Turns options of bwrap into operations; see mounts.h.  Supervisor; looks at the host only for
 * the sources of overlays.
 */
#include "cli/bwrap/mounts.h"

#include "cli/bwrap/values.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

enum { NOT_MINE = 1 };

/* --- operations ------------------------------------------------------------------------------- */

/*
 * Append an operation.  An empty destination would be the root, which the caller cannot have
 * meant.
 */
static struct plan_op *add(struct bwrap_options *options, enum plan_op_type type, const char *dest,
	const struct bwrap_option *option, struct rind_error *err)
{
	if (!*dest) {
		(void)rind_error_set(err, -EINVAL, "%s: empty destination", option->name);
		return NULL;
	}
	struct plan_op *op = plan_add_op(options->plan, type, dest);
	if (!op) {
		(void)rind_error_no_memory(err);
		return NULL;
	}
	op->access = RIND_ACCESS_WRITABLE;
	op->rule = option->name;
	return op;
}

static unsigned int bind_flags(enum bwrap_key key)
{
	switch (key) {
	case KEY_BIND_TRY:
		return PLAN_IF_PRESENT;
	case KEY_DEV_BIND:
		return PLAN_DEVICES;
	case KEY_DEV_BIND_TRY:
		return PLAN_DEVICES | PLAN_IF_PRESENT;
	case KEY_RO_BIND:
	case KEY_RO_BIND_FD:
	case KEY_RO_BIND_DATA:
		return PLAN_READ_ONLY;
	case KEY_RO_BIND_TRY:
		return PLAN_READ_ONLY | PLAN_IF_PRESENT;
	default:
		return 0;
	}
}

static void set_flags(struct plan_op *op, enum bwrap_key key)
{
	op->flags = bind_flags(key);
	if (op->flags & PLAN_READ_ONLY)
		op->access = RIND_ACCESS_READABLE;
}

static int add_bind(struct bwrap_options *options, const struct bwrap_option *option, char **values,
	struct rind_error *err)
{
	struct plan_op *op = add(options, PLAN_BIND, values[1], option, err);
	if (!op)
		return -EINVAL;
	op->source = values[0];
	set_flags(op, option->key);
	return 0;
}

static int add_bind_fd(struct bwrap_options *options, const struct bwrap_option *option,
	char **values, struct rind_error *err)
{
	int fd;
	if (bwrap_value_fd(values[0], &fd, err) < 0)
		return -EINVAL;
	struct plan_op *op = add(options, PLAN_BIND, values[1], option, err);
	if (!op)
		return -EINVAL;
	op->fd = fd;
	op->source = arena_printf(&options->plan->arena, "/proc/self/fd/%d", fd);
	set_flags(op, option->key);
	return op->source ? 0 : rind_error_no_memory(err);
}

/* Use the mode of a preceding --perms for this operation. */
static void take_perms(struct bwrap_options *options, struct plan_op *op, unsigned int otherwise)
{
	op->perms = options->perms >= 0 ? (unsigned int)options->perms : otherwise;
	if (options->perms >= 0)
		op->flags |= PLAN_PERMS;
	options->perms = -1;
}

static int add_directory(struct bwrap_options *options, const struct bwrap_option *option,
	char **values, struct rind_error *err)
{
	struct plan_op *op = add(options, PLAN_DIRECTORY, values[0], option, err);
	if (!op)
		return -EINVAL;
	take_perms(options, op, 0755);
	return 0;
}

static int add_tmpfs(struct bwrap_options *options, const struct bwrap_option *option,
	char **values, struct rind_error *err)
{
	struct arena *arena = &options->plan->arena;
	struct plan_op *op = add(options, PLAN_TMPFS, values[0], option, err);
	if (!op)
		return -EINVAL;
	take_perms(options, op, 0755);
	op->mode = arena_printf(arena, "%#o", op->perms);
	if (options->size)
		op->size = arena_printf(arena, "%" PRId64, options->size);
	bool failed = !op->mode || (options->size && !op->size);
	options->size = 0;
	return failed ? rind_error_no_memory(err) : 0;
}

/* A descriptor can be read only once: later operations copy the file of the first one. */
static void share_data(struct rind_plan *plan)
{
	struct plan_op *op = &plan->ops[plan->op_count - 1];

	for (struct plan_op *other = plan->ops; other < op; other++) {
		if (other->fd != op->fd || (other->type != PLAN_FILE && other->type != PLAN_DATA))
			continue;
		other->flags |= PLAN_REREAD;
		op->first_reader = (size_t)(other - plan->ops);
		return;
	}
}

static int add_data(struct bwrap_options *options, const struct bwrap_option *option, char **values,
	struct rind_error *err)
{
	bool is_file = option->key == KEY_FILE;
	int fd;
	if (bwrap_value_fd(values[0], &fd, err) < 0)
		return -EINVAL;
	struct plan_op *op = add(options, is_file ? PLAN_FILE : PLAN_DATA, values[1], option, err);
	if (!op)
		return -EINVAL;
	op->fd = fd;
	op->source = values[1]; /* for the sentence about a failed bind */
	set_flags(op, option->key);
	take_perms(options, op, is_file ? 0666 : 0600);
	share_data(options->plan);
	return 0;
}

static int add_symlink(struct bwrap_options *options, const struct bwrap_option *option,
	char **values, struct rind_error *err)
{
	struct plan_op *op = add(options, PLAN_SYMLINK, values[1], option, err);
	if (!op)
		return -EINVAL;
	op->source = values[0];
	return 0;
}

static int add_chmod(struct bwrap_options *options, const struct bwrap_option *option,
	char **values, struct rind_error *err)
{
	int64_t perms;
	if (bwrap_value_octal(option->name, values[0], &perms, err) < 0)
		return -EINVAL;
	struct plan_op *op = add(options, PLAN_CHMOD, values[1], option, err);
	if (!op)
		return -EINVAL;
	op->perms = (unsigned int)perms;
	return 0;
}

static int add_plain(struct bwrap_options *options, const struct bwrap_option *option,
	enum plan_op_type type, char **values, struct rind_error *err)
{
	struct plan_op *op = add(options, type, values[0], option, err);
	if (!op)
		return -EINVAL;
	if (type == PLAN_REMOUNT)
		op->access = RIND_ACCESS_READABLE;
	/* For PROC, if the pid namespace is the caller's. */
	op->source = "/proc";
	return 0;
}

/* --- overlays --------------------------------------------------------------------------------- */

int bwrap_mounts_refuse_sources(struct rind_error *err)
{
	return rind_error_set(err, -EINVAL,
		"--overlay-src must be followed by another --overlay-src or one of --overlay, "
		"--tmp-overlay, or --ro-overlay");
}

static int add_source(struct bwrap_options *options, const char *path, struct rind_error *err)
{
	struct bwrap_sources *sources = &options->sources;
	const char **paths =
		arena_grow(&options->plan->arena, sources->paths, sources->count, sizeof(*paths));
	if (!paths)
		return rind_error_no_memory(err);
	sources->paths = paths;
	paths[sources->count++] = path;
	return 0;
}

/* The end of a string of mount options, in which commas and colons of paths are escaped. */
struct mount_options {
	char *end;
};

static void append(struct mount_options *text, const char *plain)
{
	text->end = stpcpy(text->end, plain);
}

/*
 * realpath(3) relies on readlink(2), which a filter could fake: verify that the result is the
 * same file.
 */
static char *resolve(const char *path)
{
	struct stat first = {0}, second = {0};
	char *resolved = realpath(path, NULL);

	if (!resolved || (stat(path, &first) == 0 && stat(resolved, &second) == 0 &&
				 first.st_dev == second.st_dev && first.st_ino == second.st_ino))
		return resolved;
	free(resolved);
	errno = ESTALE;
	return NULL;
}

static int append_path(struct mount_options *text, const char *path, struct rind_error *err)
{
	char *resolved = resolve(path);
	if (!resolved)
		return rind_error_set(
			err, -errno, "Can't find source path %s: %s", path, errno_text(errno));
	for (const char *at = resolved; *at; at++) {
		if (strchr("\\,:", *at))
			*text->end++ = '\\';
		*text->end++ = *at;
	}
	*text->end = '\0';
	free(resolved);
	return 0;
}

/* values: the upper directory and the work directory; NULL: a read-only or temporary overlay. */
static int write_overlay_options(struct bwrap_options *options, struct mount_options *text,
	char **values, struct rind_error *err)
{
	const struct bwrap_sources *sources = &options->sources;
	int error = 0;

	if (values) {
		append(text, "upperdir=");
		error = append_path(text, values[0], err);
		append(text, ",workdir=");
		if (!error)
			error = append_path(text, values[1], err);
		append(text, ",");
	}
	append(text, "lowerdir=");
	/* The last --overlay-src is the topmost layer, which the kernel expects first. */
	for (size_t i = sources->count; !error && i; i--) {
		error = append_path(text, sources->paths[i - 1], err);
		append(text, i > 1 ? ":" : "");
	}
	append(text, ",userxattr");
	return error;
}

static int check_sources(const struct bwrap_options *options, const struct bwrap_option *option,
	struct rind_error *err)
{
	bool two = option->key == KEY_RO_OVERLAY;

	if (options->sources.count >= 1 + (size_t)two)
		return 0;
	return rind_error_set(err, -EINVAL, "%s requires at least %s --overlay-src", option->name,
		two ? "two" : "one");
}

static int add_overlay(struct bwrap_options *options, const struct bwrap_option *option,
	char **values, struct rind_error *err)
{
	enum { ROOM = 128 };
	bool writable = option->key == KEY_OVERLAY;
	/* Room for all paths, with every byte escaped. */
	size_t size = ROOM + (options->sources.count + 2) * 2 * 4096;
	char *start = arena_alloc(&options->plan->arena, size);
	if (!start)
		return rind_error_no_memory(err);
	struct mount_options text = {.end = start};
	int error = check_sources(options, option, err);
	if (!error)
		error = write_overlay_options(options, &text, writable ? values : NULL, err);
	if (error < 0)
		return error;
	options->sources = (struct bwrap_sources){0};

	struct plan_op *op = add(options, PLAN_OVERLAY, values[writable ? 2 : 0], option, err);
	if (!op)
		return -EINVAL;
	op->source = start;
	if (option->key == KEY_TMP_OVERLAY)
		op->flags |= PLAN_TEMPORARY;
	if (option->key == KEY_RO_OVERLAY)
		op->access = RIND_ACCESS_READABLE;
	return 0;
}

int bwrap_mounts_read(struct bwrap_options *options, const struct bwrap_option *option,
	char **values, struct rind_error *err)
{
	switch (option->key) {
	case KEY_BIND:
	case KEY_BIND_TRY:
	case KEY_DEV_BIND:
	case KEY_DEV_BIND_TRY:
	case KEY_RO_BIND:
	case KEY_RO_BIND_TRY:
		return add_bind(options, option, values, err);
	case KEY_BIND_FD:
	case KEY_RO_BIND_FD:
		return add_bind_fd(options, option, values, err);
	case KEY_REMOUNT_RO:
		return add_plain(options, option, PLAN_REMOUNT, values, err);
	case KEY_OVERLAY_SRC:
		return add_source(options, values[0], err);
	case KEY_OVERLAY:
	case KEY_TMP_OVERLAY:
	case KEY_RO_OVERLAY:
		return add_overlay(options, option, values, err);
	case KEY_PROC:
		return add_plain(options, option, PLAN_PROC, values, err);
	case KEY_DEV:
		return add_plain(options, option, PLAN_DEV, values, err);
	case KEY_TMPFS:
		return add_tmpfs(options, option, values, err);
	case KEY_MQUEUE:
		return add_plain(options, option, PLAN_MQUEUE, values, err);
	case KEY_DIR:
		return add_directory(options, option, values, err);
	case KEY_FILE:
	case KEY_BIND_DATA:
	case KEY_RO_BIND_DATA:
		return add_data(options, option, values, err);
	case KEY_SYMLINK:
		return add_symlink(options, option, values, err);
	case KEY_CHMOD:
		return add_chmod(options, option, values, err);
	default:
		return NOT_MINE;
	}
}
