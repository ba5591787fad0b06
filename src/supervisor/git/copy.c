/*
 * The directory that git works in, and the two repositories in it; see job.h.  Supervisor.
 *
 * git is never started in the directory that the command had.  What it reads instead is copied
 * here: regular files, by names that are those of objects.  So no setting, no list of other
 * directories and no symlink of the command's is obeyed.
 */
#include "supervisor/git/job.h"

#include "base/fd.h"
#include "base/sys.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <time.h>

static const char PREFIX[] = "rind-git-";

/* --- the directory ---------------------------------------------------------------------------- */

static int remove_entry(void *context, int at, const char *name, bool is_directory)
{
	(void)context;
	if (!is_directory)
		return (int)sys_result(unlinkat(at, name, 0));
	int error = file_each_entry(at, name, remove_entry, NULL);
	return error < 0 ? error : (int)sys_result(unlinkat(at, name, AT_REMOVEDIR));
}

/*
 * A rind that was killed while it published has left its own: nobody holds its lock.  One that was
 * made just now may not have it yet.
 */
static int remove_stale(void *context, int at, const char *name, bool is_directory)
{
	enum { YOUNG = 60 /* seconds */ };
	struct stat stat;

	(void)context;
	if (!is_directory || strncmp(name, PREFIX, strlen(PREFIX)) != 0)
		return 0;
	_cleanup_close_ int fd = sys_openat(at, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW, 0);
	if (fd >= 0 && !sys_fstat(fd, &stat) && stat.st_mtime < time(NULL) - YOUNG &&
		!sys_result(flock(fd, LOCK_EX | LOCK_NB)))
		(void)remove_entry(NULL, at, name, true);
	return 0;
}

int job_make_work(struct job *job)
{
	const struct repository *repository = job->repository;
	char *path = arena_printf(&job->arena, "%s/%sXXXXXX", repository->common, PREFIX);

	(void)!file_each_entry(repository->host, ".", remove_stale, NULL);
	if (!path)
		return rind_error_no_memory(job->err);
	if (!mkdtemp(path))
		return job_fail(job, -errno, "a directory to work in");
	job->name = strrchr(path, '/') + 1;
	job->mark = job->name + strlen(PREFIX);
	job->work = sys_openat(AT_FDCWD, path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW, 0);
	int error = job->work < 0 ? job->work : fd_move_above_stdio(&job->work);
	if (!error)
		error = (int)sys_result(flock(job->work, LOCK_EX | LOCK_NB));
	if (error < 0)
		return job_fail(job, error, path);
	job->git.work = job->work;
	job->after_path = arena_printf(&job->arena, "%s/after", path);
	job->receive_path = arena_printf(&job->arena, "%s/receive", path);
	job->objects = arena_printf(&job->arena, "%s/objects", repository->common);
	return job->after_path && job->receive_path && job->objects
		       ? 0
		       : rind_error_no_memory(job->err);
}

void job_remove_work(struct job *job)
{
	if (job->name)
		(void)remove_entry(NULL, job->repository->host, job->name, true);
	close_fd(&job->work);
}

/* --- repositories in it ----------------------------------------------------------------------- */

/* Does the repository name its objects by SHA-256? */
static int find_format(struct job *job)
{
	static const char *const arguments[] = {"rev-parse", "--show-object-format", NULL};
	struct git_call call = {.arguments = arguments, .directory = job->repository->directory};
	struct content answer;

	int result = git_ask(&job->git, &call, NULL, &job->arena, 1 << 16, &answer);
	if (!result)
		job->is_sha256 = !strncmp(answer.data, "sha256", 6);
	return result > 0 ? -EBADMSG : result;
}

/*
 * Lists of packs and bitmaps say what an object leads to, without a look at it: none that the
 * command wrote is copied, and none is used.
 */
static int write_config(struct job *job, int directory)
{
	const char *text = arena_printf(&job->arena,
		"[core]\n\trepositoryformatversion = %d\n\tbare = true\n"
		"\tmultiPackIndex = false\n\tcommitGraph = false\n"
		"[pack]\n\tuseBitmaps = false\n[gc]\n\tauto = 0\n%s",
		job->is_sha256, job->is_sha256 ? "[extensions]\n\tobjectFormat = sha256\n" : "");
	return text ? file_write(directory, "config", text, strlen(text)) : -ENOMEM;
}

static int make_directories(int directory)
{
	static const char *const names[] = {
		"objects", "objects/info", "objects/pack", "refs", "refs/heads", NULL};
	int error = 0;

	for (const char *const *name = names; !error && *name; name++)
		error = (int)sys_result(mkdirat(directory, *name, 0700));
	return error;
}

/* Where the host's history ends in a shallow clone, as the host says it. */
static int copy_shallow(struct job *job, int directory)
{
	enum { LIMIT = 16 << 20 };
	struct content content;

	int error = file_read(&job->arena, job->repository->host, "shallow", LIMIT, &content);
	if (error == -ENOENT)
		return 0;
	return error < 0 ? error : file_write(directory, "shallow", content.data, content.size);
}

static int make_repository(struct job *job, const char *name)
{
	static const char head[] = "ref: refs/heads/none\n";
	const char *others = arena_printf(&job->arena, "%s\n", job->objects);

	if (!others)
		return -ENOMEM;
	int error = (int)sys_result(mkdirat(job->work, name, 0700));
	if (error < 0)
		return error;
	_cleanup_close_ int fd =
		sys_openat(job->work, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW, 0);
	if (fd < 0)
		return fd;
	error = make_directories(fd);
	if (!error)
		error = file_write(fd, "HEAD", head, strlen(head));
	if (!error)
		error = file_write(fd, "objects/info/alternates", others, strlen(others));
	if (!error)
		error = write_config(job, fd);
	return error < 0 ? error : copy_shallow(job, fd);
}

/* --- objects ---------------------------------------------------------------------------------- */

/* What is copied where. */
struct settling {
	const struct git *git;
	int objects;
	const char *below; /* "pack", or the first two digits of loose objects */
};

static bool is_hex(const char *text, size_t length)
{
	return strspn(text, "0123456789abcdef") == length;
}

/* "pack-HEX.pack" or "pack-HEX.idx" */
static bool is_pack(const char *name)
{
	const size_t start = strlen("pack-");
	const char *end = strchr(name, '.');

	return end && !strncmp(name, "pack-", start) && end > name + start &&
	       is_hex(name + start, (size_t)(end - name) - start) &&
	       (!strcmp(end, ".pack") || !strcmp(end, ".idx"));
}

static bool is_loose(const char *name)
{
	return (strlen(name) == 38 || strlen(name) == 62) && is_hex(name, strlen(name));
}

static int go_on(const void *context)
{
	return git_may_go_on(context);
}

static int settle_object(void *context, int at, const char *name, bool is_directory)
{
	const struct settling *settling = context;
	char path[NAME_MAX + 16];

	if (is_directory || !(strcmp(settling->below, "pack") ? is_loose(name) : is_pack(name)))
		return 0;
	_cleanup_close_ int from = file_open(at, name);
	/* Something of no use: a symlink, a device that stands for a removed file. */
	if (from == -ENOENT)
		return 0;
	if (from < 0)
		return from;
	(void)snprintf(path, sizeof(path), "%s/%s", settling->below, name);
	_cleanup_close_ int to =
		sys_openat(settling->objects, path, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW, 0400);
	return to < 0 ? to : file_copy(from, to, go_on, settling->git);
}

static int settle_directory(void *context, int at, const char *name, bool is_directory)
{
	struct settling settling = *(const struct settling *)context;
	bool is_pack_directory = !strcmp(name, "pack");

	if (!is_directory || !(is_pack_directory || (strlen(name) == 2 && is_hex(name, 2))))
		return 0;
	settling.below = name;
	int error = is_pack_directory ? 0 : (int)sys_result(mkdirat(settling.objects, name, 0700));
	return error < 0 ? error : file_each_entry(at, name, settle_object, &settling);
}

static int settle_objects(struct job *job)
{
	const int upper = job->repository->layers[SCRATCH_UPPER];
	_cleanup_close_ int objects =
		sys_openat(job->work, "after/objects", O_RDONLY | O_DIRECTORY | O_NOFOLLOW, 0);
	struct settling settling = {.git = &job->git, .objects = objects};

	return objects < 0 ? objects
			   : file_each_entry(upper, "objects", settle_directory, &settling);
}

int job_settle(struct job *job)
{
	int result = find_format(job);
	if (result < 0)
		return result;
	int error = make_repository(job, "after");
	if (!error)
		error = make_repository(job, "receive");
	if (!error)
		error = settle_objects(job);
	return error < 0 ? job_fail(job, error, "what the command has committed cannot be copied")
			 : 0;
}
