/*
 * Freezes a plan: everything that needs memory or text is done here, in the supervisor, before
 * the clone.  Asks the kernel what it supports, inspects the caller's descriptors, and refuses
 * those that would lead around the sandbox; changes nothing.
 */
#include "supervisor/freeze.h"

#include "base/fd.h"
#include "base/path.h"
#include "base/sys.h"
#include "mount/support.h"
#include "ops/operation.h"
#include "ops/operations.h"
#include "plan/filter.h"
#include "plan/idmap.h"
#include "supervisor/failure.h"

#include <inttypes.h>
#include <limits.h>
#include <netinet/in.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/sysmacros.h>
#include <termios.h>

static const uint64_t LANDLOCK_WRITE_RIGHTS =
	LANDLOCK_ACCESS_FS_WRITE_FILE | LANDLOCK_ACCESS_FS_REMOVE_DIR |
	LANDLOCK_ACCESS_FS_REMOVE_FILE | LANDLOCK_ACCESS_FS_MAKE_CHAR |
	LANDLOCK_ACCESS_FS_MAKE_DIR | LANDLOCK_ACCESS_FS_MAKE_REG | LANDLOCK_ACCESS_FS_MAKE_SOCK |
	LANDLOCK_ACCESS_FS_MAKE_FIFO | LANDLOCK_ACCESS_FS_MAKE_BLOCK | LANDLOCK_ACCESS_FS_MAKE_SYM |
	(1ULL << 13);                                       /* LANDLOCK_ACCESS_FS_REFER */
static const uint64_t LANDLOCK_TRUNCATE_RIGHT = 1ULL << 14; /* LANDLOCK_ACCESS_FS_TRUNCATE */
static const uint64_t LANDLOCK_SCOPES = 3; /* LANDLOCK_SCOPE_ABSTRACT_UNIX_SOCKET, _SIGNAL */

/* --- descriptors ------------------------------------------------------------------------------ */

int freeze_fail(struct freeze *f, int fd, const char *call, int error)
{
	return rind_error_set(f->err, error, "descriptor %d: %s: %s", fd, call, errno_text(-error));
}

int freeze_path(struct freeze *f, int fd, char *path, size_t size)
{
	char link[32];

	snprintf(link, sizeof(link), "/proc/self/fd/%d", freeze_source(f->ret, fd));
	long length = sys_readlinkat(AT_FDCWD, link, path, size);
	if ((size_t)length == size)
		length = -ENAMETOOLONG;
	if (length < 0)
		return rind_error_set(f->err, (int)length,
			"descriptor %d is open on a file whose path cannot be read: %s; redirect "
			"it "
			"from a pipe",
			fd, errno_text((int)-length));
	path[length] = '\0';
	return path[0] == '/' ? 0 : -ENOENT;
}

/* Can a file of this kind be opened by a name, and have a mode and times that matter? */
static bool is_kept_somewhere(const struct stat *stat)
{
	return S_ISREG(stat->st_mode) || S_ISFIFO(stat->st_mode) || S_ISCHR(stat->st_mode) ||
	       S_ISBLK(stat->st_mode) || S_ISLNK(stat->st_mode) || S_ISSOCK(stat->st_mode);
}

/*
 * Must a descriptor be replaced (streams.c)?  1, with the flags to restore in *ret_flags; 0; or
 * -errno.
 */
static int is_worth_replacing(int fd, const struct stat *stat, int *ret_flags)
{
	if (!is_kept_somewhere(stat))
		return 0;
	int flags = (int)sys_result(fcntl(fd, F_GETFL));
	if (flags < 0)
		return flags;
	*ret_flags = flags & (O_NONBLOCK | O_PATH);
	return flags & O_PATH || (!S_ISSOCK(stat->st_mode) && (flags & O_ACCMODE) == O_RDONLY);
}

/* The operation that mounts something on the path, or above it; NULL: none does. */
static const struct plan_op *find_cover(const struct rind_plan *plan, const char *path)
{
	for (size_t i = plan->op_count; i-- > 0;) {
		const struct plan_op *op = &plan->ops[i];
		if (operation_of(op)->covers && path_is_within(path, op->path))
			return op;
	}
	return NULL;
}

/*
 * If the whole tree is writable, there is no read-only mount on which a hidden file could be
 * reopened.
 */
static int check_cover(struct freeze *f, const struct plan_op *cover, int fd, const char *path)
{
	if (!cover || cover->type != PLAN_HIDE || f->plan->ops[0].access != RIND_ACCESS_WRITABLE)
		return 0;
	return rind_error_set(f->err, -EPERM,
		"descriptor %d is open on %s, which %s hides: with the whole tree writable, the "
		"command could change the file; give it a pipe instead: cat FILE | rind",
		fd, path, cover->rule);
}

static int add_stream(struct freeze *f, const struct frozen_stream *stream)
{
	struct frozen_stream *streams = arena_grow(
		f->arena, (void *)f->ret->fds.streams, f->ret->fds.stream_count, sizeof(*streams));
	const char *copy = arena_strdup(f->arena, stream->path);
	if (!streams || !copy)
		return rind_error_no_memory(f->err);
	streams[f->ret->fds.stream_count] = *stream;
	streams[f->ret->fds.stream_count++].path = copy;
	f->ret->fds.streams = streams;
	return 0;
}

/* If fd must be replaced, note its path for streams.c. */
static int note_stream(struct freeze *f, int fd, const struct stat *stat)
{
	const int source = freeze_source(f->ret, fd);
	char path[PATH_MAX];

	int flags = 0;
	int error = is_worth_replacing(source, stat, &flags);
	if (error < 0)
		return freeze_fail(f, fd, "fcntl", error);
	if (!error)
		return 0;
	error = freeze_path(f, fd, path, sizeof(path));
	if (error < 0)
		return error == -ENOENT ? 0 : error;
	const struct plan_op *cover = find_cover(f->plan, path);
	error = check_cover(f, cover, fd, path);
	if (error < 0)
		return error;

	const struct frozen_stream stream = {
		.fd = fd,
		.flags = flags,
		.path = path,
		.file = {.device = stat->st_dev, .inode = stat->st_ino},
		.node = S_ISCHR(stat->st_mode) ? stat->st_rdev : 0,
		.seekable = S_ISREG(stat->st_mode) || S_ISBLK(stat->st_mode),
		/*
		 * covered by DEV: the nodes in it are the host's, so the path still leads to the
		 * file
		 */
		.covered = cover && !(S_ISCHR(stat->st_mode) && plan_dev_contains(path)),
		.early = -ENOENT,
	};
	/* A terminal for which the sandbox has no node stays as it is. */
	if (stream.covered && S_ISCHR(stat->st_mode) && isatty(source))
		return 0;
	return add_stream(f, &stream);
}

/* -1, which is no family, type or protocol, if the kernel does not answer. */
static int socket_option(int fd, int option)
{
	int value = -1;
	socklen_t size = sizeof(value);
	return getsockopt(fd, SOL_SOCKET, option, &value, &size) < 0 ? -1 : value;
}

/*
 * A socket keeps the network namespace in which it was made.  The filter lets connect(2) and
 * sendmsg(2) through where sockets that are made inside lead nowhere; a socket of the host's
 * would lead out.  So accept only one that can reach no peer other than its own: neither by
 * connect(2) (TCP can disconnect, a datagram socket can connect again and again), nor by an
 * address in a message, which a filter cannot see.
 */
static bool is_tied_to_its_peer(int fd, enum plan_filter filter)
{
	struct sockaddr_storage peer = {.ss_family = AF_UNSPEC};
	socklen_t size = sizeof(peer);
	int family = socket_option(fd, SO_DOMAIN), type = socket_option(fd, SO_TYPE);

	if (family == AF_UNIX)
		return (type == SOCK_STREAM || type == SOCK_SEQPACKET) &&
		       (socket_option(fd, SO_ACCEPTCONN) == 1 ||
			       (getpeername(fd, (struct sockaddr *)&peer, &size) == 0 &&
				       peer.ss_family == AF_UNIX));
	return filter == PLAN_FILTER_OFF && (family == AF_INET || family == AF_INET6) &&
	       type == SOCK_STREAM && socket_option(fd, SO_PROTOCOL) == IPPROTO_TCP;
}

static int check_socket(struct freeze *f, int fd, int source)
{
	int flags = (int)sys_result(fcntl(source, F_GETFL));
	if (flags < 0)
		return freeze_fail(f, fd, "fcntl", flags);
	/* With O_PATH it is only a name, not a socket. */
	if (flags & O_PATH || f->plan->filter == PLAN_FILTER_HOST ||
		is_tied_to_its_peer(source, f->plan->filter))
		return 0;
	return rind_error_set(f->err, -EPERM,
		"descriptor %d is a socket of the host's network, which the command could connect "
		"or address anew; give it a pipe instead, or --network host",
		fd);
}

/*
 * Check one descriptor of the command, and note how to replace it.  A directory is refused: it is
 * on the host's mounts, and so is everything that is opened through it.
 */
static int freeze_stream(struct freeze *f, int fd)
{
	const int source = freeze_source(f->ret, fd);
	struct stat stat;

	int error = sys_fstat(source, &stat);
	if (error == -EBADF)
		return 0; /* closed: init opens /dev/null in its place */
	if (error < 0)
		return freeze_fail(f, fd, "fstat", error);
	if (S_ISDIR(stat.st_mode))
		return rind_error_set(f->err, -EISDIR,
			"descriptor %d is a directory, which would lead the command around the "
			"sandbox; close it or redirect it",
			fd);
	error = S_ISSOCK(stat.st_mode) ? check_socket(f, fd, source)
				       : freeze_terminal(f, fd, &stat);
	if (error)
		return error < 0 ? error : 0;
	return note_stream(f, fd, &stat);
}

/*
 * For a null standard input init opens the host's /dev/null; have it replaced by the sandbox's
 * own, which the command can also open by name.
 */
static int note_null(struct freeze *f)
{
	enum { NULL_MAJOR = 1, NULL_MINOR = 3 };
	const struct frozen_stream stream = {
		.fd = STDIN_FILENO,
		.path = "/dev/null",
		.node = makedev(NULL_MAJOR, NULL_MINOR),
		.early = -ENOENT,
	};
	return f->plan->namespaces ? add_stream(f, &stream) : 0;
}

/* If the caller has the number closed, a duplicate of a given stream may have got it. */
static bool is_open(const struct frozen *frozen, int fd)
{
	for (int i = STDIN_FILENO; i <= STDERR_FILENO; i++)
		if (frozen->fds.given[i] == fd)
			return false;
	return fcntl(fd, F_GETFD) >= 0;
}

static int freeze_streams(struct freeze *f)
{
	int error = f->plan->null_stdin ? note_null(f) : 0;

	for (int fd = f->plan->null_stdin ? STDOUT_FILENO : STDIN_FILENO;
		!error && fd <= STDERR_FILENO; fd++)
		error = freeze_stream(f, fd);
	for (size_t i = 0; !error && i < f->plan->keep_fd_count; i++) {
		int fd = f->plan->keep_fds[i];
		if (!is_open(f->ret, fd))
			return rind_error_set(f->err, -EBADF,
				"--keep-fd %d: no such descriptor is open; open it, or leave the "
				"option out",
				fd);
		error = freeze_stream(f, fd);
	}
	return error;
}

static int compare_descriptors(const void *first, const void *second)
{
	const int *a = first, *b = second;
	return (*a > *b) - (*a < *b);
}

/*
 * List the ranges to close: the gaps between the command's kept descriptors and those that init
 * needs.
 */
int freeze_descriptors(struct frozen *frozen, struct arena *arena, struct rind_error *err)
{
	size_t count = frozen->plan->keep_fd_count, ranges = 0;
	unsigned int next = STDERR_FILENO + 1;

	if (frozen->plan->keep_all_fds)
		return 0;
	int *stay = arena_alloc(arena, (count + 1 + FROZEN_ENDS) * sizeof(*stay));
	frozen->fds.close_ranges =
		arena_alloc(arena, (count + 2 + FROZEN_ENDS) * sizeof(*frozen->fds.close_ranges));
	if (!stay || !frozen->fds.close_ranges)
		return rind_error_no_memory(err);
	for (size_t i = 0; i < count; i++)
		stay[i] = frozen->plan->keep_fds[i];
	stay[count++] = frozen->socket;
	for (size_t i = 0; i < FROZEN_ENDS; i++)
		if (frozen->end_fds[i] >= 0)
			stay[count++] = frozen->end_fds[i];
	qsort(stay, count, sizeof(*stay), compare_descriptors);

	for (size_t i = 0; i < count; i++) {
		unsigned int fd = (unsigned int)stay[i];
		if (fd > next)
			frozen->fds.close_ranges[ranges++] = (struct frozen_range){next, fd - 1};
		if (fd >= next)
			next = fd + 1;
	}
	frozen->fds.close_ranges[ranges++] = (struct frozen_range){next, ~0U};
	frozen->fds.close_range_count = ranges;
	return 0;
}

/* --- identity --------------------------------------------------------------------------------- */

char *freeze_id_map(struct freeze *f, uint32_t inside, uint32_t outside)
{
	enum { MAP_SIZE = 64 };
	char *text = arena_alloc(f->arena, MAP_SIZE);
	if (!text) {
		(void)rind_error_no_memory(f->err);
		return NULL;
	}
	int error = idmap_format(text, MAP_SIZE, inside, outside, 1);
	if (error < 0) {
		(void)rind_error_set(f->err, error, "cannot map id %u into the sandbox: %s",
			outside, errno_text(-error));
		return NULL;
	}
	return text;
}

/* --- Landlock --------------------------------------------------------------------------------- */

/* Which parts of Landlock that the plan asks for this kernel has.  The mounts hold without it. */
static int freeze_landlock(struct freeze *f)
{
	if (f->plan->landlock == PLAN_LANDLOCK_NONE)
		return 0;
	int abi = host_landlock_version(f->ret->support.landlock_calls);
	if (abi < 0)
		return failure_of_call("landlock_create_ruleset", abi, f->err);
	if (!abi)
		return 0;
	if (f->plan->landlock == PLAN_LANDLOCK_FULL) {
		f->ret->landlock.fs = LANDLOCK_WRITE_RIGHTS;
		if (abi >= LANDLOCK_ABI_TRUNCATE)
			f->ret->landlock.fs |= LANDLOCK_TRUNCATE_RIGHT;
		for (size_t i = 0; i < f->ret->fds.terminal_count; i++)
			f->ret->landlock.read |= f->ret->fds.terminals[i].use == TERMINAL_WRITE;
	}
	if (abi >= LANDLOCK_ABI_SCOPES)
		f->ret->landlock.scopes = LANDLOCK_SCOPES;
	if (f->ret->landlock.fs || f->ret->landlock.scopes)
		f->ret->landlock.size =
			f->ret->landlock.scopes
				? sizeof(struct sys_landlock_ruleset)
				: offsetof(struct sys_landlock_ruleset, handled_access_net);
	return 0;
}

static bool may_be_terminal(int fd)
{
	struct termios settings;
	return tcgetattr(fd, &settings) == 0 || (errno != ENOTTY && errno != EBADF);
}

/*
 * Can the command get a terminal of the host's?  It could have a terminal send signals to the
 * host's processes.  Landlock's scopes stop that; without them a filter does, which also refuses
 * asynchronous I/O on other files: so only load it if there is a terminal.
 */
static bool has_terminal(struct freeze *f)
{
	if (!f->plan->new_session)
		return true; /* it can open its controlling terminal by name */
	for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++)
		if (may_be_terminal(freeze_source(f->ret, fd)))
			return true;
	for (size_t i = 0; i < f->plan->keep_fd_count; i++)
		if (may_be_terminal(f->plan->keep_fds[i]))
			return true;
	return false;
}

/* The plan's own filter is the last: it may deny the calls that load the others. */
static void freeze_filters(struct freeze *f)
{
	const struct sock_fprog **next = f->ret->filters;

	if (f->plan->landlock == PLAN_LANDLOCK_FULL && !f->ret->landlock.fs)
		*next++ = filter_program(PLAN_FILTER_MOUNTS);
	if (f->plan->nested && !f->plan->nested_any)
		*next++ = filter_program(PLAN_FILTER_NESTED);
	if (f->plan->landlock != PLAN_LANDLOCK_NONE && !f->ret->landlock.scopes && has_terminal(f))
		*next++ = filter_program(PLAN_FILTER_SIGNALS);
	*next = filter_program(f->plan->filter);
}

/* --- the command line ------------------------------------------------------------------------- */

static const char *search_path(char *const *env)
{
	static const char DEFAULT_PATH[] = "/bin:/usr/bin"; /* as execvp(3) */
	for (; env && *env; env++)
		if (!strncmp(*env, "PATH=", 5))
			return *env + 5;
	return DEFAULT_PATH;
}

static size_t count_elements(const char *path)
{
	size_t count = 1;
	for (; *path; path++)
		count += *path == ':';
	return count;
}

/*
 * List the paths to try for the command.  The lookup itself happens in the sandbox, where a
 * directory of $PATH may be hidden.
 */
static int freeze_candidates(struct freeze *f, const char *name, const char *path)
{
	bool direct = strchr(name, '/') || !*name;
	size_t count = direct ? 1 : count_elements(path);
	char **candidates = arena_alloc(f->arena, (count + 1) * sizeof(*candidates));
	if (!candidates)
		return -ENOMEM;

	for (size_t i = 0; i < count; i++) {
		size_t length = strcspn(path, ":");
		if (direct)
			candidates[i] = arena_strdup(f->arena, name);
		else if (length) /* an empty element means the working directory */
			candidates[i] = arena_printf(f->arena, "%.*s/%s", (int)length, path, name);
		else
			candidates[i] = arena_printf(f->arena, "./%s", name);
		if (!candidates[i])
			return -ENOMEM;
		path += length + (path[length] == ':');
	}
	f->ret->exec.candidates = candidates;
	return 0;
}

/* The command may end up in any of the plan's directories: prepare a text "PWD=…" for each. */
static int freeze_directories(struct freeze *f)
{
	/* Where the root stays in place, the lowering has set PWD. */
	if (f->plan->root != PLAN_ROOT_BUILT)
		return 0;
	f->ret->exec.pwd =
		arena_alloc(f->arena, (f->plan->directory_count + 1) * sizeof(*f->ret->exec.pwd));
	if (!f->ret->exec.pwd)
		return -ENOMEM;
	for (size_t i = 0; i <= f->plan->directory_count; i++) {
		bool last = i == f->plan->directory_count;
		f->ret->exec.pwd[i] =
			arena_printf(f->arena, "PWD=%s", last ? "/" : f->plan->directories[i]);
		if (!f->ret->exec.pwd[i])
			return -ENOMEM;
	}
	for (char **variable = f->plan->env; *variable; variable++)
		if (!strncmp(*variable, "PWD=", 4))
			f->ret->exec.pwd_place = variable;
	return f->ret->exec.pwd_place ? 0 : -ENOMEM;
}

static int freeze_command(struct freeze *f, char *const argv[])
{
	size_t count = 0;
	while (argv[count])
		count++;
	if (!count)
		return rind_error_set(f->err, -EINVAL, "no command given");

	const char *name = f->plan->executable ? f->plan->executable : argv[0];
	int error = freeze_candidates(f, name, search_path(f->plan->env));
	char **shell_argv = arena_alloc(f->arena, (count + 2) * sizeof(*shell_argv));
	if (error < 0 || !shell_argv)
		return rind_error_no_memory(f->err);
	shell_argv[0] = arena_strdup(f->arena, "/bin/sh");
	if (!shell_argv[0])
		return rind_error_no_memory(f->err);
	memcpy(shell_argv + 2, argv + 1, count * sizeof(*argv));

	f->ret->exec.shell_argv = shell_argv;
	f->ret->exec.argv = (char **)argv;
	f->ret->exec.env = f->plan->env;
	return freeze_directories(f) < 0 ? rind_error_no_memory(f->err) : 0;
}

/* --- the numbers of processes ----------------------------------------------------------------- */

/*
 * Another one for each sandbox of the host at a time, with most numbers to the next ones on both
 * sides: multiples of the golden ratio lie so.  The supervisor's number makes the difference, or,
 * in one process, a count.
 */
static pid_t choose_first_pid(void)
{
	enum {
		BITS = 22,                            /* as PID_MAX_LIMIT */
		LEAST = 300 << FROZEN_FEWER_PID_BITS, /* the kernel keeps those below 300 */
	};
	static const uint32_t golden_ratio = 0x9e3779b1;
	static atomic_uint count;
	uint32_t number = (uint32_t)getpid() + ((uint32_t)atomic_fetch_add(&count, 1) << BITS);
	uint32_t first = number * golden_ratio >> (32 - BITS);

	return (pid_t)(first < LEAST ? first + LEAST : first);
}

/* --- all of it -------------------------------------------------------------------------------- */

static void freeze_settings(struct freeze *f, const struct rind_spawn_options *options)
{
	f->ret->plan = f->plan;
	f->ret->first_pid = choose_first_pid();
	/*
	 * The kernel sends the parent death signal when the thread that has cloned ends, not the
	 * program.  So arm it only if that is the program's main thread.  For the other case init
	 * watches the program.
	 */
	f->ret->arm_parent_death_signal = f->plan->die_with_parent && gettid() == getpid();
	f->ret->want_namespaces = options && options->want_namespaces;
	f->ret->fds.kept_capacity = f->plan->lock_count + 1;
	f->ret->fds.given[STDIN_FILENO] = options ? options->stdin_fd : -1;
	f->ret->fds.given[STDOUT_FILENO] = options ? options->stdout_fd : -1;
	f->ret->fds.given[STDERR_FILENO] = options ? options->stderr_fd : -1;
}

/* --- limits ----------------------------------------------------------------------------------- */

/* If the caller's own hard limit is lower, it stays: nobody without a capability could raise it. */
static int freeze_limit(struct freeze *f, const struct limit_kind *kind, uint64_t value)
{
	struct sys_limit own = {0};
	int error = sys_get_limit(kind->resource, &own);
	if (error < 0)
		return rind_error_set(f->err, error, "cannot read the limit %s: %s",
			kind->resource_name, errno_text(-error));
	f->ret->limits.values[f->ret->limits.count++] = (struct frozen_limit){
		.resource = kind->resource,
		.value = value < own.hard ? value : own.hard,
	};
	return 0;
}

static int freeze_limits(struct freeze *f)
{
	const uint64_t *values = f->plan->limits.values;
	int error = 0;

	f->ret->root.dev_options = "mode=755";
	for (size_t i = 0; !error && i < LIMIT_COUNT; i++)
		if (values[i] && limit_needs_resource(&limit_kinds[i], f->plan->controllers))
			error = freeze_limit(f, &limit_kinds[i],
				i == RIND_LIMIT_PIDS ? limit_pids_with_init(values[i]) : values[i]);
	if (error < 0)
		return error;
	f->ret->limits.try_pids =
		values[RIND_LIMIT_PIDS] && !(f->plan->controllers & LIMIT_CONTROLLER_PIDS);
	uint64_t size = limits_tmpfs_size(&f->plan->limits);
	if (!size)
		return 0;
	/*
	 * Files in /dev/shm are memory that counts in no process's address space: limit its tmpfs
	 * too.
	 */
	f->ret->root.dev_options = arena_printf(f->arena, "mode=755,size=%" PRIu64, size);
	return f->ret->root.dev_options ? 0 : rind_error_no_memory(f->err);
}

static int compare_operations(const void *first, const void *second)
{
	const struct plan_op *const *a = first, *const *b = second;
	int paths = strcmp((*a)->path, (*b)->path);

	return paths ? paths : (*a > *b) - (*a < *b);
}

/* Sort the operations by path, for the classic backend's check of every mount. */
static int freeze_order(struct freeze *f)
{
	if (f->ret->support.mount_calls)
		return 0;
	f->ret->by_path = arena_alloc(f->arena, (f->plan->op_count + 1) * sizeof(*f->ret->by_path));
	if (!f->ret->by_path)
		return -ENOMEM;
	for (size_t i = 0; i < f->plan->op_count; i++)
		f->ret->by_path[i] = &f->plan->ops[i];
	qsort(f->ret->by_path, f->plan->op_count, sizeof(*f->ret->by_path), compare_operations);
	return 0;
}

static int freeze_scratch(struct freeze *f)
{
	f->ret->op_trees = arena_alloc(f->arena, (f->plan->op_count + 1) * sizeof(int));
	f->ret->op_targets = arena_alloc(f->arena, (f->plan->op_count + 1) * sizeof(int));
	f->ret->fds.kept =
		arena_alloc(f->arena, (f->ret->fds.kept_capacity + 3 + FROZEN_ENDS) * sizeof(int));
	if (!f->ret->op_trees || !f->ret->op_targets || !f->ret->fds.kept)
		return -ENOMEM;
	for (size_t i = 0; i < f->plan->op_count; i++)
		f->ret->op_trees[i] = f->ret->op_targets[i] = -1;
	return 0;
}

/* What the command gets of the host's, and what restricts it. */
static int freeze_restrictions(struct freeze *f)
{
	int error = f->plan->keep_all_fds ? 0 : freeze_streams(f);
	if (!error)
		error = freeze_landlock(f);
	if (!error)
		freeze_filters(f);
	return error < 0 ? error : freeze_limits(f);
}

static int freeze_tree(struct freeze *f)
{
	operations_prepare(f->plan, f->ret);
	if (f->plan->root == PLAN_ROOT_BUILT)
		freeze_root(f->plan, f->ret);
	if (freeze_order(f) < 0 || freeze_scratch(f) < 0)
		return rind_error_no_memory(f->err);
	return 0;
}

int freeze_plan(const struct rind_plan *plan, char *const argv[],
	const struct rind_spawn_options *options, struct arena *arena, struct frozen *ret,
	struct rind_error *err)
{
	struct freeze *f = &(struct freeze){plan, arena, ret, err};

	*ret = (struct frozen){0};
	host_support_ask(&ret->support);
	freeze_settings(f, options);

	int error = freeze_command(f, argv);
	if (!error)
		error = freeze_tree(f);
	if (error < 0 || !plan->namespaces)
		return error;
	error = freeze_restrictions(f);
	return error < 0 ? error : freeze_users(f);
}
