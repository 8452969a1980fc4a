/* SPDX-License-Identifier: MIT */
/* One version of a document as clients read it (lib/api/publish/publish.h): what the records of
 * its operations leave out, since no worker needs it. Internal to lib/api. */
#ifndef LEAT_API_COMPARE_PUBLISHED_SIDE_H
#define LEAT_API_COMPARE_PUBLISHED_SIDE_H

#include <stdbool.h>

#include "lib/schema/compat.h"

struct published_side {
    struct json_object *tree;    /* NULL if the record has no published document */
    struct json_object *servers; /* URLs of the document's, borrowed */
    struct schema_set *schemas;
    struct diags diags; /* of the schemas, which were proved when the document was read */
    struct arena arena;
};

/* Reads the published document of a record (document.h). */
void published_side_init(struct published_side *s, struct json_object *record);
void published_side_fini(struct published_side *s);
/* Returns the object, or what it refers to within the document. Borrowed. */
struct json_object *published_side_follow(const struct published_side *s,
                                          struct json_object *object);
/* Returns the operation that a record describes, or NULL. Borrowed. */
struct json_object *published_side_operation(const struct published_side *s,
                                             struct json_object *record);
/* Compiles a schema of the document for its use. NULL accepts anything. */
const struct schema *published_side_schema(struct published_side *s, struct json_object *json,
                                           enum compat_use use);
/* Returns true if Leat added the response (lib/api/publish/problems.h). */
bool published_side_is_added(const struct published_side *s, struct json_object *response);

#endif
