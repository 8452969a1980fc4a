#!/bin/sh
# SPDX-License-Identifier: MIT
# Builds the fuzz targets in FOLDER and runs each for SECONDS, as many at once as there are
# processors. Findings are kept in FOLDER/found and tried first until they are fixed; FOLDER/corpus
# keeps the corpus. Ends with a summary in automake's format.
#
#   sh t/fuzz/run.sh FOLDER SECONDS [TARGET...]
set -u
cd "$(dirname "$0")/../.."
folder=$1 seconds=$2
shift 2
[ $# -gt 0 ] || set -- json parameters multipart pattern schema token yaml openapi request head \
    chunks proxy forwarded cookies sql cost
if ! make -s -f t/fuzz/Makefile OUT="$folder" -j "$(nproc)" || ! perl t/fuzz/seeds.pl "$folder"; then
    printf 'ERROR: fuzz: the targets cannot be built\n# ERROR: 1\n'
    exit 1
fi
printf '%s\n' "$@" | FOLDER=$folder SECONDS_EACH=$seconds xargs -P "$(nproc)" -I TARGET \
    sh -c 'sh t/fuzz/target.sh "$FOLDER" "$SECONDS_EACH" TARGET >"$FOLDER/TARGET.result"'
cd "$folder" || exit 1
for target; do
    cat "$target.result"
done
passed=$(for target; do grep '^PASS:' "$target.result"; done | wc -l)
printf '# PASS:  %s\n# FAIL:  %s\n' "$passed" "$(($# - passed))"
[ "$passed" = $# ]
