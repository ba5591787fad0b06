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

test_submodules()
{
	command -v git >"$WORK/found" || skip "no git here"
	git init -q .
	git init -q lib
	git -C lib -c user.name=n -c user.email=e commit -q --allow-empty -m one
	git add lib 2>"$WORK/advice"
	explain lib/.git lib/file
	verdict protected lib/.git
	verdict writable lib/file
	explain
	expect_row pin "$WS/lib" writable "parent of $WS/lib/.git"
	expect_row protect "$WS/lib/.git" protected 'submodule that the index names'
	rm -rf lib
	mkdir lib
	explain lib/.git lib
	verdict protected lib/.git
	explain
	expect_row protect "$WS/lib" protected 'submodule that the index names, not checked out'
	rmdir lib
	explain lib lib/.git
	verdict masked lib/.git
	explain --no-default-protect
	[[ $OUT != *submodule* ]] || fail "$OUT"
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

# For the caller: what is not there, and what its mode forbids, with a sandbox and without.
test_verdicts_are_the_callers()
{
	local shown
	git_workspace
	echo content >file
	mkdir -m 700 closed
	echo content >closed/file
	chmod 400 file
	explain file new file/../.git "$OUTSIDE/file" "$OUTSIDE/new" .codex /dev/null
	grep -qx "new: writable (.*); it does not exist" <<<"$OUT" || fail "$OUT"
	grep -qx "file/../.git: .*); it does not exist" <<<"$OUT" || fail "$OUT"
	grep -qx "$OUTSIDE/file: readable (whole tree: /); .*" <<<"$OUT" || fail "$OUT"
	grep -qx "$OUTSIDE/new: readable (whole tree: /); it does not exist; .*" <<<"$OUT" || fail "$OUT"
	grep -qx ".codex: masked (.*); .*" <<<"$OUT" || fail "$OUT"
	grep -qx "/dev/null: writable (.*)" <<<"$OUT" || fail "$OUT"
	assert_equal 7 "$(wc -l <"$WORK/stdout")" "lines: nothing but the paths"
	shown=$(grep '^file: ' <<<"$OUT")
	if [ "$WAY" = user ]; then
		assert_match "*); its mode does not let you write it" "$shown"
		explain /etc
		assert_match "/etc: readable (whole tree: /)" "$OUT"
		explain --writable /etc /etc
		assert_match "/etc: writable (*); its mode does not let you write it" "$OUT"
		chmod 000 closed
		explain closed/file
		assert_match "closed/file: writable (*); its mode does not let you read it" "$OUT"
		chmod 700 closed
	else
		assert_match "*)" "$shown"
	fi
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

# remedy PATH TEXT [OPTION…]: what explain tells to change for it.
remedy()
{
	local path=$1 text=$2
	shift 2
	explain "$@" -- "$path"
	assert_match "*; $text" "$OUT"
}

# What is told is typed, and then the command may; without it, it may not.
test_remedies_are_true()
{
	git_workspace
	mkdir -p a/b "$WORK/secrets" "$OUTSIDE/it's one"
	echo content | tee "$WORK/secrets/key" >"$OUTSIDE/it's one/file"
	remedy "$OUTSIDE/file" "to write it: --writable $OUTSIDE/file"
	inside -- "refused 'echo x >$OUTSIDE/file'"
	inside --writable "$OUTSIDE/file" -- "allowed 'echo x >$OUTSIDE/file'"
	remedy "$OUTSIDE/directory" "to write it: --writable $OUTSIDE/directory"
	inside --writable "$OUTSIDE/directory" -- "allowed 'echo x >$OUTSIDE/directory/new'"
	remedy "$OUTSIDE/new/file" "it does not exist; to write it: --writable $OUTSIDE"
	inside --writable "$OUTSIDE" -- "allowed 'mkdir $OUTSIDE/new && echo x >$OUTSIDE/new/file'"
	remedy .git/config "to write it: --writable .git/config"
	inside -- "refused 'echo >>.git/config'"
	inside --writable .git/config -- "allowed 'echo >>.git/config'; refused 'echo >.git/x'"
	remedy .codex "to write it: --no-default-protect"
	inside --no-default-protect -- "allowed 'mkdir .codex && echo >.codex/x && rm -r .codex'"
	remedy a/b "to write it: leave out --protect a/b" --protect a/b
	inside --protect a/b -- "refused 'echo >a/b/x'"
	remedy a/b "to write it: --writable a/b" --protect a
	inside --protect a --writable a/b -- "allowed 'echo >a/b/x'; refused 'echo >a/x'"
	remedy "$WORK/secrets" "to read it: leave out --hide $WORK/secrets" --hide "$WORK/secrets"
	remedy "$WORK/secrets/key" "to read it: --readable $WORK/secrets/key" --hide "$WORK/secrets"
	inside --hide "$WORK/secrets" --readable "$WORK/secrets/key" -- "same content \"\$(cat $WORK/secrets/key)\""
}

# As a shell takes it, and as no option is.
test_remedies_can_be_typed()
{
	local typed
	mkdir "$OUTSIDE/it's one" ./-w
	remedy "$OUTSIDE/it's one" "to write it: --writable '$OUTSIDE/it'\\\\''s one'"
	typed=${OUT#*; to write it: }
	eval "inside $typed -- 'allowed \"echo x >\\\"$OUTSIDE/it'\''s one/x\\\"\"'"
	remedy -w "to write it: --writable ./-w" --mode read-only
	inside --mode read-only --writable "$WS" --writable ./-w -- 'allowed "echo x >./-w/x"'
}

# Nothing is told where there is nothing, or no option would help.
test_no_remedy()
{
	git_workspace
	mkdir -m 700 "$OUTSIDE/closed"
	explain . file new /dev/null /proc/self /no-such-directory/x / "$OUTSIDE/closed"
	assert_equal 1 "$(grep -c '; to ' <<<"$OUT")" "remedies in: $OUT"
	grep -q "^$OUTSIDE/closed: .*; to write it: --writable" <<<"$OUT" || fail "$OUT"
	explain --mode full-access /etc
	assert_equal "/etc: writable (--mode full-access: /etc)" "${OUT%%; *}"
	assert_match "*[!:] *" "$OUT"
	[[ $OUT != *"; to "* ]] || fail "$OUT"
	# What is missing in what is hidden: there is nothing to read.
	mkdir -p "$WORK/secrets/in"
	explain --hide "$WORK/secrets" "$WORK/secrets/in/none" /dev/none
	[[ $OUT != *"; "* ]] || fail "$OUT"
	[ ! -c /dev/kmsg ] || [ "$WAY" != root ] || remedy /dev/kmsg "no option lets the command read it"
	[ "$WAY" != user ] || { explain /etc && assert_equal "/etc: readable (whole tree: /)" "$OUT"; }
}

# Where the table is wider than the terminal, a step takes two lines; a file gets it as it was.
test_narrow_terminal()
{
	local line
	mkdir "$WORK/secrets"
	explain --hide "$WORK/secrets"
	cp "$WORK/stdout" table
	COLUMNS=1 "$PROBES/pty" /bin/sh -c "stty cols 48; \"\$1\" explain --hide \"\$2\"" sh "$RIND" "$WORK/secrets" \
		</dev/null >"$WORK/screen"
	tr -d '\r' <"$WORK/screen" | grep -v '^terminal: ' >screen
	grep -qx '      ACCESS     RULE' screen || fail "$(cat screen)"
	grep -qx ' *[0-9]*  hide       .*secrets' screen || fail "$(cat screen)"
	grep -qx '      hidden     --hide' screen || fail "$(cat screen)"
	while IFS= read -r line; do
		[[ ${#line} -le 48 || $line == */* ]] || fail "too wide: $line"
	done <screen
	# The same words.
	assert_equal "$(tr -s ' \n' '\n' <table | sort)" "$(tr -s ' \n' '\n' <screen | sort)" words
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
assert [entry["exists"] for entry in document["paths"]] == [True, False, True]
assert [entry["change"] for entry in document["paths"]] == [
    {"to": "write", "add": ["--writable", ".git"]},
    {"to": "write", "add": ["--no-default-protect"]},
    {"to": "write", "add": ["--writable", document["paths"][2]["path"]]},
]
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

# --- a command line of bwrap ----------------------------------------------------------------------------

test_bwrap_table()
{
	explain --bwrap -- --ro-bind /usr /usr --perms 0700 --dir "$WORK/a b" --bind-try /nowhere /n \
		--symlink usr/bin /bin --proc /proc --size 4096 --perms 1777 --tmpfs /tmp --remount-ro / \
		--unshare-user --unshare-pid --unshare-net --chdir /tmp --new-session --cap-drop ALL \
		--uid 5 --gid 6 --disable-userns -- command --bind /not /an-option
	expect_row bind /usr readable '--ro-bind /usr /usr'
	expect_row directory "$WORK/a b" writable "--perms 0700 --dir $WORK/a b"
	expect_row bind /n writable '--bind-try /nowhere /n'
	expect_row symlink /bin '--symlink usr/bin /bin'
	expect_row proc /proc '--proc /proc'
	expect_row tmpfs /tmp writable '--size 4096 --perms 1777 --tmpfs /tmp'
	expect_row remount / readable '--remount-ro /'
	[[ $OUT != *an-option* ]] || fail "an argument of the command was read: $OUT"
	[[ $OUT != *limit* && $OUT != *landlock* && $OUT != *nested* ]] || fail "settings of a policy: $OUT"
	grep -qx 'namespaces   user, mount, pid, network' <<<"$OUT" || fail "namespaces: $OUT"
	grep -qx "user         uid 5, gid 6; on the host uid $(id -u), gid $(id -g); no further user namespaces" \
		<<<"$OUT" || fail "user: $OUT"
	grep -qx 'directory    /tmp, else refused' <<<"$OUT" || fail "directory: $OUT"
	grep -qx 'network      own namespace' <<<"$OUT" || fail "network: $OUT"
	grep -qx 'filter       none' <<<"$OUT" || fail "filter: $OUT"
	grep -qx 'session      new' <<<"$OUT" || fail "session: $OUT"
	grep -qx 'capabilities none' <<<"$OUT" || fail "capabilities: $OUT"
	explain --bwrap -- --unshare-user --cap-drop ALL --cap-add CAP_NET_RAW --cap-add cap_chown true
	expect_row 'no steps: the root is empty'
	grep -qx 'network      host' <<<"$OUT" || fail "network: $OUT"
	grep -qx 'capabilities cap_chown, cap_net_raw' <<<"$OUT" || fail "capabilities: $OUT"
	explain --bwrap -- true
	expect_row directory "$WS, else ${HOME:-/}"
}

# What is asked about is neither made nor looked for, and no descriptor is read but that of --args.
test_bwrap_does_nothing()
{
	local before
	before=$(snapshot "$WORK/ws" "$WORK/outside")
	printf '%s\0' --tmpfs /from-file --dir /second >"$WORK/args"
	printf '1234567' >"$WORK/data"
	{
		explain --bwrap -- --args 9 --add-seccomp-fd 8 --add-seccomp-fd 7 --file 6 "$WORK/file" \
			--ro-bind-data 6 /data --bind "$WORK/nowhere" "$WORK/ws/new" --info-fd 5 --block-fd 4 \
			--unshare-all --userns2 3 --sync-fd 3 touch "$WORK/ran"
		for fd in 8 7 6 4; do
			assert_equal 1234567 "$(cat <&$fd)" "what is left in descriptor $fd"
		done
		assert_equal '' "$(cat <&9)" "what is left of the file of --args"
	} 3<"$WORK/data" 4<"$WORK/data" 5>"$WORK/info" 6<"$WORK/data" 7<"$WORK/data" 8<"$WORK/data" 9<"$WORK/args"
	expect_row tmpfs /from-file writable '--tmpfs /from-file'
	expect_row directory /second writable '--dir /second'
	expect_row file "$WORK/file" "--file 6 $WORK/file"
	expect_row data /data readable '--ro-bind-data 6 /data'
	expect_row filter "2 of the caller's, not read here"
	assert_equal "$before" "$(snapshot "$WORK/ws" "$WORK/outside")" files
	assert_absent "$WORK/ran" "$WORK/file"
	assert_content "$WORK/info" ''
	explain --bwrap -- --seccomp 99 --userns 98 --pidns 97 true
	expect_row filter "1 of the caller's, not read here"
	expect_row namespaces 'mount, user: joined by --userns, pid: joined by --pidns'
}

test_bwrap_overlays()
{
	mkdir "$WORK/lower" "$WORK/other"
	explain --bwrap -- --overlay-src "$WORK/lower" --overlay-src "$WORK/other" --ro-overlay /o \
		--overlay-src "$WORK/lower" --tmp-overlay /t true
	expect_row overlay /o readable "--overlay-src $WORK/lower --overlay-src $WORK/other --ro-overlay /o"
	expect_row overlay /t writable "--overlay-src $WORK/lower --tmp-overlay /t"
}

test_bwrap_json()
{
	command -v python3 >/dev/null || skip "python3 is not here"
	python3 -c '' 2>/dev/null || skip "python3 does not run here"
	explain --json --bwrap -- --ro-bind / $'/new\nline' --unshare-net true
	python3 - "$WORK/stdout" <<'END' || fail "the document is not what it should be: $OUT"
import json, sys
document = json.load(open(sys.argv[1]))
assert document["plan"] == [{"operation": "bind", "path": "/new\nline", "access": "readable",
	"rule": "--ro-bind / /new\nline"}]
assert list(document["settings"]) == ["namespaces", "user", "directory", "network", "filter", "session",
	"capabilities"]
assert document["settings"]["network"] == "own namespace"
assert document["limits"] == {} and document["paths"] == []
END
}

# refused SENTENCE WORD…: by rind explain, with nothing on standard output.
refused()
{
	local status=0 sentence=$1
	shift
	"$RIND" explain "$@" >"$WORK/stdout" 2>"$WORK/stderr" || status=$?
	assert_equal 125 "$status" "status of $*"
	# shellcheck disable=SC2053 # a pattern
	[[ $(cat "$WORK/stderr") == $sentence ]] || fail "$*: $(cat "$WORK/stderr")"
	assert_content "$WORK/stdout" ''
}

test_bwrap_bad_input()
{
	refused 'bwrap: Unknown option --no-such' --bwrap -- --no-such true
	refused 'bwrap: --bind takes two arguments' --bwrap -- --bind /usr
	refused 'bwrap: Specifying --hostname requires --unshare-uts' --bwrap -- --hostname x true
	refused 'bwrap: --userns-block-fd requires --unshare-user' --bwrap -- --userns-block-fd 3 true
	refused 'bwrap: a command has to follow*' --bwrap -- --ro-bind / /
	refused 'bwrap: a command has to follow*' --bwrap --
	refused 'bwrap: with --version there is no sandbox*' --bwrap -- --version true
	refused "rind: explain: after --bwrap '--' is missing*" --bwrap
	refused "rind: explain: '/etc': with --bwrap no path*" /etc --bwrap -- true
	refused "rind: explain: '/etc': with --bwrap no path*" --bwrap /etc -- true
	refused "rind: explain: '--network=off' cannot be given with --bwrap*" --network=off --bwrap -- true
	refused "rind: explain: '--ro-bind' cannot be given with --bwrap*" --bwrap --ro-bind / / true
	"$RIND" explain --help | grep -q -e '--bwrap' || fail "--help lacks --bwrap"
}

run_cases "$@"
