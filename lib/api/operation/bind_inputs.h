/* SPDX-License-Identifier: MIT */
/* Resolves the names of an operation's SQL to its inputs. Internal to lib/api. */
#ifndef LEAT_API_OPERATION_BIND_INPUTS_H
#define LEAT_API_OPERATION_BIND_INPUTS_H

#include "lib/api/operation/operation.h"

struct bind_inputs {
    struct arena *arena;
    struct diags *diags; /* NULL in workers */
    struct operation *op;
    size_t room;                         /* allocated size of op->inputs */
    bool *is_parameter_used;             /* by index into op->parameters */
    struct json_object *used_properties; /* a set */
    bool is_body_used;
};

/* Where a name is used. In a statement it is looked for only if there is something to report, since
 * the statement must be read for that. */
struct name_place {
    struct json_object *step; /* the record of the statement that uses it, or NULL */
    size_t index;             /* in the step's names */
    const char *where;        /* of the name; if there is a step, of that */
};

static inline struct name_place name_place_of(const char *where)
{
    return (struct name_place){.where = where};
}

/* Prepares for the names of `op`, which has no inputs yet. bind_inputs_fini() must follow. */
void bind_inputs_init(struct bind_inputs *in, struct arena *arena, struct diags *diags,
                      struct operation *op);
/* Reports required properties that nothing uses, and used ones that a media type does not have. */
void bind_inputs_fini(struct bind_inputs *in, const char *where);
/* Returns the index of the value called `name` (without ':'). Reports at its place if it means
 * nothing, or two things. */
size_t bind_inputs_resolve(struct bind_inputs *in, const char *name, struct name_place place);
/* Returns the place as "file:line:col", for a finding. In the arena or borrowed. */
const char *bind_inputs_place(struct bind_inputs *in, struct name_place place);
/* Sets *index to the value called `name` in a statement that this operation borrows from the GET of
 * its path, and marks nothing as used. Returns false if the name is neither a path parameter nor a
 * value of the server that both requests have. */
bool bind_inputs_borrow(struct bind_inputs *in, const char *name, size_t *index);
/* Adds `count` values of the cursor that `parameter` carries. Returns the index of the first. */
size_t bind_inputs_add_cursor(struct bind_inputs *in, const char *parameter, size_t count,
                              const char *where);

/* Returns the schema of a body property, from the first media type that has it, or NULL. */
const struct schema *bind_inputs_property(const struct operation *op, const char *name);

#endif
