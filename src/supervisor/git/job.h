/*
 * One repository that is being published: what the steps share.  Supervisor.
 *
 * The steps run the host's git in a directory that is made in the repository, with three
 * repositories of their own in it:
 *
 *   after/     the objects that the command wrote; what git reads there may lie
 *   receive/   the same objects, under names that git has computed itself
 *   host       the repository itself
 *
 * after/ and receive/ have all objects of the host's to begin with.
 */
#ifndef RIND_SUPERVISOR_GIT_JOB_H
#define RIND_SUPERVISOR_GIT_JOB_H

#include "sandbox/protocol.h"
#include "supervisor/git/refs.h"
#include "supervisor/git/run.h"

/* A git directory, and how it was when the command began. */
struct repository {
	const char *common, *directory;
	const char *relative; /* of directory, in common; "." */
	uint32_t op;          /* the scratch */
	int layers[SCRATCH_LAYER_COUNT];
	int host;          /* common */
	int index, config; /* copies; -1: there was none */
	struct refs before;
};

struct publication {
	struct arena arena;
	const char *program; /* git */
	struct repository *items;
	size_t count;
};

/*
 * The notes of something that git is in the middle of: is there one in the git directory?  Of an
 * upper layer, one that the command has made.
 */
bool repository_is_unfinished(const struct repository *repository, int directory);

struct change {
	const char *name, *before, *after; /* names of objects; "": there was, or is, none */
};

struct job {
	const struct repository *repository;
	struct git git;
	struct arena arena;
	struct rind_error *err;
	struct refs after, now; /* of the copy, and of the host */

	struct change *changes;
	size_t change_count;
	const struct stash *stashes[16]; /* new ones, the oldest first */
	size_t stash_count;
	bool head_changed, index_changed, config_changed;

	bool is_sha256;
	const char *base; /* the tree that the host has checked out, or an empty one */

	const char *name; /* of the directory that git works in, */
	const char *mark; /* and what tells it from others */
	int work;
	/* Paths of the three repositories, and of the host's objects. */
	const char *after_path, *receive_path, *objects;
	const char *pack; /* of what was received, in work; NULL: no object is new */
	bool pack_is_small;

	/* Entries of the index before and after, as git ls-files -s -t -z prints them. */
	struct content entries_before, entries_after;
	struct content entries_changed; /* for git update-index -z --index-info */
	struct content entries_absent;  /* paths of those that need not be in the work tree */

	const char *left_out; /* a sentence about what was not published; NULL: all was */
	bool is_note;         /* and nobody will have expected it to be */
};

/* A list that is made for git, one thing a line. */
struct list {
	struct content text;
	size_t room;
};

int list_add(struct list *list, struct arena *arena, const char *data, size_t size) _must_check_;

/* -ENOMEM, or the error that was found, with a sentence for people. */
int job_fail(struct job *job, int error, const char *what) _must_check_;

/* --- copy.c: make after/ and receive/, from regular files alone ------------------------------ */

int job_make_work(struct job *job) _must_check_;
void job_remove_work(struct job *job);
int job_settle(struct job *job) _must_check_;

/* --- check.c: what is new must be whole, and bring no submodule ------------------------------ */

int job_receive(struct job *job) _must_check_;
int job_check(struct job *job) _must_check_;
/* The same for one tree more, by its name. */
int job_check_tree(struct job *job, struct content *tree) _must_check_;

/* --- index.c --------------------------------------------------------------------------------- */

/* List the entries before, and find what has changed in the index. */
int job_compare_index(struct job *job) _must_check_;
int job_publish_index(struct job *job) _must_check_;

/* What a mode, in octal digits, says of an entry of an index or a tree. */
enum entry_kind {
	ENTRY_FILE, /* or a symlink */
	ENTRY_GITLINK,
	ENTRY_OTHER, /* a directory, or none that git knows */
};
enum entry_kind entry_kind(const char *mode);

/* Call each for every entry that git printed: its mode, and its path.  Stops at what is not 0. */
int entries_each(const struct content *entries,
	int (*each)(void *context, const char *entry, const char *path), void *context);

#endif
