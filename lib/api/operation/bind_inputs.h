/* SPDX-License-Identifier: MIT */
/* Resolves the names of an operation's SQL to its inputs. Internal to lib/api. */
#ifndef LEAT_API_OPERATION_BIND_INPUTS_H
#define LEAT_API_OPERATION_BIND_INPUTS_H

#include "lib/api/operation/operation.h"

struct inputs {
    struct arena *arena;
    struct diags *diags; /* may be NULL */
    struct operation *op;
    size_t room;                         /* of op->inputs */
    bool *is_parameter_used;             /* by op->parameters */
    struct json_object *used_properties; /* a set */
    bool is_body_used;
};

void inputs_init(struct inputs *in, struct arena *arena, struct diags *diags, struct operation *op);
/* Reports required properties that nothing uses. */
void inputs_fini(struct inputs *in, const char *where);
/* The index of the value `name` (without ':'); reports at `where` if it means nothing, or two
 * things. */
size_t inputs_resolve(struct inputs *in, const char *name, const char *where);
/* The index of the first of `count` cursor values; `parameter` carries the cursor. */
size_t inputs_add_cursor(struct inputs *in, const char *parameter, size_t count, const char *where);

/* The schema of a property that the body may have, in the first media type that has it; NULL: none
 * has. */
const struct schema *inputs_property(const struct operation *op, const char *name);

#endif
