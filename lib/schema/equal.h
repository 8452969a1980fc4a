/* SPDX-License-Identifier: MIT */
/* Equality of JSON values (JSON Schema 2020-12, core, 4.2.2): 1 and 1.0 are the same number, the
 * order of members does not matter. Each takes its steps from the budget; where that ends, values
 * are not equal. */
#ifndef LEAT_SCHEMA_EQUAL_H
#define LEAT_SCHEMA_EQUAL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/core/json/jvalue.h"

/* The number as an integer, where it is a whole one within int64: 2.0 is. */
bool equal_read_whole(const struct jvalue *number, int64_t *out);
bool equal_values(const struct jvalue *a, const struct jvalue *b, struct budget *budget);
/* A hash that equal values share; its key is this process's own (lib/core/hash.h). */
uint64_t equal_hash(const struct jvalue *v, struct budget *budget);
/* Two equal items of the array: their indices, of which the second is the least that there is;
 * false where all differ. Looks each item up by its hash, so that a large array costs no more than
 * its size, whatever a client puts into it. */
bool equal_find_pair(const struct jvalue *array, size_t pair[static 2], struct budget *budget);

#endif
