# shellcheck shell=bash
# What a command of a document finds: for `files NAME` in a mark, files_NAME makes it, in the workspace and in the
# home.  All of it is local: no registry is asked.

# A workspace as most people have it, which each block finds.
files_project()
{
	git init -q .
	git config user.email you@example.org
	git config user.name You
	printf 'all check test:\n\ttouch built\n' >Makefile
	echo 'int main(void) { return 0; }' >main.c
	printf '#!/bin/sh\necho tests passed\n' >run-tests
	chmod 755 run-tests
	git add .
	git commit -q -m 'First commit'
}

# A package with a dependency, which has an install script.
files_npm()
{
	mkdir package
	cat >package/package.json <<-'END'
	{"name": "dep", "version": "1.0.0", "scripts": {"install": "echo installed"}}
	END
	tar -czf dep-1.0.0.tgz package
	rm -r package
	cat >package.json <<-'END'
	{"name": "app", "version": "1.0.0", "dependencies": {"dep": "file:dep-1.0.0.tgz"}}
	END
	printf '%s\n' audit=false fund=false update-notifier=false offline=true >"$HOME/.npmrc"
}

# A requirement that is a wheel in the workspace.
files_pip()
{
	python3 - <<-'END'
	import zipfile
	with zipfile.ZipFile("dep-1.0-py3-none-any.whl", "w") as wheel:
	    wheel.writestr("dep.py", "answer = 42\n")
	    info = "dep-1.0.dist-info/"
	    wheel.writestr(info + "METADATA", "Metadata-Version: 2.1\nName: dep\nVersion: 1.0\n")
	    wheel.writestr(info + "WHEEL", "Wheel-Version: 1.0\nGenerator: none\n"
	        "Root-Is-Purelib: true\nTag: py3-none-any\n")
	    wheel.writestr(info + "RECORD", "")
	END
	echo ./dep-1.0-py3-none-any.whl >requirements.txt
	mkdir -p "$HOME/.config/pip"
	printf '[global]\nno-index = true\ndisable-pip-version-check = true\n' >"$HOME/.config/pip/pip.conf"
}

# A module without dependencies.
files_go()
{
	printf 'module example.org/app\n\ngo 1.19\n' >go.mod
	printf 'package main\n\nfunc main() { println("hello") }\n' >main.go
	rm main.c
}

# In no repository.
files_alone()
{
	rm -rf .git
}

files_cargo()
{
	mkdir src
	printf '[package]\nname = "app"\nversion = "1.0.0"\nedition = "2021"\n' >Cargo.toml
	echo 'fn main() { println!("hello"); }' >src/main.rs
}

# Debian keeps the server's programs out of PATH.
files_postgres()
{
	local directory
	for directory in /usr/lib/postgresql/*/bin; do
		PATH=$directory:$PATH
	done
}

files_keys()
{
	mkdir -m 700 "$HOME/.ssh"
	echo secret >"$HOME/.ssh/id_ed25519"
}

# What a build reads in the home.
files_readable()
{
	mkdir "$HOME/.cargo"
	echo '[net]' >"$HOME/.cargo/config.toml"
	printf '[user]\n\tname = You\n' >"$HOME/.gitconfig"
}

# A directory that hands its group on.
files_setgid()
{
	mkdir shared
	echo content >shared/file
	chmod 2775 shared
}

# An edit that is not committed.
files_edit()
{
	echo '/* edited */' >>main.c
}

# What doctor says, and so its status, depends on the host: only that it can run a sandbox at all is sure here.
files_doctor()
{
	WANTED=0
	"$RIND" doctor >/dev/null || WANTED=$?
	[ "$WANTED" -le 1 ] || fail "rind does not work here: status $WANTED"
}

# Secrets and a repository below the workspace.
files_secrets()
{
	mkdir service
	echo secret >service/.env
	git init -q library
}
