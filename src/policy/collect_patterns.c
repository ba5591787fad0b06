/*
 * The options whose value may be a pattern: find the directories in which each is to be looked for,
 * and what matches it there.
 *
 * Supervisor, with the caller's privileges; changes nothing on the host.
 */
#include "policy/collect.h"

#include "base/path.h"
#include "base/sys.h"
#include "policy/glob_walk.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>

/* A pattern of the policy, with what it stands for. */
struct collect_pattern {
	enum collect_option option;
	size_t index; /* in the option's list */
	const char *given, *rule;
	struct glob glob;
	struct collect_value *values;
	size_t value_count;
	const char *last;  /* the last match */
	const char *where; /* the first directory in which it was looked for; NULL: none */
	size_t base_count;
};

/* A directory in which a pattern is looked for. */
struct base {
	struct collect_pattern *pattern;
	const char *given; /* as matches have it in front */
	size_t length;     /* of the part of a match that given stands for */
};

static const struct {
	const char *name;
	bool opens, if_present;
} options[] = {
	[COLLECT_WRITABLE] = {"--writable", true, false},
	[COLLECT_READABLE] = {"--readable", true, false},
	[COLLECT_PROTECT] = {"--protect", false, false},
	[COLLECT_HIDE] = {"--hide", false, false},
	[COLLECT_HIDE_IF_PRESENT] = {"--hide-if-present", false, true},
};

static const struct string_list *values_of(const struct collect *c, enum collect_option option)
{
	const struct string_list *lists[] = {
		[COLLECT_WRITABLE] = &c->policy->writable,
		[COLLECT_READABLE] = &c->policy->readable,
		[COLLECT_PROTECT] = &c->policy->protect,
		[COLLECT_HIDE] = &c->policy->hide,
		[COLLECT_HIDE_IF_PRESENT] = &c->policy->hide_if_present,
	};
	return lists[option];
}

/* path NULL: there was no memory for it. */
static int add_value(struct collect *c, struct collect_pattern *pattern, const char *path,
	const char *real, bool is_match)
{
	struct collect_value *values = arena_grow(
		&c->facts->arena, pattern->values, pattern->value_count, sizeof(*values));
	if (!values || !path)
		return rind_error_no_memory(c->err);
	pattern->values = values;
	values[pattern->value_count++] = (struct collect_value){
		.option = options[pattern->option].name,
		.given = pattern->given,
		.path = path,
		.real = real,
		.if_present = options[pattern->option].if_present,
		.is_match = is_match,
	};
	return 0;
}

/* --- what is found ---------------------------------------------------------------------------- */

/* directory/name, with no slash too many; directory "": the caller's. */
static const char *spell(struct arena *arena, const char *directory, const char *name)
{
	size_t length = strlen(directory);
	bool slash = length && directory[length - 1] != '/';
	return arena_printf(arena, "%s%s%s", directory, slash ? "/" : "", name);
}

static int found(struct glob_walk *walk, const struct glob_anchor *anchor, const char *path)
{
	struct collect *c = walk->context;
	struct arena *arena = &c->facts->arena;
	const struct base *base = anchor->owner;
	struct collect_pattern *pattern = base->pattern;

	/* Directories in which it is looked for may lie in each other. */
	if (pattern->last && !strcmp(pattern->last, path))
		return 0;
	if (++c->pattern_matches > GLOB_MOST_MATCHES)
		return rind_error_set(c->err, -E2BIG,
			"%s: with %s there are more than %d paths that patterns match; name the "
			"directory that they are in by itself, or a narrower pattern",
			pattern->rule, path, GLOB_MOST_MATCHES);
	const char *real = arena_strdup(arena, path);
	if (!real)
		return rind_error_no_memory(c->err);
	pattern->last = real;
	const char *rest = real + base->length;
	rest += *rest == '/';
	return add_value(c, pattern, spell(arena, base->given, rest),
		pattern->glob.opens ? real : NULL, true);
}

/* Is a path hidden or covered as a whole, by its name? */
static bool is_covered(const struct collect *c, const char *path)
{
	const struct string_list *lists[] = {
		&c->policy->hide, &c->policy->hide_if_present, &c->policy->tmpfs};

	for (size_t i = 0; i < sizeof(lists) / sizeof(*lists); i++)
		for (size_t j = 0; j < lists[i]->count; j++)
			if (!strcmp(lists[i]->items[j], path))
				return true;
	return false;
}

/*
 * The owner of a directory can give itself the right to read it, where it may write: then the
 * command could, and read what we could not look for.
 */
static int unreadable(
	struct glob_walk *walk, const struct glob_anchor *anchor, const char *path, uid_t owner)
{
	struct collect *c = walk->context;

	if (anchor->glob->opens || owner != c->facts->uid || is_covered(c, path))
		return 0;
	if (!c->tree_writable && !collect_is_in_root(c, path))
		return 0;
	return rind_error_set(c->err, -EACCES,
		"%s: you may not read %s, where it might match something, and the command could "
		"give itself the right to; give it to yourself (chmod u+rx), or hide the "
		"directory: --hide %s",
		anchor->rule, path, path);
}

static int remote(struct glob_walk *walk, const struct glob_anchor *anchor, const char *path,
	const char *type)
{
	struct collect *c = walk->context;

	if (anchor->glob->opens || is_covered(c, path))
		return 0;
	return rind_error_set(c->err, -EXDEV,
		"%s: it might match something below %s, a mount of type %s, whose server need not "
		"answer; unmount it, hide it (--hide %s), or name the directories that are meant "
		"in the pattern",
		anchor->rule, path, type, path);
}

/* --- where to look ---------------------------------------------------------------------------- */

struct search {
	struct collect *c;
	struct glob_walk walk;
};

/* A directory that we may not search: path is what could not be looked at in it. */
static int check_unsearchable(
	struct search *s, const struct glob_anchor *anchor, struct resolve *walk)
{
	struct stat stat;
	char *slash = strrchr(walk->path, '/');

	slash[slash == walk->path] = '\0';
	int error = sys_fstatat(AT_FDCWD, walk->path, &stat, AT_SYMLINK_NOFOLLOW);
	if (error < 0)
		return rind_error_set(s->c->err, error, "%s: %s: %s", anchor->rule, walk->path,
			errno_text(-error));
	return unreadable(&s->walk, anchor, walk->path, stat.st_uid);
}

static int add_anchor(struct search *s, const struct glob_anchor *anchor)
{
	struct glob_anchor *anchors =
		arena_grow(&s->c->facts->arena, s->walk.anchors, s->walk.count, sizeof(*anchors));
	if (!anchors || !anchor->base)
		return rind_error_no_memory(s->c->err);
	s->walk.anchors = anchors;
	anchors[s->walk.count++] = *anchor;
	return 0;
}

/* Look below a directory; given: "" stands for the caller's. NULL: there was no memory for it. */
static int add_base(struct search *s, struct collect_pattern *pattern, const char *given)
{
	struct collect *c = s->c;
	struct base *base = arena_alloc(&c->facts->arena, sizeof(*base));
	struct glob_anchor anchor = {.glob = &pattern->glob, .rule = pattern->rule, .owner = base};
	struct resolve walk;
	int result;

	if (!base || !given)
		return rind_error_no_memory(c->err);
	int looked = collect_find(c, *given ? given : ".", &walk, NULL, &result);
	if (looked < 0)
		return looked;
	if (!pattern->base_count++)
		pattern->where = *given ? given : c->caller_directory;
	if (result == -EACCES)
		return check_unsearchable(s, &anchor, &walk);
	if (result == -ENOENT || result == -ENOTDIR || (!result && !S_ISDIR(walk.stat.st_mode)))
		return 0;
	if (result < 0)
		return rind_error_set(c->err, result, "%s: %s: %s", pattern->rule, walk.path,
			errno_text(-result));
	anchor.base = arena_strdup(&c->facts->arena, walk.path);
	*base = (struct base){pattern, given, walk.path[1] ? strlen(walk.path) : 0};
	return add_anchor(s, &anchor);
}

/*
 * A path of exactly this name is meant as well, or, by an option that gives rights, alone.  Only a
 * set or a backslash keeps a pattern from matching its own text.
 */
static int add_same_name(
	struct search *s, struct collect_pattern *pattern, const char *path, bool *ret_found)
{
	struct stat stat;

	*ret_found = false;
	if (!path)
		return rind_error_no_memory(s->c->err);
	if (!pattern->glob.opens && !strpbrk(pattern->given, "[\\"))
		return 0;
	/* What is too long is no name; what cannot be looked at is as if it were not there. */
	if (sys_fstatat(AT_FDCWD, path, &stat, AT_SYMLINK_NOFOLLOW) < 0)
		return 0;
	*ret_found = true;
	for (size_t i = 0; i < pattern->value_count; i++)
		if (!strcmp(pattern->values[i].path, path))
			return 0;
	return add_value(s->c, pattern, path, NULL, false);
}

static int search_root(
	struct search *s, struct collect_pattern *pattern, const struct fact_root *root)
{
	struct collect *c = s->c;
	struct arena *arena = &c->facts->arena;
	bool same;

	if (!root->is_directory || root->is_missing)
		return 0;
	if (!root->path[1])
		return rind_error_set(c->err, -EINVAL,
			"%s: %s makes all of / writable, and a pattern is not looked for in all of "
			"that; begin it with a directory: /DIR/%s",
			pattern->rule, root->rule, pattern->given);
	int result = add_same_name(
		s, pattern, arena_printf(arena, "%s/%s", root->path, pattern->given), &same);
	const char *given = arena_printf(arena, "%s%s%s", root->path,
		*pattern->glob.prefix ? "/" : "", pattern->glob.prefix);
	if (result < 0 || pattern->glob.count)
		return result < 0 ? result : add_base(s, pattern, given);
	/* A name with backslashes: protect it there, present or not. */
	return add_value(c, pattern, given, NULL, false);
}

/* A relative pattern, of an option that takes rights away. */
static int search_roots(struct search *s, struct collect_pattern *pattern)
{
	int result = 0;

	for (size_t i = 0; !result && i < s->c->facts->root_count; i++)
		result = search_root(s, pattern, &s->c->facts->roots[i]);
	return result;
}

/* An absolute pattern; a relative one in the caller's directory, as paths are meant there. */
static int search_own(struct search *s, struct collect_pattern *pattern)
{
	const char *prefix = pattern->glob.prefix, *name = pattern->given;
	bool same;
	int result = *name == '/' ? 0 : collect_caller_directory(s->c);

	if (result < 0)
		return result;
	/* As it is found in a root of the same directory. */
	if (*name != '/' && !pattern->glob.opens)
		name = arena_printf(&s->c->facts->arena, "%s/%s", s->c->caller_directory, name);
	result = add_same_name(s, pattern, name, &same);
	if (result < 0 || (same && pattern->glob.opens))
		return result;
	return pattern->glob.count ? add_base(s, pattern, prefix)
				   : add_value(s->c, pattern, prefix, NULL, false);
}

/* "~/": the shell leaves it in a word in quotes, and a pattern has to be in quotes. */
static int search_home(struct search *s, struct collect_pattern *pattern)
{
	const char *home = getenv("HOME");
	const char *rest = pattern->glob.prefix + 1;

	if (!home || *home != '/')
		return rind_error_set(s->c->err, -EINVAL,
			"%s: '~' means the home directory, and $HOME does not name one; give the "
			"absolute path",
			pattern->rule);
	const char *given = arena_printf(&s->c->facts->arena, "%s%s", home, rest);
	if (pattern->glob.count)
		return add_base(s, pattern, given);
	return add_value(s->c, pattern, given, NULL, false);
}

static int search_pattern(struct search *s, struct collect_pattern *pattern)
{
	bool relative = *pattern->given != '/';
	int result = 0;

	if (!strncmp(pattern->given, "~/", 2))
		return search_home(s, pattern);
	if (!relative || pattern->option != COLLECT_PROTECT)
		result = search_own(s, pattern);
	if (!result && relative && !pattern->glob.opens &&
		(pattern->glob.count || pattern->option == COLLECT_PROTECT))
		result = search_roots(s, pattern);
	return result;
}

/* --- the policy's patterns -------------------------------------------------------------------- */

static int add_pattern(struct collect *c, enum collect_option option, size_t index)
{
	struct arena *arena = &c->facts->arena;
	struct collect_pattern *pattern = arena_alloc(arena, sizeof(*pattern));
	struct collect_pattern **patterns =
		arena_grow(arena, c->patterns, c->pattern_count, sizeof(struct collect_pattern *));
	if (!pattern || !patterns)
		return rind_error_no_memory(c->err);
	pattern->option = option;
	pattern->index = index;
	pattern->given = values_of(c, option)->items[index];
	pattern->rule = arena_printf(arena, "%s %s", options[option].name, pattern->given);
	if (!pattern->rule ||
		glob_compile(arena, pattern->given, options[option].opens, &pattern->glob) < 0)
		return rind_error_no_memory(c->err);
	c->patterns = patterns;
	patterns[c->pattern_count++] = pattern;
	return 0;
}

static int collect_patterns(struct collect *c, enum collect_option first, enum collect_option last)
{
	struct search s = {.c = c,
		.walk = {.found = found,
			.unreadable = unreadable,
			.remote = remote,
			.context = c,
			.err = c->err,
			.entries = c->pattern_entries}};
	size_t before = c->pattern_count;
	int result = 0;

	for (enum collect_option option = first; option <= last; option++)
		for (size_t i = 0; !result && i < values_of(c, option)->count; i++)
			if (glob_is_pattern(values_of(c, option)->items[i]))
				result = add_pattern(c, option, i);
	for (size_t i = before; !result && i < c->pattern_count; i++)
		result = search_pattern(&s, c->patterns[i]);
	if (!result)
		result = glob_walk(&s.walk);
	c->pattern_entries = s.walk.entries;
	return result;
}

int collect_writable_patterns(struct collect *c)
{
	if (c->policy->mode == RIND_MODE_FULL_ACCESS)
		return 0;
	return collect_patterns(c, COLLECT_WRITABLE, COLLECT_WRITABLE);
}

int collect_other_patterns(struct collect *c)
{
	return collect_patterns(c, COLLECT_READABLE, COLLECT_HIDE_IF_PRESENT);
}

/* --- their values ----------------------------------------------------------------------------- */

const char *collect_rule(struct collect *c, const struct collect_value *value)
{
	return arena_printf(&c->facts->arena, "%s %s", value->option, value->given);
}

bool collect_is_other(const struct collect_value *value, const struct resolve *walk)
{
	return value->real && strcmp(value->real, walk->path) != 0;
}

static int refuse_empty(struct collect *c, const struct collect_pattern *pattern)
{
	const char *way_out = pattern->option == COLLECT_HIDE
				      ? ", where there may be nothing, use --hide-if-present"
			      : pattern->option == COLLECT_PROTECT
				      ? ", for what may be missing, name a path without a pattern"
				      : " leave it out";

	if (!pattern->where)
		return rind_error_set(c->err, -ENOENT,
			"%s: there is no writable root in which a relative pattern could be looked "
			"for; begin it with a directory: /DIR/%s",
			pattern->rule, pattern->given);
	return rind_error_set(c->err, -ENOENT,
		"%s: nothing in %s%s matches this pattern; name what is there, or%s (for a name "
		"with such characters in it, put a backslash before each)",
		pattern->rule, pattern->where,
		pattern->base_count > 1 ? " and the writable roots" : "", way_out);
}

static int add_fact(struct collect *c, const char *rule, size_t count)
{
	struct facts *facts = c->facts;
	struct fact_pattern *patterns =
		arena_grow(&facts->arena, facts->patterns, facts->pattern_count, sizeof(*patterns));
	if (!patterns)
		return rind_error_no_memory(c->err);
	facts->patterns = patterns;
	patterns[facts->pattern_count++] = (struct fact_pattern){rule, count};
	return 0;
}

static int each_match(struct collect *c, const struct collect_pattern *pattern,
	int (*each)(struct collect *c, const struct collect_value *value))
{
	size_t count = 0;

	for (size_t i = 0; i < pattern->value_count; i++) {
		int result = each(c, &pattern->values[i]);
		if (result < 0)
			return result;
		count += result > 0;
	}
	/* A path with backslashes has no count. */
	if (!pattern->glob.count)
		return 0;
	if (!count && !options[pattern->option].if_present)
		return refuse_empty(c, pattern);
	return add_fact(c, pattern->rule, count);
}

static const struct collect_pattern *find_pattern(
	const struct collect *c, enum collect_option option, size_t index)
{
	for (size_t i = 0; i < c->pattern_count; i++)
		if (c->patterns[i]->option == option && c->patterns[i]->index == index)
			return c->patterns[i];
	return NULL;
}

int collect_values(struct collect *c, enum collect_option option,
	int (*each)(struct collect *c, const struct collect_value *value))
{
	const struct string_list *list = values_of(c, option);

	for (size_t i = 0; i < list->count; i++) {
		const struct collect_pattern *pattern = find_pattern(c, option, i);
		const struct collect_value value = {
			.option = options[option].name,
			.given = list->items[i],
			.path = list->items[i],
			.if_present = options[option].if_present,
		};
		int result = pattern ? each_match(c, pattern, each) : each(c, &value);
		if (result < 0)
			return result;
	}
	return 0;
}
