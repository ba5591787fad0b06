/*
 * refuse ERROR CALL… -- COMMAND…: run a command on a kernel that refuses these calls, as a
 * container or an old kernel would.
 *
 * ERROR is ENOSYS, EPERM, or KILL for a filter that ends whoever makes the call.  userns stands for
 * user namespaces asked for by clone and unshare, with clone3 answered as if it were not there,
 * since a filter cannot read its flags: what container engines do.
 */
#include <errno.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sched.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#ifdef __x86_64__
#define ARCHITECTURE AUDIT_ARCH_X86_64
#else
#define ARCHITECTURE AUDIT_ARCH_AARCH64
#endif

#define LOAD(field)          \
	(struct sock_filter) \
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, field))
#define RETURN(action) (struct sock_filter) BPF_STMT(BPF_RET | BPF_K, action)
#define UNLESS(test, value, skip) \
	(struct sock_filter) BPF_JUMP(BPF_JMP | (test) | BPF_K, value, 0, skip)

static const struct {
	const char *name;
	long number;
} calls[] = {
	{"clone3", SYS_clone3},
	{"close_range", SYS_close_range},
	{"fsopen", SYS_fsopen},
	{"keyctl", SYS_keyctl},
	{"landlock_create_ruleset", SYS_landlock_create_ruleset},
	{"mount", SYS_mount},
	{"mount_setattr", SYS_mount_setattr},
	{"move_mount", SYS_move_mount},
	{"open_tree", SYS_open_tree},
	{"openat2", SYS_openat2},
	{"pidfd_send_signal", SYS_pidfd_send_signal},
	{"seccomp", SYS_seccomp},
	{"statx", SYS_statx},
	{"unshare", SYS_unshare},
	{"waitid", SYS_waitid},
};

enum { CALLS = sizeof(calls) / sizeof(*calls), MAX_STEPS = 128 };

static struct sock_filter steps[MAX_STEPS];
static unsigned short count;

static void add(struct sock_filter step)
{
	steps[count++] = step;
}

/* The call's number is in the accumulator, before and after. */
static void refuse(long number, uint32_t action)
{
	add(UNLESS(BPF_JEQ, (uint32_t)number, 1));
	add(RETURN(action));
}

static void refuse_flag(long number, uint32_t flag, uint32_t action)
{
	add(UNLESS(BPF_JEQ, (uint32_t)number, 4));
	add(LOAD(args[0]));
	add(UNLESS(BPF_JSET, flag, 1));
	add(RETURN(action));
	add(RETURN(SECCOMP_RET_ALLOW));
}

static int refuse_named(const char *name, uint32_t action)
{
	if (!strcmp(name, "userns")) {
		refuse(SYS_clone3, SECCOMP_RET_ERRNO | ENOSYS);
		refuse_flag(SYS_clone, CLONE_NEWUSER, action);
		refuse_flag(SYS_unshare, CLONE_NEWUSER, action);
		return 0;
	}
	for (size_t i = 0; i < CALLS; i++) {
		if (!strcmp(name, calls[i].name)) {
			refuse(calls[i].number, action);
			return 0;
		}
	}
	fprintf(stderr, "refuse: no call %s in the table\n", name);
	return -1;
}

static int attach(void)
{
	struct sock_fprog program = {.len = count, .filter = steps};

	/* Not seccomp(2), which the kernel may seem not to have. */
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) ||
		prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program)) {
		perror("refuse: cannot install the filter");
		return -1;
	}
	return 0;
}

int main(int argc, char **argv)
{
	uint32_t action = SECCOMP_RET_ERRNO | ENOSYS;
	int i = 2;

	if (argc > 1 && !strcmp(argv[1], "EPERM"))
		action = SECCOMP_RET_ERRNO | EPERM;
	else if (argc > 1 && !strcmp(argv[1], "KILL"))
		action = SECCOMP_RET_KILL_PROCESS;
	else if (argc < 2 || strcmp(argv[1], "ENOSYS"))
		argc = 0;

	add(LOAD(arch));
	add((struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, ARCHITECTURE, 1, 0));
	add(RETURN(SECCOMP_RET_KILL_PROCESS));
	add(LOAD(nr));
	for (; i < argc && strcmp(argv[i], "--") && count < MAX_STEPS - 16; i++)
		if (refuse_named(argv[i], action) < 0)
			return 2;
	add(RETURN(SECCOMP_RET_ALLOW));
	if (i + 1 >= argc) {
		fprintf(stderr, "usage: refuse ENOSYS|EPERM|KILL CALL... -- COMMAND...\n");
		return 2;
	}
	if (attach() < 0)
		return 2;
	execvp(argv[i + 1], argv + i + 1);
	perror(argv[i + 1]);
	return 127;
}
