/*
 * without CALL[,CALL…] COMMAND [ARGUMENT…]: run a command on what looks like an older kernel.
 * without -q CALL: does the kernel lack it, or seem to?  0: yes, 1: no, 2: no such call in the
 * table.
 *
 * A seccomp filter answers each of the calls named as a kernel does that does not know it: ENOSYS.
 * CALL=NUMBER answers with that errno instead.  "waitid-pidfd" is waitid(2) on a pidfd only, which
 * older kernels answer with EINVAL, and "userns" is clone(2) and unshare(2) with CLONE_NEWUSER,
 * EPERM, as container engines have it.  "keyctl" stands for all three calls for keys, of which a
 * kernel has all or none.  "all" is every call of the table that an old kernel lacks.
 */
#include <errno.h>
#include <limits.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sched.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#if defined(__x86_64__)
#define NATIVE_ARCH AUDIT_ARCH_X86_64
#elif defined(__aarch64__)
#define NATIVE_ARCH AUDIT_ARCH_AARCH64
#else
#error "which architecture is this?"
#endif

#ifndef SYS_faccessat2
#define SYS_faccessat2 439
#endif
#ifndef SYS_mount_setattr
#define SYS_mount_setattr 442
#endif
#ifndef SYS_landlock_create_ruleset
#define SYS_landlock_create_ruleset 444
#define SYS_landlock_add_rule       445
#define SYS_landlock_restrict_self  446
#endif

enum { ANY_ARGUMENT = -1, INSTRUCTIONS_MAX = 512 };

/* A call, or a call with one of these bits, or with just this value, in an argument. */
struct call {
	const char *name;
	long number;
	int argument;
	uint32_t value;
	int bits; /* value is a set of bits, one of which is enough */
	int error;
};

static const struct call calls[] = {
	{"open_tree", SYS_open_tree, ANY_ARGUMENT, 0, 0, ENOSYS},
	{"move_mount", SYS_move_mount, ANY_ARGUMENT, 0, 0, ENOSYS},
	{"mount_setattr", SYS_mount_setattr, ANY_ARGUMENT, 0, 0, ENOSYS},
	{"fsopen", SYS_fsopen, ANY_ARGUMENT, 0, 0, ENOSYS},
	{"fsconfig", SYS_fsconfig, ANY_ARGUMENT, 0, 0, ENOSYS},
	{"fsmount", SYS_fsmount, ANY_ARGUMENT, 0, 0, ENOSYS},
	{"clone3", SYS_clone3, ANY_ARGUMENT, 0, 0, ENOSYS},
	{"openat2", SYS_openat2, ANY_ARGUMENT, 0, 0, ENOSYS},
	{"close_range", SYS_close_range, ANY_ARGUMENT, 0, 0, ENOSYS},
	{"pidfd_open", SYS_pidfd_open, ANY_ARGUMENT, 0, 0, ENOSYS},
	{"pidfd_send_signal", SYS_pidfd_send_signal, ANY_ARGUMENT, 0, 0, ENOSYS},
	{"waitid-pidfd", SYS_waitid, 0, 3 /* P_PIDFD */, 0, EINVAL},
	{"statx", SYS_statx, ANY_ARGUMENT, 0, 0, ENOSYS},
	{"faccessat2", SYS_faccessat2, ANY_ARGUMENT, 0, 0, ENOSYS},
	{"landlock_create_ruleset", SYS_landlock_create_ruleset, ANY_ARGUMENT, 0, 0, ENOSYS},
	{"landlock_add_rule", SYS_landlock_add_rule, ANY_ARGUMENT, 0, 0, ENOSYS},
	{"landlock_restrict_self", SYS_landlock_restrict_self, ANY_ARGUMENT, 0, 0, ENOSYS},
	{"keyctl", SYS_keyctl, ANY_ARGUMENT, 0, 0, ENOSYS},
	{"keyctl", SYS_add_key, ANY_ARGUMENT, 0, 0, ENOSYS},
	{"keyctl", SYS_request_key, ANY_ARGUMENT, 0, 0, ENOSYS},
	{"seccomp", SYS_seccomp, ANY_ARGUMENT, 0, 0, ENOSYS},
	/* From here on not a part of "all": no kernel of our time lacks these. */
	{"userns", SYS_clone, 0, CLONE_NEWUSER, 1, EPERM},
	{"userns", SYS_unshare, 0, CLONE_NEWUSER, 1, EPERM},
	{"userns", SYS_clone3, ANY_ARGUMENT, 0, 0, ENOSYS},
	{"keyctl-alone", SYS_keyctl, ANY_ARGUMENT, 0, 0, ENOSYS},
	{"mount", SYS_mount, ANY_ARGUMENT, 0, 0, EPERM},
	{"umount2-expire", SYS_umount2, 1, MNT_EXPIRE, 1, EINVAL},
	{"pivot_root", SYS_pivot_root, ANY_ARGUMENT, 0, 0, EINVAL},
	{"setns", SYS_setns, ANY_ARGUMENT, 0, 0, EINVAL},
	{"umount2", SYS_umount2, ANY_ARGUMENT, 0, 0, EINVAL},
};

static struct sock_filter program[INSTRUCTIONS_MAX];
static unsigned short length;

static void add(uint16_t code, uint32_t k, uint8_t yes, uint8_t no)
{
	if (length == INSTRUCTIONS_MAX) {
		fprintf(stderr, "without: too many calls\n");
		exit(2);
	}
	program[length++] = (struct sock_filter){code, yes, no, k};
}

static void load(size_t offset)
{
	add(BPF_LD | BPF_W | BPF_ABS, (uint32_t)offset, 0, 0);
}

static void begin(void)
{
	load(offsetof(struct seccomp_data, arch));
	add(BPF_JMP | BPF_JEQ | BPF_K, NATIVE_ARCH, 1, 0);
	add(BPF_RET | BPF_K, SECCOMP_RET_ALLOW, 0, 0);
	load(offsetof(struct seccomp_data, nr));
}

static void deny(const struct call *call, int error)
{
	uint32_t answer = SECCOMP_RET_ERRNO | (uint32_t)error;

	if (call->argument == ANY_ARGUMENT) {
		add(BPF_JMP | BPF_JEQ | BPF_K, (uint32_t)call->number, 0, 1);
		add(BPF_RET | BPF_K, answer, 0, 0);
		return;
	}
	add(BPF_JMP | BPF_JEQ | BPF_K, (uint32_t)call->number, 0, 4);
	load(offsetof(struct seccomp_data, args) + 8 * (size_t)call->argument);
	add(BPF_JMP | (call->bits ? BPF_JSET : BPF_JEQ) | BPF_K, call->value, 0, 1);
	add(BPF_RET | BPF_K, answer, 0, 0);
	load(offsetof(struct seccomp_data, nr));
}

/* One word of the list: a name, perhaps with an errno. */
static void deny_named(char *word)
{
	char *equals = strchr(word, '=');
	int found = 0, all = !strcmp(word, "all");

	if (equals)
		*equals = '\0';
	for (size_t i = 0; i < sizeof(calls) / sizeof(*calls); i++) {
		if (all && !strcmp(calls[i].name, "userns"))
			return;
		if (!all && strcmp(calls[i].name, word) != 0)
			continue;
		deny(&calls[i], equals ? atoi(equals + 1) : calls[i].error);
		found = 1;
	}
	if (!found) {
		fprintf(stderr, "without: no call %s in the table\n", word);
		exit(2);
	}
}

/*
 * Arguments that no call takes: no such descriptor, address or command, and a range that ends
 * before it begins.  What answers as if there were no such call is the kernel's table, or a filter.
 */
static int lacks(const char *name)
{
	for (size_t i = 0; i < sizeof(calls) / sizeof(*calls); i++) {
		const struct call *call = &calls[i];
		if (strcmp(call->name, name) != 0)
			continue;
		long first = call->argument == ANY_ARGUMENT ? -1 : (long)call->value;
		long answer =
			syscall(call->number, first, (long)INT_MAX, 0L, (long)WEXITED, 0L, 0L);
		return answer < 0 && errno == call->error ? 0 : 1;
	}
	fprintf(stderr, "without: no call %s in the table\n", name);
	return 2;
}

/* Root needs no promise to gain no rights, and some of what it runs does. */
static int install(void)
{
	const struct sock_fprog filter = {length, program};

	if (!prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &filter))
		return 0;
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0))
		return -1;
	return prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &filter);
}

int main(int argc, char **argv)
{
	if (argc < 3) {
		fprintf(stderr, "usage: without CALL[,CALL…] COMMAND [ARGUMENT…] | -q CALL\n");
		return 2;
	}
	if (!strcmp(argv[1], "-q"))
		return lacks(argv[2]);
	begin();
	for (char *word = strtok(argv[1], ","); word; word = strtok(NULL, ","))
		deny_named(word);
	add(BPF_RET | BPF_K, SECCOMP_RET_ALLOW, 0, 0);
	if (install()) {
		perror("without: cannot install the filter");
		return 2;
	}
	execvp(argv[2], argv + 2);
	perror(argv[2]);
	return 127;
}
