/*
 * fusefs DIRECTORY UID KIND: a FUSE file system with one document, DIRECTORY/1a2b3c/file, all of it
 * UID's.
 *
 *   portal   as Flatpak's document portal: its mounter alone may enter, and statfs gives EPERM
 *   shared   everybody may enter, by the modes of the files; statfs works
 *   hanging  the server does not answer any more: what asks it waits until it is killed
 *   dead     the server has ended: what asks it gets ENOTCONN
 *
 * Prints "mounted" and answers until the mount is gone or it is killed.  It talks to /dev/fuse
 * itself, as what a library would answer in its place is part of what is tested.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/fuse.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

enum { REQUEST_MAX = 1 << 20, DOCUMENT_MAX = 4096 };

static const char folder_name[] = "1a2b3c", file_name[] = "file";

enum node { NODE_ROOT = FUSE_ROOT_ID, NODE_FOLDER, NODE_FILE };

struct served {
	int fd;
	unsigned int uid;
	bool portal;
	char document[DOCUMENT_MAX];
	size_t size;
};

static void answer(
	struct served *fs, const struct fuse_in_header *request, int error, void *data, size_t size)
{
	struct fuse_out_header header = {
		.len = (uint32_t)(sizeof(header) + size),
		.error = error,
		.unique = request->unique,
	};
	struct iovec parts[] = {{&header, sizeof(header)}, {data, size}};

	/* The asker may have been killed meanwhile. */
	if (writev(fs->fd, parts, 2) < 0 && errno != ENOENT)
		perror("fusefs: write");
}

static struct fuse_attr attributes(const struct served *fs, uint64_t node)
{
	struct fuse_attr attr = {.ino = node, .nlink = 1, .uid = fs->uid, .gid = fs->uid};

	if (node == NODE_FILE) {
		attr.mode = S_IFREG | 0644;
		attr.size = fs->size;
	} else {
		attr.mode = S_IFDIR | 0755;
	}
	return attr;
}

static void answer_init(struct served *fs, const struct fuse_in_header *request)
{
	struct fuse_init_out out = {.major = FUSE_KERNEL_VERSION, .minor = 31, .max_write = 4096};

	answer(fs, request, 0, &out, sizeof(out));
}

static void answer_attributes(struct served *fs, const struct fuse_in_header *request)
{
	struct fuse_attr_out out = {.attr = attributes(fs, request->nodeid)};

	answer(fs, request, 0, &out, sizeof(out));
}

static void answer_lookup(struct served *fs, const struct fuse_in_header *request, const char *name)
{
	struct fuse_entry_out out = {0};

	if (request->nodeid == NODE_ROOT && !strcmp(name, folder_name))
		out.nodeid = NODE_FOLDER;
	else if (request->nodeid == NODE_FOLDER && !strcmp(name, file_name))
		out.nodeid = NODE_FILE;
	if (!out.nodeid) {
		answer(fs, request, -ENOENT, NULL, 0);
		return;
	}
	out.attr = attributes(fs, out.nodeid);
	answer(fs, request, 0, &out, sizeof(out));
}

static void answer_list(
	struct served *fs, const struct fuse_in_header *request, const struct fuse_read_in *in)
{
	const char *name = request->nodeid == NODE_ROOT ? folder_name : file_name;
	union {
		struct fuse_dirent entry;
		char bytes[FUSE_NAME_OFFSET + sizeof(folder_name) + 8];
	} out = {
		.entry = {.ino = request->nodeid + 1, .off = 1, .namelen = (uint32_t)strlen(name)}};

	memcpy(out.bytes + FUSE_NAME_OFFSET, name, out.entry.namelen);
	answer(fs, request, 0, &out, in->offset ? 0 : FUSE_DIRENT_SIZE(&out.entry));
}

static void answer_read(
	struct served *fs, const struct fuse_in_header *request, const struct fuse_read_in *in)
{
	size_t start = in->offset < fs->size ? (size_t)in->offset : fs->size;
	size_t rest = fs->size - start;

	answer(fs, request, 0, fs->document + start, rest < in->size ? rest : in->size);
}

static void answer_write(
	struct served *fs, const struct fuse_in_header *request, const struct fuse_write_in *in)
{
	struct fuse_write_out out = {.size = in->size};

	if (in->offset > DOCUMENT_MAX || in->size > DOCUMENT_MAX - in->offset) {
		answer(fs, request, -ENOSPC, NULL, 0);
		return;
	}
	memcpy(fs->document + in->offset, in + 1, in->size);
	if (fs->size < in->offset + in->size)
		fs->size = (size_t)in->offset + in->size;
	answer(fs, request, 0, &out, sizeof(out));
}

static void answer_change(
	struct served *fs, const struct fuse_in_header *request, const struct fuse_setattr_in *in)
{
	if (in->valid & FATTR_SIZE)
		fs->size = in->size < DOCUMENT_MAX ? (size_t)in->size : DOCUMENT_MAX;
	answer_attributes(fs, request);
}

static void answer_statfs(struct served *fs, const struct fuse_in_header *request)
{
	struct fuse_statfs_out out = {.st = {.bsize = 4096, .namelen = 255}};

	if (fs->portal)
		answer(fs, request, -EPERM, NULL, 0);
	else
		answer(fs, request, 0, &out, sizeof(out));
}

static void serve_one(struct served *fs, const struct fuse_in_header *request, const void *argument)
{
	struct fuse_open_out opened = {0};

	switch (request->opcode) {
	case FUSE_INIT:
		answer_init(fs, request);
		break;
	case FUSE_LOOKUP:
		answer_lookup(fs, request, argument);
		break;
	case FUSE_GETATTR:
		answer_attributes(fs, request);
		break;
	case FUSE_SETATTR:
		answer_change(fs, request, argument);
		break;
	case FUSE_OPEN:
	case FUSE_OPENDIR:
		answer(fs, request, 0, &opened, sizeof(opened));
		break;
	case FUSE_READDIR:
		answer_list(fs, request, argument);
		break;
	case FUSE_READ:
		answer_read(fs, request, argument);
		break;
	case FUSE_WRITE:
		answer_write(fs, request, argument);
		break;
	case FUSE_STATFS:
		answer_statfs(fs, request);
		break;
	case FUSE_FLUSH:
	case FUSE_RELEASE:
	case FUSE_RELEASEDIR:
		answer(fs, request, 0, NULL, 0);
		break;
	case FUSE_FORGET:
	case FUSE_BATCH_FORGET:
	case FUSE_INTERRUPT:
		break;
	default:
		answer(fs, request, -ENOSYS, NULL, 0);
	}
}

/* Returns whether there was a request. */
static bool serve_next(struct served *fs)
{
	static union {
		struct fuse_in_header header;
		char bytes[REQUEST_MAX];
	} request;

	if (read(fs->fd, &request, sizeof(request)) <= 0)
		return false;
	serve_one(fs, &request.header, &request.header + 1);
	return true;
}

static int mount_it(const struct served *fs, const char *directory, bool shared)
{
	char options[256];

	snprintf(options, sizeof(options), "fd=%d,rootmode=40755,user_id=%u,group_id=%u%s", fs->fd,
		fs->uid, fs->uid, shared ? ",allow_other,default_permissions" : "");
	return mount("fusefs", directory, "fuse", MS_NOSUID | MS_NODEV, options);
}

int main(int argc, char **argv)
{
	static struct served fs = {.document = "document\n", .size = 9};
	const char *kind = argc == 4 ? argv[3] : "";

	if (argc != 4 || (strcmp(kind, "portal") && strcmp(kind, "shared") &&
				 strcmp(kind, "hanging") && strcmp(kind, "dead"))) {
		fprintf(stderr, "usage: fusefs DIRECTORY UID portal|shared|hanging|dead\n");
		return 2;
	}
	fs.fd = open("/dev/fuse", O_RDWR | O_CLOEXEC);
	fs.uid = (unsigned int)atoi(argv[2]);
	fs.portal = !strcmp(kind, "portal");
	if (fs.fd < 0 || mount_it(&fs, argv[1], strcmp(kind, "portal") != 0)) {
		perror("fusefs: /dev/fuse");
		return 2;
	}
	/* The first request is the kernel's own. */
	if (!serve_next(&fs))
		return 2;
	puts("mounted");
	fflush(stdout);
	while (!strcmp(kind, "hanging"))
		pause();
	while (strcmp(kind, "dead") != 0 && serve_next(&fs))
		;
	return 0;
}
