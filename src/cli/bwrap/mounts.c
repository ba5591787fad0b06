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

/* What the first value of an option is.  The last one is always the destination. */
enum first_value { FIRST_IS_DEST, FIRST_IS_SOURCE, FIRST_IS_FD, FIRST_IS_MODE };

struct mount_kind {
	enum bwrap_key key;
	enum plan_op_type type;
	enum first_value first;
	unsigned int flags;
	unsigned int perms; /* without --perms; 0: --perms does not apply */
};

/* The overlays, which need more than their values, are not here. */
static const struct mount_kind kinds[] = {
	{KEY_BIND, PLAN_BIND, FIRST_IS_SOURCE, 0, 0},
	{KEY_BIND_TRY, PLAN_BIND, FIRST_IS_SOURCE, PLAN_IF_PRESENT, 0},
	{KEY_DEV_BIND, PLAN_BIND, FIRST_IS_SOURCE, PLAN_DEVICES, 0},
	{KEY_DEV_BIND_TRY, PLAN_BIND, FIRST_IS_SOURCE, PLAN_DEVICES | PLAN_IF_PRESENT, 0},
	{KEY_RO_BIND, PLAN_BIND, FIRST_IS_SOURCE, PLAN_READ_ONLY, 0},
	{KEY_RO_BIND_TRY, PLAN_BIND, FIRST_IS_SOURCE, PLAN_READ_ONLY | PLAN_IF_PRESENT, 0},
	{KEY_BIND_FD, PLAN_BIND, FIRST_IS_FD, 0, 0},
	{KEY_RO_BIND_FD, PLAN_BIND, FIRST_IS_FD, PLAN_READ_ONLY, 0},
	{KEY_REMOUNT_RO, PLAN_REMOUNT, FIRST_IS_DEST, 0, 0},
	{KEY_PROC, PLAN_PROC, FIRST_IS_DEST, 0, 0},
	{KEY_DEV, PLAN_DEV, FIRST_IS_DEST, 0, 0},
	{KEY_TMPFS, PLAN_TMPFS, FIRST_IS_DEST, 0, 0755},
	{KEY_MQUEUE, PLAN_MQUEUE, FIRST_IS_DEST, 0, 0},
	{KEY_DIR, PLAN_DIRECTORY, FIRST_IS_DEST, 0, 0755},
	{KEY_FILE, PLAN_FILE, FIRST_IS_FD, 0, 0666},
	{KEY_BIND_DATA, PLAN_DATA, FIRST_IS_FD, 0, 0600},
	{KEY_RO_BIND_DATA, PLAN_DATA, FIRST_IS_FD, PLAN_READ_ONLY, 0600},
	{KEY_SYMLINK, PLAN_SYMLINK, FIRST_IS_SOURCE, 0, 0},
	{KEY_CHMOD, PLAN_CHMOD, FIRST_IS_MODE, 0, 0},
};

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

/* Use the mode of a preceding --perms for this operation. */
static void take_perms(struct bwrap_options *options, struct plan_op *op, unsigned int otherwise)
{
	op->perms = options->perms >= 0 ? (unsigned int)options->perms : otherwise;
	if (options->perms >= 0)
		op->flags |= PLAN_PERMS;
	options->perms = -1;
}

static int set_up_tmpfs(struct bwrap_options *options, struct plan_op *op, struct rind_error *err)
{
	struct arena *arena = &options->plan->arena;

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

/* Set what depends on the type of the operation. */
static int set_up(
	struct bwrap_options *options, struct plan_op *op, char **values, struct rind_error *err)
{
	switch (op->type) {
	case PLAN_BIND:
		op->source = op->fd < 0 ? values[0]
					: arena_printf(&options->plan->arena, "/proc/self/fd/%d",
						  op->fd);
		return op->source ? 0 : rind_error_no_memory(err);
	case PLAN_FILE:
	case PLAN_DATA:
		op->source = values[1]; /* for the sentence about a failed bind */
		share_data(options->plan);
		return 0;
	case PLAN_SYMLINK:
		op->source = values[0];
		return 0;
	case PLAN_TMPFS:
		return set_up_tmpfs(options, op, err);
	case PLAN_DIRECTORY:
	case PLAN_CHMOD:
		return 0;
	default:
		/* For PROC, if the pid namespace is the caller's. */
		op->source = "/proc";
		return 0;
	}
}

static int add_kind(struct bwrap_options *options, const struct bwrap_option *option,
	const struct mount_kind *kind, char **values, struct rind_error *err)
{
	int fd = -1, error = 0;
	int64_t perms = 0;

	if (kind->first == FIRST_IS_FD)
		error = bwrap_value_fd(values[0], &fd, err);
	else if (kind->first == FIRST_IS_MODE)
		error = bwrap_value_octal(option->name, values[0], &perms, err);
	if (error < 0)
		return error;
	const char *dest = values[kind->first != FIRST_IS_DEST];
	struct plan_op *op = add(options, kind->type, dest, option, err);
	if (!op)
		return -EINVAL;
	op->fd = fd;
	op->flags = kind->flags;
	op->perms = (unsigned int)perms;
	if (kind->flags & PLAN_READ_ONLY || kind->type == PLAN_REMOUNT)
		op->access = RIND_ACCESS_READABLE;
	if (kind->perms)
		take_perms(options, op, kind->perms);
	return set_up(options, op, values, err);
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
	case KEY_OVERLAY_SRC:
		return add_source(options, values[0], err);
	case KEY_OVERLAY:
	case KEY_TMP_OVERLAY:
	case KEY_RO_OVERLAY:
		return add_overlay(options, option, values, err);
	default:
		break;
	}
	for (size_t i = 0; i < sizeof(kinds) / sizeof(*kinds); i++)
		if (kinds[i].key == option->key)
			return add_kind(options, option, &kinds[i], values, err);
	return NOT_MINE;
}
