/* SPDX-License-Identifier: MIT */
#include "lib/api/document/extensions.h"

#include <assert.h>
#include <string.h>

#include "lib/api/document/known_keys.h"
#include "lib/core/json/jget.h"
#include "lib/core/json/mark.h"

enum {
    ROOT = EXTENSION_IN_ROOT,
    PATH_ITEM = EXTENSION_IN_PATH_ITEM,
    OPERATION = EXTENSION_IN_OPERATION,
    ANYWHERE = ROOT | PATH_ITEM | OPERATION,
};

enum audience { PUBLISHED, PRIVATE };

static const struct {
    struct key key;
    unsigned places; /* of enum extension_place */
    enum audience audience;
} extensions[EXTENSION_COUNT] = {
#define EXTENSION(symbol, name, where, type, audience)                                             \
    [EXTENSION_##symbol] = {{(name), KEY_##type, NULL}, (where), (audience)},
#include "lib/api/document/extensions.def"
#undef EXTENSION
};

struct json_object *extension_get(struct json_object *object, enum extension_place place,
                                  enum extension extension)
{
    assert(extensions[extension].places & place);
    return jget(object, extensions[extension].key.name);
}

const char *extension_text(struct json_object *object, enum extension_place place,
                           enum extension extension)
{
    assert(extensions[extension].places & place);
    return jget_text(object, extensions[extension].key.name);
}

struct json_object *extension_inherited(struct json_object *operation, struct json_object *root,
                                        enum extension extension)
{
    struct json_object *own = extension_get(operation, EXTENSION_IN_OPERATION, extension);

    return own ? own : extension_get(root, EXTENSION_IN_ROOT, extension);
}

const char *extension_name(enum extension extension)
{
    return extensions[extension].key.name;
}

const char *extension_where(struct json_object *object, enum extension extension)
{
    return mark_key(object, extensions[extension].key.name);
}

static const char *place_name(enum extension_place place)
{
    return place == EXTENSION_IN_ROOT        ? "the document"
           : place == EXTENSION_IN_PATH_ITEM ? "a path item"
                                             : "an operation";
}

void extensions_check(struct json_object *object, enum extension_place place, bool is_bound,
                      struct diags *diags)
{
    for (size_t i = 0; i < EXTENSION_COUNT; i++) {
        const struct key table[] = {extensions[i].key, {NULL, KEY_ANY, NULL}};

        keys_check_known(object, table, is_bound, diags);
        if (!(extensions[i].places & place) && json_object_object_get_ex(object, table->name, NULL))
            diag_warn(diags, mark_key(object, table->name), "%s: has no effect in %s", table->name,
                      place_name(place));
    }
}

bool extension_is_name(const char *key)
{
    return strncmp(key, "x-", 2) == 0;
}

bool extension_is_private(const char *key)
{
    for (size_t i = 0; i < EXTENSION_COUNT; i++)
        if (extensions[i].audience == PRIVATE && strcmp(extensions[i].key.name, key) == 0)
            return true;
    return false;
}
