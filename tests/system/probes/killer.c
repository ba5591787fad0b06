/*
 * killer COUNT launcher|any DIRECTORY COMMAND…
 *
 * Launch COMMAND COUNT times and kill with SIGKILL, at a random moment in its first 15 ms, either
 * the process launched or any one of those that came of it.  After each, wait until all of them are
 * gone, and see that DIRECTORY has the entries that it had before.
 *
 * "Gone" is an event: this process adopts orphans, so each process that there was is its child in
 * the end, and when there is none left to wait for, nothing survives.  A survivor is told by an
 * alarm.  Prints a summary, with how many were killed while they ran: "killed N of COUNT".
 */
#include <dirent.h>
#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum {
	WINDOW_US = 15000,
	PATIENCE_S = 20,
	MAX_PROCESSES = 64,
};

static void report_survivor(int signal)
{
	static const char text[] = "killer: something survives\n";
	(void)signal;
	if (write(2, text, sizeof(text) - 1) < 0)
		_exit(3);
	_exit(1);
}

/* Fill in the children of a process, and theirs; the count. */
static size_t find_descendants(pid_t pid, pid_t *found, size_t count)
{
	char path[64];
	snprintf(path, sizeof(path), "/proc/%d/task/%d/children", pid, pid);
	FILE *file = fopen(path, "re");
	if (!file)
		return count;
	int child;
	while (count < MAX_PROCESSES && fscanf(file, "%d", &child) == 1) {
		found[count++] = child;
		count = find_descendants(child, found, count);
	}
	fclose(file);
	return count;
}

static unsigned int count_entries(const char *path)
{
	unsigned int entries = 0;
	DIR *directory = opendir(path);
	if (!directory)
		err(1, "%s", path);
	while (readdir(directory))
		entries++;
	closedir(directory);
	return entries;
}

static pid_t launch(char **argv)
{
	pid_t pid = fork();
	if (pid < 0)
		err(1, "fork");
	if (pid == 0) {
		execv(argv[0], argv);
		_exit(127);
	}
	return pid;
}

static bool kill_one(pid_t launched, bool any)
{
	pid_t found[MAX_PROCESSES];
	pid_t victim = launched;
	if (any) {
		size_t count = find_descendants(getpid(), found, 0);
		if (count > 0)
			victim = found[(size_t)random() % count];
	}
	return kill(victim, SIGKILL) == 0;
}

/* Every process that came of the launch ends up as a child of this one. */
static void await_all(void)
{
	alarm(PATIENCE_S);
	while (waitpid(-1, NULL, __WALL) > 0 || errno == EINTR)
		;
	if (errno != ECHILD)
		err(1, "waitpid");
	alarm(0);
}

int main(int argc, char **argv)
{
	if (argc < 5)
		errx(2, "usage: killer COUNT launcher|any DIRECTORY COMMAND...");
	int count = atoi(argv[1]), killed = 0;
	bool any = !strcmp(argv[2], "any");
	unsigned int entries = count_entries(argv[3]);

	signal(SIGALRM, report_survivor);
	if (prctl(PR_SET_CHILD_SUBREAPER, 1))
		err(1, "PR_SET_CHILD_SUBREAPER");
	srandom((unsigned int)time(NULL) ^ (unsigned int)getpid());
	for (int i = 0; i < count; i++) {
		struct timespec moment = {.tv_nsec = random() % WINDOW_US * 1000L};
		pid_t launched = launch(argv + 4);
		nanosleep(&moment, NULL);
		killed += kill_one(launched, any);
		/* Without the one that was killed the others may go on as they should: end them. */
		if (any)
			kill(launched, SIGTERM);
		await_all();
		if (count_entries(argv[3]) != entries)
			errx(1, "round %d: litter in %s", i, argv[3]);
	}
	printf("killed %d of %d\n", killed, count);
	return 0;
}
