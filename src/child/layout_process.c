/*
 * Child side: what the command of a layout is to be, besides what it sees: its ids, its rights, its
 * working directory, and when it may begin.
 */
#include "ops/layout.h"
#include "mount/mount.h"

#include <sched.h>
#include <string.h>

/* --- waiting -----------------------------------------------------------------------------------
 */

/*
 * The supervisor says when: it has first told the caller who we are.  Its end is an end for us: the
 * command never runs for nobody.
 */
int layout_await_release(struct child *child)
{
	struct message message;
	int fd;

	if (!child->frozen->layout->wait)
		return 0;
	/* Who reads from these waits for their end, perhaps before it lets us go on. */
	for (size_t i = 0; i < sizeof(child->frozen->layout->told_fds) / sizeof(int); i++)
		if (child->frozen->layout->told_fds[i] > STDERR_FILENO)
			close(child->frozen->layout->told_fds[i]);
	int received = message_receive(child->frozen->socket, &message, &fd, 0);
	if (received == 1 && message.type == MESSAGE_GO)
		return 0;
	return received < 0 ? received : -EPIPE;
}

/* Until the caller writes a byte or closes its end; the supervisor's end counts as well. */
int layout_await_caller(struct child *child)
{
	struct pollfd fds[] = {
		{.fd = child->frozen->layout->block_fd, .events = POLLIN},
		{.fd = child->frozen->socket},
	};
	char byte;

	if (fds[0].fd < 0)
		return 0;
	int ready = sys_poll(fds, 2, -1);
	if (ready < 0)
		return ready;
	if (!fds[0].revents)
		return -EPIPE;
	/* Whatever it reads, the caller has let go on. */
	(void)sys_result(read(fds[0].fd, &byte, 1));
	close(fds[0].fd);
	return 0;
}

/* --- users -------------------------------------------------------------------------------------
 */

/*
 * A user namespace that the caller has made may map other ids than the caller's own.  Nothing is
 * changed when those that the caller had before joining it are wanted: that is the default.
 */
int layout_become_user(struct child *child)
{
	const struct layout_users *users = &child->frozen->layout->users;

	if (!users->joined)
		return 0;
	/* The bare calls: the C library's would have every thread of the program follow. */
	if (users->uid != child->frozen->caller_uid) {
		long error = sys_result(syscall(SYS_setuid, users->uid));
		if (error < 0)
			return (int)child_noted(child, CALL_SETUID, error);
	}
	if (users->gid != child->frozen->caller_gid) {
		long error = sys_result(syscall(SYS_setgid, users->gid));
		if (error < 0)
			return (int)child_noted(child, CALL_SETGID, error);
	}
	return 0;
}

static int write_through_proc(struct child *child, const char *path, const char *text)
{
	_cleanup_close_ int fd = sys_openat(child->proc, path, O_WRONLY, 0);
	if (fd < 0)
		return (int)child_noted(child, CALL_OPEN, fd);
	long written = sys_result(write(fd, text, strlen(text)));
	if (written >= 0 && (size_t)written != strlen(text))
		written = -EIO;
	return (int)child_noted(child, CALL_WRITE, written < 0 ? written : 0);
}

static int enter_second(struct child *child)
{
	const struct frozen *frozen = child->frozen;
	int error = 0;

	if (!frozen->needs_second_user_namespace)
		return 0;
	/* One more, which is the one made next; what the command has no rights in keeps the limit.
	 */
	if (frozen->layout->users.disable) {
		child->stage = STAGE_DISABLE_USER_NAMESPACES;
		error = write_through_proc(child, "sys/user/max_user_namespaces", "1");
	}
	if (error < 0)
		return error;
	child->stage = STAGE_SECOND_USER_NAMESPACE;
	error = (int)child_noted(child, CALL_UNSHARE, sys_result(unshare(CLONE_NEWUSER)));
	if (!error)
		error = write_through_proc(child, "self/uid_map", frozen->second_uid_map);
	if (!error)
		error = write_through_proc(child, "self/gid_map", frozen->second_gid_map);
	return error;
}

static int join_second(struct child *child, int namespace)
{
	struct stat wanted = {0}, own = {0};

	long error = sys_result(setns(namespace, CLONE_NEWUSER));
	if (error < 0)
		return (int)child_noted(child, CALL_SETNS, error);
	error = sys_fstat(namespace, &wanted);
	if (!error)
		error = sys_fstatat(child->proc, "self/ns/user", &own, 0);
	if (error < 0)
		return (int)child_noted(child, CALL_FSTAT, error);
	return wanted.st_ino == own.st_ino ? 0 : layout_wrong(child, "the user namespace");
}

int layout_leave_first_user_namespace(struct child *child)
{
	const struct layout_users *users = &child->frozen->layout->users;

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

/* --- rights ------------------------------------------------------------------------------------
 */

/* As many as the sets have room for, whatever the kernel says. */
enum { CAPABILITIES = 64 };

/* A new user namespace came with a full bounding set. */
static int bound_capabilities(struct child *child, uint64_t keep)
{
	const struct frozen *frozen = child->frozen;

	if (!(frozen->namespaces & PLAN_NS_USER) && !frozen->layout->users.joined)
		return 0;
	for (unsigned long cap = 0; cap < CAPABILITIES; cap++) {
		if (keep & 1ULL << cap)
			continue;
		int error = sys_prctl(PR_CAPBSET_DROP, cap);
		/* One past the last that this kernel knows: then it cannot be read either. */
		if (error == -EINVAL && cap && sys_prctl(PR_CAPBSET_READ, cap) == -EINVAL)
			return 0;
		if (error < 0)
			return (int)child_noted(child, CALL_PRCTL, error);
	}
	return 0;
}

/* capabilities, and what is permitted besides. */
static int set_capabilities(struct child *child, uint64_t capabilities, uint64_t permitted)
{
	struct __user_cap_header_struct header = {.version = _LINUX_CAPABILITY_VERSION_3};
	struct __user_cap_data_struct sets[_LINUX_CAPABILITY_U32S_3];

	permitted |= capabilities;
	for (size_t i = 0; i < _LINUX_CAPABILITY_U32S_3; i++) {
		uint32_t word = (uint32_t)(capabilities >> (32 * i));
		sets[i] = (struct __user_cap_data_struct){
			.effective = word,
			.permitted = (uint32_t)(permitted >> (32 * i)),
			.inheritable = word,
		};
	}
	return (int)child_noted(child, CALL_CAPSET, sys_capset(&header, sets));
}

static int read_permitted(struct child *child, uint64_t *ret)
{
	struct __user_cap_header_struct header = {.version = _LINUX_CAPABILITY_VERSION_3};
	struct __user_cap_data_struct sets[_LINUX_CAPABILITY_U32S_3];

	int error = sys_capget(&header, sets);
	if (error < 0)
		return (int)child_noted(child, CALL_CAPSET, error);
	*ret = sets[0].permitted | (uint64_t)sets[1].permitted << 32;
	return 0;
}

/*
 * The owner of the sandbox, on the host, can look into init and join its namespaces, as nsenter,
 * slirp4netns and `flatpak enter` do.  The command has the same ids and must not: it could forge what
 * init reports.  The kernel lets a process look into another of its user namespace only if it is permitted
 * every capability that the other is permitted (cap_ptrace_access_check(), ptrace(2)).  So init keeps one
 * that the command lacks, in its permitted set only, where it has no effect.  If there is none, or the
 * command has CAP_SYS_PTRACE, init is not dumpable: then only root on the host can look into it.
 */
static int choose_init_capability(struct child *child)
{
	static const unsigned int candidates[] = {CAP_LEASE, CAP_WAKE_ALARM, CAP_BLOCK_SUSPEND};
	const uint64_t command = child->frozen->layout->capabilities;
	uint64_t permitted = 0;

	if (!child->frozen->has_init || command & 1ULL << CAP_SYS_PTRACE)
		return 0;
	int error = read_permitted(child, &permitted);
	for (size_t i = 0; !error && i < sizeof(candidates) / sizeof(*candidates); i++) {
		uint64_t candidate = 1ULL << candidates[i];
		if (!child->init_capability && permitted & ~command & candidate)
			child->init_capability = candidate;
	}
	return error;
}

/* A change of ids, and a program that its owner may not read, take it away. */
static int permit_tracing(struct child *child)
{
	int error = sys_prctl(PR_SET_DUMPABLE, 1);
	return (int)child_noted(child, CALL_PRCTL, error);
}

/* May there be others in our user namespace, with no more rights than the command is to have? */
static bool has_company(const struct child *child)
{
	const struct frozen *frozen = child->frozen;

	if (frozen->needs_second_user_namespace)
		return false;
	return !(frozen->namespaces & PLAN_NS_USER) || frozen->layout->users.second >= 0;
}

int layout_guard_init(struct child *child)
{
	if (!child->frozen->has_init)
		return 0;
	return child->init_capability ? permit_tracing(child) : restrict_forbid_tracing(child);
}

/*
 * Until it has executed, the command has the memory and the descriptors of init, and what guards init no
 * more: then it must not be traced either.  Nobody could, but in a user namespace where others are.
 */
int layout_guard_birth(struct child *child)
{
	return has_company(child) ? restrict_forbid_tracing(child) : layout_guard_init(child);
}

int layout_restrict_init(struct child *child)
{
	if (!child->init_capability)
		return restrict_drop_capabilities(child);
	int error = set_capabilities(child, 0, child->init_capability);
	return error < 0 || !has_company(child) ? error : layout_guard_init(child);
}

/* In the command, which was born with what init has. */
static int drop_init_capability(struct child *child)
{
	const uint64_t command = child->frozen->layout->capabilities;
	uint64_t permitted = 0;

	if (!child->init_capability)
		return 0;
	int error = set_capabilities(child, command, 0);
	if (!error)
		error = read_permitted(child, &permitted);
	if (error < 0)
		return error;
	return permitted & ~command ? layout_wrong(child, "the set of capabilities") : 0;
}

/* So that they outlive the exec: only what is inheritable too can be made ambient. */
static int raise_ambient(struct child *child, uint64_t capabilities)
{
	for (unsigned long cap = 0; cap < CAPABILITIES; cap++) {
		if (!(capabilities & 1ULL << cap))
			continue;
		long error = sys_result(
			syscall(SYS_prctl, PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE, cap, 0, 0));
		/* One that was never in the bounding set: the command has it as little as we do. */
		if (error < 0 && error != -EPERM && error != -EINVAL)
			return (int)child_noted(child, CALL_PRCTL, error);
	}
	return 0;
}

int layout_restrict(struct child *child)
{
	const struct layout *layout = child->frozen->layout;

	int error = (int)child_noted(child, CALL_PRCTL, sys_prctl(PR_SET_NO_NEW_PRIVS, 1));
	if (!error)
		error = bound_capabilities(child, layout->capabilities);
	if (error < 0 || layout->keep_capabilities)
		return error;
	error = choose_init_capability(child);
	if (!error)
		error = set_capabilities(child, layout->capabilities, child->init_capability);
	return error < 0 ? error : raise_ambient(child, layout->capabilities);
}

/* --- the last steps ----------------------------------------------------------------------------
 */

/* Where we have been until now may be the host's: see that it has been left. */
static int enter_directory(struct child *child, const char *path)
{
	_cleanup_close_ int wanted = sys_openat(AT_FDCWD, path, O_PATH | O_DIRECTORY, 0);
	if (wanted < 0)
		return (int)child_noted(child, CALL_CHDIR, wanted);
	long error = sys_result(fchdir(wanted));
	if (error < 0)
		return (int)child_noted(child, CALL_CHDIR, error);
	_cleanup_close_ int here = sys_openat(AT_FDCWD, ".", O_PATH | O_DIRECTORY, 0);
	if (here < 0)
		return (int)child_noted(child, CALL_CHDIR, here);
	int same = mount_is_same(child, wanted, here);
	if (same < 0)
		return same;
	return same ? 0 : layout_wrong(child, "the working directory");
}

int layout_change_directory(struct child *child)
{
	const struct frozen *frozen = child->frozen;
	const struct layout *layout = frozen->layout;

	umask(child->umask);
	if (umask(child->umask) != child->umask)
		return layout_wrong(child, "the umask");
	for (size_t i = 0; i < layout->directory_count; i++) {
		int error = enter_directory(child, layout->directories[i]);
		if (!error) {
			*frozen->pwd_place = frozen->pwd[i];
			return 0;
		}
		if (layout->directory_required || error == -ENOTRECOVERABLE)
			return error;
	}
	*frozen->pwd_place = frozen->pwd[layout->directory_count];
	return 0;
}

int layout_take_locks(struct child *child)
{
	const struct layout *layout = child->frozen->layout;
	struct flock lock = {.l_type = F_RDLCK, .l_whence = SEEK_SET};

	for (size_t i = 0; i < layout->lock_count; i++) {
		child->op = (uint32_t)i;
		int fd = sys_openat(AT_FDCWD, layout->locks[i], O_RDONLY, 0);
		if (fd < 0)
			return (int)child_noted(child, CALL_OPEN, fd);
		child_hold(child, fd);
		long error = sys_result(fcntl(fd, F_SETLK, &lock));
		if (error < 0)
			return (int)child_noted(child, CALL_FCNTL, error);
	}
	if (layout->sync_fd >= 0)
		child_hold(child, layout->sync_fd);
	return 0;
}

/* Changing credentials disarms the signal, and the supervisor may have ended since. */
static int follow_supervisor(struct child *child)
{
	struct pollfd socket = {.fd = child->frozen->socket};
	int armed = 0;

	int error = sys_prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (!error)
		error = sys_prctl(PR_GET_PDEATHSIG, (unsigned long)&armed);
	if (error < 0)
		return (int)child_noted(child, CALL_PRCTL, error);
	if (armed != SIGKILL)
		return layout_wrong(child, "the signal at the parent's death");
	/* With an init it is init that is followed, and init's end takes the pid namespace with it.
	 */
	if (!child->frozen->has_init && sys_poll(&socket, 1, 0) > 0)
		_exit(RIND_EXIT_FAILURE);
	return 0;
}

int layout_prepare_command(struct child *child)
{
	uint64_t mask = child->frozen->signal_mask & ~(1ULL << (SIGCHLD - 1));
	int error = 0;

	child->stage = STAGE_COMMAND;
	if (child->frozen->follow_supervisor)
		error = follow_supervisor(child);
	if (!error)
		error = drop_init_capability(child);
	if (error < 0)
		return error;
	sys_sigmask(SIG_SETMASK, &mask, NULL);
	/* Last of all: what a filter of the caller's denies is nobody's to say. */
	return layout_load_filters(child);
}
