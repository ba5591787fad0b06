/*
 * Looking at the host for the lowering: roots, protected paths behind symlinks and .git files,
 * hidden paths, the working directory.
 *
 * Supervisor, with the caller's privileges; changes nothing.  What is found here can change before
 * the mounts are made: so identities are recorded, and init compares them.  Below a writable root
 * no decision is made here at all, for a command in another sandbox may be at work there; init
 * walks those paths itself.  Links found there only ever add a path to what is protected.
 */
#include "policy/facts.h"

#include "base/advice.h"
#include "base/path.h"
#include "base/placeholder_mark.h"
#include "base/sys.h"
#include "policy/gitdir.h"
#include "policy/nearest.h"
#include "policy/resolve.h"
#include "policy/root_links.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct collect {
	const struct rind_policy *policy;
	struct facts *facts;
	struct rind_error *err;
	const char *caller_directory;            /* NULL until it is needed */
	struct stat directory;                   /* of the command's working directory */
	const struct fact_link *directory_links; /* on the way to it */
	const struct fact_link *caller_links;    /* on the caller's way to its own, if known */
	const char **root_paths;                 /* ascending, without "/" */
	size_t root_path_count;
	bool tree_writable; /* "/" is a root */
};

static struct plan_identity identity_of(const struct stat *stat)
{
	return (struct plan_identity){
		.device = stat->st_dev,
		.inode = stat->st_ino,
		.links = stat->st_nlink,
		.mode = stat->st_mode,
		.owner = stat->st_uid,
		.group = stat->st_gid,
	};
}

/* That nothing was found is all right as long as the looking was. */
static int check_look(struct collect *c, const char *path, int found)
{
	if (found >= 0 || resolve_is_finding(found))
		return 0;
	return rind_error_set(
		c->err, found, "%s cannot be looked at: %s", path, errno_text(-found));
}

/* Walk to the end, and put the symlinks that are met in front of *links. */
static int follow(struct collect *c, struct resolve *walk, const struct fact_link **links)
{
	int result;

	while ((result = resolve_next(walk)) > 0) {
		if (!resolve_at_symlink(walk))
			continue;
		struct fact_link *link = arena_alloc(&c->facts->arena, sizeof(*link));
		const char *path = arena_strdup(&c->facts->arena, walk->path);
		if (!link || !path)
			return -ENOMEM;
		*link = (struct fact_link){.path = path, .before = *links};
		*links = link;
	}
	return result < 0 ? result : resolve_finish(walk);
}

/*
 * The kernel knows where the caller's directory is, not how he came there.  His shell does, in
 * $PWD; where that does not lead there, it says nothing.
 */
static int find_caller_links(struct collect *c)
{
	const struct fact_link *links = NULL;
	const char *way = getenv("PWD");
	struct resolve walk;

	if (!way || *way != '/' || !strcmp(way, c->caller_directory))
		return 0;
	int found = resolve_start(&walk, "/", way);
	if (!found)
		found = follow(c, &walk, &links);
	if (!found && !strcmp(walk.path, c->caller_directory))
		c->caller_links = links;
	return check_look(c, way, found);
}

static int find_caller_directory(struct collect *c)
{
	char path[PATH_MAX];

	if (c->caller_directory)
		return 0;
	if (!getcwd(path, sizeof(path)))
		return rind_error_set(c->err, -errno,
			"the working directory cannot be found: %s; change to one that exists",
			errno_text(errno));
	if (*path != '/')
		return rind_error_set(c->err, -ENOENT,
			"the working directory is outside the root directory; change to another "
			"one");
	c->caller_directory = arena_strdup(&c->facts->arena, path);
	if (!c->caller_directory)
		return rind_error_no_memory(c->err);
	return find_caller_links(c);
}

/*
 * Find where a path as the caller gave it leads, and the symlinks on the way (NULL: of no
 * interest). 0 and *ret_found the errno of the walk, or 0; an error is returned only where there is
 * nothing to start from.
 */
static int find(struct collect *c, const char *given, struct resolve *walk,
	const struct fact_link **ret_links, int *ret_found)
{
	const struct fact_link *links = NULL;

	if (*given != '/') {
		int result = find_caller_directory(c);
		if (result < 0)
			return result;
		links = c->caller_links;
	}
	int result = resolve_start(walk, *given == '/' ? "/" : c->caller_directory, given);
	*ret_found = result < 0 ? result : follow(c, walk, &links);
	if (ret_links)
		*ret_links = links;
	return 0;
}

/* --- the working directory -------------------------------------------------------------------- */

static int collect_directory(struct collect *c)
{
	const char *given = c->policy->directory;
	struct resolve walk;
	int found, result = find(c, given ? given : ".", &walk, &c->directory_links, &found);

	if (result < 0)
		return result;
	if (!found && !S_ISDIR(walk.stat.st_mode))
		found = -ENOTDIR;
	if (found && given)
		return rind_error_set(c->err, found, "--chdir %s: %s; name a directory that exists",
			given, errno_text(-found));
	if (found)
		return rind_error_set(c->err, found, "the working directory %s cannot be used: %s",
			c->caller_directory, errno_text(-found));
	c->directory = walk.stat;
	c->facts->directory = arena_strdup(&c->facts->arena, walk.path);
	return c->facts->directory ? 0 : rind_error_no_memory(c->err);
}

/* --- writable roots --------------------------------------------------------------------------- */

static int add_root(struct collect *c, const char *path, const struct stat *stat,
	const struct fact_link *links, enum root_origin origin, const char *rule)
{
	struct facts *facts = c->facts;
	struct fact_root *roots =
		arena_grow(&facts->arena, facts->roots, facts->root_count, sizeof(*roots));
	const char *copy = arena_strdup(&facts->arena, path);
	if (!roots || !copy || !rule)
		return rind_error_no_memory(c->err);
	facts->roots = roots;
	facts->roots[facts->root_count++] = (struct fact_root){
		.path = copy,
		.rule = rule,
		.links = links,
		.origin = origin,
		.is_directory = S_ISDIR(stat->st_mode),
		.identity = identity_of(stat),
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
			"writable root %s does not exist; create it or leave it out", given);

	const char *target = path_join(&c->facts->arena, walk->path, walk->rest);
	if (!target)
		return rind_error_no_memory(c->err);
	return rind_error_set(c->err, found,
		"writable root %s is a symbolic link to %s, which does not exist; create that or "
		"leave the root out",
		given, target);
}

/*
 * write(2) takes the bits away, but a file can be written to without it: by mmap(2), through which
 * what is written reaches a page and no check.
 */
static bool is_set_id(const struct stat *stat)
{
	const mode_t group = S_ISGID | S_IXGRP;
	return S_ISREG(stat->st_mode) &&
	       (stat->st_mode & S_ISUID || (stat->st_mode & group) == group);
}

static int collect_explicit_root(struct collect *c, const char *given)
{
	const struct fact_link *links;
	struct resolve walk;
	int found, result = find(c, given, &walk, &links, &found);

	if (result < 0)
		return result;
	if (found)
		return refuse_root(c, given, &walk, found);
	if (is_set_id(&walk.stat))
		return rind_error_set(c->err, -EPERM,
			"writable root %s is a set-ID program: whatever the command writes to it "
			"runs as its owner or group; take the bits away (chmod ug-s), or leave the "
			"root out",
			given);
	return add_root(c, walk.path, &walk.stat, links, ROOT_EXPLICIT,
		arena_printf(&c->facts->arena, "--writable %s", given));
}

/*
 * A directory for temporary files.  One that cannot be used is passed over: nobody asked for it,
 * and the command can do no more with it than we.  One that leads to / would open the whole tree.
 */
static int collect_implicit_root(
	struct collect *c, const char *path, enum root_origin origin, const char *rule)
{
	const struct fact_link *links = NULL;
	struct resolve walk;
	int found = resolve_start(&walk, "/", path);
	if (!found)
		found = follow(c, &walk, &links);
	if (found < 0)
		return check_look(c, path, found);
	if (!S_ISDIR(walk.stat.st_mode) || !strcmp(walk.path, "/"))
		return 0;
	return add_root(c, walk.path, &walk.stat, links, origin, rule);
}

static int collect_directory_root(struct collect *c)
{
	/* Nobody means the whole tree by it: that takes --writable /, said as such. */
	if (!strcmp(c->facts->directory, "/"))
		return 0;
	return add_root(c, c->facts->directory, &c->directory, c->directory_links, ROOT_DIRECTORY,
		"workspace (working directory)");
}

/* Full access: the tree is the root; the working directory matters for relative --protect names. */
static int collect_full_access_roots(struct collect *c)
{
	struct stat stat;
	int result = sys_fstatat(AT_FDCWD, "/", &stat, AT_SYMLINK_NOFOLLOW);
	if (result < 0)
		return rind_error_set(c->err, result, "/ cannot be used: %s", errno_text(-result));
	result = add_root(c, "/", &stat, NULL, ROOT_EXPLICIT, "--mode full-access");
	return result < 0 ? result : collect_directory_root(c);
}

static int collect_roots(struct collect *c)
{
	const struct rind_policy *policy = c->policy;
	int result = 0;

	if (policy->mode == RIND_MODE_FULL_ACCESS)
		return collect_full_access_roots(c);
	for (size_t i = 0; !result && i < policy->writable.count; i++)
		result = collect_explicit_root(c, policy->writable.items[i]);
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

static int index_roots(struct collect *c)
{
	const struct facts *facts = c->facts;
	c->root_paths =
		arena_alloc(&c->facts->arena, (facts->root_count + 1) * sizeof(*c->root_paths));
	if (!c->root_paths)
		return rind_error_no_memory(c->err);
	for (size_t i = 0; i < facts->root_count; i++) {
		if (!strcmp(facts->roots[i].path, "/"))
			c->tree_writable = true;
		else
			c->root_paths[c->root_path_count++] = facts->roots[i].path;
	}
	qsort(c->root_paths, c->root_path_count, sizeof(*c->root_paths), compare_paths);
	return 0;
}

/* How much of path is the deepest root that it is at or below, other than "/"; 0: none. */
static size_t root_part(const struct collect *c, const char *path)
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

static bool is_in_root(const struct collect *c, const char *path)
{
	return root_part(c, path) != 0;
}

/* Is there a root at or below path? */
static bool contains_root(const struct collect *c, const char *path)
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

/* --- protected paths -------------------------------------------------------------------------- */

static int add_protect(struct collect *c, const struct fact_protect *protect, const char *path)
{
	struct facts *facts = c->facts;
	/* What symlinks add up to can be longer than any path that the kernel takes. */
	if (path && strlen(path) >= PATH_MAX)
		return rind_error_set(c->err, -ENAMETOOLONG,
			"%s: symbolic links on the way make it longer than the system's limit of "
			"%d bytes; protect it by a shorter path",
			protect->rule ? protect->rule : "protected path", PATH_MAX - 1);
	struct fact_protect *protects =
		arena_grow(&facts->arena, facts->protects, facts->protect_count, sizeof(*protects));
	const char *copy = path ? arena_strdup(&facts->arena, path) : NULL;
	if (!protects || !copy || !protect->rule)
		return rind_error_no_memory(c->err);
	facts->protects = protects;
	facts->protects[facts->protect_count] = *protect;
	facts->protects[facts->protect_count++].path = copy;
	return 0;
}

/*
 * With the whole tree as root, a symlink high up (/bin, /var/run) cannot be masked without taking
 * half of the system away; nor need it be, unless the caller could put another one in its place.
 */
static bool can_be_swapped(const struct collect *c, const char *link)
{
	char directory[PATH_MAX];
	size_t length = (size_t)(strrchr(link, '/') - link);

	if (!c->tree_writable || is_in_root(c, link))
		return true;
	memcpy(directory, link, length);
	strcpy(directory + length, length ? "" : "/");
	/* It can unless it is known that it cannot. */
	int error = sys_access(AT_FDCWD, directory, W_OK);
	return error != -EACCES && error != -EROFS;
}

/*
 * Protect what a symlink or a .git file leads to.  Not where that is a root or has one in it: a
 * `.git -> .` must not take the workspace away.  What is in no root, the lowering drops.
 */
static int add_target(struct collect *c, const struct fact_protect *protect, const char *path)
{
	if (path && (!path[1] || contains_root(c, path)))
		return 0;
	return add_protect(c, protect, path);
}

/*
 * Walk start/rest, and protect every symlink met as well as the end of it all, present or missing.
 * Without protect->rule the path itself is protected already, and then nothing is to be done before
 * the first symlink, which is what init will mask.
 */
static int protect_leads(struct collect *c, const struct fact_protect *protect, const char *start,
	const char *rest, struct resolve *walk)
{
	struct fact_protect target = *protect;
	int step = resolve_start(walk, start, rest);

	while (step >= 0 && (step = resolve_next(walk)) > 0) {
		int result = 0;
		if (!resolve_at_symlink(walk) || !can_be_swapped(c, walk->path))
			continue;
		if (target.rule)
			result = add_target(c, &target, walk->path);
		else
			target.rule = arena_printf(
				&c->facts->arena, "target of symbolic link %s", walk->path);
		if (result < 0 || !target.rule)
			return rind_error_no_memory(c->err);
	}
	int looked = check_look(c, walk->path, step);
	if (looked < 0)
		return looked;
	/* A loop leads nowhere, and every link of it has been protected. */
	if (!target.rule || step == -ELOOP || step == -ENAMETOOLONG)
		return 0;
	return add_target(c, &target, path_join(&c->facts->arena, walk->path, walk->rest));
}

/* The git directory that directory, one itself, shares with others. */
static int protect_common_directory(
	struct collect *c, const struct fact_protect *kind, const char *directory, const char *name)
{
	struct arena *arena = &c->facts->arena;
	struct fact_protect protect = *kind;
	char pointer[PATH_MAX];
	struct resolve walk;

	const char *copy = arena_strdup(arena, directory);
	const char *common = path_join(arena, directory, "commondir");
	if (!copy || !common)
		return rind_error_no_memory(c->err);
	int read = gitdir_read(common, "", pointer);
	if (read <= 0)
		return check_look(c, common, read);
	protect.rule = arena_printf(arena, "common git directory of %s", name);
	return protect_leads(c, &protect, copy, pointer, &walk);
}

/* Does the path end in .git?  Then *ret_length is the length of what is before that. */
static bool is_git_name(const char *path, size_t *ret_length)
{
	size_t end = strlen(path);
	while (end && path[end - 1] == '/')
		end--;
	if (end < 4 || memcmp(path + end - 4, ".git", 4) != 0 || (end > 4 && path[end - 5] != '/'))
		return false;
	*ret_length = end - 4;
	return true;
}

/*
 * Protect the git directory that the file of the walk points to, when it is called start/name, and
 * the common directory of that: for git, the directory of that name is where a relative pointer
 * begins.  Afterwards the walk has come to the git directory.
 */
static int protect_git_directory(struct collect *c, const struct fact_protect *kind,
	const char *start, const char *name, struct resolve *walk)
{
	struct arena *arena = &c->facts->arena;
	struct fact_protect protect = *kind;
	char pointer[PATH_MAX];
	const char *lead = pointer;
	size_t length;

	if (!is_git_name(name, &length))
		return 0;
	int read = gitdir_read(walk->path, "gitdir:", pointer);
	if (read <= 0)
		return check_look(c, walk->path, read);
	if (*pointer != '/')
		lead = arena_printf(arena, "%.*s%s", (int)length, name, pointer);
	const char *whole = *name == '/' ? name : path_join(arena, start, name);
	if (!lead || !whole)
		return rind_error_no_memory(c->err);
	protect.rule = arena_printf(arena, "git directory of %s", whole);
	int result = protect_leads(c, &protect, start, lead, walk);
	if (result < 0 || !walk->known || !S_ISDIR(walk->stat.st_mode))
		return result;
	return protect_common_directory(c, kind, walk->path, whole);
}

/*
 * start/name is protected or hidden, and the walk has found what is there: where that is a .git
 * that points somewhere else, protect that as well.
 */
static int protect_git(struct collect *c, const struct fact_protect *kind, const char *start,
	const char *name, struct resolve *walk)
{
	size_t length;
	bool is_name = is_git_name(name, &length);

	if (!walk->known || (!is_name && !is_git_name(walk->path, &length)))
		return 0;
	/*
	 * A symlink to a worktree's own git directory; in a repository's own place there is none.
	 */
	if (S_ISDIR(walk->stat.st_mode) && walk->links)
		return protect_common_directory(c, kind, walk->path, name);
	if (!S_ISREG(walk->stat.st_mode))
		return 0;

	const char *real = arena_strdup(&c->facts->arena, walk->path);
	struct resolve other = *walk;
	if (!real)
		return rind_error_no_memory(c->err);
	int result = walk->links ? protect_git_directory(c, kind, "/", real, &other) : 0;
	return result < 0 ? result : protect_git_directory(c, kind, start, name, walk);
}

/* Is there a file that git takes for the HEAD of a repository, at path? */
static int is_head(struct collect *c, const char *path, const struct stat *stat, bool *ret)
{
	char line[PATH_MAX];

	*ret = false;
	if (S_ISLNK(stat->st_mode)) {
		ssize_t length = sys_readlinkat(AT_FDCWD, path, line, sizeof(line));
		*ret = length < 0 || !strncmp(line, "refs/", 5);
		return 0;
	}
	int read = gitdir_read(path, "", line);
	if (read <= 0)
		return check_look(c, path, read);
	*ret = !strncmp(line, "ref:", 4) || strspn(line, "0123456789abcdefABCDEF") >= 40;
	return 0;
}

/* Is there anything of that name in the root but another sandbox's placeholder? */
static int is_present(struct collect *c, const struct fact_root *root, const char *name, bool *ret)
{
	const char *path = path_join(&c->facts->arena, root->path, name);
	struct stat stat = {0};

	if (!path)
		return rind_error_no_memory(c->err);
	int found = sys_fstatat(AT_FDCWD, path, &stat, AT_SYMLINK_NOFOLLOW);
	*ret = !found && !placeholder_mark_found(&stat);
	return check_look(c, path, found);
}

/*
 * Without `refs` a directory is no repository, unless `commondir` says that it is elsewhere.
 * Without HEAD it is none either; but where a file has that name, `git diff HEAD` (below the top of
 * a repository) does not know which of them is meant: so it is the second choice, for where one of
 * the others is there already.
 */
static int protect_parts(struct collect *c, const struct fact_root *root)
{
	static const char *const parts[] = {"refs", "commondir", "HEAD"};
	const struct fact_protect protect = {.rule = "part of a repository"};
	bool refs = false, common = false;

	int result = is_present(c, root, parts[0], &refs);
	if (!result && !refs)
		result = is_present(c, root, parts[1], &common);
	bool second = refs || common;
	for (size_t i = second ? 2 : 0; !result && i < (second ? 3 : 2); i++)
		result =
			add_protect(c, &protect, path_join(&c->facts->arena, root->path, parts[i]));
	return result;
}

/*
 * Where git finds no repository by the name .git, it asks whether the directory is one itself:
 * HEAD, objects and refs in it are enough, and what its config says is run.  Where there is a HEAD
 * already, the root cannot be had both writable and safe: git obeys a commondir that is made there,
 * and refuses to work where that is masked.
 */
static int protect_bare_repository(struct collect *c, const struct fact_root *root)
{
	const char *path = path_join(&c->facts->arena, root->path, "HEAD");
	struct stat stat = {0};
	bool head;

	if (!path)
		return rind_error_no_memory(c->err);
	int found = sys_fstatat(AT_FDCWD, path, &stat, AT_SYMLINK_NOFOLLOW);
	int result = check_look(c, path, found);
	if (!result && !found && !placeholder_mark_found(&stat)) {
		result = is_head(c, path, &stat, &head);
		if (!result && head)
			return rind_error_set(c->err, -EINVAL,
				"%s: %s is a git repository itself, or can be made one, since it "
				"has a HEAD and no other one at .git: the command could change "
				"what git runs there; if it is none, remove %s; otherwise leave it "
				"out, use --mode read-only, or, to let the command do that, "
				"--no-default-protect",
				root->rule, root->path, path);
	}
	return result < 0 ? result : protect_parts(c, root);
}

/*
 * Does git find a repository at ROOT/.git, to where the walk has come, so that it looks no further?
 */
static bool has_repository(
	struct collect *c, const struct fact_root *root, const struct resolve *walk)
{
	struct stat stat = {0};

	if (!walk->known || !strcmp(walk->path, root->path))
		return false;
	if (!S_ISDIR(walk->stat.st_mode))
		return !placeholder_mark_found(&walk->stat);
	/* Not where it is an empty directory, as other sandboxes leave behind. */
	const char *head = path_join(&c->facts->arena, walk->path, "HEAD");
	return head && !sys_fstatat(AT_FDCWD, head, &stat, AT_SYMLINK_NOFOLLOW) &&
	       (S_ISREG(stat.st_mode) || S_ISLNK(stat.st_mode));
}

static int collect_repository(
	struct collect *c, const struct fact_root *root, struct resolve *walk, bool if_present)
{
	const struct fact_protect kind = {.if_present = if_present};
	bool pointer = walk->known && S_ISREG(walk->stat.st_mode);

	int result = protect_git(c, &kind, root->path, ".git", walk);
	if (result < 0 || if_present)
		return result;
	/* A .git that is named itself is meant to be writable. */
	size_t length;
	if (root->origin == ROOT_EXPLICIT && is_git_name(root->path, &length))
		return 0;
	/* With a pointer that leads to a bad place git gives up. */
	if (pointer && strcmp(walk->path, root->path) != 0 && !placeholder_mark_found(&walk->stat))
		return 0;
	return has_repository(c, root, walk) ? 0 : protect_bare_repository(c, root);
}

static int collect_default_names(struct collect *c, const struct fact_root *root)
{
	const struct fact_protect protect = {.if_present = root->origin >= ROOT_TMP};
	struct resolve walk;

	for (const char *const *name = policy_default_names; *name; name++) {
		int result = protect_leads(c, &protect, root->path, *name, &walk);
		if (!result && !strcmp(*name, ".git"))
			result = collect_repository(c, root, &walk, protect.if_present);
		if (result < 0)
			return result;
	}
	return 0;
}

static int collect_relative_protects(struct collect *c, const struct fact_root *root)
{
	const struct string_list *list = &c->policy->protect;
	const struct fact_protect protect = {.is_explicit = true};
	struct resolve walk;
	int result = 0;

	for (size_t i = 0; !result && i < list->count; i++) {
		if (*list->items[i] == '/')
			continue;
		result = protect_leads(c, &protect, root->path, list->items[i], &walk);
		if (!result)
			result = protect_git(c, &protect, root->path, list->items[i], &walk);
	}
	return result;
}

/* From here on a component is not ours to resolve: a command could swap it. */
static bool stays_as_given(const struct collect *c, const struct resolve *walk)
{
	if (path_has_dotdot(walk->rest))
		return false;
	return is_in_root(c, walk->path) ||
	       (c->tree_writable && resolve_at_symlink(walk) && can_be_swapped(c, walk->path));
}

/*
 * Begin a walk where the walks to the roots have been already: a root's path has no symlink in it.
 */
static int start_at_root(struct collect *c, struct resolve *walk, const char *given)
{
	bool usable = strlen(given) < PATH_MAX && !path_has_dotdot(given);
	size_t part = usable ? root_part(c, given) : 0;
	const char *root = part ? arena_printf(&c->facts->arena, "%.*s", (int)part, given) : "/";
	if (!root)
		return rind_error_no_memory(c->err);
	return resolve_start(walk, root, given + part + strspn(given + part, "/"));
}

/* " (did you mean …?)" about a path whose last component is missing, or "". */
static const char *suggest(struct collect *c, const char *missing)
{
	struct arena *arena = &c->facts->arena;
	const char *nearest = nearest_path(arena, missing);
	const char *text = nearest ? arena_printf(arena, " (did you mean %s?)", nearest) : "";
	return text ? text : "";
}

/* Outside of the roots everything is read-only; but something was meant to be protected. */
static int check_outside(struct collect *c, const char *given, const struct resolve *walk, int step)
{
	if (step != -ENOENT && step != -ENOTDIR)
		return 0;
	return rind_error_set(c->err, step,
		"--protect %s: there is no %s%s, nor a writable root around it, so that nothing "
		"would be protected; name what is there, or leave it out",
		given, walk->path, suggest(c, walk->path));
}

static int collect_absolute_protect(struct collect *c, const char *given)
{
	struct arena *arena = &c->facts->arena;
	const struct fact_protect kind = {.is_explicit = true};
	struct fact_protect protect = kind;
	struct resolve walk;
	int step = start_at_root(c, &walk, given);

	while (step >= 0 && (step = resolve_next(&walk)) > 0 && !stays_as_given(c, &walk))
		;
	if (step == -ELOOP || step == -ENAMETOOLONG || (step < 0 && !resolve_is_finding(step)))
		return rind_error_set(c->err, step, "--protect %s: %s", given, errno_text(-step));

	/* What is missing, or cannot be looked at, is protected as it is spelled. */
	const char *path = path_join(arena, walk.path, walk.rest);
	protect.rule = arena_printf(arena, "--protect %s", given);
	int result = add_protect(c, &protect, path);
	if (result < 0)
		return result;
	if (c->tree_writable || is_in_root(c, path)) {
		/* From where that walk came to, which is not looked at twice; but a symlink there
		 * is a lead. */
		const char *start =
			resolve_at_symlink(&walk) ? "/" : arena_strdup(arena, walk.path);
		if (!start)
			return rind_error_no_memory(c->err);
		const char *rest = path + strlen(start);
		result = protect_leads(c, &kind, start, rest + (*rest == '/'), &walk);
	} else {
		result = check_outside(c, given, &walk, step);
	}
	return result < 0 ? result : protect_git(c, &kind, "/", given, &walk);
}

static int collect_protects(struct collect *c)
{
	const struct rind_policy *policy = c->policy;
	bool defaults = policy->default_protect && policy->mode != RIND_MODE_FULL_ACCESS;
	int result = 0;

	for (size_t i = 0; !result && i < c->facts->root_count; i++) {
		const struct fact_root *root = &c->facts->roots[i];
		if (!root->is_directory)
			continue;
		if (defaults && strcmp(root->path, "/") != 0)
			result = collect_default_names(c, root);
		if (!result)
			result = collect_relative_protects(c, root);
	}
	for (size_t i = 0; !result && i < policy->protect.count; i++)
		if (*policy->protect.items[i] == '/')
			result = collect_absolute_protect(c, policy->protect.items[i]);
	return result;
}

/* --- hidden paths ----------------------------------------------------------------------------- */

/* A path to hide, as it was asked for. */
struct asked {
	const char *option, *path;
	bool if_present;
};

static int add_hide(
	struct collect *c, const struct asked *asked, const char *path, const struct stat *stat)
{
	struct facts *facts = c->facts;
	struct fact_hide *hides =
		arena_grow(&facts->arena, facts->hides, facts->hide_count, sizeof(*hides));
	struct fact_hide hide = {
		.path = arena_strdup(&facts->arena, path),
		.rule = arena_printf(&facts->arena, "%s %s", asked->option, asked->path),
		.is_directory = S_ISDIR(stat->st_mode),
		.identity = identity_of(stat),
	};
	if (!hides || !hide.path || !hide.rule)
		return rind_error_no_memory(c->err);
	facts->hides = hides;
	facts->hides[facts->hide_count++] = hide;
	return 0;
}

/*
 * Something in a directory that we may not search: hide the directory, for a command that is its
 * owner, like us, could give itself the right.
 */
static int hide_unsearchable(struct collect *c, const struct asked *asked, struct resolve *walk)
{
	struct stat stat;
	char *slash = strrchr(walk->path, '/');

	slash[slash == walk->path] = '\0';
	int error = sys_fstatat(AT_FDCWD, walk->path, &stat, AT_SYMLINK_NOFOLLOW);
	if (error < 0)
		return rind_error_set(c->err, error, "%s %s: %s: %s", asked->option, asked->path,
			walk->path, errno_text(-error));
	return add_hide(c, asked, walk->path, &stat);
}

/* Nothing is there to be hidden: hardly what was meant, unless that was said. */
static int check_missing(
	struct collect *c, const struct asked *asked, const struct resolve *walk, int found)
{
	if (asked->if_present)
		return 0;
	return rind_error_set(c->err, found,
		"%s %s: there is no %s%s; name what is there, or, where it may be missing, use "
		"--hide-if-present",
		asked->option, asked->path, walk->path, suggest(c, walk->path));
}

static int collect_hide(struct collect *c, const struct asked *asked)
{
	const struct fact_protect kind = {.is_explicit = true};
	const char *given = asked->path;
	struct resolve walk;
	int found, result = find(c, given, &walk, NULL, &found);

	if (result < 0)
		return result;
	switch (found) {
	case 0:
		result = add_hide(c, asked, walk.path, &walk.stat);
		if (result < 0)
			return result;
		return protect_git(
			c, &kind, *given == '/' ? "/" : c->caller_directory, given, &walk);
	case -ENOENT:
	case -ENOTDIR:
		return check_missing(c, asked, &walk, found);
	case -EACCES:
		return hide_unsearchable(c, asked, &walk);
	default:
		return rind_error_set(
			c->err, found, "%s %s: %s", asked->option, given, errno_text(-found));
	}
}

static int collect_hide_list(
	struct collect *c, const struct string_list *list, const char *option, bool if_present)
{
	int result = 0;

	for (size_t i = 0; !result && i < list->count; i++) {
		const struct asked asked = {option, list->items[i], if_present};
		result = collect_hide(c, &asked);
	}
	return result;
}

static int collect_hides(struct collect *c)
{
	int result = collect_hide_list(c, &c->policy->hide, "--hide", false);
	if (!result)
		result = collect_hide_list(
			c, &c->policy->hide_if_present, "--hide-if-present", true);
	return result;
}

/* --- rind in the place of bwrap --------------------------------------------------------------- */

static int collect_bwrap(struct collect *c, const char *place)
{
	struct facts *facts = c->facts;
	struct resolve walk;
	int found, result = find(c, place, &walk, NULL, &found);

	/* Missing, a directory, or rind by another name: there is nothing to stand in for. */
	if (result < 0 || found || !S_ISREG(walk.stat.st_mode))
		return result;
	if (walk.stat.st_dev == facts->program_identity.device &&
		walk.stat.st_ino == facts->program_identity.inode)
		return 0;
	for (size_t i = 0; i < facts->bwraps.count; i++)
		if (!strcmp(facts->bwraps.items[i], walk.path))
			return 0;
	const char **items =
		arena_grow(&facts->arena, facts->bwraps.items, facts->bwraps.count, sizeof(*items));
	const char *path = arena_strdup(&facts->arena, walk.path);
	if (!items || !path)
		return rind_error_no_memory(c->err);
	facts->bwraps.items = items;
	facts->bwraps.items[facts->bwraps.count++] = path;
	return 0;
}

/*
 * Where programs look for it, whatever $PATH is.  Rind has to be found as well, which a deleted
 * file is not.
 */
static int collect_bwraps(struct collect *c)
{
	static const char *const places[] = {
		"/usr/local/bin/bwrap", "/usr/bin/bwrap", "/bin/bwrap", NULL};
	struct resolve walk;
	int found, result = find(c, c->policy->program, &walk, NULL, &found);

	if (result < 0 || found || !S_ISREG(walk.stat.st_mode))
		return result;
	c->facts->program = arena_strdup(&c->facts->arena, walk.path);
	if (!c->facts->program)
		return rind_error_no_memory(c->err);
	c->facts->program_identity = identity_of(&walk.stat);
	for (const char *const *place = places; !result && *place; place++)
		result = collect_bwrap(c, *place);
	return result;
}

/* --- limits ----------------------------------------------------------------------------------- */

static int collect_limits(struct collect *c)
{
	const struct limits *limits = &c->policy->limits;
	unsigned int controllers = limits_controllers(limits);
	struct facts *facts = c->facts;

	/*
	 * The kernel exempts root of the first user namespace from RLIMIT_NPROC.  In one that maps that root
	 * this cannot be told from in here, and the sandbox's init tries it out.
	 */
	facts->is_root = limits->values[RIND_LIMIT_PIDS] && advice_is_root();
	if (controllers && group_find_place(&facts->arena, controllers, &facts->group) < 0)
		return rind_error_no_memory(c->err);
	if (controllers & ~facts->group.controllers)
		advice_start_in_group(facts->group_advice, sizeof(facts->group_advice));
	return 0;
}

/* --- all of it -------------------------------------------------------------------------------- */

int facts_collect(const struct rind_policy *policy, struct facts *ret, struct rind_error *err)
{
	struct collect c = {.policy = policy, .facts = ret, .err = err};

	ret->uid = geteuid();
	ret->gid = getegid();
	ret->env = (const char *const *)environ;
	int result = collect_directory(&c);
	if (result < 0 || policy_is_unrestricted(policy))
		return result;

	result = collect_roots(&c);
	if (!result)
		result = root_links_check(ret->roots, ret->root_count, err);
	if (!result)
		result = index_roots(&c);
	if (!result)
		result = collect_protects(&c);
	if (!result)
		result = collect_hides(&c);
	if (!result && policy->nested && policy->program)
		result = collect_bwraps(&c);
	if (!result && limits_are_given(&policy->limits))
		result = collect_limits(&c);
	return result;
}

void facts_free(struct facts *facts)
{
	arena_free(&facts->arena);
}
