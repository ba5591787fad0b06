/*
 * Compile the rules of filter_rules.c to BPF programs with libseccomp; see filter_export.h.  Runs
 * at build time, without privileges, and touches nothing but the libseccomp context.
 */
#include "plan/filter_export.h"

#include "base/fd.h"
#include "plan/filter_guard.h"
#include "plan/filter_rules.h"

#include <errno.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

static int add_rule(scmp_filter_ctx context, const char *name, int error)
{
	/* A call that the native ABI lacks has a negative number: socketcall. */
	int call = seccomp_syscall_resolve_name(name);
	if (call == __NR_SCMP_ERROR)
		return -ENOENT;
	return seccomp_rule_add(context, SCMP_ACT_ERRNO(error), call, 0);
}

/* --- the tail: tests of arguments ------------------------------------------------------------- */

/*
 * The calls with tests of arguments. names[i] is the call of body i; calls with equal bodies share
 * the first one.
 */
struct tail_calls {
	struct filter_tail tail;
	const char *names[FILTER_BODIES];
};

/* The number of a call's body, which is added if there is none; FILTER_BODIES: there is no room. */
static size_t find_body(struct tail_calls *calls, const char *name)
{
	size_t i = 0;

	while (i < calls->tail.count && strcmp(calls->names[i], name) != 0)
		i++;
	if (i == calls->tail.count && i < FILTER_BODIES) {
		calls->names[i] = name;
		calls->tail.bodies[calls->tail.count++].count = 0;
	}
	return i;
}

/* Collect the tests of each call.  -E2BIG: there is no room. */
static int make_tail(unsigned int filter, struct tail_calls *ret)
{
	memset(ret, 0, sizeof(*ret));
	for (size_t i = 0; i < filter_row_count; i++) {
		if (!(filter_rows[i].filters & filter) || !filter_rows[i].deny.count)
			continue;
		size_t number = find_body(ret, filter_rows[i].call);
		if (number == FILTER_BODIES)
			return -E2BIG;
		struct filter_body *body = &ret->tail.bodies[number];
		if (body->count == sizeof(body->rules) / sizeof(body->rules[0]))
			return -E2BIG;
		body->rules[body->count++] = filter_rows[i].deny;
	}
	return 0;
}

/*
 * Have libseccomp answer each call with the placeholder errno of its body; equal bodies are shared.
 */
static int add_tail_answers(scmp_filter_ctx context, struct tail_calls *calls)
{
	struct filter_body *bodies = calls->tail.bodies;
	int code = 0;

	for (size_t i = 0; !code && i < calls->tail.count; i++) {
		size_t same = 0;
		while (memcmp(&bodies[same], &bodies[i], sizeof(*bodies)) != 0)
			same++;
		calls->tail.used[same] = true;
		code = add_rule(context, calls->names[i], FILTER_TAIL_ERRNO + (int)same);
	}
	return code;
}

static int add_rules(scmp_filter_ctx context, unsigned int filter, struct tail_calls *calls)
{
	int code = add_tail_answers(context, calls);

	for (size_t i = 0; !code && i < filter_row_count; i++)
		if (filter_rows[i].filters & filter && !filter_rows[i].deny.count)
			code = add_rule(context, filter_rows[i].call, filter_rows[i].deny.error);
	return code;
}

/* --- libseccomp's part ------------------------------------------------------------------------ */

/* The other ABIs by which a process can call the same kernel. */
static int add_other_abis(scmp_filter_ctx context, uint32_t architecture)
{
	switch (architecture) {
	case SCMP_ARCH_X86_64: {
		int code = seccomp_arch_add(context, SCMP_ARCH_X86);
		return code ? code : seccomp_arch_add(context, SCMP_ARCH_X32);
	}
	case SCMP_ARCH_AARCH64:
		return seccomp_arch_add(context, SCMP_ARCH_ARM);
	default:
		/* rind knows of none; if there is one, a call through it kills the process. */
		return 0;
	}
}

static int set_architecture(scmp_filter_ctx context, uint32_t architecture)
{
	uint32_t native = seccomp_arch_native();

	if (architecture != native) {
		int code = seccomp_arch_add(context, architecture);
		if (!code)
			code = seccomp_arch_remove(context, native);
		if (code)
			return code;
	}
	return add_other_abis(context, architecture);
}

static int set_attributes(scmp_filter_ctx context)
{
	int code = seccomp_attr_set(context, SCMP_FLTATR_ACT_BADARCH, SCMP_ACT_KILL_PROCESS);
	if (code)
		return code;
	/*
	 * Find the call's number by binary search, not in a list.  When a filter is attached, the
	 * kernel runs it once for each call number, so this makes every start faster.
	 */
	return seccomp_attr_set(context, SCMP_FLTATR_CTL_OPTIMIZE, 2);
}

static void release_context(scmp_filter_ctx *context)
{
	if (*context)
		seccomp_release(*context);
}

/* Build the filter in libseccomp, with the placeholder errnos of these calls. */
static int build(
	unsigned int filter, uint32_t architecture, struct tail_calls *calls, scmp_filter_ctx *ret)
{
	/*
	 * Without this libseccomp asks the running kernel for its level, which is the build
	 * machine's.  Level 3 is Linux 4.14, which has every action used here.
	 */
	int code = seccomp_api_set(3);
	if (code)
		return code;
	__attribute__((cleanup(release_context))) scmp_filter_ctx context =
		seccomp_init(SCMP_ACT_ALLOW);
	if (!context)
		return -ENOMEM;
	code = set_attributes(context);
	if (!code)
		code = set_architecture(context, architecture);
	if (!code)
		code = add_rules(context, filter, calls);
	if (code)
		return code;
	*ret = take_ptr(context);
	return 0;
}

/* Take the program from libseccomp; returns its length or -errno. */
static int export_calls(scmp_filter_ctx context, struct sock_filter *code, size_t room)
{
	_cleanup_close_ int fd = memfd_create("filter", MFD_CLOEXEC);
	int result = fd < 0 ? -errno : seccomp_export_bpf(context, fd);
	if (result)
		return result;

	off_t size = lseek(fd, 0, SEEK_END);
	if (size < 0)
		return -errno;
	if (size == 0 || size % sizeof(*code) || size > (off_t)(room * sizeof(*code)))
		return -E2BIG;
	ssize_t got = pread(fd, code, size, 0);
	if (got < 0)
		return -errno;
	return got == size ? (int)(size / sizeof(*code)) : -EIO;
}

int filter_export(enum plan_filter which, uint32_t architecture, struct sock_filter *code)
{
	__attribute__((cleanup(release_context))) scmp_filter_ctx context = NULL;
	struct tail_calls calls;

	if (which <= PLAN_FILTER_NONE || which >= PLAN_FILTER_COUNT)
		return -EINVAL;
	unsigned int filter = 1U << which;
	int error = make_tail(filter, &calls);
	if (!error)
		error = build(filter, architecture, &calls, &context);
	if (error)
		return error;

	/* The other filters are always added to one of these, so need no head. */
	size_t head = filter & filter_always ? filter_guard_head(architecture, code) : 0;
	int length = export_calls(
		context, code + head, BPF_MAXINSNS - FILTER_HEAD_ROOM - FILTER_TAIL_ROOM);
	if (length < 0)
		return length;
	length += (int)head;
	return length + (int)filter_guard_tail(code, (size_t)length, &calls.tail);
}
