/*
 * See doctor.h.  The surroundings of rind, which do not affect a sandbox, but which people ask
 * about: the system, the container, the mounts.  None of these checks is fatal.  Each runs in a
 * child of its own, and looks at mounts without triggering an automount or waiting for a server.
 */
#include "cli/doctor/doctor.h"

#include "base/advice.h"
#include "base/error.h"
#include "base/fd.h"
#include "base/sys.h"
#include "mount/mount_table.h"

#include <stdio.h>
#include <string.h>

static int read_own_table(struct mount_table *ret, struct finding *finding)
{
	_cleanup_close_ int self = sys_openat(AT_FDCWD, "/proc/self", O_PATH | O_DIRECTORY, 0);
	int error = self < 0 ? self : mount_table_read(self, ret);

	if (error < 0)
		finding_set(finding, 0, "not known: /proc/self/mountinfo: %s", errno_text(-error));
	return error;
}

/* The last mount in the table at this path is the visible one. */
static const struct mount_entry *find_path(const struct mount_table *table, const char *path)
{
	for (size_t i = table->count; i-- > 0;)
		if (strcmp(table->entries[i].path, path) == 0)
			return &table->entries[i];
	return NULL;
}

static void probe_root_file_system(struct finding *ret)
{
	_cleanup_mount_table_ struct mount_table table = {0};

	if (read_own_table(&table, ret) < 0)
		return;
	const struct mount_entry *root = find_path(&table, "/");
	if (!root) {
		finding_set(ret, 0, "not in /proc/self/mountinfo, as in a chroot");
		return;
	}
	bool no_pivot = strcmp(root->type, "rootfs") == 0 || strcmp(root->type, "ramfs") == 0;
	finding_set(ret, 0, "%s, %s%s", root->type,
		root->attributes & MOUNT_ATTR_RDONLY ? "read-only" : "read-write",
		no_pivot ? "; without pivot_root, which rind run does not need" : "");
}

static void probe_around(struct finding *ret)
{
	int first = advice_is_first_user_namespace();

	if (first < 0)
		finding_set(ret, 0, "not known: /proc/self/uid_map cannot be read");
	else if (first)
		finding_set(ret, 0, "the first user namespace");
	else
		finding_set(ret, 0, "a user namespace, in which a sandbox makes another");
}

static void probe_host_processes(struct finding *ret)
{
	struct stat stat;

	if (sys_fstatat(AT_FDCWD, "/proc/self", &stat, 0) < 0)
		finding_set(ret, 0, "not known: there is no /proc");
	else if (sys_fstatat(AT_FDCWD, "/proc/1", &stat, 0) < 0)
		finding_set(ret, 0,
			"/proc hides those of others (hidepid), which a sandbox does not mind");
	else
		finding_set(ret, 0, "/proc shows them; in a sandbox it does not");
}

static void probe_shm(struct finding *ret)
{
	struct stat stat;
	bool there = sys_fstatat(AT_FDCWD, "/dev/shm", &stat, 0) == 0;

	finding_set(ret, 0, "%s; a sandbox has its own", there ? "there" : "not there");
}

/* --- the others ------------------------------------------------------------------------------- */

struct tally {
	size_t autofs, denied;
	const char *example; /* one that refuses us */
};

/*
 * FUSE admits only the user who mounted it, not even root.  Only statx can avoid waiting for the
 * server, which may never answer: without statx (before Linux 4.11, or under a filter) the answer
 * is unknown.
 */
static bool denies_us(const struct mount_entry *entry)
{
	const int flags = AT_NO_AUTOMOUNT | SYS_AT_STATX_DONT_SYNC | AT_SYMLINK_NOFOLLOW;
	struct sys_statx stat;

	if (strncmp(entry->type, "fuse", 4) != 0 && strncmp(entry->type, "nfs", 3) != 0)
		return false;
	return sys_result(syscall(
		       SYS_statx, AT_FDCWD, entry->path, flags, SYS_STATX_MODE, &stat)) == -EACCES;
}

static struct tally count_mounts(const struct mount_table *table)
{
	struct tally tally = {0};

	for (size_t i = 0; i < table->count; i++) {
		const struct mount_entry *entry = &table->entries[i];
		tally.autofs += strcmp(entry->type, "autofs") == 0;
		if (denies_us(entry)) {
			tally.denied++;
			tally.example = entry->path;
		}
	}
	return tally;
}

static void probe_mounts(struct finding *ret)
{
	_cleanup_mount_table_ struct mount_table table = {0};
	char autofs[64] = "", denied[256] = "";

	if (read_own_table(&table, ret) < 0)
		return;
	struct tally tally = count_mounts(&table);
	if (tally.autofs)
		snprintf(autofs, sizeof(autofs), "; of autofs %zu, none of which is set off",
			tally.autofs);
	if (tally.denied)
		snprintf(denied, sizeof(denied),
			"; %zu deny us, such as %.160s: neither a writable root nor protected",
			tally.denied, tally.example);
	finding_set(ret, 0, "%zu%s%s", table.count, autofs, denied);
}

const struct check doctor_mount_checks[] = {
	{"root-file-system", WEIGHT_OPTION, .probe = probe_root_file_system},
	{"around", WEIGHT_OPTION, .probe = probe_around},
	{"host-processes", WEIGHT_OPTION, .probe = probe_host_processes},
	{"dev-shm", WEIGHT_OPTION, .probe = probe_shm},
	{"mounts", WEIGHT_OPTION, .probe = probe_mounts},
	{0},
};
