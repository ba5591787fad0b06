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
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <time.h>

static const char LOG_MESSAGE[] = "rind run --git commit";

enum { PUBLISH_MS = 5 * 60 * 1000, MESSAGE_MAX = 1000 };

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
		if (order < 0 && !*old->value)
			job->left_out = "a reference that names no object stays";
		if (order > 0 || (!order && strcmp(old->value, new->value) != 0)) {
			if (!*new->value && !order)
				return rind_error_set(job->err, -EBADMSG,
					"what stands in %s is not the name of an object",
					new->name);
			if (!*new->value)
				job->left_out = "a reference that names no object was left out";
			else
				result = add_change(
					job, new->name, order ? "" : old->value, new->value);
		} else if (order < 0 && *old->value) {
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

/* 1: the command has changed it; 0: not; a file that was removed counts where it says so. */
static int is_other(int before, int layer, const char *path, bool counts_removed)
{
	_cleanup_close_ int after = file_open(layer, path);

	if (after == -ENOENT)
		return before >= 0 && counts_removed;
	if (after < 0)
		return after;
	if (before < 0)
		return 1;
	int same = file_is_same(before, after);
	return same < 0 ? same : !same;
}

static int compare_files(struct job *job)
{
	const struct repository *repository = job->repository;
	const int upper = repository->layers[SCRATCH_UPPER];
	const char *index = arena_printf(&job->arena, "%s/index", repository->relative);

	if (!index)
		return rind_error_no_memory(job->err);
	int changed = is_other(repository->index, upper, index, true);
	if (changed < 0)
		return job_fail(job, changed, "the index");
	job->index_changed = changed;
	changed = is_other(repository->config, upper, "config", false);
	if (changed < 0)
		return job_fail(job, changed, "the configuration");
	job->config_changed = changed;
	return 0;
}

static int compare(struct job *job)
{
	const struct repository *repository = job->repository;
	const int upper = repository->layers[SCRATCH_UPPER];

	int error = refs_read(upper, repository->relative, &job->after);
	if (!error)
		error = refs_read(repository->host, repository->relative, &job->now);
	if (error < 0)
		return job_fail(job, error, "the references that the command has left");
	int result = compare_refs(job);
	if (!result)
		result = compare_files(job);
	if (result < 0)
		return result;
	compare_stashes(job);
	if (!*job->after.head)
		return rind_error_set(job->err, -EBADMSG,
			"what the command has left in HEAD names no branch and no commit");
	job->head_changed = strcmp(repository->before.head, job->after.head) != 0;
	if ((job->head_changed || job->index_changed) &&
		repository_is_unfinished(repository, upper)) {
		job->head_changed = job->index_changed = false;
		job->left_out = "a merge, a rebase or the like was not finished, so that HEAD and "
				"the index stay as they were";
	}
	if (!job->left_out && job->config_changed) {
		job->left_out = "the configuration stays as it was";
		job->is_note = true;
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

static int update_refs(struct job *job, const struct list *list)
{
	static const char *const arguments[] = {
		"update-ref", "-m", LOG_MESSAGE, "--no-deref", "--stdin", "-z", NULL};
	struct git_call call = {.arguments = arguments,
		.directory = job->repository->directory,
		.writes_to_host = true};
	struct content said;

	return list->text.size ? git_ask(&job->git, &call, &list->text, &job->arena, 1 << 16, &said)
			       : 0;
}

static int add_aside(struct job *job, struct list *list, const char *name, const char *value)
{
	const char *whole = arena_printf(&job->arena, "refs/rind/%s/%s", job->mark, name);
	return whole ? add_command(job, list, "create", whole, value, NULL) : -ENOMEM;
}

/* The host's have changed meanwhile: keep all that the command has made beside them. */
static int set_aside(struct job *job)
{
	struct rind_error why = *job->err;
	struct list list = {0};
	char stash[32];
	int error = 0;

	for (size_t i = 0; !error && i < job->change_count; i++)
		if (*job->changes[i].after)
			error = add_aside(job, &list, job->changes[i].name + strlen("refs/"),
				job->changes[i].after);
	if (!error && job->head_changed && refs_is_object(job->after.head))
		error = add_aside(job, &list, "HEAD", job->after.head);
	for (size_t i = 0; !error && i < job->stash_count; i++) {
		(void)snprintf(stash, sizeof(stash), "stash-%zu", i);
		error = add_aside(job, &list, stash, job->stashes[i]->value);
	}
	int kept = error < 0 ? error : update_refs(job, &list);
	if (kept)
		return kept < 0 ? kept : -EPROTO;
	return rind_error_set(job->err, -EBUSY,
		"%s; so the branches stay as they are, and what the command has committed is under "
		"refs/rind/%s (git log --all)",
		why.message, job->mark);
}

/*
 * What is removed comes first, in a transaction of its own, as git takes no feature/x in the one
 * that removes feature; it changes nothing either where another change is refused.
 */
static int remove_refs(struct job *job)
{
	struct list list = {0};
	bool removes = false;
	int error = 0;

	for (size_t i = 0; !error && i < job->change_count; i++) {
		const struct change *change = &job->changes[i];
		removes |= !*change->after;
		if (!*change->after)
			error = add_command(
				job, &list, "delete", change->name, NULL, change->before);
		else if (*change->before)
			error = add_command(
				job, &list, "verify", change->name, NULL, change->before);
	}
	if (error < 0)
		return rind_error_no_memory(job->err);
	return removes ? update_refs(job, &list) : 0;
}

static int make_refs(struct job *job)
{
	struct list list = {0};
	int error = 0;

	for (size_t i = 0; !error && i < job->change_count; i++) {
		const struct change *change = &job->changes[i];
		if (*change->after && *change->before)
			error = add_command(
				job, &list, "update", change->name, change->after, change->before);
		else if (*change->after)
			error = add_command(
				job, &list, "create", change->name, change->after, NULL);
	}
	return error < 0 ? rind_error_no_memory(job->err) : update_refs(job, &list);
}

static int publish_refs(struct job *job)
{
	int result = remove_refs(job);
	if (!result)
		result = make_refs(job);
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
			.writes_to_host = true,
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

/* The host is at another branch meanwhile.  A commit that only HEAD leads to would be lost. */
static int leave_head(struct job *job)
{
	struct list list = {0};

	job->is_note = false;
	job->index_changed = false;
	job->left_out = "another branch was checked out meanwhile, so that HEAD and the index stay "
			"as they are";
	if (!refs_is_object(job->after.head))
		return 0;
	job->left_out = arena_printf(&job->arena, "%s; the command's HEAD is refs/rind/%s/HEAD",
		job->left_out, job->mark);
	if (!job->left_out || add_aside(job, &list, "HEAD", job->after.head) < 0)
		return rind_error_no_memory(job->err);
	int result = update_refs(job, &list);
	return result > 0 ? -EPROTO : result;
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
		.writes_to_host = true,
		.input = -1,
		.output = -1,
	};

	if (!job->head_changed)
		return 0;
	int same = is_head_as_before(job);
	if (same < 0)
		return same;
	if (!same)
		return leave_head(job);
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

/* A transaction of git's is not undone where it is ended in the middle: see that it is short. */
static int check_number(struct job *job)
{
	enum { MOST_CHANGES = 10000 };

	return job->change_count <= MOST_CHANGES
		       ? 0
		       : rind_error_set(job->err, -EFBIG,
				 "the command has changed more than %d references", MOST_CHANGES);
}

static bool is_changed(const struct job *job)
{
	return job->change_count || job->stash_count || job->head_changed || job->index_changed;
}

static int publish_changes(struct job *job)
{
	int result = check_number(job);
	if (!result)
		result = job_settle(job);
	if (!result)
		result = job_compare_index(job);
	if (!result)
		result = job_receive(job);
	if (!result)
		result = job_check(job);
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
	if (!result && job.left_out) {
		(void)rind_error_set(err, -ECANCELED, "%s", job.left_out);
		result = job.is_note ? 1 : -ECANCELED;
	}
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
		int published = publish(publication, repository, interrupt_fd, &why);
		if (!published || result < 0)
			continue;
		(void)rind_error_set(
			err, why.code, "--git commit: %s: %s", repository->directory, why.message);
		result = published;
	}
	return result;
}
