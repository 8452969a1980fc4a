/* SPDX-License-Identifier: MIT */
/* The files of an API document, and resolution of its `$ref`s (RFC 6901 pointers in RFC 3986
 * fragments, to the same file or other local files). */
#ifndef LEAT_API_DOCUMENT_REFS_H
#define LEAT_API_DOCUMENT_REFS_H

#include <stdbool.h>

#include <json-c/json.h>

#include "lib/api/document/sql_places.h"
#include "lib/core/arena.h"
#include "lib/core/diag.h"

/* The most files of a document. All of them together may hold as many values as one may
 * (MARKED_VALUES_MAX), and the last one more. */
enum { REFS_FILES_MAX = 2000 };

struct dialect;

struct refs {
    struct arena *arena;            /* borrowed */
    struct diags *diags;            /* borrowed */
    const struct dialect *dialect;  /* of the SQL that is wanted; NULL: of any */
    struct json_object *files;      /* path → tree; NULL if it cannot be read */
    struct json_object *texts;      /* path → text, of files that hold SQL */
    struct sql_line last_line;      /* in one of them */
    size_t values;                  /* in all files */
    bool is_full;                   /* the limit was reported; nothing more is read */
    const char *root;               /* the document's own URI */
    struct json_object *registered; /* borrowed; URI → path, from x-schemas; may be NULL */
    struct json_object *checked;    /* "place object" of targets whose shape was checked */
};

/* Returns the URI of a file, by which schemas and references know it: its path with '%', '#', '?'
 * and ':' escaped. */
const char *refs_uri(struct arena *arena, const char *path);
/* Reads the document. Its tree is borrowed from `refs`. Returns NULL with the reason in `diags` on
 * failure. */
struct json_object *refs_open(struct refs *refs, const char *path, struct arena *arena,
                              struct diags *diags);
void refs_close(struct refs *refs);

/* Follows `$ref`s from `node` until a value without one. Returns NULL after an error, which is
 * reported. A target is checked to be an `object` (shape_check_part()), wherever it is. */
struct json_object *refs_resolve(struct refs *refs, struct json_object *node, const char *object);
/* Reports the `$ref` of `node` if it leads nowhere or, without a further one, to something else than
 * an `object`. Clients follow those that lead to another server. */
void refs_prove(struct refs *refs, struct json_object *node, const char *object);
/* Resolves one reference (RFC 3986) found in `node`. Borrowed; NULL after an error. */
struct json_object *refs_follow(struct refs *refs, struct json_object *node, const char *ref);
/* Splits a reference into its file (refs->root for the document itself) and *fragment without '#'.
 * Reads nothing. */
const char *refs_locate(struct refs *refs, struct json_object *node, const char *ref,
                        const char **fragment);
/* Reads the text of the file that `node` (a string) names, relative to the file that contains
 * `node`. Returns NULL after an error. In the arena; *path is the file. */
const char *refs_read_text(struct refs *refs, struct json_object *node, const char **path);
/* Returns the text of the file that contains `node`, or NULL. Borrowed. */
const char *refs_text_around(struct refs *refs, struct json_object *node);
/* Loads the tree of another file for a schema_set: `arg` is the refs, `uri` a path. Returns NULL if
 * there is none; a file that cannot be read is reported. */
struct json_object *refs_load(void *arg, const char *uri);

#endif
