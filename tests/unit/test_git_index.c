/* git's index: the gitlinks in it, for indexes that git made and for what it never makes. */
#include "policy/git_index.h"

#include "scratch.h"

#include <errno.h>
#include <stdbool.h>
#include <stdint.h>

/* clang-format off */
#include <setjmp.h>
#include <stdarg.h>
#include <cmocka.h>
/* clang-format on */

#define ARRAY_SIZE(array) (sizeof(array) / sizeof((array)[0]))

enum { FILE_MODE = 0100644, GITLINK_MODE = 0160000, SHA1 = 20, SHA256 = 32 };

/* What an index would be; MAX_DATA is more than is read at a time. */
enum { MAX_DATA = 1 << 20 };
static uint8_t data[MAX_DATA];
static size_t size;

/* --- reading ---------------------------------------------------------------------------------- */

static struct arena arena;
static struct git_index found;

static void write_file(const char *name, const uint8_t *bytes, size_t count)
{
	FILE *file = fopen(name, "w");
	if (!file || fwrite(bytes, 1, count, file) != count || fclose(file) != 0)
		abort();
}

static int read_here(void)
{
	arena_free(&arena);
	found = (struct git_index){.arena = &arena};
	return git_index_read(&found, scratch);
}

static int read_data(void)
{
	write_file("index", data, size);
	return read_here();
}

/* The links, with a blank between them. */
static const char *links(void)
{
	static char text[256];

	text[0] = '\0';
	for (size_t i = 0; i < found.link_count; i++)
		snprintf(text + strlen(text), sizeof(text) - strlen(text), "%s%s", i ? " " : "",
			found.links[i]);
	return text;
}

static void expect_links(const char *expected)
{
	int result = read_data();
	if (result < 0)
		fail_msg("%d: %s: %s", result, found.file, found.problem ? found.problem : "");
	assert_string_equal(links(), expected);
}

static void expect_problem(const char *problem)
{
	assert_int_equal(read_data(), -EBADMSG);
	assert_string_equal(found.problem, problem);
	assert_int_equal(found.link_count, 0);
}

/* --- building --------------------------------------------------------------------------------- */

static size_t hash_size;
static unsigned int version;
static char before[16384]; /* the path of the entry before, for version 4 */

static void put(const void *bytes, size_t count)
{
	assert_true(size + count <= MAX_DATA);
	memcpy(data + size, bytes, count);
	size += count;
}

static void put_number(uint64_t number, size_t count)
{
	while (count--) {
		uint8_t byte = (uint8_t)(number >> 8 * count);
		put(&byte, 1);
	}
}

static void put_bytes(uint8_t byte, size_t count)
{
	while (count--)
		put(&byte, 1);
}

static void begin(unsigned int of_version, size_t of_hash, uint32_t count)
{
	size = 0;
	version = of_version;
	hash_size = of_hash;
	before[0] = '\0';
	put("DIRC", 4);
	put_number(version, 4);
	put_number(count, 4);
}

static void put_varint(size_t number)
{
	uint8_t bytes[16];
	size_t place = sizeof(bytes);

	bytes[--place] = number & 0x7f;
	while (number >>= 7)
		bytes[--place] = 0x80 | (--number & 0x7f);
	put(bytes + place, sizeof(bytes) - place);
}

static void put_path(size_t start, const char *path)
{
	if (version < 4) {
		put(path, strlen(path));
		do
			put_bytes(0, 1);
		while ((size - start) % 8);
		return;
	}
	size_t common = 0;
	while (path[common] && path[common] == before[common])
		common++;
	put_varint(strlen(before) - common);
	put(path + common, strlen(path + common) + 1);
	strcpy(before, path);
}

/* flags: without the length; more: the flags of version 3, where they say that there are some. */
static void entry_with(unsigned int mode, unsigned int flags, unsigned int more, const char *path)
{
	size_t start = size, length = strlen(path);

	put_bytes(0x11, 24);
	put_number(mode, 4);
	put_bytes(0x22, 12);
	put_bytes(0x33, hash_size);
	put_number(flags | (length < 0xfff ? length : 0xfff), 2);
	if (flags & 0x4000)
		put_number(more, 2);
	put_path(start, path);
}

static void entry(unsigned int mode, const char *path)
{
	entry_with(mode, 0, 0, path);
}

static void extension(const char *name, const void *bytes, uint32_t count)
{
	put(name, 4);
	put_number(count, 4);
	put(bytes, count);
}

static void end(void)
{
	put_bytes(0xcc, hash_size);
}

/* An index of one entry. */
static void build_one(unsigned int of_version, unsigned int mode, const char *path)
{
	begin(of_version, SHA1, 1);
	entry(mode, path);
	end();
}

/* --- what git made ---------------------------------------------------------------------------- */

static const struct {
	const char *file, *links;
} made_by_git[] = {
	{"v2", "lib vendor/one vendor/two"},
	{"v3", "lib vendor/one vendor/two"},
	{"v4", "lib vendor/one vendor/two"},
	{"sha256", "lib vendor/one vendor/two"},
	{"sha256-v4", "lib vendor/one vendor/two"},
	{"no-entries", ""},
	/* Those that the split index has itself, then those of the shared one. */
	{"split", "new/sub a lib vendor/one vendor/two zz"},
	{"split-sha256", "lib src/b vendor/one vendor/two"},
};

/* Load one of the fuzz target's; a shared index, if any, follows in it, and gets its own file. */
static void load(const char *name)
{
	static uint8_t bytes[65536];
	char path[PATH_MAX], shared[128] = "sharedindex.";

	snprintf(path, sizeof(path), "%s/tests/fuzz/corpus/git_index/%s", SOURCE_DIR, name);
	FILE *file = fopen(path, "r");
	assert_non_null(file);
	size_t count = fread(bytes, 1, sizeof(bytes), file);
	fclose(file);
	const uint8_t *second = memmem(bytes + 1, count - 1, "DIRC", 4);
	size = second ? (size_t)(second - bytes) : count;
	memcpy(data, bytes, size);
	if (!second)
		return;
	const uint8_t *link = memmem(data, size, "link", 4);
	assert_non_null(link);
	size_t hash = strstr(name, "sha256") ? SHA256 : SHA1;
	for (size_t i = 0; i < hash; i++)
		sprintf(shared + strlen(shared), "%02x", link[8 + i]);
	write_file(shared, second, count - size);
}

static void test_made_by_git(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(made_by_git); i++) {
		load(made_by_git[i].file);
		expect_links(made_by_git[i].links);
	}
}

/*
 * Cut off anywhere, an index is refused; or, as nobody looks at the checksum, it is one without the
 * extensions at the end, and has all the same links.
 */
static void test_cut_off(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(made_by_git); i++) {
		load(made_by_git[i].file);
		for (size_t whole = size; size--;) {
			int result = read_data();
			if (!result)
				assert_string_equal(links(), made_by_git[i].links);
			else
				assert_int_equal(result, -EBADMSG);
			if (whole - size == 1)
				assert_int_equal(result, -EBADMSG);
		}
	}
}

/* With any byte changed, it is an index with other links, or none at all. */
static void test_changed_bytes(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(made_by_git); i++) {
		load(made_by_git[i].file);
		for (size_t j = 0; j < size; j++) {
			data[j] ^= 0xff;
			int result = read_data();
			assert_true(!result || result == -EBADMSG);
			assert_true(!result || found.problem);
			data[j] ^= 0xff;
		}
	}
}

static void test_shared_index(void **state)
{
	char *shared;

	(void)state;
	load("split");
	expect_links("new/sub a lib vendor/one vendor/two zz");
	shared = strdup("sharedindex.47eab7e30e3bde712441bad5e24583d4ef5f5b4e");
	assert_int_equal(truncate(shared, 100), 0);
	expect_problem("it is damaged");
	assert_non_null(strstr(found.file, shared));
	assert_int_equal(unlink(shared), 0);
	expect_problem("it is missing, and the index is split");
	assert_non_null(strstr(found.file, shared));
	/* One that is split itself. */
	write_file(shared, data, size);
	expect_problem("it is damaged");
	free(shared);
}

/* --- what git may make ------------------------------------------------------------------------ */

static void test_entries(void **state)
{
	static const size_t hashes[] = {SHA1, SHA256};

	(void)state;
	for (unsigned int v = 2; v <= 4; v++) {
		for (size_t i = 0; i < ARRAY_SIZE(hashes); i++) {
			begin(v, hashes[i], 8);
			entry(FILE_MODE, "a");
			entry(GITLINK_MODE, "ab/lib");
			entry(0120000, "ab/link");
			entry(0100755, "ab/program");
			entry(0040000, "sparse/");
			/* Assumed valid, at stage 2; not to be checked out, or meant to be. */
			entry_with(GITLINK_MODE, 0xa000, 0, "x");
			entry_with(GITLINK_MODE, 0x4000, 0x4000, "y y");
			entry_with(GITLINK_MODE, 0x4000, 0x2000, "z");
			extension("TREE", "any", 3);
			extension("sdir", "", 0);
			extension("FSMN", data, 300);
			end();
			expect_links("ab/lib x y y z");
		}
	}
}

/* A path that does not fit in the flags; it is longer than the kernel takes, but no harm. */
static void test_long_paths(void **state)
{
	static const size_t lengths[] = {0xffe, 0xfff, 0x1000, 8000};
	char path[9001];

	(void)state;
	for (unsigned int v = 2; v <= 4; v++) {
		for (size_t i = 0; i < ARRAY_SIZE(lengths); i++) {
			memset(path, 'p', sizeof(path));
			path[lengths[i]] = '\0';
			begin(v, SHA1, 3);
			entry(FILE_MODE, "pp");
			entry(GITLINK_MODE, path);
			entry(GITLINK_MODE, "q");
			end();
			assert_int_equal(read_data(), 0);
			assert_int_equal(found.link_count, 2);
			assert_string_equal(found.links[0], path);
			assert_string_equal(found.links[1], "q");
		}
		memset(path, 'p', sizeof(path));
		path[9000] = '\0';
		build_one(v, GITLINK_MODE, path);
		expect_problem("it is damaged");
	}
}

/* More than is read at a time, with extensions that are skipped. */
static void test_large(void **state)
{
	enum { COUNT = 6000 };
	char path[64];

	(void)state;
	for (unsigned int v = 2; v <= 4; v++) {
		begin(v, SHA1, COUNT);
		for (unsigned int i = 0; i < COUNT; i++) {
			snprintf(path, sizeof(path), "some/directory/%06u", i);
			entry(i % 2000 ? FILE_MODE : GITLINK_MODE, path);
		}
		extension("UNTR", data, 200000);
		extension("TREE", data, 20);
		end();
		expect_links("some/directory/000000 some/directory/002000 some/directory/004000");
	}
}

/* --- what git does not make ------------------------------------------------------------------- */

static void test_unusable_paths(void **state)
{
	static const char *const paths[] = {"", "/", "/a", "a/", "a//b", ".", "..", "a/..", "../a",
		"./a", "a/./b", ".git", "a/.git", ".git/a", "a/.GIT/b", "a/.Git"};
	static const char *const usable[] = {
		"...", "a/...", ".gi", ".gitt", "a.git", ".a", "..a", "a/.gitmodules", "\x80\xff"};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(paths); i++) {
		build_one(2, GITLINK_MODE, paths[i]);
		expect_problem("it is damaged");
	}
	for (size_t i = 0; i < ARRAY_SIZE(usable); i++) {
		build_one(2, GITLINK_MODE, usable[i]);
		expect_links(usable[i]);
	}
}

static void test_versions(void **state)
{
	(void)state;
	build_one(1, GITLINK_MODE, "lib");
	expect_problem("it is of format version 1, and 2 to 4 are known here");
	build_one(5, GITLINK_MODE, "lib");
	expect_problem("it is of format version 5, and 2 to 4 are known here");
	build_one(2, GITLINK_MODE, "lib");
	data[0] = 'd';
	expect_problem("it is damaged");
}

static void test_extensions(void **state)
{
	(void)state;
	begin(2, SHA1, 1);
	entry(FILE_MODE, "a");
	extension("more", "", 0);
	end();
	expect_problem("it has an extension that is not known here");
	/* Longer than the file. */
	build_one(2, FILE_MODE, "a");
	size -= SHA1;
	put("TREE\0\0\0\1", 8);
	end();
	expect_problem("it is damaged");
	/* Split, but of nothing. */
	begin(2, SHA1, 1);
	entry(GITLINK_MODE, "lib");
	extension("link", "\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0", SHA1);
	end();
	expect_links("lib");
	begin(2, SHA1, 1);
	entry(GITLINK_MODE, "lib");
	extension("link", "\0\0\0\0", 4);
	end();
	expect_problem("it is damaged");
}

/* Flags that git refuses, a path with a NUL, and more to take away than there is. */
static void test_damaged_entries(void **state)
{
	(void)state;
	begin(3, SHA1, 1);
	entry_with(FILE_MODE, 0x4000, 0x8000, "a");
	end();
	expect_problem("it is damaged");

	build_one(2, GITLINK_MODE, "lib");
	data[12 + 62 + 1] = '\0';
	expect_problem("it is damaged");

	build_one(4, GITLINK_MODE, "lib");
	data[12 + 62] = 1;
	expect_problem("it is damaged");
	memset(data + 12 + 62, 0xff, 5);
	expect_problem("it is damaged");

	/* Fewer entries than the header says, and more. */
	build_one(2, GITLINK_MODE, "lib");
	data[11] = 2;
	expect_problem("it is damaged");
	data[11] = 0;
	expect_problem("it is damaged");
	memset(data + 8, 0xff, 4);
	expect_problem("it is damaged");
}

/* --- bitmaps of a split index ----------------------------------------------------------------- */

/* One word that says how many equal bits follow, in words, and how many literal words. */
static uint64_t marker(bool bit, uint64_t run, uint64_t literals)
{
	return bit | run << 1 | literals << 33;
}

static void put_bitmap(const uint64_t *words, uint32_t count)
{
	put_number(count * UINT64_C(64), 4);
	put_number(count, 4);
	for (uint32_t i = 0; i < count; i++)
		put_number(words[i], 8);
	put_number(0, 4);
}

/* A split index with an entry that replaces the one which words say. */
static void build_split(uint32_t nameless, const uint64_t *words, uint32_t count)
{
	begin(2, SHA1, nameless);
	for (uint32_t i = 0; i < nameless; i++)
		entry(i + 1 < nameless ? FILE_MODE : GITLINK_MODE, "");
	put("link", 4);
	put_number(SHA1 + 20 + 12 + 8 * (uint64_t)count, 4);
	put_bytes(0xab, SHA1);
	put_bitmap((const uint64_t[]){marker(true, 9, 0)}, 1); /* what is deleted */
	put_bitmap(words, count);
	end();
}

static void write_shared(void)
{
	char name[64] = "sharedindex.", path[16];

	for (size_t i = 0; i < SHA1; i++)
		strcat(name, "ab");
	begin(2, SHA1, 300);
	for (unsigned int i = 0; i < 300; i++) {
		snprintf(path, sizeof(path), "n%03u", i);
		entry(FILE_MODE, path);
	}
	end();
	write_file(name, data, size);
}

static void test_bitmaps(void **state)
{
	(void)state;
	write_shared();
	build_split(1, (const uint64_t[]){marker(false, 0, 1), 1}, 2);
	expect_links("n000");
	build_split(1, (const uint64_t[]){marker(false, 2, 1), UINT64_C(1) << 63}, 2);
	expect_links("n191");
	build_split(2, (const uint64_t[]){marker(false, 2, 1), UINT64_C(3) << 62}, 2);
	expect_links("n191");
	build_split(70, (const uint64_t[]){marker(false, 1, 0), marker(true, 1, 1), UINT64_MAX}, 3);
	expect_links("n133");
	build_split(70, (const uint64_t[]){marker(true, UINT32_MAX, 0)}, 1);
	expect_links("n069");
}

static void test_damaged_bitmaps(void **state)
{
	(void)state;
	write_shared();
	/* No bit for the entry; a place that the shared index does not have; too few words. */
	build_split(2, (const uint64_t[]){marker(false, 0, 1), 1}, 2);
	expect_problem("it is damaged");
	build_split(1, NULL, 0);
	expect_problem("it is damaged");
	build_split(1, (const uint64_t[]){marker(false, 5, 1), 1}, 2);
	expect_problem("it is damaged");
	build_split(1, (const uint64_t[]){marker(false, 0, 2), 1}, 2);
	expect_problem("it is damaged");
	build_split(1, (const uint64_t[]){marker(false, UINT32_MAX, 1), 1}, 2);
	expect_problem("it is damaged");
	build_split(1,
		(const uint64_t[]){marker(false, UINT32_MAX, 0), marker(false, UINT32_MAX, 1), 1},
		3);
	expect_problem("it is damaged");
	/* More words than there is room for. */
	build_split(1, (const uint64_t[]){marker(false, 0, 1), 1}, 2);
	uint8_t *link = memmem(data, size, "link", 4);
	memset(link + 8 + SHA1 + 4, 0xff, 4);
	expect_problem("it is damaged");
}

/* --- files ------------------------------------------------------------------------------------ */

/* Each of these would hang, or never end, if it were opened as a plain file is. */
static void test_files(void **state)
{
	(void)state;
	unlink("index");
	assert_int_equal(read_here(), 0);
	assert_int_equal(found.link_count, 0);

	assert_int_equal(mkfifo("index", 0600), 0);
	assert_int_equal(read_here(), -EBADMSG);
	assert_string_equal(found.problem, "it is not a regular file");
	assert_int_equal(unlink("index"), 0);
	scratch_link("/dev/zero", "index");
	assert_int_equal(read_here(), -EBADMSG);
	assert_int_equal(unlink("index"), 0);
	scratch_link("index", "index");
	assert_int_equal(read_here(), -ELOOP);
	assert_int_equal(unlink("index"), 0);

	/* git writes through a symlink as well. */
	build_one(2, GITLINK_MODE, "lib");
	write_file("elsewhere", data, size);
	scratch_link("elsewhere", "index");
	assert_int_equal(read_here(), 0);
	assert_string_equal(links(), "lib");
	assert_int_equal(truncate("elsewhere", (512 << 20) + (off_t)1), 0);
	assert_int_equal(read_here(), -EBADMSG);
	assert_string_equal(found.problem, "it is larger than 512 MiB");
	assert_int_equal(truncate("elsewhere", 512 << 20), 0);
	assert_int_equal(read_here(), -EBADMSG);
	assert_string_equal(found.problem, "it is damaged");
	assert_int_equal(truncate("elsewhere", 0), 0);
	assert_int_equal(read_here(), -EBADMSG);
	unlink("index");
}

static int make(void **state)
{
	return scratch_make(state);
}

static int clear(void **state)
{
	arena_free(&arena);
	return scratch_remove(state);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_made_by_git),
		cmocka_unit_test(test_cut_off),
		cmocka_unit_test(test_changed_bytes),
		cmocka_unit_test(test_shared_index),
		cmocka_unit_test(test_entries),
		cmocka_unit_test(test_long_paths),
		cmocka_unit_test(test_large),
		cmocka_unit_test(test_unusable_paths),
		cmocka_unit_test(test_versions),
		cmocka_unit_test(test_extensions),
		cmocka_unit_test(test_damaged_entries),
		cmocka_unit_test(test_bitmaps),
		cmocka_unit_test(test_damaged_bitmaps),
		cmocka_unit_test(test_files),
	};
	return cmocka_run_group_tests(tests, make, clear);
}
