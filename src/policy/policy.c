/*
 * The policy's setters: check what a caller gives and copy it.
 *
 * Supervisor only, with the caller's privileges.  Nothing here looks at the host: collect.c does
 * when the plan is made, and finds out whether a root exists and where it leads.
 */
#include "policy/policy.h"

#include "base/path.h"
#include "policy/glob.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

enum { MAX_HOSTNAME = 64 /* the kernel's __NEW_UTS_LEN */ };

struct rind_policy *rind_policy_new(void)
{
	struct rind_policy *policy = calloc(1, sizeof(*policy));
	if (!policy)
		return NULL;
	policy->default_protect = true;
	policy->new_session = true;
	return policy;
}

void rind_policy_free(struct rind_policy *policy)
{
	if (!policy)
		return;
	arena_free(&policy->arena);
	free(policy);
}

int rind_policy_set_mode(struct rind_policy *policy, enum rind_mode mode, struct rind_error *err)
{
	if ((unsigned int)mode > RIND_MODE_FULL_ACCESS)
		return rind_error_set(err, -EINVAL, "there is no mode %d", (int)mode);
	policy->mode = mode;
	return 0;
}

int rind_policy_set_network(
	struct rind_policy *policy, enum rind_network level, struct rind_error *err)
{
	if ((unsigned int)level > RIND_NETWORK_HOST)
		return rind_error_set(err, -EINVAL, "there is no network level %d", (int)level);
	policy->network = level;
	policy->network_given = true;
	return 0;
}

int rind_policy_set_proc(struct rind_policy *policy, enum rind_proc proc, struct rind_error *err)
{
	if ((unsigned int)proc > RIND_PROC_AUTO)
		return rind_error_set(err, -EINVAL, "there is no kind of /proc %d", (int)proc);
	policy->proc = proc;
	return 0;
}

int rind_policy_set_git(struct rind_policy *policy, enum rind_git level, struct rind_error *err)
{
	if ((unsigned int)level > RIND_GIT_OPEN)
		return rind_error_set(err, -EINVAL, "there is no level of git %d", (int)level);
	policy->git = level;
	return 0;
}

static bool *find_switch(struct rind_policy *policy, enum rind_switch which)
{
	switch (which) {
	case RIND_DEFAULT_PROTECT:
		return &policy->default_protect;
	case RIND_EXCLUDE_TMP:
		return &policy->exclude_tmp;
	case RIND_EXCLUDE_TMPDIR:
		return &policy->exclude_tmpdir;
	case RIND_PRIVATE_TMP:
		return &policy->private_tmp;
	case RIND_ALLOW_UNIX_SOCKETS:
		return &policy->allow_unix_sockets;
	case RIND_NEW_SESSION:
		return &policy->new_session;
	case RIND_NESTED:
		return &policy->nested;
	case RIND_NULL_STDIN:
		return &policy->null_stdin;
	case RIND_NESTED_ANY:
		return &policy->nested_any;
	}
	return NULL; /* not a switch: the caller gets an error */
}

int rind_policy_set_switch(
	struct rind_policy *policy, enum rind_switch which, bool on, struct rind_error *err)
{
	bool *setting = find_switch(policy, which);
	if (!setting)
		return rind_error_set(err, -EINVAL, "there is no switch %d", (int)which);
	*setting = on;
	return 0;
}

/* Append text, which is in the policy's arena; NULL: there was no memory for it. */
static int append(struct rind_policy *policy, struct string_list *list, const char *text,
	struct rind_error *err)
{
	const char **items = arena_grow(&policy->arena, list->items, list->count, sizeof(*items));
	if (!items || !text)
		return rind_error_no_memory(err);
	list->items = items;
	list->items[list->count++] = text;
	return 0;
}

/* Append a path that option gives. */
static int append_path(struct rind_policy *policy, struct string_list *list, const char *option,
	const char *path, struct rind_error *err)
{
	int result = path_check(path, option, err);
	return result < 0 ? result : append(policy, list, arena_strdup(&policy->arena, path), err);
}

/* The same where the path may be a pattern. */
static int append_pattern(struct rind_policy *policy, struct string_list *list, const char *option,
	const char *path, struct rind_error *err)
{
	int result = glob_is_pattern(path) ? glob_check(path, option, err) : 0;
	return result < 0 ? result : append_path(policy, list, option, path, err);
}

int rind_policy_add_writable(struct rind_policy *policy, const char *path, struct rind_error *err)
{
	return append_pattern(policy, &policy->writable, "--writable", path, err);
}

int rind_policy_add_writable_make(
	struct rind_policy *policy, const char *path, struct rind_error *err)
{
	return append_path(policy, &policy->writable_make, "--writable-make", path, err);
}

int rind_policy_add_protect(struct rind_policy *policy, const char *path, struct rind_error *err)
{
	if (*path == '/' || glob_is_pattern(path))
		return append_pattern(policy, &policy->protect, "--protect", path, err);
	int result = path_check(path, "--protect", err);
	if (result < 0)
		return result;
	/* A missing name is protected too, so without this check the mistake would go unnoticed. */
	if (path[0] == '~' && (!path[1] || path[1] == '/'))
		return rind_error_set(err, -EINVAL,
			"--protect %s: the shell replaces '~' by the home directory only at the "
			"beginning of a word; write the option and the path as two words, or, for "
			"a name that begins with '~', ./%s",
			path, path);
	if (path_has_dotdot(path))
		return rind_error_set(err, -EINVAL,
			"--protect %s: a relative path must not contain '..'; give an absolute "
			"path",
			path);

	const char *clean = path_join(&policy->arena, "/", path);
	if (clean && !clean[1])
		return rind_error_set(err, -EINVAL,
			"--protect %s: that is every writable root itself; leave the root out, or "
			"use --mode read-only",
			path);
	return append(policy, &policy->protect, clean ? clean + 1 : NULL, err);
}

int rind_policy_add_hide(struct rind_policy *policy, const char *path, struct rind_error *err)
{
	return append_pattern(policy, &policy->hide, "--hide", path, err);
}

int rind_policy_add_hide_if_present(
	struct rind_policy *policy, const char *path, struct rind_error *err)
{
	return append_pattern(policy, &policy->hide_if_present, "--hide-if-present", path, err);
}

int rind_policy_add_readable(struct rind_policy *policy, const char *path, struct rind_error *err)
{
	return append_pattern(policy, &policy->readable, "--readable", path, err);
}

int rind_policy_add_device(struct rind_policy *policy, const char *device, struct rind_error *err)
{
	return append_path(policy, &policy->device, "--device", device, err);
}

int rind_policy_add_scratch(struct rind_policy *policy, const char *path, struct rind_error *err)
{
	return append_path(policy, &policy->scratch, "--scratch", path, err);
}

int rind_policy_add_tmpfs(struct rind_policy *policy, const char *path, struct rind_error *err)
{
	return append_path(policy, &policy->tmpfs, "--tmpfs", path, err);
}

static int set_text(
	struct rind_policy *policy, const char **setting, const char *text, struct rind_error *err)
{
	const char *copy = arena_strdup(&policy->arena, text);
	if (!copy)
		return rind_error_no_memory(err);
	*setting = copy;
	return 0;
}

int rind_policy_set_directory(struct rind_policy *policy, const char *path, struct rind_error *err)
{
	if (!path) {
		policy->directory = NULL;
		return 0;
	}
	int result = path_check(path, "--chdir", err);
	if (result < 0)
		return result;
	return set_text(policy, &policy->directory, path, err);
}

int rind_policy_set_hostname(struct rind_policy *policy, const char *name, struct rind_error *err)
{
	size_t length = strlen(name);
	if (!length)
		return rind_error_set(err, -EINVAL, "--hostname: the name is empty");
	if (length > MAX_HOSTNAME)
		return rind_error_set(err, -EINVAL,
			"--hostname %.64s…: the name has %zu bytes, the kernel allows %d", name,
			length, MAX_HOSTNAME);
	return set_text(policy, &policy->hostname, name, err);
}

int policy_set_program(struct rind_policy *policy, const char *path, struct rind_error *err)
{
	return set_text(policy, &policy->program, path, err);
}

static int add_env_change(
	struct rind_policy *policy, const char *name, const char *value, struct rind_error *err)
{
	struct env_change *changes =
		arena_grow(&policy->arena, policy->env, policy->env_count, sizeof(*changes));
	struct env_change change = {
		.name = name ? arena_strdup(&policy->arena, name) : NULL,
		.value = value ? arena_strdup(&policy->arena, value) : NULL,
	};
	if (!changes || (name && !change.name) || (value && !change.value))
		return rind_error_no_memory(err);
	policy->env = changes;
	policy->env[policy->env_count++] = change;
	return 0;
}

static int check_env_name(const char *name, const char *option, struct rind_error *err)
{
	if (!*name)
		return rind_error_set(err, -EINVAL, "%s: the variable's name is empty", option);
	if (strchr(name, '='))
		return rind_error_set(err, -EINVAL,
			"%s %.200s: a variable's name cannot contain '='", option, name);
	return 0;
}

int rind_policy_set_env(
	struct rind_policy *policy, const char *name, const char *value, struct rind_error *err)
{
	int result = check_env_name(name, "--setenv", err);
	if (result < 0)
		return result;
	if (!value)
		return rind_error_set(err, -EINVAL, "--setenv %.200s: there is no value", name);
	return add_env_change(policy, name, value, err);
}

int rind_policy_unset_env(struct rind_policy *policy, const char *name, struct rind_error *err)
{
	int result = check_env_name(name, "--unsetenv", err);
	return result < 0 ? result : add_env_change(policy, name, NULL, err);
}

int rind_policy_clear_env(struct rind_policy *policy, struct rind_error *err)
{
	return add_env_change(policy, NULL, NULL, err);
}

int rind_policy_keep_fd(struct rind_policy *policy, int fd, struct rind_error *err)
{
	if (fd < 0)
		return rind_error_set(err, -EINVAL, "--keep-fd %d: that is no descriptor", fd);
	if (fd <= 2)
		return rind_error_set(err, -EINVAL,
			"--keep-fd %d: 0, 1 and 2 are always the command's; name one above 2", fd);

	size_t place = policy->keep_fd_count;
	while (place && policy->keep_fds[place - 1] > fd)
		place--;
	if (place && policy->keep_fds[place - 1] == fd)
		return 0;

	int *fds =
		arena_grow(&policy->arena, policy->keep_fds, policy->keep_fd_count, sizeof(*fds));
	if (!fds)
		return rind_error_no_memory(err);
	memmove(fds + place + 1, fds + place, (policy->keep_fd_count - place) * sizeof(*fds));
	fds[place] = fd;
	policy->keep_fds = fds;
	policy->keep_fd_count++;
	return 0;
}

int rind_policy_set_limit(
	struct rind_policy *policy, enum rind_limit which, uint64_t value, struct rind_error *err)
{
	if ((unsigned int)which >= LIMIT_COUNT)
		return rind_error_set(err, -EINVAL, "there is no limit %d", (int)which);
	const struct limit_kind *kind = &limit_kinds[which];
	if (value && (value < kind->least || value > kind->most))
		return rind_error_set(err, -ERANGE,
			"%s %" PRIu64 ": too %s; give a number from %" PRIu64 " to %" PRIu64,
			kind->option, value, value < kind->least ? "little" : "much", kind->least,
			kind->most);
	policy->limits.values[which] = value;
	return 0;
}

enum rind_network policy_network(const struct rind_policy *policy)
{
	if (policy->mode == RIND_MODE_FULL_ACCESS && !policy->network_given)
		return RIND_NETWORK_HOST;
	return policy->network;
}

bool policy_protects_name(const struct rind_policy *policy, const char *name)
{
	return policy->git != RIND_GIT_OPEN || strcmp(name, ".git") != 0;
}

bool policy_is_unrestricted(const struct rind_policy *policy)
{
	return policy->mode == RIND_MODE_FULL_ACCESS &&
	       policy_network(policy) == RIND_NETWORK_HOST && !policy->protect.count &&
	       !policy->hide.count && !policy->hide_if_present.count && !policy->readable.count &&
	       !policy->tmpfs.count && !policy->scratch.count && !policy->private_tmp &&
	       !policy->hostname && !limits_are_given(&policy->limits);
}

/* With nested_any the command can undo mounts: refuse paths whose protection it could undo. */
static int check_nested_any(const struct rind_policy *policy, struct rind_error *err)
{
	const struct string_list *lists[] = {&policy->hide, &policy->hide_if_present,
		&policy->protect, &policy->readable, &policy->tmpfs, &policy->scratch};
	const char *const options[] = {
		"--hide", "--hide-if-present", "--protect", "--readable", "--tmpfs", "--scratch"};

	for (size_t i = 0; policy->nested_any && i < sizeof(lists) / sizeof(*lists); i++)
		if (lists[i]->count)
			return rind_error_set(err, -EINVAL,
				"%s %s: does not hold with --nested=any, which lets the command "
				"make a mount namespace without it; use --nested",
				options[i], lists[i]->items[0]);
	return 0;
}

int policy_check(const struct rind_policy *policy, struct rind_error *err)
{
	int result = check_nested_any(policy, err);
	if (result < 0)
		return result;
	if (policy->writable_make.count && policy->mode == RIND_MODE_FULL_ACCESS)
		return rind_error_set(err, -EINVAL,
			"--writable-make %s: has no effect with --mode full-access, where "
			"everything is writable; make it, and leave the option out",
			policy->writable_make.items[0]);
	if (policy->git == RIND_GIT_COMMIT && policy->mode == RIND_MODE_FULL_ACCESS)
		return rind_error_set(err, -EINVAL,
			"--git commit: has no effect with --mode full-access, where everything is "
			"writable; leave it out");
	if (policy->git == RIND_GIT_COMMIT && policy->nested_any)
		return rind_error_set(err, -EINVAL,
			"--git commit: does not hold with --nested=any, which lets the command "
			"make a mount namespace without it; use --nested");
	if (policy->device.count && policy_is_unrestricted(policy))
		return rind_error_set(err, -EINVAL,
			"--device %s: has no effect with --mode full-access, where the command has "
			"every device of the host; leave it out",
			policy->device.items[0]);
	if (policy->allow_unix_sockets && policy_network(policy) == RIND_NETWORK_OFF)
		return rind_error_set(err, -EINVAL,
			"--allow-unix-sockets has no effect with --network off; use --network "
			"isolated");
	return 0;
}
