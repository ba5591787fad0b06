/*
 * What a command sees of its sandbox, as text that can be compared: ids, rights, descriptors, the
 * working directory and the mount table.
 *
 * Descriptor 9, if it is there, is the host's /proc, through which a command without a /proc of its
 * own can look, too.
 *
 *   view [tree]
 *   view socket PATH…
 *
 * With "tree", what is in the file systems that the sandbox is made of, and the namespaces, as
 * well.  The second makes sockets, which no program of the system does without serving them.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <unistd.h>

enum { MOST = 4096, PROC = 9 };

struct mount {
	int id, parent, depth;
	char *root, *place, *options, *rest;
};

static struct mount mounts[MOST];
static int count;

static FILE *open_proc(const char *path)
{
	char absolute[256];
	int fd = openat(PROC, path, O_RDONLY | O_CLOEXEC);
	if (fd >= 0)
		return fdopen(fd, "r");
	snprintf(absolute, sizeof(absolute), "/proc/%s", path);
	return fopen(absolute, "r");
}

static void print_status(void)
{
	static const char *const wanted[] = {
		"Uid:", "Gid:", "Groups:", "Cap", "NoNewPrivs:", "Seccomp:", "SigIgn:", "SigBlk:"};
	char line[4096];
	FILE *file = open_proc("self/status");

	while (file && fgets(line, sizeof(line), file))
		for (size_t i = 0; i < sizeof(wanted) / sizeof(*wanted); i++)
			if (!strncmp(line, wanted[i], strlen(wanted[i])))
				fputs(line, stdout);
	if (file)
		fclose(file);
}

static void print_file(const char *path)
{
	char line[4096];
	FILE *file = open_proc(path);

	while (file && fgets(line, sizeof(line), file))
		printf("%s: %s", path, line);
	if (file)
		fclose(file);
}

static void print_descriptors(void)
{
	for (int fd = 0; fd < 256; fd++) {
		struct stat stat;
		if (fd != PROC && fstat(fd, &stat) == 0)
			printf("fd %d: type %o flags %x\n", fd, stat.st_mode & S_IFMT,
				fcntl(fd, F_GETFL) & O_ACCMODE);
	}
}

static void print_environment(char **env)
{
	for (; *env; env++)
		if (strncmp(*env, "_=", 2))
			printf("env %s\n", *env);
}

static void read_mounts(void)
{
	char line[16384];
	FILE *file = open_proc("self/mountinfo");

	while (file && count < MOST && fgets(line, sizeof(line), file)) {
		struct mount *mount = &mounts[count++];
		int used = 0;
		line[strcspn(line, "\n")] = '\0';
		sscanf(line, "%d %d %*s %ms %ms %ms %n", &mount->id, &mount->parent, &mount->root,
			&mount->place, &mount->options, &used);
		mount->rest = strdup(line + used);
	}
	if (file)
		fclose(file);
}

static int depth(const struct mount *mount)
{
	for (int i = 0; i < count; i++)
		if (mounts[i].id == mount->parent && &mounts[i] != mount)
			return depth(&mounts[i]) + 1;
	return 0;
}

/* By place, and what is on top last. */
static int compare(const void *a, const void *b)
{
	const struct mount *first = a, *second = b;
	int order = strcmp(first->place, second->place);
	return order ? order : first->depth - second->depth;
}

/* Peer groups are numbered as they come: only their kind is compared. */
static void print_rest(const char *rest)
{
	while (*rest) {
		int number;
		char kind[32];
		if (sscanf(rest, "%31[a-z_]:%d", kind, &number) == 2 && *rest != '-') {
			printf(" %s", kind);
			rest += strcspn(rest, " ");
			rest += strspn(rest, " ");
			continue;
		}
		printf(" %s", rest);
		return;
	}
}

static void print_mounts(void)
{
	read_mounts();
	for (int i = 0; i < count; i++)
		mounts[i].depth = depth(&mounts[i]);
	qsort(mounts, (size_t)count, sizeof(*mounts), compare);
	for (int i = 0; i < count; i++) {
		/* What is covered by another mount is not seen. */
		if (i + 1 < count && !strcmp(mounts[i].place, mounts[i + 1].place))
			continue;
		printf("mount %s of %s %s", mounts[i].place, mounts[i].root, mounts[i].options);
		print_rest(mounts[i].rest);
		putchar('\n');
	}
}

/* Of the sandbox itself: its root, and what is in memory.  Another file system is only named. */
static int descend(const char *path, dev_t root, dev_t device)
{
	if (device == root)
		return 1;
	for (int i = 0; i < count; i++)
		if (!strcmp(mounts[i].place, path) && strstr(mounts[i].rest, "- tmpfs "))
			return 1;
	return 0;
}

/* Whoever asks its server may wait for ever: it is among the mounts, and that is all. */
static int is_fuse(const char *path)
{
	for (int i = 0; i < count; i++)
		if (!strcmp(mounts[i].place, path) && strstr(mounts[i].rest, "- fuse"))
			return 1;
	return 0;
}

/* One line: file systems of memory have no files worth more. */
static void print_content(const char *path)
{
	char text[64];
	FILE *file = fopen(path, "re");

	if (file && fgets(text, sizeof(text), file))
		printf(": %.*s", (int)strcspn(text, "\n"), text);
	if (file)
		fclose(file);
}

static void print_tree(const char *directory, dev_t root)
{
	struct dirent **entries;
	char path[8192], target[4096];
	int number = scandir(*directory ? directory : "/", &entries, NULL, alphasort);

	for (int i = 0; i < number; i++) {
		const char *name = entries[i]->d_name;
		struct stat stat;
		if (!strcmp(name, ".") || !strcmp(name, ".."))
			continue;
		snprintf(path, sizeof(path), "%s/%s", directory, name);
		if (is_fuse(path))
			continue;
		if (lstat(path, &stat)) {
			printf("tree %s: errno %d\n", path, errno);
			continue;
		}
		printf("tree %s %o %u:%u", path, stat.st_mode, stat.st_uid, stat.st_gid);
		ssize_t length = readlink(path, target, sizeof(target));
		if (length >= 0)
			printf(" -> %.*s", (int)length, target);
		if (S_ISREG(stat.st_mode) && stat.st_size < 4096)
			print_content(path);
		putchar('\n');
		if (S_ISDIR(stat.st_mode) && descend(path, root, stat.st_dev))
			print_tree(path, root);
		free(entries[i]);
	}
}

static void print_namespaces(void)
{
	static const char *const names[] = {"cgroup", "ipc", "mnt", "net", "pid", "user", "uts"};
	char path[64], target[64];

	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++) {
		snprintf(path, sizeof(path), "/proc/self/ns/%s", names[i]);
		ssize_t length = readlink(path, target, sizeof(target));
		printf("namespace %.*s\n", length > 0 ? (int)length : 0, target);
	}
}

static int make_sockets(char **paths)
{
	for (; *paths; paths++)
		if (mknod(*paths, S_IFSOCK | 0666, 0) && errno != EEXIST) {
			perror(*paths);
			return 1;
		}
	return 0;
}

int main(int argc, char **argv, char **env)
{
	char directory[4096];

	if (argc > 2 && !strcmp(argv[1], "socket"))
		return make_sockets(argv + 2);
	printf("argv");
	for (int i = 0; i < argc; i++)
		printf(" %s", argv[i]);
	printf("\ncwd %s\n", getcwd(directory, sizeof(directory)) ? directory : "?");
	mode_t mask = umask(0);
	printf("umask %o\n", mask);
	printf("pid %s\n", getpid() == 1 ? "1" : getpid() == 2 ? "2" : "other");
	printf("session %s group %s\n", getsid(0) == getpid() ? "own" : "other",
		getpgrp() == getpid() ? "own" : "other");
	int signal = 0;
	prctl(PR_GET_PDEATHSIG, &signal);
	printf("parent death signal %d\n", signal);
	gethostname(directory, sizeof(directory));
	printf("host name %s\n", directory);
	print_descriptors();
	print_environment(env);
	print_status();
	print_file("self/uid_map");
	print_file("self/gid_map");
	print_file("self/setgroups");
	print_mounts();
	struct stat root;
	if (argc > 1 && !strcmp(argv[1], "tree") && !stat("/", &root)) {
		print_namespaces();
		print_tree("", root.st_dev);
	}
	return 0;
}
