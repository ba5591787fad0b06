/*
 * Reads the options of `rind bwrap`; see options.h.  Supervisor.
 *
 * Each group of options has a reader, which returns NOT_MINE for other options.  Reading changes
 * only rind's own environment, and reads the descriptors of --args and --add-seccomp-fd.
 */
#include "cli/bwrap/options.h"

#include "base/fd.h"
#include "cli/bwrap/mounts.h"
#include "cli/bwrap/report.h"
#include "cli/bwrap/table.h"
#include "cli/bwrap/values.h"
#include "plan/capabilities.h"

#include <limits.h>
#include <signal.h>
#include <string.h>
#include <strings.h>

enum { NOT_MINE = 1, MAX_ARGUMENTS = 9000 };

typedef int reader(
	struct bwrap_options *, const struct bwrap_option *, char **, struct rind_error *);

/* --- namespaces and switches ------------------------------------------------------------------ */

/* The namespaces that an option makes new. */
static const unsigned int unshared[KEY_COUNT] = {
	[KEY_UNSHARE_ALL] = PLAN_NS_IPC | PLAN_NS_PID | PLAN_NS_UTS | PLAN_NS_NET,
	[KEY_UNSHARE_USER] = PLAN_NS_USER,
	[KEY_UNSHARE_IPC] = PLAN_NS_IPC,
	[KEY_UNSHARE_PID] = PLAN_NS_PID,
	[KEY_UNSHARE_NET] = PLAN_NS_NET,
	[KEY_UNSHARE_UTS] = PLAN_NS_UTS,
	[KEY_UNSHARE_CGROUP] = PLAN_NS_CGROUP,
};

/* What an option without a value switches on; NULL: it is no such option. */
static bool *switch_place(struct bwrap_options *options, enum bwrap_key key)
{
	switch (key) {
	case KEY_UNSHARE_USER_TRY:
		return &options->unshare_user_try;
	case KEY_UNSHARE_CGROUP_TRY:
		return &options->unshare_cgroup_try;
	case KEY_DISABLE_USERNS:
		return &options->plan->users.disable;
	case KEY_ASSERT_USERNS_DISABLED:
		return &options->plan->users.check_disabled;
	case KEY_NEW_SESSION:
		return &options->new_session;
	case KEY_AS_PID_1:
		return &options->plan->as_pid_1;
	default:
		return NULL;
	}
}

static int read_switch(struct bwrap_options *options, const struct bwrap_option *option,
	char **values, struct rind_error *err)
{
	struct rind_plan *plan = options->plan;
	bool *place = switch_place(options, option->key);
	(void)values, (void)err;

	if (place)
		*place = true;
	plan->namespaces |= unshared[option->key];
	switch (option->key) {
	case KEY_UNSHARE_ALL:
		options->unshare_user_try = options->unshare_cgroup_try = true;
		return 0;
	case KEY_SHARE_NET:
		plan->namespaces &= ~(unsigned int)PLAN_NS_NET;
		return 0;
	case KEY_LEVEL_PREFIX:
		bwrap_report_levels();
		return 0;
	/*
	 * With this option bubblewrap goes on if it cannot change the flags of a submount of a
	 * source, as with a dead automount, whose path cannot be followed.  rind changes them by
	 * descriptor, which does not fail there; and all other failures remain errors.
	 */
	case KEY_NOT_A_SECURITY_BOUNDARY:
		return 0;
	case KEY_DIE_WITH_PARENT:
		plan->die_with_parent = plan->parent_death_signal = true;
		return 0;
	default:
		return place || unshared[option->key] ? 0 : NOT_MINE;
	}
}

/* --- descriptors ------------------------------------------------------------------------------ */

/* Where the value of an option that takes a descriptor is stored; the last one given counts. */
static int *fd_place(struct bwrap_options *options, enum bwrap_key key)
{
	struct rind_plan *plan = options->plan;

	switch (key) {
	case KEY_USERNS:
		return &options->userns_fd;
	case KEY_USERNS2:
		return &plan->users.second;
	case KEY_PIDNS:
		return &options->pidns_fd;
	case KEY_SYNC_FD:
		return &plan->sync_fd;
	case KEY_BLOCK_FD:
		return &plan->block_fd;
	case KEY_USERNS_BLOCK_FD:
		return &options->userns_block_fd;
	case KEY_INFO_FD:
		return &options->info_fd;
	case KEY_JSON_STATUS_FD:
		return &options->json_status_fd;
	case KEY_SECCOMP:
		return &plan->filter_fd;
	default:
		return NULL;
	}
}

static int read_descriptor(struct bwrap_options *options, const struct bwrap_option *option,
	char **values, struct rind_error *err)
{
	int *place = fd_place(options, option->key);

	if (!place)
		return NOT_MINE;
	if (option->key == KEY_SECCOMP && options->plan->filter_count)
		return rind_error_set(
			err, -EINVAL, "--seccomp cannot be combined with --add-seccomp-fd");
	if (*place >= 0)
		bwrap_report_repeated(option->name);
	return bwrap_value_fd(values[0], place, err);
}

/* --- filters ---------------------------------------------------------------------------------- */

static int read_program(int fd, struct arena *arena, struct bwrap_data *ret, struct rind_error *err)
{
	int error = bwrap_read_all(fd, arena, ret);
	if (error < 0)
		return rind_error_set(
			err, error, "Can't read seccomp data: %s", errno_text(-error));
	close(fd);
	if (ret->size % sizeof(struct sock_filter))
		return rind_error_set(err, -EINVAL, "Invalid seccomp data, must be multiple of 8");
	return 0;
}

static int add_filter(struct bwrap_options *options, int fd, struct rind_error *err)
{
	struct rind_plan *plan = options->plan;
	struct arena *arena = &options->plan->arena;
	struct bwrap_data data = {0};

	/* What is read here would be missing when the same command line is run. */
	int error = options->purpose == BWRAP_TO_EXPLAIN ? 0 : read_program(fd, arena, &data, err);
	if (error < 0)
		return error;
	struct sock_fprog *filters =
		arena_grow(arena, plan->filters, plan->filter_count, sizeof(*filters));
	if (!filters)
		return rind_error_no_memory(err);
	plan->filters = filters;
	/* A program that is too long stays too long, so that the kernel refuses it. */
	size_t length = data.size / sizeof(struct sock_filter);
	filters[plan->filter_count++] = (struct sock_fprog){
		.len = (unsigned short)(length > USHRT_MAX ? USHRT_MAX : length),
		.filter = (struct sock_filter *)data.bytes,
	};
	return 0;
}

static int read_filter(struct bwrap_options *options, const struct bwrap_option *option,
	char **values, struct rind_error *err)
{
	int fd;

	if (option->key != KEY_ADD_SECCOMP_FD)
		return NOT_MINE;
	if (options->plan->filter_fd >= 0)
		return rind_error_set(
			err, -EINVAL, "--add-seccomp-fd cannot be combined with --seccomp");
	int error = bwrap_value_fd(values[0], &fd, err);
	return error < 0 ? error : add_filter(options, fd, err);
}

/* --- environment ------------------------------------------------------------------------------ */

static int read_environment(struct bwrap_options *options, const struct bwrap_option *option,
	char **values, struct rind_error *err)
{
	(void)options;
	switch (option->key) {
	case KEY_CLEARENV:
		return clearenv() ? rind_error_set(err, -ENOMEM, "clearenv failed") : 0;
	case KEY_SETENV:
		return setenv(values[0], values[1], 1)
			       ? rind_error_set(err, -EINVAL, "setenv failed")
			       : 0;
	case KEY_UNSETENV:
		return unsetenv(values[0]) ? rind_error_set(err, -EINVAL, "unsetenv failed") : 0;
	default:
		return NOT_MINE;
	}
}

/* --- the process ------------------------------------------------------------------------------ */

static int read_id(const struct bwrap_option *option, const char *value, int64_t *place,
	struct rind_error *err)
{
	if (*place >= 0)
		bwrap_report_repeated(option->name);
	if (bwrap_value_int(value, place) == 0)
		return 0;
	return rind_error_set(err, -EINVAL, "Invalid %s: %s", option->name + 2, value);
}

static int read_capability(struct bwrap_options *options, const struct bwrap_option *option,
	const char *value, struct rind_error *err)
{
	uint64_t *capabilities = &options->plan->capabilities;
	uint64_t set;

	options->capabilities_changed = true;
	if (capability_set_from_name(value, &set) < 0)
		return rind_error_set(err, -EINVAL, "unknown cap: %s", value);
	if (option->key == KEY_CAP_ADD)
		*capabilities |= set;
	else if (strcasecmp(value, "ALL") == 0)
		*capabilities = 0; /* those, too, that the library knows nothing of */
	else
		*capabilities &= ~set;
	return 0;
}

static int add_lock(struct bwrap_options *options, const char *path, struct rind_error *err)
{
	struct rind_plan *plan = options->plan;
	const char **locks =
		arena_grow(&options->plan->arena, plan->locks, plan->lock_count, sizeof(*locks));
	if (!locks)
		return rind_error_no_memory(err);
	plan->locks = locks;
	locks[plan->lock_count++] = path;
	return 0;
}

static int read_process(struct bwrap_options *options, const struct bwrap_option *option,
	char **values, struct rind_error *err)
{
	switch (option->key) {
	case KEY_ARGV0:
		if (options->argv0)
			return rind_error_set(err, -EINVAL, "--argv0 used multiple times");
		options->argv0 = values[0];
		return 0;
	case KEY_CHDIR:
		if (options->chdir)
			bwrap_report_repeated(option->name);
		options->chdir = values[0];
		return 0;
	case KEY_HOSTNAME:
		if (options->plan->hostname)
			bwrap_report_repeated(option->name);
		options->plan->hostname = values[0];
		return 0;
	case KEY_UID:
		return read_id(option, values[0], &options->uid, err);
	case KEY_GID:
		return read_id(option, values[0], &options->gid, err);
	case KEY_LOCK_FILE:
		return add_lock(options, values[0], err);
	case KEY_CAP_ADD:
	case KEY_CAP_DROP:
		return read_capability(options, option, values[0], err);
	case KEY_EXEC_LABEL:
	case KEY_FILE_LABEL:
		return rind_error_set(err, -ENOTSUP, "labeling not supported on this system");
	default:
		return NOT_MINE;
	}
}

/* --- modifiers of the next option ------------------------------------------------------------- */

static int read_modifier(struct bwrap_options *options, const struct bwrap_option *option,
	char **values, struct rind_error *err)
{
	switch (option->key) {
	case KEY_PERMS:
		if (options->perms >= 0)
			return rind_error_set(
				err, -EINVAL, "--perms given twice for the same action");
		return bwrap_value_octal(option->name, values[0], &options->perms, err);
	case KEY_SIZE:
		if (options->size)
			return rind_error_set(
				err, -EINVAL, "--size given twice for the same action");
		return bwrap_value_size(values[0], &options->size, err);
	default:
		return NOT_MINE;
	}
}

static bool is_modifier(enum bwrap_key key)
{
	return key == KEY_PERMS || key == KEY_SIZE;
}

/* A modifier has to be followed by an option that it applies to. */
static int check_modifiers(const struct bwrap_options *options, const struct bwrap_option *option,
	struct rind_error *err)
{
	bool modifier = is_modifier(option->key);

	if (!modifier && options->perms >= 0)
		return rind_error_set(
			err, -EINVAL, "--perms must be followed by an option that creates a file");
	if (!modifier && options->size)
		return rind_error_set(err, -EINVAL, "--size must be followed by --tmpfs");
	if (option->key != KEY_OVERLAY_SRC && options->sources.count)
		return bwrap_mounts_refuse_sources(err);
	return 0;
}

/* --- the command line ------------------------------------------------------------------------- */

static int read_options(
	struct bwrap_options *options, size_t *count, char ***arguments, struct rind_error *err);

/* Read options from a file, each ended by NUL; the memory limits their number. */
static int read_file(struct bwrap_options *options, int fd, struct rind_error *err)
{
	struct arena *arena = &options->plan->arena;
	struct bwrap_data data;
	size_t count = 0;

	int error = bwrap_read_all(fd, arena, &data);
	if (error < 0)
		return rind_error_set(err, error, "Can't read --args data: %s", errno_text(-error));
	close(fd);
	for (size_t at = 0; at < data.size; at += strlen(data.bytes + at) + 1)
		count++;
	char **arguments = arena_alloc(arena, (count + 1) * sizeof(*arguments));
	if (!arguments)
		return rind_error_no_memory(err);
	char **next = arguments;
	for (size_t at = 0; at < data.size; at += strlen(data.bytes + at) + 1)
		*next++ = data.bytes + at;

	/* Arguments after the options in the file are ignored. */
	options->words = NULL;
	options->in_file = true;
	error = read_options(options, &count, &arguments, err);
	options->in_file = false;
	return error;
}

static int read_nested(struct bwrap_options *options, const struct bwrap_option *option,
	char **values, struct rind_error *err)
{
	int fd;

	if (option->key != KEY_ARGS)
		return NOT_MINE;
	int error = bwrap_value_fd(values[0], &fd, err);
	return error < 0 ? error : read_file(options, fd, err);
}

static int refuse_missing(const struct bwrap_option *option, struct rind_error *err)
{
	static const char *const counts[] = {"", "an argument", "two arguments", "three arguments"};
	const char *name = option->key == KEY_RO_BIND_FD ? "--bind-fd" : option->name;

	return rind_error_set(err, -EINVAL, "%s takes %s", name,
		option->missing ? option->missing : counts[bwrap_table_count(option)]);
}

static int read_one(struct bwrap_options *options, const struct bwrap_option *option, char **values,
	struct rind_error *err)
{
	static reader *const readers[] = {
		bwrap_mounts_read,
		read_switch,
		read_descriptor,
		read_filter,
		read_environment,
		read_process,
		read_modifier,
		read_nested,
	};
	int result = NOT_MINE;

	for (size_t i = 0; result == NOT_MINE && i < sizeof(readers) / sizeof(*readers); i++)
		result = readers[i](options, option, values, err);
	return result == 0 ? check_modifiers(options, option, err) : result;
}

/* Make the words from first to end, as they were typed, the rule of the last operation. */
static int name_rule(
	struct bwrap_options *options, char **first, char **end, struct rind_error *err)
{
	struct rind_plan *plan = options->plan;
	size_t size = 1;

	for (char **word = first; word < end; word++)
		size += strlen(*word) + 1;
	char *rule = arena_alloc(&plan->arena, size), *at = rule;
	if (!rule)
		return rind_error_no_memory(err);
	for (char **word = first; word < end; word++)
		at = stpcpy(stpcpy(at, word == first ? "" : " "), *word);
	plan->ops[plan->op_count - 1].rule = rule;
	return BWRAP_GO_ON;
}

/* Read the option at words, with its values; for --args, all options of the file. */
static int read_words(struct bwrap_options *options, const struct bwrap_option *option,
	char **words, struct rind_error *err)
{
	size_t before = options->plan->op_count;

	if (!options->words)
		options->words = words;
	int result = read_one(options, option, words + 1, err);
	if (result == BWRAP_GO_ON && options->purpose == BWRAP_TO_EXPLAIN &&
		option->key != KEY_ARGS && options->plan->op_count > before)
		result = name_rule(
			options, options->words, words + 1 + bwrap_table_count(option), err);
	if (!is_modifier(option->key) && option->key != KEY_OVERLAY_SRC)
		options->words = NULL;
	return result;
}

/* Read options up to the first argument that is none; *arguments and *count are then the rest. */
static int read_options(
	struct bwrap_options *options, size_t *count, char ***arguments, struct rind_error *err)
{
	while (*count) {
		const char *name = **arguments;
		bool end = !strcmp(name, "--");
		if (end || *name != '-') {
			*arguments += end;
			*count -= end;
			return BWRAP_GO_ON;
		}
		const struct bwrap_option *option = bwrap_table_find(name);
		if (!option)
			return rind_error_set(err, -EINVAL, "Unknown option %s", name);
		if (option->key == KEY_HELP)
			return BWRAP_HELP;
		if (option->key == KEY_VERSION)
			return BWRAP_VERSION;
		if (option->key == KEY_ARGS && options->in_file)
			return rind_error_set(
				err, -EINVAL, "--args not supported in arguments file");
		size_t needed = (size_t)bwrap_table_count(option) + 1;
		if (*count < needed)
			return refuse_missing(option, err);
		int result = read_words(options, option, *arguments, err);
		if (result != BWRAP_GO_ON)
			return result;
		*arguments += needed;
		*count -= needed;
	}
	return BWRAP_GO_ON;
}

static int begin(struct bwrap_options *ret, enum bwrap_purpose purpose, uint64_t capabilities)
{
	*ret = (struct bwrap_options){
		.purpose = purpose,
		.uid = -1,
		.gid = -1,
		.userns_fd = -1,
		.pidns_fd = -1,
		.userns_block_fd = -1,
		.info_fd = -1,
		.json_status_fd = -1,
		.perms = -1,
		.plan = plan_new(PLAN_FACE_BWRAP),
	};
	if (!ret->plan)
		return -ENOMEM;
	ret->plan->root = PLAN_ROOT_BUILT;
	ret->plan->keep_all_fds = true;
	ret->plan->background = true;
	ret->plan->owner_may_enter = true;
	ret->plan->unblocked_signals = 1ULL << (SIGCHLD - 1);
	ret->plan->namespaces = PLAN_NS_MOUNT;
	ret->plan->capabilities = ret->own_capabilities = capabilities;
	return 0;
}

int bwrap_options_read(struct bwrap_options *ret, enum bwrap_purpose purpose, int argc, char **argv,
	uint64_t capabilities, struct rind_error *err)
{
	size_t count = (size_t)argc;

	if (begin(ret, purpose, capabilities) < 0)
		return rind_error_no_memory(err);
	if (argc > MAX_ARGUMENTS)
		return rind_error_set(
			err, -E2BIG, "Exceeded maximum number of arguments %d", MAX_ARGUMENTS);
	int result = read_options(ret, &count, &argv, err);
	if (result == BWRAP_GO_ON && ret->sources.count)
		result = bwrap_mounts_refuse_sources(err);
	ret->arguments = argv;
	ret->argument_count = count;
	return result;
}

void bwrap_options_free(struct bwrap_options *options)
{
	rind_plan_free(options->plan);
}
