/*
 * The readers of packed-refs, of the stash's log, and of HEAD.  The bytes are such a file's: each
 * of the three is given them all.
 */
#include "fuzz.h"
#include "supervisor/git/refs.h"

/* A copy of the exact size and a NUL, as the parsers get a file and change it. */
static char *copy_data(const uint8_t *data, size_t size)
{
	char *copy = malloc(size + 1);

	fuzz_check(copy != NULL);
	if (size)
		memcpy(copy, data, size);
	copy[size] = '\0';
	return copy;
}

/* The lines before the first NUL that have anything in them: nothing is found elsewhere. */
static size_t count_lines(const uint8_t *data, size_t size)
{
	size_t count = 0;

	for (size_t i = 0; i < size && data[i]; i++)
		count += data[i] != '\n' && (!i || data[i - 1] == '\n');
	return count;
}

/* What git takes for a name, said in another way than the parser does: by what is in no name. */
static void check_name(const char *name)
{
	static const char *const nowhere[] = {"..", "@{", "//", "/.", ".lock/", NULL};
	const size_t length = strlen(name);

	fuzz_check(!strncmp(name, "refs/", 5));
	fuzz_check(strchr(name + 5, '/') != NULL);
	for (size_t i = 0; nowhere[i]; i++)
		fuzz_check(!strstr(name, nowhere[i]));
	fuzz_check(name[length - 1] != '/' && name[length - 1] != '.');
	fuzz_check(strcmp(name + length - 5, ".lock") != 0);
	fuzz_check(!strpbrk(name, " ~^:?*[\\\x7f"));
	for (size_t i = 0; i < length; i++)
		fuzz_check((unsigned char)name[i] > ' ');
}

/* git's own, and rind's. */
static void check_is_published(const char *name)
{
	static const char *const others[] = {"refs/replace/", "refs/bisect/", "refs/rewritten/",
		"refs/worktree/", "refs/rind/", NULL};

	for (size_t i = 0; others[i]; i++)
		fuzz_check(strncmp(name, others[i], strlen(others[i])) != 0);
}

static void check_value(const char *value)
{
	fuzz_check(!*value || refs_is_object(value));
}

static void try_packed(const uint8_t *data, size_t size)
{
	struct refs refs = {.head = ""};
	char *copy = copy_data(data, size);

	fuzz_check(refs_parse_packed(&refs, copy) == 0);
	fuzz_check(refs.count <= count_lines(data, size));
	for (size_t i = 0; i < refs.count; i++) {
		const struct ref *ref = &refs.items[i];
		check_name(ref->name);
		check_is_published(ref->name);
		check_value(ref->value);
		const struct refs one = {.items = refs.items + i, .count = 1};
		fuzz_check(refs_find(&one, ref->name) == ref);
	}
	fuzz_check(!refs.stash_count && !*refs.head);
	refs_free(&refs);
	free(copy);
}

static void try_stash(const uint8_t *data, size_t size)
{
	struct refs refs = {.head = ""};
	char *copy = copy_data(data, size);

	fuzz_check(refs_parse_stash(&refs, copy) == 0);
	fuzz_check(refs.stash_count == count_lines(data, size));
	for (size_t i = 0; i < refs.stash_count; i++) {
		const struct stash *stash = &refs.stashes[i];
		check_value(stash->value);
		fuzz_check(!strchr(stash->message, '\n'));
		fuzz_check(strlen(stash->message) < size);
	}
	fuzz_check(!refs.count && !*refs.head);
	refs_free(&refs);
	free(copy);
}

static void try_head(const uint8_t *data, size_t size)
{
	char *copy = copy_data(data, size);
	const char *head = refs_parse_head(copy);

	if (*head && !refs_is_object(head)) {
		fuzz_check(!strncmp(head, "ref:", 4));
		const char *name = head + 4 + strspn(head + 4, " \t");
		fuzz_check(!strncmp(name, "refs/heads/", 11));
		check_name(name);
		/* Who looks for the name in it finds no other. */
		fuzz_check(strstr(head, "refs/") == name);
	}
	free(copy);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	try_packed(data, size);
	try_stash(data, size);
	try_head(data, size);
	return 0;
}
