/* SPDX-License-Identifier: MIT */
/* Makes the parts of a node, each when the first keyword needs it. */
#include "lib/schema/compile.h"

static const struct schema_range any_size = {0, SIZE_MAX};

struct schema_number *node_number(struct compiler *c)
{
    if (!c->node->number)
        c->node->number = arena_zalloc(c->set->arena, sizeof(*c->node->number));
    return c->node->number;
}

struct schema_text *node_text(struct compiler *c)
{
    if (!c->node->text) {
        c->node->text = arena_zalloc(c->set->arena, sizeof(*c->node->text));
        c->node->text->length = any_size;
    }
    return c->node->text;
}

struct schema_array *node_array(struct compiler *c)
{
    if (!c->node->array) {
        c->node->array = arena_zalloc(c->set->arena, sizeof(*c->node->array));
        c->node->array->size = any_size;
        c->node->array->matches = (struct schema_range){1, SIZE_MAX};
    }
    return c->node->array;
}

struct schema_object *node_object(struct compiler *c)
{
    if (!c->node->object) {
        c->node->object = arena_zalloc(c->set->arena, sizeof(*c->node->object));
        c->node->object->size = any_size;
    }
    return c->node->object;
}

struct schema_logic *node_logic(struct compiler *c)
{
    if (!c->node->logic)
        c->node->logic = arena_zalloc(c->set->arena, sizeof(*c->node->logic));
    return c->node->logic;
}
