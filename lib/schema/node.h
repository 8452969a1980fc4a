/* SPDX-License-Identifier: MIT */
/* The compiled form, shared by compiler and checker only. */
#ifndef LEAT_SCHEMA_NODE_H
#define LEAT_SCHEMA_NODE_H

#include "lib/schema/schema.h"

struct schema_member {
    const char *name;
    const struct schema *schema;
    bool is_required;
};

struct schema_list {
    const struct schema **items;
    size_t count;
};

enum schema_bound {
    BOUND_MINIMUM,
    BOUND_MAXIMUM,
    BOUND_EXCLUSIVE_MINIMUM,
    BOUND_EXCLUSIVE_MAXIMUM,
    BOUND_MULTIPLE_OF,
    BOUND_MIN_LENGTH,
    BOUND_MAX_LENGTH,
    BOUND_MIN_ITEMS,
    BOUND_MAX_ITEMS,
    BOUND_COUNT
};

struct schema {
    int types;     /* mask */
    bool is_false; /* accepts nothing */
    bool is_closed;
    bool is_unique;
    unsigned bounds; /* mask of 1 << enum schema_bound */
    double bound[BOUND_COUNT];
    unsigned exact; /* mask: the bound is a whole number, exactly */
    int64_t whole[BOUND_COUNT];
    struct json_object *values;   /* enum; NULL: any */
    struct json_object *constant; /* const, in an array; NULL: any */
    struct schema_member *members;
    size_t member_count;
    const struct schema *additional; /* NULL: see is_closed */
    const struct schema *items;
    const struct schema *ref;
    const struct schema *negated;
    struct schema_list all_of, any_of, one_of;
    enum { CYCLE_UNSEEN, CYCLE_OPEN, CYCLE_CLOSED } cycle; /* see cycle.c */
    bool is_walked;
};

/* Cuts every way on which a schema applies itself to the same value without
 * end ($ref, allOf, anyOf, oneOf, not). True if there was one. */
bool schema_cut_cycles(struct schema *s);

#endif
