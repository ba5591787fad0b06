/*
 * Inside of facts_collect(): what its parts share.  Supervisor, with the caller's privileges;
 * changes nothing on the host.
 */
#ifndef RIND_POLICY_COLLECT_H
#define RIND_POLICY_COLLECT_H

#include "policy/facts.h"
#include "policy/resolve.h"

/* The options whose value may be a pattern. */
enum collect_option {
	COLLECT_WRITABLE,
	COLLECT_READABLE,
	COLLECT_PROTECT,
	COLLECT_HIDE,
	COLLECT_HIDE_IF_PRESENT,
	COLLECT_OPTION_COUNT,
};

struct collect_pattern;

struct collect {
	const struct rind_policy *policy;
	struct facts *facts;
	struct rind_error *err;
	const char *caller_directory;            /* of the caller; NULL until it is needed */
	struct stat directory;                   /* of the command's working directory */
	const struct fact_link *directory_links; /* on the way to it */
	const struct fact_link *caller_links;    /* on the way to the caller's own, if known */
	const char **root_paths;                 /* ascending, without "/" */
	size_t root_path_count;
	bool tree_writable; /* "/" is a root */
	struct collect_pattern **patterns;
	size_t pattern_count;
	size_t pattern_matches, pattern_entries;
};

/* Take from stat what init compares with what it finds. */
struct plan_identity collect_identity(const struct stat *stat);

/*
 * found is the result of looking path up: 0 if it says anything about path, also that it is
 * missing; -errno, with a message, if the lookup itself failed.
 */
int collect_check_lookup(struct collect *c, const char *path, int found) _must_check_;

/* Walk to the end, and add the symlinks on the way in front of *links.  0 or -errno. */
int collect_follow(
	struct collect *c, struct resolve *walk, const struct fact_link **links) _must_check_;

/* Find the caller's working directory, once. */
int collect_caller_directory(struct collect *c) _must_check_;

/*
 * Find where a path as the caller gave it leads, and the symlinks on the way (ret_links may be
 * NULL).  *ret_found: 0, or the -errno of the walk.  Returns an error, with a message, only if a
 * relative path has no directory to start from.
 */
int collect_find(struct collect *c, const char *given, struct resolve *walk,
	const struct fact_link **ret_links, int *ret_found) _must_check_;

/* The same for a directory that has to exist; an error has a message, which begins with rule. */
int collect_find_directory(
	struct collect *c, const char *given, const char *rule, struct resolve *walk) _must_check_;

/* " (did you mean …?)" for a path whose last component is missing, or "". */
const char *collect_suggestion(struct collect *c, const char *missing);

/* A list of paths that the sandbox covers: the hidden ones, or those of a tmpfs. */
struct cover_list {
	struct fact_hide **items;
	size_t *count;
};

/* Add a path that was found, with its identity. rule NULL: there was no memory for it. */
int collect_add_cover(struct collect *c, struct cover_list list, const char *path,
	const struct stat *stat, const char *rule) _must_check_;

/* --- collect_patterns.c ----------------------------------------------------------------------- */

/* Something to look up for an option. */
struct collect_value {
	const char *option, *given; /* as the caller wrote it */
	const char *path;           /* to be looked up */
	const char *real;           /* where it has to lead, if it may lead to no other; or NULL */
	bool if_present;
	bool is_match; /* of a pattern: it need not be there any more */
};

/*
 * Find what the patterns of some options stand for.  Those that give rights are looked for in the
 * caller's working directory, the others, for which the roots have to be known, in every root too.
 */
int collect_writable_patterns(struct collect *c) _must_check_;
int collect_other_patterns(struct collect *c) _must_check_;

/*
 * Call each for every value of an option in order, and for every match of one that is a pattern.
 * each returns 1 if there was something, 0 if not, or an error.
 */
int collect_values(struct collect *c, enum collect_option option,
	int (*each)(struct collect *c, const struct collect_value *value)) _must_check_;

/* "OPTION VALUE"; NULL: no memory. */
const char *collect_rule(struct collect *c, const struct collect_value *value);

/* Is the file that the walk has found another one than the pattern matched? */
bool collect_is_other(const struct collect_value *value, const struct resolve *walk);

/* --- collect_roots.c -------------------------------------------------------------------------- */

int collect_roots(struct collect *c) _must_check_;

/* Sort the paths of roots and scratches, which are roots to the functions below. */
int collect_index_roots(struct collect *c) _must_check_;

/* The length of the deepest root, other than "/", at or above path; 0: none. */
size_t collect_root_part(const struct collect *c, const char *path);

/* Is path at or below a root other than "/"? */
bool collect_is_in_root(const struct collect *c, const char *path);

/* Is a root other than "/" at or below path? */
bool collect_contains_root(const struct collect *c, const char *path);

/* --- collect_protects.c ----------------------------------------------------------------------- */

int collect_protects(struct collect *c) _must_check_;

/* Add *protect with a copy of path (NULL: no memory). */
int collect_add_protect(
	struct collect *c, const struct fact_protect *protect, const char *path) _must_check_;

/*
 * Walk start/rest, and protect every symlink on the way and the end of the walk, present or
 * missing.  Without protect->rule the path itself is protected already, as far as its first
 * symlink, which init masks: then protect only what comes after that.
 */
int collect_protect_leads(struct collect *c, const struct fact_protect *protect, const char *start,
	const char *rest, struct resolve *walk) _must_check_;

/* --- collect_hides.c -------------------------------------------------------------------------- */

int collect_hides(struct collect *c) _must_check_;

/* --- collect_readables.c ---------------------------------------------------------------------- */

int collect_readables(struct collect *c) _must_check_;

/* --- collect_devices.c ------------------------------------------------------------------------ */

int collect_devices(struct collect *c) _must_check_;

/* --- collect_scratches.c ---------------------------------------------------------------------- */

int collect_scratches(struct collect *c) _must_check_;

/* Add a directory, which must have no mount in it, and lie in no other scratch nor around one. */
int collect_add_scratch(struct collect *c, const char *path, const struct stat *stat,
	const char *rule) _must_check_;

/* --- collect_repositories.c ------------------------------------------------------------------- */

/* Find the repositories to which the command may commit.  The roots have to be known. */
int collect_repositories(struct collect *c) _must_check_;

/* Is path in one of them?  Then the sandbox has a copy of it. */
bool collect_is_in_repository(const struct collect *c, const char *path);

/* --- collect_tmpfs.c -------------------------------------------------------------------------- */

int collect_tmpfs(struct collect *c) _must_check_;

/* --- git.c ------------------------------------------------------------------------------------ */

/*
 * start/name is protected or hidden, and the walk has found what is there: if it is a .git that
 * points somewhere else, protect that as well.
 */
int git_protect_pointer(struct collect *c, const struct fact_protect *kind, const char *start,
	const char *name, struct resolve *walk) _must_check_;

/*
 * Protect what git obeys in a root: where its .git, to which the walk has come, points to; or, with
 * no repository there, the files that would make the root itself a repository.
 */
int git_protect_repository(struct collect *c, const struct fact_root *root, struct resolve *walk,
	bool if_present) _must_check_;

/* --- git_submodules.c ------------------------------------------------------------------------- */

/*
 * Protect the .git of every submodule that the index names, and of the submodules in these.  The
 * walk has come to the git directory of the root.
 */
int git_protect_submodules(struct collect *c, const struct fact_root *root,
	const struct resolve *walk, bool if_present) _must_check_;

/* The same for a root that has no repository of its own, but lies in one. */
int git_protect_submodules_above(struct collect *c, const struct fact_root *root) _must_check_;

#endif
