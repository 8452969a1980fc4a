#!/bin/sh
# Serves the application from a new database and tests it. Set LEAT to use another leat than the one
# in PATH.
set -eu
app=$(cd "$(dirname "$0")/.." && pwd)
work=$(mktemp -d)
pid=
failed=0

leave() {
    [ -z "$pid" ] || { kill "$pid" && wait "$pid" || failed=1; }
    rm -rf "$work"
    exit "$failed"
}
trap leave EXIT
trap 'exit 1' INT TERM

cat >"$work/leat.yaml" <<YAML
listen: [{address: "unix:$work/api.sock"}]
workers: 1
api: [{document: "$app/api.yaml"}]
database: {url: "sqlite:$work/app.db", migrations: "$app/migrations", migrate: on-start}
control: {socket: "$work/leat.sock"}
YAML

# call METHOD PATH [BODY]: sets status, and leaves the answer in the file body.
call() {
    status=$(curl -s -o "$work/body" -w '%{http_code}' --unix-socket "$work/api.sock" \
        -X "$1" ${3:+-H 'Content-Type: application/json' -d "$3"} "http://localhost$2") || status=000
}

# is WHAT STATUS [PATTERN]: checks the answer of the last call.
is() {
    if [ "$status" = "$2" ] && { [ -z "${3:-}" ] || grep -qF -e "$3" "$work/body"; }; then
        echo "ok $1"
    else
        echo "not ok $1: $status, not $2 with ${3:-anything}: $(cat "$work/body")"
        failed=1
    fi
}

${LEAT:-leat} -c "$work/leat.yaml" 2>"$work/log" &
pid=$!
i=0
until call GET /readyz && [ "$status" = 200 ]; do
    i=$((i + 1))
    if [ "$i" -gt 100 ] || ! kill -0 "$pid" 2>/dev/null; then
        cat "$work/log"
        pid=
        failed=1
        exit
    fi
    sleep 0.1
done

call POST /v1/notes '{"title": "First", "text": "Read leat-api(7)."}'
is 'creates a note' 201 '"title":"First"'
call POST /v1/notes '{"title": "First"}'
is 'refuses a title that exists' 409 '"title.taken"'
call POST /v1/notes '{"title": ""}'
is 'refuses an empty title' 422 '/title'
call GET /v1/notes/1
is 'reads a note' 200 '"pinned":false'
call PATCH /v1/notes/1 '{"pinned": true}'
is 'changes it' 200 '"text":"Read leat-api(7).","pinned":true'
call GET '/v1/notes?pinned=true'
is 'lists it' 200 '"next":null'
call DELETE /v1/notes/1
is 'deletes it' 204
call GET /v1/notes/1
is 'no longer finds it' 404
