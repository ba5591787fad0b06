/*
 * What a command sees of its sandbox, as text that can be compared: ids, rights, descriptors, the
 * working directory and the mount table.
 *
 * Descriptor 9, if it is there, is the host's /proc, through which a command without a /proc of its own
 * can look, too.
 */
#include <dirent.h>
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

int main(int argc, char **argv, char **env)
{
	char directory[4096];

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
	return 0;
}
