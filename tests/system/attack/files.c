/*
 * files NAME [ARGUMENT…]: an attack on a file: on what the kernel keeps about it, on a pipe's other
 * end, on a set-ID bit.
 *
 * What it prints and returns: attack.h.
 */
#include "attack.h"

#include <sys/sysmacros.h>
#include <sys/xattr.h>

#define WHITEOUT 4 /* RENAME_WHITEOUT */

/* An attribute of the file: PATH. */
static long try_mark(char **argument)
{
	return setxattr(argument[0], "user.rind", "evil", 4, 0);
}

/* Of an open one by its name only, as Linux 5.8 and later allow it: FD. */
static long try_touch_fd(char **argument)
{
	const struct timespec times[2] = {{0}};
	return syscall(SYS_utimensat, (int)number(argument[0]), "", times, AT_EMPTY_PATH);
}

/* Open the other end of what is open: FD TEXT. */
static long try_write_other_end(char **argument)
{
	const char *path = path_of((int)number(argument[0]));
	int fd = (int)must("open", open(path, O_WRONLY | O_CLOEXEC | O_NONBLOCK));
	return write(fd, argument[1], strlen(argument[1]));
}

/*
 * A file in memory, open for reading only, as descriptor 0 of a program: TEXT PROGRAM…, see main().
 */
static int open_memory(const char *text, bool sealed)
{
	enum { ALLOW_SEALING = 2, ADD_SEALS = 1033, SEAL_SEAL_SHRINK_GROW_WRITE = 15 };
	int fd = (int)must("memfd_create", syscall(SYS_memfd_create, "given", ALLOW_SEALING));
	must("write", write(fd, text, strlen(text)));
	if (sealed)
		must("seal", fcntl(fd, ADD_SEALS, SEAL_SEAL_SHRINK_GROW_WRITE));
	int reading = (int)must("open", open(path_of(fd), O_RDONLY));
	close(fd);
	return reading;
}

/* Change the first byte of a file without a call that would take its set-ID bits away: PATH. */
static long try_write_mapped(char **argument)
{
	int fd = (int)must("open", open(argument[0], O_RDWR | O_CLOEXEC));
	char *memory = mmap(NULL, 1, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	if (memory == MAP_FAILED)
		give_up("mmap");
	*memory = 'X';
	return msync(memory, 1, MS_SYNC);
}

/* What an overlay takes for "there is no such file", by mknod: PATH. */
static long try_whiteout(char **argument)
{
	return mknod(argument[0], S_IFCHR, makedev(0, 0));
}

static long try_whiteout_at(char **argument)
{
	return syscall(SYS_mknodat, AT_FDCWD, argument[0], S_IFCHR | 0600, makedev(0, 0));
}

/* And by moving another away: FROM TO. */
static long try_rename_whiteout(char **argument)
{
	return syscall(SYS_renameat2, AT_FDCWD, argument[0], AT_FDCWD, argument[1], WHITEOUT);
}

static const struct attack attacks[] = {
	{"mark", 1, try_mark},
	{"touch-fd", 1, try_touch_fd},
	{"write-other-end", 2, try_write_other_end},
	{"write-mapped", 1, try_write_mapped},
	{"whiteout", 1, try_whiteout},
	{"whiteout-at", 1, try_whiteout_at},
	{"rename-whiteout", 2, try_rename_whiteout},
	{NULL, 0, NULL},
};

/*
 * with-memory TEXT COMMAND…: run it with a file in memory on its standard input; or
 * with-sealed-memory.
 */
static void run_with_memory(int argc, char **argv)
{
	bool sealed = argc > 1 && !strcmp(argv[1], "with-sealed-memory");
	if (argc < 4 || (!sealed && strcmp(argv[1], "with-memory") != 0))
		return;
	must("dup2", dup2(open_memory(argv[2], sealed), STDIN_FILENO));
	execv(argv[3], argv + 3);
	give_up(argv[3]);
}

/* with-link FD PATH COMMAND…: run it with a descriptor that names a symbolic link. */
static void run_with_link(int argc, char **argv)
{
	if (argc < 5 || strcmp(argv[1], "with-link") != 0)
		return;
	execute_with(argv + 2, O_PATH | O_NOFOLLOW);
}

int main(int argc, char **argv)
{
	setvbuf(stdout, NULL, _IOLBF, 0);
	run_with_memory(argc, argv);
	run_with_link(argc, argv);
	return attack_main(attacks, argc, argv);
}
