/* SPDX-License-Identifier: MIT */
/* The graph of schemas that apply to the same value. No path in it may be endless. */
#ifndef LEAT_SCHEMA_EDGES_H
#define LEAT_SCHEMA_EDGES_H

#include "lib/schema/node.h"

/* Calls fn with each schema that `s` applies to the same value. */
void schema_each_edge(const struct schema *s, void (*fn)(void *arg, const struct schema **edge),
                      void *arg);

/* Cuts every path on which a schema applies itself to the same value without end ($ref, allOf,
 * anyOf, oneOf, not, if), applies others more than SCHEMA_HEIGHT_MAX deep, or applies more than
 * SCHEMA_SIZE_MAX of them: schemas that each apply two others would double with every level.
 * Returns what was wrong (static), or NULL. */
enum { SCHEMA_HEIGHT_MAX = SCHEMA_DEPTH_MAX / 2, SCHEMA_SIZE_MAX = 1 << 14 };
const char *schema_cut_cycles(struct schema *s, struct arena *arena);

#endif
