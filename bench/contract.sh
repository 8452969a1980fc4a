#!/bin/sh
# SPDX-License-Identifier: MIT
# Measures the cost of the contract: validating compared with parsing, finding one of many routes, a
# rate limit, and a document of 10,000 operations: its check, the start of a worker from its
# release, memory.
#
#     sh bench/contract.sh [OPERATIONS]
#
# LEAT_BUILD names the folder of leat's programs and libraries; build/ if unset.
set -eu
root=$(cd "$(dirname "$0")/.." && pwd)
build=${LEAT_BUILD:-$root/build}
folder=$(mktemp -d "${TMPDIR:-/tmp}/leat-contract-XXXXXX")
server=
trap 'kill $server 2>/dev/null || true; wait; rm -rf "$folder"' EXIT
trap 'exit 130' INT
trap 'exit 143' TERM HUP

program() {
    gcc -std=gnu17 -O2 -D_GNU_SOURCE -I"$root" "$root/bench/$1.c" -o "$folder/$1" \
        "$build/libapi.a" "$build/libdb.a" "$build/libschema.a" "$build/libconf.a" "$build/libshm.a" \
        "$build/libcore.a" \
        -ljson-c -lyaml -lpcre2-8 -lsqlite3 -lm
}

# wait_for COUNT EVENT: waits until the log has that many of the event.
wait_for() {
    tries=0
    until [ "$(grep -c " $2" "$folder/log")" -ge "$1" ]; do
        tries=$((tries + 1))
        [ "$tries" -lt 600 ] || { cat "$folder/log" >&2; exit 1; }
        sleep 0.05
    done
}

worker() { cut -d' ' -f1 "/proc/$server/task/$server/children"; }
cpu() { awk -v tick="$(getconf CLK_TCK)" '{ printf "%.0f ms", ($14 + $15) * 1000 / tick }' "/proc/$1/stat"; }
memory() { awk '/^Pss:/ { printf "%.1f MB", $2 / 1024 }' "/proc/$1/smaps_rollup"; }
# Prints the median time from "worker.died" to the next "worker.ready", in ms.
starts() {
    awk -F'[T:Z]' '/ worker.died/ { from = $2 * 3600 + $3 * 60 + $4 }
                   / worker.ready/ && from { print 1000 * ($2 * 3600 + $3 * 60 + $4 - from) }' "$folder/log" |
        sort -n | awk '{ t[NR] = $1 } END { printf "%.0f ms", t[int((NR + 1) / 2)] }'
}

program schema
program router
program limit
"$folder/schema" "$root/bench/bodies"
echo
"$folder/router"
echo
"$folder/limit"
echo
perl "$root/bench/large.pl" "$folder" "${1:-10000}"
echo "a document of ${1:-10000} operations, $(wc -c <"$folder/api.yaml") bytes"
for i in 1 2 3; do
    perl -MTime::HiRes=time -e 'my $from = time; system(@ARGV) == 0 or exit 1; my @cpu = times;
        printf "check: %.2f s, %.2f s of CPU\n", time - $from, $cpu[2] + $cpu[3]' \
        sh -c '"$0" check -c "$1" >/dev/null' "$build/leat" "$folder/leat.yaml"
done
"$build/leat" -c "$folder/leat.yaml" 2>"$folder/log" &
server=$!
wait_for 1 reload.done
for i in 2 3 4 5 6; do
    sleep 1.2 # a worker that lived so long is respawned at once
    kill -9 "$(worker)"
    wait_for $i worker.ready
done
echo "a worker is ready after $(starts), $(cpu "$(worker)") of CPU, and has $(memory "$(worker)"); the master has $(memory $server)"
