/*
 * Writes --info-fd and --json-status-fd; see info.h.  Supervisor, with the caller's rights, while
 * init waits.
 *
 *   --info-fd         {                          --json-status-fd   { "child-pid": 4711, … }
 *                         "child-pid": 4711,                        { "exit-code": 0 }
 *                         "mnt-namespace": …
 *                     }
 */
#include "cli/bwrap/info.h"

#include "base/fd.h"
#include "base/number.h"
#include "base/sys.h"
#include "cli/signals.h"
#include "plan/plan.h"

#include <inttypes.h>
#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

struct status_document {
	char bytes[1024]; /* enough for the longest text */
	size_t length;
};

static void __attribute__((format(printf, 2, 3)))
append(struct status_document *text, const char *format, ...)
{
	va_list args;
	size_t room = sizeof(text->bytes) - text->length;

	va_start(args, format);
	int length = vsnprintf(text->bytes + text->length, room, format, args);
	va_end(args);
	if (length > 0 && (size_t)length < room)
		text->length += (size_t)length;
}

/*
 * Wait until the reader takes more, as bubblewrap does.  bubblewrap has asked the kernel to kill
 * it together with its parent; rind watches the parent and then kills itself.
 */
static void await_reader(int fd, int parent_fd)
{
	struct pollfd fds[] = {
		{.fd = fd, .events = POLLOUT},
		{.fd = parent_fd, .events = POLLIN},
	};

	if (sys_poll(fds, 2, -1) > 0 && fds[1].revents)
		signals_die_of(SIGKILL);
}

static int write_text(int fd, const struct status_document *text, int parent_fd)
{
	size_t done = 0;

	while (done < text->length) {
		await_reader(fd, parent_fd);
		ssize_t count = write(fd, text->bytes + done, text->length - done);
		if (count < 0 && errno == EINTR)
			continue;
		if (count < 0)
			return -errno;
		done += (size_t)count;
	}
	return 0;
}

/* The new namespaces of a process, by inode.  One that cannot be read is left out. */
static void append_namespaces(struct status_document *text, const struct bwrap_info *info,
	pid_t pid, const char *separator)
{
	static const struct {
		const char *name;
		unsigned int flag;
	} names[] = {
		{"cgroup", PLAN_NS_CGROUP},
		{"ipc", PLAN_NS_IPC},
		{"mnt", PLAN_NS_MOUNT},
		{"net", PLAN_NS_NET},
		{"pid", PLAN_NS_PID},
		{"uts", PLAN_NS_UTS},
	};
	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++) {
		char path[64];
		struct stat stat;
		snprintf(path, sizeof(path), "/proc/%d/ns/%s", pid, names[i].name);
		if (!(info->namespaces & names[i].flag) ||
			sys_fstatat(AT_FDCWD, path, &stat, 0) < 0)
			continue;
		append(text, ",%s\"%s-namespace\": %ju", separator, names[i].name,
			(uintmax_t)stat.st_ino);
	}
}

/* The number after the field name at the beginning of a line; 0 if there is none. */
static pid_t read_pid(const char *path, const char *field)
{
	char line[128];
	uint64_t found = 0;

	FILE *file = fopen(path, "re");
	while (file && fgets(line, sizeof(line), file))
		if (!strncmp(line, field, strlen(field))) {
			const char *at = line + strlen(field);
			(void)!number_take(&at, 10, INT_MAX, &found);
		}
	if (file)
		fclose(file);
	return (pid_t)found;
}

/*
 * The pid of the process in the caller's /proc.  With --pidns the supervisor may be in another
 * pid namespace than that /proc.  Its pidfd's fdinfo has the pid; a kernel without pidfds has it
 * in the list of children, of which there is one.  If neither has it, the process has ended or is
 * not visible.
 */
static pid_t pid_in_proc(pid_t pid, int pidfd)
{
	char path[64];

	snprintf(path, sizeof(path), "/proc/self/fdinfo/%d", pidfd);
	pid_t found = read_pid(path, "Pid:\t");
	if (!found)
		found = read_pid("/proc/thread-self/children", "");
	return found ? found : pid;
}

static int tell(const struct bwrap_info *info, pid_t pid, struct rind_error *err)
{
	struct status_document pretty = {.length = 0}, line = {.length = 0};
	int error = 0;

	append(&pretty, "{\n    \"child-pid\": %d", pid);
	append_namespaces(&pretty, info, pid, "\n    ");
	append(&pretty, "\n}\n");
	append(&line, "{ \"child-pid\": %d", pid);
	append_namespaces(&line, info, pid, " ");
	append(&line, " }\n");
	if (info->info_fd >= 0) {
		error = write_text(info->info_fd, &pretty, info->parent_fd);
		close(info->info_fd);
	}
	if (!error && info->json_fd >= 0)
		error = write_text(info->json_fd, &line, info->parent_fd);
	return error < 0 ? rind_error_set(err, error, "Write to info_fd: %s", errno_text(-error))
			 : 0;
}

/* Wait until the caller says that it has mapped the ids, or until init has ended. */
static void await_maps(int block_fd, int pidfd)
{
	struct pollfd fds[] = {
		{.fd = block_fd, .events = POLLIN},
		{.fd = pidfd, .events = POLLIN},
	};
	char byte;

	if (block_fd < 0)
		return;
	if (sys_poll(fds, 2, -1) > 0 && fds[0].revents)
		(void)sys_result(read(block_fd, &byte, 1)); /* a byte or end-of-file */
	close(block_fd);
}

int bwrap_info_created(void *data, pid_t pid, int pidfd, struct rind_error *err)
{
	const struct bwrap_info *info = data;

	if (info->joined_pids)
		pid = pid_in_proc(pid, pidfd);
	int error = tell(info, pid, err);
	if (error < 0)
		return error;
	await_maps(info->block_fd, pidfd);
	return 0;
}

void bwrap_info_exited(const struct bwrap_info *info, int status)
{
	struct status_document line = {.length = 0};

	if (info->json_fd < 0)
		return;
	append(&line, "{ \"exit-code\": %d }\n", status);
	/* If the reader has gone, there is nothing left to report. */
	(void)write_text(info->json_fd, &line, info->parent_fd);
}
