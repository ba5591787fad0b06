/*
 * What base/sys.h declares in place of the kernel's and the C library's headers, and numbers that
 * are read from text.
 */
#include "base/number.h"
#include "base/setting.h"
#include "base/sys.h"

#include <dirent.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>

/* clang-format off */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>
/* clang-format on */

#define SAME_MEMBER(name)                                                                        \
	_Static_assert(offsetof(struct sys_statx, name) == offsetof(struct statx, stx_##name) && \
			       sizeof(((struct sys_statx *)NULL)->name) ==                       \
				       sizeof(((struct statx *)NULL)->stx_##name),               \
		#name)

/*
 * glibc's <sys/stat.h> takes it from the kernel's headers; another C library's own one may lack
 * some of it.
 */
#ifdef STATX_MNT_ID
SAME_MEMBER(mask);
SAME_MEMBER(attributes);
SAME_MEMBER(mode);
SAME_MEMBER(ino);
SAME_MEMBER(attributes_mask);
SAME_MEMBER(dev_minor);
SAME_MEMBER(mnt_id);
_Static_assert(sizeof(struct sys_statx) == sizeof(struct statx), "struct statx");
_Static_assert(SYS_STATX_MODE == STATX_MODE && SYS_STATX_INO == STATX_INO &&
		       SYS_STATX_MNT_ID == STATX_MNT_ID,
	"what statx is asked for");
_Static_assert(SYS_STATX_ATTR_MOUNT_ROOT == STATX_ATTR_MOUNT_ROOT, "what statx says");
_Static_assert(SYS_AT_STATX_DONT_SYNC == AT_STATX_DONT_SYNC, "how statx asks");
#endif

#ifdef __GLIBC__
_Static_assert(offsetof(struct sys_dirent, ino) == offsetof(struct dirent64, d_ino) &&
		       offsetof(struct sys_dirent, length) == offsetof(struct dirent64, d_reclen) &&
		       offsetof(struct sys_dirent, type) == offsetof(struct dirent64, d_type) &&
		       offsetof(struct sys_dirent, name) == offsetof(struct dirent64, d_name),
	"struct dirent64");
#endif

/* The mount that the kernel names in fdinfo. */
static unsigned long mount_of(int fd)
{
	char path[64], line[128];
	unsigned long mount = 0;

	snprintf(path, sizeof(path), "/proc/self/fdinfo/%d", fd);
	FILE *file = fopen(path, "re");
	assert_non_null(file);
	while (!mount && fgets(line, sizeof(line), file))
		(void)sscanf(line, "mnt_id: %lu", &mount);
	fclose(file);
	assert_int_not_equal(mount, 0);
	return mount;
}

static void test_statx(void **state)
{
	(void)state;
	struct sys_statx found;
	struct stat plain;
	int fd = open("/proc/self", O_PATH | O_CLOEXEC);

	assert_true(fd >= 0);
	assert_int_equal(fstat(fd, &plain), 0);
	int error = sys_statx(fd, SYS_STATX_INO | SYS_STATX_MODE | SYS_STATX_MNT_ID, &found);
	if (error == -EIO || error == -ENOSYS)
		skip(); /* before Linux 5.8 */
	assert_int_equal(error, 0);
	assert_int_equal(found.ino, plain.st_ino);
	assert_int_equal(found.mode, plain.st_mode);
	assert_int_equal(found.mnt_id, mount_of(fd));
	close(fd);

	int root = open("/proc", O_PATH | O_CLOEXEC);
	assert_true(root >= 0);
	assert_int_equal(sys_is_mount_root(root), 1);
	close(root);
}

static bool is_in_list(const char *name, const char *directory)
{
	DIR *list = opendir(directory);
	bool found = false;

	assert_non_null(list);
	for (struct dirent *entry; !found && (entry = readdir(list));)
		found = strcmp(entry->d_name, name) == 0;
	closedir(list);
	return found;
}

static void test_dirent(void **state)
{
	(void)state;
	_Alignas(struct sys_dirent) char list[4096];
	int fd = open("/proc/self", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	long size = syscall(SYS_getdents64, fd, list, sizeof(list));
	size_t count = 0;

	assert_true(size > 0);
	for (long at = 0; at < size; count++) {
		const struct sys_dirent *entry = (const void *)(list + at);
		assert_true(is_in_list(entry->name, "/proc/self"));
		assert_int_not_equal(entry->type, 0);
		at += entry->length;
	}
	assert_true(count > 3);
	close(fd);
}

static const struct {
	const char *text;
	long value;
} settings[] = {
	{"15000\n", 15000},
	{"0\n", 0},
	{"-1\n", -1},
	{"-12", -12},
	{"max\n", 0},
	{"", -1},
	{"7 8\n", 7},
	{"9223372036854775807\n", LONG_MAX},
	{"18446744073709551617\n", LONG_MAX},
};

static void test_settings(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(settings) / sizeof(settings[0]); i++) {
		char path[] = "/tmp/setting.XXXXXX";
		int fd = mkstemp(path);
		assert_true(fd >= 0);
		assert_int_equal(write(fd, settings[i].text, strlen(settings[i].text)),
			strlen(settings[i].text));
		close(fd);
		assert_int_equal(setting_read(path), settings[i].value);
		unlink(path);
	}
	assert_int_equal(setting_read("/proc/self/nothing"), -1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_statx),
		cmocka_unit_test(test_dirent),
		cmocka_unit_test(test_settings),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
