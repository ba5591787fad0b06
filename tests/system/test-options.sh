#!/bin/bash
# The options that are not about files, and bad input: one line, a status, nothing made.

# Scripts in quotes are expanded in the sandbox.
# shellcheck disable=SC2016 source-path=SCRIPTDIR source=lib.sh
. "$(dirname "$0")/lib.sh"

test_help_and_version()
{
	local option
	for option in --help --version 'run --help' 'explain --help'; do
		# shellcheck disable=SC2086 # words
		"$RIND" $option >"$WORK/stdout" 2>"$WORK/stderr" || fail "$option: status $?"
		[ -s "$WORK/stdout" ] || fail "$option: nothing on standard output"
		assert_content "$WORK/stderr" ''
	done
	for option in --mode --writable --protect --no-default-protect --hide --hide-if-present --exclude-tmp \
		--exclude-tmpdir --git --network --allow-unix-sockets --proc --no-proc --chdir --setenv \
		--unsetenv --clearenv --stdin --keep-fd --new-session --no-new-session --die-with-parent \
		--no-die-with-parent --nested --hostname --timeout --json-status-fd --verbose; do
		"$RIND" run --help | grep -q -e "$option" || fail "run --help lacks $option"
	done
}

test_chdir()
{
	mkdir directory
	CONTROL=$WS/directory/control inside -C directory -- "
		same '$WS/directory' \"\$(pwd -P)\"
		same '$WS/directory' \"\$PWD\"
		refused_with Read-only 'echo evil >../file'
		refused 'mkdir .git'"
	CONTROL=$WS/directory/control inside --chdir="$WS/directory" -- 'allowed "echo fine >file"'
	assert_content directory/file fine
	assert_absent file directory/.git
	fails_with 125 "rind: *$WORK/nowhere*" -- -C "$WORK/nowhere" -- true
	fails_with 125 "rind: *file*" -- -C directory/file -- true
}

test_environment()
{
	export RIND_TEST_ONE=1 RIND_TEST_TWO=2
	inside --setenv RIND_TEST_TWO=two --setenv=RIND_TEST_NEW='a=b c' --unsetenv RIND_TEST_ONE -- '
		same unset "${RIND_TEST_ONE-unset}"
		same two "$RIND_TEST_TWO"
		same "a=b c" "$RIND_TEST_NEW"
	'
	sandbox --clearenv --setenv A=1 -- /usr/bin/env
	assert_equal 0 "$STATUS" "status ($ERR)"
	assert_match '*A=1*' "$OUT"
	[[ $OUT != *RIND_TEST* && $OUT != *HOME=* ]] || fail "the environment is not clear: $OUT"
	# The command is looked for where its own PATH says.
	mkdir "$WORK/path"
	ln -s /bin/echo "$WORK/path/rind-test-echo"
	sandbox --setenv "PATH=$WORK/path" -- rind-test-echo found
	assert_equal found "$OUT" output
}

test_hostname()
{
	local before
	before=$(uname -n)
	inside --hostname sandbox.example -- 'same sandbox.example "$(uname -n)"'
	assert_equal "$before" "$(uname -n)" "host name"
	inside -- "same '$before' \"\$(uname -n)\""
}

test_verbose()
{
	sandbox --verbose -- echo fine
	assert_equal 0 "$STATUS" status
	assert_equal fine "$OUT" output
	assert_match "*$WS*" "$ERR"
}

test_option_forms()
{
	mkdir "$WORK/one"
	sandbox -w "$WORK/one" sh -c 'echo "$1"' sh -w
	assert_equal "-w" "$OUT" output
	sandbox "-w$WORK/one" -n host -p x -- echo -- --help
	assert_equal "-- --help" "$OUT" output
}

test_bad_options()
{
	fails_with 125 "rind: *no command*" --
	fails_with 125 "rind: *no command*" -- --
	fails_with 125 "rind: *--protct*--protect*" -- --protct x -- true
	fails_with 125 "rind: *--no-such-thing-at-all*" -- --no-such-thing-at-all -- true
	fails_with 125 "rind: *-Z*" -- -Z -- true
	fails_with 125 "rind: *--writable*" -- --writable
	fails_with 125 "rind: *-w*" -- -w
	fails_with 125 "rind: *--verbose*" -- --verbose=yes -- true
	fails_with 125 "rind: *everything*" -- --mode everything -- true
	fails_with 125 "rind: *half*" -- --network half -- true
	fails_with 125 "rind: *some*" -- --proc some -- true
	local value
	for value in '' 0 -1 nan inf 1x 1e999; do
		fails_with 125 "rind: *--timeout*" -- --timeout "$value" -- true
	done
	for value in '' -1 x 2 99999999999999999999; do
		fails_with 125 "rind: *--keep-fd*" -- --keep-fd "$value" -- true
	done
	fails_with 125 "rind: *777*" -- --keep-fd 777 -- true
	fails_with 125 "rind: *777*" -- --json-status-fd 777 -- true
	fails_with 125 "rind: *--setenv*" -- --setenv NAME -- true
	fails_with 125 "rind: *--setenv*" -- --setenv =value -- true
	fails_with 125 "rind: *hostname*" -- --hostname "$(printf '%065d' 0)" -- true
	fails_with 125 "rind: *hostname*" -- --hostname '' -- true
}

# An option, or the end of the options, is no value: as where a variable in a script is empty.
test_value_that_is_missing()
{
	local option empty=''
	mkdir secret
	for option in --mode --writable -w --protect -p --hide --hide-if-present --git --network -n --proc --chdir -C \
		--setenv --unsetenv --hostname --keep-fd --limit-pids --limit-memory --limit-cpu --limit-files --limit-disk \
		--timeout --json-status-fd; do
		# shellcheck disable=SC2086 # that is what goes wrong
		fails_with 125 "rind: run: option '$option' needs a value (*), but '--' follows*=--" -- \
			"$option" $empty -- pwd
		fails_with 125 "rind: run: option '$option' needs a value (*), but '--exclude-tmp' follows*" -- \
			"$option" --exclude-tmp -- pwd
		fails_with 125 "rind: run: option '$option' needs a value (*), but '-wx' follows*" -- "$option" -wx -- pwd
		fails_with 125 "rind: *" -- "$option" '' -- pwd
		STATUS=0
		"$RIND" explain "$option" -- "$WS" >"$WORK/stdout" 2>"$WORK/stderr" || STATUS=$?
		assert_equal 125 "$STATUS" "status of explain $option"
		assert_match "rind: explain: option '$option' needs a value (*" "$(cat "$WORK/stderr")"
	done
	# Where it is meant, it can be said.
	mkdir -- --x --
	inside --hide=--x --hide ./-- -w ./--x -- '
		refused "ls -- --x"
		refused "ls ./--"
	'
}

test_bad_paths()
{
	local long option
	long=/$(printf '%05000d' 0)
	ln -s nowhere dangling
	ln -s loop loop
	fails_with 125 "rind: *$WORK/missing does not exist*" -- --writable "$WORK/missing" -- true
	fails_with 125 "rind: *missing*does not exist*" -- -w missing -- true
	fails_with 125 "rind: *dangling*nowhere*" -- -w dangling -- true
	fails_with 125 "rind: *loop*" -- -w loop -- true
	fails_with 125 "rind: *--protect*../x*..*" -- --protect ../x -- true
	fails_with 125 "rind: *--protect*a/../../x*..*" -- -p a/../../x -- true
	for option in --writable --protect --hide --hide-if-present --chdir; do
		fails_with 125 "rind: *$option*empty*" -- "$option" '' -- true
		fails_with 125 "rind: *$option*long*" -- "$option" "$long" -- true
	done
	fails_with 125 "rind: *--hide*" -- --hide / -- true
	fails_with 125 "rind: *new\\\\nline*" -- --writable "$WORK/"$'new\nline' -- true
}

test_bad_subcommand()
{
	local status=0
	"$RIND" rnu >"$WORK/stdout" 2>"$WORK/stderr" || status=$?
	assert_equal 125 "$status" status
	assert_match 'rind: *rnu*run*' "$(cat "$WORK/stderr")"
	status=0
	"$RIND" >"$WORK/stdout" 2>"$WORK/stderr" || status=$?
	assert_equal 125 "$status" status
	[ -s "$WORK/stderr" ] || fail "no usage"
	assert_content "$WORK/stdout" ''
}

test_working_directory_is_gone()
{
	local status=0
	mkdir gone
	cd gone
	rmdir ../gone
	"$RIND" run -- true >"$WORK/stdout" 2>"$WORK/stderr" || status=$?
	cd "$WS"
	assert_equal 125 "$status" status
	assert_match 'rind: *' "$(cat "$WORK/stderr")"
	assert_equal 1 "$(wc -l <"$WORK/stderr")" lines
}

# With so few descriptors rind fails, at one step or another, or runs the command in the sandbox:
# never without it.
test_descriptors_exhausted()
{
	local limit failed=0
	for ((limit = 3; limit < 24; limit++)); do
		STATUS=0
		(
			ulimit -n "$limit"
			exec "$RIND" run -- sh -c 'echo evil >.codex || echo held'
		) >"$WORK/stdout" 2>"$WORK/stderr" || STATUS=$?
		case $STATUS in
		0)
			assert_content "$WORK/stdout" held
			;;
		125)
			failed=$((failed + 1))
			assert_equal 1 "$(wc -l <"$WORK/stderr")" "lines of $(cat "$WORK/stderr")"
			assert_match 'rind: *' "$(cat "$WORK/stderr")"
			assert_content "$WORK/stdout" ''
			;;
		*)
			# The program loader itself needs descriptors, where there is one.
			grep -q 'Too many open files\|shared libraries' "$WORK/stderr" ||
				fail "limit $limit: status $STATUS: $(cat "$WORK/stderr")"
			;;
		esac
		assert_absent .git .codex .agents
	done
	[ "$failed" -gt 0 ] || fail "the limit was never met"
}

test_user_namespaces_refused()
{
	local before
	before=$(snapshot "$WS")
	STATUS=0
	unshare --user --map-root-user sh -c '
		echo 0 >/proc/sys/user/max_user_namespaces || exit 77
		exec "$RIND" run -- echo ran' >"$WORK/stdout" 2>"$WORK/stderr" || STATUS=$?
	[ "$STATUS" != 77 ] || skip "the limit cannot be set here"
	assert_equal 125 "$STATUS" status
	assert_equal 1 "$(wc -l <"$WORK/stderr")" lines
	assert_match 'rind: *max_user_namespaces*' "$(cat "$WORK/stderr")"
	assert_content "$WORK/stdout" ''
	assert_equal "$before" "$(snapshot "$WS")" files
}

run_cases "$@"
