/*
 * Looking at the host for the lowering: roots, protected paths behind symlinks and .git files,
 * hidden paths, the working directory.
 *
 * Supervisor, with the caller's privileges; changes nothing.  What is found here can change before
 * the mounts are made: so identities are recorded, and init compares them.  Below a writable root
 * no decision is made here at all, for a command in another sandbox may be at work there; init
 * walks those paths itself.  Links found there only ever add a path to what is protected.
 */
#include "plan/facts.h"

#include "base/advice.h"
#include "base/path.h"
#include "base/sys.h"
#include "plan/gitdir.h"
#include "plan/resolve.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct collect {
	const struct rind_policy *policy;
	struct facts *facts;
	struct rind_error *err;
	const char *caller_directory; /* NULL until it is needed */
	struct stat directory;        /* of the command's working directory */
	const char **root_paths;      /* ascending, without "/" */
	size_t root_path_count;
	bool tree_writable; /* "/" is a root */
};

static struct plan_identity identity_of(const struct stat *stat)
{
	return (struct plan_identity){.device = stat->st_dev, .inode = stat->st_ino};
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
			"the working directory is outside the root directory; change to another one");
	c->caller_directory = arena_strdup(&c->facts->arena, path);
	return c->caller_directory ? 0 : rind_error_no_memory(c->err);
}

/*
 * Find where a path as the caller gave it leads.  0 and *ret_found the errno of the walk, or 0; an
 * error is returned only where there is nothing to start from.
 */
static int find(struct collect *c, const char *given, struct resolve *walk, int *ret_found)
{
	if (*given != '/') {
		int result = find_caller_directory(c);
		if (result < 0)
			return result;
	}
	int result = resolve_start(walk, *given == '/' ? "/" : c->caller_directory, given);
	*ret_found = result < 0 ? result : resolve_finish(walk);
	return 0;
}

/* That nothing was found is all right as long as the looking was. */
static int check_look(struct collect *c, const char *path, int found)
{
	if (found >= 0 || resolve_is_finding(found))
		return 0;
	return rind_error_set(
		c->err, found, "%s cannot be looked at: %s", path, errno_text(-found));
}

/* --- the working directory ---------------------------------------------------------------------
 */

static int collect_directory(struct collect *c)
{
	const char *given = c->policy->directory;
	struct resolve walk;
	int found, result = find(c, given ? given : ".", &walk, &found);

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

/* --- writable roots ----------------------------------------------------------------------------
 */

static int add_root(struct collect *c, const char *path, const struct stat *stat,
	enum root_origin origin, const char *rule)
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
		"writable root %s is a symbolic link to %s, which does not exist; create that or leave "
		"the root out",
		given, target);
}

static int collect_explicit_root(struct collect *c, const char *given)
{
	struct resolve walk;
	int found, result = find(c, given, &walk, &found);

	if (result < 0)
		return result;
	if (found)
		return refuse_root(c, given, &walk, found);
	return add_root(c, walk.path, &walk.stat, ROOT_EXPLICIT,
		arena_printf(&c->facts->arena, "--writable %s", given));
}

/*
 * A directory for temporary files.  One that cannot be used is passed over: nobody asked for it,
 * and the command can do no more with it than we.  One that leads to / would open the whole tree.
 */
static int collect_implicit_root(
	struct collect *c, const char *path, enum root_origin origin, const char *rule)
{
	struct resolve walk;
	int found = resolve_start(&walk, "/", path);
	if (!found)
		found = resolve_finish(&walk);
	if (found < 0)
		return check_look(c, path, found);
	if (!S_ISDIR(walk.stat.st_mode) || !strcmp(walk.path, "/"))
		return 0;
	return add_root(c, walk.path, &walk.stat, origin, rule);
}

static int collect_directory_root(struct collect *c)
{
	/* Nobody means the whole tree by it: that takes --writable /, said as such. */
	if (!strcmp(c->facts->directory, "/"))
		return 0;
	return add_root(c, c->facts->directory, &c->directory, ROOT_DIRECTORY,
		"workspace (working directory)");
}

/* Full access: the tree is the root; the working directory matters for relative --protect names. */
static int collect_full_access_roots(struct collect *c)
{
	struct stat stat;
	int result = sys_fstatat(AT_FDCWD, "/", &stat, AT_SYMLINK_NOFOLLOW);
	if (result < 0)
		return rind_error_set(c->err, result, "/ cannot be used: %s", errno_text(-result));
	result = add_root(c, "/", &stat, ROOT_EXPLICIT, "--mode full-access");
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

/* --- protected paths ---------------------------------------------------------------------------
 */

static int add_protect(struct collect *c, const struct fact_protect *protect, const char *path)
{
	struct facts *facts = c->facts;
	/* What symlinks add up to can be longer than any path that the kernel takes. */
	if (path && strlen(path) >= PATH_MAX)
		return rind_error_set(c->err, -ENAMETOOLONG,
			"%s: symbolic links on the way make it longer than the system's limit of %d "
			"bytes; protect it by a shorter path",
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

/* The git directory that the file at ROOT/.git points to, and the one which that one shares. */
static int protect_git_directories(
	struct collect *c, const struct fact_root *root, const char *file, bool if_present)
{
	struct arena *arena = &c->facts->arena;
	struct fact_protect protect = {.if_present = if_present};
	char pointer[PATH_MAX];
	struct resolve walk;

	int read = gitdir_read(file, "gitdir:", pointer);
	if (read <= 0)
		return check_look(c, file, read);
	protect.rule = arena_printf(arena, "git directory of %s/.git", root->path);
	int result = protect_leads(c, &protect, root->path, pointer, &walk);
	if (result < 0 || !walk.known || !S_ISDIR(walk.stat.st_mode))
		return result;

	const char *directory = arena_strdup(arena, walk.path);
	const char *common = path_join(arena, walk.path, "commondir");
	if (!directory || !common)
		return rind_error_no_memory(c->err);
	read = gitdir_read(common, "", pointer);
	if (read <= 0)
		return check_look(c, common, read);
	protect.rule = arena_printf(arena, "common git directory of %s/.git", root->path);
	return protect_leads(c, &protect, directory, pointer, &walk);
}

static int collect_default_names(struct collect *c, const struct fact_root *root)
{
	const struct fact_protect protect = {.if_present = root->origin >= ROOT_TMP};
	struct resolve walk;

	for (const char *const *name = policy_default_names; *name; name++) {
		int result = protect_leads(c, &protect, root->path, *name, &walk);
		if (result < 0)
			return result;
		if (strcmp(*name, ".git") != 0 || !walk.known || !S_ISREG(walk.stat.st_mode))
			continue;
		result = protect_git_directories(c, root, walk.path, protect.if_present);
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

	for (size_t i = 0; !result && i < list->count; i++)
		if (*list->items[i] != '/')
			result = protect_leads(c, &protect, root->path, list->items[i], &walk);
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

/* Begin a walk where the walks to the roots have been already: a root's path has no symlink in it. */
static int start_at_root(struct collect *c, struct resolve *walk, const char *given)
{
	bool usable = strlen(given) < PATH_MAX && !path_has_dotdot(given);
	size_t part = usable ? root_part(c, given) : 0;
	const char *root = part ? arena_printf(&c->facts->arena, "%.*s", (int)part, given) : "/";
	if (!root)
		return rind_error_no_memory(c->err);
	return resolve_start(walk, root, given + part + strspn(given + part, "/"));
}

static int collect_absolute_protect(struct collect *c, const char *given)
{
	struct arena *arena = &c->facts->arena;
	struct fact_protect protect = {.is_explicit = true};
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
	if (result < 0 || !(c->tree_writable || is_in_root(c, path)))
		return result;
	protect.rule = NULL;
	/* From where that walk came to, which is not looked at twice; but a symlink there is a lead. */
	const char *start = resolve_at_symlink(&walk) ? "/" : arena_strdup(arena, walk.path);
	if (!start)
		return rind_error_no_memory(c->err);
	const char *rest = path + strlen(start);
	return protect_leads(c, &protect, start, rest + (*rest == '/'), &walk);
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

/* --- hidden paths ------------------------------------------------------------------------------
 */

static int add_hide(struct collect *c, const char *given, const char *path, const struct stat *stat)
{
	struct facts *facts = c->facts;
	struct fact_hide *hides =
		arena_grow(&facts->arena, facts->hides, facts->hide_count, sizeof(*hides));
	struct fact_hide hide = {
		.path = arena_strdup(&facts->arena, path),
		.rule = arena_printf(&facts->arena, "--hide %s", given),
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
static int hide_unsearchable(struct collect *c, const char *given, struct resolve *walk)
{
	struct stat stat;
	char *slash = strrchr(walk->path, '/');

	slash[slash == walk->path] = '\0';
	int error = sys_fstatat(AT_FDCWD, walk->path, &stat, AT_SYMLINK_NOFOLLOW);
	if (error < 0)
		return rind_error_set(
			c->err, error, "--hide %s: %s: %s", given, walk->path, errno_text(-error));
	return add_hide(c, given, walk->path, &stat);
}

static int collect_hide(struct collect *c, const char *given)
{
	struct resolve walk;
	int found, result = find(c, given, &walk, &found);

	if (result < 0)
		return result;
	switch (found) {
	case 0:
		return add_hide(c, given, walk.path, &walk.stat);
	case -ENOENT:
	case -ENOTDIR:
		return 0; /* nothing is there to be hidden */
	case -EACCES:
		return hide_unsearchable(c, given, &walk);
	default:
		return rind_error_set(c->err, found, "--hide %s: %s", given, errno_text(-found));
	}
}

static int collect_hides(struct collect *c)
{
	int result = 0;
	for (size_t i = 0; !result && i < c->policy->hide.count; i++)
		result = collect_hide(c, c->policy->hide.items[i]);
	return result;
}

/* --- rind in the place of bwrap ----------------------------------------------------------------
 */

static int collect_bwrap(struct collect *c, const char *place)
{
	struct facts *facts = c->facts;
	struct resolve walk;
	int found, result = find(c, place, &walk, &found);

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

/* Where programs look for it, whatever $PATH is.  Rind has to be found as well, which a deleted file is not. */
static int collect_bwraps(struct collect *c)
{
	static const char *const places[] = {
		"/usr/local/bin/bwrap", "/usr/bin/bwrap", "/bin/bwrap", NULL};
	struct resolve walk;
	int found, result = find(c, c->policy->program, &walk, &found);

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

/* --- limits ------------------------------------------------------------------------------------
 */

static int collect_limits(struct collect *c)
{
	const struct limits *limits = &c->policy->limits;
	unsigned int controllers = limits_controllers(limits);
	struct facts *facts = c->facts;

	facts->is_root = limits->values[RIND_LIMIT_PIDS] && group_is_root();
	if (controllers && group_find_place(&facts->arena, controllers, &facts->group) < 0)
		return rind_error_no_memory(c->err);
	if (controllers & ~facts->group.controllers)
		advice_start_in_group(facts->group_advice, sizeof(facts->group_advice));
	return 0;
}

/* -----------------------------------------------------------------------------------------------
 */

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
