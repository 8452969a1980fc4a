/* SPDX-License-Identifier: MIT */
/* Equality of JSON values (JSON Schema 2020-12, core, 4.2.2): 1 and 1.0 are the same number, the
 * order of members does not matter. */
#ifndef LEAT_SCHEMA_EQUAL_H
#define LEAT_SCHEMA_EQUAL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <json-c/json.h>

/* The number as an integer, where it is a whole one within int64: 2.0 is. */
bool equal_read_whole(struct json_object *number, int64_t *out);
bool equal_values(struct json_object *a, struct json_object *b);
/* Two equal items of the array: their indices; false where all differ. Sorts by a keyed hash, so
 * that a large array costs n log n whatever a client puts into it. */
bool equal_find_pair(struct json_object *array, size_t pair[static 2]);

#endif
