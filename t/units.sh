#!/bin/sh
# SPDX-License-Identifier: MIT
# Runs the unit tests as TAP. Criterion reports "ok" despite a sanitizer's findings, so these go to
# files, and any file is a failure.
set -u
findings=$(mktemp -d)
trap 'rm -rf "$findings" "$findings.supp"' EXIT
# Criterion itself leaks a few bytes.
echo leak:libcriterion >"$findings.supp"
LSAN_OPTIONS="suppressions=$findings.supp:print_suppressions=0" \
ASAN_OPTIONS="log_path=$findings/asan:${ASAN_OPTIONS:-}" \
UBSAN_OPTIONS="log_path=$findings/ubsan:halt_on_error=1:print_stacktrace=1" \
CRITERION_OUTPUTS=tap:/dev/stdout "$1" 2>/dev/null | cat
for file in "$findings"/*; do
    [ -e "$file" ] || continue
    sed 's/^/# /' "$file"
    echo "not ok - a sanitizer spoke"
done
