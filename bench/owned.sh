#!/bin/sh
# SPDX-License-Identifier: MIT
# Measures row security in instructions per statement: sh bench/owned.sh [BUILD]
set -eu
cd "$(dirname "$0")/.."
build=${1:-build}
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
libraries=$(pkg-config --cflags --libs sqlite3 json-c)
${CC:-cc} -O2 -g -D_GNU_SOURCE -I. -o "$dir/owned" bench/owned.c "$build/libdb.a" "$build/libschema.a" \
    "$build/libshm.a" "$build/libconf.a" "$build/libcore.a" $libraries $(pkg-config --libs libpcre2-8 yaml-0.1) -lm -lpthread

count() {
    rm -f "$dir"/db*
    valgrind --tool=callgrind --callgrind-out-file=/dev/null "$dir/owned" "$1" "$2" "$dir/db" 2>&1 |
        sed -n 's/.*Collected : //p'
}

for kind in read read-bound read-owned write write-bound write-owned; do
    echo "$kind $((($(count $kind 2000) - $(count $kind 0)) / 2000))"
done | awk '{ print; n[$1] = $2 }
            END { for (k in n) if (sub("-owned", "", k))
                      printf "%s: %+.1f %% to the same rows by a bound predicate\n", k, 100 * (n[k "-owned"] / n[k "-bound"] - 1) }'
