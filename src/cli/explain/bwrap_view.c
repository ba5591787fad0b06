/*
 * A plan made from a command line of bwrap; see bwrap_view.h.  Supervisor.  Reads the file of
 * --args and looks where the sources of overlays lead; changes only rind's own environment.
 */
#include "cli/explain/bwrap_view.h"

#include "base/fd.h"
#include "cli/bwrap/options.h"
#include "plan/capabilities.h"

#include <stdarg.h>
#include <stdlib.h>

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

/* A text in the arena of a plan, put together piece by piece; NULL: there was no memory. */
struct setting_text {
	struct arena *arena;
	const char *text;
};

static __attribute__((format(printf, 2, 3))) void append(
	struct setting_text *text, const char *format, ...)
{
	_cleanup_free_ char *piece = NULL;
	va_list args;

	va_start(args, format);
	int length = vasprintf(&piece, format, args);
	va_end(args);
	if (length < 0)
		piece = NULL;
	text->text =
		piece && text->text ? arena_printf(text->arena, "%s%s", text->text, piece) : NULL;
}

/* The next of a list. */
static void append_item(struct setting_text *text, const char *item)
{
	append(text, "%s%s", text->text && *text->text ? ", " : "", item);
}

static void write_namespaces(const struct rind_plan *plan, struct setting_text *text)
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
			append_item(text, names[i].name);
	if (plan->users.joined)
		append_item(text, "user: joined by --userns");
	/* proc is new as well if the caller has made the pid namespace. */
	if (plan->new_proc && !(plan->namespaces & PLAN_NS_PID))
		append_item(text, "pid: joined by --pidns");
}

static void write_user(const struct rind_plan *plan, struct setting_text *text)
{
	const struct plan_users *users = &plan->users;

	append(text, "uid %u, gid %u", users->uid, users->gid);
	if (users->uid != plan->uid || users->gid != plan->gid)
		append(text, "; on the host uid %u, gid %u", plan->uid, plan->gid);
	if (users->mapped_later)
		append(text, "; mapped by the caller");
	if (users->second >= 0)
		append(text, "; then in the namespace of --userns2");
	if (users->disable)
		append(text, "; no further user namespaces");
	else if (users->check_disabled)
		append(text, "; refused if further user namespaces can be made");
}

static void write_directory(const struct rind_plan *plan, struct setting_text *text)
{
	for (size_t i = 0; i < plan->directory_count; i++)
		append(text, "%s, else ", plan->directories[i]);
	append(text, plan->directory_required ? "refused" : "/");
}

static void write_network(const struct rind_plan *plan, struct setting_text *text)
{
	append(text, plan->namespaces & PLAN_NS_NET ? "own namespace" : "host");
}

static void write_filter(const struct rind_plan *plan, struct setting_text *text)
{
	size_t count = plan->filter_count + (plan->filter_fd >= 0);

	if (count)
		append(text, "%zu of the caller's, not read here", count);
	else
		append(text, "none");
}

static void write_session(const struct rind_plan *plan, struct setting_text *text)
{
	append(text, plan->new_session ? "new" : "the caller's");
}

static void write_capabilities(const struct rind_plan *plan, struct setting_text *text)
{
	char name[CAPABILITY_NAME_MAX];

	if (plan->keep_capabilities)
		append_item(text, "the caller's");
	else if (!plan->capabilities)
		append_item(text, "none");
	for (int i = 0; !plan->keep_capabilities && i < 64; i++)
		if (plan->capabilities >> i & 1 && !capability_name(i, name))
			append_item(text, name);
}

int bwrap_view_settings(struct rind_plan *plan, struct plan_settings *ret, struct rind_error *err)
{
	static const struct {
		const char *name;
		void (*write)(const struct rind_plan *plan, struct setting_text *text);
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
		struct setting_text text = {.arena = &plan->arena, .text = ""};
		settings[i].write(plan, &text);
		if (!text.text)
			return rind_error_no_memory(err);
		ret->list[i] = (struct plan_setting){settings[i].name, text.text};
	}
	return 0;
}
