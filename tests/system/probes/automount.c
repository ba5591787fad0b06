/*
 * automount DIRECTORY KIND [TYPE]: the daemon of an autofs that is mounted there.
 *
 *   direct    DIRECTORY itself is the trigger: a file system of that TYPE gets mounted on it, as
 *             systemd does with /proc/sys/fs/binfmt_misc
 *   indirect  each name in it is a trigger: a tmpfs with a file gets mounted there, but for the
 *             name "absent"
 *   dead      as indirect, and the daemon has ended
 *
 * Prints "mounted" and answers until it is killed.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/auto_fs.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

enum { PATH_SIZE = 4096 };

/*
 * In a process group of its own: to this the kernel shows the autofs as it is, and all others wait
 * for it.
 */
static int mount_autofs(const char *directory, bool direct, int end)
{
	char options[128];

	snprintf(options, sizeof(options), "fd=%d,pgrp=%d,minproto=5,maxproto=5,%s", end,
		(int)getpgrp(), direct ? "direct" : "indirect");
	return mount("automount", directory, "autofs", 0, options);
}

static int fill(const char *path)
{
	char file[PATH_SIZE + 8];
	int fd;

	if (mkdir(path, 0755) && errno != EEXIST)
		return -errno;
	if (mount("automounted", path, "tmpfs", 0, "mode=755"))
		return -errno;
	snprintf(file, sizeof(file), "%s/file", path);
	fd = open(file, O_WRONLY | O_CREAT | O_CLOEXEC, 0644);
	return fd < 0 ? -errno : close(fd);
}

static int mount_asked(
	const char *directory, const char *type, const struct autofs_v5_packet *asked)
{
	char path[PATH_SIZE];

	if (asked->hdr.type == autofs_ptype_missing_direct)
		return mount("automounted", directory, type, MS_NOSUID | MS_NODEV, NULL) ? -errno
											 : 0;
	if (!strcmp(asked->name, "absent"))
		return -ENOENT;
	snprintf(path, sizeof(path), "%s/%.*s", directory, (int)asked->len, asked->name);
	return fill(path);
}

static void serve(int requests, int autofs, const char *directory, const char *type)
{
	union autofs_v5_packet_union asked;
	unsigned int call;
	int error;

	while (read(requests, &asked, sizeof(asked)) > 0) {
		error = mount_asked(directory, type, &asked.v5_packet);
		if (error && error != -ENOENT)
			fprintf(stderr, "automount: mount: %s\n", strerror(-error));
		call = error ? AUTOFS_IOC_FAIL : AUTOFS_IOC_READY;
		if (ioctl(autofs, call, asked.v5_packet.wait_queue_token))
			perror("automount: ioctl");
	}
}

int main(int argc, char **argv)
{
	bool direct = argc == 4 && !strcmp(argv[2], "direct");
	bool dead = argc == 3 && !strcmp(argv[2], "dead");
	int ends[2], autofs;

	if (!direct && !dead && (argc != 3 || strcmp(argv[2], "indirect") != 0)) {
		fprintf(stderr, "usage: automount DIRECTORY direct TYPE | indirect | dead\n");
		return 2;
	}
	if ((setpgid(0, 0) && getpgrp() != getpid()) || pipe2(ends, O_CLOEXEC) ||
		mount_autofs(argv[1], direct, ends[1])) {
		perror("automount: mount");
		return 2;
	}
	/* From before anything is mounted on it. */
	autofs = open(argv[1], O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (autofs < 0) {
		perror("automount: open");
		return 2;
	}
	close(ends[1]);
	/*
	 * A request that is not read any more would be waited for, until the one who waits is
	 * killed.
	 */
	if (dead)
		close(ends[0]);
	puts("mounted");
	fflush(stdout);
	if (!dead)
		serve(ends[0], autofs, argv[1], direct ? argv[3] : NULL);
	return 0;
}
