#!/bin/bash
# What `make install` and `make deb` give: the files, completions that know every option, a package that
# comes and goes without a trace, and one file that runs where there is nothing else.
#
# The runner has installed into $INSTALLED; the package lies beside it.

# Scripts in quotes are expanded elsewhere.
# shellcheck disable=SC2016 source-path=SCRIPTDIR source=lib.sh
. "$(dirname "$0")/lib.sh"

INSTALLED=$(dirname "$SCRATCH")/install
readonly SHARE=$INSTALLED/usr/share
readonly BASH_FILE=$SHARE/bash-completion/completions/rind
readonly ZSH_FILE=$SHARE/zsh/site-functions/_rind
readonly FISH_FILE=$SHARE/fish/vendor_completions.d/rind.fish

# --- make install -------------------------------------------------------------------------------

test_installed_files()
{
	local file
	for file in bin/rind lib/librind.a lib/librind.so.0 lib/librind.so lib/pkgconfig/rind.pc include/rind.h share/man/man1/rind.1 \
		share/man/man1/rind-bwrap.1 share/doc/rind/README.md share/doc/rind/LICENSE \
		share/doc/rind/SECURITY.md share/doc/rind/bwrap.md; do
		[ -s "$INSTALLED/usr/$file" ] || fail "usr/$file is not there"
	done
	for file in "$BASH_FILE" "$ZSH_FILE" "$FISH_FILE"; do
		[ -s "$file" ] || fail "$file is not there"
	done
	grep -q "^## $("$RIND" --version | cut -d ' ' -f 2) (" "$SHARE/doc/rind/CHANGELOG.md" || fail "CHANGELOG.md lacks the version"
	! grep -r @VERSION@ "$SHARE/man" || fail "the manual pages do not say their version"
	assert_equal rind "$(readlink "$INSTALLED/usr/bin/bwrap")" "the link bwrap"
	"$INSTALLED/usr/bin/rind" run -- true || fail "what was installed does not run: status $?"
	"$INSTALLED/usr/bin/bwrap" --version | grep -q bubblewrap || fail "it is no bwrap"
}

test_uninstalled()
{
	local left
	left=$(find "$(dirname "$SCRATCH")/uninstalled" ! -type d)
	assert_equal '' "$left" "files left by make uninstall"
}

test_man_pages()
{
	local page
	command -v man >/dev/null || skip "there is no man"
	for page in rind rind-bwrap; do
		man --warnings -E UTF-8 -l -Tutf8 -Z "$SHARE/man/man1/$page.1" >/dev/null 2>"$WORK/warnings" ||
			fail "$page.1 cannot be formatted"
		assert_content "$WORK/warnings" ''
	done
}

# --- every option in every completion -----------------------------------------------------------

subcommands()
{
	"$RIND" --help | awk '/^  [a-z]/ { print $1 }'
}

# The names of a subcommand's options, as its --help has them, and as each shell's completion does.
in_help()
{
	"$RIND" "$1" --help | grep -oE '^ +(-[a-zA-Z], )?--[a-z0-9-]+' |
		grep -oE '(--[a-z0-9-]+|-[a-zA-Z]\b)' | sort
}

in_bash()
{
	bash --norc -c '. "$1"; __rind_options "$2"' bash "$BASH_FILE" "$1" | tr ' ' '\n' | sort
}

in_zsh()
{
	sed -n "/^\t\t$1)\$/,/;;/s/^\t\t\t'\*\(--*[a-zA-Z0-9-]*\)[=+]*\[.*/\1/p" "$ZSH_FILE" | sort
}

in_fish()
{
	sed -n "s/^complete -c rind -n '__fish_seen_subcommand_from $1'\( .*\)/\1/p" "$FISH_FILE" |
		sed -n "s/ -d '.*//; s/^ -l \([a-z0-9-]*\)/--\1/; s/ -s \(.\)/\n-\1/; /^--/p" |
		grep -oE '^(--[a-z0-9-]+|-[a-zA-Z])' | sort
}

test_every_option_is_completed()
{
	local subcommand shell expected
	for subcommand in $(subcommands); do
		expected=$(in_help "$subcommand")
		[[ $expected == *--help* && $expected == *--version* ]] ||
			fail "no options of $subcommand: $expected"
		for shell in bash zsh fish; do
			assert_equal "$expected" "$("in_$shell" "$subcommand")" \
				"options of $subcommand in $shell"
		done
	done
	in_fish run | grep -qxe -w || fail "letters are not looked at"
	[ "$(in_zsh bwrap | wc -l)" -gt 60 ] || fail "not all of bwrap's options are looked at"
}

test_every_subcommand_is_completed()
{
	local subcommand
	for subcommand in $(subcommands); do
		bash --norc -c '. "$1"; echo " $__rind_subcommands "' bash "$BASH_FILE" |
			grep -q " $subcommand " || fail "bash: $subcommand is not completed"
		grep -q "^		'$subcommand:" "$ZSH_FILE" || fail "zsh: $subcommand is not completed"
		grep -qF -- "__fish_use_subcommand -f -a $subcommand " "$FISH_FILE" ||
			fail "fish: $subcommand is not completed"
	done
}

# bash_completes EXPECTED WORD…: what bash offers for the last word, sorted.
bash_completes()
{
	local expected=$1
	shift
	assert_equal "$expected" "$(bash --norc -c '
		. "$1"
		shift
		[ "$(complete -p rind)" = "complete -F _rind rind" ] || exit 1
		COMP_WORDS=("$@") COMP_CWORD=$(($# - 1))
		_rind rind "${COMP_WORDS[COMP_CWORD]}" "${COMP_WORDS[COMP_CWORD - 1]}" 2>&1
		printf "%s\n" "${COMPREPLY[@]}" | sort | tr "\n" " "' bash "$BASH_FILE" "$@")" "completion of $*"
}

test_bash()
{
	mkdir -p sub/deeper
	touch file 'with blank'
	bash_completes 'doctor ' rind d
	bash_completes '--help ' rind --h
	bash_completes '--protect ' rind run --prote
	bash_completes '--writable --writable-make ' rind run --wri
	bash_completes '--exclude-tmp --exclude-tmpdir ' rind run --mode read-only --exclude
	bash_completes 'read-only ' rind run --mode r
	# bash splits a word at the =
	bash_completes 'read-only ' rind run --mode = r
	bash_completes 'full-access read-only workspace-write ' rind run --mode =
	bash_completes 'sub ' rind run -w ''
	bash_completes 'sub ' rind run --protect f -w s
	bash_completes 'file sub with blank ' rind run --protect ''
	bash_completes 'file ' rind explain --json 'fi'
	bash_completes '--json --json-status-fd ' rind explain file --js
	bash_completes '--unshare-uts ' rind explain --json --bwrap -- --ro-bind / / --unshare-ut
	bash_completes 'file ' rind explain -- 'fi'
	bash_completes '--json ' rind doctor --j
	bash_completes ' ' rind doctor f
	bash_completes ' ' rind run --timeout ''
	bash_completes 'file ' rind bwrap --bind sub 'fi'
	bash_completes '--ro-bind-data ' rind bwrap --bind sub sub --ro-bind-d
	bash_completes 'explain ' rind help e
	# What comes after the command is the command's own.
	bash_completes 'file ' rind run -- cat 'fi'
	bash_completes ' ' rind run -- cat --wri
	bash_completes ' ' rind run cat --wri
	bash_completes 'mkfifo ' rind run -- mkfif
}

test_fish()
{
	command -v fish >/dev/null || skip "there is no fish"
	local completes='source $argv[1]; complete -C $argv[2]'
	fish_completes()
	{
		assert_equal "$1" "$(HOME=$WORK fish -N -c "$completes" "$FISH_FILE" "$2" |
			cut -f 1 | sort | tr '\n' ' ')" "completion of $2"
	}
	mkdir -p sub
	fish_completes 'doctor ' 'rind d'
	fish_completes '--writable --writable-make ' 'rind run --wri'
	fish_completes 'read-only ' 'rind run --mode r'
	fish_completes 'sub/ ' 'rind run --writable s'
	fish_completes '--json ' 'rind doctor --j'
	# Since fish 4, an option with these letters somewhere is offered as well: --ro-bind-fd for --ro-bind-d.
	fish_completes '--ro-bind-data ' 'rind bwrap --ro-bind-da'
}

test_zsh()
{
	command -v zsh >/dev/null || skip "there is no zsh"
	# Through a terminal of zsh's own, in which each list of completions ends with a mark.
	cat >"$WORK/capture" <<'END'
zmodload zsh/zpty || exit 77
zpty shell zsh -f -i
zpty -w shell "PROMPT= RPROMPT= PS2=; unsetopt zle_bracketed_paste beep; fpath=(${1:h} \$fpath)"
zpty -w shell 'autoload -Uz compinit && compinit -u -D'
zpty -w shell 'compadd() { local -a hits; builtin compadd -O hits "$@"; print -l -- "h""it:"${^hits}:end; builtin compadd "$@" }'
zpty -w shell 'mark() { print -r -- "list-""end"; exit }; zle -N mark; bindkey "^X" mark; bindkey "^I" list-choices'
zpty -w -n shell "$2"$'\t\x18'
while zpty -r shell line; do
	[[ $line != *list-end* ]] || exit 0
	[[ $line != *hit:* ]] || print -r -- ${${line#*hit:}%%:end*}
done
END
	zsh_completes()
	{
		timeout "$PATIENCE" zsh -f "$WORK/capture" "$ZSH_FILE" "$2" >"$WORK/hits" ||
			fail "zsh: status $?"
		grep -qxe "$1" "$WORK/hits" || fail "completion of $2: expected $1, got $(cat "$WORK/hits")"
	}
	zsh_completes doctor 'rind d'
	zsh_completes --protect 'rind run --prote'
	zsh_completes read-only 'rind run --mode r'
}

# --- the package --------------------------------------------------------------------------------

package()
{
	local files
	files=("$(dirname "$SCRATCH")"/rind_*.deb)
	[ -f "${files[0]}" ] || skip "no package was built: there is no dpkg-deb"
	echo "${files[0]}"
}

in_own_dpkg()
{
	local -a become=()
	[ "$(id -u)" = 0 ] || become=(unshare --user --map-root-user)
	"${become[@]}" dpkg --root="$WORK/root" --force-not-root --log=/dev/null "$@"
}

test_package_comes_and_goes()
{
	local deb before
	deb=$(package)
	mkdir -p "$WORK/root/var/lib/dpkg/info" "$WORK/root/var/lib/dpkg/updates"
	touch "$WORK/root/var/lib/dpkg/status"
	before=$(find "$WORK/root" ! -path '*/var/lib/dpkg*' | sort)

	in_own_dpkg -i "$deb" >"$WORK/log" 2>&1 || fail "$(cat "$WORK/log")"
	in_own_dpkg -s rind | grep -qx 'Status: install ok installed' || fail "it is not installed"
	assert_equal '' "$(in_own_dpkg -V rind)" "what dpkg says is not as it was packed"
	[ "$(in_own_dpkg -L rind | grep -cE 'bash-completion/.*rind|/_rind|rind\.fish|/rind(-bwrap)?\.1\.gz')" = 5 ] ||
		fail "completions or man pages are not in it: $(in_own_dpkg -L rind)"
	[ -s "$WORK/root/usr/share/doc/rind/SECURITY.md" ] || fail "SECURITY.md is not in it"
	RIND=$WORK/root/usr/bin/rind inside -- 'refused_with Read-only "echo evil >\"$OUTSIDE/file\""'

	in_own_dpkg -P rind >"$WORK/log" 2>&1 || fail "$(cat "$WORK/log")"
	assert_equal "$before" "$(find "$WORK/root" ! -path '*/var/lib/dpkg*' | sort)" "files left"
	! in_own_dpkg -s rind >/dev/null 2>&1 || fail "dpkg still knows it"
}

test_package_is_clean()
{
	local deb
	[ "$WAY" = user ] || skip "it is the same package, whoever looks at it"
	command -v lintian >/dev/null || skip "there is no lintian"
	deb=$(package)
	# Its own rules for a first upload to Debian do not apply; a field newer than this lintian is.
	assert_equal '' "$(lintian --fail-on error --suppress-tags \
		initial-upload-closes-no-bugs,unknown-field "$deb" 2>&1 |
		grep -v 'running with root privileges')" "what lintian says"
}

# --- one file and nothing else ------------------------------------------------------------------

# alone PREPARATION COMMAND…: run a command where the root directory holds nothing but rind, a static
# command, and what the shell line PREPARATION puts there.  Entered with pivot_root: in a chroot the
# kernel makes no user namespaces.
alone()
{
	local -a how=(--mount)
	[ "$(id -u)" = 0 ] || how+=(--user --map-root-user)
	rm -rf "$WORK/root"
	mkdir "$WORK/root"
	cp "$STATIC" "$WORK/root/rind"
	cp "$PROBES/attempt" "$WORK/root/command"
	STATUS=0
	unshare "${how[@]}" sh -euc '
		mount --bind "$0" "$0"
		cd "$0"
		eval "$1"
		shift
		exec "$PROBES/enter" "$0" "$@"' "$WORK/root" "$@" >"$WORK/stdout" 2>"$WORK/stderr" || STATUS=$?
	OUT=$(cat "$WORK/stdout") ERR=$(cat "$WORK/stderr")
}

static_program()
{
	STATIC=$INSTALLED/usr/bin/rind
	! readelf -lW "$STATIC" | grep -q ' INTERP ' || skip "rind is not static here"
}

readonly WITH_PROC_AND_DEV='mkdir proc dev; mount --rbind /proc proc; mount --rbind /dev dev'

test_alone_in_a_root()
{
	static_program
	alone "$WITH_PROC_AND_DEV" /rind run --mode read-only -- /command mknod /new 100644
	assert_equal "1 EROFS" "$STATUS $OUT" "status and output of the command ($ERR)"
	alone "$WITH_PROC_AND_DEV" /rind run --writable / -- /command mknod /new 100644
	assert_equal "0 done" "$STATUS $OUT" "status and output of the command ($ERR)"
	[ -f "$WORK/root/new" ] || fail "what was writable was not written"
	alone "$WITH_PROC_AND_DEV" /rind run --mode read-only -- /command tcp-connect 127.0.0.1 1
	assert_equal "1 ECONNREFUSED" "$STATUS $OUT" "status and output of the command ($ERR)"
	alone "$WITH_PROC_AND_DEV" /rind bwrap --ro-bind / / --unshare-all -- /command mknod /new 100644
	assert_equal "1 EROFS" "$STATUS $OUT" "status and output of the command ($ERR)"
	alone "$WITH_PROC_AND_DEV" /rind explain --mode read-only /command
	assert_equal 0 "$STATUS" "status of explain ($ERR)"
	assert_equal 'command dev proc rind' "$(cd "$WORK/root" && echo *)" "the root directory"
}

test_doctor_alone_in_a_root()
{
	static_program
	alone "$WITH_PROC_AND_DEV" /rind doctor
	assert_equal "$(doctor_status)" "$STATUS" "status, after: $OUT $ERR"
}

# Without a /proc the kernel lets nobody map ids, and without a visible one it mounts none.
test_alone_without_proc()
{
	static_program
	alone '' /rind --version
	assert_equal 0 "$STATUS" "status of --version ($ERR)"
	alone '' /rind run --mode full-access -- /command open-read /command
	if lacks close_range statx; then
		assert_equal 125 "$STATUS" "status ($OUT $ERR)"
		assert_match "rind: *open /proc/self: *; *mount -t proc proc /proc; see 'rind doctor'" "$ERR"
	else
		assert_equal "0 done" "$STATUS $OUT" "status and output of the command ($ERR)"
	fi
	alone '' /rind run --mode read-only -- /command mknod /new 100644
	assert_equal 125 "$STATUS" "status ($OUT $ERR)"
	assert_equal 1 "$(wc -l <"$WORK/stderr")" "lines of '$ERR'"
	assert_match "rind: *; see 'rind doctor'" "$ERR"
	alone '' /rind doctor
	assert_equal 2 "$STATUS" "status of doctor ($OUT $ERR)"
	assert_match '*blocked*id-maps*No such file*; remedy: mount -t proc proc /proc*' "$OUT"
	assert_equal 'command rind' "$(cd "$WORK/root" && echo *)" "the root directory"
}

run_cases "$@"
