/*
 * The index: find which entries have changed, and change these in the host's.  Supervisor.
 *
 * The host's index is not replaced by the command's file, which has more in it than entries; and
 * git computes what a file is like anew where an entry has changed.
 */
#include "supervisor/git/job.h"

#include "base/fd.h"
#include "base/sys.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

enum { ENTRIES_LIMIT = 512 << 20 };

/* --- entries, as git ls-files -s -t -z prints them: TAG MODE OBJECT STAGE <tab> PATH ---------- */

static const char *entry_path(const char *entry)
{
	const char *tab = strchr(entry, '\t');
	return tab ? tab + 1 : "";
}

/* For git update-index --index-info they have no tag. */
static const char *entry_mode(const char *entry)
{
	return *entry >= 'A' && entry[1] == ' ' ? entry + 2 : entry;
}

int entries_each(const struct content *entries,
	int (*each)(void *context, const char *entry, const char *path), void *context)
{
	int result = 0;

	for (size_t at = 0; !result && at < entries->size; at += strlen(entries->data + at) + 1)
		result = each(
			context, entry_mode(entries->data + at), entry_path(entries->data + at));
	return result;
}

/* List the entries of an index, which is copied to the directory that git works in. */
static int list_entries(struct job *job, int index, const char *name, struct content *ret)
{
	static const char *const arguments[] = {"ls-files", "-s", "-t", "-z", NULL};
	struct git_call call = {.arguments = arguments, .directory = job->after_path};

	*ret = (struct content){0};
	if (index < 0)
		return 0;
	_cleanup_close_ int to =
		sys_openat(job->work, name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW, 0600);
	int error = to < 0 ? to : file_copy(index, to, NULL, NULL);
	if (error < 0)
		return job_fail(job, error, "the index");
	call.index = arena_printf(&job->arena, "%s/../%s", job->after_path, name);
	if (!call.index)
		return rind_error_no_memory(job->err);
	return git_ask(&job->git, &call, NULL, &job->arena, ENTRIES_LIMIT, ret);
}

static int leave_index(struct job *job, const char *why)
{
	job->index_changed = false;
	job->is_note = false;
	job->left_out = arena_printf(&job->arena, "the index stays as it is: %s", why);
	return job->left_out ? 0 : rind_error_no_memory(job->err);
}

/* What a comparison of two lists is about. */
struct comparison {
	struct job *job;
	const struct content *a, *b;
	size_t i, j; /* the entries that come next */
	struct list changed, absent;
};

static const char *entry_at(const struct content *entries, size_t at)
{
	return at < entries->size ? entries->data + at : NULL;
}

enum entry_kind entry_kind(const char *mode)
{
	enum { TYPE_MASK = 0170000, LINK = 0120000, GITLINK = 0160000 };
	unsigned int bits = 0;

	/* Six digits; of more, which git prints for none, the last count. */
	for (; *mode >= '0' && *mode <= '7'; mode++)
		bits = bits << 3 | (unsigned int)(*mode - '0');

	/* git looks at the type alone, and makes of the rest what it likes. */
	if ((bits & TYPE_MASK) == GITLINK)
		return ENTRY_GITLINK;
	return bits == 0100644 || bits == 0100755 || bits == LINK ? ENTRY_FILE : ENTRY_OTHER;
}

/* An entry of stages: a path that a merge has left open. */
static bool is_open(const char *entry)
{
	const char *tab = strchr(entry, '\t');
	return !tab || tab == entry || tab[-1] != '0';
}

/* The mode 0, and the rest of the entry: git takes it off. */
static int add_removal(struct comparison *comparison, const char *entry)
{
	struct arena *arena = &comparison->job->arena;
	const char *rest = strchr(entry_mode(entry), ' ');

	int error = rest ? list_add(&comparison->changed, arena, "0", 1) : -EBADMSG;
	return error < 0 ? error : list_add(&comparison->changed, arena, rest, strlen(rest) + 1);
}

/* And whether it is one that need not be in the work tree, as of a sparse checkout. */
static int add_entry(struct comparison *comparison, const char *entry)
{
	struct arena *arena = &comparison->job->arena;
	const char *mode = entry_mode(entry), *path = entry_path(entry);

	int error = list_add(&comparison->changed, arena, mode, strlen(mode) + 1);
	return error < 0 || *entry != 'S'
		       ? error
		       : list_add(&comparison->absent, arena, path, strlen(path) + 1);
}

/* Take the next entry, or two of one path.  1: a merge is open. */
static int compare_next(struct comparison *comparison, const char *old, const char *new)
{
	int order = !old ? 1 : !new ? -1 : strcmp(entry_path(old), entry_path(new));
	int error = 0;

	if ((old && is_open(old)) || (new &&is_open(new)))
		return 1;
	if (old && order < 0)
		error = add_removal(comparison, old);
	else if (new && (order > 0 || strcmp(old, new) != 0))
		error = add_entry(comparison, new);
	comparison->i += old && order <= 0 ? strlen(old) + 1 : 0;
	comparison->j += new &&order >= 0 ? strlen(new) + 1 : 0;
	return error;
}

static int compare_index(struct job *job, struct comparison *comparison)
{
	int result = 0;

	while (!result) {
		const char *old = entry_at(comparison->a, comparison->i);
		const char *new = entry_at(comparison->b, comparison->j);
		if (!old && !new)
			break;
		result = compare_next(comparison, old, new);
	}
	if (result < 0)
		return rind_error_no_memory(job->err);
	if (result > 0)
		return leave_index(job, "a merge has left paths of it open");
	job->entries_changed = comparison->changed.text;
	job->entries_absent = comparison->absent.text;
	job->index_changed = job->entries_changed.size > 0;
	return 0;
}

int job_compare_index(struct job *job)
{
	const struct repository *repository = job->repository;
	struct comparison comparison = {
		.job = job, .a = &job->entries_before, .b = &job->entries_after};
	const char *path = arena_printf(&job->arena, "%s/index", repository->relative);

	if (!path)
		return rind_error_no_memory(job->err);
	_cleanup_close_ int after = file_open(repository->layers[SCRATCH_UPPER], path);
	if (after < 0 && after != -ENOENT)
		return job_fail(job, after, "the index");
	int result = list_entries(job, repository->index, "index.before", &job->entries_before);
	if (!result && job->index_changed)
		result = list_entries(job, after, "index", &job->entries_after);
	if (result)
		return result > 0 ? leave_index(job, job->err->message) : result;
	return job->index_changed ? compare_index(job, &comparison) : 0;
}

/* --- the host's ------------------------------------------------------------------------------- */

/*
 * Has an entry of the host's changed meanwhile that the command has changed?  Both lists are in
 * order: only entries of these paths are compared.
 */
static bool has_conflict(const struct job *job, const struct content *now)
{
	const struct content *changed = &job->entries_changed, *before = &job->entries_before;
	size_t i = 0, j = 0;

	for (size_t at = 0; at < changed->size; at += strlen(changed->data + at) + 1) {
		const char *path = entry_path(changed->data + at), *old, *new;
		while ((old = entry_at(before, i)) && strcmp(entry_path(old), path) < 0)
			i += strlen(old) + 1;
		while ((new = entry_at(now, j)) && strcmp(entry_path(new), path) < 0)
			j += strlen(new) + 1;
		bool had = old && !strcmp(entry_path(old), path);
		bool has = new && !strcmp(entry_path(new), path);
		if (had != has || (had && strcmp(old, new) != 0))
			return true;
	}
	return false;
}

static int copy_index(struct job *job, const char *from_name, const char *to_name)
{
	_cleanup_close_ int from = file_open(job->work, from_name);
	_cleanup_close_ int to =
		sys_openat(job->work, to_name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW, 0600);

	if (from < 0 || to < 0)
		return job_fail(job, from < 0 ? from : to, "the index");
	int error = file_copy(from, to, NULL, NULL);
	return error < 0 ? job_fail(job, error, "the index") : 0;
}

/*
 * Change the entries in the copy "index.new", and check what has become of it: by writing its
 * trees, in another copy, since git notes these trees in it.  So all that it names is there, and
 * what git has made of an entry is looked at too.
 */
static int change_copy(struct job *job)
{
	static const char *const update[] = {"update-index", "-z", "--index-info", NULL};
	static const char *const mark[] = {
		"update-index", "-z", "--skip-worktree", "--stdin", NULL};
	static const char *const write[] = {"write-tree", NULL};
	struct git_call call = {.arguments = update, .directory = job->receive_path};
	struct content tree = {0};

	call.index = arena_printf(&job->arena, "%s/../index.new", job->after_path);
	if (!call.index)
		return rind_error_no_memory(job->err);
	int result = git_ask(&job->git, &call, &job->entries_changed, &job->arena, 1 << 16, &tree);
	call.arguments = mark;
	call.needs_work_tree = true;
	if (!result && job->entries_absent.size)
		result = git_ask(
			&job->git, &call, &job->entries_absent, &job->arena, 1 << 16, &tree);
	call.needs_work_tree = false;
	if (!result)
		result = copy_index(job, "index.new", "index.checked");
	call.arguments = write;
	call.index = arena_printf(&job->arena, "%s/../index.checked", job->after_path);
	if (!call.index)
		return rind_error_no_memory(job->err);
	if (!result)
		result = git_ask(&job->git, &call, NULL, &job->arena, 1 << 16, &tree);
	return result ? result : job_check_tree(job, &tree);
}

/* The host's index, as it was copied; fd -1: there was none. */
struct host_index {
	const char *path, *lock_path;
	int fd;
	struct stat stat;
};

/* git replaces the file when it writes to it. */
static bool is_as_copied(const struct job *job, const struct host_index *index)
{
	struct stat now;
	int found = sys_fstatat(job->repository->host, index->path, &now, AT_SYMLINK_NOFOLLOW);

	if (index->fd < 0)
		return found == -ENOENT;
	return !found && now.st_dev == index->stat.st_dev && now.st_ino == index->stat.st_ino;
}

/* Put the copy in the place of the host's index, as git does: the lock becomes the index. */
static int replace(struct job *job, const struct host_index *index, int lock)
{
	const int host = job->repository->host;
	_cleanup_close_ int from = file_open(job->work, "index.new");
	int error = from < 0 ? from : file_copy(from, lock, NULL, NULL);

	if (!error && index->fd >= 0)
		error = (int)sys_result(fchmod(lock, index->stat.st_mode & 0777));
	if (!error)
		error = (int)sys_result(renameat(host, index->lock_path, host, index->path));
	return error < 0 ? job_fail(job, error, index->path) : 0;
}

/* The lock is held for as short as can be: a rind that is killed leaves it. */
static int lock_and_replace(struct job *job, const struct host_index *index)
{
	const int host = job->repository->host;
	_cleanup_close_ int lock =
		sys_openat(host, index->lock_path, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW, 0666);

	if (lock == -EEXIST)
		return leave_index(job, "another git is at it (index.lock)");
	if (lock < 0)
		return job_fail(job, lock, index->lock_path);
	int result = is_as_copied(job, index)
			     ? replace(job, index, lock)
			     : leave_index(job, "the host has changed it at the same moment");
	/* Gone where it has become the index. */
	if (result < 0 || !job->index_changed)
		(void)unlinkat(host, index->lock_path, 0);
	return result;
}

static int publish_index(struct job *job, const struct host_index *index)
{
	struct content now;

	int result = list_entries(job, index->fd, "index.new", &now);
	if (!result && has_conflict(job, &now))
		return leave_index(job, "the host has changed the same entries meanwhile");
	if (!result)
		result = change_copy(job);
	if (result > 0)
		return leave_index(job, job->err->message);
	return result < 0 ? result : lock_and_replace(job, index);
}

int job_publish_index(struct job *job)
{
	const struct repository *repository = job->repository;
	struct host_index index = {
		.path = arena_printf(&job->arena, "%s/index", repository->relative),
		.lock_path = arena_printf(&job->arena, "%s/index.lock", repository->relative),
	};

	if (!index.path || !index.lock_path)
		return rind_error_no_memory(job->err);
	_cleanup_close_ int fd = file_open(repository->host, index.path);
	int error = fd == -ENOENT ? 0 : fd < 0 ? fd : sys_fstat(fd, &index.stat);
	if (error < 0)
		return job_fail(job, error, index.path);
	index.fd = fd;
	return publish_index(job, &index);
}
