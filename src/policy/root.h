/* A writable root, as it was found on the host. */
#ifndef RIND_POLICY_ROOT_H
#define RIND_POLICY_ROOT_H

#include "plan/plan.h"

#include <stdbool.h>

/* Why a path is a writable root; where several hold for one path, the first here counts. */
enum root_origin {
	ROOT_EXPLICIT,  /* --writable */
	ROOT_DIRECTORY, /* the command's working directory */
	ROOT_TMP,
	ROOT_TMPDIR,
};

/* A symbolic link that was met on the way to a root; the last one first. */
struct fact_link {
	const char *path;
	const struct fact_link *before;
};

struct fact_root {
	const char *path, *rule;
	const struct fact_link *links; /* NULL: none; looked at by root_links.h */
	enum root_origin origin;
	bool is_directory;
	bool is_missing; /* a directory that is made when the sandbox starts */
	struct plan_identity identity;
};

#endif
