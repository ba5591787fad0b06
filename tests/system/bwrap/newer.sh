# shellcheck shell=bash
# What differ and random need to compare with bubblewrap 0.12 and newer, which says some things in other words.  rind has
# those of 0.11.

# bwrap_is_newer BWRAP VERSION: it is of that version, or newer.
bwrap_is_newer()
{
	local version
	version=$("$1" --version) && version=${version#bubblewrap }
	[ "$(printf '%s\n' "$2" "$version" | sort -V | head -n 1)" = "$2" ]
}

# By sed -E, on what either has said: one sentence for two that mean the same.
# shellcheck disable=SC2034 # for those who source it
newer_words='
s#^bwrap: Can.t (mkdir|create file at|create file) #bwrap: Can'"'"'t make #
s#^bwrap: Destination is not a directory (.*)$#bwrap: Can'"'"'t make \1: Not a directory#
s#^bwrap: Destination is not a file (.*)$#bwrap: Can'"'"'t make \1: Is a directory#
s#^bwrap: Can.t remount readonly on /newroot#bwrap: Can'"'"'t remount readonly on #
s#^bwrap: Can.t remount readonly on +/#bwrap: Can'"'"'t remount readonly on /#
s#is not compatible with +--#not compatible --#
s#automatically implied if not (root|setuid)#automatically implied#
/^ +--not-a-security-boundary |^ +use only when the sandbox is not a security boundary$/d
'
