/*
 * Making writable roots; see make_roots.h.  Supervisor, on the host, with the caller's rights.
 *
 * The paths are those that the lowering has found, without symlinks; and none is followed here,
 * since another process may have put one there meanwhile.
 */
#include "supervisor/make_roots.h"

#include "base/fd.h"
#include "base/path.h"
#include "base/sys.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <string.h>
#include <unistd.h>

enum { ROOT_MODE = 0700 };

/* Open a directory in *at, or make it first; *at is replaced by it. */
static int enter(int *at, const char *name, bool *ret_made)
{
	const int flags = O_PATH | O_DIRECTORY | O_NOFOLLOW;
	int next = sys_openat(*at, name, flags, 0);

	*ret_made = false;
	if (next == -ENOENT) {
		int error = (int)sys_result(mkdirat(*at, name, ROOT_MODE));
		if (error < 0 && error != -EEXIST)
			return error;
		*ret_made = !error;
		next = sys_openat(*at, name, flags, 0);
	}
	if (next < 0)
		return next;
	close_fd(at);
	*at = next;
	return 0;
}

/* Remove the directory of which only the first `length` bytes of the path were there before. */
static void unmake(const char *path, size_t length)
{
	char made[PATH_MAX];
	size_t end = strnlen(path, sizeof(made) - 1);

	memcpy(made, path, end);
	made[end] = '\0';
	while (end > length) {
		(void)!rmdir(made);
		while (made[--end] != '/')
			;
		made[end] = '\0';
	}
}

/* *ret_length: how much of the path was there before. */
static int make(const char *path, size_t *ret_length)
{
	char name[NAME_MAX + 1];
	const char *rest = path, *before = path;
	bool made = false;
	_cleanup_close_ int at = sys_openat(AT_FDCWD, "/", O_PATH | O_DIRECTORY, 0);
	int error = at < 0 ? at : 0;

	*ret_length = strlen(path);
	while (!error && path_take_component(&rest, name)) {
		error = enter(&at, name, &made);
		if (made && before - path < (ssize_t)*ret_length)
			*ret_length = (size_t)(before - path);
		before = rest;
	}
	if (error < 0)
		return error;
	return *rest ? -ENAMETOOLONG : 0;
}

static int make_root(const struct plan_op *op, struct rind_error *err)
{
	size_t length;
	int error = make(op->path, &length);
	if (error < 0)
		unmake(op->path, length);
	return error < 0 ? rind_error_set(err, error,
				   "%s: %s cannot be made: %s; make it, or name another", op->rule,
				   op->path, errno_text(-error))
			 : 0;
}

int make_roots(const struct rind_plan *plan, struct rind_error *err)
{
	int error = 0;

	for (size_t i = 0; !error && i < plan->op_count; i++)
		if (plan->ops[i].flags & PLAN_MAKE)
			error = make_root(&plan->ops[i], err);
	return error;
}
