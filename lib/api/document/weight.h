/* SPDX-License-Identifier: MIT */
/*
 * How large a record becomes when it is written. What a document states once, in a component, is in
 * the record of every operation that refers to it: a file of a megabyte can mean gigabytes.
 * Internal to lib/api.
 */
#ifndef LEAT_API_DOCUMENT_WEIGHT_H
#define LEAT_API_DOCUMENT_WEIGHT_H

#include <stdbool.h>
#include <stddef.h>

#include <json-c/json.h>

/* For all operations of a document; a byte of it is up to ten of memory. */
enum { WEIGHT_MAX = 24 << 20 };

/* Takes what the record weighs, about a byte for each of its JSON text, from *left. False: there is
 * not so much left, or was not before. */
bool weight_take(size_t *left, struct json_object *record);

#endif
