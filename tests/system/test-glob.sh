#!/bin/bash
# Patterns as values of --hide, --hide-if-present, --protect, --readable and --writable.

# Scripts in quotes are expanded in the sandbox, and patterns by rind.
# shellcheck disable=SC2016,SC2088,SC1003 source-path=SCRIPTDIR source=lib.sh
. "$(dirname "$0")/lib.sh"

# /tmp may have anything in it.
unset TMPDIR
readonly ONLY=--exclude-tmp

secrets()
{
	mkdir -p a/b/c .cache "dir with blank" $'new\nline' node_modules/x
	echo secret | tee .env a/.env a/b/c/.env .cache/.env "dir with blank/.env" $'new\nline/.env' \
		node_modules/x/.env key.pem a/key.pem >/dev/null
	echo fine >a/file
}

# counted RULE COUNT [OPTION…]: what `rind explain` says of a pattern.
counted()
{
	local rule=$1 count=$2 paths=paths
	shift 2
	[ "$count" != 1 ] || paths=path
	OUT=$("$RIND" explain "$@")
	assert_match "*pattern    $rule: $count $paths*" "$OUT"
}

test_hidden_in_every_directory()
{
	local before
	secrets
	before=$(snapshot .)
	inside "$ONLY" --hide '**/.env' --hide '*.pem' -- '
		for file in .env a/.env a/b/c/.env .cache/.env "dir with blank/.env" "new
line/.env" key.pem; do
			refused_with denied "cat \"$file\""
			refused "mv \"$file\" moved"
			refused "rm -f \"$file\""
		done
		not_renamed a away
		not_renamed a/b/c away
		allowed "cat a/file"
		same secret "$(cat a/key.pem)"
		same secret "$(cat node_modules/x/.env)"
	'
	assert_equal "$before" "$(snapshot .)" files
	counted '--hide \*\*/.env' 6 "$ONLY" --hide '**/.env'
	counted '--hide \*.pem' 1 "$ONLY" --hide '*.pem'
	counted '--hide \*\*/\*.pem' 2 "$ONLY" --hide '**/*.pem'
}

# What a package manager or git has written is left out, unless it is named.
test_what_is_large_is_named()
{
	secrets
	mkdir -p a/.git/objects/.env a/.git/info/.env b/objects/.env
	inside "$ONLY" --hide '**/node_modules/**/.env' -- 'refused "cat node_modules/x/.env"; allowed "cat .env"'
	counted '--hide \*\*/.env' 8 "$ONLY" --hide '**/.env'
	counted '--hide \*\*/objects/.env' 2 "$ONLY" --hide '**/objects/.env'
	counted '--hide \*/x' 1 "$ONLY" --hide '*/x'
}

test_nested_repositories_are_protected()
{
	git_workspace
	mkdir -p sub/deep/.git/hooks other/.git linked/real
	echo "gitdir: ../linked/real" >other/pointer
	mv other/pointer other/.git/pointer
	rm -r other/.git
	echo "gitdir: ../linked/real" >other/.git
	ln -s nowhere linked/.git
	inside "$ONLY" --protect '**/.git' -- '
		refused_with "Read-only" "echo evil >sub/deep/.git/hooks/pre-commit"
		refused_with "Read-only" "echo evil >.git/config"
		refused "echo evil >other/.git"
		refused "echo evil >linked/real/config"
		refused "rm -f linked/.git"
		refused "mkdir linked/nowhere"
		not_renamed sub/deep/.git away
		not_renamed sub/deep away
		not_renamed sub away
		allowed "echo fine >sub/deep/file"
	'
	assert_content .git/config '[core]'
	assert_absent sub/deep/.git/hooks/pre-commit linked/real/config linked/nowhere
	counted '--protect \*\*/.git' 4 "$ONLY" --protect '**/.git'
}

# It is no promise about what comes later: SECURITY.md.
test_recorded_match_that_is_made_later()
{
	secrets
	inside "$ONLY" --hide '**/.env' -- 'allowed "echo new >a/b/.env"; allowed "cat a/b/.env"'
}

test_other_places()
{
	mkdir -p "$WORK/home/.config/app" "$WORK/home/.ssh" "$WORK/other/x"
	echo fine | tee "$WORK/home/.config/a.conf" "$WORK/home/.config/app/b.conf" >/dev/null
	echo secret | tee "$WORK/home/.config/token" "$WORK/home/.config/.hidden.conf" "$WORK/home/.ssh/key" \
		"$WORK/other/x/key" >/dev/null
	HOME=$WORK/home inside "$ONLY" --hide "$WORK/home" --readable '~/.config/*.conf' -- '
		same fine "$(cat "$WORK/home/.config/a.conf")"
		refused "echo evil >\"$WORK/home/.config/a.conf\""
		refused "cat \"$WORK/home/.config/token\""
		refused "cat \"$WORK/home/.config/.hidden.conf\""
		refused "cat \"$WORK/home/.config/app/b.conf\""
		refused "cat \"$WORK/home/.ssh/key\""
	'
	inside "$ONLY" --hide "$WORK/*/.ssh" --hide "$WORK/**/k?y" -- '
		refused "ls \"$WORK/home/.ssh\""
		refused "cat \"$WORK/other/x/key\""
		allowed "cat \"$WORK/home/.config/token\""
	'
	# Relative ones are looked for in every root, and where rind is started.
	inside "$ONLY" --writable "$WORK/other" --hide '**/key' -- 'refused "cat \"$WORK/other/x/key\""'
	mkdir here
	echo secret >here/key
	inside --mode read-only --writable "$WORK" --hide 'here/k*' -- 'refused "cat here/key"'
	CONTROL='' inside --mode read-only --hide 'here/k*' -- 'refused "cat here/key"'
}

test_writable()
{
	mkdir -p packages/a/dist packages/b/dist packages/.c/dist packages/b/src .git/dist
	echo file >packages/d
	CONTROL=$WS/packages/a/dist/control inside --mode read-only --writable 'packages/*/dist' -- '
		allowed "echo fine >packages/b/dist/file"
		refused "echo evil >packages/.c/dist/file"
		refused "echo evil >packages/b/src/file"
		refused "echo evil >packages/d"
	'
	assert_content packages/b/dist/file fine
	# No pattern makes a protected name writable that does not spell it.
	mkdir .open
	inside "$ONLY" --writable '*' --writable '.*' -- '
		refused "echo evil >.git/config"
		refused "echo evil >.git/dist/file"
	'
	assert_absent .git/config .git/dist/file
	fails_with 125 "rind: --writable .g\\?t/\\*: nothing in *" -- --writable '.g?t/*' -- true
	fails_with 125 'rind: --writable pack\*/x\*: nothing in * matches this pattern; name what is there, or leave it out (*' -- \
		--writable 'pack*/x*' -- true
}

# What an earlier command has put there gives no rights.
test_link_that_a_pattern_meets()
{
	mkdir -p "$WORK/keys" packages/a/dist sub
	echo secret >"$WORK/keys/key"
	ln -s "$WORK/keys" packages/evil
	mkdir packages/b
	ln -s "$WORK/keys" packages/b/dist
	CONTROL=$WS/packages/a/dist/control inside --mode read-only --writable 'packages/*/dist' \
		--writable 'packages/**/di*' -- '
		refused "echo evil >\"$WORK/keys/file\""
		refused "echo evil >packages/b/dist/file"
	'
	counted '--writable packages/\*/dist' 1 --mode read-only --writable 'packages/*/dist'
	mkdir "$WORK/hidden"
	ln -s "$WORK/keys/key" "$WORK/hidden/link"
	fails_with 125 "rind: --readable $WORK/hidden/l\\*: nothing in *" -- \
		--hide "$WORK/keys" --hide "$WORK/hidden" --readable "$WORK/hidden/l*" -- true

	# It is not walked through either, and what it leads to is hidden with it, as by its name.
	ln -s "$WORK/keys" sub/walk
	ln -s "$WORK/keys/key" sub/.env
	ln -s .. sub/up
	ln -s missing "sub/.#lock"
	ln -s loop sub/loop
	inside "$ONLY" --hide '**/.env' --hide-if-present 'sub/*o*' -- '
		refused "cat sub/.env"
		refused "cat \"$WORK/keys/key\""
		allowed "ls sub/walk/"
	'
	counted '--hide-if-present \*\*/key' 0 "$ONLY" --hide-if-present '**/key'
	counted '--hide-if-present sub/\*o\*' 0 "$ONLY" --hide-if-present 'sub/*o*'
	assert_absent "$WORK/keys/file"
}

# A name that looks like a pattern: it is meant as well where rights are taken, and alone where they are given.
test_names_that_look_like_patterns()
{
	mkdir 'd[1]' d1 'e[1]' e1 out
	echo secret | tee 'd[1]/x' d1/x 'a*b' axb 'back\*x' >/dev/null
	inside "$ONLY" --hide 'd[1]' --hide 'a\*b' --hide 'back\\\*x' -- '
		refused "ls \"d[1]\""
		refused "ls d1"
		refused "cat \"a*b\""
		allowed "cat axb"
		refused "cat \"back\\\\*x\""
	'
	counted '--hide d\[1\]' 2 "$ONLY" --hide 'd[1]'
	CONTROL="$WS/e[1]/control" inside --mode read-only --writable 'e[1]' -- 'refused "touch e1/file"'
	CONTROL="$WS/e1/control" inside --mode read-only --writable 'e[1-1]' -- 'refused "touch \"e[1]/file\""'
	inside "$ONLY" --protect 'new\*name' --protect "$WS/out/\\[x\\]" -- '
		refused "echo evil >\"new*name/x\""
		refused "mkdir \"out/[x]\""
		allowed "echo fine >newname"
	'
	assert_content newname fine
	assert_absent 'new*name' 'out/[x]'
}

test_what_is_refused()
{
	secrets
	fails_with 125 "rind: --hide \\*\\*/nope: nothing in $WS and the writable roots matches this pattern; name what is there, or, where there may be nothing, use --hide-if-present (*" -- \
		--hide '**/nope' -- true
	fails_with 125 "rind: --protect \\*\\*/nope: nothing in *" -- --protect '**/nope' -- true
	fails_with 125 "rind: --protect \\*\\*/nope: there is no writable root in which a relative pattern could be looked for; begin it with a directory: /DIR/\\*\\*/nope" -- \
		--mode read-only --protect '**/nope' -- true
	fails_with 125 "rind: --readable \\*.pem: nothing hides $WS/key.pem*" -- --readable '*.pem' -- true
	fails_with 125 "rind: --hide ../\\*: a pattern must not contain '..'; *" -- --hide '../*' -- true
	fails_with 125 'rind: --hide \[\[:alpha:\]\]: classes of characters*' -- --hide '[[:alpha:]]' -- true
	fails_with 125 'rind: --protect \*\\\\: the backslash at the end*' -- --protect '*\' -- true
	fails_with 125 "rind: --hide \\*\\*/.env: --mode full-access makes all of / writable, and a pattern is not looked for in all of that; begin it with a directory: /DIR/\\*\\*/.env" -- \
		--mode full-access --hide '**/.env' -- true
	inside --mode full-access --hide "$WS/**/.env" -- 'refused "cat a/.env"'
	fails_with 125 "rind: --hide \\*\\*/.env: does not hold with --nested=any*" -- --nested=any --hide '**/.env' -- true
	HOME='' fails_with 125 "rind: --hide ~/\\*: '~' means the home directory, and \$HOME does not name one; *" -- \
		--hide '~/*' -- true
	sandbox "$ONLY" --hide-if-present '**/nope' -- echo ran
	assert_equal "0 ran " "$STATUS $OUT $ERR"
}

# Its owner can open it: what is in there cannot be left out without a word.
test_directory_that_cannot_be_read()
{
	[ "$WAY" = user ] || skip "root can read every directory"
	secrets
	mkdir a/closed
	echo secret >a/closed/.env
	chmod 0 a/closed
	fails_with 125 "rind: --hide \\*\\*/.env: you may not read $WS/a/closed, where it might match something, and the command could give itself the right to; give it to yourself (chmod u+rx), or hide the directory: --hide $WS/a/closed" -- \
		"$ONLY" --hide '**/.env' -- true
	inside "$ONLY" --hide '**/.env' --hide "$WS/a/closed" -- '
		refused "cat a/.env"
		refused "chmod 700 a/closed && cat a/closed/.env"
	'
	# It can be read, but what is in it cannot be looked at.
	chmod 400 a/closed
	inside "$ONLY" --hide '**/.env' -- '
		refused "chmod 700 a/closed && cat a/closed/.env"
	'
	mkdir -m 700 a/open
	chmod 700 a/closed
	mkdir a/closed/below
	chmod 400 a/closed
	fails_with 125 "rind: --hide \\*\\*/x: you may not read $WS/a/closed/below, *" -- "$ONLY" --hide '**/x' -- true
	chmod 700 a/closed
}

# Where there is too much the sandbox does not start.
test_bounds()
{
	local deep=. i
	for i in $(seq 66); do
		deep=$deep/d
	done
	mkdir -p "$deep"
	fails_with 125 "rind: --hide-if-present \\*\\*/x: directories are more than 64 deep below $WS, seen at $WS/d/d/*: patterns are looked for no further; name the directory *" -- \
		"$ONLY" --hide-if-present '**/x' -- true
	counted '--hide-if-present d/\*/x' 0 "$ONLY" --hide-if-present 'd/*/x'
	rm -r d
	mkdir many
	(cd many && seq 10001 | xargs touch)
	fails_with 125 "rind: --protect many/\\*: with $WS/many/* there are more than 10000 paths that patterns match; name the directory that they are in by itself, or a narrower pattern" -- \
		"$ONLY" --protect 'many/*' -- true
}

# calls_of PATTERN…: the system calls that look for these.
calls_of()
{
	local pattern
	local -a options=()
	for pattern; do
		options+=(--hide-if-present "$pattern")
	done
	strace -o "$WORK/trace" "$RIND" explain "$ONLY" "${options[@]}" >/dev/null
	grep -cE '^(open|openat|getdents64|newfstatat|statx|lstat|stat|readlink)\(' "$WORK/trace"
}

# 100000 files, and not a call for each; nor another walk for each pattern.
test_looks_at_each_directory_once()
{
	local few many more i
	need_strace
	for i in $(seq 50); do
		mkdir -p "tree/$i"
		(cd "tree/$i" && seq 1000 | xargs touch)
	done
	few=$(calls_of '**/.env')
	for i in $(seq 51 100); do
		mkdir -p "tree/$i"
		(cd "tree/$i" && seq 1000 | xargs touch)
	done
	many=$(calls_of '**/.env')
	# Three for each directory, and one for each 500 names: the file system decides how many it gives.
	((many - few <= 50 * 8)) || fail "$few calls for 50 directories of 1000 files, $many for 100"
	more=$(calls_of '**/.env' '**/*.pem' 'tree/**/x' '*/*/y')
	# For each pattern, to find the directory.
	((more - many <= 60)) || fail "$many calls for one pattern, $more for four"
}

test_explain_names_the_pattern()
{
	secrets
	OUT=$("$RIND" explain "$ONLY" --hide '**/.env' a/.env a/file)
	assert_match "*a/.env: hidden (--hide \\*\\*/.env: $WS/a/.env)*" "$OUT"
	assert_match "*a/file: writable *" "$OUT"
	OUT=$("$RIND" explain --json "$ONLY" --hide '**/.env' --hide-if-present '*.x')
	assert_equal '[{"rule": "--hide **/.env", "paths": 6}, {"rule": "--hide-if-present *.x", "paths": 0}]' \
		"$(python3 -c 'import json, sys; print(json.dumps(json.load(sys.stdin)["patterns"]))' <<<"$OUT")"
}

# A placeholder that another sandbox has made is nobody's file.
test_beside_another_sandbox()
{
	secrets
	hold one -- 'read -r _'
	sandbox "$ONLY" --hide '.*' --hide '**/.env' -- sh -c '! cat .env 2>/dev/null && echo hidden'
	assert_equal "0 hidden" "$STATUS $OUT" "$ERR"
	release one
	assert_absent .agents .codex
}

run_cases "$@"
