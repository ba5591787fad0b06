/*
 * enter DIRECTORY COMMAND…: make a directory, which is a mount, the root of this mount namespace,
 * and run a command in it.  By pivot_root(2): in a chroot the kernel makes no user namespaces; and
 * in one process, since in the new root there may be no program but the command.
 */
#include <fcntl.h>
#include <stdio.h>
#include <sys/mount.h>
#include <sys/syscall.h>
#include <unistd.h>

static int change_root(const char *directory)
{
	int old_root = open("/", O_PATH | O_DIRECTORY | O_CLOEXEC);

	/* The old root comes to lie on the new one, from where it is taken away. */
	return old_root < 0 || chdir(directory) || syscall(SYS_pivot_root, ".", ".") ||
	       fchdir(old_root) || umount2(".", MNT_DETACH) || chdir("/");
}

int main(int argc, char **argv)
{
	if (argc < 3) {
		fprintf(stderr, "usage: enter DIRECTORY COMMAND...\n");
		return 2;
	}
	if (change_root(argv[1])) {
		perror("enter");
		return 2;
	}
	execv(argv[2], argv + 2);
	perror(argv[2]);
	return 127;
}
