/* Child side: the table of mounts, see mount_table.h. */
#include "mount/mount_table.h"

#include "base/fd.h"
#include "base/mountinfo.h"
#include "base/number.h"
#include "base/sys.h"

#include <limits.h>
#include <string.h>
#include <sys/mman.h>

/* --- memory from the kernel ------------------------------------------------------------------- */

/* Whole pages, zeroed; or -errno. */
static long map_memory(size_t size)
{
	return sys_result(syscall(
		SYS_mmap, NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0));
}

static int grow_text(struct mount_table *table)
{
	long moved = sys_result(syscall(SYS_mremap, table->text, table->text_size,
		table->text_size * 2, MREMAP_MAYMOVE, NULL));
	if (moved < 0)
		return (int)moved;
	table->text = (char *)moved;
	table->text_size *= 2;
	return 0;
}

void mount_table_free(struct mount_table *table)
{
	if (table->text)
		(void)syscall(SYS_munmap, table->text, table->text_size);
	if (table->entries)
		(void)syscall(SYS_munmap, table->entries, table->entries_size);
	*table = (struct mount_table){0};
}

/* --- the text --------------------------------------------------------------------------------- */

static uint64_t parse_option(const char *option, size_t length)
{
	static const struct {
		const char *name;
		uint64_t attribute;
	} known[] = {
		{"ro", MOUNT_ATTR_RDONLY},
		{"nosuid", MOUNT_ATTR_NOSUID},
		{"nodev", MOUNT_ATTR_NODEV},
		{"noexec", MOUNT_ATTR_NOEXEC},
		{"nosymfollow", MOUNT_ATTR_NOSYMFOLLOW},
	};
	for (size_t i = 0; i < sizeof(known) / sizeof(*known); i++)
		if (strlen(known[i].name) == length && !memcmp(known[i].name, option, length))
			return known[i].attribute;
	return 0; /* rw, and how access times are kept, which a remount does not change */
}

static uint64_t parse_options(const char *options)
{
	uint64_t attributes = 0;

	while (*options) {
		size_t length = strcspn(options, ",");
		attributes |= parse_option(options, length);
		options += length + (options[length] == ',');
	}
	return attributes;
}

static int parse_line(char *line, struct mount_entry *ret)
{
	struct mountinfo mount;

	int error = mountinfo_parse(line, &mount);
	if (error < 0)
		return error;
	*ret = (struct mount_entry){
		.id = mount.id,
		.parent = mount.parent,
		.device = mount.device,
		.root = mount.root,
		.path = mount.path,
		.type = mount.type,
		.attributes = parse_options(mount.options),
	};
	return 0;
}

int mount_table_parse(char *text, size_t size, struct mount_entry *entries, size_t *ret_count)
{
	size_t count = 0;

	text[size] = '\0';
	while (*text) {
		char *end = strchr(text, '\n');
		if (!end)
			return -EBADMSG;
		*end = '\0';
		int error = parse_line(text, &entries[count]);
		if (error < 0)
			return error;
		count++;
		text = end + 1;
	}
	*ret_count = count;
	return 0;
}

/* --- reading ---------------------------------------------------------------------------------- */

/* Read the whole file, and leave room for one more byte. */
static int read_text(int fd, struct mount_table *table, size_t *ret_size)
{
	enum { FIRST_SIZE = 64 * 1024 };
	size_t size = 0;
	long text = map_memory(FIRST_SIZE);
	if (text < 0)
		return (int)text;
	table->text = (char *)text;
	table->text_size = FIRST_SIZE;

	for (;;) {
		if (size + 1 == table->text_size) {
			int error = grow_text(table);
			if (error < 0)
				return error;
		}
		long count = sys_result(read(fd, table->text + size, table->text_size - size - 1));
		if (count == -EINTR)
			continue;
		if (count < 0)
			return (int)count;
		if (!count)
			break;
		size += (size_t)count;
	}
	*ret_size = size;
	return 0;
}

static int make_entries(struct mount_table *table, size_t text_size)
{
	size_t lines = 1;

	for (size_t i = 0; i < text_size; i++)
		lines += table->text[i] == '\n';
	/* The entries, and the two sorted arrays. */
	size_t size = lines * (sizeof(*table->entries) + 2 * sizeof(*table->by_id));
	long entries = map_memory(size);
	if (entries < 0)
		return (int)entries;
	table->entries = (struct mount_entry *)entries;
	table->entries_size = size;
	table->by_id = (struct mount_entry **)(table->entries + lines);
	table->by_place = table->by_id + lines;
	return 0;
}

int mount_table_read(int process, struct mount_table *ret)
{
	_cleanup_mount_table_ struct mount_table table = {0};
	size_t size = 0;
	_cleanup_close_ int fd = sys_openat(process, "mountinfo", O_RDONLY, 0);
	if (fd < 0)
		return fd;

	int error = read_text(fd, &table, &size);
	if (!error)
		error = make_entries(&table, size);
	if (!error)
		error = mount_table_parse(table.text, size, table.entries, &table.count);
	if (error < 0)
		return error;
	mount_table_sort(&table);
	*ret = table;
	table = (struct mount_table){0};
	return 0;
}

int mount_table_read_id(int process, int fd)
{
	static const char FIELD[] = "mnt_id:\t";
	char name[sizeof("fdinfo/") + NUMBER_SIZE], text[256];

	number_format(stpcpy(name, "fdinfo/"), (unsigned int)fd);
	_cleanup_close_ int file = sys_openat(process, name, O_RDONLY, 0);
	if (file < 0)
		return file;
	long size = sys_result(read(file, text, sizeof(text) - 1));
	if (size < 0)
		return (int)size;
	text[size] = '\0';

	for (const char *line = text; line; line = strchr(line, '\n')) {
		line += *line == '\n';
		if (strncmp(line, FIELD, strlen(FIELD)) != 0)
			continue;
		line += strlen(FIELD);
		uint64_t id;
		return number_take(&line, 10, INT_MAX, &id) < 0 ? -EBADMSG : (int)id;
	}
	return -EBADMSG;
}

/* --- looking ---------------------------------------------------------------------------------- */

const char *mount_table_below(const char *path, const char *directory)
{
	size_t length = strlen(directory);

	if (!directory[1])
		return path[1] ? path : "";
	if (strncmp(path, directory, length) != 0 || (path[length] && path[length] != '/'))
		return NULL;
	return path + length;
}

bool mount_table_is_gone(const struct mount_entry *entry)
{
	static const char GONE[] = "//deleted";
	size_t length = strlen(entry->path);

	return length >= strlen(GONE) && !strcmp(entry->path + length - strlen(GONE), GONE);
}
