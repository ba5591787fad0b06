/*
 * The submodules that an index of git names: the paths of its gitlinks, and nothing else of it.
 *
 * As gitformat-index(5) has it: versions 2, 3 and 4, with SHA-1 and SHA-256, split and sparse.
 */
#ifndef RIND_POLICY_GIT_INDEX_H
#define RIND_POLICY_GIT_INDEX_H

#include "base/arena.h"
#include "base/error.h"

struct git_index {
	struct arena *arena; /* the caller's; it owns what follows */
	/* Relative to the work tree, without empty, ".", ".." and ".git" components. */
	const char **links;
	size_t link_count;

	/* Of an index that could not be read: the file, and for -EBADMSG what is wrong with it. */
	const char *file, *problem;
};

/*
 * Read the index in a git directory, which is a clean path, and the shared one if it is split, into
 * ret, of which the caller has set the arena and nothing else.
 *
 * 0: the links are complete; none if there is no index.  -EBADMSG: one of the files is damaged, or
 * is of a kind that is not known here; git may know it.  -ENOMEM.  Otherwise the -errno of opening
 * or reading the file.  A path may be named more than once.
 */
int git_index_read(struct git_index *ret, const char *directory) _must_check_;

#endif
