/* SPDX-License-Identifier: MIT */
#include "lib/api/document/openapi.h"

#include <assert.h>
#include <string.h>

enum { KEY_MAX = 32 };

#define NONE 0
#define V30 OPENAPI_3_0
#define V31 OPENAPI_3_1
#define BOTH (OPENAPI_3_0 | OPENAPI_3_1)

static const struct openapi_row rows[] = {
#define OBJECT(object, extensible)                                                                 \
    {.kind = OPENAPI_OBJECT, .name = #object, .is_extensible = (extensible) != 0},
#define FIELD(key, of, on, in, must)                                                               \
    {.kind = OPENAPI_FIELD, .name = key, .type = of, .when = on, .versions = in, .required = must},
#define COUNT(keys, least, most, in)                                                               \
    {.kind = OPENAPI_COUNT, .name = keys, .min = least, .max = most, .versions = in},
#define AMONG(key, list, in) {.kind = OPENAPI_AMONG, .name = key, .type = list, .versions = in},
#include "lib/api/document/openapi.def"
#undef AMONG
#undef OBJECT
#undef FIELD
#undef COUNT
    {.kind = OPENAPI_OBJECT, .name = ""}, /* ends the last object */
};

const struct openapi_row *openapi_object(struct slice name)
{
    const struct openapi_row *row = rows;

    while (*row->name && (row->kind != OPENAPI_OBJECT || !slice_is(name, row->name)))
        row++;
    assert(*row->name);
    return row;
}

bool openapi_has(struct json_object *map, struct slice key, struct json_object **value)
{
    char name[KEY_MAX];

    assert(key.len < sizeof(name));
    memcpy(name, key.data, key.len);
    name[key.len] = '\0';
    return json_object_object_get_ex(map, name, value);
}

/* Compares words without regard to case, since "bearer" has none (RFC 9110, 11.1); the other words
 * have only one valid spelling anyway. */
static bool is_word(struct json_object *value, struct slice word)
{
    return json_object_is_type(value, json_type_string) &&
           slice_is_nocase(word, json_object_get_string(value));
}

static enum openapi_fit check_terms(const struct openapi_row *row, struct json_object *map,
                                    struct slice *term)
{
    struct slice rest = slice_of(row->when);
    enum openapi_fit fit = OPENAPI_FITS;

    *term = (struct slice){0};
    while (rest.len) {
        struct slice word = *term = slice_cut(&rest, ',');
        struct slice key = slice_cut(&word, '=');
        struct json_object *value = NULL;
        bool is_there = openapi_has(map, key, &value);

        if (word.len && !is_there)
            fit = OPENAPI_UNSURE;
        else if (word.len ? !is_word(value, word) : !is_there)
            return OPENAPI_MISPLACED;
    }
    return fit;
}

enum openapi_fit openapi_field(const struct openapi_row *object, unsigned version,
                               struct json_object *map, const char *key,
                               const struct openapi_row **row, struct slice *term)
{
    enum openapi_fit best = OPENAPI_UNKNOWN;

    *row = NULL;
    for (const struct openapi_row *r = object + 1; r->kind != OPENAPI_OBJECT; r++) {
        bool is_foreign = !(r->versions & version), is_pattern = *r->name == '<';
        enum openapi_fit fit = OPENAPI_UNKNOWN;

        if (r->kind != OPENAPI_FIELD || (is_pattern ? is_foreign : strcmp(r->name, key) != 0))
            continue;
        if (!is_pattern)
            fit = is_foreign ? OPENAPI_TOO_NEW : check_terms(r, map, term);
        if (fit <= best) {
            best = fit;
            *row = r;
        }
        if (fit == OPENAPI_FITS)
            break;
    }
    return best;
}
