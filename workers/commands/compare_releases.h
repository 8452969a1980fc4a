/* SPDX-License-Identifier: MIT */
/*
 * Compares the release in force with a new one, by identity and not by position: documents by their
 * mount, operations by mount, method and path.
 */
#ifndef LEAT_WORKERS_COMMANDS_COMPARE_RELEASES_H
#define LEAT_WORKERS_COMMANDS_COMPARE_RELEASES_H

#include <stdbool.h>

#include <json-c/json.h>

enum { CHANGES_SHOWN = 50 }; /* names in each list; one more entry counts the others */

/* Returns the names of all that differs, for status and log. The caller's:
 *
 *     {"documents": ["added /v2"], "operations": ["changed GET /v1/todos"], "keys": ["limits.body"],
 *      "migrations": ["0002_tags"]}
 *
 * Migrations are those that the release in force did not have. Keys that need a restart are left
 * to the master, which knows the values in force. */
struct json_object *compare_releases(struct json_object *running, struct json_object *new);

/* Returns the document with that mount, or NULL. Borrowed. */
struct json_object *compare_find_document(struct json_object *documents, const char *mount);
/* Returns the operation with the method and path of `like` in the document with that mount, or
 * NULL. Borrowed. */
struct json_object *compare_find_operation(struct json_object *documents, const char *mount,
                                           struct json_object *like);
/* Compares without the source positions. */
bool compare_is_equal(struct json_object *a, struct json_object *b);

#endif
