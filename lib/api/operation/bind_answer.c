/* SPDX-License-Identifier: MIT */
/* Binds the answers that a document gives itself: by `else`, or by a rule of x-tables. */
#include "lib/api/document/extensions.h"
#include "lib/api/operation/binder.h"
#include "lib/api/operation/place.h"
#include "lib/core/json/jget.h"

static const char *copy_text(struct arena *arena, const char *text)
{
    return text ? arena_strdup(arena, text) : NULL;
}

struct plan_else bind_answer(struct binder *b, struct json_object *json)
{
    if (b->diags && jget(json, "name") && !jget(b->document, "problems"))
        diag_warn(b->diags, binder_place(b, json, "name"), "name: has no effect without %s",
                  extension_name(EXTENSION_PROBLEMS));
    return (struct plan_else){.status = (int)jget_int(json, "status"),
                              .code = copy_text(b->arena, jget_text(json, "code")),
                              .pointer = copy_text(b->arena, jget_text(json, "pointer")),
                              .name = copy_text(b->arena, jget_text(json, "name")),
                              .message = copy_text(b->arena, jget_text(json, "message"))};
}

void bind_answer_check(struct binder *b, struct json_object *json)
{
    const char *pointer = jget_text(json, "pointer");

    if (pointer && *pointer == '/' && !place_of(b->op, pointer))
        BINDER_COMPLAIN(b, binder_place(b, json, "pointer"),
                        "%s: else: pointer: %s is neither a body property nor a parameter",
                        b->op->id, pointer);
}
