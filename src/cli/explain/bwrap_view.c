/*
 * A plan made from a command line of bwrap; see bwrap_view.h.  Supervisor.  Reads the file of
 * --args and looks where the sources of overlays lead; changes only rind's own environment.
 */
#include "cli/explain/bwrap_view.h"

#include "base/fd.h"
#include "cli/bwrap/options.h"
#include "plan/capabilities.h"

#include <stdio.h>

/* --- reading ---------------------------------------------------------------------------------- */

int bwrap_view_read(struct bwrap_options *ret, char **arguments, struct rind_error *err)
{
	uint64_t capabilities;
	int count = 0;

	int result = bwrap_read_capabilities(&capabilities, err);
	if (result < 0)
		return result;
	while (arguments[count])
		count++;
	result = bwrap_options_read(ret, BWRAP_TO_EXPLAIN, count, arguments, capabilities, err);
	if (result < 0)
		return result;
	if (result != BWRAP_GO_ON)
		return rind_error_set(err, -EINVAL,
			"with %s there is no sandbox, so there is no plan to explain",
			result == BWRAP_HELP ? "--help" : "--version");
	result = bwrap_options_finish(ret, err);
	if (result < 0)
		return result;
	if (!ret->argument_count)
		return rind_error_set(err, -EINVAL,
			"a command has to follow the options, as it has to follow those of bwrap");
	return 0;
}

/* --- settings --------------------------------------------------------------------------------- */

/* The next of a list, which is all that the text has. */
static void write_item(FILE *out, const char *item)
{
	fprintf(out, "%s%s", ftell(out) > 0 ? ", " : "", item);
}

static void write_namespaces(const struct rind_plan *plan, FILE *out)
{
	static const struct {
		unsigned int bit;
		const char *name;
	} names[] = {
		{PLAN_NS_USER, "user"},
		{PLAN_NS_MOUNT, "mount"},
		{PLAN_NS_PID, "pid"},
		{PLAN_NS_IPC, "ipc"},
		{PLAN_NS_NET, "network"},
		{PLAN_NS_UTS, "uts"},
		{PLAN_NS_CGROUP, "cgroup"},
	};

	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++)
		if (plan->namespaces & names[i].bit)
			write_item(out, names[i].name);
	if (plan->users.joined)
		write_item(out, "user: joined by --userns");
	/* proc is new as well if the caller has made the pid namespace. */
	if (plan->new_proc && !(plan->namespaces & PLAN_NS_PID))
		write_item(out, "pid: joined by --pidns");
}

static void write_user(const struct rind_plan *plan, FILE *out)
{
	const struct plan_users *users = &plan->users;

	fprintf(out, "uid %u, gid %u", users->uid, users->gid);
	if (users->uid != plan->uid || users->gid != plan->gid)
		fprintf(out, "; on the host uid %u, gid %u", plan->uid, plan->gid);
	if (users->mapped_later)
		fprintf(out, "; mapped by the caller");
	if (users->second >= 0)
		fprintf(out, "; then in the namespace of --userns2");
	if (users->disable)
		fprintf(out, "; no further user namespaces");
	else if (users->check_disabled)
		fprintf(out, "; refused if further user namespaces can be made");
}

static void write_directory(const struct rind_plan *plan, FILE *out)
{
	for (size_t i = 0; i < plan->directory_count; i++)
		fprintf(out, "%s, else ", plan->directories[i]);
	fputs(plan->directory_required ? "refused" : "/", out);
}

static void write_network(const struct rind_plan *plan, FILE *out)
{
	fputs(plan->namespaces & PLAN_NS_NET ? "own namespace" : "host", out);
}

static void write_filter(const struct rind_plan *plan, FILE *out)
{
	size_t count = plan->filter_count + (plan->filter_fd >= 0);

	if (count)
		fprintf(out, "%zu of the caller's, not read here", count);
	else
		fprintf(out, "none");
}

static void write_session(const struct rind_plan *plan, FILE *out)
{
	fputs(plan->new_session ? "new" : "the caller's", out);
}

static void write_capabilities(const struct rind_plan *plan, FILE *out)
{
	char name[CAPABILITY_NAME_MAX];

	if (plan->keep_capabilities)
		write_item(out, "the caller's");
	else if (!plan->capabilities)
		write_item(out, "none");
	for (int i = 0; !plan->keep_capabilities && i < 64; i++)
		if (plan->capabilities >> i & 1 && !capability_name(i, name))
			write_item(out, name);
}

/* The text of a setting, in the arena of the plan; NULL: no memory. */
static const char *make_text(
	struct rind_plan *plan, void (*write)(const struct rind_plan *plan, FILE *out))
{
	_cleanup_free_ char *text = NULL;
	size_t length;
	FILE *out = open_memstream(&text, &length);

	if (!out)
		return NULL;
	write(plan, out);
	bool failed = ferror(out);
	return fclose(out) || failed ? NULL : arena_strdup(&plan->arena, text);
}

int bwrap_view_settings(struct rind_plan *plan, struct plan_settings *ret, struct rind_error *err)
{
	static const struct {
		const char *name;
		void (*write)(const struct rind_plan *plan, FILE *out);
	} settings[] = {
		{"namespaces", write_namespaces},
		{"user", write_user},
		{"directory", write_directory},
		{"network", write_network},
		{"filter", write_filter},
		{"session", write_session},
		{"capabilities", write_capabilities},
	};

	_Static_assert(sizeof(settings) / sizeof(*settings) <= PLAN_SETTINGS_MOST, "there is room");
	ret->count = sizeof(settings) / sizeof(*settings);
	for (size_t i = 0; i < ret->count; i++) {
		const char *text = make_text(plan, settings[i].write);
		if (!text)
			return rind_error_no_memory(err);
		ret->list[i] = (struct plan_setting){settings[i].name, text};
	}
	return 0;
}
