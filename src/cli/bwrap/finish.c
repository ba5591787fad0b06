/*
 * When all options of bwrap have been read: refuse contradictions, and complete the plan.
 * Supervisor; reads the caller's ids, working directory and environment, and asks which
 * namespaces the kernel has.
 */
#include "cli/bwrap/options.h"

#include "base/fd.h"
#include "base/sys.h"
#include "cli/bwrap/values.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>

/* --- contradictions --------------------------------------------------------------------------- */

struct contradiction {
	bool broken;
	const char *text;
};

static int check_rules(const struct contradiction *rules, size_t count, struct rind_error *err)
{
	for (size_t i = 0; i < count; i++)
		if (rules[i].broken)
			return rind_error_set(err, -EINVAL, "%s", rules[i].text);
	return 0;
}

/* Called before finish_namespaces() decides whether there will be a user namespace. */
static int check_users(const struct bwrap_options *options, struct rind_error *err)
{
	bool unshare = options->plan->namespaces & PLAN_NS_USER;
	bool block = options->userns_block_fd >= 0, join = options->userns_fd >= 0;
	bool disable = options->plan->users.disable;
	const struct contradiction rules[] = {
		{block && !unshare, "--userns-block-fd requires --unshare-user"},
		{block && options->info_fd < 0, "--userns-block-fd requires --info-fd"},
		{join && unshare, "--userns not compatible --unshare-user"},
		{join && options->unshare_user_try, "--userns not compatible --unshare-user-try"},
		{disable && !unshare, "--disable-userns requires --unshare-user"},
		{disable && block, "--disable-userns is not compatible with  --userns-block-fd"},
	};
	return check_rules(rules, sizeof(rules) / sizeof(*rules), err);
}

static int check_rest(const struct bwrap_options *options, struct rind_error *err)
{
	const struct rind_plan *plan = options->plan;
	bool users = plan->namespaces & PLAN_NS_USER || options->userns_fd >= 0;
	const struct contradiction rules[] = {
		{!users && plan->users.uid != plan->uid,
			"Specifying --uid requires --unshare-user or --userns"},
		{!users && plan->users.gid != plan->gid,
			"Specifying --gid requires --unshare-user or --userns"},
		{plan->hostname && !(plan->namespaces & PLAN_NS_UTS),
			"Specifying --hostname requires --unshare-uts"},
		{plan->as_pid_1 && !(plan->namespaces & PLAN_NS_PID),
			"Specifying --as-pid-1 requires --unshare-pid"},
		{plan->as_pid_1 && plan->lock_count,
			"Specifying --as-pid-1 and --lock-file is not permitted"},
	};
	return check_rules(rules, sizeof(rules) / sizeof(*rules), err);
}

/* --- namespaces ------------------------------------------------------------------------------- */

static bool file_begins(const char *path, char character)
{
	char first;
	_cleanup_close_ int fd = sys_openat(AT_FDCWD, path, O_RDONLY, 0);
	return fd >= 0 && read(fd, &first, 1) == 1 && first == character;
}

/*
 * Assume yes unless it is known to be missing: then making the namespace fails with an error,
 * instead of being left out silently.
 */
static bool kernel_has(const char *namespace)
{
	struct stat stat;
	return lstat(namespace, &stat) == 0 || errno != ENOENT;
}

/* Assume yes unless a setting says no, for the same reason. */
static bool user_namespaces_possible(void)
{
	return kernel_has("/proc/self/ns/user") &&
	       !file_begins("/sys/module/user_namespace/parameters/enable", 'N') &&
	       !file_begins("/proc/sys/user/max_user_namespaces", '0');
}

static int finish_namespaces(struct bwrap_options *options, struct rind_error *err)
{
	struct rind_plan *plan = options->plan;
	bool cgroup = kernel_has("/proc/self/ns/cgroup");

	/* Without root's rights, the other namespaces need a user namespace. */
	if (plan->uid != 0 && options->userns_fd < 0)
		plan->namespaces |= PLAN_NS_USER;
	else if (options->unshare_user_try && user_namespaces_possible())
		plan->namespaces |= PLAN_NS_USER;
	if (plan->namespaces & PLAN_NS_CGROUP && !cgroup)
		return rind_error_set(err, -ENOENT,
			"Cannot create new cgroup namespace because the kernel does not "
			"support it");
	if (options->unshare_cgroup_try && cgroup)
		plan->namespaces |= PLAN_NS_CGROUP;
	return 0;
}

/* --- the command ------------------------------------------------------------------------------ */

static int finish_directories(struct bwrap_options *options, struct rind_error *err)
{
	enum { MOST = 2 };
	struct arena *arena = &options->plan->arena;
	struct rind_plan *plan = options->plan;

	plan->directories = arena_alloc(arena, MOST * sizeof(*plan->directories));
	if (!plan->directories)
		return rind_error_no_memory(err);
	if (options->chdir) {
		plan->directories[plan->directory_count++] = options->chdir;
		plan->directory_required = true;
		return 0;
	}
	/* Use the name in $PWD if it still leads to the working directory. */
	char *current = get_current_dir_name();
	if (current) {
		const char *copy = arena_strdup(arena, current);
		free(current);
		if (!copy)
			return rind_error_no_memory(err);
		plan->directories[plan->directory_count++] = copy;
	}
	const char *home = getenv("HOME");
	if (home)
		plan->directories[plan->directory_count++] = home;
	return 0;
}

/* Copy the environment, with an entry for PWD; init fills in the directory that it could enter. */
static int finish_environment(struct bwrap_options *options, struct rind_error *err)
{
	size_t count = 0;

	if (setenv("PWD", "/", 1) < 0)
		return rind_error_no_memory(err);
	while (environ[count])
		count++;
	char **env = arena_alloc(&options->plan->arena, (count + 1) * sizeof(*env));
	if (!env)
		return rind_error_no_memory(err);
	memcpy(env, environ, count * sizeof(*env));
	options->plan->env = env;
	return 0;
}

static int finish_console(struct bwrap_options *options, struct rind_error *err)
{
	struct rind_plan *plan = options->plan;
	bool has_dev = false;

	for (size_t i = 0; i < plan->op_count; i++)
		has_dev |= plan->ops[i].type == PLAN_DEV;
	/* ttyname(3) may search all of /dev: only if needed. */
	if (!has_dev || !isatty(STDOUT_FILENO))
		return 0;
	const char *name = ttyname(STDOUT_FILENO);
	if (!name || !*name)
		return 0;
	plan->console = arena_strdup(&options->plan->arena, name);
	return plan->console ? 0 : rind_error_no_memory(err);
}

/*
 * Without a user namespace the command cannot have capabilities that the caller lacks: --cap-add
 * of such a one is ignored.
 */
static void finish_capabilities(struct bwrap_options *options)
{
	struct rind_plan *plan = options->plan;
	uint64_t own = options->own_capabilities;
	bool is_root = options->plan->uid == 0, changed = options->capabilities_changed;

	if (is_root && !(options->plan->namespaces & PLAN_NS_USER) && options->userns_fd < 0) {
		changed &= (own & ~plan->capabilities) != 0 || plan->capabilities == own;
		plan->capabilities &= own;
	}
	plan->keep_capabilities = is_root && !changed;
}

/*
 * If the command is /proc/self/exe, that is this program, and has to act as bwrap again.  Where
 * its file has another name (a link, or `rind bwrap`), only argv[0] can tell it.
 */
static void finish_argv0(struct bwrap_options *options)
{
	char **arguments = options->arguments;
	bool self = !strcmp(arguments[0], "/proc/self/exe") ||
		    !strcmp(arguments[0], "/proc/thread-self/exe");
	const char *argv0 = self ? "bwrap" : options->argv0;

	options->plan->executable = argv0 ? arguments[0] : NULL;
	if (argv0)
		arguments[0] = (char *)argv0;
}

static void finish_process(struct bwrap_options *options)
{
	struct rind_plan *plan = options->plan;

	plan->users.joined = options->userns_fd >= 0;
	plan->users.mapped_later = options->userns_block_fd >= 0;
	plan->new_proc = plan->namespaces & PLAN_NS_PID || options->pidns_fd >= 0;
	finish_capabilities(options);
	finish_argv0(options);
	plan->wait = options->info_fd >= 0 || options->json_status_fd >= 0;
	plan->status_fds[0] = options->info_fd;
	plan->status_fds[1] = options->json_status_fd;
	plan->new_session = options->new_session;
}

/* --- what the caller has ---------------------------------------------------------------------- */

int bwrap_read_capabilities(uint64_t *ret, struct rind_error *err)
{
	struct sys_capabilities sets;

	*ret = 0;
	int error = sys_get_capabilities(&sets);
	if (error < 0)
		return rind_error_set(err, error, "capget failed: %s", errno_text(-error));
	if (getuid() == 0)
		*ret = sets.effective;
	else if (sets.permitted)
		return rind_error_set(err, -EPERM,
			"Unexpected capabilities but not setuid, old file caps config?");
	return 0;
}

int bwrap_options_finish(struct bwrap_options *options, struct rind_error *err)
{
	struct rind_plan *plan = options->plan;
	struct plan_users *users = &plan->users;

	plan->uid = getuid();
	plan->gid = getgid();
	users->uid = options->uid >= 0 ? (uid_t)options->uid : plan->uid;
	users->gid = options->gid >= 0 ? (gid_t)options->gid : plan->gid;
	int error = check_users(options, err);
	if (!error)
		error = finish_namespaces(options, err);
	if (error < 0 || !options->argument_count)
		return error; /* without a command only the usage is shown */
	error = check_rest(options, err);
	if (!error)
		error = finish_directories(options, err);
	if (!error)
		error = finish_environment(options, err);
	if (!error)
		error = finish_console(options, err);
	if (!error)
		finish_process(options);
	return error;
}
