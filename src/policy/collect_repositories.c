/*
 * The repositories to which the command may commit: find the git directory of each, which becomes a
 * scratch, and what in it the command must not even change there.
 *
 * Supervisor, with the caller's privileges; changes nothing on the host.
 */
#include "policy/collect.h"

#include "base/path.h"
#include "base/sys.h"
#include "policy/gitdir.h"

#include <errno.h>
#include <string.h>

static const char RULE[] = "--git commit";

/*
 * What git executes or obeys.  Nothing of it is published, so that this protects the host from
 * nothing; but a command that writes to it learns at once that it may not.  The configuration is
 * missing here: git writes to it when a branch is removed, renamed, or made to follow another, and
 * gives up where it cannot.
 */
static const char *const obeyed[] = {
	"config.worktree", "hooks", "info", "modules", "commondir", "gitdir", NULL};

/* Walk to a directory, where a pointer of git's leads. */
static int find_directory(
	struct collect *c, const char *start, const char *pointer, struct resolve *walk)
{
	int found = resolve_start(walk, start, pointer);

	if (!found)
		found = resolve_finish(walk);
	if (!found && !S_ISDIR(walk->stat.st_mode))
		found = -ENOTDIR;
	if (!found)
		return 0;
	return rind_error_set(c->err, found,
		"%s: %s/.git names the git directory %s: %s; repair it (git worktree repair, git "
		"submodule update)",
		RULE, start, pointer, errno_text(-found));
}

static int protect_obeyed(struct collect *c, const char *directory)
{
	const struct fact_protect protect = {.rule = "read-only with --git commit"};
	struct arena *arena = &c->facts->arena;
	struct stat stat;
	int result = 0;

	for (const char *const *name = obeyed; !result && *name; name++) {
		const char *path = path_join(arena, directory, *name);
		int found = path ? sys_fstatat(AT_FDCWD, path, &stat, AT_SYMLINK_NOFOLLOW) : 0;
		result = collect_check_lookup(c, path, found);
		if (!result && !found)
			result = collect_add_protect(c, &protect, path);
	}
	return result;
}

/* Refuse what the supervisor could not publish to. */
static int check_kind(struct collect *c, const char *common)
{
	struct stat stat;
	const char *refs = path_join(&c->facts->arena, common, "reftable");

	if (!refs)
		return rind_error_no_memory(c->err);
	if (!sys_fstatat(AT_FDCWD, refs, &stat, AT_SYMLINK_NOFOLLOW))
		return rind_error_set(c->err, -ENOTSUP,
			"%s: %s keeps its references in a reftable, which cannot be published to; "
			"leave it out, or migrate it: git refs migrate --ref-format=files",
			RULE, common);
	/* git reads the place of objects from a file with a line for each. */
	if (strpbrk(common, "\n\""))
		return rind_error_set(c->err, -ENOTSUP,
			"%s: the path %s has a quotation mark or a line break in it; rename it",
			RULE, common);
	return 0;
}

static int add_common(struct collect *c, const char *common, const struct stat *stat)
{
	const struct facts *facts = c->facts;

	for (size_t i = 0; i < facts->repository_count; i++)
		if (!strcmp(facts->repositories[i].common, common))
			return 0;
	for (size_t i = 0; i < facts->scratch_count; i++)
		if (path_is_within(common, facts->scratches[i].path))
			return rind_error_set(c->err, -EINVAL,
				"%s: %s lies in what is dropped at the end (%s), with what is "
				"committed there; leave one of the two out",
				RULE, common, facts->scratches[i].rule);
	int result = check_kind(c, common);
	if (!result)
		result = collect_add_scratch(c, common, stat, RULE);
	return result < 0 ? result : protect_obeyed(c, common);
}

static int add_repository(struct collect *c, const char *directory, const char *common,
	const struct stat *common_stat)
{
	struct facts *facts = c->facts;
	struct arena *arena = &facts->arena;

	if (!directory || !common)
		return rind_error_no_memory(c->err);
	if (!path_is_within(directory, common))
		return rind_error_set(c->err, -ENOTSUP,
			"%s: the git directory %s lies outside of %s, with which it shares its "
			"objects; leave it out",
			RULE, directory, common);
	for (size_t i = 0; i < facts->repository_count; i++)
		if (!strcmp(facts->repositories[i].directory, directory))
			return 0;
	int result = add_common(c, common, common_stat);
	if (!result && strcmp(directory, common) != 0)
		result = protect_obeyed(c, directory);
	if (result < 0)
		return result;
	struct plan_repository *items =
		arena_grow(arena, facts->repositories, facts->repository_count, sizeof(*items));
	if (!items)
		return rind_error_no_memory(c->err);
	facts->repositories = items;
	items[facts->repository_count++] =
		(struct plan_repository){.common = common, .directory = directory};
	return 0;
}

/* The git directory that a .git file in directory names, and the one that it shares things with. */
static int collect_pointed(struct collect *c, const char *directory, const char *file)
{
	struct arena *arena = &c->facts->arena;
	char pointer[PATH_MAX];
	struct resolve walk;

	int read = gitdir_read(file, "gitdir:", pointer);
	if (read < 0)
		return collect_check_lookup(c, file, read);
	if (!read)
		return rind_error_set(c->err, -ENOENT,
			"%s: %s names no git directory; repair it (git worktree repair, git "
			"submodule update), or leave the option out",
			RULE, file);
	int result = find_directory(c, directory, pointer, &walk);
	if (result < 0)
		return result;
	const char *git = arena_strdup(arena, walk.path);
	const char *shared = git ? path_join(arena, git, "commondir") : NULL;
	if (!shared)
		return rind_error_no_memory(c->err);
	read = gitdir_read(shared, "", pointer);
	if (read < 0)
		return collect_check_lookup(c, shared, read);
	result = read ? find_directory(c, git, pointer, &walk) : 0;
	return result < 0 ? result
			  : add_repository(c, git, arena_strdup(arena, walk.path), &walk.stat);
}

/* 1: there is a repository at directory/.git; 0: there is none. */
static int collect_at(struct collect *c, const char *directory)
{
	struct arena *arena = &c->facts->arena;
	const char *path = path_join(arena, directory, ".git");
	const char *head = path ? path_join(arena, path, "HEAD") : NULL;
	struct stat stat, other;

	if (!head)
		return rind_error_no_memory(c->err);
	int found = sys_fstatat(AT_FDCWD, path, &stat, AT_SYMLINK_NOFOLLOW);
	int result = collect_check_lookup(c, path, found);
	if (result < 0 || found)
		return result;
	if (S_ISLNK(stat.st_mode))
		return rind_error_set(c->err, -ENOTSUP,
			"%s: %s is a symbolic link; make it a file with a line gitdir: instead",
			RULE, path);
	/* An empty directory is none, and git looks further up. */
	found = S_ISDIR(stat.st_mode) ? sys_fstatat(AT_FDCWD, head, &other, AT_SYMLINK_NOFOLLOW)
				      : 0;
	result = collect_check_lookup(c, head, found);
	if (result < 0 || found)
		return result;
	result = S_ISDIR(stat.st_mode) ? add_repository(c, path, path, &stat)
				       : collect_pointed(c, directory, path);
	return result < 0 ? result : 1;
}

/* As git does, look for the repository of a directory there, and in the directories above. */
static int collect_above(struct collect *c, const char *directory)
{
	struct arena *arena = &c->facts->arena;
	int found = 0;

	for (const char *at = directory; !found && at; at = path_join(arena, at, "..")) {
		found = collect_at(c, at);
		if (!at[1])
			return found;
	}
	return found;
}

int collect_repositories(struct collect *c)
{
	const struct facts *facts = c->facts;

	int result = collect_above(c, facts->directory);
	for (size_t i = 0; result >= 0 && i < facts->root_count; i++)
		if (facts->roots[i].origin < ROOT_TMP && facts->roots[i].is_directory &&
			!facts->roots[i].is_missing && facts->roots[i].path[1])
			result = collect_at(c, facts->roots[i].path);
	if (result < 0)
		return result;
	if (!facts->repository_count)
		return rind_error_set(c->err, -ENOENT,
			"%s: neither %s nor a directory above it has a git repository, nor has a "
			"root that is named; change to one, or leave the option out",
			RULE, facts->directory);
	return 0;
}

bool collect_is_in_repository(const struct collect *c, const char *path)
{
	for (size_t i = 0; path && i < c->facts->repository_count; i++)
		if (path_is_within(path, c->facts->repositories[i].common))
			return true;
	return false;
}
