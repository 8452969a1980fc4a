/* SPDX-License-Identifier: MIT */
/*
 * Where each part of a statement is in its file. A step's record has the places of its SQL, so that
 * a proof can tell line and column of what is wrong, although the statement was made positional and
 * YAML has folded or unescaped its text:
 *
 *     "places": {"file": "api.yaml", "at": [0, 12, 11, 7, 13, 11]}
 *
 *     bytes from 0 on begin at line 12, column 11; those from 7 on at line 13, column 11
 */
#ifndef LEAT_API_DOCUMENT_SQL_PLACES_H
#define LEAT_API_DOCUMENT_SQL_PLACES_H

#include <stddef.h>
#include <stdint.h>

#include <json-c/json.h>

#include "lib/core/arena.h"
#include "lib/core/json/mark.h"

/* The line of a text that was looked for last. The way to the next begins there, since statements
 * are looked for about in their order. Zero at first. */
struct sql_line {
    const char *source, *at;
    uint32_t line;
};

/* Returns the places of a text that is a whole file. The caller's. */
struct json_object *sql_places_of_file(const char *file, const char *text);
/* Returns the places of a string of a YAML or JSON file, whose text is `source`. Returns NULL if it
 * is not there (the file has changed since). */
struct json_object *sql_places_of_scalar(const struct mark *m, const char *source, const char *text,
                                         struct sql_line *last);

/* Returns "file:line:col" of an offset into the text itself, or NULL if there are no places. In the
 * arena. */
const char *sql_places_find(struct json_object *places, const char *text, size_t offset,
                            struct arena *arena);
/* The same for an offset into the positional SQL of a step's record. */
const char *sql_places_find_step(struct json_object *step, size_t offset, struct arena *arena);
/* The same for the first use of the parameter at `index` in the step's names. */
const char *sql_places_find_name(struct json_object *step, size_t index, struct arena *arena);

#endif
