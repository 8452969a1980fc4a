# SPDX-License-Identifier: MIT
# Completion of leatctl for bash; the commands come from leatctl itself.
_leatctl() {
    local word=${COMP_WORDS[COMP_CWORD]} command= arguments= i
    COMPREPLY=()
    for ((i = 1; i < COMP_CWORD; i++)); do
        case ${COMP_WORDS[i]} in
        -s | --socket) ((i++)) ;;
        -*) ;;
        *)
            command=${COMP_WORDS[i]}
            break
            ;;
        esac
    done
    case ${COMP_WORDS[COMP_CWORD - 1]} in
    -s | --socket)
        mapfile -t COMPREPLY < <(compgen -f -- "$word")
        return
        ;;
    esac
    if [[ -z $command ]]; then
        if [[ $word == -* ]]; then
            arguments='--socket --json --watch --commands --version --help'
        else
            arguments=$(leatctl --commands | cut -f1)
        fi
    elif [[ $command == log-level ]]; then
        arguments='error warn info debug'
    else
        arguments=$(leatctl --commands | awk -F'\t' -v c="$command" '$1 == c { print $2 }' | tr ' ' '\n' | grep '^--')
    fi
    mapfile -t COMPREPLY < <(compgen -W "$arguments" -- "$word")
}
complete -F _leatctl leatctl
