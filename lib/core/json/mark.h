/* SPDX-License-Identifier: MIT */
/*
 * Where a json-c value stood in the file that it was read from. The mark hangs on the value and
 * goes with it, so whoever walks a tree (over $refs too) can always name file, line and column.
 */
#ifndef LEAT_CORE_JSON_MARK_H
#define LEAT_CORE_JSON_MARK_H

#include <stdint.h>

#include <json-c/json.h>

struct mark {
    const char *file;           /* as the user named it; interned for the life of the process */
    uint32_t line, col;         /* of the value, from 1 */
    uint32_t key_line, key_col; /* of its key, 0 where it has none */
};

#define MARK_TEXT 512

/* A file may hold so many values: with its mark one takes 200 bytes. An object takes 900, and
 * counts as MARKED_PER_OBJECT. */
enum { MARKED_VALUES_MAX = 1 << 20, MARKED_PER_OBJECT = 4 };
#define MARKED_TOO_MANY "the file holds more than 1048576 values (an object counts as 4)"
/* Bytes of a key: what is built of keys (paths, pointers, URIs) is copied, compared and told. */
enum { MARKED_KEY_MAX = 4096 };
#define MARKED_LONG_KEY "a key must have at most 4096 bytes"

/* Hangs a copy of `m` on `value` (NULL: nothing happens, JSON null carries no mark). */
void mark_set(struct json_object *value, const struct mark *m);
/* The mark of `value`, NULL where it has none. */
const struct mark *mark_of(struct json_object *value);
/* "file:line:col" of the value, "" where unknown. Into one of a few static buffers: use or copy
 * it before the fourth next call. */
const char *mark_where(struct json_object *value);
/* The same of the key `key` in the object `parent`; of `parent` where it has no such member. */
const char *mark_key(struct json_object *parent, const char *key);
/* One copy of `name` for the life of the process. */
const char *mark_intern(const char *name);

#endif
