/* SPDX-License-Identifier: MIT */
/* Checks the objects that OpenAPI adds to schemas: Discriminator, External Documentation and XML
 * (3.1, 4.8.25, 4.8.11 and 4.8.26). Only the discriminator has an effect, see compile_logic.c; the
 * others are published. */
#include <string.h>

#include "lib/core/json/jget.h"
#include "lib/schema/compile.h"
#include "lib/schema/format.h"
#include "lib/schema/types.h"

/* The members that each of the keywords has. */
static const struct member_row {
    const char *keyword, *member;
    int types;
    bool is_required;
} members[] = {
    {"discriminator", "mapping", SCHEMA_OBJECT, false},
    {"discriminator", "propertyName", SCHEMA_STRING, true},
    {"externalDocs", "description", SCHEMA_STRING, false},
    {"externalDocs", "url", SCHEMA_STRING, true},
    {"xml", "attribute", SCHEMA_BOOLEAN, false},
    {"xml", "name", SCHEMA_STRING, false},
    {"xml", "namespace", SCHEMA_STRING, false},
    {"xml", "prefix", SCHEMA_STRING, false},
    {"xml", "wrapped", SCHEMA_BOOLEAN, false},
};

enum { MEMBER_COUNT = sizeof(members) / sizeof(*members) };

static const struct member_row *find_member(const char *keyword, const char *member)
{
    for (size_t i = 0; i < MEMBER_COUNT; i++)
        if (strcmp(members[i].keyword, keyword) == 0 && strcmp(members[i].member, member) == 0)
            return &members[i];
    return NULL;
}

/* Returns true if the object may have members that the table does not name. */
static bool is_open(const struct compiler *c)
{
    return c->resource->is_3_0 && strcmp(c->keyword, "discriminator") == 0;
}

void compile_annotation(struct compiler *c, struct json_object *value)
{
    json_object_object_foreach(value, name, member)
    {
        const struct member_row *row = find_member(c->keyword, name);

        if (row && !(row->types & compile_type_of(member)))
            compile_complain(c, "%s must be %s", name,
                             schema_type_names(c->set->arena, row->types));
        else if (!row && !is_open(c) && strncmp(name, "x-", 2) != 0)
            compile_complain(c, "%s is not one of its fields; extensions begin with x-", name);
    }
    for (size_t i = 0; i < MEMBER_COUNT; i++)
        if (members[i].is_required && strcmp(members[i].keyword, c->keyword) == 0 &&
            !json_object_object_get_ex(value, members[i].member, NULL))
            compile_complain(c, "requires %s", members[i].member);
}

void compile_external_docs(struct compiler *c, struct json_object *value)
{
    const char *url = jget_text(value, "url");

    compile_annotation(c, value);
    if (url && !format_find("uri-reference")->is_text(url, strlen(url)))
        compile_complain(c, "url must be a URI or relative reference");
}
