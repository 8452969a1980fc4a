/* SPDX-License-Identifier: MIT */
/* Compiles the keywords of arrays (JSON Schema 2020-12, core, 10.3.1 and 11.2; validation, 6.4). */
#include <string.h>

#include "lib/schema/compile.h"

void compile_items(struct compiler *c, struct json_object *value)
{
    node_array(c)->items = compile_child(c, value);
}

void compile_prefix_items(struct compiler *c, struct json_object *value)
{
    compile_list(c, value, compile_child, &node_array(c)->prefix);
}

void compile_contains(struct compiler *c, struct json_object *value)
{
    node_array(c)->contains = compile_aside(c, value);
}

void compile_unevaluated_items(struct compiler *c, struct json_object *value)
{
    node_array(c)->unevaluated = compile_child(c, value);
}

void compile_unique_items(struct compiler *c, struct json_object *value)
{
    node_array(c)->is_unique = json_object_get_boolean(value);
}

void compile_array_size(struct compiler *c, struct json_object *value)
{
    struct schema_array *a = node_array(c);
    struct schema_range *range = strstr(c->keyword, "Contains") ? &a->matches : &a->size;

    compile_size(c, value, c->keyword[1] == 'i' ? &range->least : &range->most);
}
