/*
 * The option table and what is driven by it: the parser, --help, the man page; and the writers of
 * text and JSON that answers go through.  Makes no sandbox.
 */
#include "base/suggest.h"
#include "cli/json.h"
#include "cli/options.h"
#include "cli/text.h"
#include "policy/policy.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

enum {
	MAX_WORDS = 16,
};

/* --- command lines that are refused ----------------------------------------------------------- */

static const struct refusal {
	const struct option_face *face;
	const char *words[MAX_WORDS];
	const char *message;
} refusals[] = {
	/* unknown options, with the nearest one where there is one */
	{&option_face_run, {"--protct", "x"},
		"run: unknown option '--protct'; did you mean '--protect'?"},
	{&option_face_run, {"--protct=x"},
		"run: unknown option '--protct'; did you mean '--protect'?"},
	{&option_face_run, {"--wirtable", "x"},
		"run: unknown option '--wirtable'; did you mean '--writable'?"},
	{&option_face_run, {"--net", "off"},
		"run: unknown option '--net'; did you mean '--network'?"},
	{&option_face_run, {"--zzzzzz"}, "run: unknown option '--zzzzzz'; see 'rind run --help'"},
	{&option_face_run, {"--=x"}, "run: unknown option '--'; see 'rind run --help'"},
	{&option_face_run, {"-x"}, "run: unknown option '-x'; see 'rind run --help'"},
	{&option_face_explain, {"-x"}, "explain: unknown option '-x'; see 'rind explain --help'"},
	/* options of another face are unknown here */
	{&option_face_run, {"--json"},
		"run: unknown option '--json'; did you mean '--json-status-fd'?"},
	/* values missing, or not wanted */
	{&option_face_run, {"--writable"}, "run: option '--writable' needs a value (DIR)"},
	{&option_face_run, {"-w"}, "run: option '-w' needs a value (DIR)"},
	{&option_face_run, {"--exclude-tmp=yes"},
		"run: option '--exclude-tmp' takes no value, but was given 'yes'"},
	{&option_face_run, {"--exclude-tmp="},
		"run: option '--exclude-tmp' takes no value, but was given ''"},
	{&option_face_run, {"-hx"}, "run: option '-h' takes no value, but was given 'x'"},
	/* choices */
	{&option_face_run, {"--mode", "rw"},
		"--mode rw: no such choice; use read-only, workspace-write or full-access"},
	{&option_face_run, {"--network="}, "--network : no such choice; use host, isolated or off"},
	{&option_face_run, {"--git=push"},
		"--git push: no such choice; use protected, commit or open"},
	{&option_face_run, {"-nOFF"}, "--network OFF: no such choice; use host, isolated or off"},
	{&option_face_run, {"--stdin", "/dev/null"},
		"--stdin /dev/null: no such choice; use inherit or null"},
	{&option_face_run, {"--proc", "new"},
		"--proc new: no such choice; use fresh, host, none or auto"},
	/* descriptors */
	{&option_face_run, {"--json-status-fd", "x"},
		"--json-status-fd x: not the number of a descriptor; give one such as 3"},
	{&option_face_run, {"--json-status-fd", ""},
		"--json-status-fd : not the number of a descriptor; give one such as 3"},
	{&option_face_run, {"--json-status-fd", "-1"},
		"--json-status-fd -1: not the number of a descriptor; give one such as 3"},
	{&option_face_run, {"--json-status-fd", "3x"},
		"--json-status-fd 3x: not the number of a descriptor; give one such as 3"},
	{&option_face_run, {"--keep-fd", "2147483648"},
		"--keep-fd 2147483648: not the number of a descriptor; give one such as 3"},
	{&option_face_run, {"--keep-fd", "99999999999999999999"},
		"--keep-fd 99999999999999999999: not the number of a descriptor; give one such as "
		"3"},
	{&option_face_run, {"--keep-fd", "5", "--json-status-fd", "5"},
		"--keep-fd 5: the descriptor is that of --json-status-fd, which the command must "
		"not have; use another one"},
	{&option_face_run, {"--json-status-fd", "5", "--keep-fd", "5"},
		"--keep-fd 5: the descriptor is that of --json-status-fd, which the command must "
		"not have; use another one"},
	/* a value that has been forgotten */
	{&option_face_run, {"--hide", "--", "pwd"},
		"run: option '--hide' needs a value (PATH), but '--' follows, which is an option; "
		"where that is meant, write --hide=--"},
	{&option_face_run, {"--hide", "--exclude-tmp", "--", "pwd"},
		"run: option '--hide' needs a value (PATH), but '--exclude-tmp' follows, which is "
		"an option; where that is meant, write --hide=--exclude-tmp"},
	{&option_face_run, {"-p", "-w", "x"},
		"run: option '-p' needs a value (PATH), but '-w' follows, which is an option; "
		"where that is meant, write --protect=-w"},
	{&option_face_explain, {"-w", "--exclude-tm"},
		"explain: option '-w' needs a value (DIR), but '--exclude-tm' follows, which is an "
		"option; where that is meant, write --writable=--exclude-tm"},
	{&option_face_run, {"-p=.env", "--", "pwd"},
		"run: '-p=.env': a value follows a letter directly or as the next word; write "
		"--protect=.env"},
	/* environment */
	{&option_face_run, {"--setenv", "FOO"},
		"--setenv FOO: not of the form NAME=VALUE; give both in one word"},
	{&option_face_run, {"--setenv", "=x"},
		"--setenv =x: not of the form NAME=VALUE; give both in one word"},
};

static int parse(const struct option_face *face, const char *const *words, char **argv,
	struct run_options *ret, struct rind_error *err)
{
	int argc = 1;

	argv[0] = (char *)face->name;
	for (; words[argc - 1]; argc++)
		argv[argc] = (char *)words[argc - 1];
	argv[argc] = NULL;
	return run_options_parse(argc, argv, face, ret, err);
}

static void test_refusals(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(refusals) / sizeof(refusals[0]); i++) {
		char *argv[MAX_WORDS + 2];
		struct run_options options = {.json_status_fd = 4711};
		struct rind_error err = {0};

		int result = parse(refusals[i].face, refusals[i].words, argv, &options, &err);
		assert_string_equal(err.message, refusals[i].message);
		assert_int_equal(result, -EINVAL);
		assert_int_equal(err.exit_status, 125);
		assert_int_equal(options.json_status_fd, 4711); /* untouched on failure */
	}
}

/* --- command lines that are taken ------------------------------------------------------------- */

/* What an accepted command line says, in one line. */
static char *describe(const struct run_options *options)
{
	const struct rind_policy *policy = options->policy;
	char *text = NULL;
	size_t length;
	FILE *out = open_memstream(&text, &length);

	assert_non_null(out);
	fprintf(out, "mode=%d", (int)policy->mode);
	if (policy->network_given)
		fprintf(out, " network=%d", (int)policy->network);
	if (policy->proc != RIND_PROC_FRESH)
		fprintf(out, " proc=%d", (int)policy->proc);
	if (policy->git != RIND_GIT_PROTECTED)
		fprintf(out, " git=%d", (int)policy->git);
	for (size_t i = 0; i < policy->writable.count; i++)
		fprintf(out, " w:%s", policy->writable.items[i]);
	for (size_t i = 0; i < policy->protect.count; i++)
		fprintf(out, " p:%s", policy->protect.items[i]);
	for (size_t i = 0; i < policy->hide.count; i++)
		fprintf(out, " h:%s", policy->hide.items[i]);
	for (size_t i = 0; i < policy->hide_if_present.count; i++)
		fprintf(out, " i:%s", policy->hide_if_present.items[i]);
	for (size_t i = 0; i < policy->env_count; i++)
		fprintf(out, " env:%s=%s", policy->env[i].name ? policy->env[i].name : "*",
			policy->env[i].value ? policy->env[i].value : "-");
	for (size_t i = 0; i < policy->keep_fd_count; i++)
		fprintf(out, " fd:%d", policy->keep_fds[i]);
	for (size_t i = 0; i < LIMIT_COUNT; i++)
		if (policy->limits.values[i])
			fprintf(out, " l%zu:%llu", i, (unsigned long long)policy->limits.values[i]);
	if (policy->directory)
		fprintf(out, " C:%s", policy->directory);
	if (policy->hostname)
		fprintf(out, " host:%s", policy->hostname);
	fputs(policy->default_protect ? "" : " no-default", out);
	fputs(policy->exclude_tmp ? " no-tmp" : "", out);
	fputs(policy->exclude_tmpdir ? " no-tmpdir" : "", out);
	fputs(policy->allow_unix_sockets ? " unix" : "", out);
	fputs(policy->new_session ? "" : " same-session", out);
	fputs(policy->nested ? " nested" : "", out);
	fputs(policy->nested_any ? " nested=any" : "", out);
	fputs(policy->null_stdin ? " null-stdin" : "", out);
	fputs(options->die_with_parent ? "" : " outlive", out);
	fputs(options->json ? " json" : "", out);
	fputs(options->verbose ? " verbose" : "", out);
	fputs(options->help ? " help" : "", out);
	fputs(options->version ? " version" : "", out);
	if (options->timeout_ms)
		fprintf(out, " ms=%lld", (long long)options->timeout_ms);
	if (options->json_status_fd >= 0)
		fprintf(out, " status=%d", options->json_status_fd);
	for (char **word = options->arguments; *word; word++)
		fprintf(out, " [%s]", *word);
	fclose(out);
	return text;
}

static const struct acceptance {
	const struct option_face *face;
	const char *words[MAX_WORDS];
	const char *description;
} acceptances[] = {
	{&option_face_run, {NULL}, "mode=0"},
	/* the ways to give a value */
	{&option_face_run, {"--writable", "/a", "cmd"}, "mode=0 w:/a [cmd]"},
	{&option_face_run, {"--writable=/a", "cmd"}, "mode=0 w:/a [cmd]"},
	{&option_face_run, {"-w", "/a", "cmd"}, "mode=0 w:/a [cmd]"},
	{&option_face_run, {"-w/a", "cmd"}, "mode=0 w:/a [cmd]"},
	{&option_face_run, {"--writable=/a=b"}, "mode=0 w:/a=b"},
	{&option_face_run, {"-w", "=c"}, "mode=0 w:=c"},
	/* what looks like an option, where that is meant */
	{&option_face_run, {"--writable=--", "cmd"}, "mode=0 w:-- [cmd]"},
	{&option_face_run, {"-w--", "cmd"}, "mode=0 w:-- [cmd]"},
	{&option_face_run, {"--hide=--x", "-w", "./--x"}, "mode=0 w:./--x h:--x"},
	{&option_face_run, {"-w", "-", "-w", "-x"}, "mode=0 w:- w:-x"},
	{&option_face_run, {"-w", "a\nb"}, "mode=0 w:a\nb"},
	/* where options end */
	{&option_face_run, {"--", "--mode", "x"}, "mode=0 [--mode] [x]"},
	{&option_face_run, {"--nested", "--", "--", "x"}, "mode=0 nested [--] [x]"},
	{&option_face_run, {"cmd", "--nested", "--"}, "mode=0 [cmd] [--nested] [--]"},
	{&option_face_run, {"-", "--nested"}, "mode=0 [-] [--nested]"},
	{&option_face_run, {"", "--nested"}, "mode=0 [] [--nested]"},
	{&option_face_explain, {"a", "--json", "b", "--", "--nested"},
		"mode=0 json [a] [b] [--nested]"},
	{&option_face_explain, {"--json", "-w", "/a", "b"}, "mode=0 w:/a json [b]"},
	/* --help and --version end everything */
	{&option_face_run, {"--help", "--nonsense"}, "mode=0 help [--nonsense]"},
	{&option_face_run, {"-h"}, "mode=0 help"},
	{&option_face_run, {"--version", "--help"}, "mode=0 version [--help]"},
	/* each option once */
	{&option_face_run, {"--mode=read-only"}, "mode=1"},
	{&option_face_run, {"--mode=full-access"}, "mode=2"},
	{&option_face_run, {"--mode=read-only", "--mode=workspace-write"}, "mode=0"},
	{&option_face_run, {"--protect", "x/y", "-p", "/z"}, "mode=0 p:x/y p:/z"},
	{&option_face_run, {"--no-default-protect"}, "mode=0 no-default"},
	{&option_face_run, {"--hide", "/h"}, "mode=0 h:/h"},
	{&option_face_run, {"--hide-if-present", "/h"}, "mode=0 i:/h"},
	{&option_face_run, {"--exclude-tmp", "--exclude-tmpdir"}, "mode=0 no-tmp no-tmpdir"},
	{&option_face_run, {"--network", "isolated"}, "mode=0 network=0"},
	{&option_face_run, {"-n", "off"}, "mode=0 network=1"},
	{&option_face_run, {"-nhost"}, "mode=0 network=2"},
	{&option_face_run, {"--allow-unix-sockets"}, "mode=0 unix"},
	{&option_face_run, {"--git", "commit"}, "mode=0 git=1"},
	{&option_face_run, {"--git=commit", "--git=open"}, "mode=0 git=2"},
	{&option_face_run, {"--git=open", "--git=protected"}, "mode=0"},
	{&option_face_run, {"--proc", "none"}, "mode=0 proc=2"},
	{&option_face_run, {"--no-proc"}, "mode=0 proc=1"},
	{&option_face_run, {"--no-proc", "--proc=fresh"}, "mode=0"},
	{&option_face_run, {"--stdin", "null"}, "mode=0 null-stdin"},
	{&option_face_explain, {"--stdin=null", "--stdin=inherit"}, "mode=0"},
	{&option_face_run, {"-C", "/d"}, "mode=0 C:/d"},
	{&option_face_run, {"--chdir=/d"}, "mode=0 C:/d"},
	{&option_face_run, {"--setenv", "A=b=c", "--setenv=E=", "--unsetenv", "U", "--clearenv"},
		"mode=0 env:A=b=c env:E= env:U=- env:*=-"},
	{&option_face_run, {"--keep-fd", "7", "--keep-fd=3"}, "mode=0 fd:3 fd:7"},
	{&option_face_run, {"--hostname", "box"}, "mode=0 host:box"},
	{&option_face_run, {"--no-new-session"}, "mode=0 same-session"},
	{&option_face_run, {"--no-new-session", "--new-session"}, "mode=0"},
	{&option_face_run, {"--nested"}, "mode=0 nested"},
	{&option_face_run, {"--nested=any", "any"}, "mode=0 nested=any [any]"},
	{&option_face_run, {"--nested", "any"}, "mode=0 nested [any]"},
	{&option_face_run, {"--limit-pids", "1"}, "mode=0 l0:1"},
	{&option_face_run, {"--limit-pids=4194303"}, "mode=0 l0:4194303"},
	{&option_face_run, {"--limit-memory", "1048576"}, "mode=0 l1:1048576"},
	{&option_face_run, {"--limit-memory=2m"}, "mode=0 l1:2097152"},
	{&option_face_run, {"--limit-memory=1024K"}, "mode=0 l1:1048576"},
	{&option_face_run, {"--limit-memory=3G"}, "mode=0 l1:3221225472"},
	{&option_face_run, {"--limit-memory=1t"}, "mode=0 l1:1099511627776"},
	{&option_face_run, {"--limit-memory=1.5G"}, "mode=0 l1:1610612736"},
	{&option_face_run, {"--limit-memory=.5g"}, "mode=0 l1:536870912"},
	{&option_face_run, {"--limit-memory=2GB"}, "mode=0 l1:2147483648"},
	{&option_face_run, {"--limit-memory=2gib"}, "mode=0 l1:2147483648"},
	{&option_face_run, {"--limit-memory=2.m"}, "mode=0 l1:2097152"},
	{&option_face_run, {"--limit-memory=1.00000000000000000000000000000000001M"},
		"mode=0 l1:1048577"},
	{&option_face_run, {"--limit-cpu=5m"}, "mode=0 l2:300"},
	{&option_face_run, {"--limit-cpu=1.5m"}, "mode=0 l2:90"},
	{&option_face_run, {"--limit-cpu=10s"}, "mode=0 l2:10"},
	{&option_face_run, {"--limit-cpu=2h"}, "mode=0 l2:7200"},
	{&option_face_run, {"--limit-memory=9223372036854775807"}, "mode=0 l1:9223372036854775807"},
	{&option_face_run, {"--limit-cpu", "60"}, "mode=0 l2:60"},
	{&option_face_run, {"--limit-cpu", "150%"}, "mode=0 l3:150"},
	{&option_face_run, {"--limit-cpu=60", "--limit-cpu=5%"}, "mode=0 l2:60 l3:5"},
	{&option_face_run, {"--limit-cpu=60", "--limit-cpu=5"}, "mode=0 l2:5"},
	{&option_face_explain, {"--limit-files", "0256"}, "mode=0 l4:256"},
	{&option_face_run, {"--no-die-with-parent"}, "mode=0 outlive"},
	{&option_face_run, {"--no-die-with-parent", "--die-with-parent"}, "mode=0"},
	{&option_face_run, {"--timeout", "2.5"}, "mode=0 ms=2500"},
	{&option_face_run, {"--json-status-fd", "1"}, "mode=0 status=1"},
	{&option_face_run, {"--verbose"}, "mode=0 verbose"},
};

/* Whatever the option: another option, or the end of them, is no value, nor is no text at all. */
static void test_values_that_are_none(void **state)
{
	static const char *const none[] = {"--", "--verbose", "--mode=read-only", "-w", "-wx", ""};
	static const struct option_face *const faces[] = {
		&option_face_run, &option_face_explain, &option_face_doctor};
	size_t count = 0;

	(void)state;
	for (size_t i = 0; i < option_row_count * 3; i++) {
		const struct option_row *row = &option_rows[i / 3];
		const struct option_face *face = faces[i % 3];
		if (!row->argument || row->optional || !(row->faces & face->bit))
			continue;
		for (size_t j = 0; j < sizeof(none) / sizeof(*none); j++) {
			char name[64], letter[] = {'-', row->letter, '\0'};
			char *argv[MAX_WORDS + 2];
			struct run_options options;
			struct rind_error err = {0};

			snprintf(name, sizeof(name), "--%s", row->name);
			const char *words[] = {name, none[j], "--", "pwd", NULL};
			assert_int_equal(parse(face, words, argv, &options, &err), -EINVAL);
			assert_non_null(strstr(err.message, name));
			if (!row->letter)
				continue;
			words[0] = letter;
			assert_int_equal(parse(face, words, argv, &options, &err), -EINVAL);
		}
		count++;
	}
	assert_true(count > 20);
}

static void test_acceptances(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(acceptances) / sizeof(acceptances[0]); i++) {
		char *argv[MAX_WORDS + 2];
		struct run_options options;
		struct rind_error err = {0};

		int result = parse(acceptances[i].face, acceptances[i].words, argv, &options, &err);
		assert_string_equal(err.message, "");
		assert_int_equal(result, 0);
		char *description = describe(&options);
		assert_string_equal(description, acceptances[i].description);
		free(description);
		run_options_release(&options);
	}
}

/* What the policy refuses comes through the parser as it is, and with the status of a bad call. */
static void test_refused_by_the_policy(void **state)
{
	static const char *const lines[][MAX_WORDS] = {
		{"--writable", ""},
		{"--protect", ""},
		{"--protect", "../x"},
		{"--hide="},
		{"--hostname", ""},
		{"--unsetenv", "A=B"},
		{"--keep-fd", "2"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++) {
		char *argv[MAX_WORDS + 2];
		struct run_options options;
		struct rind_error err = {0};

		assert_int_equal(parse(&option_face_run, lines[i], argv, &options, &err), -EINVAL);
		assert_int_equal(err.exit_status, 125);
		assert_non_null(strstr(err.message, strtok(strdupa(lines[i][0]), "=")));
	}
}

/* Limits: not a number as the option has it, and one that nobody can mean. */
static const struct {
	const char *option, *value;
	int code;
	const char *reason; /* how the sentence goes on */
} limits[] = {
	{"--limit-pids", "", -EINVAL, "not a number of processes; give one from 1 on"},
	{"--limit-pids", "0", -EINVAL, "not a number of processes"},
	{"--limit-pids", "-1", -EINVAL, "not a number of processes"},
	{"--limit-pids", "+1", -EINVAL, "not a number of processes"},
	{"--limit-pids", " 1", -EINVAL, "not a number of processes"},
	{"--limit-pids", "1 ", -EINVAL, "not a number of processes"},
	{"--limit-pids", "1K", -EINVAL, "not a number of processes"},
	{"--limit-pids", "0x10", -EINVAL, "not a number of processes"},
	{"--limit-pids", "18446744073709551616", -EINVAL, "not a number of processes"},
	{"--limit-pids", "4194304", -ERANGE, "too much; give a number from 1 to 4194303"},
	{"--limit-memory", "", -EINVAL, "not a size; give a number of bytes"},
	{"--limit-memory", "M", -EINVAL, "not a size"},
	{"--limit-memory", "0M", -EINVAL, "not a size"},
	{"--limit-memory", "1.5", -EINVAL, "not a size"},
	{"--limit-memory", "1.2.3G", -EINVAL, "not a size"},
	{"--limit-memory", ".G", -EINVAL, "not a size"},
	{"--limit-memory", "1G5", -EINVAL, "not a size"},
	{"--limit-memory", "512MBs", -EINVAL, "not a size"},
	{"--limit-memory", "512Mi", -EINVAL, "not a size"},
	{"--limit-memory", "-1G", -EINVAL, "not a size"},
	{"--limit-memory", "512 M", -EINVAL, "not a size"},
	{"--limit-memory", "512B", -EINVAL, "not a size"},
	{"--limit-memory", "512\x0d", -EINVAL, "not a size"},
	{"--limit-memory", "1P", -EINVAL, "not a size"},
	{"--limit-memory", "18446744073709551616", -EINVAL, "not a size"},
	{"--limit-memory", "16777216T", -EINVAL, "not a size"},
	{"--limit-cpu", "%", -EINVAL, "neither a time nor a share"},
	{"--limit-cpu", "0%", -EINVAL, "neither a time nor a share"},
	{"--limit-cpu", "50 %", -EINVAL, "neither a time nor a share"},
	{"--limit-cpu", "50%%", -EINVAL, "neither a time nor a share"},
	{"--limit-cpu", "1.5", -EINVAL, "neither a time nor a share"},
	{"--limit-cpu", "10x", -EINVAL, "neither a time nor a share"},
	{"--limit-cpu", "1500ms", -EINVAL, "neither a time nor a share"},
	{"--limit-files", "none", -EINVAL, "not a number of open files"},
};

static void test_bad_limits(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(limits) / sizeof(limits[0]); i++) {
		const char *const words[] = {limits[i].option, limits[i].value, NULL};
		char *argv[MAX_WORDS + 2], expected[160];
		struct run_options options;
		struct rind_error err = {0};

		snprintf(expected, sizeof(expected), "%s %s: %s", limits[i].option, limits[i].value,
			limits[i].reason);
		assert_int_equal(
			parse(&option_face_run, words, argv, &options, &err), limits[i].code);
		assert_int_equal(err.exit_status, 125);
		if (strncmp(err.message, expected, strlen(expected)) != 0)
			fail_msg("got  %s\nwant %s", err.message, expected);
	}
}

static void test_empty_argv(void **state)
{
	char *argv[] = {NULL};
	struct run_options options;

	(void)state;
	assert_int_equal(run_options_parse(0, argv, &option_face_run, &options, NULL), 0);
	assert_null(options.arguments[0]);
	run_options_release(&options);
	run_options_release(&options); /* takes one that was released */
}

/* --- times ------------------------------------------------------------------------------------ */

static const struct {
	const char *text;
	long long ms; /* -1: refused */
} times[] = {
	{"1", 1000},
	{"0.5", 500},
	{".5", 500},
	{"5.", 5000},
	{"0.001", 1},
	{"0.0001", 1}, /* rounded up: never less than what was asked for */
	{"1.0009", 1001},
	{"1.000", 1000},
	{"007", 7000},
	{"1000000000", 1000000000000},
	{"1000000001", -1},
	{"99999999999999999999999", -1},
	{"0", -1},
	{"0.0", -1},
	{"", -1},
	{".", -1},
	{"-1", -1},
	{"+1", -1},
	{" 1", -1},
	{"1 ", -1},
	{"1s", 1000},
	{"500ms", 500},
	{"0.5ms", 1},
	{"5m", 300000},
	{"1.5h", 5400000},
	{"2d", 172800000},
	{"11574d", 999993600000},
	{"11575d", -1},
	{"5M", -1},
	{"5 m", -1},
	{"m", -1},
	{".m", -1},
	{"0h", -1},
	{"1h30m", -1},
	{"5min", -1},
	{"1.2.3", -1},
	{"1..5", -1},
	{"1e3", -1},
	{"0x10", -1},
	{"nan", -1},
	{"inf", -1},
	{"infinity", -1},
	{"1,5", -1},
};

static void test_times(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(times) / sizeof(times[0]); i++) {
		const char *const words[] = {"--timeout", times[i].text, NULL};
		char *argv[MAX_WORDS + 2];
		char expected[240];
		struct run_options options;
		struct rind_error err = {0};
		int result = parse(&option_face_run, words, argv, &options, &err);

		if (times[i].ms < 0) {
			assert_int_equal(result, -EINVAL);
			snprintf(expected, sizeof(expected),
				"--timeout %s: not a time; give seconds above 0, such as 30 or "
				"0.5, at most 1000000000, or a number with ms, s, m, h or d behind "
				"it, such as 5m",
				times[i].text);
			assert_string_equal(err.message, expected);
			continue;
		}
		assert_int_equal(result, 0);
		assert_int_equal(options.timeout_ms, times[i].ms);
		run_options_release(&options);
	}
}

/* --- suggestions ------------------------------------------------------------------------------ */

static void test_suggestions(void **state)
{
	static const struct {
		const char *given, *nearest;
	} cases[] = {
		{"protct", "protect"},   /* a letter left out */
		{"protecct", "protect"}, /* one too many */
		{"pretect", "protect"},  /* another one */
		{"rpotect", "protect"},  /* two swapped */
		{"pro", "proc"},         /* nearest of several beginnings */
		{"verb", "verbose"},
		{"x", NULL},
		{"", NULL},
		{"completely-different", NULL},
		{"protectprotectprotectprotectprotectprotect", NULL},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		static const char *const names[] = {"proc", "protect", "verbose", "mode"};
		struct suggestion best = {0};

		for (size_t j = 0; j < sizeof(names) / sizeof(names[0]); j++)
			suggestion_consider(&best, cases[i].given, names[j]);
		if (!cases[i].nearest) {
			assert_null(best.name);
			continue;
		}
		assert_non_null(best.name);
		assert_string_equal(best.name, cases[i].nearest);
	}
}

/* --- the table, --help and the man page ------------------------------------------------------- */

static void test_rows(void **state)
{
	(void)state;
	for (size_t i = 0; i < option_row_count; i++) {
		const struct option_row *row = &option_rows[i];

		assert_true(row->faces != 0);
		assert_true(strlen(row->section) > 0);
		assert_true(strlen(row->name) > 1);
		assert_true(strlen(row->help) > 0);
		assert_non_null(row->apply);
		for (size_t j = 0; j < i; j++) {
			assert_string_not_equal(row->name, option_rows[j].name);
			assert_false(row->letter && row->letter == option_rows[j].letter);
		}
	}
}

/* "-w, --writable DIR": how an option is spelled in --help and in the man page. */
static void spell(char *buffer, size_t size, const struct option_row *row)
{
	char letter[] = {'-', row->letter, ',', ' ', '\0'};
	const char *separator = row->optional ? "[=" : row->argument ? " " : "";

	snprintf(buffer, size, "%s--%s%s%s%s", row->letter ? letter : "", row->name, separator,
		row->argument ? row->argument : "", row->optional ? "]" : "");
}

static void check_help(const struct option_face *face)
{
	char *help = NULL;
	size_t length;
	FILE *out = open_memstream(&help, &length);

	assert_non_null(out);
	option_write_help(out, face);
	fclose(out);
	for (size_t i = 0; i < option_row_count; i++) {
		char spelling[64], line[96];

		spell(spelling, sizeof(spelling), &option_rows[i]);
		snprintf(line, sizeof(line), "\n%s%s", option_rows[i].letter ? "  " : "      ",
			spelling);
		const char *found = strstr(help, line);
		while (found && !strchr(" \n", found[strlen(line)]))
			found = strstr(found + 1, line);
		bool listed = found != NULL;
		assert_int_equal(listed, (option_rows[i].faces & face->bit) != 0);
	}
	for (char *line = strtok(help, "\n"); line; line = strtok(NULL, "\n"))
		assert_true(strlen(line) <= 80);
	free(help);
}

static void test_help(void **state)
{
	(void)state;
	check_help(&option_face_run);
	check_help(&option_face_explain);
	check_help(&option_face_doctor);
}

/* Take what is markup out of a line of the man page: \fB, \fI, \fR, the \ of \-. */
static void strip_markup(char *line)
{
	char *to = line;

	for (const char *from = line; *from && *from != '\n';) {
		if (from[0] == '\\' && from[1] == 'f' && from[2])
			from += 3;
		else if (from[0] == '\\' && from[1])
			from++;
		else
			*to++ = *from++;
	}
	*to = '\0';
}

static size_t find_spelling(const char *line)
{
	size_t i = 0;

	for (; i < option_row_count; i++) {
		char spelling[64];
		spell(spelling, sizeof(spelling), &option_rows[i]);
		if (strcmp(spelling, line) == 0)
			break;
	}
	return i;
}

static void test_man_page(void **state)
{
	FILE *page = fopen(SOURCE_DIR "/man/rind.1", "re");
	bool *described = calloc(option_row_count, sizeof(*described));
	char line[512];
	bool tagged = false;

	(void)state;
	assert_non_null(page);
	assert_non_null(described);
	while (fgets(line, sizeof(line), page)) {
		if (tagged && strncmp(line, "\\fB\\-", 5) == 0) {
			strip_markup(line);
			size_t i = find_spelling(line);
			if (i == option_row_count)
				fail_msg("in the man page, but not in the table: %s", line);
			described[i] = true;
		}
		tagged = strcmp(line, ".TP\n") == 0;
	}
	fclose(page);
	for (size_t i = 0; i < option_row_count; i++) {
		if (!described[i])
			fail_msg("not in the man page: --%s", option_rows[i].name);
	}
	free(described);
}

/* --- text and JSON ---------------------------------------------------------------------------- */

static const struct {
	const char *bytes, *text, *json;
	size_t columns;
} strings[] = {
	{"", "", "\"\"", 0},
	{"/a b", "/a b", "\"/a b\"", 4},
	{"\"\\/", "\"\\\\/", "\"\\\"\\\\/\"", 4},
	{"\n\t\r\x01\x1b\x7f", "\\n\\t\\r\\x01\\x1b\\x7f", "\"\\n\\t\\r\\u0001\\u001b\\u007f\"",
		18},
	/* UTF-8 of two, three and four bytes stays as it is */
	{"\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80", "\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80",
		"\"\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80\"", 3},
	/* a lone byte, a cut sequence, an overlong form, a surrogate, beyond U+10FFFF */
	{"a\xff", "a\\xff", "\"a\\udcff\"", 5},
	{"\xe2\x82", "\\xe2\\x82", "\"\\udce2\\udc82\"", 8},
	{"\xc0\xaf", "\\xc0\\xaf", "\"\\udcc0\\udcaf\"", 8},
	{"\xed\xa0\x80", "\\xed\\xa0\\x80", "\"\\udced\\udca0\\udc80\"", 12},
	{"\xf4\x90\x80\x80", "\\xf4\\x90\\x80\\x80", "\"\\udcf4\\udc90\\udc80\\udc80\"", 16},
	{"\x80z", "\\x80z", "\"\\udc80z\"", 5},
	/* what would turn the line around, and its neighbours, which would not */
	{"\xe2\x80\xae\xd8\x9c", "\\xe2\\x80\\xae\\xd8\\x9c", "\"\xe2\x80\xae\xd8\x9c\"", 20},
	{"\xe2\x80\x8e\xe2\x81\xa9", "\\xe2\\x80\\x8e\\xe2\\x81\\xa9",
		"\"\xe2\x80\x8e\xe2\x81\xa9\"", 24},
	{"\xe2\x80\x90\xe2\x80\xaf", "\xe2\x80\x90\xe2\x80\xaf", "\"\xe2\x80\x90\xe2\x80\xaf\"", 2},
	/* U+009B starts an escape sequence on a terminal; JSON carries it as any character */
	{"\xc2\x9b", "\\xc2\\x9b", "\"\xc2\x9b\"", 8},
};

static void test_strings(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(strings) / sizeof(strings[0]); i++) {
		char text[64] = "", json[64] = "";

		FILE *out = fmemopen(text, sizeof(text), "w");
		assert_non_null(out);
		assert_int_equal(text_write(out, strings[i].bytes), strings[i].columns);
		fclose(out);
		assert_string_equal(text, strings[i].text);
		assert_int_equal(text_write(NULL, strings[i].bytes), strings[i].columns);

		out = fmemopen(json, sizeof(json), "w");
		assert_non_null(out);
		json_write_string(out, strings[i].bytes);
		fclose(out);
		assert_string_equal(json, strings[i].json);
	}
}

static void test_words(void **state)
{
	static const char *const words[][2] = {
		{"/home/me/.cargo", "/home/me/.cargo"},
		{"", "''"},
		{"a b", "'a b'"},
		{"~", "'~'"},
		{"**/*.env", "'**/*.env'"},
		{"it's", "'it'\\''s'"},
		{"'", "''\\'''"},
		{"new\nline", "'new\\nline'"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
		char text[64] = "";

		FILE *out = fmemopen(text, sizeof(text), "w");
		assert_non_null(out);
		text_write_word(out, words[i][0]);
		fclose(out);
		assert_string_equal(text, words[i][1]);
	}
}

static void test_wrapping(void **state)
{
	char text[64] = "";

	(void)state;
	FILE *out = fmemopen(text, sizeof(text), "w");
	assert_non_null(out);
	text_write_wrapped(out, "one two\tx three fourandmore five", 2, 10);
	fclose(out);
	assert_string_equal(text, "one\n  two\\tx\n  three\n  fourandmore\n  five");
}

static void test_json_members(void **state)
{
	char json[64] = "";
	FILE *out = fmemopen(json, sizeof(json), "w");

	(void)state;
	assert_non_null(out);
	json_write_member(out, true, "a", "1");
	json_write_member(out, false, "b", "\"");
	fclose(out);
	assert_string_equal(json, "\"a\": \"1\", \"b\": \"\\\"\"");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_refusals),
		cmocka_unit_test(test_acceptances),
		cmocka_unit_test(test_values_that_are_none),
		cmocka_unit_test(test_refused_by_the_policy),
		cmocka_unit_test(test_bad_limits),
		cmocka_unit_test(test_empty_argv),
		cmocka_unit_test(test_times),
		cmocka_unit_test(test_suggestions),
		cmocka_unit_test(test_rows),
		cmocka_unit_test(test_help),
		cmocka_unit_test(test_man_page),
		cmocka_unit_test(test_strings),
		cmocka_unit_test(test_words),
		cmocka_unit_test(test_wrapping),
		cmocka_unit_test(test_json_members),
	};

	return cmocka_run_group_tests_name("options", tests, NULL, NULL);
}
