/*
 * A command that takes as much as it can get.  What it says ends a line of its own on standard
 * output; a line that begins with "WRONG:" is a surprise.
 *
 *   greedy processes N     create processes that wait, up to N; say how many there are, and why no
 *                          more
 *   greedy threads N       the same with threads
 *   greedy nested N        the same with processes, in a user namespace of its own
 *   greedy bomb            every process creates processes as long as it can; say "full" when the
 *                          first was refused one; never ends
 *   greedy memory BYTES    use that much memory in one process
 *   greedy memories N BYTES      in each of N processes at the same time
 *   greedy files N         open files, up to N
 *   greedy processor       use processor time; never ends
 *   greedy raise           try to raise each resource limit, of itself and of process 1
 */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

static const char *name_error(int error)
{
	switch (error) {
	case 0:
		return "no more asked";
	case EAGAIN:
		return "EAGAIN";
	case EMFILE:
		return "EMFILE";
	case ENOMEM:
		return "ENOMEM";
	default:
		return strerror(error);
	}
}

static int say_why(const char *what, long count, int error)
{
	printf("%ld %s, then %s\n", count, what, name_error(error));
	fflush(stdout);
	return 0;
}

static int create_processes(long most)
{
	long count = 0;

	while (count < most) {
		pid_t pid = fork();
		if (pid < 0)
			break;
		if (!pid) {
			/* They end with this one, which then has not to name them. */
			prctl(PR_SET_PDEATHSIG, SIGKILL);
			for (;;)
				pause();
		}
		count++;
	}
	return say_why("processes", count, count < most ? errno : 0);
}

static void *wait_for_ever(void *nothing)
{
	(void)nothing;
	for (;;)
		pause();
	return NULL;
}

static int create_threads(long most)
{
	pthread_t thread;
	long count = 0;
	int error = 0;

	while (count < most && !(error = pthread_create(&thread, NULL, wait_for_ever, NULL)))
		count++;
	return say_why("threads", count, error);
}

static int create_nested(long most)
{
	if (unshare(CLONE_NEWUSER) < 0)
		return say_why("processes", 0, errno);
	return create_processes(most);
}

static void __attribute__((noreturn)) bomb(void)
{
	pid_t first = getpid();

	for (;;) {
		pid_t pid = fork();
		if (pid >= 0)
			continue;
		if (getpid() == first) {
			puts("full");
			fflush(stdout);
			first = 0;
		}
		if (errno != EAGAIN && errno != ENOMEM)
			printf("WRONG: fork: %s\n", strerror(errno));
		sched_yield();
	}
}

/* 0, or why not. */
static int use_memory(size_t size)
{
	char *memory = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (memory == MAP_FAILED)
		return errno;
	for (size_t i = 0; i < size; i += 4096)
		memory[i] = 1;
	return 0;
}

static int use_in_one(size_t size)
{
	int error = use_memory(size);

	puts(error ? name_error(error) : "used");
	return 0;
}

/* Each uses its memory, says so in the pipe, and keeps it until the pipe's other end is gone. */
static void use_in_child(size_t size, const int report[2], const int hold[2])
{
	char byte = use_memory(size) ? 'n' : 'y';

	close(report[0]);
	close(hold[1]);
	if (write(report[1], &byte, 1) != 1)
		_exit(1);
	close(report[1]);
	while (read(hold[0], &byte, 1) < 0)
		;
	_exit(0);
}

static int use_in_many(long count, size_t size)
{
	int report[2], hold[2], killed = 0, status;
	long used = 0;
	char byte;

	if (pipe(report) < 0 || pipe(hold) < 0)
		return 1;
	for (long i = 0; i < count; i++)
		if (!fork())
			use_in_child(size, report, hold);
	close(report[1]);
	while (read(report[0], &byte, 1) > 0)
		used += byte == 'y';
	close(hold[1]);
	while (wait(&status) > 0)
		killed += WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL;
	printf("%ld used, %s killed\n", used, killed ? "some" : "none");
	return 0;
}

static int open_files(long most)
{
	long count = 0;

	while (count < most && open("/dev/null", O_RDONLY) >= 0)
		count++;
	return say_why("files", count, count < most ? errno : 0);
}

static void __attribute__((noreturn)) use_processor(void)
{
	for (volatile unsigned long i = 0;; i++)
		;
}

static void try_to_raise(pid_t pid, int resource, const char *name)
{
	struct rlimit old, new;

	if (prlimit(pid, resource, NULL, &old) < 0) {
		/* Process 1's are nobody's. */
		if (!pid)
			printf("WRONG: %s cannot be read: %s\n", name, strerror(errno));
		return;
	}
	new = (struct rlimit){RLIM_INFINITY, RLIM_INFINITY};
	if (old.rlim_max != RLIM_INFINITY && !prlimit(pid, resource, &new, NULL))
		printf("WRONG: %s of %d was raised to infinity\n", name, pid);
	new = (struct rlimit){old.rlim_max, old.rlim_max + 1};
	if (old.rlim_max != RLIM_INFINITY && !prlimit(pid, resource, &new, NULL))
		printf("WRONG: %s of %d was raised by one\n", name, pid);
	if (!pid && old.rlim_cur != old.rlim_max)
		printf("WRONG: the soft %s can be raised\n", name);
}

static int raise_limits(void)
{
	static const struct {
		int resource;
		const char *name;
	} limits[] = {
		{RLIMIT_NPROC, "RLIMIT_NPROC"},
		{RLIMIT_AS, "RLIMIT_AS"},
		{RLIMIT_CPU, "RLIMIT_CPU"},
		{RLIMIT_NOFILE, "RLIMIT_NOFILE"},
	};
	for (size_t i = 0; i < sizeof(limits) / sizeof(*limits); i++) {
		try_to_raise(0, limits[i].resource, limits[i].name);
		try_to_raise(1, limits[i].resource, limits[i].name);
	}
	puts("tried");
	return 0;
}

int main(int argc, char **argv)
{
	const char *what = argc > 1 ? argv[1] : "";
	long number = argc > 2 ? atol(argv[2]) : 0;

	if (!strcmp(what, "processes"))
		return create_processes(number);
	if (!strcmp(what, "threads"))
		return create_threads(number);
	if (!strcmp(what, "nested"))
		return create_nested(number);
	if (!strcmp(what, "bomb"))
		bomb();
	if (!strcmp(what, "memory"))
		return use_in_one((size_t)number);
	if (!strcmp(what, "memories") && argc > 3)
		return use_in_many(number, (size_t)atol(argv[3]));
	if (!strcmp(what, "files"))
		return open_files(number);
	if (!strcmp(what, "processor"))
		use_processor();
	if (!strcmp(what, "raise"))
		return raise_limits();
	fprintf(stderr, "greedy: see its first comment\n");
	return 2;
}
