/*
 * denyfs DIRECTORY UID: a FUSE file system that is empty, and that its mounter, UID, alone may enter:
 * the kernel refuses it to everybody else, root too.  (NFS with root_squash does as much.)
 *
 * Prints "mounted" and answers until the mount is gone.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/fuse.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

enum { REQUEST_MAX = 1 << 20 };

static void answer(int fd, const struct fuse_in_header *request, int error, void *data, size_t size)
{
	struct fuse_out_header header = {
		.len = (uint32_t)(sizeof(header) + size),
		.error = error,
		.unique = request->unique,
	};
	struct iovec parts[] = {{&header, sizeof(header)}, {data, size}};

	if (writev(fd, parts, 2) < 0 && errno != ENOENT)
		perror("denyfs: write");
}

static void answer_init(int fd, const struct fuse_in_header *request)
{
	struct fuse_init_out out = {.major = FUSE_KERNEL_VERSION, .minor = 31, .max_write = 4096};
	answer(fd, request, 0, &out, sizeof(out));
}

static void answer_attributes(int fd, const struct fuse_in_header *request, unsigned int uid)
{
	struct fuse_attr_out out = {
		.attr = {.ino = 1, .mode = S_IFDIR | 0755, .nlink = 2, .uid = uid},
	};
	answer(fd, request, 0, &out, sizeof(out));
}

static void serve(int fd, unsigned int uid)
{
	static union {
		struct fuse_in_header header;
		char bytes[REQUEST_MAX];
	} request;

	while (read(fd, &request, sizeof(request)) > 0) {
		switch (request.header.opcode) {
		case FUSE_INIT:
			answer_init(fd, &request.header);
			break;
		case FUSE_GETATTR:
			answer_attributes(fd, &request.header, uid);
			break;
		case FUSE_LOOKUP:
			answer(fd, &request.header, -ENOENT, NULL, 0);
			break;
		case FUSE_FORGET:
		case FUSE_BATCH_FORGET:
			break;
		default:
			answer(fd, &request.header, -ENOSYS, NULL, 0);
		}
	}
}

int main(int argc, char **argv)
{
	char options[128];
	int fd = open("/dev/fuse", O_RDWR | O_CLOEXEC);

	if (argc != 3 || fd < 0) {
		perror("denyfs: /dev/fuse");
		return 2;
	}
	snprintf(options, sizeof(options), "fd=%d,rootmode=40755,user_id=%s,group_id=0", fd,
		argv[2]);
	if (mount("denyfs", argv[1], "fuse", MS_NOSUID | MS_NODEV, options)) {
		perror("denyfs: mount");
		return 2;
	}
	puts("mounted");
	fflush(stdout);
	serve(fd, (unsigned int)atoi(argv[2]));
	return 0;
}
