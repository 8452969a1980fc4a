/* SPDX-License-Identifier: MIT */
/*
 * The compiled form: one node for each schema, with a part for each kind of value, present only if
 * a keyword needs it. Made by compile*.c, run by check*.c, queried by inspect.c.
 */
#ifndef LEAT_SCHEMA_NODE_H
#define LEAT_SCHEMA_NODE_H

#include "lib/schema/decimal.h"
#include "lib/schema/format.h"
#include "lib/schema/pattern.h"
#include "lib/schema/registry.h"
#include "lib/schema/values.h"

enum schema_bound {
    BOUND_MINIMUM,
    BOUND_MAXIMUM,
    BOUND_EXCLUSIVE_MINIMUM,
    BOUND_EXCLUSIVE_MAXIMUM,
    BOUND_MULTIPLE_OF,
    BOUND_COUNT
};

/* Bounds of a size: characters, items or members. */
struct schema_range {
    size_t least, most; /* SIZE_MAX for no limit */
};

struct schema_list {
    const struct schema **items;
    size_t count;
};

struct schema_number {
    unsigned present; /* mask of 1 << enum schema_bound */
    unsigned exact;   /* mask: the bound is exactly a whole number */
    double bound[BOUND_COUNT];
    int64_t whole[BOUND_COUNT];
    struct decimal divisor; /* multipleOf */
};

struct schema_text {
    struct schema_range length;
    const struct pattern *pattern;
    const char *pattern_text;
};

struct schema_array {
    struct schema_range size;
    struct schema_list prefix;
    const struct schema *items; /* for items after the prefix */
    const struct schema *contains;
    struct schema_range matches; /* for `contains` */
    const struct schema *unevaluated;
    bool is_unique;
};

struct schema_name {
    const char *key;    /* as json-c's key, with C0 80 for NUL (jread.h), … */
    struct slice plain; /* … as the name in values, … */
    uint32_t hash;      /* … and jvalue_hash() of that */
};

struct schema_member {
    struct schema_name name;
    const struct schema *schema; /* NULL if only `required` names it */
    bool is_required;
    bool is_hidden;              /* must not be sent in this direction: readOnly, writeOnly */
    struct schema_member *chain; /* next with the same hash */
};

struct schema_pattern {
    const char *text;
    const struct pattern *pattern;
    const struct schema *schema;
};

/* dependentRequired and dependentSchemas: what the presence of `name` demands. */
struct schema_dependency {
    struct schema_name name;
    struct schema_name *required;
    size_t required_count;
    const struct schema *schema; /* may be NULL */
};

struct schema_object {
    struct schema_range size;
    struct schema_member *members;
    size_t member_count, required_count;
    struct schema_member **buckets;
    size_t bucket_mask;
    struct schema_pattern *patterns;
    size_t pattern_count;
    const struct schema *additional, *names, *unevaluated;
    struct schema_dependency *dependencies;
    size_t dependency_count;
    const char *hidden_by; /* "readOnly" or "writeOnly": what hides in this direction */
    bool is_closed;        /* `additional` or `unevaluated` was added to close a request */
};

struct schema_discriminator {
    struct schema_name property;
    struct schema_discriminated {
        struct schema_name value;
        const struct schema *schema;
    } * rows;
    size_t count;
};

/* The keywords that apply to a value as a whole, whatever its type. */
struct schema_logic {
    const struct schema *ref;
    const struct schema *dynamic; /* the target of $dynamicRef, … */
    const char *dynamic_anchor;   /* … unless an outer resource has an anchor of this name */
    enum schema_mode mode;        /* for that resource's schema */
    struct schema_list all_of, any_of, one_of;
    const struct schema *negated, *condition, *then, *otherwise;
    const struct schema_discriminator *discriminator;
    const char **mapped; /* values of a discriminator without alternatives, which only informs */
    size_t mapped_count;
};

struct schema {
    const struct resource *resource;
    int types;                    /* mask */
    bool is_false;                /* accepts nothing */
    bool names_members;           /* itself or in a part: a request's object can then be closed */
    bool is_joined, is_joint;     /* it is a whole of several parts; it is below one: joint.h */
    bool has_content, is_encoded; /* contentMediaType and contentEncoding */
    enum { CYCLE_UNSEEN, CYCLE_OPEN, CYCLE_CLOSED } cycle; /* see cycle.c */
    unsigned height;               /* levels of schemas below that apply to the same value, … */
    unsigned size;                 /* … and their number, counted each time they apply */
    int all_types;                 /* mask, with the schemas applied; see schema_types() */
    const struct jvalue *fallback; /* the default, or NULL */
    const struct values *values, *constant; /* enum and const; NULL for any */
    const struct format *format;
    struct schema_number *number;
    struct schema_text *text;
    struct schema_array *array;
    struct schema_object *object;
    struct schema_logic *logic;
};

/* Returns the types that `s` allows, as far as the schemas that it applies are known. */
int schema_join_types(const struct schema *s);

/* The schema that accepts anything. */
extern const struct schema schema_anything;

#endif
