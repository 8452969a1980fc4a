/* SPDX-License-Identifier: MIT */
/* Shared by the files that compile keywords. Internal to lib/schema. */
#ifndef LEAT_SCHEMA_COMPILE_H
#define LEAT_SCHEMA_COMPILE_H

#include "lib/schema/node.h"

/* One schema being compiled from JSON to a node. */
struct compiler {
    struct schema_set *set;
    struct resource *resource;
    enum schema_mode mode;
    struct json_object *json;
    struct schema *node;
    const char *keyword; /* the current one */
};

/* A node: known from the first reference to it, compiled when its turn comes, and proved when
 * everything that it refers to is compiled. So schemas may refer to each other to any depth. */
struct pending {
    struct schema node;
    struct json_object *json;
    enum schema_mode mode;
    bool is_begun;
    struct pending *next;  /* queue of nodes to compile */
    struct pending *older; /* list of nodes to prove */
};

/* A keyword: the type that its value must have, and the function that compiles it (NULL for
 * annotations). */
struct keyword {
    const char *name;
    int types; /* mask of enum schema_type */
    bool is_validation;
    void (*compile)(struct compiler *c, struct json_object *value);
};

/* Reports a mistake at the current keyword. */
void compile_complain(struct compiler *c, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* Returns the value's type, as one bit of enum schema_type. */
int compile_type_of(struct json_object *value);

/* Returns the node of a schema in `resource`. It is compiled when its turn comes. */
struct pending *compile_enlist(struct schema_set *set, struct json_object *json,
                               struct resource *resource, enum schema_mode mode);
/* Compiles all enlisted nodes. */
void compile_todo(struct schema_set *set);

/* Compiles a schema of a part of the value: a member or an item. */
const struct schema *compile_child(struct compiler *c, struct json_object *json);
/* Compiles a schema of the same value, as a part of the whole. */
const struct schema *compile_branch(struct compiler *c, struct json_object *json);
/* Compiles a schema of which only the verdict counts: not, if, contains, propertyNames. */
const struct schema *compile_aside(struct compiler *c, struct json_object *json);
/* Compiles a list of schemas with one of the functions above. */
void compile_list(struct compiler *c, struct json_object *value,
                  const struct schema *(*one)(struct compiler *c, struct json_object *json),
                  struct schema_list *out);
/* Compiles a regular expression. Returns NULL after reporting a mistake. */
const struct pattern *compile_pattern(struct compiler *c, struct json_object *at, const char *text);
/* Reads a size, a whole number that is not negative. */
void compile_size(struct compiler *c, struct json_object *value, size_t *out);
/* Returns the schema's boolean keyword (readOnly, writeOnly), also if it comes through $ref or
 * allOf. */
bool compile_says(struct compiler *c, struct json_object *json, const char *keyword);

/* Returns true if there are only annotations beside the $ref. */
bool compile_is_only_ref(struct json_object *json);

/* The functions in the table of compile.c. */
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
/* Checks the members of the current keyword's object, which is one of OpenAPI's. */
void compile_annotation(struct compiler *c, struct json_object *value);
void compile_external_docs(struct compiler *c, struct json_object *value);

/* Called when all keywords of a schema are compiled. */
void compile_finish_object(struct compiler *c);

/* These return a part of the node, made at first use. */
struct schema_number *node_number(struct compiler *c);
struct schema_text *node_text(struct compiler *c);
struct schema_array *node_array(struct compiler *c);
struct schema_object *node_object(struct compiler *c);
struct schema_logic *node_logic(struct compiler *c);

#endif
