/*
 * Reading a command line of bwrap: what it makes of the plan, and the sentences for what it
 * refuses.
 *
 * A command line is one string of words with blanks between.  What is read is one of
 *
 *   OPERATION:PATH with, behind it, <SOURCE, #DESCRIPTOR, @PERMS, %SIZE, ^N (the operation that
 * reads
 *   the descriptor first), and flags: ! read-only, ? if present, + devices, ~ temporary, r reread
 *   settings, NAME or NAME=VALUE, of those that are not as they are without options
 *   the command, after "--"
 */
#include "cli/bwrap/options.h"
#include "cli/bwrap/table.h"

#include "base/fd.h"
#include "scratch.h"

#include <errno.h>
#include <linux/filter.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

/* clang-format off */
#include <setjmp.h>
#include <stdarg.h>
#include <cmocka.h>
/* clang-format on */

#define ARRAY_SIZE(array) (sizeof(array) / sizeof((array)[0]))

enum {
	MAX_WORDS = 64,
	ARGS_FD = 50, /* what --args reads */
	NO_FD = 49,   /* never open */
};

/* Capabilities 0, 1 and 2. */
static const uint64_t OWN_CAPABILITIES = 7;

/* --- a command line --------------------------------------------------------------------------- */

struct line {
	char text[1024];
	char *words[MAX_WORDS];
	int count;
	struct bwrap_options options;
	struct rind_error err;
};

static void split(struct line *line, const char *text)
{
	char *next = line->text;

	snprintf(line->text, sizeof(line->text), "%s", text);
	line->count = 0;
	for (char *word; (word = strsep(&next, " "));)
		line->words[line->count++] = word;
	line->words[line->count] = NULL;
	if (!*text)
		line->count = 0;
}

static int read_line(struct line *line, enum bwrap_purpose purpose, const char *text)
{
	split(line, text);
	return bwrap_options_read(
		&line->options, purpose, line->count, line->words, OWN_CAPABILITIES, &line->err);
}

/* A descriptor under this number that gives these bytes. */
static void provide(int fd, const void *bytes, size_t size)
{
	int file = memfd_create("test", MFD_CLOEXEC);

	assert_true(file >= 0);
	assert_int_equal(write(file, bytes, size), size);
	assert_int_equal(lseek(file, 0, SEEK_SET), 0);
	assert_int_equal(dup2(file, fd), fd);
	close(file);
}

static bool is_open(int fd)
{
	return fcntl(fd, F_GETFD) >= 0;
}

/* --- what was read ---------------------------------------------------------------------------- */

static void describe_operation(FILE *out, const struct rind_plan *plan, size_t index)
{
	static const struct {
		unsigned int flag;
		char mark;
	} marks[] = {{PLAN_READ_ONLY, '!'}, {PLAN_IF_PRESENT, '?'}, {PLAN_DEVICES, '+'},
		{PLAN_TEMPORARY, '~'}, {PLAN_REREAD, 'r'}};
	const struct plan_op *op = &plan->ops[index];
	bool read_only = op->access == RIND_ACCESS_READABLE;

	fprintf(out, " %s:%s", plan_op_name(op), op->path);
	if (op->type == PLAN_BIND || op->type == PLAN_SYMLINK || op->type == PLAN_OVERLAY)
		fprintf(out, "<%s", op->source);
	if (op->fd >= 0)
		fprintf(out, "#%d", op->fd);
	if (op->perms)
		fprintf(out, "@%s%o", op->flags & PLAN_PERMS ? "=" : "", op->perms);
	if (op->mode && strtoul(op->mode, NULL, 8) != op->perms)
		fprintf(out, "(mode=%s)", op->mode);
	if (op->size)
		fprintf(out, "%%%s", op->size);
	if (op->first_reader != index)
		fprintf(out, "^%zu", op->first_reader);
	for (size_t i = 0; i < ARRAY_SIZE(marks); i++)
		if (op->flags & marks[i].flag)
			putc(marks[i].mark, out);
	/* Where no flag says it. */
	if (read_only && !(op->flags & PLAN_READ_ONLY))
		fputs("=readable", out);
}

static void describe_flag(FILE *out, const char *name, bool on)
{
	if (on)
		fprintf(out, " %s", name);
}

static void describe_number(FILE *out, const char *name, int64_t number)
{
	if (number >= 0)
		fprintf(out, " %s=%d", name, (int)number);
}

static void describe_text(FILE *out, const char *name, const char *text)
{
	if (text)
		fprintf(out, " %s=%s", name, text);
}

static void describe_namespaces(FILE *out, const struct bwrap_options *options)
{
	static const char letters[] = "umpintc"; /* t: uts */
	static const unsigned int bits[] = {PLAN_NS_USER, PLAN_NS_MOUNT, PLAN_NS_PID, PLAN_NS_IPC,
		PLAN_NS_NET, PLAN_NS_UTS, PLAN_NS_CGROUP};

	if (options->plan->namespaces != PLAN_NS_MOUNT) {
		fputs(" namespaces=", out);
		for (size_t i = 0; i < ARRAY_SIZE(bits); i++)
			if (options->plan->namespaces & bits[i])
				putc(letters[i], out);
	}
	describe_flag(out, "user-try", options->unshare_user_try);
	describe_flag(out, "cgroup-try", options->unshare_cgroup_try);
}

static void describe_settings(FILE *out, const struct bwrap_options *options)
{
	const struct rind_plan *plan = options->plan;

	describe_number(out, "uid", options->uid);
	describe_number(out, "gid", options->gid);
	describe_number(out, "userns", options->userns_fd);
	describe_number(out, "userns2", plan->users.second);
	describe_number(out, "pidns", options->pidns_fd);
	describe_number(out, "userns-block", options->userns_block_fd);
	describe_number(out, "info", options->info_fd);
	describe_number(out, "json", options->json_status_fd);
	describe_number(out, "sync", plan->sync_fd);
	describe_number(out, "block", plan->block_fd);
	describe_number(out, "filter", plan->filter_fd);
	for (size_t i = 0; i < plan->filter_count; i++)
		describe_number(out, "program", plan->filters[i].len);
	describe_text(out, "hostname", plan->hostname);
	describe_text(out, "chdir", options->chdir);
	describe_text(out, "argv0", options->argv0);
	for (size_t i = 0; i < plan->lock_count; i++)
		describe_text(out, "lock", plan->locks[i]);
	if (options->capabilities_changed)
		fprintf(out, " capabilities=%llx", (unsigned long long)plan->capabilities);
	describe_flag(out, "new-session", options->new_session);
	describe_flag(out, "die", plan->die_with_parent && plan->parent_death_signal);
	describe_flag(out, "pid-1", plan->as_pid_1);
	describe_flag(out, "disable-userns", plan->users.disable);
	describe_flag(out, "assert-userns", plan->users.check_disabled);
}

static char *describe(const struct bwrap_options *options)
{
	char *text = NULL;
	size_t size;
	FILE *out = open_memstream(&text, &size);

	assert_non_null(out);
	for (size_t i = 0; i < options->plan->op_count; i++)
		describe_operation(out, options->plan, i);
	describe_namespaces(out, options);
	describe_settings(out, options);
	fputs(options->argument_count ? " --" : "", out);
	for (size_t i = 0; i < options->argument_count; i++)
		fprintf(out, " %s", options->arguments[i]);
	assert_int_equal(fclose(out), 0);
	return text;
}

static void expect(const char *text, const char *expected)
{
	struct line line;

	int result = read_line(&line, BWRAP_TO_RUN, text);
	if (result != BWRAP_GO_ON)
		print_error("%s: %s\n", text, line.err.message);
	assert_int_equal(result, BWRAP_GO_ON);
	_cleanup_free_ char *description = describe(&line.options);
	assert_string_equal(*description ? description + 1 : description, expected);
	bwrap_options_free(&line.options);
}

/* --- what is taken ---------------------------------------------------------------------------- */

struct taken {
	const char *line, *expected;
};

static const struct taken taken[] = {
	/* The end of the options. */
	{"", ""},
	{"true", "-- true"},
	{"true --dir /a", "-- true --dir /a"},
	{"-- --dir /a", "-- --dir /a"},
	{"--dir /a -- -- b", "directory:/a@755 -- -- b"},

	/* Operations, in their order. */
	{"--bind /a /b --ro-bind /c /d", "bind:/b</a bind:/d</c!"},
	{"--bind-try /a /b --ro-bind-try /c /d", "bind:/b</a? bind:/d</c!?"},
	{"--dev-bind /a /b --dev-bind-try /c /d", "bind:/b</a+ bind:/d</c?+"},
	{"--bind-fd 5 /b --ro-bind-fd 6 /d",
		"bind:/b</proc/self/fd/5#5 bind:/d</proc/self/fd/6#6!"},
	{"--bind --ro-bind --bind", "bind:--bind<--ro-bind"},
	{"--remount-ro /a", "remount:/a=readable"},
	{"--proc /p --dev /d --mqueue /m", "proc:/p dev:/d mqueue:/m"},
	{"--tmpfs /a --dir /b", "tmpfs:/a@755 directory:/b@755"},
	{"--file 3 /a --bind-data 4 /b --ro-bind-data 5 /c",
		"file:/a#3@666 data:/b#4@600 data:/c#5@600!"},
	/* A descriptor is read by the first alone, whichever of the two it is. */
	{"--file 3 /a --ro-bind-data 3 /b --file 3 /c",
		"file:/a#3@666r data:/b#3@600^0! file:/c#3@666^0"},
	{"--bind-fd 3 /z --file 3 /a --file 4 /b",
		"bind:/z</proc/self/fd/3#3 file:/a#3@666 file:/b#4@666"},
	{"--symlink a/b /c", "symlink:/c<a/b"},
	{"--chmod 0 /a --chmod 7777 /b", "chmod:/a chmod:/b@7777"},
	{"--overlay-src /dev --overlay-src / --tmp-overlay /o",
		"overlay:/o<lowerdir=/:/dev,userxattr~"},
	{"--overlay-src /dev --overlay-src / --ro-overlay /o",
		"overlay:/o<lowerdir=/:/dev,userxattr=readable"},
	{"--overlay-src / --overlay /dev /proc /o",
		"overlay:/o<upperdir=/dev,workdir=/proc,lowerdir=/,userxattr"},
	/* The sources are those of one overlay. */
	{"--overlay-src /dev --tmp-overlay /a --overlay-src / --tmp-overlay /b",
		"overlay:/a<lowerdir=/dev,userxattr~ overlay:/b<lowerdir=/,userxattr~"},

	/* Modifiers are of the next option, and not of the one after it. */
	{"--perms 0700 --dir /a --dir /b", "directory:/a@=700 directory:/b@755"},
	{"--perms 0 --file 3 /a --perms 7 --bind-data 4 /b", "file:/a#3 data:/b#4@=7"},
	{"--perms 1777 --tmpfs /a", "tmpfs:/a@=1777"},
	{"--size 4096 --tmpfs /a --tmpfs /b", "tmpfs:/a@755%4096 tmpfs:/b@755"},
	{"--size 0x10 --perms 1 --tmpfs /a", "tmpfs:/a@=1%16"},
	{"--perms 2 --size 010 --tmpfs /a", "tmpfs:/a@=2%8"},
	{"--perms 400 --ro-bind-data 3 /a", "data:/a#3@=400!"},

	/* Namespaces; sharing the network undoes only what came before. */
	{"--unshare-all", "namespaces=mpint user-try cgroup-try"},
	{"--unshare-all --share-net", "namespaces=mpit user-try cgroup-try"},
	{"--share-net --unshare-net", "namespaces=mn"},
	{"--unshare-user --unshare-pid", "namespaces=ump"},
	{"--unshare-user-try --unshare-cgroup-try", "user-try cgroup-try"},
	{"--unshare-ipc --unshare-uts --unshare-cgroup", "namespaces=mitc"},

	/* Users, descriptors, the process. */
	{"--uid 0 --gid 2147483647", "uid=0 gid=2147483647"},
	{"--userns 0 --userns2 4 --pidns 5", "userns=0 userns2=4 pidns=5"},
	{"--disable-userns --assert-userns-disabled", "disable-userns assert-userns"},
	{"--userns-block-fd 3 --info-fd 4 --json-status-fd 5", "userns-block=3 info=4 json=5"},
	{"--sync-fd 3 --block-fd 4 --seccomp 5", "sync=3 block=4 filter=5"},
	{"--hostname a --chdir /b --argv0 c", "hostname=a chdir=/b argv0=c"},
	{"--lock-file /a --lock-file /b", "lock=/a lock=/b"},
	{"--new-session --die-with-parent --as-pid-1", "new-session die pid-1"},
	{"--not-a-security-boundary --level-prefix", ""},

	/* The caller's capabilities are changed, in order. */
	{"--cap-drop CAP_CHOWN", "capabilities=6"},
	{"--cap-drop ALL", "capabilities=0"},
	{"--cap-drop all --cap-add cap_chown --cap-add 3", "capabilities=9"},
	{"--cap-add CAP_CHOWN --cap-drop ALL", "capabilities=0"},
};

static void test_taken(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(taken); i++)
		expect(taken[i].line, taken[i].expected);
}

/* Every plan begins with these. */
static void test_defaults(void **state)
{
	struct line line;

	(void)state;
	assert_int_equal(read_line(&line, BWRAP_TO_RUN, "true"), BWRAP_GO_ON);
	const struct rind_plan *plan = line.options.plan;
	assert_int_equal(plan->face, PLAN_FACE_BWRAP);
	assert_int_equal(plan->root, PLAN_ROOT_BUILT);
	assert_int_equal(plan->namespaces, PLAN_NS_MOUNT);
	assert_int_equal(plan->capabilities, OWN_CAPABILITIES);
	assert_int_equal(plan->filter, PLAN_FILTER_NONE);
	assert_int_equal(plan->landlock, PLAN_LANDLOCK_NONE);
	assert_true(plan->keep_all_fds && plan->background && plan->owner_may_enter);
	assert_false(plan->die_with_parent || plan->parent_death_signal || plan->new_session);
	bwrap_options_free(&line.options);
}

/* --- files ------------------------------------------------------------------------------------ */

#define WORDS(text) (text), sizeof(text)

static void test_args(void **state)
{
	(void)state;
	provide(ARGS_FD, WORDS("--dir\0/a b\0--tmpfs\0/c"));
	expect("--dir /before --args 50 --dir /after",
		"directory:/before@755 directory:/a b@755 tmpfs:/c@755 directory:/after@755");
	assert_false(is_open(ARGS_FD));
	/* The command line goes on where the options of the file end. */
	provide(ARGS_FD, WORDS("--dir\0/a\0ignored\0--dir\0/b"));
	expect("--args 50 true", "directory:/a@755 -- true");
	provide(ARGS_FD, "", 0);
	expect("--args 50 true", "-- true");
	/* A modifier may stand before the file, but not end it. */
	provide(ARGS_FD, WORDS("--dir\0/a"));
	expect("--perms 0700 --args 50", "directory:/a@=700");
	/* Larger than one reading. */
	size_t size = 20000;
	_cleanup_free_ char *large = malloc(size);
	assert_non_null(large);
	memset(large, 'x', size);
	memcpy(large, "--dir\0/", 7);
	provide(ARGS_FD, large, size);
	struct line line;
	assert_int_equal(read_line(&line, BWRAP_TO_RUN, "--args 50"), BWRAP_GO_ON);
	assert_int_equal(line.options.plan->op_count, 1);
	assert_int_equal(strlen(line.options.plan->ops[0].path), size - 6);
	bwrap_options_free(&line.options);
}

static void test_programs(void **state)
{
	static const struct sock_filter program[70000];

	(void)state;
	provide(ARGS_FD, program, 16);
	provide(ARGS_FD + 1, program, 8);
	expect("--add-seccomp-fd 50 --add-seccomp-fd 51", "program=2 program=1");
	assert_false(is_open(ARGS_FD) || is_open(ARGS_FD + 1));
	/* Left too long, for the kernel to refuse. */
	provide(ARGS_FD, program, sizeof(program));
	expect("--add-seccomp-fd 50", "program=65535");
}

static void test_escaped_sources(void **state)
{
	char line[PATH_MAX * 2], expected[PATH_MAX * 2];

	(void)state;
	assert_int_equal(mkdir("a,b:c\\d", 0700), 0);
	assert_int_equal(symlink("a,b:c\\d", "link"), 0);
	snprintf(line, sizeof(line), "--overlay-src link --tmp-overlay /o");
	snprintf(expected, sizeof(expected), "overlay:/o<lowerdir=%s/a\\,b\\:c\\\\d,userxattr~",
		scratch);
	expect(line, expected);
}

/* --- to be explained -------------------------------------------------------------------------- */

static void expect_rules(const char *text, const char *const *rules)
{
	struct line line;
	size_t i = 0;

	assert_int_equal(read_line(&line, BWRAP_TO_EXPLAIN, text), BWRAP_GO_ON);
	for (; rules[i]; i++) {
		assert_true(i < line.options.plan->op_count);
		assert_string_equal(line.options.plan->ops[i].rule, rules[i]);
	}
	assert_int_equal(line.options.plan->op_count, i);
	bwrap_options_free(&line.options);
}

static void test_rules(void **state)
{
	static const char *const simple[] = {
		"--ro-bind /usr /usr", "--proc /p", "--file 3 /f", NULL};
	static const char *const modified[] = {
		"--perms 1777 --size 5 --tmpfs /a", "--dir /b", NULL};
	static const char *const overlays[] = {
		"--overlay-src / --overlay-src /dev --ro-overlay /a", "--dir /b", NULL};
	static const char *const file[] = {"--perms 1 --dir /in file", "--tmpfs /b", NULL};
	struct line line;

	(void)state;
	expect_rules(
		"--ro-bind /usr /usr --unshare-pid --proc /p --file 3 /f true --dir /x", simple);
	expect_rules("--perms 1777 --size 5 --tmpfs /a --dir /b", modified);
	expect_rules("--overlay-src / --overlay-src /dev --ro-overlay /a --dir /b", overlays);
	provide(ARGS_FD, WORDS("--perms\0"
			       "1\0--dir\0/in file"));
	expect_rules("--args 50 --tmpfs /b", file);
	/* To run, the name is enough. */
	assert_int_equal(read_line(&line, BWRAP_TO_RUN, "--ro-bind /usr /usr"), BWRAP_GO_ON);
	assert_string_equal(line.options.plan->ops[0].rule, "--ro-bind");
	bwrap_options_free(&line.options);
}

static void test_explained_filters_are_left(void **state)
{
	struct line line;
	char byte;

	(void)state;
	provide(ARGS_FD, "abc", 3); /* is no filter, and may be read otherwise */
	assert_int_equal(read_line(&line, BWRAP_TO_EXPLAIN,
				 "--add-seccomp-fd 50 --add-seccomp-fd 49 --file 50 /a"),
		BWRAP_GO_ON);
	assert_int_equal(line.options.plan->filter_count, 2);
	assert_int_equal(read(ARGS_FD, &byte, 1), 1);
	assert_int_equal(byte, 'a');
	close(ARGS_FD);
	bwrap_options_free(&line.options);
}

/* --- what is refused while it is read --------------------------------------------------------- */

#define PERMS_ALONE "--perms must be followed by an option that creates a file"
#define SIZE_ALONE  "--size must be followed by --tmpfs"
#define SIZE_IS     "--size takes a non-zero number of bytes"
#define SOURCES_ALONE                                                                   \
	"--overlay-src must be followed by another --overlay-src or one of --overlay, " \
	"--tmp-overlay, or --ro-overlay"

static const struct refused {
	const char *line, *told;
} refused[] = {
	{"--no-such", "Unknown option --no-such"},
	{"-v", "Unknown option -v"},
	{"--bind=/a", "Unknown option --bind=/a"},

	/* Too few words. */
	{"--bind", "--bind takes two arguments"},
	{"--bind /a", "--bind takes two arguments"},
	{"--ro-bind-fd 3", "--bind-fd takes two arguments"},
	{"--overlay / /", "--overlay takes three arguments"},
	{"--dir", "--dir takes an argument"},
	{"--args", "--args takes an argument"},
	{"--chdir", "--chdir takes one argument"},
	{"--argv0", "--argv0 takes one argument"},
	{"--remount-ro", "--remount-ro takes one argument"},

	/* Values. */
	{"--bind-fd x /a", "Invalid fd: x"},
	{"--file -1 /a", "Invalid fd: -1"},
	{"--bind-data 2147483648 /a", "Invalid fd: 2147483648"},
	{"--info-fd 3x", "Invalid fd: 3x"},
	{"--args x", "Invalid fd: x"},
	{"--add-seccomp-fd ", "Invalid fd: "},
	{"--uid x", "Invalid uid: x"},
	{"--gid -1", "Invalid gid: -1"},
	{"--perms 8", "--perms takes an octal argument <= 07777"},
	{"--perms 10000", "--perms takes an octal argument <= 07777"},
	{"--perms ", "--perms takes an octal argument <= 07777"},
	{"--chmod x /a", "--chmod takes an octal argument <= 07777"},
	{"--size 0", SIZE_IS},
	{"--size -1", SIZE_IS},
	{"--size x", SIZE_IS},
	{"--size 5k", SIZE_IS},
	{"--size 18446744073709551616", SIZE_IS},
	{"--size 9223372036854775808", "--size (for tmpfs) is limited to 9223372036854775807"},
	{"--cap-add CAP_NO_SUCH", "unknown cap: CAP_NO_SUCH"},
	{"--cap-drop x", "unknown cap: x"},
	{"--setenv A=B C", "setenv failed"},
	{"--unsetenv A=B", "unsetenv failed"},
	{"--exec-label a", "labeling not supported on this system"},
	{"--file-label a", "labeling not supported on this system"},

	/* An empty destination would be the root. */
	{"--bind / ", "--bind: empty destination"},
	{"--tmpfs ", "--tmpfs: empty destination"},
	{"--dir ", "--dir: empty destination"},
	{"--file 3 ", "--file: empty destination"},
	{"--bind-fd 3 ", "--bind-fd: empty destination"},
	{"--symlink a ", "--symlink: empty destination"},
	{"--chmod 7 ", "--chmod: empty destination"},
	{"--proc ", "--proc: empty destination"},
	{"--overlay-src / --tmp-overlay ", "--tmp-overlay: empty destination"},

	/* Modifiers of what they cannot modify. */
	{"--perms 7 --perms 7", "--perms given twice for the same action"},
	{"--size 7 --size 7", "--size given twice for the same action"},
	{"--perms 7 --bind / /a", PERMS_ALONE},
	{"--perms 7 --unshare-pid", PERMS_ALONE},
	{"--size 7 --dir /a", SIZE_ALONE},
	{"--size 7 --proc /a", SIZE_ALONE},
	{"--overlay-src / --dir /a", SOURCES_ALONE},
	{"--overlay-src / true", SOURCES_ALONE},
	{"--overlay-src /", SOURCES_ALONE},
	{"--tmp-overlay /a", "--tmp-overlay requires at least one --overlay-src"},
	{"--overlay / / /a", "--overlay requires at least one --overlay-src"},
	{"--overlay-src / --ro-overlay /a", "--ro-overlay requires at least two --overlay-src"},
	{"--overlay-src /no/such --tmp-overlay /a",
		"Can't find source path /no/such: No such file or directory"},

	/* Combinations. */
	{"--argv0 a --argv0 b", "--argv0 used multiple times"},
	{"--seccomp 49 --add-seccomp-fd 49", "--add-seccomp-fd cannot be combined with --seccomp"},
	{"--add-seccomp-fd 49", "Can't read seccomp data: Bad file descriptor"},
	{"--args 49", "Can't read --args data: Bad file descriptor"},
};

static void expect_refused(const char *text, const char *told)
{
	struct line line;

	int result = read_line(&line, BWRAP_TO_RUN, text);
	if (result >= 0)
		print_error("%s: is taken\n", text);
	assert_true(result < 0);
	assert_string_equal(line.err.message, told);
	assert_int_equal(line.err.code, result);
	bwrap_options_free(&line.options);
}

static void test_refused(void **state)
{
	(void)state;
	assert_false(is_open(NO_FD));
	for (size_t i = 0; i < ARRAY_SIZE(refused); i++)
		expect_refused(refused[i].line, refused[i].told);
}

static void test_refused_files(void **state)
{
	(void)state;
	provide(ARGS_FD, WORDS("--args\0"
			       "51"));
	expect_refused("--args 50", "--args not supported in arguments file");
	provide(ARGS_FD, WORDS("--bind\0/a"));
	expect_refused("--args 50 /b", "--bind takes two arguments");
	provide(ARGS_FD, WORDS("--perms\0"
			       "7"));
	expect_refused("--args 50 --dir /a", PERMS_ALONE);
	provide(ARGS_FD, WORDS("--overlay-src\0/"));
	expect_refused("--args 50 --tmp-overlay /a", SOURCES_ALONE);
	provide(ARGS_FD, "123456789", 9);
	expect_refused("--add-seccomp-fd 50", "Invalid seccomp data, must be multiple of 8");
	provide(ARGS_FD, "12345678", 8);
	expect_refused("--add-seccomp-fd 50 --seccomp 5",
		"--seccomp cannot be combined with --add-seccomp-fd");
}

static void test_too_many(void **state)
{
	enum { MOST = 9000 };
	char word[] = "--unshare-pid";
	char **words = calloc(MOST + 2, sizeof(*words));
	struct bwrap_options options;
	struct rind_error err;

	(void)state;
	assert_non_null(words);
	for (int i = 0; i <= MOST; i++)
		words[i] = word;
	assert_int_equal(
		bwrap_options_read(&options, BWRAP_TO_RUN, MOST, words, 0, &err), BWRAP_GO_ON);
	bwrap_options_free(&options);
	assert_true(bwrap_options_read(&options, BWRAP_TO_RUN, MOST + 1, words, 0, &err) < 0);
	assert_string_equal(err.message, "Exceeded maximum number of arguments 9000");
	bwrap_options_free(&options);
	free(words);
}

/* Help and version count at once: what follows is not looked at, what came before was. */
static void test_help_and_version(void **state)
{
	static const struct {
		const char *line;
		int result;
	} lines[] = {
		{"--help --no-such", BWRAP_HELP},
		{"--dir /a --version --no-such", BWRAP_VERSION},
		{"true --help", BWRAP_GO_ON},
		{"--no-such --help", -EINVAL},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(lines); i++) {
		struct line line;

		assert_int_equal(read_line(&line, BWRAP_TO_RUN, lines[i].line), lines[i].result);
		bwrap_options_free(&line.options);
	}
}

/* --- what they make together ------------------------------------------------------------------ */

static int finish_line(struct line *line, const char *text)
{
	int result = read_line(line, BWRAP_TO_RUN, text);
	assert_int_equal(result, BWRAP_GO_ON);
	return bwrap_options_finish(&line->options, &line->err);
}

/*
 * Of those that a command line of anybody's may be; for_root: others get a user namespace anyway.
 */
static const struct {
	const char *line, *told;
	bool for_root;
} contradictions[] = {
	{"--userns-block-fd 3 --info-fd 4 true", "--userns-block-fd requires --unshare-user",
		false},
	{"--unshare-user --userns-block-fd 3 true", "--userns-block-fd requires --info-fd", false},
	{"--unshare-user --userns 3 true", "--userns not compatible --unshare-user", false},
	{"--unshare-user-try --userns 3 true", "--userns not compatible --unshare-user-try", false},
	{"--unshare-all --userns 3 true", "--userns not compatible --unshare-user-try", false},
	{"--disable-userns true", "--disable-userns requires --unshare-user", false},
	{"--unshare-user --disable-userns --userns-block-fd 3 --info-fd 4 true",
		"--disable-userns is not compatible with  --userns-block-fd", false},
	{"--uid 5 true", "Specifying --uid requires --unshare-user or --userns", true},
	{"--gid 5 true", "Specifying --gid requires --unshare-user or --userns", true},
	{"--hostname a true", "Specifying --hostname requires --unshare-uts", false},
	{"--as-pid-1 true", "Specifying --as-pid-1 requires --unshare-pid", false},
	{"--unshare-pid --as-pid-1 --lock-file /a true",
		"Specifying --as-pid-1 and --lock-file is not permitted", false},
	/* Without a command, only those about user namespaces are looked for. */
	{"--disable-userns", "--disable-userns requires --unshare-user", false},
};

static void test_contradictions(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(contradictions); i++) {
		struct line line;
		bool holds = !contradictions[i].for_root || getuid() == 0;

		int result = finish_line(&line, contradictions[i].line);
		if ((result < 0) != holds)
			print_error("%s: %d\n", contradictions[i].line, result);
		assert_int_equal(result < 0, holds);
		if (holds)
			assert_string_equal(line.err.message, contradictions[i].told);
		bwrap_options_free(&line.options);
	}
}

/* And what only looks like one. */
static void test_agreements(void **state)
{
	static const char *const lines[] = {
		"--unshare-user --userns-block-fd 3 --info-fd 4 true",
		"--userns 3 --uid 5 --gid 5 true",
		"--unshare-user --disable-userns true",
		"--unshare-uts --hostname a true",
		"--unshare-pid --as-pid-1 --sync-fd 3 true",
		"--hostname a",
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(lines); i++) {
		struct line line;

		assert_int_equal(finish_line(&line, lines[i]), 0);
		bwrap_options_free(&line.options);
	}
}

static void test_finished_users(void **state)
{
	struct line line;

	(void)state;
	assert_int_equal(
		finish_line(&line, "--unshare-user --uid 5 --gid 6 --disable-userns true"), 0);
	assert_int_equal(line.options.plan->uid, getuid());
	assert_int_equal(line.options.plan->gid, getgid());
	assert_int_equal(line.options.plan->users.uid, 5);
	assert_int_equal(line.options.plan->users.gid, 6);
	assert_false(line.options.plan->users.joined || line.options.plan->users.mapped_later);
	bwrap_options_free(&line.options);

	assert_int_equal(finish_line(&line, "--userns 3 true"), 0);
	assert_true(line.options.plan->users.joined);
	assert_int_equal(line.options.plan->users.uid, getuid());
	assert_false(line.options.plan->namespaces & PLAN_NS_USER);
	bwrap_options_free(&line.options);

	assert_int_equal(
		finish_line(&line, "--unshare-user --userns-block-fd 3 --info-fd 4 true"), 0);
	assert_true(line.options.plan->users.mapped_later);
	bwrap_options_free(&line.options);

	/* Without rights of its own, there is no other way. */
	assert_int_equal(finish_line(&line, "true"), 0);
	assert_int_equal(!!(line.options.plan->namespaces & PLAN_NS_USER), getuid() != 0);
	bwrap_options_free(&line.options);
}

/* The sandbox's proc is new where the pid namespace is; init waits where somebody is told of it. */
static void test_finished_process(void **state)
{
	static const struct {
		const char *line;
		bool new_proc, wait, new_session;
	} lines[] = {
		{"true", false, false, false},
		{"--unshare-pid --new-session true", true, false, true},
		{"--pidns 3 --info-fd 4 true", true, true, false},
		{"--json-status-fd 4 true", false, true, false},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(lines); i++) {
		struct line line;

		assert_int_equal(finish_line(&line, lines[i].line), 0);
		assert_int_equal(line.options.plan->new_proc, lines[i].new_proc);
		assert_int_equal(line.options.plan->wait, lines[i].wait);
		assert_int_equal(line.options.plan->new_session, lines[i].new_session);
		assert_int_equal(line.options.plan->status_fds[0], line.options.info_fd);
		assert_int_equal(line.options.plan->status_fds[1], line.options.json_status_fd);
		bwrap_options_free(&line.options);
	}
}

/* What is executed, and what it is called. */
static void test_finished_argv0(void **state)
{
	static const struct {
		const char *line, *executable, *argv0;
	} lines[] = {
		{"true a", NULL, "true"},
		{"--argv0 b true a", "true", "b"},
		{"/proc/self/exe a", "/proc/self/exe", "bwrap"},
		{"--argv0 b /proc/thread-self/exe a", "/proc/thread-self/exe", "bwrap"},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(lines); i++) {
		struct line line;

		assert_int_equal(finish_line(&line, lines[i].line), 0);
		assert_string_equal(line.options.arguments[0], lines[i].argv0);
		assert_string_equal(line.options.arguments[1], "a");
		if (lines[i].executable)
			assert_string_equal(line.options.plan->executable, lines[i].executable);
		else
			assert_null(line.options.plan->executable);
		bwrap_options_free(&line.options);
	}
}

static void test_finished_directory(void **state)
{
	struct line line;

	(void)state;
	assert_int_equal(setenv("PWD", scratch, 1), 0);
	assert_int_equal(finish_line(&line, "--setenv HOME /home/here true"), 0);
	assert_int_equal(line.options.plan->directory_count, 2);
	assert_string_equal(line.options.plan->directories[0], scratch);
	assert_string_equal(line.options.plan->directories[1], "/home/here");
	assert_false(line.options.plan->directory_required);
	bwrap_options_free(&line.options);

	assert_int_equal(finish_line(&line, "--unsetenv HOME true"), 0);
	assert_int_equal(line.options.plan->directory_count, 1);
	bwrap_options_free(&line.options);

	assert_int_equal(finish_line(&line, "--chdir /b true"), 0);
	assert_int_equal(line.options.plan->directory_count, 1);
	assert_string_equal(line.options.plan->directories[0], "/b");
	assert_true(line.options.plan->directory_required);
	bwrap_options_free(&line.options);
}

/* Only root has any: what is added outside a user namespace is no more than there is. */
static void test_finished_capabilities(void **state)
{
	static const struct {
		const char *line;
		bool keep;
		uint64_t capabilities;
	} lines[] = {
		{"true", true, 7},
		{"--cap-drop ALL true", false, 0},
		{"--cap-drop ALL --cap-add 1 --cap-add 9 true", false, 2},
		{"--cap-add 9 true", true, 7},
		{"--cap-add 1 true", false, 7},
		{"--unshare-user --cap-add 9 true", false, 0x207},
		{"--unshare-user true", true, 7},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(lines); i++) {
		struct line line;

		assert_int_equal(finish_line(&line, lines[i].line), 0);
		assert_int_equal(
			line.options.plan->keep_capabilities, lines[i].keep && getuid() == 0);
		if (getuid() == 0)
			assert_int_equal(line.options.plan->capabilities, lines[i].capabilities);
		bwrap_options_free(&line.options);
	}
}

/* --- warnings --------------------------------------------------------------------------------- */

/* What reading says on standard error. */
static void read_warning(const char *text, char *ret, size_t size)
{
	struct line line;
	int own = dup(STDERR_FILENO), file = memfd_create("stderr", MFD_CLOEXEC);

	assert_true(own >= 0 && file >= 0);
	fflush(stderr);
	assert_int_equal(dup2(file, STDERR_FILENO), STDERR_FILENO);
	int result = read_line(&line, BWRAP_TO_RUN, text);
	bwrap_options_free(&line.options);
	fflush(stderr);
	assert_int_equal(dup2(own, STDERR_FILENO), STDERR_FILENO);
	close(own);
	ssize_t length = pread(file, ret, size - 1, 0);
	close(file);
	assert_int_equal(result, BWRAP_GO_ON);
	assert_true(length >= 0);
	ret[length] = '\0';
}

/* Before any line with --level-prefix, which holds from then on. */
static void test_warning_without_level(void **state)
{
	char warning[256];

	(void)state;
	read_warning("--chdir /a --chdir /b", warning, sizeof(warning));
	assert_string_equal(warning, "bwrap: Only the last --chdir option will take effect\n");
}

static void test_warnings(void **state)
{
	static const char *const names[] = {"--userns", "--userns2", "--pidns", "--sync-fd",
		"--block-fd", "--userns-block-fd", "--info-fd", "--json-status-fd", "--seccomp",
		"--chdir", "--hostname", "--uid", "--gid"};
	char line[128], expected[128], warning[256];

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
		snprintf(line, sizeof(line), "--level-prefix %s 3 %s 4", names[i], names[i]);
		snprintf(expected, sizeof(expected),
			"<4>bwrap: Only the last %s option will take effect\n", names[i]);
		read_warning(line, warning, sizeof(warning));
		assert_string_equal(warning, expected);
		snprintf(line, sizeof(line), "%s 3", names[i]);
		read_warning(line, warning, sizeof(warning));
		assert_string_equal(warning, "");
	}
}

/* --- the environment -------------------------------------------------------------------------- */

/* It is changed at once, and is the command's. */
static void test_environment(void **state)
{
	/* cmocka reads there how it is to say what became of a test. */
	const char *given = getenv("CMOCKA_MESSAGE_OUTPUT");
	char *format = given ? strdup(given) : NULL;
	struct line line;

	(void)state;
	assert_int_equal(
		finish_line(&line, "--setenv A 1 --setenv A 2 --setenv B 1 --unsetenv B true"), 0);
	assert_string_equal(getenv("A"), "2");
	assert_null(getenv("B"));
	bwrap_options_free(&line.options);

	assert_int_equal(finish_line(&line, "--clearenv --setenv C 3 true"), 0);
	assert_string_equal(line.options.plan->env[0], "C=3");
	assert_string_equal(line.options.plan->env[1], "PWD=/");
	assert_null(line.options.plan->env[2]);
	bwrap_options_free(&line.options);
	if (format)
		setenv("CMOCKA_MESSAGE_OUTPUT", format, 1);
	free(format);
}

/* --- the tables above ------------------------------------------------------------------------- */

/* Is the word in one of the lines? */
static bool is_in(const char *word, const char *text)
{
	size_t length = strlen(word);

	for (const char *at = text; (at = strstr(at, word)); at += length)
		if ((at == text || at[-1] == ' ') && (!at[length] || at[length] == ' '))
			return true;
	return false;
}

/* Those that have tests of their own. */
static bool is_tested_elsewhere(enum bwrap_key key)
{
	return key == KEY_HELP || key == KEY_VERSION || key == KEY_ARGS || key == KEY_CLEARENV ||
	       key == KEY_SETENV || key == KEY_UNSETENV || key == KEY_ADD_SECCOMP_FD ||
	       key == KEY_EXEC_LABEL || key == KEY_FILE_LABEL;
}

static void test_every_option_is_here(void **state)
{
	const struct bwrap_option *option;

	(void)state;
	for (size_t row = 0; (option = bwrap_table_row(row)); row++) {
		bool found = is_tested_elsewhere(option->key);

		for (size_t i = 0; !found && i < ARRAY_SIZE(taken); i++)
			found = is_in(option->name, taken[i].line);
		if (!found)
			print_error("%s is in no line\n", option->name);
		assert_true(found);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_every_option_is_here),
		cmocka_unit_test(test_warning_without_level),
		cmocka_unit_test(test_taken),
		cmocka_unit_test(test_defaults),
		cmocka_unit_test(test_args),
		cmocka_unit_test(test_programs),
		cmocka_unit_test(test_escaped_sources),
		cmocka_unit_test(test_rules),
		cmocka_unit_test(test_explained_filters_are_left),
		cmocka_unit_test(test_refused),
		cmocka_unit_test(test_refused_files),
		cmocka_unit_test(test_too_many),
		cmocka_unit_test(test_help_and_version),
		cmocka_unit_test(test_contradictions),
		cmocka_unit_test(test_agreements),
		cmocka_unit_test(test_finished_users),
		cmocka_unit_test(test_finished_process),
		cmocka_unit_test(test_finished_argv0),
		cmocka_unit_test(test_finished_directory),
		cmocka_unit_test(test_finished_capabilities),
		cmocka_unit_test(test_warnings),
		cmocka_unit_test(test_environment),
	};
	return cmocka_run_group_tests(tests, scratch_make, scratch_remove);
}
