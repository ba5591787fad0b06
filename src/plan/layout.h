/*
 * A layout: what is put where in a sandbox, said by the caller step by step.
 *
 * A policy (plan/policy.h) says what may be written and rind finds the mounts; a layout is the
 * mounts themselves, in the caller's order, as bwrap's options give them.  A plan has one or the
 * other, and one executor runs both.  The order is the caller's meaning: nobody sorts it.
 *
 * Plain data, built in the supervisor, constant afterwards.
 */
#ifndef RIND_PLAN_LAYOUT_H
#define RIND_PLAN_LAYOUT_H

#include "base/arena.h"

#include <linux/filter.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

enum layout_type {
	LAYOUT_BIND,      /* the host's source on dest, with all that is mounted below it */
	LAYOUT_OVERLAY,   /* an overlay of the host's directories on dest */
	LAYOUT_PROC,      /* a proc on dest: new, or the host's where the pid namespace is */
	LAYOUT_DEV,       /* a minimal /dev on dest */
	LAYOUT_TMPFS,     /* a new tmpfs on dest */
	LAYOUT_MQUEUE,    /* the message queues of the ipc namespace on dest */
	LAYOUT_DIRECTORY, /* a directory at dest, unless there is one */
	LAYOUT_FILE,      /* a file at dest with what descriptor fd gives */
	LAYOUT_DATA,      /* the same in a file that only this sandbox has, bound on dest */
	LAYOUT_SYMLINK,   /* a symlink at dest to source */
	LAYOUT_CHMOD,     /* the permissions of what is at dest */
	LAYOUT_REMOUNT,   /* the mount at dest read-only, without those below it */
};

enum layout_flag {
	LAYOUT_READ_ONLY = 1 << 0,
	LAYOUT_DEVICES = 1 << 1,   /* device nodes in it work */
	LAYOUT_TRY = 1 << 2,       /* nothing is done where the source does not exist */
	LAYOUT_PERMS = 1 << 3,     /* the caller named perms, which then narrow new parents too */
	LAYOUT_REREAD = 1 << 4,    /* a later operation reads the same descriptor */
	LAYOUT_TEMPORARY = 1 << 5, /* an overlay whose writes go to a tmpfs */
};

struct layout_op {
	enum layout_type type;
	unsigned int flags;
	unsigned int perms;
	int fd;                  /* of a bind (its source), a file or data; -1 */
	const char *source;      /* of a bind; the text of a symlink; an overlay's mount options */
	const char *dest;        /* resolved in the sandbox's root, absolute or not */
	const char *mode, *size; /* of a tmpfs, as its mount options have them; NULL: the default */
	size_t first_reader;     /* the operation that reads fd first: this one, or an earlier */
};

/* Which user namespaces there are besides the one that the plan makes. */
struct layout_users {
	uid_t uid; /* as the command sees itself */
	gid_t gid;
	bool joined;       /* the supervisor has joined one that the caller made */
	bool mapped_later; /* the caller writes the id maps, from outside */
	int second;        /* a descriptor of the one to enter after the mounts; -1 */
	bool disable;      /* no further ones can be made inside */
	bool check_disabled;
};

struct layout {
	struct layout_op *ops;
	size_t op_count;

	struct layout_users users;
	bool new_proc; /* the pid namespace is not the caller's */

	bool keep_capabilities; /* whatever the caller has */
	uint64_t capabilities;  /* otherwise: exactly these, bit N for capability N */

	struct sock_fprog *filters; /* in the order in which they are loaded */
	size_t filter_count;
	int filter_fd; /* read last, when the caller lets go on; -1 */

	int told_fds[2];    /* the supervisor's alone; -1: none */
	int block_fd;       /* wait until it can be read; -1 */
	int sync_fd;        /* held until the sandbox ends; -1 */
	const char **locks; /* files in the sandbox, locked until it ends */
	size_t lock_count;

	const char **directories; /* the first that can be entered is the working directory */
	size_t directory_count;
	bool directory_required; /* otherwise / where none can be */

	const char *executable; /* looked up instead of argv[0]; NULL: argv[0] */
	const char *console;    /* the terminal that /dev/console is; NULL: none */
	bool as_pid_1;
	bool die_with_parent;
	bool wait; /* set up nothing before the supervisor says so */
};

/* A layout with nothing in it, or NULL when there is no memory. */
struct layout *layout_new(struct arena *arena);

/* Append an operation.  NULL when there is no memory; valid until the next is appended. */
struct layout_op *layout_add(struct layout *layout, struct arena *arena, enum layout_type type);

/* Is there an init beside the command? */
bool layout_has_init(const struct layout *layout, bool new_pid_namespace);

/* Does dest say the root of the sandbox, whatever links there are? */
bool layout_is_root(const char *dest);

#endif
