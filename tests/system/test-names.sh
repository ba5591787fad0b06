#!/bin/bash
# What rind is by the name that it is called by.  The rule is in docs/bwrap.md, "By which name".

# Scripts in quotes are expanded in the sandbox.
# shellcheck disable=SC2016 source-path=SCRIPTDIR source=lib.sh
. "$(dirname "$0")/lib.sh"

# is FACE COMMAND…: who answers to --version, asked of what the command starts?
is()
{
	local face=$1 said
	shift
	said=$("$@" --version 2>&1 </dev/null) || said="status $? $said"
	case $said in
	'bubblewrap 0.'*) said=bwrap ;;
	'rind 0.'*) said=rind ;;
	esac
	assert_equal "$face" "$said" "what '$*' starts"
}

# named NAME COMMAND…: with that argv[0].
named()
{
	bash -c 'name=$1 && shift && exec -a "$name" "$@"' sh "$@"
}

# Each way to have a name that is not the file's: in $PLACE, which is no place on $PATH.
make_names()
{
	PLACE=$WORK/names
	mkdir -p "$PLACE"/{link,copy,hard,chain,back,versions}
	cp "$RIND" "$PLACE/rind"
	cp "$RIND" "$PLACE/other"
	cp "$RIND" "$PLACE/copy/bwrap"
	ln "$PLACE/other" "$PLACE/hard/bwrap"
	ln -s ../rind "$PLACE/link/bwrap"
	# bwrap -> foo -> rind, and foo -> bwrap -> rind.
	ln -s foo "$PLACE/chain/bwrap"
	ln -s ../rind "$PLACE/chain/foo"
	ln -s bwrap "$PLACE/back/foo"
	ln -s "$PLACE/rind" "$PLACE/back/bwrap"
	ln -s bwrap "$PLACE/versions/bwrap-1.0"
	ln -s ../other "$PLACE/versions/bwrap"
	ln -s ../copy/bwrap "$PLACE/versions/tool"
}

# --- the name that is called ----------------------------------------------------------------------

test_name_of_the_path()
{
	local name
	make_names
	for name in link/bwrap copy/bwrap hard/bwrap chain/bwrap back/bwrap; do
		is bwrap "$PLACE/$name"
		(cd "$PLACE/${name%/*}" && is bwrap ./bwrap)
		PATH=$PLACE/${name%/*}:$PATH is bwrap bwrap
		PATH=$PLACE/${name%/*}:$PATH is bwrap env bwrap
	done
	is rind "$PLACE/rind"
	is rind "$PLACE/other"
	is rind "$PLACE/chain/foo"
	(cd "$PLACE" && is rind ./rind)
	PATH=$PLACE:$PATH is rind rind
}

# argv[0] decides where it is a name of rind's: it is what the caller says.
test_name_in_argv0()
{
	make_names
	is bwrap named bwrap "$PLACE/rind"
	is bwrap named /somewhere/bwrap "$PLACE/other"
	is rind named rind "$PLACE/copy/bwrap"
	is rind named /usr/bin/rind "$PLACE/link/bwrap"
}

# Where it is not, what was executed does, with the links on the way.
test_other_argv0()
{
	local argv0
	make_names
	for argv0 in other '' - /proc/self/exe bwrap-1.0 bwrap/ '  bwrap' 'bwrap --version' xbwrap; do
		is bwrap named "$argv0" "$PLACE/copy/bwrap"
		is bwrap named "$argv0" "$PLACE/hard/bwrap"
		is bwrap named "$argv0" "$PLACE/link/bwrap"
		is bwrap named "$argv0" "$PLACE/chain/bwrap"
		is bwrap named "$argv0" "$PLACE/back/foo"
		is rind named "$argv0" "$PLACE/rind"
		is rind named "$argv0" "$PLACE/other"
		is rind named "$argv0" "$PLACE/chain/foo"
	done
	is bwrap "$PLACE/back/foo"
	is bwrap "$PLACE/versions/bwrap-1.0"
	is bwrap "$PLACE/versions/tool"
	(cd "$PLACE/back" && is bwrap ./foo)
	(cd "$PLACE" && is bwrap back/foo)
}

# With nothing in the environment, as sudo, cron and services have it.
test_empty_environment()
{
	make_names
	is bwrap env -i "$PLACE/link/bwrap"
	is bwrap env -i "$PLACE/copy/bwrap"
	is bwrap env -i "$PLACE/back/foo"
	is rind env -i "$PLACE/rind"
}

# Without one, all three are missing; rind must not open anything in their place meanwhile.
test_closed_streams()
{
	make_names
	local said
	# shellcheck disable=SC2094 # the one is closed
	said=$(named other "$PLACE/link/bwrap" --version <&- 2>&-)
	assert_match 'bubblewrap 0.*' "$said"
	said=$("$PROBES/execfd" "$PLACE/copy/bwrap" other --version <&- 2>&-)
	assert_match 'bubblewrap 0.*' "$said"
}

# --- descriptors ----------------------------------------------------------------------------------

# The file has a name; the link that led to it when it was opened is forgotten.
test_descriptor()
{
	make_names
	is bwrap "$PROBES/execfd" "$PLACE/copy/bwrap" other
	is bwrap "$PROBES/execfd" "$PLACE/hard/bwrap" ''
	is bwrap "$PROBES/execfd" "$PLACE/link/bwrap" bwrap
	is bwrap "$PROBES/execfd" "$PLACE/rind" /x/bwrap
	is rind "$PROBES/execfd" "$PLACE/rind" other
	is rind "$PROBES/execfd" "$PLACE/link/bwrap" other
	is rind "$PROBES/execfd" "$PLACE/copy/bwrap" rind
	exec 9<"$PLACE/copy/bwrap"
	is bwrap /dev/fd/9
	is bwrap named other /proc/self/fd/9
	exec 9<&-
}

test_file_is_removed()
{
	make_names
	exec 9<"$PLACE/copy/bwrap" 8<"$PLACE/rind"
	rm "$PLACE/copy/bwrap" "$PLACE/rind"
	is bwrap /dev/fd/9
	is bwrap "$PROBES/execfd" /dev/fd/9 other
	is rind "$PROBES/execfd" /dev/fd/8 other
	exec 9<&- 8<&-
}

# A caller that passes no argv at all: from Linux 5.18 on the kernel makes it one empty argument.
test_no_arguments()
{
	local said
	make_names
	said=$("$PROBES/execfd" "$PLACE/copy/bwrap" 2>&1) || true
	assert_match 'usage: *\[OPTIONS...\] \[--\] COMMAND*' "$said"
	said=$("$PROBES/execfd" "$PLACE/rind" 2>&1) || true
	assert_match 'Usage: rind SUBCOMMAND*' "$said"
}

# --- scripts --------------------------------------------------------------------------------------

# A script of the name is not rind's name: what it executes is.
test_scripts()
{
	make_names
	mkdir "$PLACE/script"
	printf '#!/bin/sh\nexec "%s" "$@"\n' "$PLACE/rind" >"$PLACE/script/bwrap"
	chmod +x "$PLACE/script/bwrap"
	is rind "$PLACE/script/bwrap"
	printf '#!/bin/sh\nexec "%s" bwrap "$@"\n' "$PLACE/rind" >"$PLACE/script/bwrap"
	is bwrap "$PLACE/script/bwrap"
	# As an interpreter it is rind, although what the kernel was asked for is called bwrap.
	printf '#!%s explain\n' "$PLACE/rind" >"$PLACE/script/bwrap"
	assert_match "rind: *" "$("$PLACE/script/bwrap" --nonsense 2>&1)"
	printf '#!%s --version\n' "$PLACE/link/bwrap" >"$PLACE/script/run"
	chmod +x "$PLACE/script/run"
	assert_match 'bubblewrap 0.*' "$("$PLACE/script/run")"
}

# --- in a sandbox ---------------------------------------------------------------------------------

# As it is in the sandbox, the program's own path.
test_own_program_in_the_sandbox()
{
	local name
	make_names
	for name in copy hard link chain; do
		is bwrap "$PLACE/$name/bwrap" --dev-bind / / -- /proc/self/exe
		is bwrap "$PLACE/$name/bwrap" --dev-bind / / -- /proc/thread-self/exe
		is bwrap "$PLACE/$name/bwrap" --unshare-all --ro-bind / / --proc /proc -- /proc/self/exe
		is bwrap "$PLACE/$name/bwrap" --dev-bind / / --argv0 other -- /proc/self/exe
		is bwrap "$PLACE/$name/bwrap" --clearenv --dev-bind / / -- /proc/self/exe
		is bwrap named other "$PLACE/$name/bwrap" --dev-bind / / -- /proc/self/exe
		assert_equal hello "$("$PLACE/$name/bwrap" --dev-bind / / -- \
			/proc/self/exe --unshare-all --ro-bind / / --dev /dev --proc /proc -- \
			/proc/self/exe --ro-bind / / echo hello)"
	done
	is bwrap "$PLACE/rind" bwrap --dev-bind / / -- /proc/self/exe
	is bwrap "$PLACE/rind" bwrap --dev-bind / / -- "$PLACE/copy/bwrap"
	is rind "$PLACE/rind" run -- /proc/self/exe
	is rind "$PLACE/copy/bwrap" --dev-bind / / -- "$PLACE/rind"
}

# Seen there by another name, which is the one that counts.
test_bound_by_another_name()
{
	local -a there=(--ro-bind / / --tmpfs /mnt --ro-bind)
	make_names
	is bwrap "$RIND" bwrap "${there[@]}" "$PLACE/rind" /mnt/bwrap -- "$PROBES/execfd" /mnt/bwrap other
	is rind "$RIND" bwrap "${there[@]}" "$PLACE/copy/bwrap" /mnt/rind -- "$PROBES/execfd" /mnt/rind other
	is bwrap "$RIND" bwrap "${there[@]}" "$PLACE/copy/bwrap" /mnt/tool --proc /proc -- \
		"$PROBES/execfd" "$PLACE/copy/bwrap" other
}

# Without a /proc there is argv[0], and what was executed; not the file's own name.
test_no_proc()
{
	local -a none=(--ro-bind / / --tmpfs /proc --)
	! grep -q __asan_init "$RIND" || skip "a sanitizer cannot do without /proc"
	make_names
	is bwrap "$RIND" bwrap "${none[@]}" "$PLACE/link/bwrap"
	is bwrap "$RIND" bwrap "${none[@]}" bash -c "exec -a other '$PLACE/back/foo' \"\$@\"" sh
	is bwrap "$RIND" bwrap "${none[@]}" bash -c "exec -a other '$PLACE/copy/bwrap' \"\$@\"" sh
	is rind "$RIND" bwrap "${none[@]}" "$PLACE/rind"
	is rind "$RIND" bwrap "${none[@]}" "$PROBES/execfd" "$PLACE/copy/bwrap" other
	assert_equal 'bwrap: execvp /proc/self/exe: No such file or directory' \
		"$("$PLACE/link/bwrap" "${none[@]}" /proc/self/exe --version 2>&1)"
}

# Links in a circle, and paths that are too long to follow, lead nowhere and are no error.
test_links_without_end()
{
	local long
	make_names
	long=$(printf 'directory/%.0s' {1..300})
	mkdir -p "$PLACE/$long"
	ln -s "$PLACE/rind" "$PLACE/${long}tool"
	is rind "$PLACE/${long}tool"
	ln -s "$PLACE/${long}bwrap" "$PLACE/long"
	ln -s "$PLACE/rind" "$PLACE/${long}bwrap"
	is bwrap "$PLACE/long"
	ln -s circle "$PLACE/circle"
	exec 9<"$PLACE/other"
	is rind named "$PLACE/circle" /dev/fd/9
	exec 9<&-
}

run_cases "$@"
