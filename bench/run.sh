#!/bin/sh
# SPDX-License-Identifier: MIT
# Compiles the peers into a temporary folder, and measures leat against them, then the cost of the
# contract (contract.sh), and fails if a read costs more instructions than it did (count.pl). pair.pl
# compares two builds of leat by time, count.pl by instructions.
#
#     sh bench/run.sh [--rounds N] [--seconds N]
#
# LEAT_BUILD names the folder of leat's programs; build/ if unset.
set -eu
root=$(cd "$(dirname "$0")/.." && pwd)
build=${LEAT_BUILD:-$root/build}

for program in leat leat-worker; do
    [ -x "$build/$program" ] || {
        echo "bench: no $build/$program: ./dev build makes it" >&2
        exit 1
    }
done
grep -q '^CFLAGS = .*-O2' "$build/Makefile" 2>/dev/null ||
    echo "bench: leat may not be compiled with -O2, as its peers are" >&2

folder=$(mktemp -d "${TMPDIR:-/tmp}/leat-bench-XXXXXX")
trap 'rm -rf "$folder"' EXIT
trap 'exit 130' INT
trap 'exit 143' TERM HUP

# Uses copies, so that a build running meanwhile changes nothing.
cp "$build/leat" "$build/leat-worker" "$folder/"
gcc -O2 -Wall -DH2O_USE_LIBUV=0 -D_GNU_SOURCE "$root/bench/peers/rawh2o.c" -o "$folder/rawh2o" \
    -lh2o-evloop -lsqlite3 -lssl -lcrypto
# The crates are Debian's packages.
crates=/usr/share/cargo/registry
if command -v cargo >/dev/null && [ -d "$crates" ]; then
    mkdir -p "$folder/cargo"
    cp -r "$root/bench/peers/hyper" "$folder/cargo/peer"
    printf '[source.crates-io]\nreplace-with = "debian"\n[source.debian]\ndirectory = "%s"\n' "$crates" \
        >"$folder/cargo/config.toml"
    (cd "$folder/cargo/peer" && CARGO_HOME=$folder/cargo cargo build --quiet --release --offline) &&
        mv "$folder/cargo/peer/target/release/hyper-peer" "$folder/hyper" ||
        echo "bench: hyper cannot be built" >&2
    rm -rf "$folder/cargo"
fi
if [ -d /usr/include/kore ]; then
    gcc -O2 -Wall -shared -fPIC "$root/bench/peers/kore.c" -o "$folder/kore.so"
fi

# It removes the folder when it ends.
perl "$root/bench/bench.pl" --root "$root" --folder "$folder" "$@"
echo
LEAT_BUILD=$build sh "$root/bench/contract.sh"
echo
exec perl "$root/bench/count.pl" "$build" "$root/t/todo"
