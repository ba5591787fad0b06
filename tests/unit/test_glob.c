/*
 * Patterns: what a component matches, with fnmatch(3) as the oracle where the two agree; how a
 * pattern is taken apart; and what is found on a host that the test makes.
 */
#include "policy/glob.h"

#include "policy/glob_walk.h"
#include "scratch.h"

#include <errno.h>
#include <fnmatch.h>

/* clang-format off */
#include <setjmp.h>
#include <stdarg.h>
#include <cmocka.h>
/* clang-format on */

#define ARRAY_SIZE(array) (sizeof(array) / sizeof((array)[0]))

/* --- one name --------------------------------------------------------------------------------- */

static bool matches(const char *pattern, const char *name, bool opens)
{
	struct arena arena = {0};
	struct glob glob;

	assert_int_equal(glob_check(pattern, "--hide", NULL), 0);
	assert_int_equal(glob_compile(&arena, pattern, opens, &glob), 0);
	bool result = glob.count == 1 ? glob_part_matches(&glob, &glob.parts[0], name)
				      : glob.count == 0 && !strcmp(glob.prefix, name);
	arena_free(&arena);
	return result;
}

static const struct {
	const char *pattern, *name;
	bool expected;
} names[] = {
	{"*", "a", true},
	{"*", ".a", true},
	{"?a", ".a", true},
	{"[.]a", ".a", true},
	{"*.pem", "key.pem", true},
	{"*.pem", ".pem", true},
	{"*.pem", "key.pem.bak", false},
	{"a*b*c", "axxbxxc", true},
	{"a*b*c", "axxcxxb", false},
	{"*a*a*a*a*b", "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", false},
	{"a**b", "axb", true},
	{"?", "", false},
	{"?", "ab", false},
	{"[a-c]x", "bx", true},
	{"[a-c]x", "dx", false},
	{"[!a-c]x", "dx", true},
	{"[^a-c]x", "ax", false},
	{"[]]x", "]x", true},
	{"[!]]x", "]x", false},
	{"[a-]x", "-x", true},
	{"[-a]x", "-x", true},
	{"[\\]]x", "]x", true},
	{"[\\!a]x", "!x", true},
	{"[z-a]", "m", false},
	{"[ab", "[ab", true},
	{"[", "[", true},
	{"\\*x", "*x", true},
	{"\\*x", "ax", false},
	{"\\[a]", "[a]", true},
	{"\\[a]", "a", false},
	{"a\\\\?", "a\\b", true},
	/* A character is one of UTF-8, or one byte. */
	{"?.pem", "\303\251.pem", true},
	{"??.pem", "\303\251.pem", false},
	{"[\303\250-\303\252]", "\303\251", true},
	{"[\303\250-\303\252]", "\303\240", false},
	{"?", "\303", true},
	{"?", "\377", true},
	{"??", "\303\377", true},
	{"[!a]", "\377", true},
	{"*\377", "a\377", true},
	{"*", "a\nb", true},
	{"?\nb", "a\nb", true},
};

static void test_names(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(names); i++)
		if (matches(names[i].pattern, names[i].name, false) != names[i].expected)
			fail_msg("'%s' and '%s'", names[i].pattern, names[i].name);
}

/* A pattern that gives rights gives no more than the same word would in a shell. */
static void test_names_of_what_is_opened(void **state)
{
	(void)state;
	assert_true(matches("*", "a", true));
	assert_false(matches("*", ".a", true));
	assert_false(matches("?a", ".a", true));
	assert_false(matches("[.]a", ".a", true));
	assert_false(matches("[!x]a", ".a", true));
	assert_true(matches(".*", ".a", true));
	assert_true(matches("\\.*", ".a", true));
	assert_false(matches(".*", ".git", true));
	assert_false(matches(".g?t", ".git", true));
	assert_true(matches(".*", ".git", false));
}

/* Every pattern of up to four of these characters, with every name of up to three. */
static void test_fnmatch_agrees(void **state)
{
	static const char letters[] = "ab*?[]-!\\";
	static const char *const all[] = {"", "a", "b", "]", "[", "-", "!", "\\", "aa", "ab", "ba",
		"a]", "b]", "[a", "-a", "!a", "\\a", "a\\", "aab", "aba", "baa", "[a]", "a-b",
		"!ab", "[!a"};
	char pattern[5];
	size_t count = 0;

	(void)state;
	for (size_t number = 1; number < 9999; number++) {
		size_t rest = number, length = 0;
		for (; rest; rest /= 10)
			if (rest % 10 < sizeof(letters) - 1)
				pattern[length++] = letters[rest % 10];
		pattern[length] = '\0';
		/* These two are no pattern for one name, or refused. */
		if (!glob_is_pattern(pattern) || !strcmp(pattern, "**") ||
			!strcmp(pattern, "***") || glob_check(pattern, "x", NULL) < 0)
			continue;
		for (size_t i = 0; i < ARRAY_SIZE(all); i++, count++)
			if (matches(pattern, all[i], false) != !fnmatch(pattern, all[i], 0))
				fail_msg("'%s' and '%s'", pattern, all[i]);
	}
	assert_true(count > 50000);
}

/* --- the whole pattern ------------------------------------------------------------------------ */

static void test_taken_apart(void **state)
{
	static const struct {
		const char *pattern, *prefix, *parts;
	} cases[] = {
		{"**/.env", "", "**|.env|"},
		{"**/**/.env", "", "**|.env|"},
		{"a/b/*.c", "a/b", "*.c|"},
		{"/a//./b/*/c/", "/a/b", "*|c|"},
		{"/*", "/", "*|"},
		{"a/**", "a", "**|*|"},
		{"**", "", "**|*|"},
		{"a\\*b/?", "a*b", "?|"},
		{"a\\*b", "a*b", ""},
		{"/a\\?/\\[b", "/a?/[b", ""},
		{"a[b/c]", "a[b/c]", ""},
		{"x?/a\\*", "", "x?|a*|"},
		{"~/*/x", "~", "*|x|"},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct arena arena = {0};
		struct glob glob;
		char parts[64] = "";
		assert_true(glob_is_pattern(cases[i].pattern));
		assert_int_equal(glob_compile(&arena, cases[i].pattern, false, &glob), 0);
		for (size_t j = 0; j < glob.count; j++) {
			strcat(parts, glob.parts[j].text);
			strcat(parts, "|");
		}
		assert_string_equal(glob.prefix, cases[i].prefix);
		assert_string_equal(parts, cases[i].parts);
		arena_free(&arena);
	}
}

static void test_what_is_refused(void **state)
{
	static const char *const bad[] = {"", "../*", "*/..", "a/../*", "*\\", "a\\/*", "*/x\\/y",
		"[[:alpha:]]", "[a[.b.]]", "[[=a=]]", "x/[![:digit:]]*"};
	static const char *const good[] = {
		"*", "..*", "*\\\\", "a\\\\/*", "[[]", "[:", "a:[b]", "*[", "[a:]"};
	struct rind_error err;

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(bad); i++)
		assert_int_equal(glob_check(bad[i], "--hide", &err), -EINVAL);
	for (size_t i = 0; i < ARRAY_SIZE(good); i++)
		assert_int_equal(glob_check(good[i], "--hide", &err), 0);
	char longest[PATH_MAX + 1];
	memset(longest, '*', sizeof(longest));
	longest[PATH_MAX] = '\0';
	assert_int_equal(glob_check(longest, "--hide", &err), -ENAMETOOLONG);
	longest[PATH_MAX - 1] = '\0';
	assert_int_equal(glob_check(longest, "--hide", &err), 0);
}

static void test_what_is_entered(void **state)
{
	struct arena arena = {0};
	struct glob any, modules, objects, opens;

	(void)state;
	assert_int_equal(glob_compile(&arena, "**/x", false, &any), 0);
	assert_int_equal(glob_compile(&arena, "**/node_modules/**/x", false, &modules), 0);
	assert_int_equal(glob_compile(&arena, "**/objects/x", false, &objects), 0);
	assert_int_equal(glob_compile(&arena, "**/x", true, &opens), 0);
	assert_true(glob_enters(&any, "a", "b"));
	assert_true(glob_enters(&any, "a", ".git"));
	assert_true(glob_enters(&any, "a", "objects"));
	assert_false(glob_enters(&any, ".git", "objects"));
	assert_false(glob_enters(&any, "a", "node_modules"));
	assert_true(glob_enters(&modules, "a", "node_modules"));
	assert_false(glob_enters(&modules, ".git", "objects"));
	assert_true(glob_enters(&objects, ".git", "objects"));
	assert_false(glob_enters(&opens, "a", ".git"));
	arena_free(&arena);
}

/* --- on a host -------------------------------------------------------------------------------- */

struct results {
	char text[4096];
	size_t base;
};

static int note(struct glob_walk *walk, const struct glob_anchor *anchor, const char *path)
{
	struct results *results = walk->context;
	snprintf(results->text + strlen(results->text),
		sizeof(results->text) - strlen(results->text), "%s:%s ",
		(const char *)anchor->owner, path + results->base);
	return 0;
}

static int leave_unreadable(
	struct glob_walk *walk, const struct glob_anchor *anchor, const char *path, uid_t owner)
{
	(void)walk, (void)anchor, (void)path, (void)owner;
	return 0;
}

static int leave_remote(struct glob_walk *walk, const struct glob_anchor *anchor, const char *path,
	const char *type)
{
	(void)walk, (void)anchor, (void)path, (void)type;
	return 0;
}

static int compare_words(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

/* The order in which a directory has its entries is the file system's. */
static void sort_words(char *text)
{
	char copy[4096], *words[256], *save = NULL;
	size_t count = 0;

	strcpy(copy, text);
	for (char *word = strtok_r(copy, " ", &save); word; word = strtok_r(NULL, " ", &save))
		words[count++] = word;
	qsort(words, count, sizeof(*words), compare_words);
	*text = '\0';
	for (size_t i = 0; i < count; i++) {
		strcat(text, words[i]);
		strcat(text, " ");
	}
}

/* Each pattern is looked for below its directory, and NULL ends them. */
static size_t look(char *ret, const char *const *pairs)
{
	struct arena arena = {0};
	struct glob globs[8];
	struct glob_anchor anchors[8];
	char bases[8][PATH_MAX + 16];
	struct results results = {.text = ""};
	struct rind_error err;
	struct glob_walk walk = {.anchors = anchors,
		.found = note,
		.unreadable = leave_unreadable,
		.remote = leave_remote,
		.context = &results,
		.err = &err};

	results.base = strlen(scratch) + 1;
	for (; *pairs; pairs += 2, walk.count++) {
		snprintf(bases[walk.count], sizeof(bases[0]), "%s%s%s", scratch,
			*pairs[0] ? "/" : "", pairs[0]);
		assert_int_equal(glob_compile(&arena, pairs[1], false, &globs[walk.count]), 0);
		anchors[walk.count] = (struct glob_anchor){.glob = &globs[walk.count],
			.rule = pairs[1],
			.base = bases[walk.count],
			.owner = (void *)(uintptr_t)pairs[1]};
	}
	if (glob_walk(&walk) < 0)
		fail_msg("%s", err.message);
	sort_words(results.text);
	strcpy(ret, results.text);
	arena_free(&arena);
	return walk.entries;
}

#define LOOK(...) look(text, (const char *const[]){__VA_ARGS__, NULL})

static void test_walk(void **state)
{
	char text[4096];

	(void)state;
	scratch_directory("a");
	scratch_directory("a/b");
	scratch_directory("a/b/a");
	scratch_directory(".d");
	scratch_directory("node_modules");
	scratch_file(".env", "");
	scratch_file("a/.env", "");
	scratch_file("a/b/a/.env", "");
	scratch_file(".d/.env", "");
	scratch_file("node_modules/.env", "");
	scratch_link("..", "a/up");

	LOOK("", "**/.env");
	assert_string_equal(
		text, "**/.env:.d/.env **/.env:.env **/.env:a/.env **/.env:a/b/a/.env ");
	LOOK("", "*/.env");
	assert_string_equal(text, "*/.env:.d/.env */.env:a/.env */.env:node_modules/.env ");
	LOOK("", "**/a/**/.env");
	assert_string_equal(text, "**/a/**/.env:a/.env **/a/**/.env:a/b/a/.env ");
	LOOK("", "?/**/a");
	assert_string_equal(text, "?/**/a:a/b/a ");
	LOOK("a", "**/a");
	assert_string_equal(text, "**/a:a/b/a ");
	LOOK("", "**/up/**");
	assert_string_equal(text, "");
	LOOK("", "**/u?");
	assert_string_equal(text, "**/u?:a/up ");
	LOOK("", "?/");
	assert_string_equal(text, "?/:a ");
	LOOK("missing", "*", "", ".e*");
	assert_string_equal(text, ".e*:.env ");
	/* A directory that lies in another, and is reached there or not. */
	LOOK("", "**/.env", "a/b", "*");
	assert_string_equal(
		text, "**/.env:.d/.env **/.env:.env **/.env:a/.env **/.env:a/b/a/.env *:a/b/a ");
	LOOK("", ".en?", "a/b", "*", "a", "[b]");
	assert_string_equal(text, "*:a/b/a .en?:.env [b]:a/b ");
}

/* However many patterns there are, and in how many directories, each entry is looked at once. */
static void test_one_walk(void **state)
{
	char text[4096];

	(void)state;
	size_t one = LOOK("", "**/x");
	assert_int_equal(LOOK("", "**/x", "", "**/y", "", "[!n]*/z", "", "**/.e?x"), one);
	assert_int_equal(LOOK("", "**/x", "a", "**/y", "a/b", "**/z"), one);
	assert_int_equal(LOOK("", "**/**/**/x/**/**/y/**"), one);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_names),
		cmocka_unit_test(test_names_of_what_is_opened),
		cmocka_unit_test(test_fnmatch_agrees),
		cmocka_unit_test(test_taken_apart),
		cmocka_unit_test(test_what_is_refused),
		cmocka_unit_test(test_what_is_entered),
		cmocka_unit_test(test_walk),
		cmocka_unit_test(test_one_walk),
	};
	return cmocka_run_group_tests(tests, scratch_make, scratch_remove);
}
