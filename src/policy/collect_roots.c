/*
 * The writable roots: find where each leads, record its identity, refuse what cannot be one.
 *
 * Supervisor, with the caller's privileges; changes nothing on the host.
 */
#include "policy/collect.h"

#include "base/path.h"
#include "base/sys.h"
#include "policy/workspace.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>

static int add_root(struct collect *c, const char *path, const struct stat *stat,
	const struct fact_link *links, enum root_origin origin, const char *rule)
{
	struct facts *facts = c->facts;
	struct fact_root *roots =
		arena_grow(&facts->arena, facts->roots, facts->root_count, sizeof(*roots));
	const char *copy = path ? arena_strdup(&facts->arena, path) : NULL;
	if (!roots || !copy || !rule)
		return rind_error_no_memory(c->err);
	facts->roots = roots;
	facts->roots[facts->root_count++] = (struct fact_root){
		.path = copy,
		.rule = rule,
		.links = links,
		.origin = origin,
		.is_directory = S_ISDIR(stat->st_mode),
		.identity = collect_identity(stat),
	};
	return 0;
}

static int refuse_root(struct collect *c, const char *given, const struct resolve *walk, int found)
{
	if (found != -ENOENT)
		return rind_error_set(c->err, found, "writable root %s cannot be used: %s", given,
			errno_text(-found));
	if (!walk->links)
		return rind_error_set(c->err, found,
			"writable root %s does not exist; create it, or let --writable-make do it",
			given);

	const char *target = path_join(&c->facts->arena, walk->path, walk->rest);
	if (!target)
		return rind_error_no_memory(c->err);
	return rind_error_set(c->err, found,
		"writable root %s is a symbolic link to %s, which does not exist; create that or "
		"leave the root out",
		given, target);
}

/*
 * Could the command put its own code into a set-ID program through this root? write(2) clears the
 * set-ID bits, but mmap(2) writes to a file without any check.
 */
static bool is_set_id(const struct stat *stat)
{
	const mode_t group = S_ISGID | S_IXGRP;
	return S_ISREG(stat->st_mode) &&
	       (stat->st_mode & S_ISUID || (stat->st_mode & group) == group);
}

static int collect_explicit_root(struct collect *c, const struct collect_value *value)
{
	const char *given = value->path;
	const struct fact_link *links;
	struct resolve walk;
	int found, result = collect_find(c, given, &walk, &links, &found);

	if (result < 0)
		return result;
	if (!found && collect_is_other(value, &walk))
		return rind_error_set(c->err, -EXDEV,
			"writable root %s leads to %s, and did not when it was found: something "
			"is changing it; try again",
			given, walk.path);
	if (found)
		return refuse_root(c, given, &walk, found);
	if (is_set_id(&walk.stat))
		return rind_error_set(c->err, -EPERM,
			"writable root %s is a set-ID program: whatever the command writes to it "
			"runs as its owner or group; take the bits away (chmod ug-s), or leave the "
			"root out",
			given);
	result = add_root(c, walk.path, &walk.stat, links, ROOT_EXPLICIT, collect_rule(c, value));
	return result < 0 ? result : 1;
}

/* A root that is made where it is missing: its path is the same then, as nothing is there yet. */
static int add_missing_root(struct collect *c, const struct resolve *walk,
	const struct fact_link *links, const char *rule)
{
	const struct stat directory = {.st_mode = S_IFDIR};

	if (path_has_dotdot(walk->rest))
		return rind_error_set(c->err, -ENOENT,
			"%s: there is no %s, and so nothing that '..' after it could mean; name "
			"the directory without it",
			rule, walk->path);
	int result = add_root(c, path_join(&c->facts->arena, walk->path, walk->rest), &directory,
		links, ROOT_EXPLICIT, rule);
	if (!result)
		c->facts->roots[c->facts->root_count - 1].is_missing = true;
	return result;
}

static int collect_made_root(struct collect *c, const char *given)
{
	const char *rule = arena_printf(&c->facts->arena, "--writable-make %s", given);
	const struct fact_link *links;
	struct resolve walk;
	int found, result = collect_find(c, given, &walk, &links, &found);

	if (result < 0)
		return result;
	if (!rule)
		return rind_error_no_memory(c->err);
	if (!found && !S_ISDIR(walk.stat.st_mode))
		found = -ENOTDIR;
	if (found == -ENOENT)
		return add_missing_root(c, &walk, links, rule);
	if (found < 0)
		return rind_error_set(
			c->err, found, "%s: %s: %s", rule, walk.path, errno_text(-found));
	return add_root(c, walk.path, &walk.stat, links, ROOT_EXPLICIT, rule);
}

/*
 * An implicit root: a directory for temporary files.  Ignore one that cannot be used: nobody asked
 * for it, and the command has no more rights there than we.  Ignore one that leads to /, too: it
 * would make the whole tree writable.
 */
static int collect_implicit_root(
	struct collect *c, const char *path, enum root_origin origin, const char *rule)
{
	const struct fact_link *links = NULL;
	struct resolve walk;
	int found = resolve_start(&walk, "/", path);
	if (!found)
		found = collect_follow(c, &walk, &links);
	if (found < 0)
		return collect_check_lookup(c, path, found);
	if (!S_ISDIR(walk.stat.st_mode) || !strcmp(walk.path, "/"))
		return 0;
	return add_root(c, walk.path, &walk.stat, links, origin, rule);
}

static int add_directory_root(struct collect *c)
{
	return add_root(c, c->facts->directory, &c->directory, c->directory_links, ROOT_DIRECTORY,
		"workspace (working directory)");
}

/*
 * The working directory, if it is a workspace or in a root that was named.  / is where services
 * start: where another root was named nobody expects it to be one.
 */
static int collect_directory_root(struct collect *c)
{
	const struct facts *facts = c->facts;
	bool named = false;

	if (facts->root_count && !strcmp(facts->directory, "/"))
		return 0;
	for (size_t i = 0; i < facts->root_count; i++)
		named |= path_is_within(facts->directory, facts->roots[i].path);
	/* What is written to a scratch surprises nobody. */
	for (size_t i = 0; i < facts->scratch_count; i++)
		if (!strcmp(facts->directory, facts->scratches[i].path))
			return 0;
	int result = named ? 0 : workspace_check(facts->directory, c->err);
	return result < 0 ? result : add_directory_root(c);
}

/*
 * Full access: the whole tree is the root.  The working directory is added too, since relative
 * --protect names are meant there.
 */
static int collect_full_access_roots(struct collect *c)
{
	struct stat stat;
	int result = sys_fstatat(AT_FDCWD, "/", &stat, AT_SYMLINK_NOFOLLOW);
	if (result < 0)
		return rind_error_set(c->err, result, "/ cannot be used: %s", errno_text(-result));
	result = add_root(c, "/", &stat, NULL, ROOT_EXPLICIT, "--mode full-access");
	if (result < 0 || !strcmp(c->facts->directory, "/"))
		return result;
	return add_directory_root(c);
}

int collect_roots(struct collect *c)
{
	const struct rind_policy *policy = c->policy;

	if (policy->mode == RIND_MODE_FULL_ACCESS)
		return collect_full_access_roots(c);
	int result = collect_values(c, COLLECT_WRITABLE, collect_explicit_root);
	for (size_t i = 0; !result && i < policy->writable_make.count; i++)
		result = collect_made_root(c, policy->writable_make.items[i]);
	if (result < 0 || policy->mode == RIND_MODE_READ_ONLY)
		return result;

	result = collect_directory_root(c);
	if (!result && !policy->exclude_tmp)
		result = collect_implicit_root(c, "/tmp", ROOT_TMP, "implicit /tmp");
	const char *tmpdir = policy->exclude_tmpdir ? NULL : getenv("TMPDIR");
	if (!result && tmpdir && *tmpdir == '/')
		result = collect_implicit_root(c, tmpdir, ROOT_TMPDIR, "implicit $TMPDIR");
	return result;
}

static int compare_paths(const void *a, const void *b)
{
	return path_compare(*(const char *const *)a, *(const char *const *)b);
}

int collect_index_roots(struct collect *c)
{
	const struct facts *facts = c->facts;
	size_t most = facts->root_count + facts->scratch_count + 1;
	c->root_paths = arena_alloc(&c->facts->arena, most * sizeof(*c->root_paths));
	if (!c->root_paths)
		return rind_error_no_memory(c->err);
	for (size_t i = 0; i < facts->root_count; i++) {
		if (!strcmp(facts->roots[i].path, "/"))
			c->tree_writable = true;
		else
			c->root_paths[c->root_path_count++] = facts->roots[i].path;
	}
	for (size_t i = 0; i < facts->scratch_count; i++)
		if (facts->scratches[i].path[1])
			c->root_paths[c->root_path_count++] = facts->scratches[i].path;
	qsort(c->root_paths, c->root_path_count, sizeof(*c->root_paths), compare_paths);
	return 0;
}

/* The length of the deepest root, other than "/", at or above path; 0: none. */
size_t collect_root_part(const struct collect *c, const char *path)
{
	char prefix[PATH_MAX];
	const char *key = prefix;
	size_t length = strlen(path);

	memcpy(prefix, path, length + 1);
	while (length) {
		if (bsearch(&key, c->root_paths, c->root_path_count, sizeof(*c->root_paths),
			    compare_paths))
			return length;
		while (length && prefix[--length] != '/')
			;
		prefix[length] = '\0';
	}
	return 0;
}

bool collect_is_in_root(const struct collect *c, const char *path)
{
	return collect_root_part(c, path) != 0;
}

/* Is there a root at or below path? */
bool collect_contains_root(const struct collect *c, const char *path)
{
	size_t low = 0, high = c->root_path_count;
	while (low < high) {
		size_t middle = low + (high - low) / 2;
		if (path_compare(c->root_paths[middle], path) < 0)
			low = middle + 1;
		else
			high = middle;
	}
	return low < c->root_path_count && path_is_within(c->root_paths[low], path);
}
