/*
 * The messages between init and the supervisor.
 *
 * They go over one SOCK_SEQPACKET pair.  Each end is held by exactly one process, so that
 * end-of-file means "the other process has ended", and neither waits for ever:
 *
 *   init -> supervisor   PLACEHOLDER (a directory descriptor and a name)   zero or more
 *                        SCRATCH {operation, layer} (a descriptor)         zero or more
 *                        FAILED {stage, operation, call, errno}            then init exits
 *                        STARTED {command's pid, namespace ids}            the exec has happened
 *                        EXITED {wait status, replaced paths}              then init exits
 *   supervisor -> init   GO                                                first, if it waits
 *                        PLACEHOLDER_RESULT {errno, device, inode}         one for each request
 *                        SCRATCH_TAKEN                                     one for each scratch
 *                        SIGNAL {number, to the group?}                    zero or more
 *
 * Init sends numbers only; the supervisor, which has the plan, makes sentences of them.  The
 * command never has this socket: it is close-on-exec, and the command may not trace init.
 */
#ifndef RIND_SANDBOX_PROTOCOL_H
#define RIND_SANDBOX_PROTOCOL_H

#include "base/sys.h"

#include <limits.h>
#include <rind.h>
#include <string.h>

/* The steps of init and of the command, in the order in which they happen. */
enum stage {
	STAGE_CLONE,
	STAGE_DESCRIPTORS,
	STAGE_RELEASE,  /* waiting for the supervisor's GO */
	STAGE_IDENTITY, /* becoming the user that the command is to be */
	STAGE_NETWORK,
	STAGE_ID_MAPS,
	STAGE_HOSTNAME,
	STAGE_STREAMS,
	STAGE_TERMINALS,
	STAGE_ROOT, /* the new root */

	STAGE_SOURCE,  /* of an operation: finding or cloning its source */
	STAGE_ENTRY,   /* the operation itself */
	STAGE_PARENTS, /* making the parents of its path */
	STAGE_TARGET,  /* making the file or directory to mount on */
	STAGE_DATA,    /* copying data into a file */
	STAGE_RACE,    /* a descriptor's file is not what was mounted */
	STAGE_DEVICE,  /* an entry of a new /dev */
	STAGE_COVER,   /* a part of a new /proc */

	STAGE_CHECK,
	STAGE_DISABLE_USER_NAMESPACES,
	STAGE_SECOND_USER_NAMESPACE,
	STAGE_CHECK_USER_NAMESPACES,
	STAGE_LANDLOCK,
	STAGE_KEYRING,
	STAGE_PRIVILEGES,
	STAGE_BLOCK,       /* waiting for the caller */
	STAGE_FILTER_DATA, /* reading the last filter */
	STAGE_DIRECTORY,
	STAGE_SESSION,
	STAGE_LOCK,
	STAGE_COMMAND,
	STAGE_LIMITS,
	STAGE_FILTER,
	STAGE_EXEC,
};

/* Does a stage belong to an operation? */
static inline bool stage_is_of_operation(enum stage stage)
{
	return stage >= STAGE_SOURCE && stage <= STAGE_COVER;
}

/* The call that failed, for the sentence. */
#define PROTOCOL_CALLS(X)                      \
	X(CALL_NONE, "")                       \
	X(CALL_CAPSET, "capset")               \
	X(CALL_CHDIR, "chdir")                 \
	X(CALL_CHMOD, "chmod")                 \
	X(CALL_CLONE, "clone")                 \
	X(CALL_CLOSE_RANGE, "close_range")     \
	X(CALL_EXECVE, "execve")               \
	X(CALL_FCNTL, "fcntl")                 \
	X(CALL_FSCONFIG, "fsconfig")           \
	X(CALL_FSMOUNT, "fsmount")             \
	X(CALL_FSOPEN, "fsopen")               \
	X(CALL_FSTAT, "fstat")                 \
	X(CALL_IOCTL, "ioctl")                 \
	X(CALL_KEYCTL, "keyctl")               \
	X(CALL_LANDLOCK, "landlock")           \
	X(CALL_MKDIR, "mkdir")                 \
	X(CALL_MOUNT, "mount")                 \
	X(CALL_MOUNT_SETATTR, "mount_setattr") \
	X(CALL_MOVE_MOUNT, "move_mount")       \
	X(CALL_OPEN, "open")                   \
	X(CALL_OPEN_SELF, "open /proc/self")   \
	X(CALL_OPEN_TREE, "open_tree")         \
	X(CALL_PIVOT_ROOT, "pivot_root")       \
	X(CALL_PLACEHOLDER, "placeholder")     \
	X(CALL_PRCTL, "prctl")                 \
	X(CALL_PRLIMIT, "prlimit")             \
	X(CALL_READ, "read")                   \
	X(CALL_READLINK, "readlink")           \
	X(CALL_RECVMSG, "recvmsg")             \
	X(CALL_REMOUNT, "remount")             \
	X(CALL_SECCOMP, "seccomp")             \
	X(CALL_SENDMSG, "sendmsg")             \
	X(CALL_SETGID, "setgid")               \
	X(CALL_SETHOSTNAME, "sethostname")     \
	X(CALL_SETNS, "setns")                 \
	X(CALL_SETSID, "setsid")               \
	X(CALL_SETUID, "setuid")               \
	X(CALL_SIGNALFD, "signalfd")           \
	X(CALL_SOCKET, "socket")               \
	X(CALL_SYMLINK, "symlink")             \
	X(CALL_UMOUNT, "umount2")              \
	X(CALL_UNLINK, "unlink")               \
	X(CALL_UNSHARE, "unshare")             \
	X(CALL_WRITE, "write")

enum call {
#define X(name, text) name,
	PROTOCOL_CALLS(X)
#undef X
};

enum message_type {
	MESSAGE_PLACEHOLDER = 1,
	MESSAGE_FAILED,
	MESSAGE_STARTED,
	MESSAGE_EXITED,
	MESSAGE_PLACEHOLDER_RESULT,
	MESSAGE_SIGNAL,
	MESSAGE_GO,
	/* supervisor -> janitor: the locked descriptor of the placeholder announced last */
	MESSAGE_HOLD,
	MESSAGE_INIT, /* supervisor -> janitor: init's pid, and its pidfd if there is one */
	MESSAGE_SCRATCH,
	MESSAGE_SCRATCH_TAKEN,
};

/* The directories of a scratch: as the command sees it, and with what it has written alone. */
enum scratch_layer {
	SCRATCH_MERGED,
	SCRATCH_UPPER,
	SCRATCH_LAYER_COUNT,
};

/* Results of MESSAGE_PLACEHOLDER other than 0 and -errno. */
enum {
	PLACEHOLDER_NOT_NEEDED = 1, /* the command could not make the path either */
	PLACEHOLDER_LOOK_AGAIN = 2, /* another process has made something there since */
	PLACEHOLDER_FOREIGN = 3,    /* another user's that cannot be shared: mask it, uncounted */
};

/*
 * The operations whose mount was gone when the command had ended.  All are counted, only the
 * first ones named: one message has to hold them, because the supervisor reads it after init has
 * ended and init must not wait for it.
 */
struct replaced {
	uint32_t count;
	struct {
		uint32_t op;
		bool unknown; /* it could not be looked at */
	} ops[RIND_REPLACED_NAMED];
};

struct message {
	enum message_type type;
	union {
		struct {
			enum stage stage;
			enum call call;
			int error; /* negative errno */
			uint32_t op;
			char detail[NAME_MAX + 1]; /* a link's text, cut when it is longer */
		} failed;
		struct {
			char name[NAME_MAX + 1];
			uint32_t op;
		} placeholder;
		struct {
			uint32_t op;
			enum scratch_layer layer;
		} scratch;
		struct {
			int pid; /* as the supervisor sees it */
		} init;
		struct {
			int result;
			uint64_t device, inode;
		} placeholder_result;
		struct {
			int pid; /* as init sees it */
			enum rind_proc proc;
			struct rind_namespaces namespaces;
		} started;
		struct {
			int status; /* as wait(2) gives it */
			bool last;  /* init ends too, since no other process is left */
			struct replaced replaced;
		} exited;
		struct {
			int number;
			bool group;
			/* every process of the pid namespace, which is the sandbox's own */
			bool all;
		} signal;
	};
};

/*
 * Send a message, with a descriptor unless fd is -1.  0 or -errno.  -EPIPE: the other process has
 * ended (without SIGPIPE).  -EAGAIN, with MSG_DONTWAIT in flags: the other process is not
 * reading.
 */
static inline int message_send_flags(int socket, const struct message *message, int fd, int flags)
{
	struct iovec data = {.iov_base = (void *)message, .iov_len = sizeof(*message)};
	union {
		struct cmsghdr header;
		char space[CMSG_SPACE(sizeof(int))];
	} control;
	struct msghdr packet = {.msg_iov = &data, .msg_iovlen = 1};

	if (fd >= 0) {
		memset(&control, 0, sizeof(control));
		packet.msg_control = &control;
		packet.msg_controllen = sizeof(control);
		struct cmsghdr *header = CMSG_FIRSTHDR(&packet);
		header->cmsg_level = SOL_SOCKET;
		header->cmsg_type = SCM_RIGHTS;
		header->cmsg_len = CMSG_LEN(sizeof(int));
		memcpy(CMSG_DATA(header), &fd, sizeof(fd));
	}

	long sent;
	do
		sent = sys_result(sendmsg(socket, &packet, flags | MSG_NOSIGNAL));
	while (sent == -EINTR);
	/* Detect a faked success: otherwise both sides would wait for each other. */
	return sys_answered(sent, sent == (long)sizeof(*message));
}

static inline int message_send(int socket, const struct message *message, int fd)
{
	return message_send_flags(socket, message, fd, 0);
}

/*
 * Receive a message; *ret_fd is the descriptor that came with it, or -1.  Returns 1; 0 when the
 * other process has ended; or -errno: -EAGAIN with MSG_DONTWAIT in flags, -EMFILE when there was
 * no room for the descriptor, -EPROTO for anything that is not exactly one message.
 */
static inline int message_receive(int socket, struct message *ret, int *ret_fd, int flags)
{
	struct iovec data = {.iov_base = ret, .iov_len = sizeof(*ret)};
	union {
		struct cmsghdr header;
		char space[CMSG_SPACE(sizeof(int))];
	} control;
	struct msghdr packet = {
		.msg_iov = &data,
		.msg_iovlen = 1,
		.msg_control = &control,
		.msg_controllen = sizeof(control),
	};

	*ret_fd = -1;
	/*
	 * If the other process ended before it read what we sent, the first receive fails with
	 * ECONNRESET; its own last messages, and then end-of-file, come after that.
	 */
	long received;
	do
		received = sys_result(recvmsg(socket, &packet, flags | MSG_CMSG_CLOEXEC));
	while (received == -EINTR || received == -ECONNRESET);
	if (received <= 0)
		return (int)received;

	struct cmsghdr *header = CMSG_FIRSTHDR(&packet);
	if (header && header->cmsg_level == SOL_SOCKET && header->cmsg_type == SCM_RIGHTS &&
		header->cmsg_len == CMSG_LEN(sizeof(int)))
		memcpy(ret_fd, CMSG_DATA(header), sizeof(*ret_fd));
	if (received != sizeof(*ret) || packet.msg_flags & (MSG_TRUNC | MSG_CTRUNC)) {
		if (*ret_fd >= 0)
			close(*ret_fd);
		*ret_fd = -1;
		/* MSG_CTRUNC: the kernel had no free number for the descriptor. */
		return packet.msg_flags & MSG_CTRUNC ? -EMFILE : -EPROTO;
	}
	return 1;
}

#endif
