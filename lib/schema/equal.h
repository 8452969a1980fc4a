/* SPDX-License-Identifier: MIT */
/* Equality of JSON values (JSON Schema 2020-12, core, 4.2.2): 1 and 1.0 are the same number, and
 * the order of members does not matter. All functions charge the budget. Once that ends, values
 * count as different. */
#ifndef LEAT_SCHEMA_EQUAL_H
#define LEAT_SCHEMA_EQUAL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/core/json/jvalue.h"

/* Returns true, and sets *out, if the number is whole (2.0 is) and within int64. */
bool equal_read_whole(const struct jvalue *number, int64_t *out);
bool equal_values(const struct jvalue *a, const struct jvalue *b, struct budget *budget);
/* Returns a hash that equal values share. Its key is private to the process (lib/core/hash.h). */
uint64_t equal_hash(const struct jvalue *v, struct budget *budget);
/* Finds two equal items of the array: their indices, the second being the smallest possible.
 * Returns false if all differ. Items are looked up by hash, so a large array costs no more than its
 * size, whatever a client puts into it. */
bool equal_find_pair(const struct jvalue *array, size_t pair[static 2], struct budget *budget);

#endif
