#!/bin/sh
# SPDX-License-Identifier: MIT
# Runs one target of run.sh, and prints the result in one line, or all details of a finding.
#
#   sh t/fuzz/target.sh FOLDER SECONDS TARGET
set -u
folder=$1 seconds=$2 target=$3
found=$folder/found/$target log=$folder/$target.log
mkdir -p "$folder/corpus/$target" "$found"
# libFuzzer adds to the first folder, and reads the others.
if UBSAN_OPTIONS=print_stacktrace=1 "$folder/$target" -max_total_time="$seconds" -timeout=10 \
    -rss_limit_mb=2048 -max_len=16384 -print_final_stats=1 -dict="$folder/$target.dict" \
    -artifact_prefix="$found/" "$folder/corpus/$target" "$folder/seeds/$target" "$found" \
    >"$log" 2>&1; then
    runs=$(awk '/number_of_executed_units/ { print $2 }' "$log")
    cover=$(sed -n 's/^#.* cov: \([0-9]*\).*/\1/p' "$log" | tail -n 1)
    echo "PASS: fuzz/$target: $runs runs, coverage $cover"
    exit
fi
echo "FAIL: fuzz/$target"
grep -vE '^(#|INFO:|ParseDictionaryFile)' "$log" | tail -n 80 | sed 's/^/  /'
find "$found" -type f ! -name 'slow-unit-*' | sed "s|^|  replay: $folder/$target |"
