/* SPDX-License-Identifier: MIT */
/* The files of one API document, and what its `$ref`s mean (RFC 6901 pointers, RFC 3986 fragments;
 * same file and other local files). */
#ifndef LEAT_API_DOCUMENT_REFS_H
#define LEAT_API_DOCUMENT_REFS_H

#include <stdbool.h>

#include <json-c/json.h>

#include "lib/core/arena.h"
#include "lib/core/diag.h"

/* Files of a document; all of them together may hold as many values as one, and the last one more
 * (MARKED_VALUES_MAX). */
enum { REFS_FILES_MAX = 2000 };

struct refs {
    struct arena *arena;            /* borrowed */
    struct diags *diags;            /* borrowed */
    struct json_object *files;      /* path → tree; NULL: it cannot be read */
    size_t values;                  /* in all of them */
    bool is_full;                   /* and nobody reads on */
    const char *root;               /* path of the document itself */
    struct json_object *registered; /* borrowed: URI → path, of x-schemas; may be NULL */
    struct json_object *checked;    /* "place object" of targets whose shape was looked at */
};

/* Reads the document; its tree is borrowed from `refs`. NULL: `diags` says why. */
struct json_object *refs_open(struct refs *refs, const char *path, struct arena *arena,
                              struct diags *diags);
void refs_close(struct refs *refs);

/* Follows `$ref`s from `node` until something else; NULL after an error, which is reported. What a
 * `$ref` led to is checked to be such an `object` (shape_check_part()), wherever it stands. */
struct json_object *refs_resolve(struct refs *refs, struct json_object *node, const char *object);
/* What one reference (RFC 3986), standing in `node`, names. Borrowed; NULL after an error. */
struct json_object *refs_follow(struct refs *refs, struct json_object *node, const char *ref);
/* Where that is: the file (refs->root itself where it is the document), and *fragment without its
 * '#'. Nothing is read. */
const char *refs_locate(struct refs *refs, struct json_object *node, const char *ref,
                        const char **fragment);
/* The text of a file named in `node` (a string), relative to the file that `node` stands in. NULL
 * after an error. In the arena; *path is the file. */
const char *refs_read_text(struct refs *refs, struct json_object *node, const char **path);
/* The tree of another file, for a schema_set: `arg` is the refs, `uri` a path. NULL: there is none,
 * which is reported where it could not be read. */
struct json_object *refs_load(void *arg, const char *uri);

#endif
