/*
 * What would let the command do more with a path; see remedy.h.
 *
 * Which option helps is not worked out from the verdict's rule: each one that may help is added to
 * the policy, and told if the plan that results allows it.  So what is told is never refused.
 */
#include "cli/explain/remedy.h"

#include "base/path.h"
#include "base/sys.h"
#include "cli/json.h"
#include "cli/text.h"
#include "policy/policy.h"

#include <errno.h>
#include <limits.h>
#include <string.h>
#include <unistd.h>

static const char READ[] = "read", WRITE[] = "write";

/* An option that may help. */
struct candidate {
	const char *verb, *option;
	int (*add)(struct rind_policy *policy, const char *path, struct rind_error *err);
	bool has_path;
};

static int drop_default_names(struct rind_policy *policy, const char *path, struct rind_error *err)
{
	(void)path;
	return rind_policy_set_switch(policy, RIND_DEFAULT_PROTECT, false, err);
}

static int let_commit(struct rind_policy *policy, const char *path, struct rind_error *err)
{
	(void)path;
	return rind_policy_set_git(policy, RIND_GIT_COMMIT, err);
}

/* Those that open least come first. */
static const struct candidate candidates[] = {
	{READ, "--readable", rind_policy_add_readable, true},
	{READ, "--device", rind_policy_add_device, true},
	{WRITE, "--git commit", let_commit, false},
	{WRITE, "--writable", rind_policy_add_writable, true},
	{WRITE, "--no-default-protect", drop_default_names, false},
};

static void free_plan(struct rind_plan **plan)
{
	rind_plan_free(*plan);
}

static bool allows(enum rind_access access, const char *verb)
{
	return access == RIND_ACCESS_WRITABLE || (verb == READ && access == RIND_ACCESS_READABLE);
}

/* Does the policy with this option as well let the command do it?  Not if it is refused. */
static bool helps(const struct rind_policy *policy, const struct candidate *candidate,
	const char *option_path, const char *path)
{
	/*
	 * Its strings stay the other policy's.  What is added is in an arena of its own, or behind
	 * the end of a list of the other's, which does not count it.
	 */
	struct rind_policy more = *policy;
	__attribute__((cleanup(free_plan))) struct rind_plan *plan = NULL;
	struct rind_verdict verdict;
	struct rind_error ignored;
	char buffer[PATH_MAX];

	more.arena = (struct arena){NULL};
	bool does = candidate->add(&more, option_path, &ignored) >= 0 &&
		    rind_plan_from_policy(&more, &plan, &ignored) >= 0 &&
		    rind_plan_verdict(plan, path, buffer, &verdict, &ignored) >= 0 &&
		    allows(verdict.access, candidate->verb);
	arena_free(&more.arena);
	return does;
}

/* The path, or, where it is missing, the nearest directory that is there.  NULL: no memory. */
static const char *find_existing(const char *directory, const char *path, struct arena *arena)
{
	const char *whole = path_join(arena, directory, path);
	char *end;

	if (!whole || sys_access(AT_FDCWD, whole, F_OK) != -ENOENT)
		return whole ? path : NULL;
	char *ancestor = arena_strdup(arena, whole);
	while (ancestor && (end = strrchr(ancestor, '/')) && end > ancestor) {
		*end = '\0';
		if (sys_access(AT_FDCWD, ancestor, F_OK) != -ENOENT)
			return ancestor;
	}
	return ancestor;
}

/* Could the caller do it without a sandbox?  Otherwise no option helps. */
static bool caller_may(
	const char *directory, const char *existing, const char *verb, struct arena *arena)
{
	const char *whole = path_join(arena, directory, existing);

	return whole && !sys_access(AT_FDCWD, whole, verb == READ ? R_OK : W_OK);
}

/* An option's value that does not look like an option. */
static const char *as_value(const char *path, struct arena *arena)
{
	return *path == '-' ? arena_printf(arena, "./%s", path) : path;
}

int remedy_find(const struct rind_policy *policy, const char *directory, const char *path,
	const struct rind_verdict *verdict, struct arena *arena, struct remedy *ret)
{
	*ret = (struct remedy){0};
	if (verdict->access == RIND_ACCESS_WRITABLE)
		return 0;
	const char *verb = verdict->access == RIND_ACCESS_HIDDEN ? READ : WRITE;
	const char *existing = find_existing(directory, path, arena);
	const char *value = existing ? as_value(existing, arena) : NULL;
	if (!value)
		return -ENOMEM;
	/* What is missing cannot be read; and the whole tree is no answer about one path. */
	if ((verb == READ && existing != path) || !strcmp(existing, "/") ||
		!caller_may(directory, existing, verb, arena))
		return 0;
	ret->verb = verb;
	for (size_t i = 0; i < sizeof(candidates) / sizeof(*candidates); i++) {
		const struct candidate *candidate = &candidates[i];
		if (candidate->verb != verb || !helps(policy, candidate, value, path))
			continue;
		ret->option = candidate->option;
		ret->path = candidate->has_path ? value : NULL;
		return 0;
	}
	/* The rules that are options are written as these. */
	ret->left_out = !strncmp(verdict->rule, "--", 2) ? verdict->rule : NULL;
	return 0;
}

void remedy_write(FILE *out, const struct remedy *remedy)
{
	if (!remedy->verb)
		return;
	if (!remedy->option && !remedy->left_out) {
		fprintf(out, "; no option lets the command %s it", remedy->verb);
		return;
	}
	fprintf(out, "; to %s it: ", remedy->verb);
	if (remedy->left_out) {
		fputs("leave out ", out);
		text_write(out, remedy->left_out);
		return;
	}
	fputs(remedy->option, out);
	if (remedy->path) {
		putc(' ', out);
		text_write_word(out, remedy->path);
	}
}

void remedy_write_json(FILE *out, const struct remedy *remedy)
{
	if (!remedy->option && !remedy->left_out) {
		fputs("null", out);
		return;
	}
	putc('{', out);
	json_write_member(out, true, "to", remedy->verb);
	if (remedy->left_out) {
		json_write_member(out, false, "leave-out", remedy->left_out);
	} else {
		fputs(", \"add\": [", out);
		json_write_string(out, remedy->option);
		if (remedy->path) {
			fputs(", ", out);
			json_write_string(out, remedy->path);
		}
		putc(']', out);
	}
	putc('}', out);
}
