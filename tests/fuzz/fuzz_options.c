/*
 * The parser of `rind run` and `rind explain`, and what its policy is lowered to.  The bytes are a
 * command line: words with a NUL after each, the first of which is the subcommand.
 */
#include "cli/options.h"

#include "cli/json.h"
#include "cli/text.h"
#include "fuzz.h"
#include "policy/lower.h"

/* A sentence is cut to the size of its buffer, and shown on one line whatever is in it. */
static void check_error(int result, const struct rind_error *err)
{
	char *line;
	size_t length;

	fuzz_check(err->code == result && err->exit_status == RIND_EXIT_FAILURE);
	fuzz_check(*err->message && strlen(err->message) < sizeof(err->message));
	FILE *out = open_memstream(&line, &length);
	fuzz_check(out);
	text_write(out, err->message);
	fuzz_check(!fclose(out) && !strchr(line, '\n'));
	free(line);
}

/* What no option took are the last words, in the order in which they were given. */
static void check_arguments(const struct run_options *options, char **argv, int argc, bool mixed)
{
	size_t count = (size_t)(argv + argc - options->arguments);

	fuzz_check(options->arguments > argv && options->arguments <= argv + argc);
	fuzz_check(!options->arguments[count]);
	for (size_t i = 0; i < count; i++)
		fuzz_check(options->arguments[i]);
	for (size_t i = 1; mixed && i < count; i++)
		fuzz_check(options->arguments[i] > options->arguments[i - 1]);
}

static void check_policy(const struct rind_policy *policy)
{
	for (size_t i = 0; i < policy->keep_fd_count; i++)
		fuzz_check(policy->keep_fds[i] > (i ? policy->keep_fds[i - 1] : 2));
	for (size_t i = 0; i < policy->protect.count; i++)
		fuzz_check(*policy->protect.items[i]);
	for (size_t i = 0; i < LIMIT_COUNT; i++)
		fuzz_check(!policy->limits.values[i] ||
			   (policy->limits.values[i] >= limit_kinds[i].least &&
				   policy->limits.values[i] <= limit_kinds[i].most));
}

static void check_options(const struct run_options *options)
{
	fuzz_check(options->timeout_ms >= 0 && options->json_status_fd >= -1);
	for (size_t i = 0; i < options->policy->keep_fd_count; i++)
		fuzz_check(options->policy->keep_fds[i] != options->json_status_fd);
	check_policy(options->policy);
}

/* What is limited is enforced by something, or there is no plan. */
static void check_limits(const struct rind_plan *plan, bool is_root)
{
	for (size_t i = 0; i < LIMIT_COUNT; i++) {
		bool by_group = plan->controllers & limit_kinds[i].controller;
		bool by_resource =
			limit_kinds[i].resource >= 0 && !(is_root && i == RIND_LIMIT_PIDS);
		fuzz_check(!plan->limits.values[i] || by_group || by_resource);
		fuzz_check(!plan->limits.values[i] || plan->namespaces);
	}
	fuzz_check(!plan->controllers == !plan->cgroup);
}

/*
 * On a host with one workspace, for root and for others, with control groups and without: every
 * policy that can be said gives a plan, or a sentence.
 */
static void lower(const struct rind_policy *policy, bool is_root, unsigned int controllers)
{
	static const char *mounts[] = {"/sys/fs/cgroup"};
	static const char *const env[] = {"PATH=/bin", "HOME=/home/me", NULL};
	struct fact_root root = {
		.path = "/home/me/ws",
		.rule = "working directory",
		.origin = ROOT_DIRECTORY,
		.is_directory = true,
	};
	struct facts facts = {
		.uid = is_root ? 0 : 1000,
		.gid = 1000,
		.directory = root.path,
		.env = env,
		.roots = &root,
		.root_count = 1,
		.is_root = is_root,
		.cgroup =
			{
				.directory = controllers ? "/sys/fs/cgroup" : NULL,
				.controllers = controllers & limits_controllers(&policy->limits),
				.own = {UINT64_MAX, UINT64_MAX, UINT64_MAX},
				.mounts = mounts,
				.mount_count = 1,
			},
	};
	struct rind_plan *plan = NULL;
	struct rind_error err;

	int result = lower_policy(policy, &facts, &plan, &err);
	if (result < 0) {
		check_error(result, &err);
	} else {
		fuzz_check(plan->directories[0] && plan->env);
		check_limits(plan, is_root);
	}
	rind_plan_free(plan);
	facts_free(&facts);
}

/* An argument may be any bytes: in JSON each of them is still one string. */
static void write_json(char **arguments)
{
	char *text;
	size_t length;

	FILE *out = open_memstream(&text, &length);
	fuzz_check(out);
	for (; *arguments; arguments++)
		json_write_string(out, *arguments);
	fuzz_check(!fclose(out));
	for (size_t i = 0; i < length; i++)
		fuzz_check((unsigned char)text[i] >= 0x20);
	free(text);
}

static void parse(int argc, char **argv, const struct option_face *face)
{
	struct run_options options;
	struct rind_error err;

	int result = run_options_parse(argc, argv, face, &options, &err);
	if (result < 0) {
		check_error(result, &err);
		return;
	}
	check_arguments(&options, argv, argc, face->mixed);
	check_options(&options);
	for (unsigned int controllers = 0; controllers < 8; controllers++) {
		lower(options.policy, false, controllers);
		lower(options.policy, true, controllers);
	}
	write_json(options.arguments);
	run_options_release(&options);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	size_t count;
	char **words = fuzz_split(data, size, &count);

	if (count)
		parse((int)count, words,
			strcmp(words[0], "explain") ? &option_face_run : &option_face_explain);
	free(words);
	return 0;
}
