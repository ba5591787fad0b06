/*
 * OVERLAY: mounts an overlay of the host's directories; with PLAN_TEMPORARY writes go to a tmpfs.
 * Runs in init, in a new root.
 */
#include "base/number.h"
#include "mount/mount.h"
#include "ops/operation.h"
#include "ops/root.h"
#include "ops/target.h"

#include <string.h>

enum { OPTIONS_MAX = 4096 }; /* mount(2) copies at most a page of options */

/* Add "NAME=" and the path of a new directory of the scratch to the options. */
static char *add_layer(struct child *child, char *end, const char *name, const char *option)
{
	char directory[sizeof("upper-") + 10];

	number_format(stpcpy(directory, name), child->op);
	if (sys_result(mkdirat(child->root.scratch, directory, 0755)) < 0)
		return NULL;
	end = stpcpy(end, option);
	number_format(stpcpy(end, "/proc/self/fd/"), (unsigned int)child->root.scratch);
	end += strlen(end);
	*end++ = '/';
	end = stpcpy(end, directory);
	*end++ = ',';
	*end = '\0';
	return end;
}

/* With PLAN_TEMPORARY: the options for an upper layer in the scratch, then the caller's. */
static const char *overlay_options(struct child *child, const struct plan_op *op)
{
	static char options[OPTIONS_MAX];
	enum { ROOM = 128 };

	if (!(op->flags & PLAN_TEMPORARY))
		return op->source;
	if (strlen(op->source) >= sizeof(options) - ROOM)
		return NULL;
	char *end = add_layer(child, options, "upper-", "upperdir=");
	if (end)
		end = add_layer(child, end, "work-", "workdir=");
	return end ? stpcpy(end, op->source), options : NULL;
}

/*
 * Detect a call that reports success but did nothing: the path must now lead to another mount
 * than before, and to an overlay.
 */
static int check_overlay(struct child *child, const struct plan_op *op, int before)
{
	enum { OVERLAY_MAGIC = 0x794c7630 }; /* OVERLAYFS_SUPER_MAGIC */
	struct statfs stat = {0};
	_cleanup_close_ int found = target_open(child, op->path);
	if (found < 0)
		return found;
	int same = mount_is_same(child, found, before);
	if (same < 0)
		return same;
	int error = sys_fstatfs(found, &stat);
	if (error < 0)
		return child_noted(child, CALL_FSTAT, error);
	return !same && stat.f_type == OVERLAY_MAGIC ? 0 : child_wrong(child, NULL);
}

/*
 * Uses mount(2), which takes a page of options: fsconfig(2) takes 255 bytes for each.  Mountpoint
 * and scratch are named by /proc/self/fd, so that no symlink can lead elsewhere.
 */
static int apply(struct child *child, const struct plan_op *op)
{
	char place[sizeof("/proc/self/fd/") + 10];
	_cleanup_close_ int target = target_make(child, op, true);
	if (target < 0)
		return target;
	int covers_root = mount_is_same(child, child->root.fd, target);
	if (covers_root < 0)
		return covers_root;

	const char *options = overlay_options(child, op);
	if (!options)
		return child_noted(child, CALL_MOUNT, -E2BIG);
	number_format(stpcpy(place, "/proc/self/fd/"), (unsigned int)target);
	long error = sys_result(mount("overlay", place, "overlay", 0, options));
	if (error < 0)
		return child_noted(child, CALL_MOUNT, error);
	if (covers_root) {
		error = root_climb(child);
		if (error < 0)
			return (int)error;
	}
	return check_overlay(child, op, target);
}

static void prepare(const struct plan_op *op, struct frozen *frozen)
{
	operation_mounts(op, frozen);
	frozen->needs.scratch = true;
	/*
	 * The kernel looks up the source directories at mount time, so the host's tree has to be
	 * unchanged by then; and the scratch cannot be hidden anywhere in it.
	 */
	frozen->needs.new_root = true;
	frozen->needs.relative_sources = true;
}

OPERATION(overlay, "mount an overlay on", BWRAP_SENTENCE_OVERLAY, "overlay", true, prepare,
	operation_gathers_nothing, apply, operation_finishes_nothing, operation_is_checked,
	operation_may_be_replaced, operation_always_writable, operation_leaves_any);
