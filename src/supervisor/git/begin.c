/*
 * Before the command: note how the repositories are; see publish.h.  Supervisor.
 *
 * The kernel lets the layer below an overlay change, but what is seen of it then may be any of what
 * it was: a branch that the host's git has packed meanwhile would seem to be gone, and be removed
 * from the host at the end.  So all files that say where references are get copied to the upper
 * layer at once.  What the command has is then what it was when it began, and what it has changed
 * can be read in the upper layer alone.
 */
#include "supervisor/git/publish.h"

#include "base/fd.h"
#include "supervisor/git/job.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>

/* --- before the sandbox is made --------------------------------------------------------------- */

bool repository_is_unfinished(const struct repository *repository, int directory)
{
	static const char *const notes[] = {"rebase-merge", "rebase-apply", "sequencer",
		"MERGE_HEAD", "CHERRY_PICK_HEAD", "REVERT_HEAD", "BISECT_LOG", NULL};
	char path[PATH_MAX];
	struct stat stat;

	for (const char *const *name = notes; *name; name++) {
		(void)snprintf(path, sizeof(path), "%s/%s", repository->relative, *name);
		int found = sys_fstatat(directory, path, &stat, AT_SYMLINK_NOFOLLOW);
		/* What cannot be looked at may be one; an upper layer may lack the directory. */
		if (found == -ENOENT)
			continue;
		/* A device stands in an upper layer for what was removed. */
		if (found < 0 || !S_ISCHR(stat.st_mode))
			return true;
	}
	return false;
}

static int find_scratch(const struct rind_plan *plan, const char *common, uint32_t *ret)
{
	for (size_t i = 0; i < plan->op_count; i++)
		if (plan->ops[i].flags & PLAN_PUBLISH && !strcmp(plan->ops[i].path, common)) {
			*ret = (uint32_t)i;
			return 0;
		}
	return -EINVAL;
}

static int find_repository(struct publication *publication, const struct rind_plan *plan,
	const struct plan_repository *from, struct repository *ret)
{
	struct arena *arena = &publication->arena;
	const char *rest = from->directory + strlen(from->common);

	*ret = (struct repository){.layers = {-1, -1}, .host = -1, .index = -1, .config = -1};
	ret->before.head = "";
	ret->common = arena_strdup(arena, from->common);
	ret->directory = arena_strdup(arena, from->directory);
	ret->relative = *rest ? arena_strdup(arena, rest + 1) : ".";
	if (!ret->common || !ret->directory || !ret->relative)
		return -ENOMEM;
	int error = find_scratch(plan, from->common, &ret->op);
	if (error < 0)
		return error;
	ret->host = sys_openat(AT_FDCWD, from->common, O_RDONLY | O_DIRECTORY | O_NOFOLLOW, 0);
	return ret->host < 0 ? ret->host : fd_move_above_stdio(&ret->host);
}

/* A pack of a partial clone, which says that the rest is on another host. */
static int is_promise(void *context, int at, const char *name, bool is_directory)
{
	const char *end = strrchr(name, '.');

	(void)context;
	(void)at;
	return !is_directory && end && !strcmp(end, ".promisor");
}

static int begin_one(struct publication *publication, const struct rind_plan *plan,
	const struct plan_repository *from, struct rind_error *err)
{
	struct repository *repository = &publication->items[publication->count++];
	struct stat stat;

	int error = find_repository(publication, plan, from, repository);
	if (error < 0)
		return rind_error_set(
			err, error, "--git commit: %s: %s", from->directory, errno_text(-error));
	/* git obeys no repository of another user's, unless told to; nor could it be copied. */
	if (sys_fstat(repository->host, &stat) < 0 || stat.st_uid != geteuid())
		return rind_error_set(err, -EPERM,
			"--git commit: %s belongs to another user; run rind as that one, or leave "
			"the option out",
			repository->common);
	int promised = file_each_entry(repository->host, "objects/pack", is_promise, NULL);
	if (promised < 0)
		return rind_error_set(err, promised, "--git commit: %s/objects/pack: %s",
			repository->common, errno_text(-promised));
	if (promised)
		return rind_error_set(err, -ENOTSUP,
			"--git commit: %s is a partial clone, whose objects are not all there; get "
			"them (git fetch --refetch --no-filter), or leave the option out",
			from->directory);
	if (repository_is_unfinished(repository, repository->host))
		return rind_error_set(err, -EBUSY,
			"--git commit: in %s a merge, a rebase or the like is not finished; finish "
			"it (git status says how), or leave the option out",
			from->directory);
	return 0;
}

int publication_begin(
	const struct rind_plan *plan, struct publication **ret, struct rind_error *err)
{
	*ret = NULL;
	if (!plan->repository_count)
		return 0;
	struct publication *publication = calloc(1, sizeof(*publication));
	if (!publication)
		return rind_error_no_memory(err);
	*ret = publication;
	publication->program = git_find(plan, &publication->arena);
	if (!publication->program)
		return rind_error_set(err, -ENOENT,
			"--git commit: there is no git in $PATH that the command could not "
			"replace; install it, or leave the option out");
	publication->items = arena_alloc(
		&publication->arena, plan->repository_count * sizeof(*publication->items));
	if (!publication->items)
		return rind_error_no_memory(err);
	int result = 0;
	for (size_t i = 0; !result && i < plan->repository_count; i++)
		result = begin_one(publication, plan, &plan->repositories[i], err);
	return result;
}

/* --- when the mounts are made ----------------------------------------------------------------- */

/* Have the overlay copy a file up, which it does for a change, as that of the mode to itself. */
static int copy_up(int directory, const char *path)
{
	char place[PATH_MAX];
	struct stat stat;
	_cleanup_close_ int fd = file_open(directory, path);

	if (fd < 0)
		return fd == -ENOENT ? 0 : fd;
	int error = sys_fstat(fd, &stat);
	if (error < 0)
		return error;
	(void)snprintf(place, sizeof(place), "/proc/self/fd/%d", fd);
	return (int)sys_result(fchmodat(AT_FDCWD, place, stat.st_mode & 07777, 0));
}

static int copy_entry_up(void *context, int at, const char *name, bool is_directory)
{
	(void)context;
	return is_directory ? file_each_entry(at, name, copy_entry_up, NULL) : copy_up(at, name);
}

/* git packs references first, and removes the loose ones then: so copy these first. */
static int copy_all_up(const struct repository *repository)
{
	static const char *const own[] = {"HEAD", "index", NULL};
	static const char *const shared[] = {"packed-refs", "config", "logs/refs/stash", NULL};
	const int merged = repository->layers[SCRATCH_MERGED];
	char path[PATH_MAX];

	int error = file_each_entry(merged, "refs", copy_entry_up, NULL);
	for (const char *const *name = shared; !error && *name; name++)
		error = copy_up(merged, *name);
	for (const char *const *name = own; !error && *name; name++) {
		(void)snprintf(path, sizeof(path), "%s/%s", repository->relative, *name);
		error = copy_up(merged, path);
	}
	return error;
}

/* A copy of what the command could write to; *ret stays -1 where there is no such file. */
static int keep_copy(int directory, const char *path, int *ret)
{
	_cleanup_close_ int from = file_open(directory, path);
	if (from == -ENOENT)
		return 0;
	_cleanup_close_ int to = (int)sys_result(memfd_create("git", MFD_CLOEXEC));
	int error = from < 0 ? from : to < 0 ? to : file_copy(from, to, NULL, NULL);
	if (!error)
		error = fd_move_above_stdio(&to);
	if (error < 0)
		return error;
	*ret = take_fd(&to);
	return 0;
}

/* What could not be read at the end, either. */
static int check_host(const struct repository *repository)
{
	struct refs refs;
	int error = refs_read(repository->host, repository->relative, &refs);

	refs_free(&refs);
	return error;
}

static int note(struct repository *repository, struct rind_error *err)
{
	const int upper = repository->layers[SCRATCH_UPPER];
	char index[PATH_MAX];

	(void)snprintf(index, sizeof(index), "%s/index", repository->relative);
	int error = check_host(repository);
	if (!error)
		error = copy_all_up(repository);
	if (!error)
		error = refs_read(upper, repository->relative, &repository->before);
	if (!error)
		error = keep_copy(upper, index, &repository->index);
	if (!error)
		error = keep_copy(upper, "config", &repository->config);
	if (error < 0)
		return rind_error_set(err, error,
			"--git commit: the references in %s cannot be noted: %s%s",
			repository->directory, errno_text(-error),
			error == -EPERM || error == -EOVERFLOW
				? "; they have to be the caller's own"
				: "");
	if (!*repository->before.head)
		return rind_error_set(err, -ENOTSUP,
			"--git commit: %s/HEAD names no branch and no commit; repair it, or leave "
			"the option out",
			repository->directory);
	return 0;
}

int publication_take(struct publication *publication, const struct message *message, int fd,
	struct rind_error *err)
{
	const enum scratch_layer layer = message->scratch.layer;
	_cleanup_close_ int given = fd;
	size_t taken = 0;

	for (size_t i = 0; publication && given >= 0 && i < publication->count; i++) {
		struct repository *item = &publication->items[i];
		if (layer >= SCRATCH_LAYER_COUNT || item->op != message->scratch.op ||
			item->layers[layer] >= 0)
			continue;
		taken++;
		item->layers[layer] = fd_duplicate(given);
		if (item->layers[layer] < 0)
			return rind_error_set(err, item->layers[layer], "cannot start: fcntl: %s",
				errno_text(-item->layers[layer]));
		int result = layer == SCRATCH_UPPER ? note(item, err) : 0;
		if (result < 0)
			return result;
	}
	if (!taken)
		return rind_error_set(
			err, -EPROTO, "cannot start: init sent a scratch that is none");
	return layer == SCRATCH_UPPER;
}

void publication_free(struct publication *publication)
{
	if (!publication)
		return;
	for (size_t i = 0; i < publication->count; i++) {
		struct repository *item = &publication->items[i];
		for (size_t layer = 0; layer < SCRATCH_LAYER_COUNT; layer++)
			close_fd(&item->layers[layer]);
		close_fd(&item->host);
		close_fd(&item->index);
		close_fd(&item->config);
		refs_free(&item->before);
	}
	arena_free(&publication->arena);
	free(publication);
}
