#!/bin/bash
# Renaming what a mount covers, in a mount namespace that has not got this mount: see hollow.c, which has the
# ways to come by one.

# Scripts in quotes are expanded in the sandbox.
# shellcheck disable=SC2016 source-path=SCRIPTDIR/.. source=lib.sh
. "$(dirname "$0")/lib.sh"

scene()
{
	git_workspace
	mkdir mnt secrets
	echo secret >secrets/key
	BEFORE=$(snapshot .git secrets src)
}

nothing_changed()
{
	assert_equal "$BEFORE" "$(snapshot .git secrets src)" files
}

# The kernel maps no user for root without capabilities; the capabilities are the same without.
own()
{
	[ "$(id -u)" = 0 ] && echo --userns || echo --map
}

# with_a_mount_over_it WAY: on the host, with mounts of its own.
with_a_mount_over_it()
{
	local -a how=(--mount)
	[ "$(id -u)" = 0 ] || how+=(--map-root-user)
	echo '[core]' >.git/config
	unshare "${how[@]}" sh -euc '
		mount --bind .git .git
		mount -o remount,bind,ro .git
		! touch .git/config 2>/dev/null
		"$PROBES/hollow" "$1" "$2" "$PWD" .git config' sh "$(own)" "$1" || true
}

# The control: where nothing forbids it, these ways lead to what is mounted over; without one nothing does.
test_ways_that_lead_to_what_is_covered()
{
	local way
	scene
	needs open_tree
	assert_equal 'rename: EBUSY' "$(with_a_mount_over_it plain)" plain
	assert_content .git/config '[core]'
	for way in pivot pivot-tmpfs pivot-put-old; do
		assert_equal '[core]: done' "$(with_a_mount_over_it "$way")" "$way"
		assert_content .git/config evil
	done
}

# No way leads to a protected or a hidden path.
readonly EVERY_WAY='
	for way in $("$PROBES/hollow" --list); do
		for what in ".git config" "secrets key"; do
			refused "timeout 20 \"$PROBES/hollow\" $OWN $way \"$WS\" $what"
			case $attempt_output in *core* | *secret*) wrong "$way: $attempt_output" ;; esac
		done
	done
'

test_full_access()
{
	local OWN
	scene
	OWN=$(own)
	export OWN
	inside --mode full-access --protect .git --hide "$WS/secrets" -- "$EVERY_WAY"
	nothing_changed
	# Each of both alone.
	inside --mode full-access --hide "$WS/secrets" -- '
		refused_with EPERM "\"$PROBES/hollow\" $OWN pivot \"$WS\" secrets key"
	'
	nothing_changed
	inside --mode full-access --protect .git -- '
		refused_with EPERM "\"$PROBES/hollow\" $OWN pivot \"$WS\" .git config"
	'
	nothing_changed
}

test_full_access_without_landlock()
{
	local OWN
	scene
	OWN=$(own)
	export OWN
	RIND="$LIB/on-old-kernel"
	export OLD_KERNEL=landlock_create_ruleset
	inside --mode full-access --protect .git --hide "$WS/secrets" -- "$EVERY_WAY"
	nothing_changed
}

# It stays full access: everything else can be written, renamed and linked as before.
test_full_access_is_full_but_for_that()
{
	scene
	chmod 777 "$OUTSIDE"
	inside --mode full-access --protect .git -- '
		allowed "echo fine >\"$OUTSIDE/new\" && mv \"$OUTSIDE/new\" \"$OUTSIDE/directory/new\""
		allowed "ln \"$OUTSIDE/directory/new\" \"$OUTSIDE/linked\" && rm \"$OUTSIDE/linked\""
		allowed "mkfifo \"$OUTSIDE/fifo\" && rm \"$OUTSIDE/fifo\""
		allowed "echo >/dev/null && echo 1 >/proc/self/oom_score_adj"
	'
	assert_content "$OUTSIDE/directory/new" fine
}

test_default_mode()
{
	local OWN
	scene
	OWN=$(own)
	export OWN
	inside --hide "$WS/secrets" -- "$EVERY_WAY"
	nothing_changed
}

# Who may mount inside, as with --nested, may not empty a mount namespace.  Root may not mount.
test_nested()
{
	local OWN way
	scene
	OWN=$(own)
	export OWN
	inside --nested --hide "$WS/secrets" -- "$EVERY_WAY"'
		PROBE=breach
		[ "$(id -u)" = 0 ] || breached $OWN fresh tmpfs mnt 0
	'
	nothing_changed
	inside --nested --mode full-access --protect .git --hide "$WS/secrets" -- "$EVERY_WAY"
	nothing_changed
	[ "$(id -u)" != 0 ] || return 0
	needs open_tree
	# That the filter is what stops them: where it is left out they lead there, as is said.
	sandbox --nested=any -- "$PROBES/hollow" --map pivot "$WS" .git config
	assert_equal '[core]: done' "$OUT" "with --nested=any"
	assert_match '*note: with --nested=any *.git, .codex and .agents are not protected*' "$ERR"
	assert_content .git/config evil
}

# And from a sandbox within, with a root of its own, or with none.
test_nested_from_within()
{
	local OWN
	[ "$(id -u)" != 0 ] || skip "root has no sandbox within"
	needs open_tree
	scene
	OWN=$(own)
	export OWN
	inside --nested --hide "$WS/secrets" -- '
		for way in pivot pivot-put-old detach-root detach-name plain cover-root; do
			refused "\"$RIND\" bwrap --cap-add ALL --bind / / --dev /dev -- \"$PROBES/hollow\" $way \"$WS\" .git config"
			refused "\"$RIND\" bwrap --cap-add ALL --bind / / -- \"$PROBES/hollow\" $way \"$WS\" .git config"
			refused "\"$RIND\" bwrap --cap-add ALL --bind \"$WS\" \"$WS\" --ro-bind \"$PROBES\" \"$PROBES\" --tmpfs /tmp -- \"$PROBES/hollow\" $way \"$WS\" .git config"
			refused "\"$RIND\" bwrap --bind \"$WS\" \"$WS\" --ro-bind \"$PROBES\" \"$PROBES\" --tmpfs /tmp --proc /proc -- \"$PROBES/hollow\" $OWN $way \"$WS\" secrets key"
		done
		# The control: the probe does run there.
		refused_with "rename: EBUSY" "\"$RIND\" bwrap --bind \"$WS\" \"$WS\" --ro-bind \"$PROBES\" \"$PROBES\" --tmpfs /tmp --proc /proc -- \"$PROBES/hollow\" $OWN plain \"$WS\" secrets key"
	'
	nothing_changed
}

# The root that rind bwrap makes within a nested sandbox lies over the sandbox's tree: nothing leads there.
test_covered_root_of_a_sandbox_within()
{
	[ "$(id -u)" != 0 ] || skip "root has no sandbox within"
	needs open_tree move_mount mount_setattr fsopen
	inside --nested -- '
		root="--ro-bind $PROBES /probes --tmpfs /tmp --proc /proc --dir /host"
		for rights in "--cap-add ALL" "--cap-add ALL --unshare-user --unshare-pid --as-pid-1" "--cap-add ALL --dev /dev" ""; do
			for own in "" --map; do
				for way in $("$PROBES/escape" --list); do
					refused "timeout 20 \"$RIND\" bwrap $root $rights -- /probes/escape $own $way \"$OUTSIDE/file\""
					case $attempt_output in *E[A-Z]* | *"not found") ;; *) wrong "$rights $way: $attempt_output" ;; esac
				done
			done
		done
		# The controls: it is found where it is, and these steps work where they are allowed to.
		allowed "\"$PROBES/escape\" climb \"$OUTSIDE/file\""
		refused_with "not found" "\"$RIND\" bwrap $root --cap-add ALL -- /probes/escape climb \"$OUTSIDE/file\""
		refused_with "umount2: EBUSY" "\"$RIND\" bwrap $root --cap-add ALL -- /probes/escape umount \"$OUTSIDE/file\""
		refused_with "setns: EPERM" "\"$RIND\" bwrap $root --cap-add ALL --unshare-user --unshare-pid --as-pid-1 -- /probes/escape umount-unused \"$OUTSIDE/file\""
		# What is below is not even shown.
		attempt "\"$RIND\" bwrap $root --ro-bind /usr /usr --symlink usr/bin /bin --symlink usr/lib /lib --symlink usr/lib64 /lib64 -- cut -d\" \" -f5 /proc/self/mountinfo"
		same "/ /probes /proc /tmp /usr " "$(echo "$attempt_output" | sort | grep -v "^/usr/." | tr "\n" " ")"
	'
}

run_cases "$@"
