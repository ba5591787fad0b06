/*
 * Child side: the filters: the plan's own, and those that its caller has given.  The command loads them, last of
 * all: what they deny is nobody's to say.
 *
 * Whether they have been loaded the kernel says in /proc/self/status, where it counts them.  Reading
 * that under a filter that kills for it would end a sandbox that is as it should be: so the filters
 * are run here first, on that one call.  With one that does not let it through nothing is asked.
 */
#include "child/steps.h"

#include <linux/audit.h>
#include <string.h>

#if defined(__x86_64__)
#define NATIVE_ARCHITECTURE AUDIT_ARCH_X86_64
#elif defined(__aarch64__)
#define NATIVE_ARCHITECTURE AUDIT_ARCH_AARCH64
#else
#define NATIVE_ARCHITECTURE 0 /* which no filter lets through */
#endif

/* --- what a filter answers ---------------------------------------------------------------------
 */

struct machine {
	uint32_t a, x;
	uint32_t memory[BPF_MEMWORDS];
};

static uint32_t compute(const struct sock_filter *at, uint32_t a, uint32_t operand)
{
	switch (BPF_OP(at->code)) {
	case BPF_ADD:
		return a + operand;
	case BPF_SUB:
		return a - operand;
	case BPF_MUL:
		return a * operand;
	case BPF_DIV:
		return operand ? a / operand : 0;
	case BPF_AND:
		return a & operand;
	case BPF_OR:
		return a | operand;
	case BPF_XOR:
		return a ^ operand;
	case BPF_LSH:
		return operand < 32 ? a << operand : 0;
	case BPF_RSH:
		return operand < 32 ? a >> operand : 0;
	default:
		return -a;
	}
}

static bool compare(const struct sock_filter *at, uint32_t a, uint32_t operand)
{
	switch (BPF_OP(at->code)) {
	case BPF_JEQ:
		return a == operand;
	case BPF_JGT:
		return a > operand;
	case BPF_JGE:
		return a >= operand;
	default:
		return a & operand;
	}
}

/* Of a filter that the kernel has accepted; what is out of bounds is 0, should it have lied. */
static uint32_t load(const struct sock_filter *at, const struct machine *machine,
	const struct seccomp_data *data)
{
	uint32_t word = 0;

	switch (BPF_MODE(at->code)) {
	case BPF_IMM:
		return at->k;
	case BPF_LEN:
		return sizeof(*data);
	case BPF_MEM:
		return at->k < BPF_MEMWORDS ? machine->memory[at->k] : 0;
	default:
		if (at->k <= sizeof(*data) - sizeof(word))
			memcpy(&word, (const char *)data + at->k, sizeof(word));
		return word;
	}
}

/* One instruction that neither jumps nor returns. */
static void step(
	const struct sock_filter *at, struct machine *machine, const struct seccomp_data *data)
{
	uint32_t operand = BPF_SRC(at->code) == BPF_X ? machine->x : at->k;

	switch (BPF_CLASS(at->code)) {
	case BPF_LD:
		machine->a = load(at, machine, data);
		break;
	case BPF_LDX:
		machine->x = load(at, machine, data);
		break;
	case BPF_ST:
	case BPF_STX:
		if (at->k < BPF_MEMWORDS)
			machine->memory[at->k] =
				BPF_CLASS(at->code) == BPF_ST ? machine->a : machine->x;
		break;
	case BPF_ALU:
		machine->a = compute(at, machine->a, operand);
		break;
	default:
		if (BPF_MISCOP(at->code) == BPF_TAX)
			machine->x = machine->a;
		else
			machine->a = machine->x;
	}
}

/* Jumps only lead forward, so this ends. */
static bool allows(const struct sock_fprog *filter, const struct seccomp_data *data)
{
	struct machine machine = {0};

	for (size_t i = 0; i < filter->len; i++) {
		const struct sock_filter *at = &filter->filter[i];
		uint32_t operand = BPF_SRC(at->code) == BPF_X ? machine.x : at->k;
		uint32_t answer = BPF_RVAL(at->code) == BPF_A ? machine.a : at->k;

		if (BPF_CLASS(at->code) == BPF_RET)
			return (answer & SECCOMP_RET_ACTION_FULL) == SECCOMP_RET_ALLOW;
		if (BPF_CLASS(at->code) != BPF_JMP)
			step(at, &machine, data);
		else if (BPF_OP(at->code) == BPF_JA)
			i += at->k;
		else
			i += compare(at, machine.a, operand) ? at->jt : at->jf;
	}
	return false;
}

/* --- how many there are ------------------------------------------------------------------------
 */

/* Much larger than it is, but for the list of groups. */
static char status[64 * 1024];

/* The kernel writes the text when it is read, not when it is opened.  -ENODATA: it does not say. */
static int read_count(struct child *child, int fd)
{
	static const char NAME[] = "Seccomp_filters:\t";

	long size = sys_result(read(fd, status, sizeof(status) - 1));
	if (size < 0)
		return (int)child_noted(child, CALL_READ, size);
	status[size] = '\0';
	for (const char *line = status; line; line = strchr(line, '\n')) {
		line += *line == '\n';
		if (strncmp(line, NAME, sizeof(NAME) - 1) != 0)
			continue;
		int count = 0;
		for (line += sizeof(NAME) - 1; *line >= '0' && *line <= '9'; line++)
			count = count * 10 + (*line - '0');
		return count;
	}
	return -ENODATA;
}

static bool may_read(const struct child *child, int fd)
{
	const struct rind_plan *plan = child->plan;
	const struct seccomp_data data = {
		.nr = SYS_read,
		.arch = NATIVE_ARCHITECTURE,
		.args = {(unsigned int)fd, (uintptr_t)status, sizeof(status) - 1},
	};
	bool allowed = plan->filter_fd < 0 || allows(&child->filter, &data);

	for (size_t i = 0; allowed && i < plan->filter_count; i++)
		allowed = allows(&plan->filters[i], &data);
	return allowed;
}

static int load_program(const struct sock_fprog *program)
{
	int error = sys_seccomp_filter(program);
	if (!error && sys_prctl(PR_GET_SECCOMP, 0) != SECCOMP_MODE_FILTER)
		error = -ENOTRECOVERABLE;
	return error;
}

int filters_load_own(struct child *child)
{
	int error = 0;
	for (const struct sock_fprog *const *filter = child->frozen->filters; !error && *filter;
		filter++)
		error = load_program(*filter);
	return (int)child_noted(child, CALL_SECCOMP, error);
}

/* --- loading ----------------------------------------------------------------------------------- */

int filters_read(struct child *child)
{
	/* One more than the kernel takes, so that a longer one is refused rather than cut. */
	static struct sock_filter instructions[BPF_MAXINSNS + 1];
	int fd = child->plan->filter_fd;
	size_t size = 0;

	if (fd < 0)
		return 0;
	for (;;) {
		size_t room = sizeof(instructions) - size;
		long count = sys_result(read(fd, (char *)instructions + size, room));
		if (count == -EINTR)
			continue;
		if (count == 0 && room && sys_readable(fd) > 0)
			count = -EIO; /* an end that is none would cut the filter short */
		if (count < 0)
			return (int)child_noted(child, CALL_READ, count);
		if (count == 0)
			break;
		size += (size_t)count;
	}
	if (size % sizeof(*instructions))
		return (int)child_noted(child, CALL_NONE, -EINVAL);
	child->filter.len = (unsigned short)(size / sizeof(*instructions));
	child->filter.filter = instructions;
	return 0;
}

static int load_all(struct child *child)
{
	const struct rind_plan *plan = child->plan;
	/* With flags that there are not: who says that this has worked does not load filters. */
	long nonsense = syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, ~0U, NULL);
	int error = nonsense >= 0 ? child_wrong(child, "the seccomp filter") : 0;

	for (size_t i = 0; !error && i < plan->filter_count; i++)
		error = (int)child_noted(
			child, CALL_SECCOMP, sys_seccomp_filter(&plan->filters[i]));
	if (!error && plan->filter_fd >= 0)
		error = (int)child_noted(child, CALL_SECCOMP, sys_seccomp_filter(&child->filter));
	return error;
}

static int open_status(struct child *child)
{
	return (int)child_noted(
		child, CALL_OPEN, sys_openat(child->proc, "self/status", O_RDONLY, 0));
}

int filters_load_given(struct child *child)
{
	const struct rind_plan *plan = child->plan;
	size_t wanted = plan->filter_count + (plan->filter_fd >= 0);

	if (!wanted)
		return 0;
	child->stage = STAGE_FILTER;
	_cleanup_close_ int first = open_status(child);
	if (first < 0)
		return first;
	int before = read_count(child, first);
	_cleanup_close_ int second = open_status(child);
	if (second < 0)
		return second;
	bool ask = before >= 0 && may_read(child, second);

	int error = load_all(child);
	if (error < 0 || !ask)
		return error;
	if (read_count(child, second) != before + (int)wanted)
		return child_wrong(child, "the seccomp filter");
	return 0;
}
