/*
 * Submodules: `git status` at the top of a repository goes into every one that the index names, if
 * there is a repository at its .git, and executes what that one's configuration says.  The
 * directory of a submodule is the command's: so protect the .git in it as the repository's own.
 *
 * Supervisor, with the caller's privileges; changes nothing on the host.
 */
#include "base/path.h"
#include "base/placeholder_mark.h"
#include "base/sys.h"
#include "policy/collect.h"
#include "policy/git_index.h"
#include "policy/gitdir.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>

/* More than any project has: whoever makes so many wants to keep the start from ending. */
enum { MAX_REPOSITORIES = 10000 };

struct repository {
	const char *tree, *directory; /* the work tree, and the git directory */
};

/* Those whose submodules are to be protected.  A submodule may have some of its own. */
struct repositories {
	struct repository *items;
	size_t count;
};

/* directory is copied. */
static int add_repository(struct collect *c, struct repositories *repositories, const char *tree,
	const char *directory)
{
	struct arena *arena = &c->facts->arena;

	if (repositories->count == MAX_REPOSITORIES)
		return rind_error_set(c->err, -E2BIG,
			"%s: more than %d submodules in submodules would have to be protected; "
			"to let the command change what git runs there, --no-default-protect",
			repositories->items[0].tree, MAX_REPOSITORIES);
	struct repository *items = arena_grow(
		arena, repositories->items, repositories->count, sizeof(*repositories->items));
	const struct repository repository = {
		.tree = tree,
		.directory = arena_strdup(arena, directory),
	};
	if (!items || !repository.directory)
		return rind_error_no_memory(c->err);
	repositories->items = items;
	repositories->items[repositories->count++] = repository;
	return 0;
}

/*
 * Is tree/path a directory, with no symlink on the way?  git does not go through one; and here it
 * could lead round in a circle.
 */
static bool is_directory(const char *tree, const char *path)
{
	struct resolve walk;
	int step = resolve_start(&walk, tree, path);

	while (step >= 0 && (step = resolve_next(&walk)) > 0)
		if (resolve_at_symlink(&walk))
			return false;
	return !step && walk.known && S_ISDIR(walk.stat.st_mode);
}

/* Is there nothing at path, but a placeholder of another sandbox? */
static bool is_missing(const char *path)
{
	struct stat stat;
	int found = sys_fstatat(AT_FDCWD, path, &stat, AT_SYMLINK_NOFOLLOW);
	return found == -ENOENT || (!found && placeholder_found(AT_FDCWD, path, &stat));
}

/*
 * Protect the submodule at tree/path, and add it if it is a repository.
 *
 * Where it is checked out, protect its .git, as collect_protects.c does that of a root.  Otherwise
 * the command must not make one.  Its placeholder would be an empty directory, at which git status
 * ends with an error if it is in a submodule.  So protect the directory of the submodule, which is
 * mostly empty.
 */
static int protect_submodule(struct collect *c, struct repositories *repositories, const char *tree,
	const char *path, bool if_present)
{
	const struct fact_protect lead = {.if_present = if_present};
	struct fact_protect protect = {
		.rule = "submodule that the index names",
		.if_present = if_present,
	};
	struct arena *arena = &c->facts->arena;
	struct resolve walk = {.known = false};
	bool is_plain = is_directory(tree, path);
	const char *directory = path_join(arena, tree, path);
	const char *name = arena_printf(arena, "%s/.git", path);
	const char *git = name ? path_join(arena, tree, name) : NULL;
	if (!directory || !git)
		return rind_error_no_memory(c->err);

	if (is_plain && is_missing(git) && !collect_contains_root(c, directory)) {
		protect.rule = "submodule that the index names, not checked out";
		return collect_add_protect(c, &protect, directory);
	}
	int result = collect_add_protect(c, &protect, git);
	if (!result)
		result = collect_protect_leads(c, &lead, tree, name, &walk);
	if (!result)
		result = git_protect_pointer(c, &lead, tree, name, &walk);
	if (result < 0 || !is_plain || !walk.known || !S_ISDIR(walk.stat.st_mode))
		return result;
	return add_repository(c, repositories, directory, walk.path);
}

/*
 * What could not be read.  A damaged index is an error although git does not work with it either:
 * it does again when the index was made anew, and then goes into what a command made meanwhile.
 */
static int check_reading(
	struct collect *c, const struct git_index *index, int result, bool if_present)
{
	if (result == -ENOMEM)
		return rind_error_no_memory(c->err);
	/*
	 * In /tmp anybody can make such a repository, and no sandbox would start.  SECURITY.md
	 * promises nothing for a repository there.
	 */
	if (if_present)
		return 0;
	if (result != -EBADMSG)
		return collect_check_lookup(c, index->file, result);
	return rind_error_set(c->err, -EINVAL,
		"%s: %s, so that it is not known into which submodules git goes and what has to be "
		"protected in them; let git make it anew (rm %s; git reset), or, to let the "
		"command change what git runs, --no-default-protect",
		index->file, index->problem, index->file);
}

/* Protect what the index of one repository names, and add those of its submodules that are some. */
static int protect_submodules(struct collect *c, struct repositories *repositories,
	const struct repository *repository, bool if_present)
{
	struct git_index index = {.arena = &c->facts->arena};
	struct stat stat;

	/* git takes a directory without HEAD for no repository: its index may be another file. */
	const char *head = path_join(&c->facts->arena, repository->directory, "HEAD");
	if (!head)
		return rind_error_no_memory(c->err);
	int result = sys_fstatat(AT_FDCWD, head, &stat, AT_SYMLINK_NOFOLLOW);
	if (result < 0)
		return collect_check_lookup(c, head, result);

	int reading = git_index_read(&index, repository->directory);
	if (reading < 0)
		result = check_reading(c, &index, reading, if_present);
	for (size_t i = 0; !result && i < index.link_count; i++)
		result = protect_submodule(
			c, repositories, repository->tree, index.links[i], if_present);
	return result;
}

static int protect_all(struct collect *c, struct repositories *repositories, bool if_present)
{
	int result = 0;

	for (size_t i = 0; !result && i < repositories->count; i++) {
		/* A copy: the list grows meanwhile. */
		const struct repository repository = repositories->items[i];
		result = protect_submodules(c, repositories, &repository, if_present);
	}
	return result;
}

/* See collect.h. */
int git_protect_submodules(struct collect *c, const struct fact_root *root,
	const struct resolve *walk, bool if_present)
{
	struct repositories repositories = {0};
	int result = 0;

	/* If the walk ended at no directory, git finds no repository. */
	if (walk->known && S_ISDIR(walk->stat.st_mode))
		result = add_repository(c, &repositories, root->path, walk->path);
	return result < 0 ? result : protect_all(c, &repositories, if_present);
}

/* Is there a repository at tree/.git?  Then *walk is at its git directory. */
static int find_at(struct collect *c, const char *tree, struct resolve *walk, bool *ret)
{
	char pointer[PATH_MAX];
	struct stat stat;

	*ret = false;
	int found = resolve_start(walk, tree, ".git");
	if (!found)
		found = resolve_finish(walk);
	if (!found && S_ISREG(walk->stat.st_mode)) {
		int read = gitdir_read(walk->path, "gitdir:", pointer);
		if (read <= 0)
			return collect_check_lookup(c, walk->path, read);
		found = resolve_start(walk, tree, pointer);
		if (!found)
			found = resolve_finish(walk);
	}
	if (found)
		return collect_check_lookup(c, walk->path, found);
	const char *head = path_join(&c->facts->arena, walk->path, "HEAD");
	if (!head)
		return rind_error_no_memory(c->err);
	found = sys_fstatat(AT_FDCWD, head, &stat, AT_SYMLINK_NOFOLLOW);
	*ret = !found;
	return collect_check_lookup(c, head, found);
}

/* Is it one of the directories in which anybody may have made a repository? */
static bool is_temporary(const struct collect *c, const char *path)
{
	for (size_t i = 0; i < c->facts->root_count; i++)
		if (c->facts->roots[i].origin >= ROOT_TMP && !strcmp(c->facts->roots[i].path, path))
			return true;
	return false;
}

/* See collect.h. */
int git_protect_submodules_above(struct collect *c, const struct fact_root *root)
{
	struct repositories repositories = {0};
	struct arena *arena = &c->facts->arena;
	struct resolve walk;
	const char *tree = root->path;
	bool has = false;
	int result = 0;

	while (!result && !has && tree && tree[1]) {
		tree = path_join(arena, tree, "..");
		result = tree ? find_at(c, tree, &walk, &has) : rind_error_no_memory(c->err);
	}
	if (!result && has)
		result = add_repository(c, &repositories, tree, walk.path);
	return result < 0 || !has ? result : protect_all(c, &repositories, is_temporary(c, tree));
}
