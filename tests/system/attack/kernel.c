/*
 * kernel NAME [ARGUMENT…]: one attack by what the kernel does for whoever asks: it starts programs
 * on the host, shows the whole machine, and changes file systems through a descriptor that is open
 * for reading.
 *
 * What it prints and returns: attack.h.
 */
#include "attack.h"

#include <linux/btrfs.h>
#include <linux/fscrypt.h>
#include <sys/fanotify.h>
#include <sys/ioctl.h>

/* What older headers lack. */
#ifndef FS_IOC_ADD_ENCRYPTION_KEY
#error "the kernel's headers are older than Linux 5.4"
#endif

/* --- a call by its number -------------------------------------------------------------------- */

/* TABLE NUMBER and five arguments, where TABLE is native, 32 or x32. */
static long try_call(char **argument)
{
	long values[5];

	for (size_t i = 0; i < 5; i++)
		values[i] = (long)strtoull(argument[i + 2], NULL, 0);
#ifdef __x86_64__
	if (!strcmp(argument[0], "32"))
		return int80(
			number(argument[1]), values[0], values[1], values[2], values[3], values[4]);
#endif
	return syscall(number(argument[1]) | (strcmp(argument[0], "x32") ? 0 : X32), values[0],
		values[1], values[2], values[3], values[4], 0L);
}

/* --- programs that the kernel starts ---------------------------------------------------------- */

/*
 * The kernel starts /sbin/request-key, as root and in the host's namespaces, to make a key that
 * there is not.
 */
static long try_request_key(char **argument)
{
	return syscall(SYS_request_key, "user", argument[0], "evil", 0UL);
}

/*
 * FILE KIND: the kernel loads a module for the way in which a terminal's lines are read, and may
 * mute it.
 */
static long try_discipline(char **argument)
{
	int kind = (int)number(argument[1]);
	int fd = (int)must("open", open(argument[0], O_RDWR | O_NOCTTY | O_CLOEXEC));
	return ioctl(fd, TIOCSETD, &kind);
}

/* --- the whole machine ----------------------------------------------------------------------- */

/* PID PROCESSOR FLAGS */
static long try_perf(char **argument)
{
	return open_event(number(argument[0]), number(argument[1]), strtoul(argument[2], NULL, 0));
}

/* The kernel's messages. */
static long try_messages(char **argument)
{
	char text[4096];
	(void)argument;
	return syscall(SYS_syslog, 3, text, sizeof(text));
}

/* PATH FLAGS: events of a whole mount (0x10) or file system (0x100). */
static long try_fanotify(char **argument)
{
	int group = (int)must(
		"fanotify_init", fanotify_init(FAN_CLASS_NOTIF | FAN_REPORT_FID, O_RDONLY));
	return fanotify_mark(group, FAN_MARK_ADD | (unsigned int)number(argument[1]), FAN_OPEN,
		AT_FDCWD, argument[0]);
}

/* --- bpf(2) ----------------------------------------------------------------------------------- */

enum { BPF_CREATE = 0, BPF_LOOKUP = 1, BPF_UPDATE = 2, BPF_PIN = 6, BPF_GET = 7 };

static long bpf(int command, void *attributes, size_t size)
{
	return syscall(SYS_bpf, command, attributes, size);
}

static long use_map(int command, int map, uint32_t *value)
{
	static const uint32_t key;
	struct {
		uint32_t map, spare;
		uint64_t key, value, flags;
	} attributes = {.map = (uint32_t)map, .key = (uintptr_t)&key, .value = (uintptr_t)value};
	return bpf(command, &attributes, sizeof(attributes));
}

static long use_path(int command, const char *path, int map)
{
	struct {
		uint64_t path;
		uint32_t fd, flags;
	} attributes = {.path = (uintptr_t)path, .fd = (uint32_t)map};
	return bpf(command, &attributes, sizeof(attributes));
}

/* PATH VALUE: what a service or a firewall of the host's keeps there. */
static long try_make_map(char **argument)
{
	struct {
		uint32_t type, key_size, value_size, entries;
	} attributes = {.type = 2, .key_size = 4, .value_size = 4, .entries = 1}; /* an array */
	uint32_t value = (uint32_t)number(argument[1]);
	int map = (int)must("create", bpf(BPF_CREATE, &attributes, sizeof(attributes)));

	must("update", use_map(BPF_UPDATE, map, &value));
	return use_path(BPF_PIN, argument[0], map);
}

static long try_read_map(char **argument)
{
	uint32_t value;
	int map = (int)must("open", use_path(BPF_GET, argument[0], 0));

	must("lookup", use_map(BPF_LOOKUP, map, &value));
	answer(value);
}

static long try_change_map(char **argument)
{
	uint32_t value = (uint32_t)number(argument[1]);
	long map = use_path(BPF_GET, argument[0], 0);
	return map < 0 ? map : use_map(BPF_UPDATE, (int)map, &value);
}

/* --- file systems ----------------------------------------------------------------------------- */

/*
 * The key of a directory of one's own, as a program outside has given it to the file system:
 * DIRECTORY BYTE.
 */
static long add_key(const char *path, int byte, struct fscrypt_key_specifier *ret)
{
	struct {
		struct fscrypt_add_key_arg head;
		unsigned char raw[64];
	} key = {.head = {.key_spec = {.type = FSCRYPT_KEY_SPEC_TYPE_IDENTIFIER},
			 .raw_size = sizeof(key.raw)}};
	memset(key.raw, byte, sizeof(key.raw));
	long result = ioctl(open_to_read(path), FS_IOC_ADD_ENCRYPTION_KEY, &key);
	*ret = key.head.key_spec;
	return result;
}

static long try_add_key(char **argument)
{
	struct fscrypt_key_specifier key;
	long result = add_key(argument[0], (int)number(argument[1]), &key);
	if (result < 0)
		return result;
	print_bytes(key.u.identifier, sizeof(key.u.identifier));
	exit(0);
}

/* DIRECTORY IDENTIFIER: an empty directory's files are to be encrypted with that key. */
static long try_set_policy(char **argument)
{
	struct fscrypt_policy_v2 policy = {
		.version = FSCRYPT_POLICY_V2,
		.contents_encryption_mode = FSCRYPT_MODE_AES_256_XTS,
		.filenames_encryption_mode = FSCRYPT_MODE_AES_256_CTS,
		.flags = FSCRYPT_POLICY_FLAGS_PAD_32,
	};
	read_bytes(argument[1], policy.master_key_identifier, sizeof(policy.master_key_identifier));
	return ioctl(open_to_read(argument[0]), FS_IOC_SET_ENCRYPTION_POLICY, &policy);
}

/* DIRECTORY IDENTIFIER: the files are locked. */
static long try_remove_key(char **argument)
{
	struct fscrypt_remove_key_arg key = {
		.key_spec = {.type = FSCRYPT_KEY_SPEC_TYPE_IDENTIFIER}};
	read_bytes(argument[1], key.key_spec.u.identifier, sizeof(key.key_spec.u.identifier));
	return ioctl(open_to_read(argument[0]), FS_IOC_REMOVE_ENCRYPTION_KEY, &key);
}

/* SUBVOLUME DIRECTORY NAME: a copy of it, in which nothing covers anything. */
static long try_snapshot(char **argument)
{
	struct btrfs_ioctl_vol_args arguments = {.fd = open_to_read(argument[0])};
	snprintf(arguments.name, sizeof(arguments.name), "%s", argument[2]);
	return ioctl(open_to_read(argument[1]), BTRFS_IOC_SNAP_CREATE, &arguments);
}

static long try_snapshot_v2(char **argument)
{
	struct btrfs_ioctl_vol_args_v2 arguments = {.fd = open_to_read(argument[0])};
	snprintf(arguments.name, sizeof(arguments.name), "%s", argument[2]);
	return ioctl(open_to_read(argument[1]), BTRFS_IOC_SNAP_CREATE_V2, &arguments);
}

/* DIRECTORY NAME */
static long try_make_subvolume(char **argument)
{
	struct btrfs_ioctl_vol_args arguments = {0};
	snprintf(arguments.name, sizeof(arguments.name), "%s", argument[1]);
	return ioctl(open_to_read(argument[0]), BTRFS_IOC_SUBVOL_CREATE, &arguments);
}

/* DIRECTORY NAME: with all that is in it, whatever is mounted there. */
static long try_delete_subvolume(char **argument)
{
	struct btrfs_ioctl_vol_args arguments = {0};
	snprintf(arguments.name, sizeof(arguments.name), "%s", argument[1]);
	return ioctl(open_to_read(argument[0]), BTRFS_IOC_SNAP_DESTROY, &arguments);
}

static long try_delete_subvolume_v2(char **argument)
{
	struct btrfs_ioctl_vol_args_v2 arguments = {0};
	snprintf(arguments.name, sizeof(arguments.name), "%s", argument[1]);
	return ioctl(open_to_read(argument[0]), BTRFS_IOC_SNAP_DESTROY_V2, &arguments);
}

/* FILE REQUEST: any other, with room for what it may write. */
static long try_ioctl(char **argument)
{
	static unsigned char room[65536];
	return ioctl(open_to_read(argument[0]), strtoul(argument[1], NULL, 0), room);
}

/* FILE COMMAND VALUE */
static long try_fcntl(char **argument)
{
	return fcntl(open_to_read(argument[0]), (int)number(argument[1]), number(argument[2]));
}

/* The same with an argument in memory: FILE COMMAND VALUE */
static long try_fcntl_pointer(char **argument)
{
	uint64_t value = strtoull(argument[2], NULL, 0);
	return fcntl(open_to_read(argument[0]), (int)number(argument[1]), &value);
}

/* --------------------------------------------------------------------------------------------- */

static const struct attack attacks[] = {
	{"call", 7, try_call},
	{"request-key", 1, try_request_key},
	{"discipline", 2, try_discipline},
	{"perf", 3, try_perf},
	{"messages", 0, try_messages},
	{"fanotify", 2, try_fanotify},
	{"make-map", 2, try_make_map},
	{"read-map", 1, try_read_map},
	{"change-map", 2, try_change_map},
	{"add-key", 2, try_add_key},
	{"set-policy", 2, try_set_policy},
	{"remove-key", 2, try_remove_key},
	{"snapshot", 3, try_snapshot},
	{"snapshot-v2", 3, try_snapshot_v2},
	{"make-subvolume", 2, try_make_subvolume},
	{"delete-subvolume", 2, try_delete_subvolume},
	{"delete-subvolume-v2", 2, try_delete_subvolume_v2},
	{"ioctl", 2, try_ioctl},
	{"fcntl", 3, try_fcntl},
	{"fcntl-pointer", 3, try_fcntl_pointer},
	{NULL, 0, NULL},
};

int main(int argc, char **argv)
{
	return attack_main(attacks, argc, argv);
}
