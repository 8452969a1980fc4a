/* SPDX-License-Identifier: MIT */
/* The values that an enum or const allows. If they are many they are found by hash, so that a large
 * enum over a large array costs no more than the array. */
#ifndef LEAT_SCHEMA_VALUES_H
#define LEAT_SCHEMA_VALUES_H

#include <json-c/json.h>

#include "lib/core/json/jvalue.h"

/* A place in the index: the value's index plus 1, or 0 if free. Only values of the same hash are
 * compared, so that what a look costs does not depend on who its neighbours are. */
struct value_slot {
    uint64_t hash;
    size_t place;
};

struct values {
    const struct jvalue *items;
    size_t count;
    unsigned types; /* mask of 1 << enum jtype; JDOUBLE stands for both kinds of numbers */
    const struct value_slot *slots; /* if many: by hash */
    size_t mask;
};

/* Copies the items of a json-c array to the arena. */
const struct values *values_new(struct arena *arena, struct json_object *array);
/* Makes a set of one value. */
const struct values *values_of_one(struct arena *arena, struct json_object *value);
/* Returns true if the value is one of them. False also if the budget has ended. */
bool values_have(const struct values *values, const struct jvalue *value, struct budget *budget);

#endif
