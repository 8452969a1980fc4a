/* SPDX-License-Identifier: MIT */
/* What the compilers of keywords share. Internal to lib/schema. */
#ifndef LEAT_SCHEMA_COMPILE_H
#define LEAT_SCHEMA_COMPILE_H

#include "lib/schema/node.h"

/* One schema on its way from JSON to node. */
struct compiler {
    struct schema_set *set;
    struct resource *resource;
    enum schema_mode mode;
    struct json_object *json;
    struct schema *node;
    const char *keyword; /* at hand */
};

/* A node, known from when it is first referred to, compiled when its turn comes, and proved when
 * all that it refers to is compiled. So schemas may refer to each other however deep. */
struct pending {
    struct schema node;
    struct json_object *json;
    enum schema_mode mode;
    bool is_begun;
    struct pending *next;  /* to be compiled */
    struct pending *older; /* to be proved */
};

/* A keyword: what its value must be, and who compiles it (NULL: an annotation). */
struct keyword {
    const char *name;
    int types; /* mask of enum schema_type */
    bool is_validation;
    void (*compile)(struct compiler *c, struct json_object *value);
};

/* Reports at the keyword. */
void compile_complain(struct compiler *c, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* The node of a schema that stands in `resource`; it is compiled when its turn comes. */
struct pending *compile_enlist(struct schema_set *set, struct json_object *json,
                               struct resource *resource, enum schema_mode mode);
/* Compiles what is enlisted. */
void compile_todo(struct schema_set *set);

/* A schema of a part of the value: a member, an item. */
const struct schema *compile_child(struct compiler *c, struct json_object *json);
/* A schema of the same value, which is a part of the whole. */
const struct schema *compile_branch(struct compiler *c, struct json_object *json);
/* A schema whose verdict counts only: not, if, contains, propertyNames. */
const struct schema *compile_aside(struct compiler *c, struct json_object *json);
/* A list of them, by one of the above. */
void compile_list(struct compiler *c, struct json_object *value,
                  const struct schema *(*one)(struct compiler *c, struct json_object *json),
                  struct schema_list *out);
/* A regular expression; NULL after a complaint. */
const struct pattern *compile_pattern(struct compiler *c, struct json_object *at, const char *text);
/* A size: a whole number, 0 or more. */
void compile_size(struct compiler *c, struct json_object *value, size_t *out);
/* `json`'s boolean keyword, also through $ref and allOf: readOnly, writeOnly. */
bool compile_says(struct compiler *c, struct json_object *json, const char *keyword);

/* Whether nothing stands beside its $ref but annotations. */
bool compile_is_only_ref(struct json_object *json);

/* Each is rows of the table in compile.c. */
void compile_type(struct compiler *c, struct json_object *value);
void compile_nullable(struct compiler *c, struct json_object *value);
void compile_enum(struct compiler *c, struct json_object *value);
void compile_const(struct compiler *c, struct json_object *value);
void compile_bound(struct compiler *c, struct json_object *value);
void compile_length(struct compiler *c, struct json_object *value);
void compile_text_pattern(struct compiler *c, struct json_object *value);
void compile_format(struct compiler *c, struct json_object *value);
void compile_content_media(struct compiler *c, struct json_object *value);
void compile_content_encoding(struct compiler *c, struct json_object *value);
void compile_default(struct compiler *c, struct json_object *value);

void compile_items(struct compiler *c, struct json_object *value);
void compile_prefix_items(struct compiler *c, struct json_object *value);
void compile_contains(struct compiler *c, struct json_object *value);
void compile_array_size(struct compiler *c, struct json_object *value);
void compile_unique_items(struct compiler *c, struct json_object *value);
void compile_unevaluated_items(struct compiler *c, struct json_object *value);

void compile_properties(struct compiler *c, struct json_object *value);
void compile_pattern_properties(struct compiler *c, struct json_object *value);
void compile_additional(struct compiler *c, struct json_object *value);
void compile_names(struct compiler *c, struct json_object *value);
void compile_required(struct compiler *c, struct json_object *value);
void compile_object_size(struct compiler *c, struct json_object *value);
void compile_dependent_required(struct compiler *c, struct json_object *value);
void compile_dependent_schemas(struct compiler *c, struct json_object *value);
void compile_unevaluated_properties(struct compiler *c, struct json_object *value);

void compile_ref(struct compiler *c, struct json_object *value);
void compile_dynamic_ref(struct compiler *c, struct json_object *value);
void compile_branches(struct compiler *c, struct json_object *value);
void compile_definitions(struct compiler *c, struct json_object *value);
void compile_verdict(struct compiler *c, struct json_object *value);
void compile_discriminator(struct compiler *c, struct json_object *value);

/* When all keywords of a schema are compiled. */
void compile_finish_object(struct compiler *c);

/* The part of the node, made at first use. */
struct schema_number *node_number(struct compiler *c);
struct schema_text *node_text(struct compiler *c);
struct schema_array *node_array(struct compiler *c);
struct schema_object *node_object(struct compiler *c);
struct schema_logic *node_logic(struct compiler *c);

#endif
