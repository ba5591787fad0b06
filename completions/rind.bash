# What follows is the same whatever the options are; __rind_options and __rind_kinds, which are
# generated in front of it, know them.  Needs no bash-completion, and uses it where it is there.
# shellcheck shell=bash disable=SC2207 # words without blanks

# __rind_value KIND: complete a value.
__rind_value() {
	local cur=${COMP_WORDS[COMP_CWORD]}
	# --option=value is three words here.
	[ "$cur" != = ] || cur=
	case $1 in
	nothing) ;;
	directory | path)
		mapfile -t COMPREPLY < <(compgen "$([ "$1" = path ] && echo -f || echo -d)" -- "$cur")
		compopt -o filenames 2>/dev/null
		;;
	*) COMPREPLY=($(compgen -W "${1//,/ }" -- "$cur")) ;;
	esac
}

# __rind_command INDEX: the words from there on are a command line of their own.
__rind_command() {
	if ((COMP_CWORD > $1)) && declare -F _comp_command_offset >/dev/null; then
		_comp_command_offset "$1"
	elif ((COMP_CWORD > $1)) && declare -F _command_offset >/dev/null; then
		_command_offset "$1"
	elif ((COMP_CWORD == $1)); then
		mapfile -t COMPREPLY < <(compgen -c -- "${COMP_WORDS[COMP_CWORD]}" | sort -u)
	else
		__rind_value path
	fi
}

# __rind_arguments SUBCOMMAND INDEX: no option any more.
__rind_arguments() {
	case $1 in
	run | bwrap) __rind_command "$2" ;;
	explain) __rind_value path ;;
	esac
}

# __rind_words SUBCOMMAND: complete what comes after the subcommand.
__rind_words() {
	local subcommand=$1 i=2 word kind
	while ((i < COMP_CWORD)); do
		word=${COMP_WORDS[i]}
		((++i))
		if [[ $word == -- && $subcommand == explain && " ${COMP_WORDS[*]:2:i-3} " == *' --bwrap '* ]]; then
			subcommand=bwrap
			continue
		fi
		if [[ $word == -- ]]; then
			__rind_arguments "$subcommand" "$i"
			return
		fi
		if [[ $word != -?* ]]; then
			[ "$subcommand" != explain ] || continue
			__rind_arguments "$subcommand" $((i - 1))
			return
		fi
		for kind in $(__rind_kinds "$subcommand" "$word"); do
			if [[ ${COMP_WORDS[i]} == = ]] && ((i < COMP_CWORD)); then
				((++i))
			fi
			if ((i >= COMP_CWORD)); then
				__rind_value "$kind"
				return
			fi
			((++i))
		done
	done
	if [[ ${COMP_WORDS[COMP_CWORD]} == -* ]]; then
		COMPREPLY=($(compgen -W "$(__rind_options "$subcommand")" -- "${COMP_WORDS[COMP_CWORD]}"))
	else
		__rind_arguments "$subcommand" "$COMP_CWORD"
	fi
}

_rind() {
	local cur=${COMP_WORDS[COMP_CWORD]}
	COMPREPLY=()
	if ((COMP_CWORD == 1)); then
		COMPREPLY=($(compgen -W "$__rind_subcommands --help --version" -- "$cur"))
	elif [ "${COMP_WORDS[1]}" = help ]; then
		COMPREPLY=($(compgen -W "$__rind_subcommands" -- "$cur"))
	else
		__rind_words "${COMP_WORDS[1]}"
	fi
}

complete -F _rind rind
