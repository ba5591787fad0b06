/* References, read without git: which names are taken, and what stands for none. */
#include "supervisor/git/refs.h"

#include "base/fd.h"
#include "scratch.h"

#include <errno.h>

/* clang-format off */
#include <setjmp.h>
#include <stdarg.h>
#include <cmocka.h>
/* clang-format on */

#define ARRAY_SIZE(array) (sizeof(array) / sizeof((array)[0]))

/* Names of objects. */
#define TEN(digit)  digit digit digit digit digit digit digit digit digit digit
#define SHA1(digit) TEN(digit) TEN(digit) TEN(digit) TEN(digit)
#define ONE         SHA1("1")
#define TWO         SHA1("2")
#define THREE       SHA1("3")
#define LONG_ONE    SHA1("a") TEN("b") TEN("c") "0123"

enum { MOST_REFS = 200000, MOST_NAME = 1024, MOST_DEPTH = 32 };

/* --- names ------------------------------------------------------------------------------------ */

/* The rules of git-check-ref-format(1) decide, and what refs.h says of git's own. */
static const struct {
	const char *name;
	bool is_taken;
	bool is_no_path; /* no file has it: as a path it is none, or another one */
} names[] = {
	{"refs/heads/main", true, false},
	{"refs/heads/feature/x", true, false},
	{"refs/tags/v1.0", true, false},
	{"refs/remotes/origin/HEAD", true, false},
	{"refs/notes/commits", true, false},
	{"refs/anything/at/all", true, false},
	{"refs/heads/HEAD", true, false},
	{"refs/heads/-x", true, false},
	{"refs/-x/-y", true, false},
	{"refs/heads/--upload-pack=x", true, false},
	{"refs/heads/@", true, false},
	{"refs/heads/a@b", true, false},
	{"refs/heads/a{b", true, false},
	{"refs/heads/{a", true, false},
	{"refs/heads/a./b", true, false},
	{"refs/heads/a.b", true, false},
	{"refs/heads/lock", true, false},
	{"refs/heads/a.lockx", true, false},
	{"refs/heads/a.LOCK", true, false},
	{"refs/heads/a]b\"c'd$e;f&g|h`i!j%k", true, false},
	{"refs/heads/\xc3\xbc", true, false},
	{"refs/heads/\xff", true, false},
	/* Of git's own the first component alone decides. */
	{"refs/heads/replace", true, false},
	{"refs/heads/stash", true, false},
	{"refs/replaced/x", true, false},
	{"refs/rind2/x", true, false},
	{"refs/replace/" ONE, false, false},
	{"refs/bisect/bad", false, false},
	{"refs/rewritten/onto", false, false},
	{"refs/worktree/x", false, false},
	{"refs/rind/mark/heads/main", false, false},
	{"refs/stash", false, false},
	{"refs/main", false, false},
	/* What git-check-ref-format refuses. */
	{"refs/heads/a.lock", false, false},
	{"refs/heads/a.lock/b", false, false},
	{"refs/heads/.lock", false, false},
	{"refs/heads.lock/a", false, false},
	{"refs/heads/.a", false, false},
	{"refs/heads/a/.b", false, false},
	{"refs/.heads/a", false, false},
	{"refs/heads/a.", false, false},
	{"refs/heads/a..b", false, false},
	{"refs/heads/a@{b", false, false},
	{"refs/heads/a b", false, false},
	{"refs/heads/a\tb", false, false},
	{"refs/heads/a\rb", false, false},
	{"refs/heads/a\x01", false, false},
	{"refs/heads/a\x7f", false, false},
	{"refs/heads/a~", false, false},
	{"refs/heads/a^", false, false},
	{"refs/heads/a:b", false, false},
	{"refs/heads/a?", false, false},
	{"refs/heads/a*", false, false},
	{"refs/heads/[a", false, false},
	{"refs/heads/a\\b", false, false},
	{"refs/heads/a\\", false, false},
	/* What only packed-refs and HEAD can say. */
	{"refs/heads/.", false, true},
	{"refs/heads/..", false, true},
	{"refs/heads/../../config", false, true},
	{"refs/heads/a/../b", false, true},
	{"refs/heads/a/", false, true},
	{"refs/heads/", false, true},
	{"refs/heads", false, true},
	{"refs/heads//a", false, true},
	{"refs//heads/a", false, true},
	{"refs///heads/a", false, true},
	{"refs//replace/a", false, true},
	{"refs/", false, true},
	{"refs//", false, true},
	{"refs", false, true},
	{"", false, true},
	{"HEAD", false, true},
	{"heads/main", false, true},
	{"/refs/heads/main", false, true},
	{"../refs/heads/main", false, true},
	{"Refs/heads/main", false, true},
	{"-refs/heads/main", false, true},
};

static const struct {
	const char *text;
	bool is_object;
} objects[] = {
	{ONE, true},
	{LONG_ONE, true},
	{SHA1("f"), true},
	{"0123456789abcdef0123456789abcdef01234567", true},
	{"", false},
	{"1", false},
	{TEN("1") TEN("1") TEN("1") "111111111", false},
	{ONE "1", false},
	{LONG_ONE "0", false},
	{SHA1("1") SHA1("1"), false},
	{SHA1("F"), false},
	{SHA1("g"), false},
	{ONE "\n", false},
	{ONE " ", false},
	{" " ONE, false},
	{TEN("1") TEN("1") TEN("1") "111111111 ", false},
	{"ref: refs/heads/main", false},
};

static void test_is_object(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(objects); i++)
		if (refs_is_object(objects[i].text) != objects[i].is_object)
			fail_msg("\"%s\"", objects[i].text);
}

/* --- packed-refs ------------------------------------------------------------------------------ */

static void expect_refs(
	const char *what, const struct refs *refs, const struct ref *expected, size_t count)
{
	for (size_t i = 0; i < refs->count && i < count; i++)
		if (strcmp(refs->items[i].name, expected[i].name) != 0 ||
			strcmp(refs->items[i].value, expected[i].value) != 0)
			fail_msg("%s: \"%s\" is \"%s\", not \"%s\" \"%s\"", what,
				refs->items[i].name, refs->items[i].value, expected[i].name,
				expected[i].value);
	if (refs->count != count)
		fail_msg("%s: %zu references, not %zu", what, refs->count, count);
}

/* A copy of the exact size, so that a sanitizer sees an access past the end; free() it. */
static char *copy_text(const char *text)
{
	char *copy = strdup(text);
	if (!copy)
		abort();
	return copy;
}

static void test_packed_names(void **state)
{
	char line[256];

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
		const struct ref expected = {names[i].name, ONE};
		struct refs refs = {.head = ""};
		snprintf(line, sizeof(line), "%s %s\n", ONE, names[i].name);
		char *data = copy_text(line);
		assert_int_equal(refs_parse_packed(&refs, data), 0);
		expect_refs(names[i].name, &refs, &expected, names[i].is_taken);
		refs_free(&refs);
		free(data);
	}
}

#define PACKED_HEADER "# pack-refs with: peeled fully-peeled sorted \n"

static const struct {
	const char *data;
	struct ref refs[3]; /* in the order of the lines */
} packed[] = {
	{"", {{0}}},
	{"\n", {{0}}},
	{"\n\n\n", {{0}}},
	{PACKED_HEADER, {{0}}},
	{PACKED_HEADER ONE " refs/heads/main\n" TWO " refs/tags/v1\n^" THREE "\n",
		{{"refs/heads/main", ONE}, {"refs/tags/v1", TWO}}},
	{LONG_ONE " refs/heads/main\n", {{"refs/heads/main", LONG_ONE}}},
	/* Without a final newline, a header, or an order. */
	{TWO " refs/tags/b\n" ONE " refs/tags/a", {{"refs/tags/b", TWO}, {"refs/tags/a", ONE}}},
	{ONE " refs/tags/a\n\n\n" TWO " refs/tags/b\n",
		{{"refs/tags/a", ONE}, {"refs/tags/b", TWO}}},
	{ONE " refs/tags/a\n" TWO " refs/tags/a\n", {{"refs/tags/a", ONE}, {"refs/tags/a", TWO}}},
	/* git refuses a name that ends with a carriage return. */
	{PACKED_HEADER ONE " refs/heads/main\r\n" TWO " refs/heads/x\n", {{"refs/heads/x", TWO}}},
	/* What is no name of an object. */
	{"x refs/heads/main\n", {{"refs/heads/main", ""}}},
	{" refs/heads/main\n", {{"refs/heads/main", ""}}},
	{ONE "1 refs/heads/main\n", {{"refs/heads/main", ""}}},
	{SHA1("A") " refs/heads/main\n", {{"refs/heads/main", ""}}},
	{"ref:refs/heads/x refs/heads/main\n", {{"refs/heads/main", ""}}},
	/* Nor is this a name of a reference. */
	{"ref: refs/heads/main\n", {{"refs/heads/main", ""}}},
	{ONE "  refs/heads/main\n", {{0}}},
	{ONE " refs/heads/main \n", {{0}}},
	{ONE "\trefs/heads/main\n", {{0}}},
	{ONE "\n", {{0}}},
	{ONE " \n", {{0}}},
	{" \n", {{0}}},
	{"refs/heads/main\n", {{0}}},
	{"^" ONE " refs/heads/main\n", {{0}}},
	{"#" ONE " refs/heads/main\n", {{0}}},
};

static size_t count_refs(const struct ref *refs, size_t most)
{
	size_t count = 0;
	while (count < most && refs[count].name)
		count++;
	return count;
}

static void test_packed(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(packed); i++) {
		struct refs refs = {.head = ""};
		char *data = copy_text(packed[i].data);
		assert_int_equal(refs_parse_packed(&refs, data), 0);
		expect_refs(packed[i].data, &refs, packed[i].refs,
			count_refs(packed[i].refs, ARRAY_SIZE(packed[i].refs)));
		refs_free(&refs);
		assert_int_equal(refs.count, 0);
		assert_null(refs.items);
		free(data);
	}
}

static void test_packed_name_length(void **state)
{
	char line[MOST_NAME + 64];

	(void)state;
	for (int over = 0; over < 2; over++) {
		struct refs refs = {.head = ""};
		int start = snprintf(line, sizeof(line), "%s ", ONE);
		memset(line + start, 'a', MOST_NAME + 1);
		memcpy(line + start, "refs/heads/", 11);
		line[start + MOST_NAME + over] = '\0';
		char *data = copy_text(line);
		assert_int_equal(refs_parse_packed(&refs, data), 0);
		assert_int_equal(refs.count, !over);
		if (!over)
			assert_int_equal(strlen(refs.items[0].name), MOST_NAME);
		refs_free(&refs);
		free(data);
	}
}

/* A packed-refs of so many references; free() it. */
static char *make_packed(size_t count)
{
	enum { LINE = 41 + 18 + 1 };
	char *data = malloc(count * LINE + 1);

	if (!data)
		abort();
	for (size_t i = 0; i < count; i++)
		sprintf(data + i * LINE, "%s refs/heads/%07zu\n", ONE, i);
	return data;
}

static void test_packed_count(void **state)
{
	(void)state;
	for (size_t over = 0; over < 2; over++) {
		struct refs refs = {.head = ""};
		char *data = make_packed(MOST_REFS + over);
		assert_int_equal(refs_parse_packed(&refs, data), over ? -EFBIG : 0);
		assert_int_equal(refs.count, MOST_REFS);
		assert_string_equal(refs.items[MOST_REFS - 1].name, "refs/heads/0199999");
		refs_free(&refs);
		free(data);
	}
}

/* --- the stash and HEAD ----------------------------------------------------------------------- */

#define WHO "A U Thor <author@example.com> 1700000000 +0000"

static const struct {
	const char *data;
	size_t count;
	struct stash stashes[3];
} stashes[] = {
	{"", 0, {{0}}},
	{"\n\n", 0, {{0}}},
	{ONE " " TWO " " WHO "\tWIP on main: 1234567 text\n", 1,
		{{TWO, "WIP on main: 1234567 text"}}},
	{ONE " " TWO " " WHO "\tone\n" TWO " " THREE " " WHO "\ttwo\n", 2,
		{{TWO, "one"}, {THREE, "two"}}},
	{ONE " " LONG_ONE " " WHO "\ta\tb", 1, {{LONG_ONE, "a\tb"}}},
	{ONE " " TWO " " WHO "\t\n", 1, {{TWO, ""}}},
	{ONE " " TWO " " WHO "\n", 1, {{TWO, ""}}},
	{ONE " " TWO " \n", 1, {{TWO, ""}}},
	{ONE " " TWO " " WHO "\ta\r\n", 1, {{TWO, "a\r"}}},
	/* A line that says nothing counts. */
	{"x\n" ONE " " TWO " " WHO "\ta\n \n", 3, {{"", ""}, {TWO, "a"}, {"", ""}}},
	{ONE " " TWO "\n", 1, {{"", ""}}},
	{ONE " " TWO "\ta\n", 1, {{"", ""}}},
	{ONE "  " TWO " " WHO "\ta\n", 1, {{"", "a"}}},
	{ONE " " TWO "2 " WHO "\ta\n", 1, {{"", "a"}}},
	{ONE " -x " WHO "\ta\n", 1, {{"", "a"}}},
};

static void test_stash(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(stashes); i++) {
		struct refs refs = {.head = ""};
		char *data = copy_text(stashes[i].data);
		assert_int_equal(refs_parse_stash(&refs, data), 0);
		assert_int_equal(refs.stash_count, stashes[i].count);
		for (size_t j = 0; j < refs.stash_count; j++) {
			assert_string_equal(refs.stashes[j].value, stashes[i].stashes[j].value);
			assert_string_equal(refs.stashes[j].message, stashes[i].stashes[j].message);
		}
		refs_free(&refs);
		assert_int_equal(refs.stash_count, 0);
		free(data);
	}
}

static const struct {
	const char *data, *head;
} heads[] = {
	{"ref: refs/heads/main\n", "ref: refs/heads/main"},
	{"ref: refs/heads/main", "ref: refs/heads/main"},
	{"ref: refs/heads/main\r\n", "ref: refs/heads/main"},
	{"ref: refs/heads/main\nmore\n", "ref: refs/heads/main"},
	{"ref: refs/heads/-x/y\n", "ref: refs/heads/-x/y"},
	{ONE "\n", ONE},
	{ONE, ONE},
	{ONE "\r\n", ONE},
	{LONG_ONE "\n", LONG_ONE},
	{"", ""},
	{"\n", ""},
	{"\n" ONE "\n", ""},
	{"nonsense\n", ""},
	{ONE "1\n", ""},
	{SHA1("A") "\n", ""},
	{"ref:\n", ""},
	{"ref: \n", ""},
	{"ref: \nrefs/heads/main\n", ""},
	{"Ref: refs/heads/main\n", ""},
	{" ref: refs/heads/main\n", ""},
	{"refs/heads/main\n", ""},
	{"ref: heads/main\n", ""},
	{"ref: HEAD\n", ""},
	{"ref: " ONE "\n", ""},
	{"ref: refs/heads/a ref: refs/heads/b\n", ""},
	/* Names that are taken elsewhere. */
	{"ref: refs/tags/v1\n", ""},
	{"ref: refs/remotes/origin/main\n", ""},
	{"ref: refs/rind/heads/main\n", ""},
	{"ref: refs/replace/heads/main\n", ""},
	{"ref: refs/heads\n", ""},
	{"ref: ../refs/heads/main\n", ""},
};

static void test_head(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(heads); i++) {
		char *data = copy_text(heads[i].data);
		assert_string_equal(refs_parse_head(data), heads[i].head);
		free(data);
	}
}

static void test_head_names(void **state)
{
	char line[256];

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
		bool is_taken = names[i].is_taken && !strncmp(names[i].name, "refs/heads/", 11);
		snprintf(line, sizeof(line), "ref: %s", names[i].name);
		char *data = copy_text(line);
		/* The parser takes a carriage return for the end of the line. */
		if (!strchr(line, '\r'))
			assert_string_equal(refs_parse_head(data), is_taken ? line : "");
		free(data);
	}
}

/* --- looking up ------------------------------------------------------------------------------- */

static void test_find(void **state)
{
	static struct ref items[] = {{"refs/heads/a", ONE}, {"refs/heads/a-b", TWO},
		{"refs/heads/a/b", THREE}, {"refs/heads/ab", ""}, {"refs/tags/\xff", ONE}};
	static const char *const missing[] = {"", "refs/heads/", "refs/heads/A", "refs/heads/a/",
		"refs/heads/a/c", "refs/heads/b", "refs/tags/\xff\xff", "z"};

	(void)state;
	for (size_t count = 0; count <= ARRAY_SIZE(items); count++) {
		const struct refs refs = {.items = items, .count = count};
		for (size_t i = 0; i < ARRAY_SIZE(items); i++)
			assert_ptr_equal(
				refs_find(&refs, items[i].name), i < count ? &items[i] : NULL);
		for (size_t i = 0; i < ARRAY_SIZE(missing); i++)
			assert_null(refs_find(&refs, missing[i]));
	}
	assert_null(refs_find(&(const struct refs){.head = ""}, "refs/heads/a"));
}

/* --- directories ------------------------------------------------------------------------------ */

enum kind { AS_FILE, AS_DIRECTORY, AS_LINK, AS_FIFO, AS_SOCKET };

struct made {
	const char *path;
	const char *text; /* of the file, or what the symlink leads to */
	enum kind kind;
};

static char top[32]; /* the git directory of the case that is being tried */

static void begin(void)
{
	static unsigned int number;

	snprintf(top, sizeof(top), "git-%u", number++);
	scratch_directory(top);
}

/* Make what it is, and the directories above it. */
static void make(const struct made *made)
{
	_cleanup_free_ char *path = NULL;

	if (asprintf(&path, "%s/%s", top, made->path) < 0)
		abort();
	for (char *slash = path; (slash = strchr(slash + 1, '/'));) {
		*slash = '\0';
		if (mkdir(path, 0755) < 0 && errno != EEXIST)
			abort();
		*slash = '/';
	}
	switch (made->kind) {
	case AS_FILE:
		scratch_file(path, made->text);
		break;
	case AS_DIRECTORY:
		scratch_directory(path);
		break;
	case AS_LINK:
		scratch_link(made->text, path);
		break;
	case AS_FIFO:
		assert_int_equal(mkfifo(path, 0600), 0);
		break;
	case AS_SOCKET:
		scratch_socket(path);
		break;
	}
}

static void make_file(const char *path, const char *text)
{
	make(&(const struct made){path, text, AS_FILE});
}

static int read_refs(const char *directory, struct refs *ret)
{
	_cleanup_close_ int common = open(top, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	assert_true(common >= 0);
	return refs_read(common, directory, ret);
}

/* The result; whatever it is, refs_free() has to do. */
static int try_read(void)
{
	struct refs refs;
	int result = read_refs(".", &refs);

	refs_free(&refs);
	return result;
}

static const struct {
	const char *what;
	struct made made[6];
	int result;
	const char *head;   /* NULL: "" */
	struct ref refs[4]; /* ascending */
	struct stash stash; /* the only one, if any */
} directories[] = {
	{.what = "an empty directory"},
	{"a repository without commits",
		.made = {{"HEAD", "ref: refs/heads/main\n", AS_FILE},
			{"refs/heads", NULL, AS_DIRECTORY}, {"refs/tags", NULL, AS_DIRECTORY}},
		.head = "ref: refs/heads/main"},
	{"one of each",
		.made = {{"HEAD", ONE "\n", AS_FILE}, {"refs/heads/main", ONE "\n", AS_FILE},
			{"packed-refs", PACKED_HEADER TWO " refs/tags/v1\n^" ONE "\n", AS_FILE},
			{"refs/stash", THREE "\n", AS_FILE},
			{"logs/refs/stash", ONE " " THREE " " WHO "\tWIP\n", AS_FILE}},
		.head = ONE, .refs = {{"refs/heads/main", ONE}, {"refs/tags/v1", TWO}},
		.stash = {THREE, "WIP"}},
	{"no directory of references",
		.made = {{"HEAD", ONE, AS_FILE},
			{"packed-refs", ONE " refs/heads/main\n", AS_FILE}},
		.head = ONE, .refs = {{"refs/heads/main", ONE}}},
	{"an empty packed-refs",
		.made = {{"packed-refs", "", AS_FILE}, {"refs/heads/main", ONE "\n", AS_FILE}},
		.refs = {{"refs/heads/main", ONE}}},

	/* Which of two counts. */
	{"a loose one over a packed one",
		.made = {{"packed-refs",
				 ONE " refs/heads/a\n" ONE " refs/heads/b\n" ONE " refs/heads/c\n",
				 AS_FILE},
			{"refs/heads/b", TWO "\n", AS_FILE}, {"refs/heads/d", TWO "\n", AS_FILE}},
		.refs = {{"refs/heads/a", ONE}, {"refs/heads/b", TWO}, {"refs/heads/c", ONE},
			{"refs/heads/d", TWO}}},
	{"a loose one that is nonsense over a packed one",
		.made = {{"packed-refs", ONE " refs/heads/a\n", AS_FILE},
			{"refs/heads/a", "x\n", AS_FILE}},
		.refs = {{"refs/heads/a", ""}}},
	{"duplicates under a loose one",
		.made = {{"packed-refs",
				 ONE " refs/heads/a\n" TWO " refs/heads/b\n" TWO " refs/heads/a\n",
				 AS_FILE},
			{"refs/heads/a", THREE, AS_FILE}},
		.refs = {{"refs/heads/a", THREE}, {"refs/heads/b", TWO}}},
	{"duplicates",
		.made = {{"packed-refs",
			ONE " refs/heads/a\n" TWO " refs/heads/b\n" ONE " refs/heads/a\n",
			AS_FILE}},
		.refs = {{"refs/heads/a", ONE}, {"refs/heads/b", TWO}}},
	{"packed ones without an order",
		.made = {{"packed-refs",
				 ONE " refs/tags/a\n" ONE " refs/heads/a/b\n" ONE
				     " refs/heads/a-b\n",
				 AS_FILE},
			{"refs/heads/B", TWO, AS_FILE}},
		.refs = {{"refs/heads/B", TWO}, {"refs/heads/a-b", ONE}, {"refs/heads/a/b", ONE},
			{"refs/tags/a", ONE}}},

	/* What stands in a loose one. */
	{"symbolic ones",
		.made = {{"refs/remotes/origin/HEAD", "ref: refs/remotes/origin/main\n", AS_FILE},
			{"refs/remotes/origin/main", ONE "\n", AS_FILE},
			{"refs/heads/a", "ref: refs/heads/b", AS_FILE}},
		.refs = {{"refs/heads/a", ""}, {"refs/remotes/origin/HEAD", ""},
			{"refs/remotes/origin/main", ONE}}},
	{"nonsense",
		.made = {{"refs/heads/a", "", AS_FILE}, {"refs/heads/b", "\n" ONE "\n", AS_FILE},
			{"refs/heads/c", ONE "1\n", AS_FILE},
			{"refs/heads/d", "../../../HEAD", AS_FILE}},
		.refs = {{"refs/heads/a", ""}, {"refs/heads/b", ""}, {"refs/heads/c", ""},
			{"refs/heads/d", ""}}},
	{"ends of a line",
		.made = {{"refs/heads/a", ONE, AS_FILE}, {"refs/heads/b", ONE "\r\n", AS_FILE},
			{"refs/heads/c", ONE "\nmore\n", AS_FILE},
			{"refs/heads/d", ONE " more", AS_FILE}},
		.refs = {{"refs/heads/a", ONE}, {"refs/heads/b", ONE}, {"refs/heads/c", ONE},
			{"refs/heads/d", ONE}}},
	{"the longer hash",
		.made = {{"HEAD", LONG_ONE "\n", AS_FILE}, {"refs/heads/a", LONG_ONE "\n", AS_FILE},
			{"packed-refs", LONG_ONE " refs/heads/b\n", AS_FILE},
			{"logs/refs/stash", LONG_ONE " " LONG_ONE " " WHO "\ta\n", AS_FILE}},
		.head = LONG_ONE, .refs = {{"refs/heads/a", LONG_ONE}, {"refs/heads/b", LONG_ONE}},
		.stash = {LONG_ONE, "a"}},
	{"CRLF in packed-refs",
		.made = {{"packed-refs", PACKED_HEADER ONE " refs/heads/a\r\n", AS_FILE}}},

	/* What is neither a file nor a directory could hide references, or lead out. */
	{"a symlink to a reference",
		.made = {{"refs/heads/a", ONE, AS_FILE}, {"refs/heads/b", "a", AS_LINK}},
		.result = -ELOOP},
	{"a symlink to a directory",
		.made = {{"refs/other/a", ONE, AS_FILE}, {"refs/heads", "other", AS_LINK}},
		.result = -ELOOP},
	{"a symlink to nothing", .made = {{"refs/tags/a", "missing", AS_LINK}}, .result = -ELOOP},
	{"a symlink by a name that is not taken",
		.made = {{"refs/heads/a.lock", "/etc/passwd", AS_LINK}}, .result = -ELOOP},
	{"a symlink in what is not taken", .made = {{"refs/replace/a", "b", AS_LINK}},
		.result = -ELOOP},
	{"a FIFO", .made = {{"refs/heads/a", NULL, AS_FIFO}}, .result = -ELOOP},
	{"a socket", .made = {{"refs/heads/a", NULL, AS_SOCKET}}, .result = -ELOOP},
	{"refs is a symlink", .made = {{"other/heads/a", ONE, AS_FILE}, {"refs", "other", AS_LINK}},
		.result = -ENOTDIR},
	{"refs is a symlink to nothing", .made = {{"refs", "missing", AS_LINK}},
		.result = -ENOTDIR},
	{"refs is a file", .made = {{"refs", ONE, AS_FILE}}, .result = -ENOTDIR},
	{"refs is a FIFO", .made = {{"refs", NULL, AS_FIFO}}, .result = -ENOTDIR},

	/* These are skipped, with all in them. */
	{"directories that are no part of a name",
		.made = {{"refs/heads/.a/b", ONE, AS_FILE}, {"refs/heads/a.lock/b", ONE, AS_FILE},
			{"refs/heads/a b/c", ONE, AS_FILE}, {"refs/heads/a", ONE, AS_FILE}},
		.refs = {{"refs/heads/a", ONE}}},
	{"a directory by the name of a packed one",
		.made = {{"packed-refs", ONE " refs/heads/a\n", AS_FILE},
			{"refs/heads/a", NULL, AS_DIRECTORY}},
		.refs = {{"refs/heads/a", ONE}}},

	/* HEAD and the stash. */
	{"HEAD is nonsense", .made = {{"HEAD", "x\n", AS_FILE}, {"refs/heads/a", ONE, AS_FILE}},
		.refs = {{"refs/heads/a", ONE}}},
	{"HEAD leads elsewhere",
		.made = {{"HEAD", "ref: refs/tags/a\n", AS_FILE}, {"refs/tags/a", ONE, AS_FILE}},
		.refs = {{"refs/tags/a", ONE}}},
	{"HEAD is a symlink",
		.made = {{"refs/heads/a", ONE, AS_FILE}, {"HEAD", "refs/heads/a", AS_LINK}},
		.refs = {{"refs/heads/a", ONE}}},
	{"packed-refs is a symlink", .made = {{"packed-refs", "other", AS_LINK}}, .result = -ELOOP},
	{"packed-refs is a FIFO", .made = {{"packed-refs", NULL, AS_FIFO}}, .result = -ELOOP},
	{"HEAD is a FIFO", .made = {{"HEAD", NULL, AS_FIFO}}},
	{"HEAD is a directory", .made = {{"HEAD", NULL, AS_DIRECTORY}}},
	{"a stash without its log", .made = {{"refs/stash", ONE "\n", AS_FILE}}},
	{"the log of the stash is a symlink",
		.made = {{"other", ONE " " TWO " " WHO "\ta\n", AS_FILE},
			{"logs/refs/stash", "../../other", AS_LINK}}},
	{"the directory of logs is a symlink",
		.made = {{"other/refs/stash", ONE " " TWO " " WHO "\ta\n", AS_FILE},
			{"logs", "other", AS_LINK}}},
};

static void expect_directory(size_t i, const struct refs *refs)
{
	const char *what = directories[i].what;
	const struct stash *stash = &directories[i].stash;

	expect_refs(what, refs, directories[i].refs,
		count_refs(directories[i].refs, ARRAY_SIZE(directories[i].refs)));
	const char *head = directories[i].head ? directories[i].head : "";
	if (strcmp(refs->head, head) != 0)
		fail_msg("%s: HEAD is \"%s\"", what, refs->head);
	assert_int_equal(refs->stash_count, stash->value != NULL);
	if (refs->stash_count) {
		assert_string_equal(refs->stashes[0].value, stash->value);
		assert_string_equal(refs->stashes[0].message, stash->message);
	}
}

static void test_directories(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(directories); i++) {
		struct refs refs;
		begin();
		for (size_t j = 0; j < ARRAY_SIZE(directories[i].made); j++)
			if (directories[i].made[j].path)
				make(&directories[i].made[j]);
		int result = read_refs(".", &refs);
		if (result != directories[i].result)
			fail_msg("%s: %d", directories[i].what, result);
		if (!result)
			expect_directory(i, &refs);
		refs_free(&refs);
		assert_int_equal(refs.count, 0);
		assert_string_equal(refs.head, "");
		refs_free(&refs);
	}
}

static void test_loose_names(void **state)
{
	size_t taken = 0;

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
		const struct ref expected = {names[i].name, ONE};
		struct refs refs;
		if (names[i].is_no_path)
			continue;
		begin();
		make_file(names[i].name, ONE "\n");
		assert_int_equal(read_refs(".", &refs), 0);
		expect_refs(names[i].name, &refs, &expected, names[i].is_taken);
		taken += refs.count;
		refs_free(&refs);
	}
	assert_true(taken > 0);
}

/* Of two values of a packed one either will do, but there is only one. */
static void test_duplicates(void **state)
{
	struct refs refs;

	(void)state;
	begin();
	make_file("packed-refs", ONE " refs/heads/a\n" TWO " refs/heads/a\n" THREE
				     " refs/heads/b\n" TWO " refs/heads/a\n");
	assert_int_equal(read_refs(".", &refs), 0);
	assert_int_equal(refs.count, 2);
	const struct ref *ref = refs_find(&refs, "refs/heads/a");
	assert_non_null(ref);
	assert_true(!strcmp(ref->value, ONE) || !strcmp(ref->value, TWO));
	ref = refs_find(&refs, "refs/heads/b");
	assert_non_null(ref);
	assert_string_equal(ref->value, THREE);
	refs_free(&refs);
}

/* The worktree has a HEAD of its own, and the references of all. */
static void test_worktree(void **state)
{
	static const struct {
		const char *directory, *head;
	} cases[] = {
		{".", "ref: refs/heads/main"},
		{"worktrees/w", "ref: refs/heads/w"},
		{"worktrees/missing", ""},
	};
	const struct ref expected[] = {{"refs/heads/main", ONE}, {"refs/heads/w", TWO}};
	struct refs refs;

	(void)state;
	begin();
	make_file("HEAD", "ref: refs/heads/main\n");
	make_file("refs/heads/main", ONE "\n");
	make_file("refs/heads/w", TWO "\n");
	make_file("worktrees/w/HEAD", "ref: refs/heads/w\n");
	make_file("worktrees/w/refs/worktree/x", THREE "\n");
	make_file("worktrees/w/refs/heads/x", THREE "\n");
	make_file("logs/refs/stash", ONE " " THREE " " WHO "\tboth\n");
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		assert_int_equal(read_refs(cases[i].directory, &refs), 0);
		assert_string_equal(refs.head, cases[i].head);
		expect_refs(cases[i].directory, &refs, expected, ARRAY_SIZE(expected));
		assert_int_equal(refs.stash_count, 1);
		assert_string_equal(refs.stashes[0].message, "both");
		refs_free(&refs);
	}
}

/* --- limits ----------------------------------------------------------------------------------- */

static void test_depth(void **state)
{
	(void)state;
	for (int over = 0; over < 2; over++) {
		char path[256] = "refs";
		struct refs refs;
		for (int i = 0; i < MOST_DEPTH + over; i++)
			strcat(path, "/d");
		strcat(path, "/x");
		begin();
		make_file(path, ONE);
		assert_int_equal(read_refs(".", &refs), over ? -ELOOP : 0);
		const struct ref *ref = refs_find(&refs, path);
		assert_true(over ? !ref : ref && !strcmp(ref->value, ONE));
		refs_free(&refs);
	}
}

static void test_loose_name_length(void **state)
{
	enum { PART = 200 };

	(void)state;
	for (int over = 0; over < 2; over++) {
		char path[MOST_NAME + 2] = "refs/heads";
		struct refs refs;
		for (size_t i = strlen(path); i < (size_t)MOST_NAME + over; i++)
			path[i] = i % PART == 10 ? '/' : 'a';
		begin();
		make_file(path, ONE);
		assert_int_equal(read_refs(".", &refs), 0);
		assert_int_equal(refs.count, !over);
		if (!over)
			assert_string_equal(refs.items[0].name, path);
		refs_free(&refs);
	}
}

static void test_too_many(void **state)
{
	struct refs refs;

	(void)state;
	begin();
	char *data = make_packed(MOST_REFS);
	make_file("packed-refs", data);
	free(data);
	assert_int_equal(read_refs(".", &refs), 0);
	assert_int_equal(refs.count, MOST_REFS);
	assert_non_null(refs_find(&refs, "refs/heads/0199999"));
	refs_free(&refs);
	/* One more, that is loose. */
	make_file("refs/heads/x", ONE);
	assert_int_equal(try_read(), -EFBIG);
	data = make_packed(MOST_REFS + 1);
	begin();
	make_file("packed-refs", data);
	free(data);
	assert_int_equal(try_read(), -EFBIG);
}

/* A file of so many bytes, which begins with text. */
static void make_large(const char *name, const char *text, off_t size)
{
	char path[64];

	make_file(name, text);
	snprintf(path, sizeof(path), "%s/%s", top, name);
	assert_int_equal(truncate(path, size), 0);
}

static void test_large_files(void **state)
{
	static const struct {
		const char *name;
		off_t limit;
	} cases[] = {
		{"HEAD", 4096},
		{"packed-refs", (off_t)64 << 20},
		{"logs/refs/stash", (off_t)4 << 20},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		begin();
		make_large(cases[i].name, "x", cases[i].limit);
		assert_int_equal(try_read(), 0);
		make_large(cases[i].name, "x", cases[i].limit + 1);
		assert_int_equal(try_read(), -EFBIG);
	}
}

/* A loose one that is too large is nonsense, and hides a packed one. */
static void test_large_loose(void **state)
{
	const struct ref expected[] = {{"refs/heads/a", ONE}, {"refs/heads/b", ""}};
	struct refs refs;

	(void)state;
	begin();
	make_large("refs/heads/a", ONE "\n", 4096);
	make_large("refs/heads/b", ONE "\n", 4097);
	make_file("packed-refs", TWO " refs/heads/b\n");
	assert_int_equal(read_refs(".", &refs), 0);
	expect_refs("large ones", &refs, expected, ARRAY_SIZE(expected));
	refs_free(&refs);
}

/* A device by which an overlay removes stands for nothing; the packed one is there again. */
static void test_removed(void **state)
{
	const struct ref expected[] = {{"refs/heads/a", ONE}, {"refs/heads/b", TWO}};
	struct refs refs;
	char path[64];

	(void)state;
	begin();
	make_file("packed-refs", ONE " refs/heads/a\n");
	make_file("refs/heads/b", TWO);
	snprintf(path, sizeof(path), "%s/refs/heads/a", top);
	/* Before Linux 5.8, or where a filter forbids all devices. */
	if (mknod(path, S_IFCHR, 0) < 0)
		skip();
	assert_int_equal(read_refs(".", &refs), 0);
	expect_refs("a removed one", &refs, expected, ARRAY_SIZE(expected));
	refs_free(&refs);
}

/* The result for a user whom modes mean something to. */
static int try_read_as_user(void)
{
	enum { NOBODY = 65534 };
	const uid_t uid = geteuid();

	if (uid == 0)
		assert_int_equal(seteuid(NOBODY), 0);
	int result = try_read();
	if (uid == 0)
		assert_int_equal(seteuid(uid), 0);
	return result;
}

/* What may not be read is an error: as if it were not there, it would be taken for removed. */
static void test_unreadable(void **state)
{
	static const char *const paths[] = {
		"HEAD", "packed-refs", "logs/refs/stash", "refs/heads/a", "refs/heads", "refs"};
	const mode_t mask = umask(022);
	char path[64];

	(void)state;
	assert_int_equal(chmod(scratch, 0755), 0);
	for (size_t i = 0; i < ARRAY_SIZE(paths); i++) {
		begin();
		make_file("HEAD", ONE);
		make_file("packed-refs", ONE " refs/heads/b\n");
		make_file("logs/refs/stash", ONE " " TWO " " WHO "\ta\n");
		make_file("refs/heads/a", ONE);
		snprintf(path, sizeof(path), "%s/%s", top, paths[i]);
		int readable = try_read_as_user();
		assert_int_equal(chmod(path, 0), 0);
		int unreadable = try_read_as_user();
		assert_int_equal(chmod(path, 0700), 0);
		assert_int_equal(readable, 0);
		assert_int_equal(unreadable, -EACCES);
	}
	umask(mask);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_is_object),
		cmocka_unit_test(test_packed_names),
		cmocka_unit_test(test_packed),
		cmocka_unit_test(test_packed_name_length),
		cmocka_unit_test(test_packed_count),
		cmocka_unit_test(test_stash),
		cmocka_unit_test(test_head),
		cmocka_unit_test(test_head_names),
		cmocka_unit_test(test_find),
		cmocka_unit_test(test_directories),
		cmocka_unit_test(test_loose_names),
		cmocka_unit_test(test_duplicates),
		cmocka_unit_test(test_worktree),
		cmocka_unit_test(test_depth),
		cmocka_unit_test(test_loose_name_length),
		cmocka_unit_test(test_too_many),
		cmocka_unit_test(test_large_files),
		cmocka_unit_test(test_large_loose),
		cmocka_unit_test(test_removed),
		cmocka_unit_test(test_unreadable),
	};
	return cmocka_run_group_tests(tests, scratch_make, scratch_remove);
}
