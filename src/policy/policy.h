/* What a caller asks for: the setters of rind.h fill it in; collect.c and lower.c read it. */
#ifndef RIND_POLICY_POLICY_H
#define RIND_POLICY_POLICY_H

#include "base/arena.h"
#include "base/error.h"
#include "plan/limits.h"
#include "policy/default_names.h"

#include <rind.h>

/* A growing list of strings, in the order in which they were given. */
struct string_list {
	const char **items;
	size_t count;
};

/* One change to the environment, in order.  name NULL: clear; value NULL: unset. */
struct env_change {
	const char *name, *value;
};

struct rind_policy {
	struct arena arena;

	enum rind_mode mode;
	enum rind_network network;
	bool network_given; /* otherwise full access means the host's network */
	enum rind_proc proc;
	enum rind_git git;
	bool default_protect, exclude_tmp, exclude_tmpdir;
	bool private_tmp;
	bool allow_unix_sockets, new_session, nested, nested_any, null_stdin;

	struct string_list writable, writable_make;
	struct string_list protect; /* protect: relative ones are cleaned names */
	struct string_list hide, hide_if_present, readable, device, tmpfs, scratch;
	const char *directory, *hostname;
	const char *program; /* rind's own file, for a nested sandbox; NULL: not known */
	struct env_change *env;
	size_t env_count;
	int *keep_fds; /* ascending, unique */
	size_t keep_fd_count;
	struct limits limits;
};

/* The network level, or, where none was set, the mode's default. */
enum rind_network policy_network(const struct rind_policy *policy);

/* Is this one of the default names protected, where they are?  All are, but for .git if open. */
bool policy_protects_name(const struct rind_policy *policy, const char *name);

/* Can the command run as it is, since nothing in the policy needs a namespace? */
bool policy_is_unrestricted(const struct rind_policy *policy);

/*
 * Set the path of rind itself, which with RIND_NESTED takes the place of bwrap.  For the program
 * only.
 */
int policy_set_program(
	struct rind_policy *policy, const char *path, struct rind_error *err) _must_check_;

/* Refuse settings that contradict each other.  -EINVAL. */
int policy_check(const struct rind_policy *policy, struct rind_error *err) _must_check_;

#endif
