/* SPDX-License-Identifier: MIT */
/*
 * The place in a file that a json-c value was read from. The mark is attached to the value, so code
 * that walks a tree (across $refs too) can always name file, line and column.
 */
#ifndef LEAT_CORE_JSON_MARK_H
#define LEAT_CORE_JSON_MARK_H

#include <stdint.h>

#include <json-c/json.h>

struct mark {
    const char *file;           /* as the user named it; interned for the life of the process */
    uint32_t line, col;         /* of the value, from 1 */
    uint32_t key_line, key_col; /* of its key; 0 if it has none */
};

#define MARK_TEXT 512

/* The most values in one file: each takes 200 bytes with its mark. An object takes 900 and counts
 * as MARKED_PER_OBJECT. */
enum { MARKED_VALUES_MAX = 1 << 20, MARKED_PER_OBJECT = 4 };
#define MARKED_TOO_MANY "the file holds more than 1048576 values (an object counts as 4)"
/* The longest key in bytes. Paths, pointers and URIs built from keys are copied, compared and
 * printed. */
enum { MARKED_KEY_MAX = 4096 };
#define MARKED_LONG_KEY "a key can have at most 4096 bytes"

/* Attaches a copy of `m` to `value`. Does nothing for NULL: JSON null carries no mark. */
void mark_set(struct json_object *value, const struct mark *m);
/* Returns the mark of `value`, or NULL if it has none. */
const struct mark *mark_of(struct json_object *value);
/* Returns "file:line:col" of the value, "" if unknown. The text lies in one of a few static
 * buffers: use or copy it before the fourth next call. */
const char *mark_where(struct json_object *value);
/* Returns the place of the key `key` in the object `parent`, or of `parent` if it has no such
 * member. */
const char *mark_key(struct json_object *parent, const char *key);
/* Returns the one copy of `name` that is kept for the life of the process. */
const char *mark_intern(const char *name);

#endif
