/*
 * Git repositories: protect the places from which git takes hooks and configuration, which it
 * executes and obeys on the host later.
 *
 * Supervisor, with the caller's privileges; changes nothing on the host.
 */
#include "base/path.h"
#include "base/placeholder_mark.h"
#include "base/sys.h"
#include "policy/collect.h"
#include "policy/gitdir.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>

/* Protect the common git directory that directory, a git directory, names in its file commondir. */
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
		return collect_check_lookup(c, common, read);
	protect.rule = arena_printf(arena, "common git directory of %s", name);
	return collect_protect_leads(c, &protect, copy, pointer, &walk);
}

/* Is the last component ".git"?  Then *ret_length is the length of what comes before it. */
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

/* Walk to the end of start/lead and protect nothing; if there is none, walk->known is unset. */
static int walk_to(struct collect *c, const char *start, const char *lead, struct resolve *walk)
{
	int found = resolve_start(walk, start, lead);
	if (!found)
		found = resolve_finish(walk);
	if (found < 0)
		walk->known = false;
	return collect_check_lookup(c, lead, found);
}

/*
 * If start/name is called .git and the walk has come to a file, protect the git directory that the
 * file points to, and its common directory. git takes a relative pointer from the directory that
 * start/name lies in, not from where a symlink leads.  Afterwards the walk is at the git directory.
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
		return collect_check_lookup(c, walk->path, read);
	if (*pointer != '/')
		lead = arena_printf(arena, "%.*s%s", (int)length, name, pointer);
	const char *whole = *name == '/' ? name : path_join(arena, start, name);
	if (!lead || !whole)
		return rind_error_no_memory(c->err);
	/* In a repository that the sandbox has a copy of, what must not change is named already. */
	if (!kind->is_explicit && collect_is_in_repository(c, path_join(arena, start, lead)))
		return walk_to(c, start, lead, walk);
	protect.rule = arena_printf(arena, "git directory of %s", whole);
	int result = collect_protect_leads(c, &protect, start, lead, walk);
	if (result < 0 || !walk->known || !S_ISDIR(walk->stat.st_mode))
		return result;
	return protect_common_directory(c, kind, walk->path, whole);
}

/* See collect.h. */
int git_protect_pointer(struct collect *c, const struct fact_protect *kind, const char *start,
	const char *name, struct resolve *walk)
{
	size_t length;
	bool is_name = is_git_name(name, &length);

	if (!walk->known || (!is_name && !is_git_name(walk->path, &length)))
		return 0;
	/*
	 * A symlink to a worktree's git directory, which has a common directory.  A .git that is
	 * the directory itself, without a symlink, has none.
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

/* Would git accept the file at path as the HEAD of a repository? */
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
		return collect_check_lookup(c, path, read);
	*ret = !strncmp(line, "ref:", 4) || strspn(line, "0123456789abcdefABCDEF") >= 40;
	return 0;
}

/*
 * Is there a file at path, other than a placeholder of another sandbox?  Fills in its stat.
 * path NULL: there was no memory for it.
 */
static int is_present(struct collect *c, const char *path, struct stat *stat, bool *ret)
{
	*ret = false;
	if (!path)
		return rind_error_no_memory(c->err);
	int found = sys_fstatat(AT_FDCWD, path, stat, AT_SYMLINK_NOFOLLOW);
	*ret = !found && !placeholder_found(AT_FDCWD, path, stat);
	return collect_check_lookup(c, path, found);
}

/*
 * Protect names without which git does not take the directory for a repository.  It needs `refs`,
 * or a `commondir` that says where they are; so these two come first.  It needs HEAD as well, but a
 * file of that name makes `git diff HEAD` ambiguous below the top of a repository; so protect HEAD
 * only where `refs` or `commondir` exists already.
 */
static int protect_parts(struct collect *c, const struct fact_root *root)
{
	static const char *const parts[] = {"refs", "commondir", "HEAD"};
	const struct fact_protect protect = {.rule = "part of a repository"};
	struct arena *arena = &c->facts->arena;
	struct stat stat = {0};
	bool second;

	int result = is_present(c, path_join(arena, root->path, parts[0]), &stat, &second);
	if (!result && !second)
		result = is_present(c, path_join(arena, root->path, parts[1]), &stat, &second);
	for (size_t i = second ? 2 : 0; !result && i < (second ? 3 : 2); i++)
		result = collect_add_protect(c, &protect, path_join(arena, root->path, parts[i]));
	return result;
}

/*
 * If git finds no repository at .git, it checks whether the directory is one itself: HEAD, objects
 * and refs in it are enough, and git runs what its config says.  If there is a HEAD already, the
 * root cannot be both writable and safe: git obeys a commondir that a command makes there, and
 * refuses to work if that is masked.
 */
static int protect_bare_repository(struct collect *c, const struct fact_root *root)
{
	const char *path = path_join(&c->facts->arena, root->path, "HEAD");
	struct stat stat = {0};
	bool present, head;

	int result = is_present(c, path, &stat, &present);
	if (!result && present) {
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
 * Does git find a repository at ROOT/.git, where the walk has ended?  Then it does not look at
 * ROOT.
 */
static int has_repository(
	struct collect *c, const struct fact_root *root, const struct resolve *walk, bool *ret)
{
	struct stat stat = {0};

	*ret = walk->known && strcmp(walk->path, root->path) != 0;
	if (!*ret || !S_ISDIR(walk->stat.st_mode))
		return 0;
	/* An empty directory is none; other sandboxes leave such behind. */
	const char *head = path_join(&c->facts->arena, walk->path, "HEAD");
	if (!head)
		return rind_error_no_memory(c->err);
	int found = sys_fstatat(AT_FDCWD, head, &stat, AT_SYMLINK_NOFOLLOW);
	*ret = !found && (S_ISREG(stat.st_mode) || S_ISLNK(stat.st_mode));
	return collect_check_lookup(c, head, found);
}

int git_protect_repository(
	struct collect *c, const struct fact_root *root, struct resolve *walk, bool if_present)
{
	const struct fact_protect kind = {.if_present = if_present};
	bool pointer = walk->known && S_ISREG(walk->stat.st_mode);

	int result = git_protect_pointer(c, &kind, root->path, ".git", walk);
	if (!result)
		result = git_protect_submodules(c, root, walk, if_present);
	if (result < 0 || if_present)
		return result;
	/* The caller made a .git itself a root: so it is meant to be writable. */
	size_t length;
	if (root->origin == ROOT_EXPLICIT && is_git_name(root->path, &length))
		return 0;
	/* If .git points to a bad place, git fails and does not look at the root. */
	if (pointer && strcmp(walk->path, root->path) != 0)
		return 0;
	bool has;
	result = has_repository(c, root, walk, &has);
	if (result < 0 || has)
		return result;
	result = git_protect_submodules_above(c, root);
	return result < 0 ? result : protect_bare_repository(c, root);
}
