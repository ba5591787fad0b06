/*
 * probe BASE NAMESPACES READY SPARED REPORT: the command of every sandbox of the fault matrix.
 *
 * Tries from inside what the sandbox is there to prevent and reports, one line for each:
 *
 *   + NAME VALUE   the protection holds
 *   = NAME VALUE   what has to be exactly this
 *   - NAME VALUE   it does not
 *   ~ NAME VALUE   no protection, but what a command may expect to find
 *
 * between "begin" and "end".  VALUE is an errno's name or what was found: the same in every run, so
 * that the report of a run with a fault can be compared with that of one without.  BASE is the
 * scene's directory (scene.c), NAMESPACES the host's, NAME:INODE with a comma in between, READY a
 * descriptor: with one, the probe says on it that it has reported, and waits to be ended; -1: exits
 * with status 42.  SPARED names what this sandbox does not protect, and what therefore is not
 * attacked: a probe that is killed between doing and undoing would have changed the scene.  REPORT
 * is the descriptor to report on; another than 1 says that 0 to 2 were a terminal.
 *
 * It expects to succeed where a fault has opened a way: so no attempt may do lasting harm to the
 * host.  What is changed is below BASE, which has to be a scene, or is put back at once.
 *
 * Static, so that nothing of it depends on what the sandbox shows of the host's libraries.
 */
#include "../errno_name.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/keyctl.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <sys/wait.h>
#include <unistd.h>

enum { STATUS = 42 };

static const char *base, *spared;
static FILE *report;

/* --- reporting -------------------------------------------------------------------------------- */

static void say(char kind, const char *name, const char *format, ...)
{
	va_list arguments;

	fprintf(report, "%c %s ", kind, name);
	va_start(arguments, format);
	vfprintf(report, format, arguments);
	va_end(arguments);
	putc('\n', report);
}

/* An attempt that must be refused: result is -1 and errno set, or the attempt succeeded. */
static void must_fail(const char *name, long result)
{
	if (result < 0)
		say('+', name, "%s", errno_name(errno));
	else
		say('-', name, "succeeded");
}

/* The same where one errno only is the sandbox's doing. */
static void must_fail_with(const char *name, long result, int error)
{
	bool holds = result < 0 && errno == error;
	say(holds ? '+' : '-', name, "%s", result < 0 ? errno_name(errno) : "succeeded");
}

static void must_be(const char *name, bool holds, const char *value)
{
	say(holds ? '+' : '-', name, "%s", value);
}

/* Is the name in the list, with blanks in between? */
static bool is_spared(const char *name)
{
	size_t length = strlen(name);
	for (const char *at = spared; (at = strstr(at, name)); at++)
		if ((at == spared || at[-1] == ' ') && (at[length] == ' ' || !at[length]))
			return true;
	return false;
}

/* A path below the scene; two at a time. */
static const char *in_scene(const char *name)
{
	static char paths[2][4096];
	static int next;
	char *path = paths[next ^= 1];

	snprintf(path, sizeof(paths[0]), "%s/%s", base, name);
	return path;
}

/* Opening something never has an effect that lasts: the scene stays as it is. */
static int try_open(const char *path, int flags)
{
	int fd = open(path, flags | O_NONBLOCK | O_NOCTTY | O_CLOEXEC, 0600);
	if (fd >= 0)
		close(fd);
	if (fd >= 0 && flags & O_CREAT)
		(void)unlink(path);
	return fd;
}

static int try_make(const char *path)
{
	int result = mkdir(path, 0700);
	if (result == 0)
		(void)rmdir(path);
	return result;
}

/* --- namespaces ------------------------------------------------------------------------------- */

static void report_namespaces(char *list)
{
	struct stat stat_of;
	char path[64], name[32];
	char *rest = NULL;

	for (char *item = strtok_r(list, ",", &rest); item; item = strtok_r(NULL, ",", &rest)) {
		char *inode = strchr(item, ':');
		*inode++ = '\0';
		snprintf(path, sizeof(path), "/proc/self/ns/%s", item);
		snprintf(name, sizeof(name), "namespace-%s", item);
		if (stat(path, &stat_of) < 0)
			say('-', name, "%s", errno_name(errno));
		else
			must_be(name, strtoull(inode, NULL, 10) != stat_of.st_ino,
				strtoull(inode, NULL, 10) != stat_of.st_ino ? "own" : "host's");
	}
}

/* --- mounts ----------------------------------------------------------------------------------- */

enum { MAX_MOUNTS = 1024, MOUNT_SIZE = 1024 };

struct mount {
	char place[MOUNT_SIZE / 2];
	char text[MOUNT_SIZE];
};

/* The mask of a missing name: an empty file, or the placeholder itself if it is a directory. */
static bool is_mask(const char *place, const char *root, const char *type)
{
	enum { PLACEHOLDER_MODE = 01755 };
	struct stat stat_of;

	if (strcmp(root, "/null") == 0)
		return strcmp(type, "tmpfs") == 0;
	/* The whole of a file system is the sandbox's own, such as /dev/shm. */
	return strcmp(root, "/") != 0 && !lstat(place, &stat_of) && S_ISDIR(stat_of.st_mode) &&
	       (stat_of.st_mode & 07777) == PLACEHOLDER_MODE;
}

/* One line of the mount table, without what differs from run to run or is the host's own. */
static void read_mount(char *line, struct mount *ret)
{
	char *rest = NULL, *field[6] = {NULL}, tags[128] = "";
	char *word = strtok_r(line, " \n", &rest);

	for (size_t i = 0; i < 6 && word; i++, word = strtok_r(NULL, " \n", &rest))
		field[i] = word;
	for (; word && strcmp(word, "-") != 0; word = strtok_r(NULL, " \n", &rest)) {
		/* Whoever cannot clone it has no more than who can. */
		if (strcmp(word, "unbindable") == 0)
			continue;
		strncat(tags, " ", sizeof(tags) - strlen(tags) - 1);
		strncat(tags, word, strcspn(word, ":"));
	}
	const char *type = strtok_r(NULL, " \n", &rest);
	snprintf(ret->place, sizeof(ret->place), "%s", field[4]);
	if (!type)
		type = "?";
	/*
	 * Which of its forms a mask has makes no difference, as long as it is read-only; and there
	 * is no device in it.
	 */
	if (is_mask(field[4], field[3], type))
		snprintf(ret->text, sizeof(ret->text), "mask %.*s%s", (int)strlen("ro"), field[5],
			tags);
	else
		snprintf(
			ret->text, sizeof(ret->text), "%s %s%s %s", field[3], field[5], tags, type);
}

/*
 * What is mounted where: of several mounts in one place the last, which covers the others.  Not
 * said are ids, device numbers, the numbers of peer groups, and the options of the file systems.
 */
static void report_mounts(void)
{
	static struct mount mounts[MAX_MOUNTS];
	size_t count = 0, size = 0;
	char *line = NULL;
	FILE *table = fopen("/proc/self/mountinfo", "re");

	while (table && count < MAX_MOUNTS && getline(&line, &size, table) > 0)
		read_mount(line, &mounts[count++]);
	for (size_t i = 0; i < count; i++) {
		bool covered = false;
		for (size_t j = i + 1; j < count && !covered; j++)
			covered = strcmp(mounts[i].place, mounts[j].place) == 0;
		if (!covered)
			say('=', "mount", "%s %s", mounts[i].place, mounts[i].text);
	}
	if (!count)
		say('-', "mounts", "cannot be read");
	free(line);
	if (table)
		fclose(table);
}

/* Which of the mount's flags are set where the path leads. */
static void report_flags(const char *name, const char *path, unsigned long wanted)
{
	struct statvfs stat_of;
	char text[64];

	if (statvfs(path, &stat_of) < 0) {
		say('-', name, "%s", errno_name(errno));
		return;
	}
	snprintf(text, sizeof(text), "%s%s%s", stat_of.f_flag & ST_RDONLY ? "ro," : "",
		stat_of.f_flag & ST_NOSUID ? "nosuid," : "",
		stat_of.f_flag & ST_NODEV ? "nodev" : "");
	must_be(name, (stat_of.f_flag & wanted) == wanted, text);
}

static void report_tree(void)
{
	report_flags("root-flags", "/", ST_RDONLY | ST_NOSUID | ST_NODEV);
	report_flags("workspace-flags", in_scene("ws"), ST_NOSUID | ST_NODEV);
	must_fail("write-outside", try_open(in_scene("outside/file"), O_WRONLY));
	must_fail("create-outside", try_open(in_scene("outside/new"), O_WRONLY | O_CREAT));
	must_fail("create-in-root", try_make("/rind-fault-probe"));
	must_fail("write-setgroups", try_open("/proc/self/setgroups", O_WRONLY));
	say('~', "write-workspace", "%s",
		try_open(in_scene("ws/file"), O_WRONLY) < 0 ? errno_name(errno) : "done");
	say('~', "write-more", "%s",
		try_open(in_scene("more/file"), O_WRONLY) < 0 ? errno_name(errno) : "done");
	/* Asked, not tried: a file stays where the command is killed before it removes it. */
	say('~', "write-made", "%s",
		access(in_scene("made/deep"), W_OK) < 0 ? errno_name(errno) : "done");
}

static bool is_in_scene(void)
{
	char path[4096];
	return getcwd(path, sizeof(path)) && strncmp(path, base, strlen(base)) == 0;
}

/* The mode that it has: what is tried is whether it could be set. */
static int try_chmod(const char *path)
{
	struct stat stat_of;
	return stat(path, &stat_of) < 0 ? -1 : chmod(path, stat_of.st_mode & 07777);
}

static int try_rename(const char *path)
{
	char other[4200];

	snprintf(other, sizeof(other), "%s.moved", path);
	int result = rename(path, other);
	if (result == 0)
		(void)rename(other, path);
	return result;
}

/* Attacks on one protected path, by its name or as the working directory leads to it. */
static void attack_path(const char *prefix, const char *path)
{
	char name[64];

	if (is_spared(prefix))
		return;
	int moved = try_rename(path);

	snprintf(name, sizeof(name), "%s-rename", prefix);
	must_fail(name, moved);
	/* What can be renamed can be removed: not tried, since it could not be put back. */
	if (moved < 0) {
		snprintf(name, sizeof(name), "%s-unlink", prefix);
		must_fail(name, unlink(path));
		snprintf(name, sizeof(name), "%s-rmdir", prefix);
		must_fail(name, rmdir(path));
	}
	snprintf(name, sizeof(name), "%s-write", prefix);
	must_fail(name, try_open(path, O_WRONLY));
	snprintf(name, sizeof(name), "%s-mkdir", prefix);
	must_fail(name, try_make(path));
	snprintf(name, sizeof(name), "%s-chmod", prefix);
	must_fail(name, try_chmod(path));
}

static void report_protected(void)
{
	attack_path("git", in_scene("ws/.git"));
	attack_path("git-config", in_scene("ws/.git/config"));
	must_fail("git-create", try_open(in_scene("ws/.git/hooks/new"), O_WRONLY | O_CREAT));
	attack_path("missing", in_scene("ws/.codex"));
	must_fail("missing-create", try_open(in_scene("ws/.codex/new"), O_WRONLY | O_CREAT));
	attack_path("missing-parent", in_scene("ws/missing"));
	attack_path("link", in_scene("ws/link"));
	if (!is_spared("link"))
		must_fail("link-below", try_open(in_scene("ws/link/new"), O_WRONLY | O_CREAT));
	if (!is_spared("pin"))
		must_fail("pin-rename", try_rename(in_scene("ws/pinned")));
	attack_path("gitdir", in_scene("more/store/git"));
	attack_path("gitdir-pointer", in_scene("more/.git"));
	attack_path("tmpdir-git", in_scene("tmpdir/.git"));
	if (!is_in_scene()) {
		say('-', "here", "the working directory is not the scene's");
		return;
	}
	attack_path("here-git", ".git/config");
	attack_path("here-missing", ".codex");
	attack_path("here-link", "link");
}

/* Whether anything of it reaches the host is looked at there. */
static void report_copied(void)
{
	if (is_spared("copied"))
		return;
	must_fail("copied-rename", try_rename(in_scene("ws/copied")));
	say('~', "copied-write", "%s",
		try_open(in_scene("ws/copied/file"), O_WRONLY | O_TRUNC) < 0 ? errno_name(errno)
									     : "done");
	say('~', "copied-create", "%s",
		try_open(in_scene("ws/copied/new"), O_WRONLY | O_CREAT) < 0 ? errno_name(errno)
									    : "done");
}

static void report_hidden(void)
{
	must_fail("hidden-file", try_open(in_scene("ws/secret"), O_RDONLY));
	must_fail("hidden-file-chmod", try_chmod(in_scene("ws/secret")));
	must_fail("hidden-directory", try_open(in_scene("ws/private"), O_RDONLY | O_DIRECTORY));
	must_fail("hidden-below", try_open(in_scene("ws/private/file"), O_RDONLY));
	must_fail("hidden-closed", try_open(in_scene("closed"), O_RDONLY | O_DIRECTORY));
	must_fail("hidden-closed-below", try_open(in_scene("closed/file"), O_RDONLY));
	must_fail("hidden-closed-create", try_open(in_scene("closed/new"), O_WRONLY | O_CREAT));
	must_fail("readable-write", try_open(in_scene("closed/shown/file"), O_WRONLY));
	must_fail("readable-create", try_open(in_scene("closed/shown/new"), O_WRONLY | O_CREAT));
	must_fail("here-hidden", try_open("secret", O_RDONLY));
	must_fail("here-hidden-below", try_open("private/file", O_RDONLY));
}

/* --- /dev and /proc --------------------------------------------------------------------------- */

/* The names in a directory that match, sorted. */
static void report_names(char kind, const char *name, const char *path, bool (*match)(const char *))
{
	struct dirent **entries;
	int count = scandir(path, &entries, NULL, alphasort);

	if (count < 0) {
		say(kind == '=' ? '-' : kind, name, "%s", errno_name(errno));
		return;
	}
	fprintf(report, "%c %s", kind, name);
	for (int i = 0; i < count; i++) {
		if (entries[i]->d_name[0] != '.' && (!match || match(entries[i]->d_name)))
			fprintf(report, " %s", entries[i]->d_name);
		free(entries[i]);
	}
	free(entries);
	putc('\n', report);
}

static bool is_number(const char *name)
{
	return name[strspn(name, "0123456789")] == '\0';
}

/* Beyond what a minimal /dev has: a missing link is a nuisance, one too many is a way out. */
static bool is_extra_device(const char *name)
{
	static const char *const known[] = {"null", "zero", "full", "random", "urandom", "tty",
		"ptmx", "pts", "shm", "fd", "stdin", "stdout", "stderr", "core", "console"};
	for (size_t i = 0; i < sizeof(known) / sizeof(*known); i++)
		if (strcmp(name, known[i]) == 0)
			return false;
	return true;
}

/* Of a device that was given: which one it is, and that it stays as it is. */
static void report_given_device(void)
{
	char path[NAME_MAX + 8];
	struct stat stat_of;
	struct dirent *entry;
	DIR *dev = opendir("/dev");

	while (dev && (entry = readdir(dev))) {
		if (*entry->d_name == '.' || !is_extra_device(entry->d_name))
			continue;
		snprintf(path, sizeof(path), "/dev/%s", entry->d_name);
		if (lstat(path, &stat_of) < 0)
			continue;
		say('=', "device", "%o %u:%u", stat_of.st_mode & S_IFMT, major(stat_of.st_rdev),
			minor(stat_of.st_rdev));
		must_fail("device-chmod", try_chmod(path));
		must_fail("device-unlink", unlink(path));
	}
	if (dev)
		closedir(dev);
}

static void report_dev(void)
{
	report_names('=', "dev", "/dev", is_extra_device);
	report_given_device();
	report_names('~', "dev-entries", "/dev", NULL);
	report_names('=', "dev-pts", "/dev/pts", NULL);
	say('~', "dev-null", "%s", try_open("/dev/null", O_RDWR) < 0 ? errno_name(errno) : "opens");
	say('~', "dev-shm", "%s", access("/dev/shm", W_OK) < 0 ? errno_name(errno) : "writes");
	must_fail("dev-null-chmod", try_chmod("/dev/null"));
}

static bool is_other_process(const char *name)
{
	return is_number(name) && atoi(name) != getpid();
}

static void report_proc(void)
{
	char target[32];
	ssize_t length = readlink("/proc/self", target, sizeof(target) - 1);

	target[length < 0 ? 0 : length] = '\0';
	bool own = atoi(target) == getpid() && getppid() == 1;
	must_be("proc-self", own, own ? "own" : target);
	report_names('=', "proc-processes", "/proc", is_other_process);
	must_fail("proc-sys", try_open("/proc/sys/kernel/hostname", O_WRONLY));
	must_fail("proc-sysrq", try_open("/proc/sysrq-trigger", O_WRONLY));
}

/* --- the process ------------------------------------------------------------------------------ */

static void report_privileges(const char *prefix, const char *path)
{
	static const char *const wanted[] = {
		"CapInh:\t0000000000000000\n",
		"CapPrm:\t0000000000000000\n",
		"CapEff:\t0000000000000000\n",
		"CapBnd:\t0000000000000000\n",
		"CapAmb:\t0000000000000000\n",
		"NoNewPrivs:\t1\n",
	};
	char *line = NULL, name[64];
	size_t size = 0, found = 0;
	FILE *status = fopen(path, "re");

	while (status && getline(&line, &size, status) > 0) {
		size_t length = strcspn(line, ":");
		for (size_t i = 0; i < sizeof(wanted) / sizeof(*wanted); i++) {
			if (strncmp(line, wanted[i], length + 1) != 0)
				continue;
			found++;
			snprintf(name, sizeof(name), "%s-%.*s", prefix, (int)length, line);
			line[strcspn(line, "\n")] = '\0';
			bool holds = strncmp(line, wanted[i], strlen(line)) == 0;
			must_be(name, holds, line + length + 2);
			break;
		}
		if (strncmp(line, "SigBlk", 6) == 0 || strncmp(line, "SigIgn", 6) == 0) {
			line[strcspn(line, "\n")] = '\0';
			say('~', prefix, "%s", line);
		}
	}
	if (found != sizeof(wanted) / sizeof(*wanted))
		say('-', prefix, "%zu of its sets can be read", found);
	free(line);
	if (status)
		fclose(status);
}

static void report_filter(void)
{
	int mode = prctl(PR_GET_SECCOMP, 0, 0, 0, 0);

	must_be("seccomp", mode == 2, mode == 2 ? "filter" : "none");
	must_fail_with("filter-tiocsti", ioctl(0, TIOCSTI, "x"), EPERM);
	must_fail_with("filter-io-uring", syscall(SYS_io_uring_setup, 1, NULL), EPERM);
	must_fail_with("filter-openat2", syscall(SYS_openat2, -1, NULL, NULL, 0), ENOSYS);
	must_fail_with("filter-setuid-bit", chmod("/nothing-here", 04755), EPERM);
	must_fail_with("filter-unix", socket(AF_UNIX, SOCK_STREAM, 0), EPERM);
	must_fail_with("filter-netlink", socket(AF_NETLINK, SOCK_RAW, 0), EPERM);
	must_fail_with("filter-connect", connect(-1, NULL, 0), EPERM);
}

static void report_session(void)
{
	char text[64];

	/* Other ids than init's and its own are the host's, or of another pid namespace. */
	bool session = getsid(0) == 1 || getsid(0) == getpid();
	bool group = getpgrp() == 1 || getpgrp() == getpid();
	snprintf(text, sizeof(text), "session %d group %d parent %d", session ? 1 : getsid(0),
		group ? 1 : getpgrp(), getppid());
	must_be("session", session && group, text);
	must_fail("terminal", try_open("/dev/tty", O_RDWR));
	say('=', "ids", "%u:%u %u:%u groups %d", getuid(), getgid(), geteuid(), getegid(),
		getgroups(0, NULL));
}

/* What only Landlock stops: there is a reader, and no mount is asked about a FIFO. */
static void report_landlock(void)
{
	must_fail_with("landlock-fifo", try_open(in_scene("outside/fifo"), O_WRONLY), EACCES);
	must_fail_with("landlock-signal", kill(1, 0), EPERM);
}

static void report_init(void)
{
	char target[64];

	must_fail("init-memory", try_open("/proc/1/mem", O_RDWR));
	must_fail("init-links", readlink("/proc/1/cwd", target, sizeof(target)));
	must_fail("init-trace", ptrace(PTRACE_SEIZE, 1, NULL, NULL)); /* ends with this process */
	say('~', "dumpable", "%d", prctl(PR_GET_DUMPABLE, 0, 0, 0, 0));
}

static void report_keyring(void)
{
	must_fail("keyring", syscall(SYS_keyctl, KEYCTL_SEARCH, KEY_SPEC_SESSION_KEYRING, "user",
				     "rind-fault", 0));
}

static bool is_on_terminal(void)
{
	return fileno(report) != STDOUT_FILENO;
}

static void report_descriptors(void)
{
	char link[32], target[4096];
	struct stat stat_of;

	/* A terminal may be given for less than it could be: see attack_stream(). */
	for (int fd = is_on_terminal() ? STDERR_FILENO + 1 : 0; fd < 1024; fd++) {
		snprintf(link, sizeof(link), "/proc/self/fd/%d", fd);
		if (fstat(fd, &stat_of) < 0)
			continue;
		ssize_t length = readlink(link, target, sizeof(target) - 1);
		target[length < 0 ? 0 : length] = '\0';
		target[strcspn(target, ":")] = '\0'; /* numbers of pipes */
		/* How it was opened stays in the flags, and allows nothing. */
		say(S_ISDIR(stat_of.st_mode) ? '-' : '=', "descriptor", "%d %s %o", fd, target,
			(unsigned int)fcntl(fd, F_GETFL) & ~(unsigned int)O_NOFOLLOW);
	}
	if (is_on_terminal())
		return;
	must_fail("stdin-reopen", try_open("/proc/self/fd/0", O_WRONLY));
	must_fail("stdin-chmod", fstat(0, &stat_of) < 0 ? -1 : fchmod(0, stat_of.st_mode & 07777));
}

/* --- the terminal ----------------------------------------------------------------------------- */

/* One of the lines that are waiting there: nobody has to wait for one. */
static long read_line(int fd)
{
	struct pollfd input = {.fd = fd, .events = POLLIN};
	char line[16];

	if (!isatty(fd)) {
		errno = ENOTTY;
		return -1;
	}
	if (poll(&input, 1, 0) < 0)
		return -1;
	if (!(input.revents & POLLIN)) {
		errno = EAGAIN;
		return -1;
	}
	ssize_t length = read(fd, line, sizeof(line));
	if (length == 0)
		errno = ENODATA;
	return length > 0 ? length : -1;
}

/* The same by another open file. */
static long open_and_read_line(int fd)
{
	char path[64];

	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	int own = open(path, O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
	if (own < 0)
		return own;
	long length = read_line(own);
	int error = errno;
	close(own);
	errno = error;
	return length;
}

/* Whatever it is that 0, 1 or 2 is now: it is on the host, and must stay as it is. */
static void attack_stream(int fd)
{
	struct stat stat_of = {0};
	char name[64];

	(void)fstat(fd, &stat_of);
	snprintf(name, sizeof(name), "terminal-read-%d", fd);
	must_fail(name, read_line(fd));
	snprintf(name, sizeof(name), "terminal-open-%d", fd);
	must_fail(name, open_and_read_line(fd));
	snprintf(name, sizeof(name), "terminal-change-mode-%d", fd);
	must_fail(name, fchmod(fd, stat_of.st_mode & 07777));
	snprintf(name, sizeof(name), "terminal-change-owner-%d", fd);
	must_fail(name, fchown(fd, getuid(), (gid_t)-1));
	snprintf(name, sizeof(name), "terminal-change-times-%d", fd);
	must_fail(name, futimens(fd, NULL));
}

static void report_terminal(void)
{
	/* Who is in the background of the same session would be stopped. */
	signal(SIGTTIN, SIG_IGN);
	signal(SIGTTOU, SIG_IGN);
	for (int fd = 0; fd <= 2; fd++) {
		attack_stream(fd);
		/* Of an open file that the caller has, too: the matrix sees that. */
		(void)fcntl(fd, F_SETFL, fcntl(fd, F_GETFL) | O_NONBLOCK);
	}
}

static void report_limits(void)
{
	struct rlimit limit;

	fprintf(report, "= limits");
	for (int i = 0; i < RLIM_NLIMITS; i++)
		if (getrlimit(i, &limit) == 0)
			fprintf(report, " %ld:%ld", (long)limit.rlim_cur, (long)limit.rlim_max);
	putc('\n', report);
}

static void report_place(void)
{
	char path[4096], host[128] = "";

	(void)gethostname(host, sizeof(host) - 1);
	say('~', "directory", "%s", getcwd(path, sizeof(path)) ? path : "?");
	say('~', "hostname", "%s", host);
	mode_t mask = umask(0);
	umask(mask);
	say('~', "umask", "%o", mask);
}

/* The kernel's struct statx, of which a C library may know less: linux/stat.h. */
struct place {
	uint64_t words[32];
};

static bool is_same_place(const struct place *a, const struct place *b)
{
	enum { INODE = 32 / sizeof(uint64_t), MOUNT = 144 / sizeof(uint64_t) };
	return a->words[INODE] == b->words[INODE] && a->words[MOUNT] == b->words[MOUNT];
}

static int find_place(int directory, const char *path, struct place *ret)
{
	enum { WANTED = 0x1100 }; /* STATX_INO, STATX_MNT_ID */
	return (int)syscall(SYS_statx, directory, path, AT_EMPTY_PATH, WANTED, ret);
}

/*
 * Whoever has another root than the directory above it can go up to the root of all mounts.
 * Returns 0 where that is not the sandbox's root.
 */
static int climb(void)
{
	enum { STEPS = 64 };
	struct place root = {0}, here = {0};
	int top = open("/", O_PATH | O_DIRECTORY | O_CLOEXEC);

	if (top < 0 || find_place(top, "", &root) < 0 || chroot(in_scene("outside")) < 0 ||
		fchdir(top) < 0)
		return -1;
	for (int i = 0; i < STEPS; i++)
		if (chdir("..") < 0)
			return -1;
	if (find_place(AT_FDCWD, ".", &here) < 0)
		return -1;
	errno = ENOENT;
	return is_same_place(&root, &here) ? -1 : 0;
}

/* In a process of its own, whose root that is then. */
static int climb_apart(void)
{
	int status;
	pid_t child = fork();

	if (child == 0)
		_exit(climb() < 0 ? errno : 0);
	if (child < 0 || waitpid(child, &status, 0) < 0)
		return -1;
	errno = WIFEXITED(status) ? WEXITSTATUS(status) : EINTR;
	return errno ? -1 : 0;
}

/* What is mounted on the root, where no path leads but this one, or above it. */
static void report_above(void)
{
	struct place root = {0}, above = {0};
	bool known =
		find_place(AT_FDCWD, "/", &root) == 0 && find_place(AT_FDCWD, "/..", &above) == 0;
	bool same = is_same_place(&root, &above);

	/* A kernel without statx(2) says nothing. */
	if (known)
		must_be("root-above", same, same ? "none" : "another directory");
	must_fail("root-climb", climb_apart());
}

/* Comes last: afterwards there may be no path to anything. */
static void report_umount(void)
{
	must_fail("root-umount-above", umount2("/..", MNT_DETACH));
	must_fail("root-umount", umount2("/", MNT_DETACH));
}

static int try_mount(const char *path)
{
	int result = (int)syscall(SYS_mount, "none", path, "tmpfs", 0, NULL);
	if (result == 0)
		syscall(SYS_umount2, path, 0);
	return result;
}

/* After this the process may be in another mount namespace. */
static void report_rights(void)
{
	char name[128] = "";

	(void)gethostname(name, sizeof(name) - 1);
	must_fail("right-hostname", sethostname(name, strlen(name)));
	must_fail("right-mount", try_mount(in_scene("outside/directory")));
	must_fail("right-unshare", unshare(CLONE_NEWNS));
}

/* Is BASE what scene.c made?  Nowhere else is anything to be attacked. */
static bool is_scene(void)
{
	struct stat stat_of;
	return *base == '/' && lstat(in_scene("scene-of-the-fault-matrix"), &stat_of) == 0;
}

int main(int argc, char **argv)
{
	static char buffer[64 * 1024];
	if (argc != 6)
		return 2;
	base = argv[1];
	spared = argv[4];
	int ready = atoi(argv[3]);
	report = fdopen(atoi(argv[5]), "w");
	if (!report || !is_scene())
		return 2;

	setvbuf(report, buffer, _IOFBF, sizeof(buffer));
	fputs("begin\n", report);
	fflush(report);
	report_descriptors();
	report_namespaces(argv[2]);
	report_mounts();
	report_tree();
	report_protected();
	report_copied();
	report_hidden();
	report_dev();
	report_proc();
	report_privileges("self", "/proc/self/status");
	if (!is_spared("init-sets"))
		report_privileges("init", "/proc/1/status");
	report_filter();
	report_session();
	report_landlock();
	report_init();
	report_keyring();
	report_limits();
	report_place();
	if (is_on_terminal())
		report_terminal();
	report_above();
	report_rights();
	report_umount();
	fputs("end\n", report);
	fflush(report);
	if (ready >= 0 && write(ready, "", 1) == 1)
		for (;;)
			pause();
	return STATUS;
}
