#!/bin/bash
# The tables of docs/daily.md: what real commands do by default, and with the option that each needs.  Each line is a
# case, in a project of its own.

# shellcheck disable=SC2016 source-path=SCRIPTDIR/.. source=lib.sh
. "$(dirname "$0")/lib.sh"

readonly TABLES=$LIB/documents/docs/daily.md

# The lines of the tables, one a line: COMMAND, OUTCOME, OPTIONS, PACKAGE, between bars.
rows()
{
	sed -n 's/^| \(`.*`\) | \(.*\) |\(.*\)| \([a-z0-9.+-]*\) |$/\1|\2|\3|\4/p' "$TABLES"
}

# `git commit -qam change` is the case git_commit_qam_change.
case_name()
{
	local name=${1,,}
	name=${name//\~/home_}
	name=${name//[^a-z0-9]/_}
	while [[ $name == *__* ]]; do
		name=${name//__/_}
	done
	name=${name#_}
	name=${name:0:70}
	echo "${name%_}"
}

fill_project()
{
	mkdir lib src cmd
	echo text >a.txt
	printf 'int main(void)\n{\n\treturn 0;\n}\n' >main.c
	printf 'all: main\n' >Makefile
	printf 'cmake_minimum_required(VERSION 3.10)\nproject(x C)\nadd_executable(x main.c)\n' >CMakeLists.txt
	printf 'rule cc\n  command = cc -o $out $in\nbuild main: cc main.c\n' >main.ninja
	printf "project('x', 'c')\nexecutable('x', 'main.c')\n" >meson.build
	printf 'package main\n\nfunc main() {}\n' >cmd/main.go
	printf 'module x\n\ngo 1.19\n' >go.mod
	printf 'fn main() {}\n' | tee main.rs >src/main.rs
	printf '[package]\nname = "x"\nversion = "0.1.0"\n' >Cargo.toml
	printf 'class Main {\n\tpublic static void main(String[] a) {}\n}\n' >Main.java
	printf 'import unittest\n\n\nclass T(unittest.TestCase):\n    def test(self):\n        pass\n' >test_it.py
	printf 'from setuptools import setup\nsetup(name="lib", version="1")\n' >lib/setup.py
	printf '{"name": "lib", "version": "1.0.0"}\n' >lib/package.json
	printf '{"name": "x", "version": "1.0.0", "dependencies": {"lib": "file:lib"},
"scripts": {"build": "node index.js", "test": "node --test"}}\n' >package.json
	printf '{"name": "x", "version": "1.0.0", "lockfileVersion": 3, "requires": true, "packages": {
"": {"name": "x", "version": "1.0.0", "dependencies": {"lib": "file:lib"}},
"lib": {"version": "1.0.0"}, "node_modules/lib": {"resolved": "lib", "link": true}}}\n' >package-lock.json
	echo 'console.log(1)' >index.js
	printf '#!/bin/sh\nexit 0\n' >run.sh
	cp /bin/true run
}

make_project()
{
	export HOME=$WORK/home GIT_CONFIG_NOSYSTEM=1
	# What the one above that runs the tests tells its own.
	unset MAKEFLAGS MFLAGS MAKELEVEL
	mkdir -p "$HOME"
	git config --global user.name n
	git config --global user.email e@example.org
	git config --global init.defaultBranch main
	git init -q .
	fill_project
	git add -A
	git commit -qm first
	echo more >>a.txt
}

# The program that a command needs is its first word; the tables tell of the one that the package brings.
is_installed()
{
	PATH=/usr/bin:/bin:/usr/sbin:/sbin
	command -v "${1%% *}" >/dev/null
}

# try COMMAND OUTCOME [OPTION…], in a copy of the project.
try()
{
	local command=$1 outcome=$2 words
	shift 2
	cp -a "$WORK/project" "$WS"
	cd "$WS"
	sandbox "$@" -- sh -c "$command"
	cd "$WORK"
	rm -rf "$WS" "$WORK/copy"
	words="$command ($*): status $STATUS, $OUT $ERR"
	[[ $STATUS != 12[567] && $ERR != *"rind: "* ]] || fail "$words"
	case $outcome in
	works) [ "$STATUS" = 0 ] || fail "$words" ;;
	fails) [ "$STATUS" != 0 ] || fail "$words" ;;
	*) [[ $STATUS != 0 && $OUT$ERR == *"$outcome"* ]] || fail "$words, not '$outcome'" ;;
	esac
}

# row COMMAND OUTCOME OPTIONS PACKAGE, as they stand in the table.
row()
{
	local command=${1//\`/} outcome=${2//\`/} text=${3//\`/} package=$4 way
	local -a ways words
	[ "$WAY" != userns ] || skip "as root"
	! grep -q __asan_init "$RIND" || skip "as without sanitizers"
	is_installed "$command" || skip "$package is not installed"
	[[ $command != ssh* ]] || id -un >"$WORK/name" || skip "a user without a name"
	make_project
	cd "$WORK"
	mv "$WS" project
	try "$command" "$outcome"
	mapfile -t ways < <(printf '%s' "${text// or /$'\n'}")
	for way in "${ways[@]}"; do
		# The home directory, as a shell has it.
		read -ra words <<<"${way//\~/$HOME}"
		[ ${#words[@]} = 0 ] || try "$command" works "${words[@]}"
	done
}

while IFS='|' read -r command outcome options package; do
	declare "row_$(case_name "$command")=$command|$outcome|$options|$package"
	eval "test_$(case_name "$command")() { row_of $(case_name "$command"); }"
done < <(rows)

row_of()
{
	local name=row_$1 command outcome options package
	IFS='|' read -r command outcome options package <<<"${!name}"
	row "$command" "$outcome" "$options" "$package"
}

# Every line of a table is a case, and no two are the same one.
test_every_line_is_a_case()
{
	local lines
	lines=$(grep -c '^| `' "$TABLES")
	[ "$lines" -gt 50 ] || fail "$lines lines"
	assert_equal $((lines + 1)) "$(declare -F | grep -c ' test_')" "cases"
}

run_cases "$@"
