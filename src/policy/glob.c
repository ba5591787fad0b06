/* Supervisor only.  Pure.  See glob.h. */
#include "policy/glob.h"

#include "base/path.h"
#include "policy/default_names.h"

#include <errno.h>
#include <limits.h>
#include <stdint.h>
#include <string.h>

/* --- one name --------------------------------------------------------------------------------- */

/*
 * The length of the character at text, which is not at its end, and its number.  Bytes that are no
 * UTF-8 get numbers of their own, above all others.
 */
static size_t take_character(const char *text, uint32_t *ret)
{
	enum { LAST = 0x10ffff, LEAD_TWO = 0xc2, LEAD_THREE = 0xe0, LEAD_FOUR = 0xf0 };
	const unsigned char *byte = (const unsigned char *)text;
	size_t more = *byte < LEAD_TWO ? 0 : *byte < LEAD_THREE ? 1 : *byte < LEAD_FOUR ? 2 : 3;
	uint32_t number = more ? *byte & (0x3fU >> more) : *byte;

	for (size_t i = 1; i <= more; i++) {
		if ((byte[i] & 0xc0) != 0x80) {
			more = 0;
			break;
		}
		number = number << 6 | (byte[i] & 0x3fU);
	}
	*ret = more || *byte < 0x80 ? number : LAST + 1U + *byte;
	return more + 1;
}

/* A character of a set, which a backslash may stand before. */
static size_t take_member(const char *text, uint32_t *ret)
{
	size_t escape = text[0] == '\\' && text[1];
	return escape + take_character(text + escape, ret);
}

/* The "]" that ends the set at set, which begins with "["; NULL: none does, "[" means itself. */
static const char *set_end(const char *set)
{
	const char *at = set + 1;
	uint32_t member;

	at += *at == '!' || *at == '^';
	/* The first one is a member. */
	if (*at == ']')
		at++;
	while (*at && *at != ']')
		at += take_member(at, &member);
	return *at ? at : NULL;
}

static bool set_has(const char *set, const char *end, uint32_t character)
{
	const char *at = set + 1;
	bool negated = *at == '!' || *at == '^', found = false;

	at += negated;
	while (at < end) {
		uint32_t low, high;
		at += take_member(at, &low);
		high = low;
		/* A "-" before the end is a member. */
		if (at[0] == '-' && at + 1 < end)
			at += 1 + take_member(at + 1, &high);
		found |= low <= character && character <= high;
	}
	return found != negated;
}

/*
 * Match what comes first in the pattern, other than "*", with what comes first in the name.  What
 * follows it in the pattern, and in *name; NULL: no match.
 */
static const char *match_one(const char *pattern, const char **name)
{
	uint32_t character;
	const char *end = *pattern == '[' ? set_end(pattern) : NULL;

	if (!*pattern)
		return NULL;
	if (*pattern == '?' || end) {
		size_t length = take_character(*name, &character);
		if (end && !set_has(pattern, end, character))
			return NULL;
		*name += length;
		return end ? end + 1 : pattern + 1;
	}
	if (pattern[0] == '\\' && pattern[1])
		pattern++;
	return *pattern == *(*name)++ ? pattern + 1 : NULL;
}

/*
 * If a match fails it is enough to go back to the last "*": whatever an earlier one could take more
 * of, the last one can take as well.
 */
static bool match(const char *pattern, const char *name)
{
	const char *star = NULL, *retry = NULL;

	while (*name) {
		if (*pattern == '*') {
			star = ++pattern;
			retry = name;
			continue;
		}
		const char *next = name, *after = match_one(pattern, &next);
		if (after) {
			pattern = after;
			name = next;
			continue;
		}
		if (!star)
			return false;
		uint32_t character;
		retry += take_character(retry, &character);
		name = retry;
		pattern = star;
	}
	return !pattern[strspn(pattern, "*")];
}

static bool is_default_name(const char *name)
{
	for (const char *const *other = policy_default_names; *other; other++)
		if (!strcmp(name, *other))
			return true;
	return false;
}

bool glob_part_matches(const struct glob *glob, const struct glob_part *part, const char *name)
{
	const char *text = part->text;

	if (part->kind == GLOB_NAME)
		return !strcmp(text, name);
	if (glob->opens && *name == '.' && text[*text == '\\'] != '.')
		return false;
	if (glob->opens && is_default_name(name))
		return false;
	return match(text, name);
}

bool glob_enters(const struct glob *glob, const char *parent, const char *name)
{
	if (glob->opens && *name == '.')
		return false;
	if (!glob->names_modules && !strcmp(name, "node_modules"))
		return false;
	return glob->names_objects || strcmp(name, "objects") != 0 || strcmp(parent, ".git") != 0;
}

/* --- the whole pattern ------------------------------------------------------------------------ */

bool glob_is_pattern(const char *path)
{
	return strpbrk(path, "*?[") != NULL;
}

/* Is there more in a component than a name with backslashes? */
static bool is_wild(const char *component)
{
	for (const char *at = component; *at; at++) {
		if (*at == '*' || *at == '?' || (*at == '[' && set_end(at)))
			return true;
		at += at[0] == '\\' && at[1];
	}
	return false;
}

static int refuse(const char *path, const char *option, const char *reason, struct rind_error *err)
{
	return rind_error_set(err, -EINVAL, "%s %s: %s", option, path, reason);
}

/*
 * Is there a class such as [:alpha:] in a set?  fnmatch(3) has these; taken for characters they
 * would match something else without a word.
 */
static bool has_class(const char *component)
{
	for (const char *at = component; *at; at++) {
		const char *end = *at == '[' ? set_end(at) : NULL;
		for (const char *member = at + 1; end && member < end; member++)
			if (*member == '[' && member[1] && strchr(":.=", member[1]))
				return true;
		if (end)
			at = end;
		at += at[0] == '\\' && at[1];
	}
	return false;
}

static bool ends_in_escape(const char *component)
{
	size_t backslashes = 0, length = strlen(component);

	while (backslashes < length && component[length - 1 - backslashes] == '\\')
		backslashes++;
	return backslashes % 2;
}

static int check_component(
	const char *component, const char *path, const char *option, struct rind_error *err)
{
	if (!strcmp(component, ".."))
		return refuse(path, option,
			"a pattern must not contain '..'; give the directory by its absolute path",
			err);
	if (ends_in_escape(component))
		return refuse(path, option,
			"the backslash at the end of a name escapes nothing; for a name that ends "
			"in one, write two",
			err);
	if (has_class(component))
		return refuse(path, option,
			"classes of characters, as in [[:alpha:]], are not known; give ranges, as "
			"in [a-zA-Z]",
			err);
	return 0;
}

/* The next component, of any length, to the PATH_MAX bytes at ret.  False at the end. */
static bool take_component(const char **rest, char *ret)
{
	*rest += strspn(*rest, "/");
	size_t length = strcspn(*rest, "/");
	memcpy(ret, *rest, length);
	ret[length] = '\0';
	*rest += length;
	return length != 0;
}

int glob_check(const char *path, const char *option, struct rind_error *err)
{
	char component[PATH_MAX];
	const char *rest = path;
	int result = path_check(path, option, err);

	while (!result && take_component(&rest, component))
		result = check_component(component, path, option, err);
	return result;
}

static void unescape(char *text)
{
	char *to = text;

	for (; *text; text++) {
		text += text[0] == '\\' && text[1];
		*to++ = *text;
	}
	*to = '\0';
}

static int add_part(
	struct arena *arena, struct glob *glob, enum glob_part_kind kind, const char *text)
{
	struct glob_part *parts = arena_grow(arena, glob->parts, glob->count, sizeof(*parts));
	const char *copy = arena_strdup(arena, text);
	if (!parts || !copy)
		return -ENOMEM;
	glob->parts = parts;
	parts[glob->count++] = (struct glob_part){kind, copy};
	return 0;
}

/* Add a component, whose text is changed. */
static int add_component(struct arena *arena, struct glob *glob, char *text)
{
	if (!strcmp(text, "**")) {
		/* Two in a row are one. */
		bool again = glob->count && glob->parts[glob->count - 1].kind == GLOB_ANYWHERE;
		return again ? 0 : add_part(arena, glob, GLOB_ANYWHERE, text);
	}
	if (is_wild(text))
		return add_part(arena, glob, GLOB_WILD, text);
	unescape(text);
	glob->names_modules |= !strcmp(text, "node_modules");
	glob->names_objects |= !strcmp(text, "objects");
	if (glob->count)
		return add_part(arena, glob, GLOB_NAME, text);
	glob->prefix = !*glob->prefix || !strcmp(glob->prefix, "/")
			       ? arena_printf(arena, "%s%s", glob->prefix, text)
			       : arena_printf(arena, "%s/%s", glob->prefix, text);
	return glob->prefix ? 0 : -ENOMEM;
}

int glob_compile(struct arena *arena, const char *path, bool opens, struct glob *ret)
{
	char component[PATH_MAX];
	const char *rest = path;

	*ret = (struct glob){
		.prefix = *path == '/' ? "/" : "",
		.opens = opens,
		.only_directories = path[strlen(path) - 1] == '/',
	};
	while (take_component(&rest, component))
		if (strcmp(component, ".") != 0 && add_component(arena, ret, component) < 0)
			return -ENOMEM;
	/* All that is below: any name, in any directory. */
	if (ret->count && ret->parts[ret->count - 1].kind == GLOB_ANYWHERE)
		return add_part(arena, ret, GLOB_WILD, "*");
	return 0;
}
