/*
 * Publishing; see publish.h.  Supervisor.
 *
 * An attacker has written all that is read here.  What it may not get is a program that git runs on
 * the host, now or later: a hook or a setting (nothing but objects, references and entries of the
 * index is taken), or a submodule, whose directory is the command's, and into which git goes at the
 * next status.
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
#include <time.h>

static const char LOG_MESSAGE[] = "rind run --git commit";

enum { PUBLISH_MS = 5 * 60 * 1000, MESSAGE_MAX = 1000 };

struct publication {
	struct arena arena;
	const char *program;
	struct repository *items;
	size_t count;
};

/* --- before the sandbox ----------------------------------------------------------------------- */

static int find_scratch(const struct rind_plan *plan, const char *common, uint32_t *ret)
{
	for (size_t i = 0; i < plan->op_count; i++)
		if (plan->ops[i].flags & PLAN_PUBLISH && !strcmp(plan->ops[i].path, common)) {
			*ret = (uint32_t)i;
			return 0;
		}
	return -EINVAL;
}

static int note(struct publication *publication, const struct rind_plan *plan,
	const struct plan_repository *from, struct repository *ret)
{
	struct arena *arena = &publication->arena;
	const char *rest = from->directory + strlen(from->common);

	*ret = (struct repository){.layers = {-1, -1}, .host = -1, .index = -1};
	ret->common = arena_strdup(arena, from->common);
	ret->directory = arena_strdup(arena, from->directory);
	ret->relative = *rest ? arena_strdup(arena, rest + 1) : ".";
	const char *index = arena_printf(arena, "%s/index", *rest ? rest + 1 : ".");
	if (!ret->common || !ret->directory || !ret->relative || !index)
		return -ENOMEM;
	int error = find_scratch(plan, from->common, &ret->op);
	if (error < 0)
		return error;
	ret->host = sys_openat(AT_FDCWD, from->common, O_RDONLY | O_DIRECTORY | O_NOFOLLOW, 0);
	error = ret->host < 0 ? ret->host : fd_move_above_stdio(&ret->host);
	if (error < 0)
		return error;
	ret->index = file_open(ret->host, index);
	if (ret->index < 0 && ret->index != -ENOENT)
		return ret->index;
	error = ret->index < 0 ? 0 : fd_move_above_stdio(&ret->index);
	return error < 0 ? error : refs_read(ret->host, ret->relative, &ret->before);
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
	for (size_t i = 0; i < plan->repository_count; i++) {
		const struct plan_repository *from = &plan->repositories[i];
		int error = note(publication, plan, from, &publication->items[i]);
		publication->count = i + 1;
		if (error < 0)
			return rind_error_set(err, error, "--git commit: %s: %s", from->directory,
				errno_text(-error));
		if (!*publication->items[i].before.head)
			return rind_error_set(err, -ENOTSUP,
				"--git commit: %s/HEAD names no branch and no commit; repair it, "
				"or leave the option out",
				from->directory);
	}
	return 0;
}

int publication_take(struct publication *publication, const struct message *message, int fd)
{
	const enum scratch_layer layer = message->scratch.layer;
	_cleanup_close_ int given = fd;
	int taken = 0;

	if (!publication || given < 0 || layer >= SCRATCH_LAYER_COUNT)
		return -EPROTO;
	for (size_t i = 0; i < publication->count; i++) {
		struct repository *item = &publication->items[i];
		if (item->op != message->scratch.op)
			continue;
		if (item->layers[layer] >= 0)
			return -EPROTO;
		item->layers[layer] = fd_duplicate(given);
		if (item->layers[layer] < 0)
			return item->layers[layer];
		taken++;
	}
	return taken ? 0 : -EPROTO;
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
		refs_free(&item->before);
	}
	arena_free(&publication->arena);
	free(publication);
}

/* --- what has changed ------------------------------------------------------------------------- */

int list_add(struct list *list, struct arena *arena, const char *data, size_t size)
{
	const size_t needed = list->text.size + size;

	if (needed > list->room) {
		size_t room = 2 * needed + 4096;
		char *larger = arena_alloc(arena, room);
		if (!larger)
			return -ENOMEM;
		if (list->text.size)
			memcpy(larger, list->text.data, list->text.size);
		list->text.data = larger;
		list->room = room;
	}
	memcpy(list->text.data + list->text.size, data, size);
	list->text.size = needed;
	return 0;
}

int job_fail(struct job *job, int error, const char *what)
{
	if (error == -ENOMEM)
		return rind_error_no_memory(job->err);
	return rind_error_set(job->err, error, "%s: %s", what, errno_text(-error));
}

static int add_change(struct job *job, const char *name, const char *before, const char *after)
{
	const struct ref *now = refs_find(&job->now, name);
	struct change *items =
		arena_grow(&job->arena, job->changes, job->change_count, sizeof(*items));

	/* Another worktree of the same repository was published before. */
	if (!strcmp(now ? now->value : "", after))
		return 0;
	if (!items)
		return rind_error_no_memory(job->err);
	job->changes = items;
	items[job->change_count++] = (struct change){name, before, after};
	return 0;
}

/* Both are sorted by name. */
static int compare_refs(struct job *job)
{
	const struct refs *before = &job->repository->before, *after = &job->after;
	size_t i = 0, j = 0;
	int result = 0;

	while (!result) {
		const struct ref *old = i < before->count ? &before->items[i] : NULL;
		const struct ref *new = j < after->count ? &after->items[j] : NULL;
		if (!old && !new)
			break;
		int order = !old ? 1 : !new ? -1 : strcmp(old->name, new->name);
		if (order > 0 || (!order && strcmp(old->value, new->value) != 0)) {
			if (!*new->value)
				return rind_error_set(job->err, -EBADMSG,
					"what stands in %s is not the name of an object",
					new->name);
			result = add_change(job, new->name, order ? "" : old->value, new->value);
		} else if (order < 0) {
			result = add_change(job, old->name, old->value, "");
		}
		i += order <= 0;
		j += order >= 0;
	}
	return result;
}

static bool has_stash(const struct refs *refs, const char *value)
{
	for (size_t i = 0; i < refs->stash_count; i++)
		if (!strcmp(refs->stashes[i].value, value))
			return true;
	return false;
}

/* Entries that the command has dropped stay: they are the caller's. */
static void compare_stashes(struct job *job)
{
	enum { MOST = sizeof(job->stashes) / sizeof(*job->stashes) };

	for (size_t i = 0; i < job->after.stash_count; i++) {
		const struct stash *stash = &job->after.stashes[i];
		if (!*stash->value || has_stash(&job->repository->before, stash->value) ||
			has_stash(&job->now, stash->value))
			continue;
		if (job->stash_count == MOST)
			job->left_out = "of many new stashes only the oldest were published";
		else
			job->stashes[job->stash_count++] = stash;
	}
}

/* Is git in the middle of something, of which what it has noted is not published? */
static bool is_unfinished(const struct job *job)
{
	static const char *const notes[] = {"rebase-merge", "rebase-apply", "sequencer",
		"MERGE_HEAD", "CHERRY_PICK_HEAD", "REVERT_HEAD", "BISECT_LOG", NULL};
	const struct repository *repository = job->repository;
	char path[PATH_MAX];
	struct stat stat;

	for (const char *const *name = notes; *name; name++) {
		int length = snprintf(path, sizeof(path), "%s/%s", repository->relative, *name);
		if (length < (int)sizeof(path) && !sys_fstatat(repository->layers[SCRATCH_MERGED],
							  path, &stat, AT_SYMLINK_NOFOLLOW))
			return true;
	}
	return false;
}

static int compare(struct job *job)
{
	const struct repository *repository = job->repository;

	int error =
		refs_read(repository->layers[SCRATCH_MERGED], repository->relative, &job->after);
	if (!error)
		error = refs_read(repository->host, repository->relative, &job->now);
	if (error < 0)
		return job_fail(job, error, "the references that the command has left");
	int result = compare_refs(job);
	if (result < 0)
		return result;
	compare_stashes(job);
	if (!*job->after.head)
		return rind_error_set(job->err, -EBADMSG,
			"what the command has left in HEAD names no branch and no commit");
	job->head_changed = strcmp(repository->before.head, job->after.head) != 0;
	const char *index = arena_printf(&job->arena, "%s/index", repository->relative);
	if (!index)
		return rind_error_no_memory(job->err);
	_cleanup_close_ int written = file_open(repository->layers[SCRATCH_UPPER], index);
	job->index_changed = written >= 0;
	if ((job->head_changed || job->index_changed) && is_unfinished(job)) {
		job->head_changed = job->index_changed = false;
		job->left_out = "a merge, a rebase or the like was not finished, so that HEAD and "
				"the index stay as they were";
	}
	return 0;
}

/* --- references ------------------------------------------------------------------------------- */

/* "VERB NAME\0[NEW\0][OLD\0]", as git update-ref -z takes it. */
static int add_command(struct job *job, struct list *list, const char *verb, const char *name,
	const char *new, const char *old)
{
	const char *start = arena_printf(&job->arena, "%s %s", verb, name);
	int error = start ? list_add(list, &job->arena, start, strlen(start) + 1) : -ENOMEM;

	if (!error && new)
		error = list_add(list, &job->arena, new, strlen(new) + 1);
	if (!error && old)
		error = list_add(list, &job->arena, old, strlen(old) + 1);
	return error;
}

static int add_ref_change(struct job *job, struct list *list, const struct change *change)
{
	if (!*change->after)
		return add_command(job, list, "delete", change->name, NULL, change->before);
	if (!*change->before)
		return add_command(job, list, "create", change->name, change->after, NULL);
	return add_command(job, list, "update", change->name, change->after, change->before);
}

static int update_refs(struct job *job, const struct list *list)
{
	static const char *const arguments[] = {
		"update-ref", "-m", LOG_MESSAGE, "--stdin", "-z", NULL};
	struct git_call call = {.arguments = arguments, .directory = job->repository->directory};
	struct content said;

	return git_ask(&job->git, &call, &list->text, &job->arena, 1 << 16, &said);
}

/* The host's have changed meanwhile: keep the command's beside them. */
static int set_aside(struct job *job)
{
	struct rind_error why = *job->err;
	struct list list = {0};
	int error = 0;

	for (size_t i = 0; !error && i < job->change_count; i++) {
		const struct change *change = &job->changes[i];
		const char *name = arena_printf(
			&job->arena, "refs/rind/%s/%s", job->mark, change->name + strlen("refs/"));
		if (!name)
			error = -ENOMEM;
		else if (*change->after)
			error = add_command(job, &list, "create", name, change->after, NULL);
	}
	int kept = error < 0 ? error : list.text.size ? update_refs(job, &list) : 0;
	if (kept)
		return kept < 0 ? kept : -EPROTO;
	return rind_error_set(job->err, -EBUSY,
		"%s; nothing of the repository was changed, and what the command has committed is "
		"under refs/rind/%s (git log --all)",
		why.message, job->mark);
}

static int publish_refs(struct job *job)
{
	struct list list = {0};
	int error = 0;

	for (size_t i = 0; !error && i < job->change_count; i++)
		error = add_ref_change(job, &list, &job->changes[i]);
	if (error < 0)
		return rind_error_no_memory(job->err);
	int result = list.text.size ? update_refs(job, &list) : 0;
	return result > 0 ? set_aside(job) : result;
}

static int publish_stashes(struct job *job)
{
	int result = 0;

	for (size_t i = 0; !result && i < job->stash_count; i++) {
		const struct stash *stash = job->stashes[i];
		const char *message =
			arena_printf(&job->arena, "%.*s", MESSAGE_MAX, stash->message);
		const char *const arguments[] = {"update-ref", "--create-reflog", "-m",
			message && *message ? message : LOG_MESSAGE, "refs/stash", stash->value,
			NULL};
		const struct git_call call = {.arguments = arguments,
			.directory = job->repository->directory,
			.input = -1,
			.output = -1};
		result = git_run(&job->git, &call);
	}
	return result > 0 ? -EPROTO : result;
}

/* --- HEAD ------------------------------------------------------------------------------------- */

static int is_head_as_before(struct job *job)
{
	const struct repository *repository = job->repository;
	const char *path = arena_printf(&job->arena, "%s/HEAD", repository->relative);
	struct content head;

	int error = path ? file_read(&job->arena, repository->host, path, 4096, &head) : -ENOMEM;
	if (error < 0)
		return job_fail(job, error, "HEAD");
	return !strcmp(refs_parse_head(head.data), repository->before.head);
}

static int publish_head(struct job *job)
{
	const char *target = job->after.head;
	const char *const to_branch[] = {
		"symbolic-ref", "-m", LOG_MESSAGE, "HEAD", strstr(target, "refs/"), NULL};
	const char *const to_commit[] = {
		"update-ref", "--no-deref", "-m", LOG_MESSAGE, "HEAD", target, NULL};
	const struct git_call call = {
		.arguments = refs_is_object(target) ? to_commit : to_branch,
		.directory = job->repository->directory,
		.input = -1,
		.output = -1,
	};

	if (!job->head_changed)
		return 0;
	int same = is_head_as_before(job);
	if (same < 0)
		return same;
	if (!same) {
		job->left_out = "another branch was checked out meanwhile, so that HEAD and the "
				"index stay as they are";
		job->index_changed = false;
		return 0;
	}
	int result = git_run(&job->git, &call);
	return result > 0 ? -EPROTO : result;
}

/* --- all of it -------------------------------------------------------------------------------- */

/* Objects come first, and what names them after they are there. */
static int migrate(struct job *job)
{
	static const char *const loose[] = {"unpack-objects", "-q", NULL};
	static const char *const packed[] = {"index-pack", "--stdin", NULL};

	if (!job->pack)
		return 0;
	_cleanup_close_ int pack = file_open(job->work, job->pack);
	_cleanup_close_ int out = (int)sys_result(memfd_create("git", MFD_CLOEXEC));
	const struct git_call call = {
		.arguments = job->pack_is_small ? loose : packed,
		.directory = job->repository->directory,
		.input = pack,
		.output = out,
	};
	if (pack < 0)
		return job_fail(job, pack, "what was received");
	int result = git_run(&job->git, &call);
	return result > 0 ? -EPROTO : result;
}

static bool is_changed(const struct job *job)
{
	return job->change_count || job->stash_count || job->head_changed || job->index_changed;
}

static int publish_changes(struct job *job)
{
	int result = job_settle(job);
	if (!result)
		result = job_compare_index(job);
	if (!result)
		result = job_receive(job);
	if (!result)
		result = job_check(job);
	if (!result)
		result = job_follow_host(job);
	if (!result)
		result = migrate(job);
	if (!result)
		result = publish_refs(job);
	if (!result)
		result = publish_head(job);
	if (!result && job->index_changed)
		result = job_publish_index(job);
	return result < 0 ? result : publish_stashes(job);
}

static int publish(const struct publication *publication, const struct repository *repository,
	int interrupt_fd, struct rind_error *err)
{
	struct timespec now;
	struct job job = {
		.repository = repository,
		.git = {.program = publication->program, .interrupt_fd = interrupt_fd, .err = err},
		.err = err,
		.work = -1,
	};

	clock_gettime(CLOCK_MONOTONIC, &now);
	job.git.deadline = (int64_t)now.tv_sec * 1000 + PUBLISH_MS;
	int result = compare(&job);
	if (!result && is_changed(&job)) {
		result = job_make_work(&job);
		if (!result)
			result = publish_changes(&job);
		job_remove_work(&job);
	}
	if (!result && job.left_out)
		result = rind_error_set(err, -ECANCELED, "%s", job.left_out);
	refs_free(&job.after);
	refs_free(&job.now);
	arena_free(&job.arena);
	return result;
}

int publication_publish(struct publication *publication, int interrupt_fd, struct rind_error *err)
{
	struct rind_error why = {0};
	int result = 0;

	for (size_t i = 0; publication && i < publication->count; i++) {
		const struct repository *repository = &publication->items[i];
		/* The sandbox has ended before it was made. */
		if (repository->layers[SCRATCH_MERGED] < 0 || repository->layers[SCRATCH_UPPER] < 0)
			continue;
		int published = publish(publication, repository, interrupt_fd, &why);
		if (published < 0 && !result)
			result = rind_error_set(err, published, "--git commit: %s: %s",
				repository->directory, why.message);
	}
	return result;
}
