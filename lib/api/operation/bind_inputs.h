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

/* Prepares for the names of `op`, which has no inputs yet. bind_inputs_fini() must follow. */
void bind_inputs_init(struct bind_inputs *in, struct arena *arena, struct diags *diags,
                      struct operation *op);
/* Reports required properties that nothing uses, and used ones that a media type does not have. */
void bind_inputs_fini(struct bind_inputs *in, const char *where);
/* Returns the index of the value called `name` (without ':'). Reports at `where` if it means
 * nothing, or two things. */
size_t bind_inputs_resolve(struct bind_inputs *in, const char *name, const char *where);
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
