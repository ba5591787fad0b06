#!/bin/bash
# rind explain: the plan as a table, and the verdict for a path, which must be what the sandbox does.

# Scripts in quotes are expanded in the sandbox.
# shellcheck disable=SC2016 source-path=SCRIPTDIR source=lib.sh
. "$(dirname "$0")/lib.sh"

explain()
{
	STATUS=0
	"$RIND" explain "$@" >"$WORK/stdout" 2>"$WORK/stderr" || STATUS=$?
	OUT=$(cat "$WORK/stdout")
	assert_equal 0 "$STATUS" "status ($(cat "$WORK/stderr"))"
}

# expect_row WORD…: a line that has these words, in this order.
expect_row()
{
	local row
	while IFS= read -r row; do
		has_words "$row" "$@" && return
	done <"$WORK/stdout"
	fail "no row '$*' in: $OUT"
}

has_words()
{
	local rest=$1 word
	shift
	for word; do
		[[ $rest == *"$word"* ]] || return 1
		rest=${rest#*"$word"}
	done
}

test_table()
{
	local before
	git_workspace
	mkdir -p a/b "$WORK/secrets"
	before=$(snapshot "$WORK/ws" "$WORK/outside" "$WORK/secrets")
	explain -p a/b/c --hide "$WORK/secrets" -w "$OUTSIDE/directory"
	assert_equal "$before" "$(snapshot "$WORK/ws" "$WORK/outside" "$WORK/secrets")" files
	expect_row read-only / readable 'whole tree'
	expect_row dev /dev
	expect_row writable "$WS" writable 'working directory'
	expect_row writable "$OUTSIDE/directory" writable '--writable'
	expect_row writable /tmp writable
	expect_row protect "$WS/.git" protected 'default protected name'
	expect_row protect "$WS/.codex" protected 'default protected name'
	expect_row protect "$WS/refs" protected 'part of a repository'
	expect_row protect "$WS/commondir" protected 'part of a repository'
	expect_row pin "$WS/a" writable
	expect_row pin "$WS/a/b" writable
	expect_row protect "$WS/a/b/c" protected '--protect'
	expect_row hide "$WORK/secrets" hidden '--hide'
	expect_row proc /proc
}

# verdict ACCESS PATH, of the last explain.
verdict()
{
	grep -F "$2: $1" "$WORK/stdout" >/dev/null || fail "expected '$2: $1' in: $OUT"
}

test_verdicts()
{
	git_workspace
	mkdir -p "$WORK/secrets" real
	ln -s real .agents
	explain --hide "$WORK/secrets" .git .git/config .codex .codex/x .agents refs HEAD file src/file \
		"$OUTSIDE/file" "$WORK/secrets/key" /dev/null /proc/self/status /proc/sys/kernel
	verdict protected .git
	verdict protected .git/config
	verdict masked .codex
	verdict masked .codex/x
	verdict masked .agents
	verdict masked refs
	verdict writable HEAD
	verdict writable file
	verdict writable src/file
	verdict readable "$OUTSIDE/file"
	verdict hidden "$WORK/secrets/key"
	verdict writable /dev/null
	verdict writable /proc/self/status
	verdict protected /proc/sys/kernel
}

# Each writable verdict is tried in the sandbox, and each other one too.
test_verdicts_are_true()
{
	local path
	git_workspace
	mkdir -p "$WORK/secrets" a/b
	explain --hide "$WORK/secrets" -p a/b .git/x .codex new src/new a/x a/b/x "$OUTSIDE/new" \
		"$WORK/secrets/new" /tmp/rind-test-new
	while IFS= read -r path; do
		inside --hide "$WORK/secrets" -p a/b -- \
			"allowed 'echo x >$path && rm $path'"
	done < <(sed -n 's/^\(.*\): writable .*/\1/p' "$WORK/stdout")
	for path in .git/x .codex a/b/x "$OUTSIDE/new" "$WORK/secrets/new"; do
		inside --hide "$WORK/secrets" -p a/b -- "refused 'echo x >$path'"
	done
}

test_newline_stays_in_its_row()
{
	mkdir "$WORK/"$'new\nline'
	explain -w "$WORK/"$'new\nline'
	expect_row writable 'new\nline'
}

test_json()
{
	command -v python3 >/dev/null || skip "python3 is not here"
	python3 -c '' 2>/dev/null || skip "python3 does not run here"
	git_workspace
	mkdir "$WORK/"$'new\nline' "$WORK/"$'\xff"\\'
	explain --json -w "$WORK/"$'new\nline' -w "$WORK/"$'\xff"\\' .git .codex "$OUTSIDE/file"
	python3 - "$WORK/stdout" "$WS" <<'END' || fail "the document is not what it should be: $OUT"
import json, sys
document = json.load(open(sys.argv[1]))
workspace = sys.argv[2]
steps = {(step["operation"], step["path"]): step for step in document["plan"]}
assert steps["read-only", "/"]["access"] == "readable"
assert steps["protect", workspace + "/.git"]["rule"] == "default protected name"
assert any(path.endswith("new\nline") for _, path in steps)
access = {entry["path"]: entry["access"] for entry in document["paths"]}
assert list(access.values()) == ["protected", "masked", "readable"]
END
}

test_bad_input()
{
	local status=0
	"$RIND" explain --no-such-option >"$WORK/stdout" 2>"$WORK/stderr" || status=$?
	assert_equal 125 "$status" status
	assert_match 'rind: *--no-such-option*' "$(cat "$WORK/stderr")"
	assert_content "$WORK/stdout" ''
}

run_cases "$@"
