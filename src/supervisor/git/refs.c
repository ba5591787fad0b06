/* The references of a repository; see refs.h. */
#include "supervisor/git/refs.h"

#include "base/sys.h"
#include "supervisor/git/file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

enum {
	MOST_REFS = 200000,
	MOST_DEPTH = 32, /* directories below refs/heads */
	MOST_NAME = 1024,
	LOOSE_LIMIT = 4096,
	PACKED_LIMIT = 64 << 20,
	LOG_LIMIT = 4 << 20,
};

/*
 * What is not published: refs/replace has git read other objects than are named; the others belong
 * to a bisection, a rebase or a worktree, or are rind's own.  refs/stash is read from its log.
 */
static const char *const left[] = {"replace", "bisect", "rewritten", "worktree", "rind", NULL};

bool refs_is_object(const char *text)
{
	size_t length = strspn(text, "0123456789abcdef");
	/* Zeros alone stand for "none". */
	return (length == 40 || length == 64) && !text[length] && text[strspn(text, "0")];
}

/* The rules of git-check-ref-format(1), and none of the names of git's own locks. */
static bool is_component(const char *name)
{
	size_t length = strlen(name);

	if (!length || *name == '.')
		return false;
	if (length >= 5 && !strcmp(name + length - 5, ".lock"))
		return false;
	for (const char *at = name; *at; at++)
		if ((unsigned char)*at <= ' ' || *at == 0x7f || strchr("~^:?*[\\", *at) ||
			!strncmp(at, "..", 2) || !strncmp(at, "@{", 2))
			return false;
	return true;
}

/* Is it a full name, of a kind that is published? */
static bool is_taken(const char *name)
{
	char copy[MOST_NAME + 1], *rest = copy, *save = NULL;
	size_t depth = 0;

	if (strlen(name) > MOST_NAME || strncmp(name, "refs/", 5) != 0)
		return false;
	/* A dot may be the last of a component, but not of all. */
	const char last = name[strlen(name) - 1];
	if (strstr(name, "//") || last == '/' || last == '.')
		return false;
	strcpy(copy, name + 5);
	for (const char *part; (part = strtok_r(rest, "/", &save)); rest = NULL) {
		for (size_t i = 0; !depth && left[i]; i++)
			if (!strcmp(part, left[i]))
				return false;
		if (!is_component(part))
			return false;
		depth++;
	}
	return depth > 1;
}

static int add_ref(struct refs *refs, const char *name, const char *value)
{
	if (refs->count >= MOST_REFS)
		return -EFBIG;
	struct ref *items = arena_grow(&refs->arena, refs->items, refs->count, sizeof(*items));
	if (!items)
		return -ENOMEM;
	refs->items = items;
	items[refs->count++] = (struct ref){.name = name, .value = value};
	return 0;
}

int refs_parse_packed(struct refs *refs, char *data)
{
	char *save = NULL;
	int error = 0;

	for (char *line = strtok_r(data, "\n", &save); line && !error;
		line = strtok_r(NULL, "\n", &save)) {
		char *name = strchr(line, ' ');
		if (*line == '#' || *line == '^' || !name)
			continue;
		*name++ = '\0';
		if (is_taken(name))
			error = add_ref(refs, name, refs_is_object(line) ? line : "");
	}
	return error;
}

/* --- loose ones ------------------------------------------------------------------------------- */

/* Where the walk is. */
struct walk {
	struct refs *refs;
	const char *prefix;
	size_t depth;
};

static int read_loose(struct refs *refs, int at, const char *name, const char *full)
{
	struct content content;

	int error = file_read(&refs->arena, at, name, LOOSE_LIMIT, &content);
	/* It has gone meanwhile, or it is no file: then it is none. */
	if (error == -ENOENT)
		return 0;
	if (error == -EFBIG)
		return add_ref(refs, full, "");
	if (error < 0)
		return error;
	/* One that leads to another one, as refs/remotes/origin/HEAD, has no value of its own. */
	content.data[strcspn(content.data, " \t\r\n")] = '\0';
	return add_ref(refs, full, refs_is_object(content.data) ? content.data : "");
}

/*
 * Neither a file nor a directory.  A device stands for a name that was removed.  Anything else,
 * such as a symlink to a directory of references, could be read as if they were all removed.
 */
static int check_other(int at, const char *name)
{
	struct stat stat;

	int error = sys_fstatat(at, name, &stat, AT_SYMLINK_NOFOLLOW);
	if (error < 0)
		return error == -ENOENT ? 0 : error;
	return S_ISREG(stat.st_mode) || S_ISCHR(stat.st_mode) ? 0 : -ELOOP;
}

static int take_entry(void *context, int at, const char *name, bool is_directory)
{
	const struct walk *walk = context;
	const char *full = arena_printf(&walk->refs->arena, "%s/%s", walk->prefix, name);

	if (!full)
		return -ENOMEM;
	if (!is_directory) {
		int error = check_other(at, name);
		return error < 0 || !is_taken(full) ? error
						    : read_loose(walk->refs, at, name, full);
	}
	if (!is_component(name))
		return 0;
	if (walk->depth >= MOST_DEPTH)
		return -ELOOP;
	struct walk below = {walk->refs, full, walk->depth + 1};
	return file_each_entry(at, name, take_entry, &below);
}

/* There is the directory of references, or nothing of that name: an upper layer may have none. */
static int take_loose(int common, struct walk *walk)
{
	struct stat stat;

	int error = sys_fstatat(common, walk->prefix, &stat, AT_SYMLINK_NOFOLLOW);
	if (error < 0)
		return error == -ENOENT ? 0 : error;
	if (!S_ISDIR(stat.st_mode))
		return -ENOTDIR;
	return file_each_entry(common, walk->prefix, take_entry, walk);
}

/* --- HEAD and the stash ----------------------------------------------------------------------- */

const char *refs_parse_head(char *data)
{
	data[strcspn(data, "\r\n")] = '\0';
	if (refs_is_object(data))
		return data;
	if (strncmp(data, "ref:", 4) != 0)
		return "";
	const char *name = data + 4 + strspn(data + 4, " \t");
	if (strncmp(name, "refs/heads/", 11) != 0 || !is_taken(name))
		return "";
	return data;
}

/* A line of the log: OLD NEW NAME <MAIL> TIME ZONE <tab> MESSAGE. */
static int add_stash(struct refs *refs, char *line)
{
	char *value = strchr(line, ' ');
	char *end = value ? strchr(value + 1, ' ') : NULL;
	char *message = end ? strchr(end + 1, '\t') : NULL;
	struct stash *items =
		arena_grow(&refs->arena, refs->stashes, refs->stash_count, sizeof(*items));

	if (!items)
		return -ENOMEM;
	refs->stashes = items;
	if (end)
		*end = '\0';
	/* A line that says nothing counts, and is none that could be taken. */
	items[refs->stash_count++] = (struct stash){
		.value = end && refs_is_object(value + 1) ? value + 1 : "",
		.message = message ? message + 1 : "",
	};
	return 0;
}

int refs_parse_stash(struct refs *refs, char *data)
{
	char *save = NULL;
	int error = 0;

	for (char *line = strtok_r(data, "\n", &save); line && !error;
		line = strtok_r(NULL, "\n", &save))
		error = add_stash(refs, line);
	return error;
}

/* --- all of them ------------------------------------------------------------------------------ */

static int compare_refs(const void *a, const void *b)
{
	const struct ref *x = a, *y = b;
	return strcmp(x->name, y->name);
}

/* Sort packed and loose ones, each by name, then drop packed ones that a loose one hides. */
static void sort(struct refs *refs, size_t packed)
{
	size_t kept = 0;

	if (!refs->count)
		return;
	qsort(refs->items, packed, sizeof(*refs->items), compare_refs);
	qsort(refs->items + packed, refs->count - packed, sizeof(*refs->items), compare_refs);
	const struct refs loose = {.items = refs->items + packed, .count = refs->count - packed};
	for (size_t i = 0; i < refs->count; i++) {
		const struct ref ref = refs->items[i];
		bool twice = kept && !strcmp(refs->items[kept - 1].name, ref.name);
		if (i >= packed || (!twice && !refs_find(&loose, ref.name)))
			refs->items[kept++] = ref;
	}
	refs->count = kept;
	qsort(refs->items, kept, sizeof(*refs->items), compare_refs);
}

const struct ref *refs_find(const struct refs *refs, const char *name)
{
	const struct ref key = {.name = name};
	size_t low = 0, high = refs->count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;
		int order = strcmp(refs->items[middle].name, key.name);
		if (!order)
			return &refs->items[middle];
		if (order < 0)
			low = middle + 1;
		else
			high = middle;
	}
	return NULL;
}

/* A file that may be missing: then its content is NULL. */
static int read_optional(
	struct refs *refs, int directory, const char *path, size_t limit, char **ret)
{
	struct content content = {0};
	int error = file_read(&refs->arena, directory, path, limit, &content);

	*ret = content.data;
	return error == -ENOENT ? 0 : error;
}

int refs_read(int common, const char *directory, struct refs *ret)
{
	struct walk walk = {.refs = ret, .prefix = "refs"};
	char *packed, *head, *stash = NULL;

	*ret = (struct refs){.head = ""};
	int error = read_optional(ret, common, "packed-refs", PACKED_LIMIT, &packed);
	if (!error)
		error = packed ? refs_parse_packed(ret, packed)
			       : check_other(common, "packed-refs");
	const size_t count = ret->count;
	if (!error)
		error = take_loose(common, &walk);
	if (!error)
		sort(ret, count);
	const char *path = arena_printf(&ret->arena, "%s/HEAD", directory);
	if (!path)
		return -ENOMEM;
	if (!error)
		error = read_optional(ret, common, path, LOOSE_LIMIT, &head);
	if (!error && head)
		ret->head = refs_parse_head(head);
	if (!error)
		error = read_optional(ret, common, "logs/refs/stash", LOG_LIMIT, &stash);
	return !error && stash ? refs_parse_stash(ret, stash) : error;
}

void refs_free(struct refs *refs)
{
	arena_free(&refs->arena);
	*refs = (struct refs){.head = ""};
}
