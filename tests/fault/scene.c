/*
 * See scene.h.
 *
 *   BASE/
 *     scene-of-the-fault-matrix   the probe does nothing elsewhere
 *     probe
 *     outside/                    not writable in a sandbox: file, directory, fifo
 *     ws/                         the workspace, and the working directory
 *       .git/config, .git/hooks   protected, present
 *       .codex, .agents           protected, missing
 *       missing/deep              the same, at depth
 *       pinned/deep/config        protected, below directories that have to be pinned
 *       link -> target            protected, a symlink
 *       secret, private/file      hidden
 *       copied/file               copy on write
 *     more/                       a second writable root
 *       .git                      protected: a file that points to the next
 *       store/git                 protected for that reason
 *     closed/file, closed/open    hidden, with a writable root in it
 *     closed/shown/file           readable there
 *     made/deep                   made by the sandbox, and left there
 *     tmpdir/.git                 $TMPDIR, protected because it is there
 *
 * Whoever runs the sandbox owns it all, so that only the sandbox is in the way.
 */
#include "scene.h"

#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <search.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { MAX_ENTRIES = 256, ENTRY_SIZE = 512 };

static char scene_base[256], scene_probe[256];

/* One line for each thing that may change; sorted. */
struct listing {
	size_t count;
	char entries[MAX_ENTRIES][ENTRY_SIZE];
};

static struct listing original, now;

static void __attribute__((noreturn)) die(const char *what)
{
	fprintf(stderr, "fault matrix: %s: %s\n", what, strerror(errno));
	exit(2);
}

/* --- making it -------------------------------------------------------------------------------- */

static const char *in_scene(const char *name)
{
	static char path[512];
	snprintf(path, sizeof(path), "%s/%s", scene_base, name);
	return path;
}

static void make_directory(const char *name)
{
	if (mkdir(in_scene(name), 0755) < 0)
		die(in_scene(name));
}

static void make_file(const char *name, const char *text)
{
	FILE *file = fopen(in_scene(name), "we");
	if (!file || fputs(text, file) < 0 || fclose(file) != 0)
		die(in_scene(name));
}

static void copy_probe(void)
{
	static char buffer[64 * 1024];
	int from = open(scene_probe, O_RDONLY | O_CLOEXEC);
	int to = open(in_scene("probe"), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0755);
	ssize_t size;

	if (from < 0 || to < 0)
		die(scene_probe);
	while ((size = read(from, buffer, sizeof(buffer))) > 0)
		if (write(to, buffer, (size_t)size) != size)
			die("probe");
	close(from);
	close(to);
}

static int remove_entry(const char *path, const struct stat *stat_of, int type, struct FTW *place)
{
	(void)stat_of;
	(void)type;
	if (place->level)
		(void)remove(path);
	return 0;
}

/* A probe that was not refused may have taken the owner's rights away. */
static int open_entry(const char *path, const struct stat *stat_of, int type, struct FTW *place)
{
	(void)place;
	if (type == FTW_D || type == FTW_DNR)
		(void)chmod(path, (stat_of->st_mode | 0700) & 07777);
	return 0;
}

static void empty(void)
{
	enum { DESCRIPTORS = 16, DEEP = 8 };
	/* Passable from the top down, one level more each time. */
	for (int level = 0; level < DEEP; level++)
		nftw(scene_base, open_entry, DESCRIPTORS, FTW_PHYS);
	nftw(scene_base, remove_entry, DESCRIPTORS, FTW_PHYS | FTW_DEPTH);
}

static void populate(void)
{
	static const char *const directories[] = {
		"outside",
		"outside/directory",
		"ws",
		"ws/.git",
		"ws/.git/hooks",
		"ws/.git/objects",
		"ws/.git/refs",
		"ws/target",
		"ws/private",
		"ws/copied",
		"ws/pinned",
		"ws/pinned/deep",
		"more",
		"more/store",
		"more/store/git",
		"closed",
		"closed/open",
		"closed/shown",
		"tmpdir",
		"tmpdir/.git",
	};
	static const char *const files[] = {
		"scene-of-the-fault-matrix",
		"outside/file",
		"ws/.git/config",
		"ws/file",
		"ws/secret",
		"ws/private/file",
		"ws/copied/file",
		"ws/pinned/deep/config",
		"more/file",
		"more/store/git/config",
		"closed/file",
		"closed/shown/file",
		"tmpdir/.git/config",
	};
	char pointer[1024];

	umask(022);
	for (size_t i = 0; i < sizeof(directories) / sizeof(*directories); i++)
		make_directory(directories[i]);
	for (size_t i = 0; i < sizeof(files) / sizeof(*files); i++)
		make_file(files[i], "content\n");
	snprintf(pointer, sizeof(pointer), "gitdir: %s\n", in_scene("more/store/git"));
	make_file("more/.git", pointer);
	make_file("ws/.git/HEAD", "ref: refs/heads/main\n");
	if (symlink("target", in_scene("ws/link")) < 0 ||
		mkfifo(in_scene("outside/fifo"), 0600) < 0)
		die("scene");
	copy_probe();
}

/* --- looking at it ---------------------------------------------------------------------------- */

static void add_entry(struct listing *list, const char *text)
{
	if (list->count == MAX_ENTRIES) {
		errno = E2BIG;
		die("scene");
	}
	snprintf(list->entries[list->count++], ENTRY_SIZE, "%s", text);
}

/* What the policy has the sandbox make, with nothing in it but that. */
static bool is_made(const char *path, int level)
{
	const char *name = strrchr(path, '/');
	return (level == 1 && !strcmp(name, "/made")) ||
	       (level == 2 && !strcmp(name - strlen("/made"), "/made/deep"));
}

/* nftw(3) hands nothing on to its function. */
static struct listing *filling;

static int list_entry(const char *path, const struct stat *stat_of, int type, struct FTW *place)
{
	char text[ENTRY_SIZE];
	bool is_file = S_ISREG(stat_of->st_mode);
	(void)type;

	if (is_made(path, place->level))
		return 0;

	/* A directory's times change with the placeholders that come and go. */
	snprintf(text, sizeof(text), "%s %o %u:%u %lu %lu %ld.%ld", path, stat_of->st_mode,
		stat_of->st_uid, stat_of->st_gid, (unsigned long)stat_of->st_ino,
		is_file ? (unsigned long)stat_of->st_size : 0,
		is_file ? (long)stat_of->st_mtim.tv_sec : 0,
		is_file ? (long)stat_of->st_mtim.tv_nsec : 0);
	add_entry(filling, text);
	return 0;
}

static int compare_entries(const void *a, const void *b)
{
	return strcmp(a, b);
}

/* The mounts that this process sees, which are the host's to a sandbox that it starts. */
static void list_mounts(struct listing *list)
{
	char *line = NULL;
	size_t size = 0;
	FILE *table = fopen("/proc/self/mountinfo", "re");

	if (!table)
		die("/proc/self/mountinfo");
	while (getline(&line, &size, table) > 0)
		add_entry(list, line);
	free(line);
	fclose(table);
}

static void list_all(struct listing *list)
{
	enum { DESCRIPTORS = 16 };

	list->count = 0;
	filling = list;
	nftw(scene_base, list_entry, DESCRIPTORS, FTW_PHYS);
	nftw("/tmp", list_entry, DESCRIPTORS, FTW_PHYS | FTW_MOUNT);
	list_mounts(list);
	qsort(list->entries, list->count, ENTRY_SIZE, compare_entries);
}

/* The marks by which rind knows a placeholder: see src/base/placeholder_mark.h. */
static bool is_placeholder(const char *entry)
{
	return strstr(entry, " 41755 ") || strstr(entry, " 11044 ") || strstr(entry, " 11400 ") ||
	       strstr(entry, " 11444 ");
}

static void note_change(struct scene_change *change, char sign, const char *entry)
{
	if (sign == '+' && is_placeholder(entry))
		change->placeholder = true;
	else
		change->other = true;
	if (!*change->example)
		snprintf(change->example, sizeof(change->example), "%c%s", sign, entry);
}

/* Both are sorted: what is in one only is a change. */
static struct scene_change compare_listings(void)
{
	struct scene_change change = {0};
	size_t i = 0, j = 0;

	while (i < original.count || j < now.count) {
		int order = i == original.count ? 1
			    : j == now.count    ? -1
						: strcmp(original.entries[i], now.entries[j]);
		if (order < 0)
			note_change(&change, '-', original.entries[i]);
		else if (order > 0)
			note_change(&change, '+', now.entries[j]);
		i += order <= 0;
		j += order >= 0;
	}
	return change;
}

static void make_again(void)
{
	empty();
	populate();
	list_all(&original);
}

void scene_make(const char *base, const char *probe)
{
	snprintf(scene_base, sizeof(scene_base), "%s", base);
	snprintf(scene_probe, sizeof(scene_probe), "%s", probe);
	make_again();
}

struct scene_change scene_look(void)
{
	list_all(&now);
	(void)rmdir(in_scene("made/deep"));
	(void)rmdir(in_scene("made"));
	struct scene_change change = compare_listings();
	if (change.placeholder || change.other)
		make_again();
	return change;
}
