/* The table of mounts: taking a text apart, and which mounts no path leads to. */
#include "mount/mount_table.h"

#include "base/sys.h"

#include <errno.h>
#include <libmount/libmount.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/sysmacros.h>

/* clang-format off */
#include <setjmp.h>
#include <stdarg.h>
#include <cmocka.h>
/* clang-format on */

#define ARRAY_SIZE(array) (sizeof(array) / sizeof((array)[0]))

enum { ENTRIES_MAX = 16 };

/* One parsed text. */
struct fixture {
	char text[4096];
	struct mount_entry entries[ENTRIES_MAX];
	struct mount_entry *by_id[ENTRIES_MAX], *by_place[ENTRIES_MAX];
	struct mount_table table;
};

static void sort(struct fixture *fixture)
{
	fixture->table.entries = fixture->entries;
	fixture->table.by_id = fixture->by_id;
	fixture->table.by_place = fixture->by_place;
	mount_table_sort(&fixture->table);
}

static int parse(struct fixture *fixture, const char *text)
{
	size_t size = strlen(text);

	memset(fixture, 0, sizeof(*fixture));
	memcpy(fixture->text, text, size);
	int error = mount_table_parse(fixture->text, size, fixture->entries, &fixture->table.count);
	sort(fixture);
	return error;
}

static void test_lines(void **state)
{
	struct fixture f;

	(void)state;
	assert_int_equal(parse(&f, ""), 0);
	assert_int_equal(f.table.count, 0);
	assert_int_equal(
		parse(&f,
			"36 35 98:0 /mnt1 / rw,noatime master:1 - ext3 /dev/root "
			"rw,errors=continue\n"
			"37 36 0:5 / /a\\040b\\134c\\012 ro,nosuid,nodev,noexec,relatime - tmpfs x "
			"rw\n"
			"38 36 0:6 / /ro rw,nosymfollow,norom shared:1 master:2 - tmpfs ro ro\n"),
		0);
	assert_int_equal(f.table.count, 3);
	assert_int_equal(f.entries[0].id, 36);
	assert_int_equal(f.entries[0].parent, 35);
	assert_string_equal(f.entries[0].path, "/");
	assert_int_equal(f.entries[0].attributes, 0);
	assert_string_equal(f.entries[1].path, "/a b\\c\n");
	assert_int_equal(f.entries[1].attributes,
		MOUNT_ATTR_RDONLY | MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV | MOUNT_ATTR_NOEXEC);
	/* The file system's own options are not the mount's. */
	assert_int_equal(f.entries[2].attributes, MOUNT_ATTR_NOSYMFOLLOW);
	assert_ptr_equal(mount_table_find(&f.table, 37), &f.entries[1]);
	assert_null(mount_table_find(&f.table, 39));
}

static void test_malformed(void **state)
{
	static const char *const texts[] = {
		"36 35 98:0 / / rw - ext3 /dev/root rw", /* no end of the line */
		"\n",
		"x 35 98:0 / / rw - ext3 x rw\n",
		"36 x 98:0 / / rw - ext3 x rw\n",
		"36 -1 98:0 / / rw - ext3 x rw\n",
		"2147483648 35 98:0 / / rw - ext3 x rw\n",
		"36 18446744073709551617 98:0 / / rw - ext3 x rw\n",
		"36 35 98:0 / /a\\000b rw - ext3 x rw\n",
		"36 35 98:0 /a\\000 / rw - ext3 x rw\n",
		"36 35 98:0 /\n",
		"36 35 98:0 / /\n",
		"36 35 98:0 / / rw\n",
		"36 35 98:0 / / rw shared:1 ext3 x rw\n",
		"36 35 98:0 / / rw -\n",
		"36 35 98:0 / relative rw - ext3 x rw\n",
		"36 35 98:0  / rw - ext3 x rw\n",
	};
	struct fixture f;

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(texts); i++)
		assert_int_equal(parse(&f, texts[i]), -EBADMSG);
}

static void test_below(void **state)
{
	(void)state;
	assert_string_equal(mount_table_below("/a/b", "/a"), "/b");
	assert_string_equal(mount_table_below("/a", "/a"), "");
	assert_null(mount_table_below("/ab", "/a"));
	assert_null(mount_table_below("/", "/a"));
	assert_string_equal(mount_table_below("/a", "/"), "/a");
	assert_string_equal(mount_table_below("/", "/"), "");
}

static bool hidden(struct fixture *f, int id, int root)
{
	mount_table_mark_hidden(&f->table, root);
	return mount_table_find(&f->table, id)->hidden;
}

static void test_hidden(void **state)
{
	struct fixture f;

	(void)state;
	assert_int_equal(parse(&f, "1 0 0:1 / / rw - x x rw\n"
				   "2 1 0:1 / /seen rw - x x rw\n"
				   "3 2 0:1 / /seen/deep rw - x x rw\n"
				   "4 1 0:1 / /twice rw - x x rw\n"
				   "5 4 0:1 / /twice rw - x x rw\n"
				   "6 5 0:1 / /twice/in rw - x x rw\n"
				   "7 4 0:1 / /twice/under rw - x x rw\n"
				   "8 1 0:1 / /dir/a rw - x x rw\n"
				   "9 1 0:1 / /dir rw - x x rw\n"
				   "10 8 0:1 / /dir/a/b rw - x x rw\n"
				   "11 1 0:1 / /directory rw - x x rw\n"
				   "12 1 0:1 / / rw - x x rw\n"
				   "13 99 0:1 / /orphan rw - x x rw\n"),
		0);
	/* The root is seen whatever is mounted on it, and that by "/..". */
	assert_false(hidden(&f, 1, 1));
	assert_false(hidden(&f, 12, 1));
	assert_false(hidden(&f, 2, 1));
	assert_false(hidden(&f, 3, 1));
	/* Two on one directory: the upper one, and what is on it. */
	assert_true(hidden(&f, 4, 1));
	assert_false(hidden(&f, 5, 1));
	assert_false(hidden(&f, 6, 1));
	assert_true(hidden(&f, 7, 1));
	/* A directory above has been mounted on later. */
	assert_true(hidden(&f, 8, 1));
	assert_false(hidden(&f, 9, 1));
	assert_true(hidden(&f, 10, 1));
	assert_false(hidden(&f, 11, 1));
	/* Not below the root. */
	assert_true(hidden(&f, 13, 1));
}

static void test_gone(void **state)
{
	struct fixture f;

	(void)state;
	assert_int_equal(
		parse(&f, "1 0 0:1 / /a//deleted rw - x x rw\n2 0 0:1 / /a rw - x x rw\n"), 0);
	assert_true(mount_table_is_gone(&f.entries[0]));
	assert_false(mount_table_is_gone(&f.entries[1]));
}

static void test_circle(void **state)
{
	struct fixture f;

	(void)state;
	assert_int_equal(parse(&f, "1 2 0:1 / /a rw - x x rw\n2 1 0:1 / /b rw - x x rw\n"), 0);
	assert_true(hidden(&f, 1, 7));
}

/* The rule, word for word: does `other` keep a path from coming to a mount?  See mount_hidden.c. */
static bool covers(const struct mount_entry *other, const struct mount_entry *entry, int root)
{
	if (other->parent == root && strcmp(other->path, "/") == 0)
		return false;
	if (other->parent == entry->id)
		return strcmp(other->path, entry->path) == 0;
	return other->parent == entry->parent && strcmp(other->path, entry->path) != 0 &&
	       mount_table_below(entry->path, other->path);
}

static bool is_hidden_by_the_rule(
	const struct mount_table *table, const struct mount_entry *entry, int root)
{
	const struct mount_entry *through = NULL;

	for (size_t step = 0; entry && step <= table->count; step++) {
		if (entry->id == root)
			return false;
		for (size_t i = 0; i < table->count; i++)
			if (&table->entries[i] != entry && &table->entries[i] != through &&
				covers(&table->entries[i], entry, root))
				return true;
		through = entry;
		entry = mount_table_find(table, entry->parent);
	}
	return true;
}

/* Tables that no kernel has, too: any parent, any of a few paths. */
static void test_random_tables(void **state)
{
	static const char *const paths[] = {
		"/", "/a", "/a/b", "/a/b/c", "/ab", "/b", "/a/b//deleted"};
	enum { ROUNDS = 20000 };
	size_t hidden_count = 0, count = 0;
	unsigned int seed = 1;
	struct fixture f;

	(void)state;
	for (int round = 0; round < ROUNDS; round++) {
		int root = 1 + rand_r(&seed) % 4;
		memset(&f, 0, sizeof(f));
		f.table.count = (size_t)rand_r(&seed) % (ENTRIES_MAX + 1);
		for (size_t i = 0; i < f.table.count; i++)
			f.entries[i] = (struct mount_entry){
				.id = (int)((i * 5) % ENTRIES_MAX) + 1,
				.parent = rand_r(&seed) % 8,
				.path = paths[(size_t)rand_r(&seed) % ARRAY_SIZE(paths)],
			};
		sort(&f);
		mount_table_mark_hidden(&f.table, root);
		for (size_t i = 0; i < f.table.count; i++) {
			assert_ptr_equal(
				mount_table_find(&f.table, f.entries[i].id), &f.entries[i]);
			assert_int_equal(f.entries[i].hidden,
				is_hidden_by_the_rule(&f.table, &f.entries[i], root));
			hidden_count += f.entries[i].hidden;
		}
		count += f.table.count;
	}
	/* Both happen, and often. */
	assert_true(hidden_count >= count / 10 && hidden_count <= count - count / 10);
}

/* --- beside libmount -------------------------------------------------------------------------- */

static uint64_t attributes_of(struct libmnt_fs *fs)
{
	const char *options = mnt_fs_get_vfs_options(fs);
	static const struct {
		const char *name;
		uint64_t attribute;
	} names[] = {
		{"ro", MOUNT_ATTR_RDONLY},
		{"nosuid", MOUNT_ATTR_NOSUID},
		{"nodev", MOUNT_ATTR_NODEV},
		{"noexec", MOUNT_ATTR_NOEXEC},
		{"nosymfollow", MOUNT_ATTR_NOSYMFOLLOW},
	};
	uint64_t attributes = 0;

	for (size_t i = 0; i < ARRAY_SIZE(names); i++)
		if (mnt_optstr_get_option(options, names[i].name, NULL, NULL) == 0)
			attributes |= names[i].attribute;
	return attributes;
}

static struct libmnt_table *read_with_libmount(const char *text, size_t size)
{
	FILE *file = fmemopen((void *)(uintptr_t)text, size, "r");
	struct libmnt_table *table = mnt_new_table();

	assert_non_null(file);
	assert_non_null(table);
	assert_int_equal(mnt_table_parse_stream(table, file, "mountinfo"), 0);
	fclose(file);
	return table;
}

static void assert_same(const char *text, size_t size)
{
	struct libmnt_table *theirs = read_with_libmount(text, size);
	struct libmnt_iter *next = mnt_new_iter(MNT_ITER_FORWARD);
	char *copy = malloc(size + 1);
	struct mount_entry *ours = calloc(size, sizeof(*ours));
	struct libmnt_fs *fs;
	size_t count = 0;
	char device[32];

	assert_true(next && copy && ours);
	memcpy(copy, text, size);
	assert_int_equal(mount_table_parse(copy, size, ours, &count), 0);
	assert_int_equal(mnt_table_get_nents(theirs), count);
	for (size_t i = 0; mnt_table_next_fs(theirs, next, &fs) == 0; i++) {
		assert_int_equal(ours[i].id, mnt_fs_get_id(fs));
		assert_int_equal(ours[i].parent, mnt_fs_get_parent_id(fs));
		snprintf(device, sizeof(device), "%u:%u", major(mnt_fs_get_devno(fs)),
			minor(mnt_fs_get_devno(fs)));
		assert_string_equal(ours[i].device, device);
		assert_string_equal(ours[i].root, mnt_fs_get_root(fs));
		assert_string_equal(ours[i].path, mnt_fs_get_target(fs));
		assert_string_equal(ours[i].type, mnt_fs_get_fstype(fs));
		assert_int_equal(ours[i].attributes, attributes_of(fs));
	}
	free(ours);
	free(copy);
	mnt_free_iter(next);
	mnt_unref_table(theirs);
}

/* What libmount reads in a table, of which this is the part that allocates nothing. */
static void test_as_libmount(void **state)
{
	static const char text[] =
		"1 0 98:0 / / rw,noatime shared:1 - ext4 /dev/root rw,errors=continue\n"
		"22 1 0:21 / /proc rw,nosuid,nodev,noexec,relatime shared:5 master:3 - proc proc "
		"rw\n"
		"23 1 0:5 / /a\\040b\\011c\\012d\\134e ro,nosuid,relatime - tmpfs tmp\\040fs rw\n"
		"24 23 0:6 /sub\\040dir /a\\040b\\011c\\012d\\134e/\303\244\377 ro,nosymfollow - "
		"ext4 none ro\n"
		"25 1 0:7 / /ro,nosuid rw propagate_from:2 unbindable - fuse.sshfs u@h:/ro rw,ro\n"
		"2147483647 1 259:1048575 / /last rw,nodev,noexec - tmpfs - rw\n";

	(void)state;
	assert_same(text, strlen(text));
}

static void test_own_as_libmount(void **state)
{
	enum { MOST = 4 << 20 };
	char *text = malloc(MOST);
	FILE *file = fopen("/proc/self/mountinfo", "re");

	(void)state;
	assert_true(text && file);
	size_t size = fread(text, 1, MOST, file);
	assert_true(size > 0 && size < MOST);
	assert_same(text, size);
	fclose(file);
	free(text);
}

/* The process's own. */
static void test_read(void **state)
{
	struct mount_table table;
	int self = open("/proc/self", O_PATH | O_DIRECTORY | O_CLOEXEC);
	bool root = false;

	(void)state;
	assert_true(self >= 0);
	assert_int_equal(mount_table_read(self, &table), 0);
	assert_true(table.count > 0);
	for (size_t i = 0; i < table.count; i++)
		root |= !strcmp(table.entries[i].path, "/");
	assert_true(root);
	mount_table_free(&table);
	mount_table_free(&table);
	assert_int_equal(mount_table_read(-1, &table), -EBADF);
	close(self);
}

/* proc's own mount, which is in the table as such, and a pipe's, which is in none. */
static void test_read_id(void **state)
{
	struct mount_table table;
	int self = open("/proc/self", O_PATH | O_DIRECTORY | O_CLOEXEC), pair[2];

	(void)state;
	assert_true(self >= 0);
	assert_int_equal(pipe2(pair, O_CLOEXEC), 0);
	assert_int_equal(mount_table_read(self, &table), 0);
	const struct mount_entry *entry = mount_table_find(&table, mount_table_read_id(self, self));
	assert_non_null(entry);
	assert_string_equal(entry->path, "/proc");
	assert_true(mount_table_read_id(self, pair[0]) > 0);
	assert_null(mount_table_find(&table, mount_table_read_id(self, pair[0])));
	assert_int_equal(mount_table_read_id(self, INT_MAX), -ENOENT);
	assert_int_equal(mount_table_read_id(-1, self), -EBADF);
	mount_table_free(&table);
	close(self);
	close(pair[0]);
	close(pair[1]);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_lines),
		cmocka_unit_test(test_malformed),
		cmocka_unit_test(test_below),
		cmocka_unit_test(test_hidden),
		cmocka_unit_test(test_random_tables),
		cmocka_unit_test(test_gone),
		cmocka_unit_test(test_circle),
		cmocka_unit_test(test_as_libmount),
		cmocka_unit_test(test_own_as_libmount),
		cmocka_unit_test(test_read),
		cmocka_unit_test(test_read_id),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
