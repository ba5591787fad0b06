/*
 * Child side, and everywhere else: a line of /proc/PID/mountinfo, as proc(5) has it:
 *
 *   36 35 98:0 /mnt1 /mnt/parent rw,noatime master:1 - ext3 /dev/root rw,errors=continue
 *   id parent  root  path        options   any number  type
 *
 * Blanks, tabs, newlines and backslashes in root and path are written as \ooo.
 */
#ifndef RIND_BASE_MOUNTINFO_H
#define RIND_BASE_MOUNTINFO_H

#include "base/error.h"

struct mountinfo {
	int id, parent;
	const char *device;  /* of the file system, "MAJOR:MINOR" */
	const char *root;    /* what of the file system is mounted, from its own root */
	const char *path;    /* where it is mounted, from the process's root; begins with a slash */
	const char *options; /* of the mount, not of the file system */
	const char *type;    /* of the file system: "ext4", "fuse.sshfs" */
};

/*
 * Take a line without its newline apart, in place: the strings are in it.  -EBADMSG when it is not
 * as above; then *ret may be half written.
 */
int mountinfo_parse(char *line, struct mountinfo *ret) _must_check_;

#endif
