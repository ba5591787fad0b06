/*
 * The protected paths: default names, --protect, and what symlinks at such paths lead to.
 *
 * Supervisor, with the caller's privileges; changes nothing on the host.
 */
#include "policy/collect.h"

#include "base/path.h"
#include "base/sys.h"
#include "policy/glob.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

int collect_add_protect(struct collect *c, const struct fact_protect *protect, const char *path)
{
	struct facts *facts = c->facts;
	/* A path put together from symlinks can be longer than the kernel accepts. */
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
 * Can the command replace this symlink?  If "/" is the root, masking a symlink such as /bin or
 * /var/run would take half of the system away; it is needed only if the caller may write to the
 * directory.
 */
static bool can_be_swapped(const struct collect *c, const char *link)
{
	char directory[PATH_MAX];
	size_t length = (size_t)(strrchr(link, '/') - link);

	if (!c->tree_writable || collect_is_in_root(c, link))
		return true;
	memcpy(directory, link, length);
	strcpy(directory + length, length ? "" : "/");
	/* Yes, unless the kernel says no. */
	int error = sys_access(AT_FDCWD, directory, W_OK);
	return error != -EACCES && error != -EROFS;
}

/*
 * Protect what a symlink or a .git file leads to; but not a root or a directory around one: a `.git
 * -> .` must not make the workspace read-only.  The lowering drops what is in no root.
 */
static int add_target(struct collect *c, const struct fact_protect *protect, const char *path)
{
	if (path && (!path[1] || collect_contains_root(c, path)))
		return 0;
	return collect_add_protect(c, protect, path);
}

/* See collect.h. */
int collect_protect_leads(struct collect *c, const struct fact_protect *protect, const char *start,
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
	int looked = collect_check_lookup(c, walk->path, step);
	if (looked < 0)
		return looked;
	/* A loop has no end to protect, and each of its links is protected by now. */
	if (!target.rule || step == -ELOOP || step == -ENAMETOOLONG)
		return 0;
	return add_target(c, &target, path_join(&c->facts->arena, walk->path, walk->rest));
}

static int collect_default_names(struct collect *c, const struct fact_root *root)
{
	const struct fact_protect protect = {.if_present = root->origin >= ROOT_TMP};
	struct resolve walk;

	for (const char *const *name = policy_default_names; *name; name++) {
		if (!policy_protects_name(c->policy, *name))
			continue;
		int result = collect_protect_leads(c, &protect, root->path, *name, &walk);
		if (!result && !strcmp(*name, ".git"))
			result = git_protect_repository(c, root, &walk, protect.if_present);
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
		if (*list->items[i] == '/' || glob_is_pattern(list->items[i]))
			continue;
		result = collect_protect_leads(c, &protect, root->path, list->items[i], &walk);
		if (!result)
			result =
				git_protect_pointer(c, &protect, root->path, list->items[i], &walk);
	}
	return result;
}

/* Stop resolving here?  A command could replace this component, so init has to walk it. */
static bool stays_as_given(const struct collect *c, const struct resolve *walk)
{
	if (path_has_dotdot(walk->rest))
		return false;
	return collect_is_in_root(c, walk->path) ||
	       (c->tree_writable && resolve_at_symlink(walk) && can_be_swapped(c, walk->path));
}

/*
 * Begin the walk at the deepest root in the path: a root's path has no symlink, so need not be
 * walked.
 */
static int start_at_root(struct collect *c, struct resolve *walk, const char *given)
{
	bool usable = strlen(given) < PATH_MAX && !path_has_dotdot(given);
	size_t part = usable ? collect_root_part(c, given) : 0;
	const char *root = part ? arena_printf(&c->facts->arena, "%.*s", (int)part, given) : "/";
	if (!root)
		return rind_error_no_memory(c->err);
	return resolve_start(walk, root, given + part + strspn(given + part, "/"));
}

/*
 * Outside the roots everything is read-only anyway; but --protect of a missing path there is a
 * mistake, so say so.
 */
static int check_outside(struct collect *c, const char *given, const struct resolve *walk, int step)
{
	if (step != -ENOENT && step != -ENOTDIR)
		return 0;
	return rind_error_set(c->err, step,
		"--protect %s: there is no %s%s, nor a writable root around it, so that nothing "
		"would be protected; name what is there, or leave it out",
		given, walk->path, collect_suggestion(c, walk->path));
}

static int collect_absolute_protect(struct collect *c, const struct collect_value *value)
{
	const char *given = value->path;
	struct arena *arena = &c->facts->arena;
	const struct fact_protect kind = {.is_explicit = true};
	struct fact_protect protect = {.is_explicit = true, .is_named = !value->is_match};
	struct resolve walk = {.known = false};
	int step = start_at_root(c, &walk, given);

	while (step >= 0 && (step = resolve_next(&walk)) > 0 && !stays_as_given(c, &walk))
		;
	if (step == -ELOOP || step == -ENAMETOOLONG || (step < 0 && !resolve_is_finding(step)))
		return rind_error_set(c->err, step, "--protect %s: %s", given, errno_text(-step));

	/* A component that is missing or cannot be looked at is protected as it is spelled. */
	const char *path = path_join(arena, walk.path, walk.rest);
	protect.rule = collect_rule(c, value);
	int result = collect_add_protect(c, &protect, path);
	if (result < 0)
		return result;
	if (c->tree_writable || collect_is_in_root(c, path)) {
		/*
		 * Go on where that walk stopped, so that nothing is looked at twice; if it stopped
		 * at a symlink, start again, since that symlink has to be protected.
		 */
		const char *start =
			resolve_at_symlink(&walk) ? "/" : arena_strdup(arena, walk.path);
		if (!start)
			return rind_error_no_memory(c->err);
		const char *rest = path + strlen(start);
		result = collect_protect_leads(c, &kind, start, rest + (*rest == '/'), &walk);
	} else {
		result = check_outside(c, given, &walk, step);
	}
	if (!result)
		result = git_protect_pointer(c, &kind, "/", given, &walk);
	return result < 0 ? result : 1;
}

/* Relative names are protected in each root instead. */
static int collect_protect(struct collect *c, const struct collect_value *value)
{
	return *value->path == '/' ? collect_absolute_protect(c, value) : 0;
}

int collect_protects(struct collect *c)
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
	return result < 0 ? result : collect_values(c, COLLECT_PROTECT, collect_protect);
}
