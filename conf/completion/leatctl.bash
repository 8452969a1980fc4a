# SPDX-License-Identifier: MIT
# Completion of leatctl for bash; the commands come from leatctl itself.
_leatctl() {
    local word=${COMP_WORDS[COMP_CWORD]} command= arguments= i
    COMPREPLY=()
    for ((i = 1; i < COMP_CWORD; i++)); do
        case ${COMP_WORDS[i]} in
        -s | --socket | -t | --timeout) ((i++)) ;;
        -*) ;;
        *)
            command=${COMP_WORDS[i]}
            ((i + 1 < COMP_CWORD)) && leatctl --commands | grep -q "^$command ${COMP_WORDS[i + 1]}	" && command+=" ${COMP_WORDS[i + 1]}"
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
            arguments='--socket --json --watch --timeout --commands --version --help'
        else
            arguments=$(leatctl --commands | cut -f1 | cut -d' ' -f1 | uniq)
        fi
    elif [[ $command == log-level ]]; then
        arguments='error warn info debug'
    else
        arguments=$(leatctl --commands | awk -F'\t' -v c="$command" '
            index($1, c " ") == 1 { print substr($1, length(c) + 2) }
            $1 == c { n = split($2, a, " "); for (i = 1; i <= n; i++) if (a[i] ~ /^--/) { sub(/:.*/, "", a[i]); print a[i] } }')
    fi
    mapfile -t COMPREPLY < <(compgen -W "$arguments" -- "$word")
}
complete -F _leatctl leatctl
