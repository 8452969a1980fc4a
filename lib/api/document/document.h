/* SPDX-License-Identifier: MIT */
/*
 * Reads an OpenAPI document (3.1 or 3.0) with all its files into a record, the form in which it
 * travels in the release: references resolved, schemas proved, SQL made positional, every finding
 * reported at its place. lib/api/operation/operation.h turns records into what a worker runs.
 *
 *     {"file": "todo/api.yaml", "title": "…", "version": "…", "mount": "/v1", "servers": ["/v1"],
 *      "schemas": {URI: what of that document the schemas refer to},
 *      "published": {"json": [before, after], "yaml": […]},     as enum document_use says; see
 *                                                               lib/api/publish/publish.h
 *      "rules": [{"kind": "unique", "key": "todos.title", "status": 409, "code": …, …}],
 *      "problems": {…},                                         lib/api/problem/problem_format.h
 *      "owners": {"todos": "owner_id"},                         lib/api/operation/owners.h
 *      "schemes": [{"name": "bearer", "kind": "bearer", "key": null}],
 *                                                               lib/api/request/security.h
 *      "count": 1,                                              the number of operations
 *      "operations": [{
 *        "id": "getTodo", "method": "get", "path": "/todos/{id}", "source": "file:line:col",
 *        "deprecated": false, "sunset": null, "open": false, "allow-scan": false, "broken": false,
 *        "unrestricted": false, "servers": [URL] or null if it has none of its own,
 *        "parameters": [{"name", "in", "required", "style", "explode", "allow-empty", "json",
 *                        "schema", "base", "source"}],
 *        "body": {"required": true,
 *                 "content": [{"type", "declared", "schema", "base", "encoding"}],
 *                 "unread": ["application/xml"]} or null,       lib/api/publish/served_bodies.h
 *        "status": 200, "response": {"type", "declared", "schema", "base"} or null,
 *        "unsent": ["404"],                             lib/api/publish/declared_errors.h
 *        "security": […] or null, "rate-limit": …, "timeout": …,
 *        "handler": NAME, "builtin": NAME,              either, or
 *        "sql": {"returns", "steps": [{"name", "returns", "sql", "names": ["id"], "source",
 *                "else", "dialect": NAME unless it is SQLite's, "engines": those with a text}], "result": 0, "filter": [{"column", "value"}],
 *                "page": {"by", "order", "limit", "cursor", "count"}, "max-rows",
 *                "location", "etag", "if-match", "on-zero"}}]}
 *
 * A "base" is the document that contains the schema, if that is not "file". "declared" is the type
 * or range as the document has it.
 */
#ifndef LEAT_API_DOCUMENT_DOCUMENT_H
#define LEAT_API_DOCUMENT_DOCUMENT_H

#include <json-c/json.h>

#include "lib/core/diag.h"
#include "lib/db/sql/dialect.h"

/* What a record is for: it has the published texts that this needs. That the document can be
 * published is proved in any case. */
enum document_use {
    DOCUMENT_INSPECTED, /* no text */
    DOCUMENT_COMPARED,  /* "json", see lib/api/compare/compare.h */
    DOCUMENT_SERVED,    /* "json" and "yaml" */
};

/* Reads the document, with the SQL for the engine of that dialect; NULL takes whichever there is, for
 * who will not run it. The result is the caller's; NULL if it could not be read at all. Errors are
 * in `diags`. */
struct json_object *document_load(const char *path, enum document_use use,
                                  const struct dialect *dialect, struct diags *diags);

#endif
