/*
 * See status.h.  Supervisor.  A failure to write here is only reported: the command must not be
 * killed because nobody reads its status.
 */
#include "cli/status.h"

#include "base/fd.h"
#include "base/sys.h"
#include "cli/json.h"
#include "cli/report.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int status_open(struct status_queue *ret, int fd, struct rind_error *err)
{
	*ret = (struct status_queue){.output = {.fd = -1}};
	if (fd < 0)
		return 0;

	int flags = fcntl(fd, F_GETFL);
	if (flags < 0)
		return rind_error_set(err, -EBADF,
			"--json-status-fd %d: the descriptor is not open; open it in the shell "
			"with %d>FILE",
			fd, fd);
	if ((flags & O_ACCMODE) == O_RDONLY || flags & O_PATH)
		return rind_error_set(err, -EBADF,
			"--json-status-fd %d: the descriptor is not open for writing; open it in "
			"the shell with %d>FILE",
			fd, fd);
	ret->output.fd = fd;
	return 0;
}

void status_give_up(struct status_queue *queue, const char *reason)
{
	int fd = queue->output.fd;

	output_discard(&queue->output);
	queue->output.fd = -1;
	report_line("--json-status-fd %d: cannot write: %s", fd, reason);
}

static void append(struct status_queue *queue, const char *line, size_t length)
{
	int error = output_append(&queue->output, line, length);
	if (error < 0)
		return status_give_up(queue, errno_text(-error));
	status_flush(queue);
}

void status_started(struct status_queue *queue, const struct rind_sandbox *sandbox)
{
	struct rind_namespaces ns;
	char line[512];
	int length;

	if (queue->output.fd < 0)
		return;
	length = snprintf(line, sizeof(line), "{\"child-pid\": %d", rind_sandbox_pid(sandbox));
	if (rind_sandbox_namespaces(sandbox, &ns) == 0)
		length += snprintf(line + length, sizeof(line) - (size_t)length,
			", \"cgroup-namespace\": %" PRIu64 ", \"ipc-namespace\": %" PRIu64
			", \"mnt-namespace\": %" PRIu64 ", \"net-namespace\": %" PRIu64
			", \"pid-namespace\": %" PRIu64 ", \"user-namespace\": %" PRIu64
			", \"uts-namespace\": %" PRIu64,
			ns.cgroup, ns.ipc, ns.mnt, ns.net, ns.pid, ns.user, ns.uts);
	length += snprintf(line + length, sizeof(line) - (size_t)length, "}\n");
	append(queue, line, (size_t)length);
}

/* The paths that were replaced (unknown: that may have been). */
static void write_paths(FILE *out, const struct rind_plan *plan,
	const struct rind_replaced *replaced, size_t named, bool unknown)
{
	bool first = true;
	struct rind_step step;

	for (size_t i = 0; i < named; i++) {
		if (replaced[i].unknown != unknown ||
			rind_plan_step(plan, replaced[i].step, &step) < 0)
			continue;
		fputs(first ? "" : ", ", out);
		json_write_string(out, step.path);
		first = false;
	}
}

void status_replaced(struct status_queue *queue, const struct rind_plan *plan,
	const struct rind_replaced *replaced, size_t count)
{
	_cleanup_free_ char *line = NULL;
	size_t length, named = count < RIND_REPLACED_NAMED ? count : RIND_REPLACED_NAMED;

	if (queue->output.fd < 0)
		return;
	FILE *out = open_memstream(&line, &length);
	if (!out)
		return status_give_up(queue, errno_text(errno));
	fprintf(out, "{\"replaced-count\": %zu, \"replaced\": [", count);
	write_paths(out, plan, replaced, named, false);
	fputs("], \"unknown\": [", out);
	write_paths(out, plan, replaced, named, true);
	fputs("]}\n", out);
	bool failed = ferror(out);
	if (fclose(out) || failed)
		return status_give_up(queue, errno_text(ENOMEM));
	append(queue, line, length);
}

void status_altered(struct status_queue *queue, const struct rind_plan *plan,
	const struct rind_altered *altered, size_t count)
{
	_cleanup_free_ char *line = NULL;
	struct rind_step step;
	size_t length;

	if (queue->output.fd < 0)
		return;
	FILE *out = open_memstream(&line, &length);
	if (!out)
		return status_give_up(queue, errno_text(errno));
	fputs("{\"altered\": [", out);
	for (size_t i = 0; i < count && !rind_plan_step(plan, altered[i].step, &step); i++) {
		const struct rind_attributes *before = &altered[i].before,
					     *after = &altered[i].after;
		fputs(i ? ", {\"path\": " : "{\"path\": ", out);
		json_write_string(out, step.path);
		fprintf(out, ", \"mode\": \"%04o\", \"mode-before\": \"%04o\"", after->mode,
			before->mode);
		fprintf(out, ", \"owner\": \"%u:%u\", \"owner-before\": \"%u:%u\"}", after->uid,
			after->gid, before->uid, before->gid);
	}
	fputs("]}\n", out);
	bool failed = ferror(out);
	if (fclose(out) || failed)
		return status_give_up(queue, errno_text(ENOMEM));
	append(queue, line, length);
}

void status_exited(struct status_queue *queue, int exit_status)
{
	char line[64];
	int length = snprintf(line, sizeof(line), "{\"exit-code\": %d}\n", exit_status);
	append(queue, line, (size_t)length);
}

void status_release(struct status_queue *queue)
{
	output_release(&queue->output);
}

void status_flush(struct status_queue *queue)
{
	int error = output_flush(&queue->output);
	if (error < 0)
		status_give_up(queue, errno_text(-error));
}
