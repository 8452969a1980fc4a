/* SPDX-License-Identifier: MIT */
/*
 * Limits how large a record becomes when it is written. What a document states once, in a
 * component, is copied into the record of every operation that refers to it: a file of a megabyte
 * could become gigabytes. Internal to lib/api.
 */
#ifndef LEAT_API_DOCUMENT_WEIGHT_H
#define LEAT_API_DOCUMENT_WEIGHT_H

#include <stdbool.h>
#include <stddef.h>

#include <json-c/json.h>

/* The limit for all operations of a document together. A byte of it can take ten bytes of
 * memory. */
enum { WEIGHT_MAX = 24 << 20 };

/* Subtracts the record's weight, about a byte for each of its JSON text, from *left. Returns false
 * if that is used up. */
bool weight_take(size_t *left, struct json_object *record);

#endif
