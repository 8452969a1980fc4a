/* SPDX-License-Identifier: MIT */
/* The graph of schemas that apply to the same value: no way in it may be endless. */
#ifndef LEAT_SCHEMA_EDGES_H
#define LEAT_SCHEMA_EDGES_H

#include "lib/schema/node.h"

/* Calls fn with each schema that `s` applies to the same value. */
void schema_each_edge(const struct schema *s, void (*fn)(void *arg, const struct schema **edge),
                      void *arg);

/* Cuts every way on which a schema applies itself to the same value without end ($ref, allOf,
 * anyOf, oneOf, not, if), or others more than SCHEMA_HEIGHT_MAX deep, or more than SCHEMA_SIZE_MAX
 * of them: schemas that apply each other in twos would multiply with every level. What was wrong
 * (static), or NULL. */
enum { SCHEMA_HEIGHT_MAX = SCHEMA_DEPTH_MAX / 2, SCHEMA_SIZE_MAX = 1 << 14 };
const char *schema_cut_cycles(struct schema *s);

#endif
