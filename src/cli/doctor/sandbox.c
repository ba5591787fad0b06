/*
 * See doctor.h.  The last check: a sandbox as rind run makes it, with rind's own program as the
 * command, which looks around inside.
 *
 * It has the default policy, except for the protected names: a missing one needs a placeholder, and
 * the check must not make anything on the host.  The checks of placeholders are separate.
 */
#include "cli/doctor/doctor.h"

#include "base/error.h"
#include "base/fd.h"
#include "base/sys.h"
#include "policy/workspace.h"

#include <limits.h>
#include <rind.h>
#include <stdio.h>
#include <string.h>
#include <sys/statvfs.h>

/* --- inside ----------------------------------------------------------------------------------- */

static bool has_no_capabilities(void)
{
	struct sys_capabilities sets;

	return sys_get_capabilities(&sets) == 0 && !sets.effective && !sets.permitted &&
	       !sets.inheritable;
}

static bool gains_no_privileges(void)
{
	return sys_prctl(PR_GET_NO_NEW_PRIVS, 0) == 1;
}

static bool is_alone(void)
{
	return getpid() != 1 && getppid() == 1;
}

static bool cannot_write_root(void)
{
	struct statfs stat;
	_cleanup_close_ int root = sys_openat(AT_FDCWD, "/", O_PATH | O_DIRECTORY, 0);
	return root >= 0 && !sys_fstatfs(root, &stat) && (stat.f_flags & ST_RDONLY);
}

static bool can_use_null(void)
{
	_cleanup_close_ int null = sys_openat(AT_FDCWD, "/dev/null", O_RDWR, 0);
	return null >= 0 && write(null, "x", 1) == 1;
}

static bool can_use_shared_memory(void)
{
	_cleanup_close_ int file =
		sys_openat(AT_FDCWD, "/dev/shm", O_TMPFILE | O_RDWR, S_IRUSR | S_IWUSR);
	return file >= 0;
}

/* The exit status is the index in this list, and tells the outside what was wrong. */
static const struct {
	bool (*holds)(void);
	const char *wrong;
} inside[] = {
	{has_no_capabilities, "the command has capabilities"},
	{gains_no_privileges, "no_new_privs is not set"},
	{doctor_is_filtered, "there is no seccomp filter"},
	{is_alone, "the command is not alone in its pid namespace"},
	{cannot_write_root, "/ is not read-only"},
	{can_use_null, "/dev/null does not work"},
	{can_use_shared_memory, "/dev/shm cannot be written"},
};

enum { INSIDE_COUNT = sizeof(inside) / sizeof(*inside), FIRST_STATUS = 64 };

int doctor_inside(void)
{
	for (int i = 0; i < INSIDE_COUNT; i++)
		if (!inside[i].holds())
			return FIRST_STATUS + i;
	return 0;
}

/* --- outside ---------------------------------------------------------------------------------- */

/* The path of rind itself, which has to be valid in the sandbox too. */
static bool find_program(char *path, size_t size, struct finding *ret)
{
	ssize_t length = readlink("/proc/self/exe", path, size - 1);
	if (length < 0) {
		finding_set(ret, -errno, "not tried: /proc/self/exe: %s", errno_text(errno));
		finding_set_remedy(ret, "mount -t proc proc /proc");
		return false;
	}
	path[length] = '\0';
	return true;
}

/* Use none of the caller's descriptors: they must not make the check fail. */
static void redirect_streams(void)
{
	int null = open("/dev/null", O_RDWR | O_CLOEXEC);
	for (int fd = STDIN_FILENO; null >= 0 && fd <= STDERR_FILENO; fd++)
		(void)dup2(null, fd);
}

/* A working directory that is no workspace is refused, which says nothing about the host. */
static int expect_no_workspace(struct rind_policy *policy, struct rind_error *err)
{
	char directory[PATH_MAX];
	struct rind_error ignored;

	if (!getcwd(directory, sizeof(directory)) || workspace_check(directory, &ignored) == 0)
		return 0;
	return rind_policy_set_mode(policy, RIND_MODE_READ_ONLY, err);
}

static int make_plan(struct rind_plan **ret, struct rind_error *err)
{
	struct rind_policy *policy = rind_policy_new();
	if (!policy)
		return rind_error_no_memory(err);
	int error = rind_policy_set_switch(policy, RIND_DEFAULT_PROTECT, false, err);
	if (!error)
		error = expect_no_workspace(policy, err);
	if (!error)
		error = rind_plan_from_policy(policy, ret, err);
	rind_policy_free(policy);
	return error;
}

static int run(char *program, struct rind_status *ret, struct rind_error *err)
{
	char name[] = "doctor", word[] = DOCTOR_INSIDE;
	char *const argv[] = {program, name, word, NULL};
	struct rind_plan *plan = NULL;
	struct rind_sandbox *sandbox = NULL;

	int error = make_plan(&plan, err);
	if (!error)
		error = rind_spawn(plan, argv, NULL, &sandbox, err);
	if (!error)
		error = rind_wait(sandbox, ret, err);
	rind_sandbox_free(sandbox);
	rind_plan_free(plan);
	return error;
}

static void judge(const struct rind_status *status, struct finding *ret)
{
	int wrong = status->value - FIRST_STATUS;

	if (status->signaled)
		finding_set(
			ret, -EPROTO, "the command in it was killed by signal %d", status->value);
	else if (status->value == 0)
		finding_set(ret, 0,
			"rind itself ran in it: no capabilities, filtered, alone, / read-only");
	else if (wrong >= 0 && wrong < INSIDE_COUNT)
		finding_set(ret, -EPROTO, "it does not hold: %s", inside[wrong].wrong);
	else
		finding_set(ret, -EPROTO, "the command in it ended with status %d", status->value);
}

static void probe_sandbox(struct finding *ret)
{
	char program[PATH_MAX];
	struct rind_status status;
	struct rind_error err;

	if (!find_program(program, sizeof(program), ret))
		return;
	redirect_streams();
	int error = run(program, &status, &err);
	if (error)
		finding_set(ret, error, "%s", err.message);
	else
		judge(&status, ret);
}

const struct check doctor_sandbox_checks[] = {
	{"sandbox", WEIGHT_VITAL, .probe = probe_sandbox},
	{0},
};
