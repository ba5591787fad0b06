/*
 * Child side, in init: sets what init, and then the command, is, other than its rights: user,
 * host name, network, session, working directory.
 */
#include "child/steps.h"
#include "mount/mount.h"
#include "mount/walk.h"

#include <net/if.h>
#include <sched.h>
#include <string.h>
#include <sys/utsname.h>

/* --- the user namespace ----------------------------------------------------------------------- */

/* Files of /proc.  A path that is not absolute begins at directory. */
static int write_file(struct child *child, int directory, const char *path, const char *text)
{
	_cleanup_close_ int fd =
		child_noted(child, CALL_OPEN, sys_openat(directory, path, O_WRONLY, 0));
	if (fd < 0)
		return fd;
	return child_noted(child, CALL_WRITE, sys_write_whole(fd, text));
}

int identity_write_id_maps(struct child *child)
{
	if (!child->frozen->users.uid_map)
		return 0; /* no user namespace, or one that others map */
	/*
	 * The kernel lets an unprivileged process map a group only after setgroups(2) has been
	 * denied.
	 */
	int error = write_file(child, AT_FDCWD, "/proc/self/setgroups", "deny");
	if (!error)
		error = write_file(
			child, AT_FDCWD, "/proc/self/uid_map", child->frozen->users.uid_map);
	if (!error)
		error = write_file(
			child, AT_FDCWD, "/proc/self/gid_map", child->frozen->users.gid_map);
	return error;
}

/* A system call, not the C library's function: that would change every thread of the program. */
static int set_id(struct child *child, enum call call, long number, id_t id, id_t current)
{
	return id == current ? 0 : child_noted(child, call, sys_result(syscall(number, id)));
}

/*
 * A user namespace that the caller has made may map ids other than the caller's.  By default the
 * ids stay those that the caller had before joining it: then nothing is changed.
 */
int identity_become_user(struct child *child)
{
	const struct plan_users *users = &child->plan->users;

	if (!users->joined)
		return 0;
	int error = set_id(child, CALL_SETUID, SYS_setuid, users->uid, child->plan->uid);
	if (!error)
		error = set_id(child, CALL_SETGID, SYS_setgid, users->gid, child->plan->gid);
	return error;
}

static int enter_second(struct child *child)
{
	const struct frozen *frozen = child->frozen;
	int error = 0;

	if (!frozen->users.needs_second)
		return 0;
	/*
	 * A limit of 1 allows the namespace that is made next, and no further one.  The command
	 * has no rights in the first user namespace, so it cannot raise the limit.
	 */
	if (child->plan->users.disable) {
		child->stage = STAGE_DISABLE_USER_NAMESPACES;
		error = write_file(child, child->proc, "sys/user/max_user_namespaces", "1");
	}
	if (error < 0)
		return error;
	child->stage = STAGE_SECOND_USER_NAMESPACE;
	error = child_noted(child, CALL_UNSHARE, sys_result(unshare(CLONE_NEWUSER)));
	if (!error)
		error = write_file(
			child, child->proc, "self/uid_map", frozen->users.second_uid_map);
	if (!error)
		error = write_file(
			child, child->proc, "self/gid_map", frozen->users.second_gid_map);
	return error;
}

static int join_second(struct child *child, int namespace)
{
	struct stat wanted = {0}, own = {0};

	long error = sys_result(setns(namespace, CLONE_NEWUSER));
	if (error < 0)
		return child_noted(child, CALL_SETNS, error);
	error = sys_fstat(namespace, &wanted);
	if (!error)
		error = sys_fstatat(child->proc, "self/ns/user", &own, 0);
	if (error < 0)
		return child_noted(child, CALL_FSTAT, error);
	return wanted.st_ino == own.st_ino ? 0 : child_wrong(child, "the user namespace");
}

int identity_leave_first_user_namespace(struct child *child)
{
	const struct plan_users *users = &child->plan->users;

	if (users->second >= 0) {
		int error = join_second(child, users->second);
		if (error < 0)
			return error;
	}
	int error = enter_second(child);
	if (error < 0)
		return error;
	if (users->disable || users->check_disabled) {
		child->stage = STAGE_CHECK_USER_NAMESPACES;
		if (sys_result(unshare(CLONE_NEWUSER)) == 0)
			return -ENOTRECOVERABLE;
	}
	return 0;
}

/* --- network, host name, session, keyring ----------------------------------------------------- */

int identity_raise_loopback(struct child *child)
{
	struct ifreq request = {.ifr_name = "lo"};

	if (!(child->plan->namespaces & PLAN_NS_NET))
		return 0;
	_cleanup_close_ int fd =
		sys_descriptor(sys_result(socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0)));
	if (fd < 0)
		return child_noted(child, CALL_SOCKET, fd);
	/* The kernel gives the loopback its addresses when it is brought up. */
	request.ifr_flags = IFF_UP;
	return child_noted(child, CALL_IOCTL, sys_result(ioctl(fd, SIOCSIFFLAGS, &request)));
}

int identity_set_hostname(struct child *child)
{
	const char *name = child->plan->hostname;
	if (!name)
		return 0;
	return child_noted(child, CALL_SETHOSTNAME, sys_result(sethostname(name, strlen(name))));
}

int identity_join_keyring(struct child *child)
{
	if (!child->plan->new_keyring)
		return 0;
	/* The caller's session keyring holds the caller's secrets. */
	int error = sys_new_session_keyring();
	return error > 0 ? 0 : child_noted(child, CALL_KEYCTL, error);
}

int identity_start_session(struct child *child)
{
	if (!child->plan->new_session)
		return 0;
	long session = sys_result(setsid());
	/* A session's id is never 0. */
	return child_noted(child, CALL_SETSID, sys_answered(session, session > 0));
}

/* --- the working directory -------------------------------------------------------------------- */

/*
 * Open a directory as the command will see it.  In the host's tree, do not follow symlinks: the
 * path had none when the plan was made.
 */
static int open_directory(struct child *child, const char *path)
{
	int fd = child->plan->root == PLAN_ROOT_BUILT
			 ? sys_openat(AT_FDCWD, path, O_PATH | O_DIRECTORY, 0)
			 : walk_open(path);
	return child_noted(child, CALL_CHDIR, fd);
}

/*
 * Until now the working directory may have been the host's, so verify that it has changed.
 * Compare the mount as well: the same directory on a mount of the host's would lead around what
 * the sandbox hides.
 */
static int enter_directory(struct child *child, const char *path)
{
	struct child_place wanted = {0}, here = {0};
	_cleanup_close_ int fd = open_directory(child, path);
	if (fd < 0)
		return fd;
	int error = child_noted(child, CALL_CHDIR, sys_result(fchdir(fd)));
	if (!error)
		error = mount_find_place(child, fd, &wanted);
	if (!error)
		error = mount_find_place_at(child, ".", &here);
	if (error < 0)
		return error;
	return wanted.inode == here.inode && wanted.mount == here.mount
		       ? 0
		       : child_wrong(child, "the working directory");
}

static void note_directory(struct child *child, size_t index)
{
	const struct frozen *frozen = child->frozen;

	if (frozen->exec.pwd_place)
		*frozen->exec.pwd_place = frozen->exec.pwd[index];
}

int identity_change_directory(struct child *child)
{
	const struct rind_plan *plan = child->plan;

	for (size_t i = 0; i < plan->directory_count; i++) {
		int error = enter_directory(child, plan->directories[i]);
		if (!error)
			note_directory(child, i);
		if (!error || plan->directory_required || error == -ENOTRECOVERABLE)
			return error;
	}
	note_directory(child, plan->directory_count);
	return 0;
}

/* --- the check -------------------------------------------------------------------------------- */

/*
 * What is not as planned?  NULL: nothing.  Joined namespaces may map ids differently: check only
 * the ids that rind has set.
 */
static const char *find_wrong(const struct child *child)
{
	const struct rind_plan *plan = child->plan;
	const struct plan_users *users = &plan->users;
	bool mapped = child->frozen->users.uid_map != NULL;
	struct utsname name = {0};

	if (users->second < 0) {
		if ((users->joined ? users->uid != plan->uid : mapped) &&
			(uid_t)syscall(SYS_geteuid) != users->uid)
			return "the user";
		if ((users->joined ? users->gid != plan->gid : mapped) &&
			(gid_t)syscall(SYS_getegid) != users->gid)
			return "the group";
	}
	if (plan->hostname &&
		(syscall(SYS_uname, &name) < 0 || strcmp(name.nodename, plan->hostname) != 0))
		return "the host name";
	if (plan->new_session && syscall(SYS_getsid, 0) != child->init)
		return "the session";
	return NULL;
}

int identity_check(struct child *child)
{
	const char *wrong = find_wrong(child);
	return wrong ? child_wrong(child, wrong) : 0;
}
