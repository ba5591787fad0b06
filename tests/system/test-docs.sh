#!/bin/bash
# The documents' commands, each as it stands there: in a fresh workspace, with a fresh home, and nothing in the
# environment.
#
# What is a command: each block that is indented or fenced in the Markdown files, and each example of the manual
# pages (docs/blocks).  A case is a block:
#
#   lines that begin with "$ "   are commands, and the lines after each are what it has to say, on either
#                                standard stream.  "…" stands for anything, /home/you for the home
#   other blocks                 are a script that has to end with status 0, the one of the mark otherwise
#
# A mark before a block says what is to be known about it, in parts divided by semicolons:
#
#   <!-- check: needs npm; files npm; status 1 -->
#       needs …    programs, without which the case is skipped; venv: python's; name: a user that /etc/passwd names,
#                  which is given to one whom it does not; not-root: a user who is not root
#       files …    what the workspace holds besides: docs/files.sh
#       status N   of the last command
#   <!-- not run: a reason -->

# Scripts in quotes are expanded elsewhere.
# shellcheck disable=SC2016 source-path=SCRIPTDIR source=lib.sh
. "$(dirname "$0")/lib.sh"
# shellcheck source=docs/files.sh
. "$LIB/docs/files.sh"

readonly DOCUMENTS=$LIB/documents
declare -A TEXT MARK PLACE
UNRUN=() ORPHANS=() BECOME=()

# --- the blocks as cases ------------------------------------------------------------------------------

# name_for DOCUMENT TEXT: of a document and a first command, words that a function can be called.
name_for()
{
	local name document=${1##*/}
	name=$(head -n 1 <<<"$2" | tr -cs 'A-Za-z0-9' _)
	name=${document%%.*}_${name:0:50}
	name=${name,,}
	name=${name%_}
	while [ -n "${TEXT[$name]:-}" ]; do
		name+=x
	done
	NAME=$name
}

define_block()
{
	local document=$1 line=$2 mark=$3 text=$4
	if [ -z "$text" ]; then
		ORPHANS+=("$document:$line: $mark")
	elif [[ $mark == 'not run: '* ]]; then
		UNRUN+=("$document:$line: $mark"$'\n'"$text")
	else
		name_for "$document" "$text"
		TEXT[$NAME]=$text MARK[$NAME]=$mark PLACE[$NAME]=$document:$line
		eval "test_$NAME() { try_document $NAME; }"
	fi
}

define_blocks()
{
	local document line mark text
	for document in "$DOCUMENTS"/*.md "$DOCUMENTS"/docs/*.md "$DOCUMENTS"/man/*.1; do
		while IFS=$'\037' read -r -d $'\036' line mark text; do
			define_block "${document#"$DOCUMENTS"/}" "$line" "$mark" "${text%$'\n'}"
		done < <(awk -f "$LIB/docs/blocks" "$document")
	done
}

# --- one block ----------------------------------------------------------------------------------------

needs_one()
{
	case $1 in
	not-root) [ "$(id -u)" != 0 ] || skip "not for root" ;;
	name) getent passwd "$(id -u)" >/dev/null || give_name ;;
	venv) python3 -c 'import ensurepip' 2>/dev/null || skip "python3 lacks venv" ;;
	*) command -v "$1" >/dev/null || skip "$1 is not installed" ;;
	esac
}

# Most people have one.  BECOME is what a command is started by, to find it in /etc/passwd.
give_name()
{
	local id
	id=$(id -u)
	(cat /etc/passwd && echo "you:x:$id:$(id -g)::$HOME:/bin/sh") >"$WORK/passwd"
	BECOME=(unshare --user --map-root-user --mount sh -ec 'mount --bind "$0" /etc/passwd; exec "$@"' "$WORK/passwd"
		unshare --user --map-user "$id" --map-group "$(id -g)")
}

# obey_mark MARK: sets WANTED to the status.
obey_mark()
{
	local part word
	local -a parts words
	WANTED=0
	IFS=';' read -ra parts <<<"${1#check: }"
	for part in "${parts[@]}"; do
		read -ra words <<<"$part"
		case ${words[0]} in
		needs | files)
			for word in "${words[@]:1}"; do
				"${words[0]}_${word}" 2>/dev/null || "${words[0]}_one" "$word"
			done
			;;
		status) WANTED=${words[1]} ;;
		*) fail "what does '$part' mean?" ;;
		esac
	done
}

# The fresh home, with the workspace in it.
enter_home()
{
	HOME=$WORK/home
	PATH=/usr/local/bin:/usr/bin:/bin:/usr/local/sbin:/usr/sbin:/sbin
	mkdir -p "$HOME/project" "$WORK/bin"
	ln -s "$RIND" "$WORK/bin/rind"
	cd "$HOME/project"
	files_project
}

# as_reader SCRIPT: what a reader who types it sees, on both streams, in SAID.
as_reader()
{
	STATUS=0
	"${BECOME[@]}" env -i HOME="$HOME" PATH="$WORK/bin:$PATH" LC_ALL=C TERM=dumb \
		timeout -k 5 200 bash -c "$1" >"$WORK/said" 2>&1 </dev/null || STATUS=$?
	SAID=$(sed "s|$HOME|/home/you|g" "$WORK/said")
	printf '%s\n' "$1" "$SAID"
}

# Equal but for "…".
looks_like()
{
	local pattern
	pattern=$(sed 's/[][*?\\]/\\&/g; s/…/*/g' <<<"$1")
	# shellcheck disable=SC2053 # a pattern on purpose
	[[ $2 == $pattern ]]
}

# What a command that rind never came to run says, says rind.
try_line()
{
	[ -n "$1" ] || return 0
	as_reader "$1"
	looks_like "$2" "$SAID" || fail "$1: expected '$2', got '$SAID'"
	[[ $STATUS != 12[4-7] || $2 == *rind:* ]] || fail "$1: status $STATUS"
}

try_transcript()
{
	local line command='' said=''
	while IFS= read -r line; do
		if [[ $line == '$ '* ]]; then
			try_line "$command" "${said%$'\n'}"
			command=${line#'$ '} said=''
		else
			said+=$line$'\n'
		fi
	done <<<"$1"
	try_line "$command" "${said%$'\n'}"
}

try_document()
{
	[ "$WAY" != userns ] || skip "run as root and as a user"
	try_block "$1"
}

try_block()
{
	echo "${PLACE[$1]}"
	enter_home
	[ -z "${MARK[$1]}" ] || obey_mark "${MARK[$1]}"
	if [[ ${TEXT[$1]} == '$ '* ]]; then
		try_transcript "${TEXT[$1]}"
	else
		# A command that is to fail has to say with which words: a transcript.
		as_reader "set -e"$'\n'"${TEXT[$1]}"
		assert_equal "${WANTED:-0}" "$STATUS" "status of ${PLACE[$1]} ($SAID)"
	fi
}

# --- what is not run ----------------------------------------------------------------------------------

# What is not run is looked at: its reason, and that the targets of make and the files of the project which it
# names exist.
test_what_is_not_run()
{
	local block word place targets
	targets=$(sed -n 's/^\([a-z][a-z_. -]*\):.*/\1/p' "$DOCUMENTS"/{Makefile,*.mk})
	for block in "${UNRUN[@]}"; do
		place=${block%%$'\n'*}
		echo "$place"
		[[ $place == *'not run: '*' '* ]] || fail "$place: that is no reason"
		while read -r word; do
			grep -qwF -- "$word" <<<"$targets" || fail "$place: no target $word in the makefiles"
		done < <(sed -n 's/^make  *\([a-z._-]*\).*/\1/p' <<<"$block")
		while read -r word; do
			grep -qxF -- "$word" "$DOCUMENTS/files" || fail "$place: there is no $word"
		done < <(grep -oE '(^| )(scripts|tests|docs|\.ci)/[A-Za-z0-9_./-]+' <<<"$block")
	done
}

test_every_mark_has_a_block()
{
	[ ${#ORPHANS[@]} = 0 ] || fail "no block follows ${ORPHANS[*]}"
	[ ${#TEXT[@]} -ge 20 ] || fail "only ${#TEXT[@]} blocks found: the documents are not read"
}

# What this file has to be able to see: a command that fails, that says something else, or has no such mark.
test_what_is_wrong_is_seen()
{
	local text
	enter_home
	for text in 'false' 'rind run -- nope' $'$ echo a\nb' $'$ rind run -- nope\n…' $'true\nfalse\ntrue'; do
		TEXT[wrong]=$text MARK[wrong]='' PLACE[wrong]=here
		! (enter_home() { :; } && try_block wrong) >"$WORK/log" 2>&1 || fail "passes: $text"
	done
	# shellcheck disable=SC2034 # by try_block
	TEXT[wrong]=$'$ rind run -- nope\nrind: nope: command not found…' MARK[wrong]=''
	(enter_home() { :; } && try_block wrong) >"$WORK/log" 2>&1 || fail "$(tail -n 1 "$WORK/log")"
	printf '%s\n' '<!-- check: status 1 -->' 'text' '' '    one' '' '    two' '```' three '```' >doc.md
	assert_equal '2=check: status 1= 4==one|two| 7==three|' "$(awk -f "$LIB/docs/blocks" doc.md |
		tr '\037\036\n' '= |' | sed 's/||/|/g; s/ $//')" "blocks"
}

define_blocks
run_cases "$@"
