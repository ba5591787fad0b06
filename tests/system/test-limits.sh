#!/bin/bash
# Limits of what a command may use: taken to their end from inside, with the host looked at afterwards.
#
# What enforces them depends on where this runs: resource limits everywhere, and a control group where
# one can be made, which `rind explain` tells.

# Scripts in quotes are expanded in the sandbox.
# shellcheck disable=SC2016 source-path=SCRIPTDIR source=lib.sh
. "$(dirname "$0")/lib.sh"

readonly MEBIBYTE=1048576

# Root is held to a number of processes by a control group only.
can_limit_pids()
{
	[ "$WAY" != root ] || [ -n "$(group_for --limit-pids 5)" ]
}

needs_pids()
{
	can_limit_pids || skip "nothing limits root's processes here"
}

# The control group of a held sandbox that waits, as a path below that of group_for.
group_of()
{
	local path line
	for line in $(survivors | sed 's/:.*//'); do
		path=$(sed -n 's/^0:://p' "/proc/$line/cgroup" 2>/dev/null) || continue
		[[ $path != */rind-*/sandbox ]] || echo "${path%/sandbox}"
	done | sort -u
}

# --- processes ----------------------------------------------------------------------------------

test_processes()
{
	local what
	needs_pids
	# The control: without a limit there are as many as are asked for.
	sandbox -- "$PROBES/greedy" processes 50
	assert_equal '50 processes, then no more asked' "$OUT" "without a limit"
	for what in processes threads nested; do
		# One is greedy itself.
		sandbox --limit-pids 10 -- "$PROBES/greedy" "$what" 50
		assert_equal 0 "$STATUS" "status ($ERR)"
		assert_equal "9 ${what/nested/processes}, then EAGAIN" "$OUT" "$what"
	done
}

test_one_process()
{
	needs_pids
	sandbox --limit-pids 1 -- sh -c 'echo started; (true) || true; echo not reached'
	assert_equal started "$OUT" "what one process does"
	[ "$STATUS" != 0 ] || fail "a second process was created"
}

# The processes of two sandboxes are not added up.
test_processes_of_two()
{
	needs_pids
	hold first --limit-pids 10 -- 'read -r line'
	sandbox --limit-pids 10 -- "$PROBES/greedy" processes 50
	assert_equal '9 processes, then EAGAIN' "$OUT" "of the second"
	release first
}

test_fork_bomb()
{
	local count group
	needs_pids
	group=$(group_for --limit-pids 20)
	hold_start bomb "$RIND" run --limit-pids 20 -- "$PROBES/greedy" bomb "$WORK"
	hear_line bomb full
	count=$(survivors | grep -c 'greedy bomb' || true)
	# Those with init, which shares the supervisor's command line, and the janitors.
	[ "$count" -gt 1 ] || fail "no bomb went off: $(survivors)"
	[ "$count" -le $((20 + 5)) ] || fail "$count processes: $(survivors)"
	[ -z "$group" ] || group=$group/$(basename "$(group_of)")
	kill -KILL "${HOLD_PID[bomb]}"
	await_end bomb
	await_no_survivors
	[ -z "$group" ] || assert_absent "$group"
	assert_absent .git .codex .agents
}

test_processes_of_real_root()
{
	[ "$WAY" = root ] || skip "for root only"
	[ -z "$(group_for --limit-pids 5)" ] || skip "a control group limits root's processes here"
	fails_with 125 'rind: --limit-pids: the kernel does not hold root *' -- \
		--limit-pids 5 -- true
}

# In a user namespace that maps it, root does not look like it, and is not bound either.
test_processes_of_root_in_disguise()
{
	local status=0
	[ "$WAY" = root ] || skip "for root only"
	[ -z "$(group_for --limit-pids 5)" ] || skip "a control group limits root's processes here"
	unshare --user --map-root-user "$RIND" run --limit-pids 5 -- sh -c 'echo ran >ran' \
		>"$WORK/stdout" 2>"$WORK/stderr" || status=$?
	assert_equal 125 "$status" "status ($(cat "$WORK/stderr"))"
	assert_match 'rind: --limit-pids: the kernel does not hold root *' "$(cat "$WORK/stderr")"
	assert_absent ran .git .codex .agents
}

# --- memory -------------------------------------------------------------------------------------

test_memory_of_one()
{
	sandbox -- "$PROBES/greedy" memory $((100 * MEBIBYTE))
	assert_equal used "$OUT" "without a limit"
	sandbox --limit-memory 64M -- "$PROBES/greedy" memory $((100 * MEBIBYTE))
	if [ -z "$(group_for --limit-memory 64M)" ]; then
		assert_equal ENOMEM "$OUT" "with one"
	else
		assert_equal '137 ' "$STATUS $OUT" "with a control group: killed"
	fi
	sandbox --limit-memory 64M -- "$PROBES/greedy" memory $((32 * MEBIBYTE))
	assert_equal used "$OUT" "below it"
}

test_memory_of_many()
{
	sandbox -- "$PROBES/greedy" memories 4 $((48 * MEBIBYTE))
	assert_equal '4 used, none killed' "$OUT" "without a limit"
	sandbox --limit-memory 64M -- "$PROBES/greedy" memories 4 $((48 * MEBIBYTE))
	if [ -z "$(group_for --limit-memory 64M)" ]; then
		# Resource limits are of each process: documented, and bounded together with --limit-pids.
		assert_equal '4 used, none killed' "$OUT" "each below its own limit"
	elif [ "$STATUS" = 0 ]; then
		assert_match '[0-3] used, some killed' "$OUT"
	else
		# The kernel chose the first of them, or init.
		assert_equal 137 "$STATUS" status
	fi
}

# Address space is not memory: with a control group who reserves much and uses little goes on.
test_address_space()
{
	[ -n "$(group_for --limit-memory 256M)" ] || skip "no control group limits memory here"
	command -v node >/dev/null || skip "node is not installed"
	sandbox --limit-memory 256M -- node -e 'console.log("ran")'
	assert_equal ran "$OUT" "what node says ($ERR)"
}

# It is memory, too, though in nobody's address space.
test_memory_in_files()
{
	inside -- '
		allowed "dd if=/dev/zero of=/dev/shm/file bs=1M count=100"
		rm /dev/shm/file'
	inside --limit-memory 64M -- '
		refused "dd if=/dev/zero of=/dev/shm/file bs=1M count=100"
		size=$(stat -c %s /dev/shm/file)
		[ "$size" -le 67108864 ] || wrong "$size bytes"
		rm /dev/shm/file'
}

# --- processor ----------------------------------------------------------------------------------

test_processor_time()
{
	# Each process has its own: the shell goes on.
	sandbox --limit-cpu 1 -- sh -c '"$PROBES/greedy" processor; echo "then $?"' "$WORK"
	assert_equal 'then 137' "$OUT" "output ($ERR)"
	sandbox --limit-cpu 1 -- "$PROBES/greedy" processor "$WORK"
	assert_equal 137 "$STATUS" status
}

test_processor_share()
{
	local group path
	group=$(group_for --limit-cpu 50%)
	if [ -z "$group" ]; then
		fails_with 125 'rind: --limit-cpu 50%: *control group*' -- --limit-cpu 50% -- true
		return
	fi
	hold share --limit-cpu 50% -- 'read -r line'
	path=$group/$(basename "$(group_of)")
	assert_content "$path/cpu.max" '50000 100000'
	release share
	assert_absent "$path"
}

# --- open files ---------------------------------------------------------------------------------

test_files()
{
	sandbox -- "$PROBES/greedy" files 50
	assert_equal '50 files, then no more asked' "$OUT" "without a limit"
	# Three are there.
	sandbox --limit-files 20 -- "$PROBES/greedy" files 50
	assert_equal '17 files, then EMFILE' "$OUT" "with one"
}

# --- none of it can be undone -------------------------------------------------------------------

# Of what only the sandbox has; the least of two limits is the size.
test_disk()
{
	mkdir "$WORK/dir"
	CONTROL="" inside --private-tmp --tmpfs "$WORK/dir" --scratch . --limit-disk 2M -- '
		for dir in /tmp "$WORK/dir" . /dev/shm; do
			refused_with "No space" "head -c 3M /dev/zero >$dir/big"
			allowed "rm $dir/big; head -c 1M /dev/zero >$dir/small"
		done
	'
	assert_absent small
	sandbox --private-tmp --limit-disk 64M --limit-memory 32M -- stat -fc '%b*%S' /tmp
	assert_equal $((32 << 20)) $((OUT)) "size of /tmp: $ERR"
	fails_with 125 "*--limit-disk: there is nothing that it would limit*--private-tmp, --tmpfs and --scratch*" -- \
		--limit-disk 2M -- true
}

test_limits_cannot_be_raised()
{
	local -a options=(--limit-memory 512M --limit-cpu 30 --limit-files 50)
	local GROUP
	GROUP=$(group_for --limit-memory 512M)
	export GROUP
	! can_limit_pids || options+=(--limit-pids 30)
	inside "${options[@]}" -- '
		same tried "$("$PROBES/greedy" raise)"
		same 50 "$(ulimit -Sn)"
		same 50 "$(ulimit -Hn)"
		if [ -z "$GROUP" ]; then
			same 524288 "$(ulimit -Hv)"
			refused "ulimit -v unlimited"
		fi
		same 30 "$(ulimit -Ht)"
		refused "ulimit -n 51"
		refused "ulimit -Hn unlimited"
		refused "ulimit -t 31"
		# The rights that a user namespace gives are worth nothing outside of it.
		refused "unshare -Ur sh -c \"ulimit -Hn 51\""
		allowed "ulimit -n 49"
	'
}

test_the_lower_limit_counts()
{
	(
		ulimit -n 40
		inside --limit-files 50 -- 'same 40 "$(ulimit -Hn)"'
	)
}

# What a control group limits is limited from outside of the sandbox.
test_group_cannot_be_changed()
{
	local group
	group=$(group_for --limit-memory 64M)
	[ -n "$group" ] || skip "no control group can be made here"
	inside --limit-memory 64M --writable / -- '
		group=$(sed -n "s/^0:://p" /proc/self/cgroup)
		case $group in
		*/rind-*/sandbox) ;;
		*) wrong "in no group: $group" ;;
		esac
		own='"$group"'/$(basename "$(dirname "$group")")
		same 67108864 "$(cat "$own/memory.max")"
		refused_with Read-only "echo max >\"$own/memory.max\""
		refused_with Read-only "echo \$\$ >\"'"$group"'/cgroup.procs\""
		refused_with Read-only "mkdir \"$own/sandbox/deeper\""
	'
	fails_with 125 'rind: *its own limits*' -- \
		--limit-memory 64M --writable "$group" -- true
}

test_group_is_removed()
{
	local group path
	group=$(group_for --limit-memory 64M)
	[ -n "$group" ] || skip "no control group can be made here"
	hold first --limit-memory 64M -- 'read -r line'
	path=$group/$(basename "$(group_of)")
	assert_content "$path/memory.max" $((64 * MEBIBYTE))
	# Init, and one janitor for the group and for the placeholders.
	[ -e .codex ] || fail "there is no placeholder"
	assert_equal 2 "$(children_of "${HOLD_PID[first]}" | wc -w)" "children of rind"
	release first
	assert_absent "$path"
	forget first

	hold second --limit-memory 64M -- 'sleep 1000 & read -r line; read -r line'
	path=$group/$(basename "$(group_of)")
	[ -d "$path" ] || fail "$path is not there"
	kill -KILL "${HOLD_PID[second]}"
	await_end second
	await_no_survivors
	assert_absent "$path"

	# One that never started.
	sandbox --limit-memory 64M -- "$WORK/no-such-command"
	assert_equal 127 "$STATUS" status
}

# Unrestricted otherwise, a command with limits gets a sandbox, where it can keep none of root's rights.
test_full_access()
{
	sandbox --mode full-access --limit-files 20 -- sh -c '
		echo "$(ulimit -Hn) $(sed -n "s/^CapEff:[[:space:]]*//p" /proc/self/status) $PPID"'
	assert_equal '20 0000000000000000 1' "$OUT" "limit, capabilities and parent ($ERR)"
}

# --- what is said -------------------------------------------------------------------------------

test_bad_values()
{
	local option
	for option in '--limit-pids 0' '--limit-pids -1' '--limit-pids 1x' '--limit-pids 4194304' \
		'--limit-memory 1x' '--limit-memory 12Kb5' '--limit-memory 1.5' '--limit-memory 1023K' '--limit-memory M' \
		'--limit-memory 18446744073709551616' '--limit-memory 9000000T' '--limit-cpu 0' \
		'--limit-cpu 0%' '--limit-cpu 1.5' '--limit-cpu 5%%' '--limit-files none' '--limit-disk 1K' '--limit-disk all' \
		'--limit-files 2147483648'; do
		# shellcheck disable=SC2086 # two words
		fails_with 125 "rind: ${option% *} *" -- $option -- true
	done
}

test_explain()
{
	local expected json
	local -a options=(--limit-memory 1G --limit-cpu 60 --limit-files 256 --private-tmp --limit-disk 2M)
	"$RIND" explain "${options[@]}" >"$WORK/stdout"
	expected='each process, RLIMIT_AS (address space, of which node, java and go reserve far more than they use)$'
	json='"resource-limit": "RLIMIT_AS"}'
	if [ -n "$(group_for --limit-memory 1G)" ]; then
		expected='all together, a control group in /' json='"control-group-in": "/'
	fi
	grep -q "^memory *1073741824 bytes: $expected" "$WORK/stdout" ||
		fail "$(cat "$WORK/stdout")"
	grep -q '^cpu-time *60 s of processor time: each process, RLIMIT_CPU$' "$WORK/stdout" ||
		fail "$(cat "$WORK/stdout")"
	grep -q '^files *256 open files: each process, RLIMIT_NOFILE$' "$WORK/stdout" ||
		fail "$(cat "$WORK/stdout")"
	grep -q "^disk *2097152 bytes: each tmpfs of the sandbox's own\$" "$WORK/stdout" ||
		fail "$(cat "$WORK/stdout")"
	"$RIND" explain --json "${options[@]}" >"$WORK/stdout"
	grep -q '"disk": {"value": 2097152}' "$WORK/stdout" || fail "$(cat "$WORK/stdout")"
	grep -q "^    \"memory\": {\"value\": 1073741824, $json" \
		"$WORK/stdout" || fail "$(cat "$WORK/stdout")"
	"$RIND" explain --json >"$WORK/stdout"
	grep -q '^  "limits": {},$' "$WORK/stdout" || fail "$(cat "$WORK/stdout")"
}

run_cases "$@"
