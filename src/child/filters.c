/*
 * Child side, in the command: loads the seccomp filters: the plan's own, then the caller's, which
 * come last because afterwards any call may be denied, or kill the process.
 *
 * Some filters around rind answer seccomp(2) with success and do nothing.  So the command
 * verifies that each filter was loaded, by a question that a filter of the caller's can
 * neither deny nor turn into a kill: each filter is loaded with a preface which answers this one
 * call before its first instruction.
 *
 *   question   seccomp(SECCOMP_SET_MODE_FILTER, 0, QUESTION): no program is at that address
 *   answer     an errno that the kernel does not use, another one for each filter
 *
 * Of several filters the strictest result counts.  All of these filters have the preface
 * and return an errno; of several errnos that of the newest filter counts (seccomp_run_filters()
 * in kernel/seccomp.c).  So the answer of a filter proves that this filter was loaded.  Without
 * it the call returns EFAULT, or what a filter around rind makes of it.  The preface gives the
 * command no right: a call that gets an errno is not executed.
 */
#include "child/steps.h"

#include <string.h>

/* On no machine is this a valid address, so it is never that of a filter. */
#define QUESTION UINT64_C(0x72696e6466696c74)

enum {
	/* instructions of the preface */
	PREFACE = 8,
	/*
	 * The answers, beyond the numbers of errno in use (the highest is 133, or 530 inside the
	 * kernel).
	 */
	ANSWER_FIRST = 3000,
	ANSWER_COUNT = 1000,
};

/* --- the question ----------------------------------------------------------------------------- */

#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
enum { LOW_WORD = 0, HIGH_WORD = 4 };
#else
enum { LOW_WORD = 4, HIGH_WORD = 0 };
#endif

/*
 * The caller's first instruction has to find the registers as without a preface: 0 in the
 * accumulator, and an unused index register and memory.  For all other calls the preface reads
 * only the call's number: then the kernel can still use its bitmap of calls that are always
 * allowed.
 */
static void write_preface(struct sock_filter to[static PREFACE], unsigned int answer)
{
	enum { ADDRESS = offsetof(struct seccomp_data, args[2]) };
	const struct sock_filter preface[PREFACE] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_seccomp, 0, 5),
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, ADDRESS + LOW_WORD),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, (uint32_t)QUESTION, 0, 3),
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, ADDRESS + HIGH_WORD),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, (uint32_t)(QUESTION >> 32), 0, 1),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | answer),
		BPF_STMT(BPF_ALU | BPF_AND | BPF_K, 0),
	};
	memcpy(to, preface, sizeof(preface));
}

static int ask(void)
{
	return (int)sys_result(syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, QUESTION));
}

/*
 * An answer that the question does not have so far: in a sandbox within a sandbox the outer
 * filter may give the first one.
 */
static unsigned int next_answer(unsigned int given)
{
	if (given < ANSWER_FIRST || given >= ANSWER_FIRST + ANSWER_COUNT)
		return ANSWER_FIRST;
	return ANSWER_FIRST + (given - ANSWER_FIRST + 1) % ANSWER_COUNT;
}

/* --- loading ---------------------------------------------------------------------------------- */

int filters_read(struct child *child)
{
	/*
	 * One more than the kernel accepts: it then refuses a longer program, which would
	 * otherwise be cut.
	 */
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
			count = -EIO; /* a faked end-of-file would cut the filter short */
		if (count < 0)
			return child_noted(child, CALL_READ, count);
		if (count == 0)
			break;
		size += (size_t)count;
	}
	if (size % sizeof(*instructions))
		return child_noted(child, CALL_NONE, -EINVAL);
	child->filter.len = (unsigned short)(size / sizeof(*instructions));
	child->filter.filter = instructions;
	return 0;
}

/*
 * *given: the answer to the question before, 0: not asked yet; afterwards the answer of this
 * filter.
 */
static int load(struct child *child, const struct sock_fprog *filter, unsigned int *given)
{
	static struct sock_filter instructions[BPF_MAXINSNS];
	const struct sock_fprog with_preface = {
		.len = (unsigned short)(PREFACE + filter->len),
		.filter = instructions,
	};

	if (!*given) {
		/*
		 * No program is at that address: a success is faked, and real filters would be
		 * too.
		 */
		int before = ask();
		if (before >= 0)
			return child_wrong(child, "the seccomp filter");
		*given = (unsigned int)-before;
	}
	/* A program without room for the preface is loaded as it is, without the question. */
	if (filter->len > BPF_MAXINSNS - PREFACE)
		return child_noted(child, CALL_SECCOMP, sys_seccomp_filter(filter));
	*given = next_answer(*given);
	write_preface(instructions, *given);
	memcpy(instructions + PREFACE, filter->filter, filter->len * sizeof(*instructions));
	int error = child_noted(child, CALL_SECCOMP, sys_seccomp_filter(&with_preface));
	if (error < 0)
		return error;
	return ask() == -(int)*given ? 0 : child_wrong(child, "the seccomp filter");
}

int filters_load_own(struct child *child)
{
	const struct sock_fprog *const *filter = child->frozen->filters;
	unsigned int given = 0;
	int error = 0;

	for (; !error && *filter; filter++)
		error = load(child, *filter, &given);
	return error;
}

int filters_load_given(struct child *child)
{
	const struct rind_plan *plan = child->plan;
	unsigned int given = 0;
	int error = 0;

	for (size_t i = 0; !error && i < plan->filter_count; i++)
		error = load(child, &plan->filters[i], &given);
	if (!error && plan->filter_fd >= 0)
		error = load(child, &child->filter, &given);
	return error;
}
