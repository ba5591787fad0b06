/* Copies what a descriptor gives into a file; see contents.h.  Runs in init. */
#include "ops/contents.h"

static int write_all(struct child *child, int fd, const char *data, size_t size)
{
	while (size) {
		long written = sys_result(write(fd, data, size));
		if (written == -EINTR)
			continue;
		if (written <= 0)
			return child_noted(child, CALL_WRITE, written ? written : -ENOSPC);
		data += written;
		size -= (size_t)written;
	}
	return 0;
}

static int copy_data(struct child *child, int from, int to)
{
	static char buffer[64 * 1024];

	for (;;) {
		long size = sys_result(read(from, buffer, sizeof(buffer)));
		if (size == -EINTR)
			continue;
		if (size == 0 && sys_readable(from) > 0)
			size = -EIO; /* a faked end-of-file would cut the file short */
		if (size <= 0)
			return child_noted(child, CALL_READ, size);
		int error = write_all(child, to, buffer, (size_t)size);
		if (error < 0)
			return error;
	}
}

/*
 * Fill a file with what the operation's descriptor gives.  A pipe can be read only once: so the
 * first operation that reads a descriptor keeps its file open (PLAN_REREAD), and the later ones
 * copy that file.
 */
int contents_fill(struct child *child, const struct plan_op *op, int *file)
{
	int *files = child->frozen->op_trees;

	child->stage = STAGE_DATA;
	if (op->first_reader != child->op) {
		int first = files[op->first_reader];
		if (sys_result(lseek(first, 0, SEEK_SET)) < 0)
			return child_noted(child, CALL_READ, -EBADF);
		return copy_data(child, first, *file);
	}
	int error = copy_data(child, op->fd, *file);
	if (!error && op->flags & PLAN_REREAD)
		files[child->op] = take_fd(file);
	return error;
}
