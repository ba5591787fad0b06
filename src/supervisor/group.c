/*
 * Makes and removes control groups; see group.h.  In the supervisor and in the janitor, on the
 * host, with the caller's rights.
 *
 * Child side from group_remove() on: the janitor calls it, and may only make system calls.
 */
#include "supervisor/group.h"

#include "base/fd.h"
#include "base/sys.h"

#include <inttypes.h>
#include <linux/magic.h>
#include <stdio.h>
#include <string.h>
#include <sys/random.h>

enum {
	/*
	 * How often the supervisor tries to remove a group; it is usually empty at the first
	 * attempt.
	 */
	ATTEMPTS = 50,
	/*
	 * cgroup.events does not report groups that the command has made in ours: so look again
	 * after this time.
	 */
	PAUSE_MS = 100,
	CPU_PERIOD_US = 100 * 1000,
};

void group_init(struct group *group)
{
	*group = (struct group){
		.parent = -1,
		.inner = -1,
	};
}

/* --- removing --------------------------------------------------------------------------------- */

static int remove_directory(const struct group *group, const char *name)
{
	int error = (int)sys_result(unlinkat(group->parent, name, AT_REMOVEDIR));
	return error == -ENOENT ? 0 : error;
}

/* -EBUSY: a process is still in it, perhaps one that is ending. */
static int remove_both(const struct group *group)
{
	int error = remove_directory(group, group->sandbox);
	return error < 0 ? error : remove_directory(group, group->outer);
}

/* Wait until the kernel reports a change in cgroup.events, or for a short time. */
static void await_change(const struct group *group)
{
	char text[256];
	_cleanup_close_ int fd = sys_openat(group->parent, group->events, O_RDONLY, 0);
	struct pollfd events = {.fd = fd, .events = POLLPRI};

	/* The kernel reports changes since the last read. */
	ssize_t length = fd < 0 ? -1 : read(fd, text, sizeof(text) - 1);
	if (length > 0)
		text[length] = '\0';
	if (length > 0 && strstr(text, "populated 0"))
		events.fd = -1; /* no process is left, so other groups are in it: only wait */
	(void)sys_poll(&events, 1, PAUSE_MS);
}

bool group_remove(const struct group *group, unsigned int attempts)
{
	for (unsigned int i = 0; !attempts || i < attempts; i++) {
		int error = remove_both(group);
		if (error != -EBUSY && error != -ENOTEMPTY && error != -EINTR)
			return error == 0;
		await_change(group);
	}
	return false;
}

/* --- making ----------------------------------------------------------------------------------- */

/* Verify that every file is in a cgroup2: limits written to any other file would limit nothing. */
static int open_in_group(int directory, const char *name, int flags)
{
	struct statfs system = {0};
	_cleanup_close_ int fd = sys_openat(directory, name, flags | O_NOFOLLOW, 0);

	if (fd < 0)
		return fd;
	int error = sys_fstatfs(fd, &system);
	if (!error && system.f_type != CGROUP2_SUPER_MAGIC)
		error = -ENOTRECOVERABLE;
	if (!error)
		error = fd_move_above_stdio(&fd);
	return error < 0 ? error : take_fd(&fd);
}

static int write_setting(int directory, const char *name, const char *text)
{
	size_t size = strlen(text);
	_cleanup_close_ int fd = open_in_group(directory, name, O_WRONLY);
	if (fd < 0)
		return fd;
	long written = sys_result(write(fd, text, size));
	if (written < 0)
		return (int)written;
	return (size_t)written == size ? 0 : -ENOTRECOVERABLE;
}

static int write_number(int directory, const char *name, uint64_t number)
{
	char text[32];

	if (number == UINT64_MAX)
		return 0;
	snprintf(text, sizeof(text), "%" PRIu64, number);
	return write_setting(directory, name, text);
}

static int write_memory(int directory, uint64_t bytes)
{
	if (bytes == UINT64_MAX)
		return 0;
	int error = write_number(directory, "memory.max", bytes);
	if (error < 0)
		return error;
	/*
	 * Without this limit, swap would add as much memory again.  ENOENT: a kernel without
	 * swap.
	 */
	error = write_number(directory, "memory.swap.max", 0);
	return error == -ENOENT ? 0 : error;
}

static int write_share(int directory, uint64_t percent)
{
	char text[64];

	if (percent == UINT64_MAX)
		return 0;
	snprintf(text, sizeof(text), "%" PRIu64 " %d", percent * (CPU_PERIOD_US / 100),
		CPU_PERIOD_US);
	return write_setting(directory, "cpu.max", text);
}

static int write_limits(const struct group *group, const struct cgroup_limits *limits)
{
	_cleanup_close_ int outer =
		open_in_group(group->parent, group->outer, O_RDONLY | O_DIRECTORY);
	if (outer < 0)
		return outer;
	int error = write_number(outer, "pids.max", limits->pids);
	if (!error)
		error = write_memory(outer, limits->memory);
	if (!error)
		error = write_share(outer, limits->cpu);
	/*
	 * Allow one group in it, ours.  If the command could make more, the group could not be
	 * removed.
	 */
	return error < 0 ? error : write_number(outer, "cgroup.max.descendants", 1);
}

int group_make(struct group *group, const struct cgroup_limits *limits)
{
	int error = (int)sys_result(mkdirat(group->parent, group->outer, 0755));
	if (!error)
		error = write_limits(group, limits);
	if (!error)
		error = (int)sys_result(mkdirat(group->parent, group->sandbox, 0755));
	if (error < 0)
		return error;
	group->inner = open_in_group(group->parent, group->sandbox, O_RDONLY | O_DIRECTORY);
	return group->inner < 0 ? group->inner : 0;
}

static int name_groups(struct group *group)
{
	uint64_t number;

	if (getrandom(&number, sizeof(number), 0) != sizeof(number))
		return -EIO;
	snprintf(group->outer, sizeof(group->outer), "rind-%016" PRIx64, number);
	snprintf(group->sandbox, sizeof(group->sandbox), "rind-%016" PRIx64 "/sandbox", number);
	snprintf(group->events, sizeof(group->events), "rind-%016" PRIx64 "/cgroup.events", number);
	return 0;
}

int group_find(struct group *group, const char *directory)
{
	group->parent = open_in_group(AT_FDCWD, directory, O_RDONLY | O_DIRECTORY);
	return group->parent < 0 ? group->parent : name_groups(group);
}

int group_describe_clone(
	const struct group *group, const struct rind_plan *plan, int error, struct rind_error *err)
{
	if (group->parent < 0)
		return 0;
	switch (-error) {
	case EACCES:
	case EBUSY:
	case ENODEV:
	case EOPNOTSUPP:
		return rind_error_set(err, error,
			"cannot start the sandbox in a control group in %s: %s", plan->cgroup,
			errno_text(-error));
	case ENOSYS:
		return rind_error_set(err, error,
			"cannot start the sandbox in a control group in %s: clone3: %s; this "
			"kernel, or a filter around rind, lacks it: leave the limits out",
			plan->cgroup, errno_text(-error));
	default:
		return 0;
	}
}

/* --- the end ---------------------------------------------------------------------------------- */

bool group_finish(struct group *group)
{
	bool removed = group->parent < 0 || group_remove(group, ATTEMPTS);

	close_fd(&group->inner);
	close_fd(&group->parent);
	return removed;
}
