/*
 * What the lowering has to know about the host: where roots lead, what symlinks and .git files
 * point to, the environment. facts_collect() is the only part of making a plan that looks at the
 * host; the lowering itself depends on policy and facts only, so that a test can give it any host.
 */
#ifndef RIND_POLICY_FACTS_H
#define RIND_POLICY_FACTS_H

#include "base/arena.h"
#include "base/path.h"
#include "plan/cgroup.h"
#include "plan/plan.h"
#include "policy/policy.h"
#include "policy/root.h"

/* All paths below are clean; those of roots and hidden paths contain no symlink. */

/* A path to protect.  Symlinks at and below a writable root are not resolved: init does that. */
struct fact_protect {
	const char *path, *rule;
	bool is_explicit; /* from --protect; else from a default name */
	bool is_named;    /* the path itself was given, as an absolute one */
	bool if_present;
};

struct fact_hide {
	const char *path, *rule;
	bool is_directory;
	struct plan_identity identity;
};

/* A pattern, and the number of paths that it stands for. */
struct fact_pattern {
	const char *rule;
	size_t count;
};

/* Is it in the /dev or the /proc that the sandbox makes for itself? */
static inline bool fact_is_own(const char *path)
{
	return path_is_within(path, "/dev") || path_is_within(path, "/proc");
}

struct facts {
	struct arena arena; /* owns everything but env */

	uid_t uid;
	gid_t gid;
	const char *directory;  /* the command's working directory */
	const char *const *env; /* the caller's, NULL-terminated */

	/* All of these are empty if the policy restricts nothing. */
	struct fact_root *roots;
	size_t root_count;
	/*
	 * Absolute --protect paths, the .git of submodules, and what symlinks at protected paths
	 * and .git files lead to.
	 * The names protected under each root are not here: policy and roots say what they are.
	 */
	struct fact_protect *protects;
	size_t protect_count;
	struct fact_hide *hides;
	size_t hide_count;
	struct fact_hide *readables;
	size_t readable_count;
	struct fact_hide *devices;
	size_t device_count;
	struct fact_hide *scratches;
	size_t scratch_count;
	struct plan_repository *repositories; /* their git directories are among the scratches */
	size_t repository_count;
	struct fact_hide *tmpfs; /* directories that a tmpfs covers */
	size_t tmpfs_count;
	struct fact_pattern *patterns;
	size_t pattern_count;

	/* The files called bwrap that rind replaces in a nested sandbox, and rind's own file. */
	struct string_list bwraps;
	const char *program;
	struct plan_identity program_identity;

	/* Only if the policy has limits. */
	bool is_root; /* the kernel does not hold root to RLIMIT_NPROC */
	struct cgroup_place cgroup;
	char cgroup_advice[256]; /* how to get a place if there is none; or "" */
};

/*
 * Fill ret, which the caller has zeroed, for this policy. 0 or -errno, with the message in err;
 * call facts_free() in both cases.  Reads the environment: no other thread may change it meanwhile.
 */
int facts_collect(
	const struct rind_policy *policy, struct facts *ret, struct rind_error *err) _must_check_;

void facts_free(struct facts *facts);

#endif
