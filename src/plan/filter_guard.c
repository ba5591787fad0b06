/*
 * Deny what is unknown; see filter_guard.h.
 *
 * The rules in filter_rules.c deny what is known to be harmful.  But a newer kernel has new calls,
 * and new flags of old calls, that make and change mounts and namespaces, and Landlock and the
 * read-only mounts do not cover them.  For example, with OPEN_TREE_NAMESPACE, UNSHARE_EMPTY_MNTNS
 * and FSMOUNT_NAMESPACE (Linux 7) a process enters a mount namespace without rind's mounts, where
 * these no longer prevent a rename.  So this file denies by default: calls with a number above the
 * newest one that was reviewed, unknown flags of the calls that make namespaces and mounts, and
 * unknown requests to file systems.  The answer is that of an older kernel, which programs can
 * handle; openat2 and clone3 are denied in the same way.
 *
 * libseccomp can express neither "a number above" nor "any bit except these", and does not know the
 * newest calls.  Its program finds a call by its number in the table of each ABI.  We put a head
 * before it, which tests for high numbers, and a tail behind it, which tests arguments.  For a call
 * whose arguments matter, filter_rules.c has libseccomp answer with a placeholder errno, which is
 * then replaced by a jump to the tail. (libseccomp itself would repeat the tests for each ABI, and
 * need twice as many instructions.)
 *
 * Each instruction makes every start slower.  When a filter is attached, the kernel compiles it
 * (0.15 microseconds for each instruction) and runs it once for each call number of each table
 * (0.003 microseconds for each step), to find the calls that it always allows and need not run the
 * filter for.  This trial of a call ends where the filter loads an argument.  So for calls of the
 * 32-bit table the head loads an argument at once, without using it: few programs use that table,
 * and a start should not pay for it.  These calls then go through the filter each time, as all
 * calls do before Linux 5.11.
 *
 * Before raising NEWEST_CALL, review each new call: what can it do in a mount namespace of the
 * caller's own, and through a descriptor that is open for reading?
 */
#include "plan/filter_guard.h"

#include <errno.h>
#include <linux/audit.h>
#include <linux/seccomp.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#define ARRAY_SIZE(array) (sizeof(array) / sizeof((array)[0]))

/* A filter sees the call as this structure. */
#define NUMBER_OFFSET       offsetof(struct seccomp_data, nr)
#define ARCHITECTURE_OFFSET offsetof(struct seccomp_data, arch)
#define LOW_HALF(argument)  (offsetof(struct seccomp_data, args) + (size_t)8 * (argument))
#define HIGH_HALF(argument) (LOW_HALF(argument) + 4U)

_Static_assert(__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__, "the low half of an argument is first");

/* The newest call that was reviewed: rseq_slice_yield. */
#define NEWEST_CALL 471U

/* The first and the last call in flag_rules; these have the same number in all tables. */
#define FIRST_OF_MOUNTS 428U
#define LAST_OF_MOUNTS  442U

/*
 * x32 calls have this bit.  These numbers are x32's own; with all others it shares x86-64's calls.
 */
#define X32_BIT       0x40000000U
#define X32_OWN_FIRST 512U
#define X32_OWN_LAST  547U

/*
 * ioctl, sendmsg and sendmmsg: x32 has calls of its own for them.  With these 64-bit numbers and
 * the x32 bit, kernels before 5.4 make the 64-bit call, which libseccomp does not expect; newer
 * ones lack them.  The list has to have each such call that is in the rules.
 */
static const uint32_t not_in_x32[] = {16, 46, 307};

/*
 * Calls of 32-bit arm outside the table: every program there sets its thread pointer with one of
 * them.
 */
#define ARM_OWN_FIRST 0xf0000U
#define ARM_OWN_LAST  0xf07ffU

/* Not a call: a tracer sets this number to skip a call that it answers itself. */
#define NO_CALL 0xffffffffU

/* --- assembling ------------------------------------------------------------------------------- */

/*
 * Where a jump leads; all jumps go forward.  GUARD_ON: the next instruction.  GUARD_END: behind the
 * guard.
 */
enum label {
	GUARD_ON,
	OWN_TABLE,
	NATIVE_CALL,
	X32_CALL,
	OTHER_CALL,
	UNKNOWN_CALL,
	COMMON,
	FLAGS, /* and one for each row of flag_rules */
	FLAGS_LAST = FLAGS + 9,
	NO_SUCH_CALL,
	NO_SUCH_FLAG,
	NO_SUCH_REQUEST,
	DENIED_CALLS,
	DENIED,
	NO_ACCESS,
	ALLOWED,
	GUARD_END,
	OTHERS, /* and the following: made by new_label() */
	LABEL_COUNT = UINT8_MAX,
};

struct guard {
	struct sock_filter *code; /* jt, jf and BPF_JA's k are labels until resolve() */
	size_t length;
	size_t places[LABEL_COUNT];
	enum label next; /* what new_label() will make next */
	/* The argument that is loaded now, and its mask; mask 0: unknown. */
	uint32_t argument, mask;
};

static void place(struct guard *guard, enum label label)
{
	guard->places[label] = guard->length;
}

static enum label new_label(struct guard *guard)
{
	if (guard->next == LABEL_COUNT)
		abort();
	return guard->next++;
}

static void add(struct guard *guard, uint16_t operation, uint32_t k, enum label yes, enum label no)
{
	guard->code[guard->length++] =
		(struct sock_filter){operation, (uint8_t)yes, (uint8_t)no, k};
}

static void load(struct guard *guard, size_t offset)
{
	add(guard, BPF_LD | BPF_W | BPF_ABS, (uint32_t)offset, GUARD_ON, GUARD_ON);
}

static void if_equal(struct guard *guard, uint32_t value, enum label yes)
{
	add(guard, BPF_JMP | BPF_JEQ | BPF_K, value, yes, GUARD_ON);
}

static void if_at_least(struct guard *guard, uint32_t value, enum label yes, enum label no)
{
	add(guard, BPF_JMP | BPF_JGE | BPF_K, value, yes, no);
}

static void mask(struct guard *guard, uint32_t bits)
{
	add(guard, BPF_ALU | BPF_AND | BPF_K, bits, GUARD_ON, GUARD_ON);
}

static void go(struct guard *guard, enum label label)
{
	add(guard, BPF_JMP | BPF_JA, label, GUARD_ON, GUARD_ON);
}

static void deny(struct guard *guard, enum label label, int error)
{
	place(guard, label);
	add(guard, BPF_RET | BPF_K, SECCOMP_RET_ERRNO | (uint32_t)error, GUARD_ON, GUARD_ON);
}

/*
 * The distance from an instruction to a label.  A jump of 8 bits cannot go farther than 255; a
 * shortened one would lead elsewhere, so rather make no filter.
 */
static uint8_t distance(const struct guard *guard, size_t from, enum label label)
{
	size_t steps = label == GUARD_ON ? 0 : guard->places[label] - from - 1;
	if (steps > UINT8_MAX)
		abort();
	return (uint8_t)steps;
}

static void resolve(struct guard *guard)
{
	for (size_t i = 0; i < guard->length; i++) {
		struct sock_filter *step = &guard->code[i];

		if (step->code == (BPF_JMP | BPF_JA))
			step->k = distance(guard, i, step->k);
		step->jt = distance(guard, i, step->jt);
		step->jf = distance(guard, i, step->jf);
	}
}

/* --- known calls and flags -------------------------------------------------------------------- */

/*
 * Calls with the same number in all tables, in ascending order: which argument has the flags, and
 * which flags are known.
 */
static const struct {
	uint32_t number, argument, known;
} flag_rules[] = {
	{428, 2, 0x00089901}, /* open_tree: of a path, OPEN_TREE_CLONE, OPEN_TREE_CLOEXEC */
	{429, 4, 0x00000377}, /* move_mount: to MOVE_MOUNT_BENEATH */
	{430, 1, 0x00000001}, /* fsopen: FSOPEN_CLOEXEC */
	{432, 1, 0x00000001}, /* fsmount: FSMOUNT_CLOEXEC */
	{433, 2, 0x0000000f}, /* fspick: to FSPICK_EMPTY_PATH */
	/* mount_setattr: of a path, AT_SYMLINK_NOFOLLOW, NO_AUTOMOUNT, EMPTY_PATH, RECURSIVE. */
	{442, 2, 0x00009900},
};

_Static_assert(ARRAY_SIZE(flag_rules) <= FLAGS_LAST - FLAGS + 1, "each has a label");

/*
 * Calls that were reviewed and that no program needs which also runs on older kernels.
 * open_tree_attr has all of open_tree's flags, and changes attributes, which are in memory; listns
 * lists namespaces of the host.
 */
static const uint32_t denied_calls[] = {467, 470};

/* --- the head --------------------------------------------------------------------------------- */

/*
 * Kernels before 5.4 accept x32's own calls also without the x32 bit: their numbers are x32's only.
 */
static void add_x86_numbers(struct guard *guard)
{
	place(guard, NATIVE_CALL);
	load(guard, NUMBER_OFFSET);
	if_at_least(guard, X32_BIT, X32_CALL, GUARD_ON);
	if_at_least(guard, NEWEST_CALL + 1, NO_SUCH_CALL, COMMON);
	place(guard, X32_CALL);
	if_equal(guard, NO_CALL, GUARD_END);
	mask(guard, ~X32_BIT);
	if_at_least(guard, X32_OWN_LAST + 1, NO_SUCH_CALL, GUARD_ON);
	if_at_least(guard, X32_OWN_FIRST, GUARD_END, GUARD_ON);
	for (size_t i = 0; i < ARRAY_SIZE(not_in_x32); i++)
		if_equal(guard, not_in_x32[i], NO_SUCH_CALL);
	if_at_least(guard, NEWEST_CALL + 1, NO_SUCH_CALL, COMMON);
	place(guard, OTHER_CALL);
	load(guard, NUMBER_OFFSET);
	if_at_least(guard, NEWEST_CALL + 1, UNKNOWN_CALL, COMMON);
}

static void add_arm_numbers(struct guard *guard)
{
	place(guard, OTHER_CALL);
	load(guard, NUMBER_OFFSET);
	if_at_least(guard, ARM_OWN_LAST + 1, UNKNOWN_CALL, GUARD_ON);
	if_at_least(guard, ARM_OWN_FIRST, GUARD_END, GUARD_ON);
	if_at_least(guard, NEWEST_CALL + 1, NO_SUCH_CALL, COMMON);
	place(guard, NATIVE_CALL);
	load(guard, NUMBER_OFFSET);
	if_at_least(guard, NEWEST_CALL + 1, UNKNOWN_CALL, COMMON);
}

/* Sort calls by table.  Next comes COMMON, with the number loaded that a call has in all tables. */
static void add_numbers(struct guard *guard, uint32_t architecture)
{
	bool is_x86 = architecture == AUDIT_ARCH_X86_64;

	load(guard, ARCHITECTURE_OFFSET);
	if_equal(guard, architecture, OWN_TABLE);
	load(guard, LOW_HALF(0)); /* not used: it ends the kernel's trial */
	place(guard, OWN_TABLE);
	load(guard, NUMBER_OFFSET);
	if_at_least(guard, FIRST_OF_MOUNTS, GUARD_ON, GUARD_END);
	load(guard, ARCHITECTURE_OFFSET);
	if_equal(guard, architecture, NATIVE_CALL);
	if_equal(guard, is_x86 ? AUDIT_ARCH_I386 : AUDIT_ARCH_ARM, OTHER_CALL);
	go(guard, GUARD_END); /* libseccomp's part kills it */
	if (is_x86)
		add_x86_numbers(guard);
	else
		add_arm_numbers(guard);
	place(guard, UNKNOWN_CALL);
	if_equal(guard, NO_CALL, GUARD_END);
	go(guard, NO_SUCH_CALL);
}

static void add_common_calls(struct guard *guard)
{
	place(guard, COMMON);
	if_at_least(guard, LAST_OF_MOUNTS + 1, DENIED_CALLS, GUARD_ON);
	for (size_t i = 0; i < ARRAY_SIZE(flag_rules); i++)
		if_equal(guard, flag_rules[i].number, FLAGS + (enum label)i);
	go(guard, GUARD_END);
	place(guard, DENIED_CALLS);
	for (size_t i = 0; i < ARRAY_SIZE(denied_calls); i++)
		if_equal(guard, denied_calls[i], NO_SUCH_CALL);
	go(guard, GUARD_END);
	for (size_t i = 0; i < ARRAY_SIZE(flag_rules); i++) {
		place(guard, FLAGS + (enum label)i);
		load(guard, LOW_HALF(flag_rules[i].argument));
		/* Does it have an unknown bit? */
		add(guard, BPF_JMP | BPF_JSET | BPF_K, ~flag_rules[i].known, NO_SUCH_FLAG,
			GUARD_END);
	}
}

size_t filter_guard_head(uint32_t architecture, struct sock_filter code[FILTER_HEAD_ROOM])
{
	struct guard guard = {.code = code};

	add_numbers(&guard, architecture);
	add_common_calls(&guard);
	deny(&guard, NO_SUCH_CALL, ENOSYS);
	deny(&guard, NO_SUCH_FLAG, EINVAL);
	place(&guard, GUARD_END);
	resolve(&guard);
	return guard.length;
}

/* --- the tail --------------------------------------------------------------------------------- */

/* Load a masked argument, unless it is loaded already. */
static void load_masked(struct guard *guard, uint32_t argument, uint32_t bits)
{
	if (guard->mask == bits && guard->argument == argument)
		return;
	if (guard->mask != ~0U || guard->argument != argument)
		load(guard, LOW_HALF(argument));
	if (bits != ~0U)
		mask(guard, bits);
	guard->argument = argument;
	guard->mask = bits;
}

static void add_none_of(
	struct guard *guard, const struct filter_test *test, enum label yes, enum label no)
{
	bool is_whole = test->mask == ~0ULL;
	enum label match = is_whole ? new_label(guard) : no;

	load_masked(guard, test->argument, (uint32_t)test->mask);
	for (uint32_t i = 0; i < test->count; i++)
		add(guard, BPF_JMP | BPF_JEQ | BPF_K, test->values[i], match,
			i + 1 < test->count ? GUARD_ON : yes);
	if (is_whole) {
		place(guard, match);
		load(guard, HIGH_HALF(test->argument));
		add(guard, BPF_JMP | BPF_JEQ | BPF_K, 0, no, yes);
	}
}

static void add_any_bit(
	struct guard *guard, const struct filter_test *test, enum label yes, enum label no)
{
	uint32_t high = (uint32_t)(test->mask >> 32);

	load_masked(guard, test->argument, ~0U);
	add(guard, BPF_JMP | BPF_JSET | BPF_K, (uint32_t)test->mask, yes, high ? GUARD_ON : no);
	if (high) {
		load(guard, HIGH_HALF(test->argument));
		add(guard, BPF_JMP | BPF_JSET | BPF_K, high, yes, no);
	}
}

static void add_test(
	struct guard *guard, const struct filter_test *test, enum label yes, enum label no)
{
	switch (test->kind) {
	case FILTER_EQUAL:
		load_masked(guard, test->argument, (uint32_t)test->mask);
		add(guard, BPF_JMP | BPF_JEQ | BPF_K, test->values[0], yes, no);
		break;
	case FILTER_BETWEEN:
		load_masked(guard, test->argument, (uint32_t)test->mask);
		if_at_least(guard, test->values[0], GUARD_ON, no);
		if_at_least(guard, test->values[1] + 1, no, yes);
		break;
	case FILTER_ANY_BIT:
		add_any_bit(guard, test, yes, no);
		break;
	case FILTER_NONE_OF:
		add_none_of(guard, test, yes, no);
		break;
	}
}

/* The errors that the tail answers with. */
static const struct {
	enum label label;
	int error;
} answers[] = {
	{DENIED, EPERM},
	{NO_ACCESS, EACCES},
	{NO_SUCH_FLAG, EINVAL},
	{NO_SUCH_REQUEST, ENOTTY},
};

static enum label answer(int error)
{
	for (size_t i = 0; i < ARRAY_SIZE(answers); i++)
		if (answers[i].error == error)
			return answers[i].label;
	abort();
}

/* Is the same argument loaded after this rule, whichever way the rule is left? */
static bool keeps_what_is_loaded(const struct filter_rule *rule)
{
	return rule->count == 1 && rule->tests[0].mask <= UINT32_MAX;
}

static void add_body(struct guard *guard, const struct filter_body *body)
{
	guard->mask = 0;
	for (size_t i = 0; i < body->count; i++) {
		const struct filter_rule *rule = &body->rules[i];
		enum label next = i + 1 < body->count ? new_label(guard) : ALLOWED;

		for (uint32_t k = 0; k < rule->count; k++)
			add_test(guard, &rule->tests[k],
				k + 1 < rule->count ? GUARD_ON : answer(rule->error), next);
		if (i + 1 < body->count)
			place(guard, next);
		if (!keeps_what_is_loaded(rule))
			guard->mask = 0;
	}
}

static void jump_to_body(struct sock_filter *code, size_t length, size_t number, size_t place)
{
	for (size_t i = 0; i < length; i++)
		if (code[i].code == (BPF_RET | BPF_K) &&
			code[i].k == (SECCOMP_RET_ERRNO | (uint32_t)(FILTER_TAIL_ERRNO + number)))
			code[i] = (struct sock_filter){
				BPF_JMP | BPF_JA, 0, 0, (uint32_t)(length + place - i - 1)};
}

size_t filter_guard_tail(struct sock_filter *code, size_t length, const struct filter_tail *tail)
{
	struct guard guard = {.code = code + length, .next = OTHERS};

	for (size_t i = 0; i < tail->count; i++) {
		if (!tail->used[i])
			continue;
		jump_to_body(code, length, i, guard.length);
		add_body(&guard, &tail->bodies[i]);
	}
	for (size_t i = 0; i < ARRAY_SIZE(answers); i++)
		deny(&guard, answers[i].label, answers[i].error);
	place(&guard, ALLOWED);
	add(&guard, BPF_RET | BPF_K, SECCOMP_RET_ALLOW, GUARD_ON, GUARD_ON);
	resolve(&guard);
	return guard.length;
}
