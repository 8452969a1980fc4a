/* SPDX-License-Identifier: MIT */
#include "lib/api/operation/place.h"

#include <string.h>

#include "lib/api/operation/bind_inputs.h"
#include "lib/core/json/pointer.h"

static const char *find_place(const struct operation *op, const char *name)
{
    static const char *const places[] = {PARAMETER_PLACES(ENUM_TEXT)};

    if (bind_inputs_property(op, name))
        return "body";
    for (size_t i = 0; i < op->parameter_count; i++)
        if (strcmp(op->parameters[i].field.name, name) == 0)
            return places[op->parameters[i].in];
    return NULL;
}

const char *place_of(const struct operation *op, const char *pointer)
{
    struct slice rest = slice_of(pointer);
    struct arena arena = {0};
    const char *place;

    slice_cut(&rest, '/');
    place = find_place(op, pointer_token(&arena, slice_cut(&rest, '/')));
    arena_fini(&arena);
    return place;
}
