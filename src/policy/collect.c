/*
 * Look at the host for the lowering: the working directory, rind and bwrap, limits; roots,
 * protected and hidden paths are in collect_*.c and git.c.
 *
 * Supervisor, with the caller's privileges; changes nothing.  The host can change before the mounts
 * are made: so record identities, which init compares.  Below a writable root nothing is decided
 * here, since a command in another sandbox may be changing it right now: init walks those paths
 * itself.  Links that are found there only ever add a path to the protected ones.
 */
#include "policy/facts.h"

#include "base/advice.h"
#include "policy/collect.h"
#include "policy/path_suggest.h"
#include "policy/root_links.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct plan_identity collect_identity(const struct stat *stat)
{
	return (struct plan_identity){
		.device = stat->st_dev,
		.inode = stat->st_ino,
		.node = stat->st_rdev,
		.links = stat->st_nlink,
		.mode = stat->st_mode,
		.owner = stat->st_uid,
		.group = stat->st_gid,
	};
}

/* A missing path is fine; a failed lookup is an error. */
int collect_check_lookup(struct collect *c, const char *path, int found)
{
	if (found >= 0 || resolve_is_finding(found))
		return 0;
	return rind_error_set(
		c->err, found, "%s cannot be looked at: %s", path, errno_text(-found));
}

/* Walk to the end, and add the symlinks on the way in front of *links. */
int collect_follow(struct collect *c, struct resolve *walk, const struct fact_link **links)
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
 * The symlinks on the caller's way to his working directory.  The kernel only knows where he is,
 * but his shell keeps the way in $PWD; ignore $PWD if it leads elsewhere.
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
		found = collect_follow(c, &walk, &links);
	if (!found && !strcmp(walk.path, c->caller_directory))
		c->caller_links = links;
	return collect_check_lookup(c, way, found);
}

/* See collect.h. */
int collect_caller_directory(struct collect *c)
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

/* See collect.h. */
int collect_find(struct collect *c, const char *given, struct resolve *walk,
	const struct fact_link **ret_links, int *ret_found)
{
	const struct fact_link *links = NULL;

	if (*given != '/') {
		int result = collect_caller_directory(c);
		if (result < 0)
			return result;
		links = c->caller_links;
	}
	int result = resolve_start(walk, *given == '/' ? "/" : c->caller_directory, given);
	*ret_found = result < 0 ? result : collect_follow(c, walk, &links);
	if (ret_links)
		*ret_links = links;
	return 0;
}

/* " (did you mean …?)" for a path whose last component is missing, or "". */
const char *collect_suggestion(struct collect *c, const char *missing)
{
	struct arena *arena = &c->facts->arena;
	const char *similar = path_suggest(arena, missing);
	const char *text = similar ? arena_printf(arena, " (did you mean %s?)", similar) : "";
	return text ? text : "";
}

/* See collect.h. */
int collect_find_directory(
	struct collect *c, const char *given, const char *rule, struct resolve *walk)
{
	int found, result = collect_find(c, given, walk, NULL, &found);

	if (result < 0)
		return result;
	if (!found && !S_ISDIR(walk->stat.st_mode))
		found = -ENOTDIR;
	if (found == -ENOENT)
		return rind_error_set(c->err, found,
			"%s: there is no %s%s; make it, or name another", rule, walk->path,
			collect_suggestion(c, walk->path));
	return !found ? 0
		      : rind_error_set(
				c->err, found, "%s: %s: %s", rule, walk->path, errno_text(-found));
}

/* See collect.h. */
int collect_add_cover(struct collect *c, struct cover_list list, const char *path,
	const struct stat *stat, const char *rule)
{
	struct arena *arena = &c->facts->arena;
	struct fact_hide *items = arena_grow(arena, *list.items, *list.count, sizeof(*items));
	struct fact_hide cover = {
		.path = arena_strdup(arena, path),
		.rule = rule,
		.is_directory = S_ISDIR(stat->st_mode),
		.identity = collect_identity(stat),
	};
	if (!items || !cover.path || !rule)
		return rind_error_no_memory(c->err);
	*list.items = items;
	items[(*list.count)++] = cover;
	return 0;
}

/* --- the working directory -------------------------------------------------------------------- */

static int collect_directory(struct collect *c)
{
	const char *given = c->policy->directory;
	struct resolve walk;
	int found,
		result = collect_find(c, given ? given : ".", &walk, &c->directory_links, &found);

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

/* --- rind in the place of bwrap --------------------------------------------------------------- */

static int collect_bwrap(struct collect *c, const char *place)
{
	struct facts *facts = c->facts;
	struct resolve walk;
	int found, result = collect_find(c, place, &walk, NULL, &found);

	/* Missing, a directory, or rind under another name: nothing to replace. */
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
 * The places where programs look for bwrap, whatever $PATH is. rind's own file has to exist: a
 * deleted file cannot be mounted.
 */
static int collect_bwraps(struct collect *c)
{
	static const char *const places[] = {
		"/usr/local/bin/bwrap", "/usr/bin/bwrap", "/bin/bwrap", NULL};
	struct resolve walk;
	int found, result = collect_find(c, c->policy->program, &walk, NULL, &found);

	if (result < 0 || found || !S_ISREG(walk.stat.st_mode))
		return result;
	c->facts->program = arena_strdup(&c->facts->arena, walk.path);
	if (!c->facts->program)
		return rind_error_no_memory(c->err);
	c->facts->program_identity = collect_identity(&walk.stat);
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
	 * The kernel exempts root of the initial user namespace from RLIMIT_NPROC.  A user
	 * namespace that maps that root is exempt too, but it cannot be seen from there: init tries
	 * it out.
	 */
	facts->is_root = limits->values[RIND_LIMIT_PIDS] && advice_is_root();
	if (controllers && cgroup_find_place(&facts->arena, controllers, &facts->cgroup) < 0)
		return rind_error_no_memory(c->err);
	if (controllers & ~facts->cgroup.controllers)
		advice_start_in_cgroup(facts->cgroup_advice, sizeof(facts->cgroup_advice));
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

	result = collect_scratches(&c);
	if (!result)
		result = collect_writable_patterns(&c);
	if (!result)
		result = collect_roots(&c);
	if (!result)
		result = root_links_check(ret->roots, ret->root_count, err);
	if (!result && policy->git == RIND_GIT_COMMIT)
		result = collect_repositories(&c);
	if (!result)
		result = collect_index_roots(&c);
	if (!result)
		result = collect_other_patterns(&c);
	if (!result)
		result = collect_protects(&c);
	if (!result)
		result = collect_hides(&c);
	if (!result)
		result = collect_readables(&c);
	if (!result)
		result = collect_devices(&c);
	if (!result)
		result = collect_tmpfs(&c);
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
