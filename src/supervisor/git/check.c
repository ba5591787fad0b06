/*
 * Receive what is new, and check it before anything of the host's names it.  Supervisor.
 *
 * Objects of the command's may have the name of others, and what they lead to can be hidden from
 * who reads them where the command put them.  So they are packed there, taken in as from another
 * host, which computes their names anew, and looked at in receive/, where only these and the host's
 * are.
 *
 * A submodule would let the command have a program run on the host: at the next status git goes
 * into its directory, which is in the work tree and so the command's, and obeys what it finds.
 * So no tree that HEAD, a branch, a tag, a stash or the index can lead to may have one at a path
 * where the host has none.
 */
#include "supervisor/git/job.h"

#include "base/fd.h"
#include "base/sys.h"

#include <errno.h>
#include <string.h>

enum { ANSWER_LIMIT = 512 << 20, SMALL_PACK = 100 /* objects; git's own limit for unpacking */ };

/* --- tips ------------------------------------------------------------------------------------- */

static int add_line(
	struct job *job, struct list *list, const char *before, const char *text, const char *after)
{
	const char *line = arena_printf(&job->arena, "%s%s%s\n", before, text, after);
	return line ? list_add(list, &job->arena, line, strlen(line)) : -ENOMEM;
}

/* What HEAD leads to; "" where its branch has no commit yet. */
static const char *head_value(const struct refs *refs)
{
	if (refs_is_object(refs->head))
		return refs->head;
	const char *name = strstr(refs->head, "refs/");
	const struct ref *ref = name ? refs_find(refs, name) : NULL;
	return ref ? ref->value : "";
}

/*
 * Does another reference that the host has lead to it as well?  Then a new one adds nothing.  One
 * that is moved does: somebody has that branch checked out, or takes it for what it was.
 */
static bool adds_nothing(const struct job *job, const struct change *change)
{
	const struct refs *before = &job->repository->before;

	if (*change->before)
		return false;
	for (size_t i = 0; i < before->count; i++)
		if (!strcmp(before->items[i].value, change->after))
			return true;
	return false;
}

/* A line for each object that something will lead to. */
static int add_tips(struct job *job, struct list *list, const char *after)
{
	const char *head = head_value(&job->after);
	bool moved = strcmp(head, head_value(&job->repository->before)) != 0;
	int error =
		*head && (job->head_changed || moved) ? add_line(job, list, "", head, after) : 0;

	for (size_t i = 0; !error && i < job->change_count; i++)
		if (*job->changes[i].after && !adds_nothing(job, &job->changes[i]))
			error = add_line(job, list, "", job->changes[i].after, after);
	for (size_t i = 0; !error && i < job->stash_count; i++)
		error = add_line(job, list, "", job->stashes[i]->value, after);
	return error;
}

/* And one for each that something of the host's has led to before, which is not. */
static int add_boundary(struct job *job, struct list *list)
{
	const struct refs *before = &job->repository->before;
	const char *head = head_value(before);
	int error = *head ? add_line(job, list, "^", head, "") : 0;

	for (size_t i = 0; !error && i < before->count; i++)
		if (*before->items[i].value)
			error = add_line(job, list, "^", before->items[i].value, "");
	return error;
}

/* --- receiving -------------------------------------------------------------------------------- */

static int pack(struct job *job, const struct content *tips)
{
	const char *arguments[] = {"pack-objects", "--revs", "--stdout", "-q",
		"--delta-base-offset", job->index_changed ? "--indexed-objects" : NULL, NULL};
	const char *index = arena_printf(&job->arena, "%s/../index", job->after_path);
	struct git_call call = {
		.arguments = arguments, .directory = job->after_path, .index = index};
	_cleanup_close_ int input = -1, output = sys_openat(job->work, "pack",
						O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW, 0600);

	if (!index)
		return rind_error_no_memory(job->err);
	int error = file_write(job->work, "tips", tips->data, tips->size);
	if (!error)
		input = file_open(job->work, "tips");
	if (error < 0 || input < 0 || output < 0)
		return job_fail(job, error < 0 ? error : input < 0 ? input : output, "a pack");
	call.input = input;
	call.output = output;
	return git_run(&job->git, &call);
}

/* The number of objects, in the third word of a pack. */
static int count_objects(struct job *job, int fd, uint32_t *ret)
{
	unsigned char header[12];
	long got = sys_result(pread(fd, header, sizeof(header), 0));

	if (got != sizeof(header))
		return job_fail(job, got < 0 ? (int)got : -EBADMSG, "a pack");
	*ret = (uint32_t)header[8] << 24 | (uint32_t)header[9] << 16 | (uint32_t)header[10] << 8 |
	       header[11];
	return 0;
}

static int take_in(struct job *job)
{
	/* Dates and names as old programs wrote them do no harm, and a commit is taken along. */
	static const char *const arguments[] = {"index-pack", "--stdin",
		"--strict=badTimezone=ignore,zeroPaddedDate=ignore,missingNameBeforeEmail=ignore,"
		"missingSpaceBeforeEmail=ignore,badDateOverflow=ignore",
		NULL};
	_cleanup_close_ int input = file_open(job->work, "pack");
	_cleanup_close_ int output =
		sys_openat(job->work, "received", O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW, 0600);
	const struct git_call call = {.arguments = arguments,
		.directory = job->receive_path,
		.input = input,
		.output = output};
	struct content said;
	uint32_t count = 0;

	if (input < 0 || output < 0)
		return job_fail(job, input < 0 ? input : output, "a pack");
	int result = count_objects(job, input, &count);
	if (result < 0 || !count)
		return result;
	result = git_run(&job->git, &call);
	if (result)
		return result;
	int error = file_read(&job->arena, job->work, "received", 4096, &said);
	char *name = error < 0 ? NULL : strchr(said.data, '\t');
	if (!name)
		return job_fail(job, error < 0 ? error : -EBADMSG, "a pack");
	name[strcspn(name, "\n")] = '\0';
	job->pack = arena_printf(&job->arena, "receive/objects/pack/pack-%s.pack", name + 1);
	job->pack_is_small = count < SMALL_PACK;
	return job->pack ? 0 : rind_error_no_memory(job->err);
}

int job_receive(struct job *job)
{
	struct list tips = {0};

	int error = add_tips(job, &tips, "");
	if (!error)
		error = add_boundary(job, &tips);
	if (error < 0)
		return rind_error_no_memory(job->err);
	int result = pack(job, &tips.text);
	if (!result)
		result = take_in(job);
	return result > 0 ? -EBADMSG : result;
}

/* --- checking --------------------------------------------------------------------------------- */

static int ask(struct job *job, const char *const *arguments, const struct content *input,
	struct content *ret)
{
	struct git_call call = {.arguments = arguments, .directory = job->receive_path};
	int result = git_ask(&job->git, &call, input, &job->arena, ANSWER_LIMIT, ret);
	return result > 0 ? -EBADMSG : result;
}

/* Every object that what is new leads to must be there. */
static int check_whole(struct job *job, const struct content *tips)
{
	static const char *const arguments[] = {
		"rev-list", "--objects", "--quiet", "--stdin", NULL};
	struct content said;

	return ask(job, arguments, tips, &said);
}

/* Add "BASE TREE" for each line of git's that is the name of an object. */
static int add_pairs(struct job *job, struct list *pairs, struct content *answer)
{
	char *save = NULL;
	int error = 0;

	for (char *line = strtok_r(answer->data, "\n", &save); line && !error;
		line = strtok_r(NULL, "\n", &save))
		if (refs_is_object(line))
			error = add_line(job, pairs, job->base, " ", line);
	return error;
}

static int find_base(struct job *job)
{
	static const char *const ask_tree[] = {"cat-file", "--batch-check=%(objectname)", NULL};
	static const char *const make_empty[] = {"mktree", NULL};
	const char *head = head_value(&job->repository->before);
	const struct content nothing = {0};
	struct content answer = {0};
	struct list question = {0};

	if (*head && add_line(job, &question, head, "^{tree}", "") < 0)
		return rind_error_no_memory(job->err);
	int result = *head ? ask(job, ask_tree, &question.text, &answer)
			   : ask(job, make_empty, &nothing, &answer);
	if (result < 0)
		return result;
	answer.data[strcspn(answer.data, "\n")] = '\0';
	job->base = answer.data;
	return refs_is_object(job->base) ? 0 : job_fail(job, -EBADMSG, "the tree of HEAD");
}

/*
 * All trees that a reference has, a new commit that one leads to, or a parent of such a commit, as
 * an old one that a new stash calls the index.
 */
static int list_trees(struct job *job, const struct content *tips, struct list *pairs)
{
	static const char *const commits[] = {
		"rev-list", "--boundary", "--format=%T", "--stdin", NULL};
	static const char *const trees[] = {"cat-file", "--batch-check=%(objectname)", NULL};
	struct list question = {0};
	struct content answer = {0};

	int result = ask(job, commits, tips, &answer);
	if (result < 0)
		return result;
	int error = add_pairs(job, pairs, &answer);
	if (!error)
		error = add_tips(job, &question, "^{tree}");
	if (error < 0)
		return rind_error_no_memory(job->err);
	result = question.text.size ? ask(job, trees, &question.text, &answer) : 0;
	if (result < 0 || !question.text.size)
		return result;
	return add_pairs(job, pairs, &answer) < 0 ? rind_error_no_memory(job->err) : 0;
}

static int is_this_gitlink(void *context, const char *entry, const char *path)
{
	const char *wanted = context;
	return entry_kind(entry) == ENTRY_GITLINK && !strcmp(path, wanted);
}

/* Has the host a submodule there? */
static bool is_known(const struct job *job, const char *path)
{
	return entries_each(&job->entries_before, is_this_gitlink, (void *)path) != 0;
}

static int refuse(struct job *job, const char *path)
{
	return rind_error_set(job->err, -EPERM,
		"nothing was published: it would make %s a submodule, and git goes into the "
		"directory there and runs what its configuration says; add it on the host",
		path);
}

/*
 * What git diff-tree --stdin -r -z prints: for each pair a line with the two, and then for each
 * difference ":MODE MODE NAME NAME STATUS" and a path, both with a NUL.  What looks otherwise is an
 * error: something could be overlooked.
 */
static int check_differences(struct job *job, const struct content *answer)
{
	const char *at = answer->data, *end = answer->data + answer->size;

	while (at < end) {
		const char *line = strchr(at, '\n'), *path = at + strlen(at) + 1;
		if (*at != ':' && line) {
			at = line + 1;
			continue;
		}
		if (strlen(at) < strlen(":000000 160000 ") || *at != ':' || path >= end)
			return job_fail(job, -EBADMSG, "git diff-tree");
		bool was = entry_kind(at + 1) == ENTRY_GITLINK;
		bool is = entry_kind(at + strlen(":000000 ")) == ENTRY_GITLINK;
		if (is && !was && !is_known(job, path))
			return refuse(job, path);
		at = path + strlen(path) + 1;
	}
	return 0;
}

static int check_entry(void *context, const char *entry, const char *path)
{
	struct job *job = context;

	/* One that is taken off has the mode 0. */
	if (entry_kind(entry) == ENTRY_OTHER && strncmp(entry, "0 ", 2) != 0)
		return rind_error_set(job->err, -EBADMSG,
			"nothing was published: %s has a mode in the index that git gives no file",
			path);
	return entry_kind(entry) != ENTRY_GITLINK || is_known(job, path) ? 0 : refuse(job, path);
}

static int compare_pairs(struct job *job, const struct list *pairs)
{
	static const char *const arguments[] = {
		"diff-tree", "--stdin", "-r", "-z", "--raw", "--no-renames", NULL};
	struct content answer = {0};

	if (!pairs->text.size)
		return 0;
	int result = ask(job, arguments, &pairs->text, &answer);
	return result < 0 ? result : check_differences(job, &answer);
}

int job_check_tree(struct job *job, struct content *tree)
{
	struct list pairs = {0};

	if (add_pairs(job, &pairs, tree) < 0)
		return rind_error_no_memory(job->err);
	return pairs.text.size ? compare_pairs(job, &pairs)
			       : job_fail(job, -EBADMSG, "git write-tree");
}

int job_check(struct job *job)
{
	struct list tips = {0}, pairs = {0};

	int error = add_tips(job, &tips, "");
	if (!error)
		error = add_boundary(job, &tips);
	if (error < 0)
		return rind_error_no_memory(job->err);
	int result = find_base(job);
	/* Nothing was committed before, nor is now. */
	if (!result && tips.text.size)
		result = check_whole(job, &tips.text);
	if (!result && tips.text.size)
		result = list_trees(job, &tips.text, &pairs);
	if (!result)
		result = compare_pairs(job, &pairs);
	return result ? result : entries_each(&job->entries_changed, check_entry, job);
}
